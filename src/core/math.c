/* SPDX-License-Identifier: Apache-2.0 */
/* Scalar functions by range reduction and Taylor polynomials, long enough that the first term left out is below half
 * a unit in the last place. Constants are the double nearest to the value in their comment. fma() is exactly rounded
 * by definition, so it may come from the C library. */
#include "core/math.h"

#include <assert.h>
#include <math.h>
#include <string.h>

/* ln 2 = LN2_HIGH + LN2_LOW; LN2_HIGH has 32 bits, so that k LN2_HIGH is exact for |k| < 2^21 */
#define LN2_HIGH 0x1.62e42ffp-1
#define LN2_LOW -0x1.718432a1b0e26p-35
/* pi/2 = PI2_HIGH + PI2_LOW */
#define PI2_HIGH 0x1.921fb54442d18p+0
#define PI2_LOW 0x1.1a62633145c07p-54

/* Adding and taking away 1.5 2^52 leaves the nearest whole number, ties to even; |x| < 2^51. */
static double nearest(double x)
{
    return (x + 0x1.8p52) - 0x1.8p52;
}

/* c[0] + c[1] x + ... + c[n-1] x^(n-1) */
static double polynomial(const double *c, int n, double x)
{
    double sum = c[n - 1];
    for (int i = n - 2; i >= 0; i--)
        sum = fma(sum, x, c[i]);
    return sum;
}

/* 2^k for a normal result */
static double power_of_2(int64_t k)
{
    uint64_t bits = (uint64_t)(k + 1023) << 52;
    double p;
    memcpy(&p, &bits, sizeof p);
    return p;
}

/* x = k ln 2 + r, |r| <= ln 2 / 2; e^x = 2^k e^r, e^r = 1 + r + r^2 (1/2! + r/3! + ... + r^11/13!) */
double yk_exp(double x)
{
    static const double c[] = { 1.0 / 2,       1.0 / 6,        1.0 / 24,        1.0 / 120,
                                1.0 / 720,     1.0 / 5040,     1.0 / 40320,     1.0 / 362880,
                                1.0 / 3628800, 1.0 / 39916800, 1.0 / 479001600, 1.0 / 6227020800 };
    if (x != x)
        return x;
    if (x > 710)
        return INFINITY;
    if (x < -746)
        return 0;
    double k = nearest(x * 0x1.71547652b82fep+0); /* 1 / ln 2 */
    double r = fma(-k, LN2_LOW, fma(-k, LN2_HIGH, x));
    double y = 1 + fma(r * r, polynomial(c, 12, r), r);
    int64_t half = (int64_t)k / 2; /* two factors: 2^k itself may overflow, or be subnormal */
    return y * power_of_2(half) * power_of_2((int64_t)k - half);
}

/* x = 2^k m, m in [sqrt 1/2, sqrt 2), f = m - 1 (exact), s = f / (2 + f):
 * ln m = 2 atanh s = 2 s + s R, R = 2 (s^2/3 + s^4/5 + ... + s^20/21).
 * With h = f^2/2 is 2 s = f - h + s h, so ln m = f - (h - s (h + R)): the rounding of s weighs little. */
double yk_ln(double x)
{
    static const double c[] = { 2.0 / 3,  2.0 / 5,  2.0 / 7,  2.0 / 9,  2.0 / 11,
                                2.0 / 13, 2.0 / 15, 2.0 / 17, 2.0 / 19, 2.0 / 21 };
    if (x != x || x == INFINITY)
        return x;
    if (x <= 0)
        return x < 0 ? NAN : -INFINITY;
    int64_t k = 0;
    if (x < 0x1p-1022) { /* subnormal */
        x *= 0x1p54;
        k = -54;
    }
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    k += (int64_t)(bits >> 52) - 1023;
    bits = (bits & 0xFFFFFFFFFFFFFu) | (uint64_t)1023 << 52;
    double m; /* in [1, 2) */
    memcpy(&m, &bits, sizeof m);
    if (m >= 0x1.6a09e667f3bcdp+0) { /* sqrt 2 */
        m *= 0.5;
        k++;
    }
    double f = m - 1, s = f / (2 + f), z = s * s;
    double h = 0.5 * f * f, tail = s * fma(z, polynomial(c, 10, z), h);
    return fma((double)k, LN2_HIGH, f - (h - fma((double)k, LN2_LOW, tail)));
}

/* sin r = r + r^3 (-1/3! + r^2/5! - ... + r^14/17!), |r| <= pi/4 */
static double sin_near_0(double r)
{
    static const double c[] = { -1.0 / 6,        1.0 / 120,        -1.0 / 5040,          1.0 / 362880,
                                -1.0 / 39916800, 1.0 / 6227020800, -1.0 / 1307674368000, 1.0 / 355687428096000 };
    double z = r * r;
    return fma(r * z, polynomial(c, 8, z), r);
}

/* cos r = 1 + r^2 (-1/2! + r^2/4! - ... + r^14/16!), |r| <= pi/4 */
static double cos_near_0(double r)
{
    static const double c[] = { -1.0 / 2,       1.0 / 24,        -1.0 / 720,         1.0 / 40320,
                                -1.0 / 3628800, 1.0 / 479001600, -1.0 / 87178291200, 1.0 / 20922789888000 };
    double z = r * r;
    return fma(z, polynomial(c, 8, z), 1);
}

/* sin(x + quarters pi/2): x = k pi/2 + r */
static double sin_shifted(double x, int64_t quarters)
{
    if (!(fabs(x) <= 0x1p20))
        return NAN;
    double k = nearest(x * 0x1.45f306dc9c883p-1); /* 2 / pi */
    double r = fma(-k, PI2_LOW, fma(-k, PI2_HIGH, x));
    switch (((int64_t)k + quarters) & 3) {
    case 0:
        return sin_near_0(r);
    case 1:
        return cos_near_0(r);
    case 2:
        return -sin_near_0(r);
    default:
        return -cos_near_0(r);
    }
}

double yk_sin(double x)
{
    return sin_shifted(x, 0);
}

double yk_cos(double x)
{
    return sin_shifted(x, 1);
}

double yk_pow(double x, double y)
{
    return y == 0 ? 1 : yk_exp(y * yk_ln(x));
}

double yk_pow_int(double x, int64_t n)
{
    assert(n >= 0);
    double y = 1;
    for (; n > 0; n >>= 1, x *= x)
        if (n & 1)
            y *= x;
    return y;
}
