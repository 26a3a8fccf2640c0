/* SPDX-License-Identifier: Apache-2.0 */
/* Sums of terms over the rows of a leaf, per column: pieces of YK_SUM_PIECE rows, each one chain of additions over
 * ascending rows that starts at +0; the pieces are added in ascending order. */
#ifndef YK_KERNELS_COLUMNS_H
#define YK_KERNELS_COLUMNS_H

#include "kernels/block.h"
#include "kernels/kernels.h"

enum { COLUMN_VECS = 4, COLUMNS = COLUMN_VECS * VLEN };

/** A sample has `rows` rows of n columns; leaf g's sums go to out + g out_step. */
typedef struct columns {
    yk_leaves leaves;
    int64_t rows, n;
    real *out;
    int64_t out_step;
    bool add;
} columns;

/** The terms of `row` (of all rows of the call) in columns column .. column + lanes - 1. */
typedef vec column_terms(const void *context, int64_t row, int64_t column, int64_t lanes);

/** A job: a strip of COLUMNS columns of a leaf. */
INLINED void sum_terms(const columns *c, int64_t job, const void *context, column_terms *terms)
{
    int64_t strips = yk_div_up(c->n, COLUMNS), leaf = job / strips, first = job % strips * COLUMNS;
    int64_t begin = leaf * c->leaves.size * c->rows, end = begin + yk_leaf_rows(c->leaves, leaf) * c->rows;
    int64_t wide = yk_min(COLUMNS, c->n - first);
    vec zero = vset(0), total[COLUMN_VECS] = { zero, zero, zero, zero };
    for (int64_t piece = begin; piece < end; piece += YK_SUM_PIECE) {
        vec sum[COLUMN_VECS] = { zero, zero, zero, zero };
        for (int64_t row = piece; row < yk_min(piece + YK_SUM_PIECE, end); row++)
            FOR_VEC (j, lanes, 0, wide)
                sum[j / VLEN] = vadd(sum[j / VLEN], terms(context, row, first + j, lanes));
        for (int v = 0; v < COLUMN_VECS; v++)
            total[v] = vadd(total[v], sum[v]);
    }
    FOR_VEC (j, lanes, 0, wide)
        vput(c->out + leaf * c->out_step + first + j, total[j / VLEN], lanes, c->add);
}

/** Threads share the strips: run(context, job) calls sum_terms(). */
static inline void share_columns(const columns *c, yk_job run, const void *context)
{
    yk_parallel(yk_leaf_count(c->leaves) * yk_div_up(c->n, COLUMNS), c->leaves.rows * c->rows * c->n * 2, run, context);
}

#endif
