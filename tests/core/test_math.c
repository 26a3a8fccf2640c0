/* SPDX-License-Identifier: Apache-2.0 */
/* Against the C library, whose errors are below one unit in the last place. */
#include "test.h"

#include <float.h>
#include <math.h>

#include "core/math.h"
#include "core/philox.h"

enum { POINTS = 200000 };

/* Distance in units in the last place of `want`. */
static double ulps(double got, double want)
{
    if (got == want || (got != got && want != want))
        return 0;
    double unit = nextafter(fabs(want), INFINITY) - fabs(want);
    return fabs(got - want) / unit;
}

static double absolute(double got, double want)
{
    return fabs(got - want);
}

static void test_many_points(void)
{
    static const struct {
        const char *label;
        double (*ours)(double), (*theirs)(double), (*error)(double, double);
        double low, high, most;
    } cases[] = {
        { "exp of all", yk_exp, exp, ulps, -746, 710, 2 },
        { "exp near 0", yk_exp, exp, ulps, -1, 1, 2 },
        { "exp of tiny", yk_exp, exp, ulps, -1e-9, 1e-9, 2 },
        { "ln near 1", yk_ln, log, ulps, 0.5, 2, 2 },
        { "ln very near 1", yk_ln, log, ulps, 1 - 1e-6, 1 + 1e-6, 2 },
        { "ln of small", yk_ln, log, ulps, 0, 1e-300, 2 },
        { "ln of large", yk_ln, log, ulps, 1, DBL_MAX, 2 },
        { "sin of a turn", yk_sin, sin, absolute, -7, 7, 1e-15 },
        { "cos of a turn", yk_cos, cos, absolute, -7, 7, 1e-15 },
        { "sin of all", yk_sin, sin, absolute, -0x1p20, 0x1p20, 1e-15 },
        { "cos of all", yk_cos, cos, absolute, -0x1p20, 0x1p20, 1e-15 },
    };
    for (int i = 0; i < LEN(cases); i++) {
        yk_key key = yk_key_make(3, YK_FOR_CHECK, cases[i].label);
        double worst = 0, where = 0;
        for (int64_t p = 0; p < POINTS; p++) {
            double x = cases[i].low + (cases[i].high - cases[i].low) * yk_random_uniform53(key, 0, 0, p);
            double error = cases[i].error(cases[i].ours(x), cases[i].theirs(x));
            if (!(error <= worst)) {
                worst = error;
                where = x;
            }
        }
        if (!(worst <= cases[i].most))
            FAIL_CASE(cases[i].label, "error %g at %.17g", worst, where);
    }
}

/* ln over every exponent, exp and ln as inverses. */
static void test_every_exponent(void)
{
    for (int e = -1074; e <= 1023; e++) {
        double x = ldexp(1.2345, e);
        if (!(ulps(yk_ln(x), log(x)) <= 2))
            FAIL_CASE("ln", "at 1.2345 2^%d: %.17g, not %.17g", e, yk_ln(x), log(x));
        double y = 0.69 * e;
        if (!(ulps(yk_exp(y), exp(y)) <= 2))
            FAIL_CASE("exp", "of %.17g: %.17g, not %.17g", y, yk_exp(y), exp(y));
    }
}

static void test_special_values(void)
{
    static const struct {
        const char *label;
        double (*f)(double);
        double x, want;
    } cases[] = {
        { "exp 0", yk_exp, 0, 1 },
        { "exp -0", yk_exp, -0.0, 1 },
        { "exp inf", yk_exp, INFINITY, INFINITY },
        { "exp -inf", yk_exp, -INFINITY, 0 },
        { "exp overflows", yk_exp, 709.8, INFINITY },
        { "exp far over", yk_exp, 1e300, INFINITY },
        { "exp underflows", yk_exp, -745.2, 0 },
        { "exp far under", yk_exp, -1e300, 0 },
        { "exp nan", yk_exp, NAN, NAN },
        { "ln 1", yk_ln, 1, 0 },
        { "ln 0", yk_ln, 0, -INFINITY },
        { "ln -0", yk_ln, -0.0, -INFINITY },
        { "ln -1", yk_ln, -1, NAN },
        { "ln -inf", yk_ln, -INFINITY, NAN },
        { "ln inf", yk_ln, INFINITY, INFINITY },
        { "ln nan", yk_ln, NAN, NAN },
        { "sin 0", yk_sin, 0, 0 },
        { "cos 0", yk_cos, 0, 1 },
        { "sin too large", yk_sin, 0x1p21, NAN },
        { "cos inf", yk_cos, INFINITY, NAN },
        { "cos nan", yk_cos, NAN, NAN },
    };
    for (int i = 0; i < LEN(cases); i++) {
        double got = cases[i].f(cases[i].x);
        if (got != cases[i].want && !(got != got && cases[i].want != cases[i].want))
            FAIL_CASE(cases[i].label, "%.17g, not %.17g", got, cases[i].want);
    }
}

static void test_pow(void)
{
    yk_key key = yk_key_make(3, YK_FOR_CHECK, "pow");
    for (int64_t p = 0; p < POINTS; p++) {
        double x = exp(20 * yk_random_uniform53(key, 0, 0, p) - 10);
        double y = 100 * yk_random_uniform53(key, 0, 1, p) - 50;
        double want = pow(x, y), most = (1 + fabs(y * log(x))) * 4e-16;
        if (!(fabs(yk_pow(x, y) - want) <= most * want)) {
            FAIL_CASE("pow", "%.17g ^ %.17g: %.17g, not %.17g", x, y, yk_pow(x, y), want);
            break;
        }
    }
    CU_ASSERT_EQUAL(yk_pow(0, 0), 1);
    CU_ASSERT_EQUAL(yk_pow(0, 2), 0);
    CU_ASSERT_EQUAL(yk_pow(0, -2), INFINITY);
    CU_ASSERT_EQUAL(yk_pow(1, 1e300), 1);
    CU_ASSERT(isnan(yk_pow(-1, 0.5)));
}

static void test_pow_int(void)
{
    static const struct {
        const char *label;
        double x;
        int64_t n;
        double want;
    } cases[] = {
        { "zero", 0.3, 0, 1 },
        { "one", 0.3, 1, 0.3 },
        { "2^62", 2, 62, 0x1p62 },
        { "3^13", 3, 13, 1594323 },
        { "(-2)^3", -2, 3, -8 },
        { "far under", 0.9, INT64_MAX, 0 },
        { "beta", 0.5, 1000, 0x1p-1000 },
    };
    for (int i = 0; i < LEN(cases); i++)
        if (yk_pow_int(cases[i].x, cases[i].n) != cases[i].want)
            FAIL_CASE(cases[i].label, "%.17g", yk_pow_int(cases[i].x, cases[i].n));
    CU_ASSERT(fabs(yk_pow_int(0.999, 100000) / pow(0.999, 100000) - 1) < 1e-11);
}

/* The bits themselves, which every compiler and CPU must give: a sum over bit patterns of many values. */
static void test_bits(void)
{
    yk_key key = yk_key_make(4, YK_FOR_CHECK, "bits");
    uint64_t sum = 0;
    for (int64_t p = 0; p < 20000; p++) {
        double u = yk_random_uniform53(key, 0, 0, p);
        const double values[] = { yk_exp(200 * u - 100),   yk_ln(u),
                                  yk_sin(2000 * u - 1000), yk_cos(2000 * u - 1000),
                                  yk_pow(10 * u, 3.3),     yk_random_normal(key, 1, 0, p) };
        for (int i = 0; i < LEN(values); i++) {
            uint64_t bits;
            memcpy(&bits, &values[i], sizeof bits);
            sum = (sum ^ bits) * 0x100000001b3u;
        }
    }
    if (sum != 0xcf14536850d44131u)
        FAIL_CASE("sum of bits", "0x%016llxu", (unsigned long long)sum);
}

int main(void)
{
    static const yk_test tests[] = {
        { "many points", test_many_points },
        { "every exponent", test_every_exponent },
        { "special values", test_special_values },
        { "pow", test_pow },
        { "pow_int", test_pow_int },
        { "bits", test_bits },
        { 0 },
    };
    return yk_test_main("core/math", tests);
}
