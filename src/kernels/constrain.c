/* SPDX-License-Identifier: Apache-2.0 */
/* Constraints on the columns of a matrix (rows, cols): what leads to one output of a layer.
 *   norm = sqrt(sum of w w over the column);  bound: w = w (most / norm) where norm > most;  unit: w = w / norm where
 *   norm > 0
 * The sum is one of pieces of YK_SUM_PIECE rows, each one chain of fma over ascending rows. A job is VLEN columns. */
#include "kernels/family.h"

typedef struct matrix {
    int64_t rows, cols;
    real most; /* 0: unit norm */
    real *w;
} matrix;

static vec norms(const matrix *m, int64_t first, int64_t lanes)
{
    vec total = vset(0);
    for (int64_t row = 0; row < m->rows; row += YK_SUM_PIECE) {
        vec piece = vset(0);
        for (int64_t r = row; r < yk_min(row + YK_SUM_PIECE, m->rows); r++) {
            vec w = vload_n(m->w + r * m->cols + first, lanes);
            piece = vfma(w, w, piece);
        }
        total = vadd(total, piece);
    }
    return vsqrt(total);
}

static void constrain_columns(const void *context, int64_t job)
{
    const matrix m = *(const matrix *)context;
    const int64_t first = job * VLEN, lanes = yk_min(m.cols - first, VLEN);
    vec norm = norms(&m, first, lanes), most = vset(m.most), one = vset(1);
    vec factor = m.most > 0 ? vselect(vlt(most, norm), vdiv(most, norm), one)
                            : vselect(vlt(vset(0), norm), vdiv(one, norm), one);
    for (int64_t r = 0; r < m.rows; r++) {
        real *w = m.w + r * m.cols + first;
        vstore_n(w, vmul(vload_n(w, lanes), factor), lanes);
    }
}

static void constrain(int64_t rows, int64_t cols, real most, real *w)
{
    yk_parallel(yk_div_up(cols, VLEN), 2 * rows * cols, constrain_columns, &(matrix){ rows, cols, most, w });
}

void ISA(bound_columns)(int64_t rows, int64_t cols, real most, real *w)
{
    constrain(rows, cols, most, w);
}

void ISA(unit_columns)(int64_t rows, int64_t cols, real *w)
{
    constrain(rows, cols, 0, w);
}
