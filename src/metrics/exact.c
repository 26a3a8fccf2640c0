/* SPDX-License-Identifier: Apache-2.0 */
#include "metrics/exact.h"

#include <math.h>
#include <string.h>

enum { BITS = 24, LOWEST = -312 }; /* of a limb; exponent of the lowest bit */
#define MASK (((int64_t)1 << BITS) - 1)

void yk_exact_add(int64_t sum[YK_EXACT], double x)
{
    int64_t bits;
    memcpy(&bits, &x, sizeof bits);
    const int64_t biased = bits >> 52 & 0x7ff, sign = bits < 0 ? -1 : 1;
    uint64_t mantissa = (uint64_t)bits & (((uint64_t)1 << 52) - 1);
    if (biased > 0)
        mantissa |= (uint64_t)1 << 52;
    int64_t at = (biased > 0 ? biased : 1) - 1075 - LOWEST; /* of the mantissa's lowest bit, in the sum */
    if (at < 0) {
        mantissa = at > -64 ? mantissa >> -at : 0;
        at = 0;
    }
    if (at / BITS > YK_EXACT_LIMBS - 4) { /* not finite, or far from anything that is measured */
        sum[YK_EXACT_LIMBS]++;
        return;
    }
    int64_t *limb = sum + at / BITS;
    const int shift = (int)(at % BITS);
    *limb++ += sign * ((int64_t)(mantissa << shift) & MASK);
    for (mantissa >>= BITS - shift; mantissa; mantissa >>= BITS)
        *limb++ += sign * ((int64_t)mantissa & MASK);
}

/* Carries: limbs in [0, 2^24) but the highest, which has the sign. */
static void carry(int64_t limb[YK_EXACT_LIMBS])
{
    for (int i = 0; i < YK_EXACT_LIMBS - 1; i++) {
        const int64_t low = limb[i] & MASK;
        limb[i + 1] += (limb[i] - low) / (MASK + 1);
        limb[i] = low;
    }
}

yk_twofold yk_exact_value(const int64_t sum[YK_EXACT])
{
    int64_t limb[YK_EXACT_LIMBS];
    yk_twofold v = { 0, 0 };
    if (sum[YK_EXACT_LIMBS] != 0)
        return (yk_twofold){ NAN, NAN };
    memcpy(limb, sum, sizeof limb);
    carry(limb);
    const double sign = limb[YK_EXACT_LIMBS - 1] < 0 ? -1 : 1;
    if (sign < 0) {
        for (int i = 0; i < YK_EXACT_LIMBS; i++)
            limb[i] = -limb[i];
        carry(limb);
    }
    for (int i = YK_EXACT_LIMBS - 1; i >= 0; i--) { /* from the largest: what hi has no room for goes to lo */
        const double term = ldexp((double)limb[i], BITS * i + LOWEST), s = v.hi + term, back = s - v.hi;
        v.lo += (v.hi - (s - back)) + (term - back);
        v.hi = s;
    }
    return (yk_twofold){ sign * v.hi, sign * v.lo };
}

yk_twofold yk_twofold_multiply(yk_twofold a, yk_twofold b)
{
    const double p = a.hi * b.hi;
    return (yk_twofold){ p, fma(a.hi, b.hi, -p) + (a.hi * b.lo + a.lo * b.hi) };
}

yk_twofold yk_twofold_scale(double factor, yk_twofold a)
{
    return yk_twofold_multiply((yk_twofold){ factor, 0 }, a);
}

double yk_twofold_difference(yk_twofold a, yk_twofold b)
{
    return (a.hi - b.hi) + (a.lo - b.lo);
}
