/* SPDX-License-Identifier: Apache-2.0 */
/* Sums. Over an array: 64 lanes (lanes.h), on one thread. Per column of a matrix: columns.h; with `add` they are added
 * to the old value. */
#include "kernels/family.h"
#include "kernels/columns.h"
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

typedef struct sums {
    columns c;
    column_out out;
    const real *x;
} sums;

INLINED void sum_terms(const void *context, int64_t row, int64_t column, int64_t lanes, vec *sum, vec *none)
{
    const sums *s = context;
    (void)none;
    *sum = vadd(*sum, vload_n(s->x + row * s->c.n + column, lanes));
}

static void sums_piece(const void *context, const column_piece *p)
{
    const sums s = *(const sums *)context;
    sum_piece(p, &s, sum_terms, 1);
}

static void sums_take(const void *context, const column_piece *p)
{
    take_sum(&((const sums *)context)->out, p);
}

void ISA(column_sums)(yk_leaves leaves, int64_t rows, int64_t n, const real *dy, real *db, int64_t db_step, bool add)
{
    const sums s = { { leaves, rows, n }, { db, db_step, add }, dy };
    share_columns(&s.c, 1, sums_piece, sums_take, &s);
}

typedef struct relu_sums {
    columns c;
    column_out out;
    const real *y;
    real *dy;
} relu_sums;

INLINED void relu_sum_terms(const void *context, int64_t row, int64_t column, int64_t lanes, vec *sum, vec *none)
{
    const relu_sums *s = context;
    const int64_t at = row * s->c.n + column;
    vec zero = vset(0), d = vselect(vlt(zero, vload_n(s->y + at, lanes)), vload_n(s->dy + at, lanes), zero);
    (void)none;
    vstore_n(s->dy + at, d, lanes);
    *sum = vadd(*sum, d);
}

static void relu_sums_piece(const void *context, const column_piece *p)
{
    const relu_sums s = *(const relu_sums *)context;
    sum_piece(p, &s, relu_sum_terms, 1);
}

static void relu_sums_take(const void *context, const column_piece *p)
{
    take_sum(&((const relu_sums *)context)->out, p);
}

void ISA(relu_column_sums)(yk_leaves leaves, int64_t rows, int64_t n, const real *y, real *dy, real *db,
                           int64_t db_step, bool add)
{
    const relu_sums s = { { leaves, rows, n }, { db, db_step, add }, y, dy };
    share_columns(&s.c, 1, relu_sums_piece, relu_sums_take, &s);
}
