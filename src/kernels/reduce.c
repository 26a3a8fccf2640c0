/* SPDX-License-Identifier: Apache-2.0 */
/* Sums. Over an array: 64 lanes (lanes.h), on one thread. Per column of a matrix: one chain of additions over
 * ascending rows, which starts at +0; with `add` its result is added to the old value. */
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

void ISA(leaf_sums)(yk_leaves leaves, const real *x, real *out)
{
    FOR_JOBS (g, yk_leaf_count(leaves), leaves.rows)
        out[g] = total(yk_leaf_rows(leaves, g), x + g * leaves.size);
}

/* Sums of `wide` <= COLUMNS columns. */
enum { COLUMN_VECS = 4, COLUMNS = COLUMN_VECS * VLEN };

static void sum_columns(int64_t rows, int64_t wide, int64_t stride, const real *x, real *out, bool add)
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
    FOR_VEC (j, lanes, 0, wide)
        vput(out + j, sum[j / VLEN], lanes, add);
}

void ISA(column_sums)(yk_leaves leaves, int64_t rows, int64_t n, const real *dy, real *db, int64_t db_step, bool add)
{
    int64_t strips = yk_div_up(n, COLUMNS);
    FOR_JOBS (job, yk_leaf_count(leaves) * strips, leaves.rows * rows * n) {
        int64_t g = job / strips, first = job % strips * COLUMNS;
        sum_columns(yk_leaf_rows(leaves, g) * rows, yk_min(COLUMNS, n - first), n,
                    dy + g * leaves.size * rows * n + first, db + g * db_step + first, add);
    }
}
