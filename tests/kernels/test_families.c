/* SPDX-License-Identifier: Apache-2.0 */
/* Every kernel of every vector family this CPU runs, with 1, 2 and 3 threads, gives the bits of `portable`. */
#include <math.h>

#include "test.h"
#include "core/cpu.h"
#include "core/error.h"
#include "core/sha256.h"
#include "kernels/cases.h"

/* NaNs made by invalid operations carry a sign and payload that the rules do not fix. */
static void same_nans(float *x)
{
    for (int64_t i = 0; i < RIG_LEN; i++)
        if (isnan(x[i]))
            x[i] = NAN;
}

static void run_case(const kernel_case *c, bool add, rig *r)
{
    memcpy(r->out, r->in[RIG_INPUTS - 1], RIG_LEN * sizeof(float));
    c->run(c->s, add, r);
    same_nans(r->out);
}

static void text_of(const kernel_case *c, bool add, char *text, size_t size)
{
    size_t used = (size_t)snprintf(text, size, "%s%s", c->kernel, add ? " add" : "");
    for (int i = 0; i < SIZES && used < size; i++)
        used += (size_t)snprintf(text + used, size - used, " %d", (int)c->s[i]);
}

static void compare_families(const kernel_case *c, bool add, rig *r, float *want, yk_sha256 *sha)
{
    char label[160];
    text_of(c, add, label, sizeof label);
    MUST(yk_kernels_choose("portable"));
    yk_threads_set(1);
    run_case(c, add, r);
    memcpy(want, r->out, RIG_LEN * sizeof(float));
    yk_sha256_add(sha, want, RIG_LEN * sizeof(float));
    const char *family;
    for (int f = 0; (family = yk_kernels_usable(f)); f++) {
        if (!strcmp(family, "openblas"))
            continue;
        MUST(yk_kernels_choose(family));
        for (int threads = f == 0 ? 3 : 1; threads <= 3; threads++) { /* portable is slow: 1 and 3 */
            yk_threads_set(threads);
            run_case(c, add, r);
            if (!memcmp(want, r->out, RIG_LEN * sizeof(float)))
                continue;
            int64_t i = 0;
            while (!memcmp(want + i, r->out + i, sizeof(float)))
                i++;
            FAIL_CASE(label, "%s, %d threads: element %d is %a, portable's %a", family, threads, (int)i,
                      (double)r->out[i], (double)want[i]);
        }
    }
}

static void test_families_give_the_same_bits(void)
{
    rig r = rig_make();
    float *want = malloc(RIG_LEN * sizeof(float));
    char hex[YK_SHA256_HEX];
    yk_sha256 sha;
    yk_sha256_begin(&sha);
    for (int i = 0; i < LEN(kernel_cases); i++)
        for (int add = 0; add < 2; add++)
            compare_families(&kernel_cases[i], add, &r, want, &sha);
    yk_sha256_end(&sha, hex);
    printf("\n  digest of all results: %s\n", hex); /* other machines' are compared (tests/aarch64.sh) */
    free(want);
    rig_free(&r);
}

static void test_every_kernel_has_a_case(void)
{
#define YK_KERNEL(result, name, parameters) #name,
    static const char *const names[] = {
#include "kernels/kernel_list.h"
    };
#undef YK_KERNEL
    for (int n = 0; n < LEN(names); n++) {
        int found = 0;
        for (int i = 0; i < LEN(kernel_cases); i++)
            found += !strcmp(names[n], kernel_cases[i].kernel);
        if (!found)
            FAIL_CASE(names[n], "the kernel is in no case of cases.h");
    }
}

static void test_choice(void)
{
    CU_ASSERT_STRING_EQUAL(yk_kernels_usable(0), "portable");
    MUST(yk_kernels_choose(NULL));
    CU_ASSERT_STRING_NOT_EQUAL(yk_kernels_family(), "openblas");
    for (int i = 0; yk_kernels_usable(i); i++) {
        MUST(yk_kernels_choose(yk_kernels_usable(i)));
        CU_ASSERT_STRING_EQUAL(yk_kernels_family(), yk_kernels_usable(i));
    }
    CU_ASSERT_EQUAL(yk_kernels_choose("mmx"), YK_ERR_ARG);
    CU_ASSERT_PTR_NOT_NULL(strstr(yk_error_text(), "no kernel family is called \"mmx\"; this CPU can run portable"));
    MUST(yk_kernels_choose(""));
}

int main(void)
{
    static const yk_test tests[] = { { "families give the same bits", test_families_give_the_same_bits },
                                     { "every kernel has a case", test_every_kernel_has_a_case },
                                     { "choice", test_choice },
                                     { 0 } };
    return yk_test_main("kernels/families", tests);
}
