/* SPDX-License-Identifier: Apache-2.0 */
/* What softmax and its losses share: the largest element of a row, and sums over a row in the order of lanes.h. */
#ifndef YK_KERNELS_ROWS_H
#define YK_KERNELS_ROWS_H

#include "kernels/block.h"
#include "kernels/lanes.h"
#include "kernels/vmath.h"

/** Largest element; where there are NaNs it may be any of the row's elements. */
static inline real row_top(int64_t n, const real *x)
{
    vec top = vset(x[0]);
    FOR_VEC (i, lanes, 0, n) {
        vec v = vfirst(vload_n(x + i, lanes), top, lanes);
        top = vmax(v, top);
    }
    return vtop(top);
}

/** Sum of exp(x - top). */
static inline real row_exp_sum(int64_t n, const real *x, real top)
{
    lane_sums s = lane_sums_zero();
    vec t = vset(top);
    FOR_VEC (i, lanes, 0, n) {
        vec *sum = lane_sums_at(&s, i), e = vexp(vsub(vload_n(x + i, lanes), t));
        *sum = vadd(*sum, vfirst(e, vset(0), lanes));
    }
    return lane_sums_total(&s);
}

#endif
