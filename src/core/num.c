/* SPDX-License-Identifier: Apache-2.0 */
#include "core/num.h"

#include <inttypes.h>
#include <limits.h>

#include "core/error.h"

yk_status yk_to_int(int *out, int64_t value, const char *what)
{
    YK_CHECK(value >= INT_MIN && value <= INT_MAX, YK_ERR_ARG,
             "%s is %" PRId64 ", beyond what a 32-bit count of MPI, BLAS or HDF5 can hold (%d)", what, value, INT_MAX);
    *out = (int)value;
    return YK_OK;
}

bool yk_mul(int64_t *out, int64_t a, int64_t b)
{
    if (b != 0 && a > INT64_MAX / b)
        return false;
    *out = a * b;
    return true;
}
