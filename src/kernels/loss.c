/* SPDX-License-Identifier: Apache-2.0 */
/* Losses, one a row, and their gradients times dloss[row]. Sums over a row are in the order of lanes.h.
 *   softmax cross entropy: log(sum exp(x - max)) - (x[label] - max);   dx = softmax(x) - [j = label]
 *   binary cross entropy on logits: mean of max(x, 0) - x t + log(1 + exp(-|x|));   dx = (sigmoid(x) - t) / cols
 *   mean squared error: mean of (x - t)^2;   dx = 2 (x - t) / cols */
#include "kernels/family.h"
#include "kernels/rows.h"

/* What a loss and its gradient read and write. A job is a row. */
typedef struct rows {
    int64_t cols;
    const real *x, *target;
    const int32_t *label;
    const real *dloss;
    real *loss, *dx;
    bool add;
} rows;

static void cross_entropy_row(const void *context, int64_t row)
{
    const rows *r = context;
    const real *x = r->x + row * r->cols;
    real top = row_top(r->cols, x), at_label = x[r->label[row]] - top;
    vec log_sum = vlog(vset(row_exp_sum(r->cols, x, top)));
    vstore_n(r->loss + row, vsub(log_sum, vset(at_label)), 1);
}

void ISA(softmax_cross_entropy)(int64_t n, int64_t cols, const real *x, const int32_t *label, real *loss)
{
    yk_parallel(n, n * cols * 8, cross_entropy_row, &(rows){ .cols = cols, .x = x, .label = label, .loss = loss });
}

static void cross_entropy_grad_row(const void *context, int64_t row)
{
    const rows *r = context;
    const real *x = r->x + row * r->cols;
    real *dx = r->dx + row * r->cols, *dx_label = dx + r->label[row], old = r->add ? *dx_label : 0;
    real top = row_top(r->cols, x), at_label = x[r->label[row]], factor = 1 / row_exp_sum(r->cols, x, top);
    vec t = vset(top), f = vset(factor), d = vset(r->dloss[row]);
    FOR_VEC (j, lanes, 0, r->cols) {
        vec p = vmul(vexp(vsub(vload_n(x + j, lanes), t)), f);
        vput(dx + j, vmul(p, d), lanes, r->add);
    }
    vec p = vmul(vexp(vset(at_label - top)), f);
    vstore_n(dx_label, vadd(vset(old), vmul(vsub(p, vset(1)), d)), 1);
}

void ISA(softmax_cross_entropy_grad)(int64_t n, int64_t cols, const real *x, const int32_t *label, const real *dloss,
                                     real *dx, bool add)
{
    yk_parallel(n, n * cols * 16, cross_entropy_grad_row,
                &(rows){ .cols = cols, .x = x, .label = label, .dloss = dloss, .dx = dx, .add = add });
}

static vec binary_terms(vec x, vec t)
{
    vec zero = vset(0), tail = vlog1p(vexp(vsub(zero, vabs(x))));
    return vadd(vsub(vmax(zero, x), vmul(x, t)), tail);
}

static void binary_row(const void *context, int64_t row)
{
    const rows *r = context;
    const real *x = r->x + row * r->cols, *target = r->target + row * r->cols;
    lane_sums s = lane_sums_zero();
    FOR_VEC (j, lanes, 0, r->cols) {
        vec *sum = lane_sums_at(&s, j), term = binary_terms(vload_n(x + j, lanes), vload_n(target + j, lanes));
        *sum = vadd(*sum, vfirst(term, vset(0), lanes));
    }
    r->loss[row] = lane_sums_total(&s) / (real)r->cols;
}

void ISA(binary_cross_entropy)(int64_t n, int64_t cols, const real *x, const real *target, real *loss)
{
    yk_parallel(n, n * cols * 16, binary_row, &(rows){ .cols = cols, .x = x, .target = target, .loss = loss });
}

static void binary_grad_row(const void *context, int64_t row)
{
    const rows *r = context;
    vec d = vset(r->dloss[row] / (real)r->cols);
    FOR_VEC (j, lanes, 0, r->cols) {
        int64_t i = row * r->cols + j;
        vec slope = vsub(vsigmoid(vload_n(r->x + i, lanes)), vload_n(r->target + i, lanes));
        vput(r->dx + i, vmul(slope, d), lanes, r->add);
    }
}

void ISA(binary_cross_entropy_grad)(int64_t n, int64_t cols, const real *x, const real *target, const real *dloss,
                                    real *dx, bool add)
{
    yk_parallel(n, n * cols * 8, binary_grad_row,
                &(rows){ .cols = cols, .x = x, .target = target, .dloss = dloss, .dx = dx, .add = add });
}

static void squared_error_row(const void *context, int64_t row)
{
    const rows *r = context;
    const real *x = r->x + row * r->cols, *target = r->target + row * r->cols;
    lane_sums s = lane_sums_zero();
    FOR_VEC (j, lanes, 0, r->cols) {
        vec *sum = lane_sums_at(&s, j), miss = vsub(vload_n(x + j, lanes), vload_n(target + j, lanes));
        *sum = vfma(miss, miss, *sum);
    }
    r->loss[row] = lane_sums_total(&s) / (real)r->cols;
}

void ISA(mean_squared_error)(int64_t n, int64_t cols, const real *x, const real *target, real *loss)
{
    yk_parallel(n, n * cols, squared_error_row, &(rows){ .cols = cols, .x = x, .target = target, .loss = loss });
}

static void squared_error_grad_row(const void *context, int64_t row)
{
    const rows *r = context;
    vec d = vset(2 * r->dloss[row] / (real)r->cols);
    FOR_VEC (j, lanes, 0, r->cols) {
        int64_t i = row * r->cols + j;
        vec miss = vsub(vload_n(r->x + i, lanes), vload_n(r->target + i, lanes));
        vput(r->dx + i, vmul(miss, d), lanes, r->add);
    }
}

void ISA(mean_squared_error_grad)(int64_t n, int64_t cols, const real *x, const real *target, const real *dloss,
                                  real *dx, bool add)
{
    yk_parallel(n, n * cols, squared_error_grad_row,
                &(rows){ .cols = cols, .x = x, .target = target, .dloss = dloss, .dx = dx, .add = add });
}
