/* SPDX-License-Identifier: Apache-2.0 */
/* Loops over yk_strides: rows along the last dimension, and jobs that are some rows, or a part of a long one. */
#ifndef YK_KERNELS_STRIDED_H
#define YK_KERNELS_STRIDED_H

#include "kernels/block.h"
#include "kernels/kernels.h"

/** Length of a row. */
static inline int64_t row_length(const yk_strides *g)
{
    return g->dim[g->ndim - 1];
}

static inline int64_t row_count(const yk_strides *g)
{
    int64_t rows = 1;
    for (int d = 0; d < g->ndim - 1; d++)
        rows *= g->dim[d];
    return rows;
}

/** Where the row begins in each array. */
static inline void row_places(const yk_strides *g, int64_t row, int64_t at[YK_STRIDED_ARRAYS])
{
    for (int k = 0; k < g->n; k++)
        at[k] = 0;
    for (int d = g->ndim - 2; d >= 0; d--, row /= g->dim[d + 1])
        for (int k = 0; k < g->n; k++)
            at[k] += row % g->dim[d] * g->step[k][d];
}

/** What a job works on: rows first .. last - 1, elements from .. to - 1 of each; about a block in all. */
typedef struct region {
    int64_t first, last, from, to;
} region;

static inline int64_t region_rows(const yk_strides *g)
{
    return yk_max(1, BLOCK / row_length(g));
}

static inline region region_of(const yk_strides *g, int64_t job)
{
    int64_t length = row_length(g), parts = yk_div_up(length, BLOCK), rows = region_rows(g);
    int64_t first = job / parts * rows, from = job % parts * BLOCK;
    return (region){ first, yk_min(first + rows, row_count(g)), from, yk_min(from + BLOCK, length) };
}

static inline void share_regions(const yk_strides *g, yk_job run, const void *context)
{
    int64_t rows = row_count(g), length = row_length(g);
    yk_parallel(yk_div_up(rows, region_rows(g)) * yk_div_up(length, BLOCK), rows * length, run, context);
}

#endif
