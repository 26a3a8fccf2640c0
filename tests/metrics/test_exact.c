/* SPDX-License-Identifier: Apache-2.0 */
/* Exact sums: nothing is lost, in any order, over the whole range of squares of floats. */
#include <float.h>
#include <math.h>

#include "metrics/exact.h"
#include "test.h"

static void test_sums(void)
{
    static const struct {
        const char *label;
        double x[6];
        int n;
        double hi, lo;
    } cases[] = {
        { "nothing", { 0 }, 0, 0, 0 },
        { "one", { 1 }, 1, 1, 0 },
        { "negative", { -2.5, 0.5 }, 2, -2, 0 },
        { "cancelled", { 1e30, 1, -1e30 }, 3, 1, 0 },
        { "small beside large", { 0x1p100, 0x1p-100 }, 2, 0x1p100, 0x1p-100 },
        { "negative small beside large", { 0x1p100, -0x1p-100, 0x1p-100, -0x1p-200 }, 4, 0x1p100, -0x1p-200 },
        { "to zero", { 0.1, 0.2, -0.2, -0.1 }, 4, 0, 0 },
        { "largest squares", { 0x1p256, 0x1p257, -0x1p256 }, 3, 0x1p257, 0 },
        { "smallest square", { 0x1p-298, 0x1p-298 }, 2, 0x1p-297, 0 },
        { "every bit", { 0x1.fffffffffffffp0, 0x1p-53 }, 2, 2, -0x1p-53 },
        { "a denormal is cut off", { DBL_MIN / 4, 1 }, 2, 1, 0 },
        { "minus zero", { -0.0 }, 1, 0, 0 },
    };
    for (int i = 0; i < LEN(cases); i++) {
        int64_t sum[YK_EXACT] = { 0 }, back[YK_EXACT] = { 0 };
        for (int k = 0; k < cases[i].n; k++) {
            yk_exact_add(sum, cases[i].x[k]);
            yk_exact_add(back, cases[i].x[cases[i].n - 1 - k]);
        }
        yk_twofold v = yk_exact_value(sum), w = yk_exact_value(back);
        if (v.hi + v.lo != cases[i].hi + cases[i].lo || (v.hi - cases[i].hi) + v.lo != cases[i].lo)
            FAIL_CASE(cases[i].label, "%a + %a\n", v.hi, v.lo);
        if (v.hi != w.hi || v.lo != w.lo)
            FAIL_CASE(cases[i].label, "backwards %a + %a\n", w.hi, w.lo);
    }
}

static void test_not_finite(void)
{
    static const double bad[] = { NAN, INFINITY, -INFINITY, 1e300 };
    for (int i = 0; i < LEN(bad); i++) {
        int64_t sum[YK_EXACT] = { 0 };
        yk_exact_add(sum, bad[i]);
        yk_exact_add(sum, 1);
        CU_ASSERT(isnan(yk_exact_value(sum).hi));
    }
}

/* Sums of whole numbers over 2^k, against integers; parts added in 64 bits, as ranks' are. */
static void test_parts(void)
{
    int64_t part[3][YK_EXACT] = { 0 }, want = 0, sum[YK_EXACT];
    uint64_t state = 7;
    for (int i = 0; i < 30000; i++) {
        state = state * 6364136223846793005u + 1442695040888963407u;
        const int64_t x = (int64_t)(state >> 20) - ((int64_t)1 << 43);
        want += x;
        yk_exact_add(part[i % 3], ldexp((double)x, -30));
    }
    for (int i = 0; i < YK_EXACT; i++)
        sum[i] = part[0][i] + part[1][i] + part[2][i];
    const yk_twofold v = yk_exact_value(sum);
    const double hi = (double)want, lo = (double)(want - (int64_t)hi);
    CU_ASSERT(v.hi == ldexp(hi, -30) && v.lo == ldexp(lo, -30));
}

static void test_twofold(void)
{
    const yk_twofold a = { 1 + DBL_EPSILON, 0x1p-80 }, square = yk_twofold_multiply(a, a);
    /* (1 + e)^2 - (1 + 2 e) = e^2, and the cross term of lo */
    CU_ASSERT(fabs(yk_twofold_difference(square, (yk_twofold){ 1 + 2 * DBL_EPSILON, 0 }) - (0x1p-104 + 0x1p-79)) <
              1e-38);
    CU_ASSERT(yk_twofold_difference(yk_twofold_scale(3, (yk_twofold){ 0.1, 0 }), (yk_twofold){ 0.3, 0 }) != 0);
}

int main(void)
{
    static const yk_test tests[] = {
        { "sums", test_sums },
        { "not finite", test_not_finite },
        { "parts", test_parts },
        { "twofold", test_twofold },
        { 0 },
    };
    return yk_test_main("metrics/exact", tests);
}
