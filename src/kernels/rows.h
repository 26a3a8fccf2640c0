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
    vec first = vset(x[0]), part[SUM_VECS] = { first, first, first, first };
    int64_t whole = n / SUM_LANES * SUM_LANES;
    for (int64_t i = 0; i < whole; i += SUM_LANES) {
        UNROLL
        for (int v = 0; v < SUM_VECS; v++)
            part[v] = vmax(vload(x + i + v * VLEN), part[v]);
    }
    vec top = vmax(vmax(part[0], part[1]), vmax(part[2], part[3]));
    FOR_VEC (i, lanes, whole, n) {
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
    int64_t whole = n / SUM_LANES * SUM_LANES;
    for (int64_t i = 0; i < whole; i += SUM_LANES) {
        UNROLL
        for (int v = 0; v < SUM_VECS; v++)
            s.part[v] = vadd(s.part[v], vexp(vsub(vload(x + i + v * VLEN), t)));
    }
    FOR_VEC (i, lanes, whole, n) {
        vec *sum = lane_sums_at(&s, i), e = vexp(vsub(vload_n(x + i, lanes), t));
        *sum = vadd(*sum, vfirst(e, vset(0), lanes));
    }
    return lane_sums_total(&s);
}

#endif
