/* SPDX-License-Identifier: Apache-2.0 */
/* Sums. Over an array: 64 lanes (lanes.h), on one thread. Per column of a matrix: pieces of YK_SUM_PIECE rows,
 * each one chain of additions over ascending rows that starts at +0, and so is the sum of the pieces; with `add` it is
 * added to the old value. */
#include "kernels/family.h"
#include "kernels/lanes.h"

static real total(int64_t n, const real *x)
{
    lane_sums s = lane_sums_zero();
    FOR_VEC (i, lanes, 0, n) {
        vec *sum = lane_sums_at(&s, i);
        *sum = vadd(*sum, vload_n(x + i, lanes));
    }
    return lane_sums_total(&s);
}

real ISA(total)(int64_t n, const real *x)
{
    return total(n, x);
}

/* Each lane is a chain of fma. */
real ISA(sum_of_squares)(int64_t n, const real *x)
{
    lane_sums s = lane_sums_zero();
    FOR_VEC (i, lanes, 0, n) {
        vec *sum = lane_sums_at(&s, i), v = vload_n(x + i, lanes);
        *sum = vfma(v, v, *sum);
    }
    return lane_sums_total(&s);
}

real ISA(sum_of_sizes)(int64_t n, const real *x)
{
    lane_sums s = lane_sums_zero();
    FOR_VEC (i, lanes, 0, n) {
        vec *sum = lane_sums_at(&s, i);
        *sum = vadd(*sum, vabs(vload_n(x + i, lanes)));
    }
    return lane_sums_total(&s);
}

/* x - x is NaN where x is not finite, and 0 elsewhere. */
int64_t ISA(find_nonfinite)(int64_t n, const real *x)
{
    FOR_VEC (i, lanes, 0, n) {
        vec v = vload_n(x + i, lanes);
        unsigned found = vwhich(vnan(vsub(v, v)));
        if (found)
            return i + __builtin_ctz(found);
    }
    return -1;
}

typedef struct row_totals {
    yk_leaves leaves;
    const real *x;
    real *out;
} row_totals;

static void leaf_total(const void *context, int64_t leaf)
{
    const row_totals *t = context;
    t->out[leaf] = total(yk_leaf_rows(t->leaves, leaf), t->x + leaf * t->leaves.size);
}

void ISA(leaf_sums)(yk_leaves leaves, const real *x, real *out)
{
    yk_parallel(yk_leaf_count(leaves), leaves.rows, leaf_total, &(row_totals){ leaves, x, out });
}

/* Column sums; a job is a strip of COLUMNS columns of a leaf. */
enum { COLUMN_VECS = 4, COLUMNS = COLUMN_VECS * VLEN };

typedef struct columns {
    yk_leaves leaves;
    int64_t rows, n; /* of a sample */
    const real *x;
    real *out;
    int64_t out_step;
    bool add;
} columns;

/* Adds the chains over `rows` rows of `wide` columns, `stride` apart. */
static void add_piece(int64_t rows, int64_t wide, int64_t stride, const real *x, vec total[COLUMN_VECS])
{
    vec sum[COLUMN_VECS], zero = vset(0);
    UNROLL
    for (int v = 0; v < COLUMN_VECS; v++)
        sum[v] = zero;
    if (wide == COLUMNS) {
        for (int64_t r = 0; r < rows; r++) {
            UNROLL
            for (int v = 0; v < COLUMN_VECS; v++)
                sum[v] = vadd(sum[v], vload(x + r * stride + v * VLEN));
        }
    } else {
        for (int64_t r = 0; r < rows; r++)
            FOR_VEC (j, lanes, 0, wide)
                sum[j / VLEN] = vadd(sum[j / VLEN], vload_n(x + r * stride + j, lanes));
    }
    UNROLL
    for (int v = 0; v < COLUMN_VECS; v++)
        total[v] = vadd(total[v], sum[v]);
}

static void sum_columns(const void *context, int64_t job)
{
    const columns *c = context;
    int64_t strips = yk_div_up(c->n, COLUMNS), leaf = job / strips, first = job % strips * COLUMNS;
    int64_t rows = yk_leaf_rows(c->leaves, leaf) * c->rows, wide = yk_min(COLUMNS, c->n - first);
    const real *x = c->x + leaf * c->leaves.size * c->rows * c->n + first;
    vec zero = vset(0), total[COLUMN_VECS] = { zero, zero, zero, zero };
    for (int64_t row = 0; row < rows; row += YK_SUM_PIECE)
        add_piece(yk_min(YK_SUM_PIECE, rows - row), wide, c->n, x + row * c->n, total);
    FOR_VEC (j, lanes, 0, wide)
        vput(c->out + leaf * c->out_step + first + j, total[j / VLEN], lanes, c->add);
}

void ISA(column_sums)(yk_leaves leaves, int64_t rows, int64_t n, const real *dy, real *db, int64_t db_step, bool add)
{
    yk_parallel(yk_leaf_count(leaves) * yk_div_up(n, COLUMNS), leaves.rows * rows * n, sum_columns,
                &(columns){ leaves, rows, n, dy, db, db_step, add });
}
