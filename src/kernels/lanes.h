/* SPDX-License-Identifier: Apache-2.0 */
/* The order of a sum over an array: element i goes to lane i mod 64 in ascending i, then lanes j and j + 32 are added,
 * then 16, 8, 4, 2, 1. Lanes start at +0, so elements beyond the end change nothing. */
#ifndef YK_KERNELS_LANES_H
#define YK_KERNELS_LANES_H

#include "kernels/vec.h"

enum { SUM_LANES = 64, SUM_VECS = SUM_LANES / VLEN };

typedef struct lane_sums {
    vec part[SUM_VECS];
} lane_sums;

static inline lane_sums lane_sums_zero(void)
{
    vec zero = vset(0);
    return (lane_sums){ { zero, zero, zero, zero } };
}

static inline real lane_sums_total(const lane_sums *s)
{
    return vsum(vadd(vadd(s->part[0], s->part[2]), vadd(s->part[1], s->part[3])));
}

/** The lanes that elements i .. i + VLEN - 1 go to, i a multiple of VLEN. */
static inline vec *lane_sums_at(lane_sums *s, int64_t i)
{
    return &s->part[i / VLEN % SUM_VECS];
}

#endif
