/* SPDX-License-Identifier: Apache-2.0 */
/* softmax of each row: y = exp(x - max) (1 / sum), the sum in the order of lanes.h; dx = y (dy - sum of y dy). */
#include "kernels/family.h"
#include "kernels/rows.h"

/* The arrays of a call: x to y, or y (`in`) and dy to dx. A job is a row. */
typedef struct rows {
    int64_t cols;
    const real *in, *dy;
    real *out;
    bool add;
} rows;

static void softmax_row(const void *context, int64_t row)
{
    const rows *r = context;
    const real *x = r->in + row * r->cols;
    real *y = r->out + row * r->cols;
    vec top = vset(row_top(r->cols, x));
    lane_sums s = lane_sums_zero();
    FOR_VEC (i, lanes, 0, r->cols) {
        vec *sum = lane_sums_at(&s, i), e = vfirst(vexp(vsub(vload_n(x + i, lanes), top)), vset(0), lanes);
        *sum = vadd(*sum, e);
        vstore_n(y + i, e, lanes);
    }
    vec factor = vset(1 / lane_sums_total(&s));
    FOR_VEC (i, lanes, 0, r->cols)
        vstore_n(y + i, vmul(vload_n(y + i, lanes), factor), lanes);
}

void ISA(softmax)(int64_t n, int64_t cols, const real *x, real *y)
{
    yk_parallel(n, n * cols * 8, softmax_row, &(rows){ .cols = cols, .in = x, .out = y });
}

static void softmax_grad_row(const void *context, int64_t row)
{
    const rows *r = context;
    const real *y = r->in + row * r->cols, *dy = r->dy + row * r->cols;
    lane_sums s = lane_sums_zero();
    FOR_VEC (i, lanes, 0, r->cols) {
        vec *sum = lane_sums_at(&s, i);
        *sum = vfma(vload_n(y + i, lanes), vload_n(dy + i, lanes), *sum);
    }
    vec total = vset(lane_sums_total(&s));
    FOR_VEC (i, lanes, 0, r->cols) {
        vec d = vmul(vload_n(y + i, lanes), vsub(vload_n(dy + i, lanes), total));
        vput(r->out + row * r->cols + i, d, lanes, r->add);
    }
}

void ISA(softmax_grad)(int64_t n, int64_t cols, const real *y, const real *dy, real *dx, bool add)
{
    yk_parallel(n, n * cols * 2, softmax_grad_row, &(rows){ .cols = cols, .in = y, .dy = dy, .out = dx, .add = add });
}
