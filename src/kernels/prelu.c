/* SPDX-License-Identifier: Apache-2.0 */
/* prelu: y = x where x > 0, else alpha x, with an alpha for each of n columns; dx = dy where x > 0, else alpha dy;
 * dalpha = the sum of dy x where x <= 0, over a leaf's rows in the order of columns.h. */
#include "kernels/family.h"
#include "kernels/columns.h"

/* x (or dy under the sign of x) to out; a job is some rows, together about a block. */
typedef struct slopes {
    int64_t rows, n, each; /* each: rows of a job */
    const real *x, *dy, *alpha;
    real *out;
    bool add;
} slopes;

static void slopes_job(const void *context, int64_t job)
{
    const slopes *s = context;
    vec zero = vset(0);
    for (int64_t row = job * s->each; row < yk_min((job + 1) * s->each, s->rows); row++)
        FOR_VEC (j, lanes, 0, s->n) {
            int64_t at = row * s->n + j;
            vec x = vload_n(s->x + at, lanes), v = s->dy ? vload_n(s->dy + at, lanes) : x;
            vput(s->out + at, vselect(vlt(zero, x), v, vmul(vload_n(s->alpha + j, lanes), v)), lanes, s->add);
        }
}

static void share_slopes(slopes s)
{
    s.each = yk_max(1, BLOCK / s.n);
    yk_parallel(yk_div_up(s.rows, s.each), s.rows * s.n, slopes_job, &s);
}

void ISA(prelu)(int64_t rows, int64_t n, const real *x, const real *alpha, real *y)
{
    share_slopes((slopes){ .rows = rows, .n = n, .x = x, .alpha = alpha, .out = y });
}

void ISA(prelu_grad)(int64_t rows, int64_t n, const real *x, const real *alpha, const real *dy, real *dx, bool add)
{
    share_slopes((slopes){ .rows = rows, .n = n, .x = x, .dy = dy, .alpha = alpha, .out = dx, .add = add });
}

typedef struct alphas {
    columns c;
    column_out out;
    const real *x, *dy;
} alphas;

INLINED void alpha_terms(const void *context, int64_t row, int64_t column, int64_t lanes, vec *sum, vec *none)
{
    (void)none;
    const alphas *a = context;
    int64_t at = row * a->c.n + column;
    vec zero = vset(0), x = vload_n(a->x + at, lanes);
    *sum = vadd(*sum, vselect(vlt(zero, x), zero, vmul(vload_n(a->dy + at, lanes), x)));
}

static void alpha_piece(const void *context, const column_piece *p)
{
    sum_piece(p, context, alpha_terms, 1);
}

static void alpha_take(const void *context, const column_piece *p)
{
    take_sum(&((const alphas *)context)->out, p);
}

void ISA(prelu_alpha)(yk_leaves leaves, int64_t rows, int64_t n, const real *x, const real *dy, real *dalpha,
                      int64_t step, bool add)
{
    const alphas a = { { leaves, rows, n }, { dalpha, step, add }, x, dy };
    share_columns(&a.c, 1, alpha_piece, alpha_take, &a);
}
