/* SPDX-License-Identifier: Apache-2.0 */
/* Local response normalisation. The window of j is j - size / 2 .. j + (size - 1) / 2; numbers outside of the row take
 * part as zeros. With d_j = k + alpha / size times the sum of squares in the window of j:
 *   y_j = x_j d_j^-beta
 *   dx_j = dy_j d_j^-beta - 2 alpha beta / size x_j sum of r_i over the i whose window has j;  r = dy x d^-beta / d
 * A window's sum is one chain over ascending numbers. d^-beta = exp(-beta log d). A job is a row. */
#include "kernels/family.h"
#include "kernels/vmath.h"

typedef struct response {
    const yk_response *g;
    const real *x, *dy;
    real *d, *ratio; /* d and r, as x */
    real *out;
    bool add;
} response;

/* Elements from .. from + lanes - 1 of a row of n, 0 outside of it. */
static vec window_at(const real *x, int64_t n, int64_t from, int64_t lanes)
{
    real part[VLEN];
    if (from >= 0 && from + lanes <= n)
        return vload_n(x + from, lanes);
    for (int64_t lane = 0; lane < VLEN; lane++)
        part[lane] = lane < lanes && from + lane >= 0 && from + lane < n ? x[from + lane] : 0;
    return vload(part);
}

static vec power(const yk_response *g, vec d)
{
    return vexp(vmul(vset((real)-g->beta), vlog(d)));
}

static void response_row(const void *context, int64_t row)
{
    const response *t = context;
    const yk_response *g = t->g;
    const real *x = t->x + row * g->n;
    FOR_VEC (j, lanes, 0, g->n) {
        vec sum = vset(0);
        for (int64_t i = j - g->size / 2; i <= j + (g->size - 1) / 2; i++) {
            vec v = window_at(x, g->n, i, lanes);
            sum = vfma(v, v, sum);
        }
        vec d = vfma(vset((real)(g->alpha / (double)g->size)), sum, vset((real)g->k));
        vstore_n(t->d + row * g->n + j, d, lanes);
        vstore_n(t->out + row * g->n + j, vmul(vload_n(x + j, lanes), power(g, d)), lanes);
    }
}

void ISA(response)(const yk_response *g, int64_t rows, const real *x, real *d, real *y)
{
    yk_parallel(rows, rows * g->n * (g->size + 16), response_row, &(response){ .g = g, .x = x, .d = d, .out = y });
}

static void response_grad_row(const void *context, int64_t row)
{
    const response *t = context;
    const yk_response *g = t->g;
    const real *x = t->x + row * g->n, *dy = t->dy + row * g->n, *d = t->d + row * g->n;
    real *ratio = t->ratio + row * g->n;
    FOR_VEC (j, lanes, 0, g->n) {
        vec v = vmul(vload_n(dy + j, lanes), vload_n(x + j, lanes)), at = vload_n(d + j, lanes);
        vstore_n(ratio + j, vdiv(vmul(v, power(g, at)), at), lanes);
    }
    vec factor = vset((real)(-2 * g->alpha * g->beta / (double)g->size));
    FOR_VEC (j, lanes, 0, g->n) {
        vec sum = vset(0);
        for (int64_t i = j - (g->size - 1) / 2; i <= j + g->size / 2; i++)
            sum = vadd(sum, window_at(ratio, g->n, i, lanes));
        vec own = vmul(vload_n(dy + j, lanes), power(g, vload_n(d + j, lanes)));
        vec others = vmul(factor, vload_n(x + j, lanes));
        vput(t->out + row * g->n + j, vfma(others, sum, own), lanes, t->add);
    }
}

void ISA(response_grad)(const yk_response *g, int64_t rows, const real *x, const real *d, const real *dy, real *ratio,
                        real *dx, bool add)
{
    const response t = { .g = g,
                         .x = x,
                         .dy = dy,
                         .d = (real *)(uintptr_t)d, /* read only here */
                         .ratio = ratio,
                         .out = dx,
                         .add = add };
    yk_parallel(rows, rows * g->n * (g->size + 32), response_grad_row, &t);
}
