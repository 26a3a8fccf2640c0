/* SPDX-License-Identifier: Apache-2.0 */
/* Checked narrowing and products: the borders to libraries that count in int. */
#ifndef YK_CORE_NUM_H
#define YK_CORE_NUM_H

#include <stdbool.h>
#include <stdint.h>

#include "yoke/status.h"

#define YK_LEN(array) ((int64_t)(sizeof(array) / sizeof(array)[0]))

static inline int64_t yk_min(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static inline int64_t yk_max(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

/** Quotient rounded up, a >= 0, b > 0. */
static inline int64_t yk_div_up(int64_t a, int64_t b)
{
    return (a + b - 1) / b;
}

/** The range that holds `value` of n ranges one after the other: first[i] <= value < first[i+1]; empty ones hold none.
 */
static inline int64_t yk_find_range(int64_t n, const int64_t *first, int64_t value)
{
    int64_t low = 0, high = n; /* first[low] <= value < first[high] */
    while (high - low > 1) {
        const int64_t middle = low + (high - low) / 2;
        if (first[middle] <= value)
            low = middle;
        else
            high = middle;
    }
    return low;
}

/** *out = (int)value; YK_ERR_ARG naming `what` when it does not fit. */
YK_MUST_CHECK yk_status yk_to_int(int *out, int64_t value, const char *what);

/** *out = a * b; false when the product overflows (a, b >= 0). */
bool yk_mul(int64_t *out, int64_t a, int64_t b);

#endif
