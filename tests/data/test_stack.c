/* SPDX-License-Identifier: Apache-2.0 */
/* Fields stacked to one: shapes, types, values; and axes of colours. tests/golden/make_h5.py says what the file holds.
 */
#include "test.h"

#include <math.h>

#include "core/error.h"
#include "core/mem.h"
#include "data/colours.h"
#include "data/stack.h"

#define GOLDEN YK_TEST_DIR "/golden/kinds.h5:/all"
enum { N = 12 };

static const struct {
    const char *text;
    yk_dtype dtype;
    yk_shape shape;
    int k; /* fields */
} good[] = {
    { "le_f4", YK_F32, { 2, { N, 6 } }, 1 },
    { "le_f4+be_f4+gzip", YK_F32, { 3, { N, 6, 3 } }, 3 },
    { "be_f8+le_f8", YK_F64, { 3, { N, 6, 2 } }, 2 },
    { "le_i2+be_i2", YK_I16, { 3, { N, 6, 2 } }, 2 },
    { "le_f4+be_f8+le_i8", YK_F32, { 3, { N, 6, 3 } }, 3 }, /* types differ: float32 */
    { "chunked+compact+resizable", YK_F32, { 3, { N, 6, 3 } }, 3 },
    { "u1+u1", YK_U8, { 3, { N, 6, 2 } }, 2 },
    { "image+image", YK_U8, { 5, { N, 2, 3, 1, 2 } }, 2 },
    { "single_column+single_column", YK_I64, { 2, { N, 2 } }, 2 },
    { "le_i8+single_column", YK_I64, { 2, { N, 7 } }, 0 }, /* a column is one channel beside six */
};

static double number(yk_dtype dtype, const void *data, int64_t i)
{
    switch (dtype) {
    case YK_F32:
        return (double)((const float *)data)[i];
    case YK_F64:
        return ((const double *)data)[i];
    case YK_I16:
        return ((const int16_t *)data)[i];
    case YK_U8:
        return ((const uint8_t *)data)[i];
    default:
        return (double)((const int64_t *)data)[i];
    }
}

/* Element e of a sample: (j, field) next to each other; every field of the file holds 10 i + j. */
static double expected(int c, int64_t sample, int64_t e)
{
    const int k = good[c].k;
    const int64_t j = k == 0 ? (e < 6 ? e : 0) : e / k;
    const double v = (double)(10 * sample + j);
    return good[c].dtype == YK_U8 ? fmod(v, 100) : v;
}

static void check(int c, const char *how, int64_t n, const int64_t *sample, const void *data)
{
    const int64_t length = yk_shape_len_from(&good[c].shape, 1);
    for (int64_t i = 0; i < n * length; i++) {
        const double got = number(good[c].dtype, data, i), want = expected(c, sample[i / length], i % length);
        if (got != want) {
            FAIL_CASE(good[c].text, "%s: sample %lld, element %lld: %g, not %g", how, (long long)sample[i / length],
                      (long long)(i % length), got, want);
            return;
        }
    }
}

static void test_stacks(void)
{
    static const int64_t some[] = { 11, 0, 5, 6, 7, 5 };
    static const int64_t all[N] = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11 };
    static char data[N * 64 * 8];
    yk_datafile *f;
    MUST(yk_datafile_open(&f, GOLDEN));
    for (int c = 0; c < LEN(good); c++) {
        yk_stack *s;
        yk_dtype dtype;
        yk_shape shape;
        yk_status got = yk_stack_open(&s, f, good[c].text, &dtype, &shape);
        if (got != YK_OK || dtype != good[c].dtype || !yk_shape_equal(&shape, &good[c].shape)) {
            char text[YK_SHAPE_TEXT];
            FAIL_CASE(good[c].text, "%s %s %s", got ? yk_error_text() : "", yk_dtype_name(dtype),
                      yk_shape_text(&shape, 0, text));
            continue;
        }
        MUST(yk_stack_gather(s, LEN(some), some, data));
        check(c, "gathered", LEN(some), some, data);
        const int64_t count = yk_mem_count();
        MUST(yk_stack_gather(s, LEN(some), some, data));
        CU_ASSERT_EQUAL(yk_mem_count(), count);
        MUST(yk_stack_read(s, N, data));
        check(c, "read", N, all, data);
        yk_stack_close(&s);
    }
    yk_datafile_close(&f);
    CU_ASSERT_EQUAL(yk_mem_live(), 0);
}

static void test_refusals(void)
{
    static const struct {
        const char *text;
        yk_status want;
        const char *message;
    } cases[] = {
        { "nothing", YK_ERR_DATA, "no field \"nothing\"" },
        { "le_f4+nothing", YK_ERR_DATA, "no field \"nothing\"" },
        { "le_f4++be_f4", YK_ERR_ARG, "a name is missing" },
        { "le_f4+", YK_ERR_ARG, "a name is missing" },
        { "+le_f4", YK_ERR_ARG, "a name is missing" },
        { "le_f4+u1", YK_ERR_DATA, "le_f4 (float32) and u1 (uint8) do not stack: bytes are scaled" },
        { "image+u1", YK_ERR_DATA, "image has samples of shape (2, 3, 1) and u1 of (6)" },
        { "le_f4+no_samples", YK_ERR_DATA, "field le_f4 has 12 samples, but field no_samples has 0" },
    };
    yk_datafile *f;
    MUST(yk_datafile_open(&f, GOLDEN));
    for (int c = 0; c < LEN(cases); c++) {
        yk_stack *s;
        yk_dtype dtype;
        yk_shape shape;
        yk_status got = yk_stack_open(&s, f, cases[c].text, &dtype, &shape);
        if (got != cases[c].want || s || !strstr(yk_error_text(), cases[c].message))
            FAIL_CASE(cases[c].text, "%s: %s", yk_status_name(got), yk_error_text());
    }
    yk_datafile_close(&f);
}

/* A v = lambda v, vectors at right angles and of length 1. */
static void test_axes(void)
{
    static const double cases[][9] = {
        { 1, 0, 0, 0, 2, 0, 0, 0, 3 },
        { 2, 1, 0, 1, 2, 1, 0, 1, 2 },
        { 0.06, 0.055, 0.05, 0.055, 0.06, 0.054, 0.05, 0.054, 0.07 },
        { 1, 1, 1, 1, 1, 1, 1, 1, 1 },
        { 0, 0, 0, 0, 0, 0, 0, 0, 0 },
        { 1e-12, 5e-13, 0, 5e-13, 1e12, 1, 0, 1, 1 },
    };
    for (int c = 0; c < LEN(cases); c++) {
        double a[9], v[9], worst = 0, size = 0;
        memcpy(a, cases[c], sizeof a);
        yk_symmetric_axes(3, a, v);
        for (int i = 0; i < 3; i++)
            for (int k = 0; k < 3; k++) {
                double row = 0, product = 0;
                for (int j = 0; j < 3; j++) {
                    row += cases[c][3 * i + j] * v[3 * j + k];
                    product += v[3 * j + i] * v[3 * j + k];
                }
                worst = fmax(worst, fabs(row - a[3 * k + k] * v[3 * i + k]));
                size = fmax(size, fabs(cases[c][3 * i + k]));
                if (fabs(product - (i == k)) > 1e-14)
                    FAIL_CASE("axes", "case %d: %d and %d: %g", c, i, k, product);
            }
        if (worst > 1e-14 * size)
            FAIL_CASE("axes", "case %d: off by %g", c, worst);
    }
}

int main(void)
{
    static const yk_test tests[] = {
        { "stacks", test_stacks }, { "refusals", test_refusals }, { "axes", test_axes }, { 0 }
    };
    return yk_test_main("data/stack", tests);
}
