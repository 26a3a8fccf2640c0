/* SPDX-License-Identifier: Apache-2.0 */
/* Scalar functions in double of our own: only +, -, *, /, sqrt and fma in a fixed order, so every compiler and CPU
 * gives the same bits. They serve schedules, bias corrections, initialisers and made data. Within 2 ulp unless said. */
#ifndef YK_CORE_MATH_H
#define YK_CORE_MATH_H

#include <stdint.h>

double yk_exp(double x); /**< overflow gives +inf, underflow 0 */
double yk_ln(double x);  /**< natural logarithm; x < 0 gives NaN, 0 gives -inf */
double yk_sin(double x); /**< |x| <= 2^20 (beyond: NaN), absolute error 1e-15 */
double yk_cos(double x);
double yk_pow(double x, double y); /**< exp(y ln x) for x >= 0; relative error (1 + |y ln x|) 4e-16 */

/** x^n by repeated squaring, n >= 0. */
double yk_pow_int(double x, int64_t n);

#endif
