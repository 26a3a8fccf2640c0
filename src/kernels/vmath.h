/* SPDX-License-Identifier: Apache-2.0 */
/* exp, log, tanh, erf and the logistic function of vectors. In float they are our own and the same in every family: exp
 * and log within 1 ulp, erf within 2, the others within 3, exact at infinities, NaN, zeros and denormals. In double,
 * which only checks gradients, they are the C library's.
 *
 * exp: x = n ln 2 + r with |r| <= ln 2 / 2; exp(r) by its Taylor series up to r^7 (remainder 5e-9).
 * log: x = 2^e m with m in [sqrt 1/2, sqrt 2), f = m - 1, s = f / (2 + f); log m = 2 atanh s by its series up to s^9,
 *      arranged as f - (f^2/2 - s (f^2/2 + R)), which loses nothing near m = 1 (Ng, in FDLIBM).
 * erf: below 1, x times a polynomial of x^2; above, 1 - exp(polynomial of x), which is log erfc(x) on [1, 4]. Both are
 *      minimax polynomials (Remez) for the relative error of erf: 1.3e-9. */
#ifndef YK_KERNELS_VMATH_H
#define YK_KERNELS_VMATH_H

#include "kernels/vec.h"

#ifdef YK_REAL_DOUBLE

#include <math.h>

static inline vec vexp(vec x)
{
    LANEWISE(vec, exp(x.at[lane]));
}
static inline vec vlog(vec x)
{
    LANEWISE(vec, log(x.at[lane]));
}
static inline vec vlog1p(vec x)
{
    LANEWISE(vec, log1p(x.at[lane]));
}
static inline vec vtanh(vec x)
{
    LANEWISE(vec, tanh(x.at[lane]));
}
static inline vec vexpm1(vec x)
{
    LANEWISE(vec, expm1(x.at[lane]));
}
static inline vec verf(vec x)
{
    LANEWISE(vec, erf(x.at[lane]));
}

#else

/** Adding it leaves an integer |n| < 2^22 in the low bits, rounded to nearest even. */
#define ROUNDER 0x1.8p23F
#define SIGN INT32_MIN

/** r and n, for |x| <= 104 or NaN. */
static inline vec exp_reduce(vec x, vint *n)
{
    vec rounder = vset(ROUNDER), t = vfma(x, vset(0x1.715476p+0F), rounder); /* x / ln 2 */
    *n = visub(vbits(t), vbits(rounder));
    t = vsub(t, rounder);
    vec r = vfma(t, vset(-0x1.62e430p-1F), x); /* ln 2, its first 24 bits: exact */
    return vfma(t, vset(0x1.05c610p-29F), r);  /* and the rest, which is negative */
}

/** c + (exp(r) - 1 - r). */
static inline vec exp_series(vec r, vec c)
{
    vec q = vfma(r, vset(1.0F / 5040), vset(1.0F / 720));
    q = vfma(q, r, vset(1.0F / 120));
    q = vfma(q, r, vset(1.0F / 24));
    q = vfma(q, r, vset(1.0F / 6));
    q = vfma(q, r, vset(0.5F));
    return vfma(vmul(r, r), q, c);
}

/** 2^n, -126 <= n <= 127. */
static inline vec power_of_2(vint n)
{
    return vreal(vishl(viadd(n, viset(127)), 23));
}

static inline vec vexp(vec x)
{
    vint n;
    vec one = vset(1), r = exp_reduce(vmax(vset(-104), vmin(vset(89), x)), &n);
    vec sum = vadd(one, r), lost = vadd(vsub(one, sum), r); /* 1 + r in two parts */
    vec e = vadd(sum, exp_series(r, lost));
    vint half = visar(n, 1); /* two factors, so that overflow and denormals come out rounded once */
    return vmul(vmul(e, power_of_2(half)), power_of_2(visub(n, half)));
}

static inline vec vlog(vec x)
{
    vec rounder = vset(ROUNDER), one = vset(1);
    vmask tiny = vlt(x, vset(0x1p-126F));
    vec y = vselect(tiny, vmul(x, vset(0x1p23F)), x);
    vint k = visar(visub(vbits(y), vbits(vset(0x1.6a09e6p-1F))), 23);
    vec e = vsub(vreal(viadd(vbits(rounder), k)), rounder);
    e = vselect(tiny, vsub(e, vset(23)), e);
    vec f = vsub(vreal(visub(vbits(y), vishl(k, 23))), one);

    vec s = vdiv(f, vadd(vset(2), f)), z = vmul(s, s), h = vmul(vmul(vset(0.5F), f), f);
    vec r = vfma(z, vset(2.0F / 9), vset(2.0F / 7));
    r = vfma(r, z, vset(2.0F / 5));
    r = vfma(r, z, vset(2.0F / 3));
    r = vfma(r, z, h);
    r = vsub(h, vfma(s, r, vmul(e, vset(0x1.2fefa2p-17F)))); /* ln 2 without its first 16 bits */
    r = vfma(e, vset(0x1.62e300p-1F), vsub(f, r));           /* and those */

    vec infinity = vset(__builtin_inff());
    r = vselect(veq(x, infinity), x, r);
    r = vselect(veq(x, vset(0)), vset(-__builtin_inff()), r);
    r = vselect(vlt(x, vset(0)), vset(__builtin_nanf("")), r);
    return vselect(vnan(x), x, r);
}

/** log(1 + x), 0 <= x <= 1: the rounding of 1 + x is put right afterwards. */
static inline vec vlog1p(vec x)
{
    vec u = vadd(x, vset(1));
    return vadd(vlog(u), vdiv(vsub(x, vsub(u, vset(1))), u));
}

/** t / (t + 2) with t = exp(2 |x|) - 1, and the sign of x. */
static inline vec vtanh(vec x)
{
    vint n, sign = viand(vbits(x), viset(SIGN));
    vec y = vmin(vset(20), vmul(vset(2), vabs(x)));
    vec r = exp_reduce(y, &n), scale = power_of_2(n);
    vec t = vfma(scale, exp_series(r, r), vsub(scale, vset(1)));
    return vreal(viadd(vbits(vdiv(t, vadd(t, vset(2)))), sign));
}

/** exp(x) - 1, x <= 0. */
static inline vec vexpm1(vec x)
{
    vint n;
    vec r = exp_reduce(vmax(vset(-20), x), &n), scale = power_of_2(n);
    return vfma(scale, exp_series(r, r), vsub(scale, vset(1)));
}

static inline vec verf(vec x)
{
    vint sign = viand(vbits(x), viset(SIGN));
    vec one = vset(1), y = vmin(vset(4), vabs(x)), z = vmul(y, y);
    vec low = vfma(z, vset(7.8538619251e-5F), vset(-8.0101937522e-4F));
    low = vfma(low, z, vset(5.1883276944e-3F));
    low = vfma(low, z, vset(-2.6853811936e-2F));
    low = vfma(low, z, vset(1.1283585149e-1F));
    low = vfma(low, z, vset(-3.7612625824e-1F));
    low = vfma(low, z, vset(1.2837916573e-1F)); /* and 1 */
    low = vfma(low, y, y);
    vec high = vfma(y, vset(1.8637811693e-4F), vset(-2.9476475038e-3F));
    high = vfma(high, y, vset(2.1838019824e-2F));
    high = vfma(high, y, vset(-1.0310666032e-1F));
    high = vfma(high, y, vset(-6.3814494342e-1F));
    high = vfma(high, y, vset(-1.1270891224F));
    high = vfma(high, y, vset(-3.4153995622e-4F));
    high = vsub(one, vexp(high));
    return vreal(viadd(vbits(vselect(vlt(y, one), low, high)), sign));
}

#endif

/** 1 / (1 + exp(-x)), from exp(-|x|), which cannot overflow. */
static inline vec vsigmoid(vec x)
{
    vec zero = vset(0), one = vset(1), e = vexp(vsub(zero, vabs(x)));
    return vdiv(vselect(vlt(x, zero), e, one), vadd(one, e));
}

#endif
