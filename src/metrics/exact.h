/* SPDX-License-Identifier: Apache-2.0 */
/* Exact sums of real numbers in whole numbers: a sum is a fixed-point number cut into limbs of 24 bits, each held in
 * 64, so that adding never carries and sums of sums are sums of limbs. Nothing is rounded, so the order does not
 * matter. Numbers from 2^-312 up to 2^300; 2^39 of them may be added. Source of the idea: Kulisch, "Computer arithmetic
 * and validity", 2013, the long accumulator. */
#ifndef YK_METRICS_EXACT_H
#define YK_METRICS_EXACT_H

#include <stdint.h>

#define YK_EXACT_LIMBS 26
#define YK_EXACT (YK_EXACT_LIMBS + 1) /**< counts of a sum; the last: numbers that were not finite */

/** Adds x to the sum. Bits of x below 2^-312 are cut off. */
void yk_exact_add(int64_t sum[YK_EXACT], double x);

/** Nearly 106 bits of a number: hi + lo. */
typedef struct yk_twofold {
    double hi, lo;
} yk_twofold;

/** The sum; NaN when a number was not finite. */
yk_twofold yk_exact_value(const int64_t sum[YK_EXACT]);

/** factor a; a b; a - b. */
yk_twofold yk_twofold_scale(double factor, yk_twofold a);
yk_twofold yk_twofold_multiply(yk_twofold a, yk_twofold b);
double yk_twofold_difference(yk_twofold a, yk_twofold b);

#endif
