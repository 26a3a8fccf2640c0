/* SPDX-License-Identifier: Apache-2.0 */
#ifndef YK_CORE_MEDIAN_H
#define YK_CORE_MEDIAN_H

#include <stdint.h>

/** Median of n >= 1 values (none NaN), which are sorted in place; of an even number the mean of the two in the middle.
 */
double yk_median(int64_t n, double *values);

#endif
