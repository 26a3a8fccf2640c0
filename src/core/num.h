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

/** *out = (int)value; YK_ERR_ARG naming `what` when it does not fit. */
YK_MUST_CHECK yk_status yk_to_int(int *out, int64_t value, const char *what);

/** *out = a * b; false when the product overflows (a, b >= 0). */
bool yk_mul(int64_t *out, int64_t a, int64_t b);

#endif
