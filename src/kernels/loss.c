/* SPDX-License-Identifier: Apache-2.0 */
/* Losses, one a row, and their gradients times dloss[row]. Sums over a row are in the order of lanes.h.
 *   softmax cross entropy: log(sum exp(x - max)) - (x[label] - max);   dx = softmax(x) - [j = label]
 *   binary cross entropy on logits: mean of max(x, 0) - x t + log(1 + exp(-|x|));   dx = (sigmoid(x) - t) / cols
 *   mean squared error: mean of (x - t)^2;   dx = 2 (x - t) / cols */
#include "kernels/family.h"
#include "kernels/rows.h"

void ISA(softmax_cross_entropy)(int64_t rows, int64_t cols, const real *x, const int32_t *label, real *loss)
{
    FOR_JOBS (row, rows, rows * cols * 8) {
        const real *in = x + row * cols;
        real top = row_top(cols, in), at_label = in[label[row]] - top;
        vec log_sum = vlog(vset(row_exp_sum(cols, in, top)));
        vstore_n(loss + row, vsub(log_sum, vset(at_label)), 1);
    }
}

void ISA(softmax_cross_entropy_grad)(int64_t rows, int64_t cols, const real *x, const int32_t *label, const real *dloss,
                                     real *dx, bool add)
{
    FOR_JOBS (row, rows, rows * cols * 16) {
        const real *in = x + row * cols;
        real *out = dx + row * cols, top = row_top(cols, in), at_label = in[label[row]];
        real old = add ? out[label[row]] : 0, factor = 1 / row_exp_sum(cols, in, top);
        vec t = vset(top), f = vset(factor), d = vset(dloss[row]);
        FOR_VEC (j, lanes, 0, cols) {
            vec p = vmul(vexp(vsub(vload_n(in + j, lanes), t)), f);
            vput(out + j, vmul(p, d), lanes, add);
        }
        vec p = vmul(vexp(vset(at_label - top)), f);
        vstore_n(out + label[row], vadd(vset(old), vmul(vsub(p, vset(1)), d)), 1);
    }
}

static vec binary_terms(vec x, vec t)
{
    vec zero = vset(0), tail = vlog1p(vexp(vsub(zero, vabs(x))));
    return vadd(vsub(vmax(zero, x), vmul(x, t)), tail);
}

void ISA(binary_cross_entropy)(int64_t rows, int64_t cols, const real *x, const real *target, real *loss)
{
    FOR_JOBS (row, rows, rows * cols * 16) {
        lane_sums s = lane_sums_zero();
        FOR_VEC (j, lanes, 0, cols) {
            vec *sum = lane_sums_at(&s, j), in = vload_n(x + row * cols + j, lanes);
            vec term = binary_terms(in, vload_n(target + row * cols + j, lanes));
            *sum = vadd(*sum, vfirst(term, vset(0), lanes));
        }
        loss[row] = lane_sums_total(&s) / (real)cols;
    }
}

void ISA(binary_cross_entropy_grad)(int64_t rows, int64_t cols, const real *x, const real *target, const real *dloss,
                                    real *dx, bool add)
{
    FOR_JOBS (row, rows, rows * cols * 8) {
        vec d = vset(dloss[row] / (real)cols);
        FOR_VEC (j, lanes, 0, cols) {
            int64_t i = row * cols + j;
            vec slope = vsub(vsigmoid(vload_n(x + i, lanes)), vload_n(target + i, lanes));
            vput(dx + i, vmul(slope, d), lanes, add);
        }
    }
}

void ISA(mean_squared_error)(int64_t rows, int64_t cols, const real *x, const real *target, real *loss)
{
    FOR_JOBS (row, rows, rows * cols) {
        lane_sums s = lane_sums_zero();
        FOR_VEC (j, lanes, 0, cols) {
            int64_t i = row * cols + j;
            vec *sum = lane_sums_at(&s, j), miss = vsub(vload_n(x + i, lanes), vload_n(target + i, lanes));
            *sum = vfma(miss, miss, *sum);
        }
        loss[row] = lane_sums_total(&s) / (real)cols;
    }
}

void ISA(mean_squared_error_grad)(int64_t rows, int64_t cols, const real *x, const real *target, const real *dloss,
                                  real *dx, bool add)
{
    FOR_JOBS (row, rows, rows * cols) {
        vec d = vset(2 * dloss[row] / (real)cols);
        FOR_VEC (j, lanes, 0, cols) {
            int64_t i = row * cols + j;
            vec miss = vsub(vload_n(x + i, lanes), vload_n(target + i, lanes));
            vput(dx + i, vmul(miss, d), lanes, add);
        }
    }
}
