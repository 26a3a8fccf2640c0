/* SPDX-License-Identifier: Apache-2.0 */
/* Norms over quanta and clipping. */
#include <math.h>

#include "core/cpu.h"
#include "core/error.h"
#include "kernels/kernels.h"
#include "optim/optim.h"
#include "test.h"

static void test_norms_of_quanta(void)
{
    static const int64_t cut[] = { 0, 3, 3, 4, 9 };
    static const float x[] = { 1, -2, 3, -4, 0, 0.5f, -0.5f, 0, 2 };
    static const float squares[] = { 14, 0, 16, 4.5f }, sizes[] = { 6, 0, 4, 3 };
    float out[4];
    for (int threads = 1; threads <= 3; threads++) {
        yk_threads_set(threads);
        yk_norm_quanta(2, 4, cut, x, out);
        CU_ASSERT(memcmp(out, squares, sizeof out) == 0);
        yk_norm_quanta(1, 4, cut, x, out);
        CU_ASSERT(memcmp(out, sizes, sizeof out) == 0);
    }
}

/* The same quanta, computed alone and side by side on several threads. */
static void test_quanta_do_not_depend_on_the_company(void)
{
    enum { N = 100000, QUANTUM = 4096, PIECES = (N + QUANTUM - 1) / QUANTUM };
    static float x[N], all[PIECES];
    int64_t cut[PIECES + 1];
    for (int i = 0; i < N; i++)
        x[i] = (float)(i * 7919 % 10007 - 5003) / 1000;
    for (int i = 0; i <= PIECES; i++)
        cut[i] = i < PIECES ? (int64_t)i * QUANTUM : N;
    yk_threads_set(3);
    yk_norm_quanta(2, PIECES, cut, x, all);
    yk_threads_set(1);
    for (int i = 0; i < PIECES; i++) {
        float one;
        yk_norm_quanta(2, 1, cut + i, x, &one);
        CU_ASSERT(memcmp(&one, &all[i], sizeof one) == 0);
    }
}

static void test_factors(void)
{
    static const struct {
        const char *label;
        double norm;
        float square, want;
    } cases[] = {
        { "none", 0, 100, 1 },        { "short enough", 10, 99, 1 },
        { "just right", 10, 100, 1 }, { "twice too long", 5, 100, 0.5f },
        { "zero", 1, 0, 1 },          { "endless", 1, INFINITY, 0 },
    };
    for (int i = 0; i < LEN(cases); i++) {
        float got = yk_clip_factor(&(yk_clip){ .norm = cases[i].norm }, cases[i].square);
        if (got != cases[i].want)
            FAIL_CASE(cases[i].label, "%.9g", (double)got);
    }
}

static void test_clipping(void)
{
    static const struct {
        const char *label;
        double value;
        float factor, want[4];
    } cases[] = {
        { "nothing", 0, 1, { -4, 0.25f, 1, 8 } },
        { "factor", 0, 0.5f, { -2, 0.125f, 0.5f, 4 } },
        { "value", 2, 1, { -2, 0.25f, 1, 2 } },
        { "factor, then value", 3, 0.5f, { -2, 0.125f, 0.5f, 3 } },
    };
    for (int i = 0; i < LEN(cases); i++) {
        float g[] = { -4, 0.25f, 1, 8 };
        yk_clip_apply(&(yk_clip){ .value = cases[i].value }, cases[i].factor, 4, g);
        if (memcmp(g, cases[i].want, sizeof g) != 0)
            FAIL_CASE(cases[i].label, "%g %g %g %g", (double)g[0], (double)g[1], (double)g[2], (double)g[3]);
    }
}

static void test_nan_passes_through(void)
{
    float g[] = { NAN, -5 };
    yk_clip_apply(&(yk_clip){ .norm = 1, .value = 2 }, 0.5f, 2, g);
    CU_ASSERT(isnan(g[0]));
    CU_ASSERT(g[1] == -2);
    CU_ASSERT(yk_clip_factor(&(yk_clip){ .norm = 1 }, NAN) == 1);
}

static void test_options(void)
{
    yk_clip clip = { .norm = 3, .value = 4 };
    const yk_option *option;
    MUST(yk_option_defaults(yk_clip_options, &clip));
    CU_ASSERT(clip.norm == 0 && clip.value == 0);
    MUST(yk_option_find(yk_clip_options, "clip", "norm", &option));
    MUST(yk_option_set(option, &clip, "1.5"));
    CU_ASSERT(clip.norm == 1.5);
    CU_ASSERT(yk_option_set(option, &clip, "-1") == YK_ERR_ARG);
}

int main(void)
{
    static const yk_test tests[] = {
        { "norms of quanta", test_norms_of_quanta },
        { "quanta do not depend on the company", test_quanta_do_not_depend_on_the_company },
        { "factors", test_factors },
        { "clipping", test_clipping },
        { "NaN passes through", test_nan_passes_through },
        { "options", test_options },
        { 0 },
    };
    if (yk_kernels_choose(NULL) != YK_OK)
        return 2;
    return yk_test_main("optim/clip", tests);
}
