/* SPDX-License-Identifier: Apache-2.0 */
/* Losses on logits by their softmax, one a row, and their gradients times dloss[row]. Sums over a row are in the order
 * of lanes.h; m is the row's largest x, L = log(sum exp(x - m)).
 *   class numbers: L - (x[label] - m);   dx = softmax(x) - [j = label]; a row whose label is below 0 has loss 0
 *   distributions: sum q L - sum q (x - m);   dx = (sum q) softmax(x) - q; where
 *       q_j = w_j (s / cols + (1 - s) t_j), s the smoothing, w the classes' weights, t the target or [j = label]
 *   divergence: sum t (log t - (x - m) + L);   dx as that of distributions with q = t */
#include "kernels/family.h"
#include "kernels/rows.h"

/* What a loss and its gradient read and write. A job is a row. */
typedef struct rows {
    int64_t cols;
    const real *x;
    const int32_t *label;
    YK_TYPED(yk_distribution) of; /* with label or target */
    const real *dloss, *top_in;
    real *loss, *dx, *top;
    bool add;
} rows;

/* The gradient of a row that does not count. */
static void no_gradient(const rows *r, int64_t row)
{
    FOR_VEC (j, lanes, 0, r->cols)
        vput(r->dx + row * r->cols + j, vset(0), lanes, r->add);
}

static void label_row(const void *context, int64_t row)
{
    const rows *r = context;
    const real *x = r->x + row * r->cols;
    if (r->label[row] < 0) {
        r->loss[row] = 0;
        return;
    }
    real top = row_top(r->cols, x), sum = row_exp_sum(r->cols, x, top), at_label = x[r->label[row]] - top;
    vec log_sum = vlog(vset(sum));
    r->top[2 * row] = top;
    r->top[2 * row + 1] = sum;
    vstore_n(r->loss + row, vsub(log_sum, vset(at_label)), 1);
}

void ISA(softmax_cross_entropy)(int64_t n, int64_t cols, const real *x, const int32_t *label, real *top, real *loss)
{
    yk_parallel(n, n * cols * 8, label_row, &(rows){ .cols = cols, .x = x, .label = label, .top = top, .loss = loss });
}

static void label_grad_row(const void *context, int64_t row)
{
    const rows *r = context;
    const real *x = r->x + row * r->cols;
    if (r->label[row] < 0) {
        no_gradient(r, row);
        return;
    }
    real *dx = r->dx + row * r->cols, *dx_label = dx + r->label[row], old = r->add ? *dx_label : 0;
    real top = r->top_in[2 * row], at_label = x[r->label[row]], factor = 1 / r->top_in[2 * row + 1];
    vec t = vset(top), f = vset(factor), d = vset(r->dloss[row]);
    const int64_t cols = r->cols;
    const bool add = r->add;
    FOR_VEC (j, lanes, 0, cols) {
        vec p = vmul(vexp(vsub(vload_n(x + j, lanes), t)), f);
        vput(dx + j, vmul(p, d), lanes, add);
    }
    vec p = vmul(vexp(vset(at_label - top)), f);
    vstore_n(dx_label, vadd(vset(old), vmul(vsub(p, vset(1)), d)), 1);
}

void ISA(softmax_cross_entropy_grad)(int64_t n, int64_t cols, const real *x, const int32_t *label, const real *top,
                                     const real *dloss, real *dx, bool add)
{
    yk_parallel(n, n * cols * 16, label_grad_row,
                &(rows){ .cols = cols, .x = x, .label = label, .top_in = top, .dloss = dloss, .dx = dx, .add = add });
}

/* Lanes j... of q but for the label's share. */
static vec spread(const rows *r, int64_t row, int64_t j, int64_t lanes)
{
    const YK_TYPED(yk_distribution) *of = &r->of;
    vec q = vset(of->smoothing / (real)r->cols);
    if (of->target)
        q = vfma(vset(1 - of->smoothing), vload_n(of->target + row * r->cols + j, lanes), q);
    return of->weight ? vmul(vload_n(of->weight + j, lanes), q) : q;
}

/* The label's share of q, beside what is spread over all; 0 where targets are distributions. */
static real label_share(const rows *r, int64_t row)
{
    const YK_TYPED(yk_distribution) *of = &r->of;
    return of->label ? (1 - of->smoothing) * (of->weight ? of->weight[of->label[row]] : 1) : 0;
}

static bool counts(const rows *r, int64_t row)
{
    return !r->of.label || r->of.label[row] >= 0;
}

/* sum q; *product: sum q (x - top) */
static real distribution_sums(const rows *r, int64_t row, real top, real *product)
{
    const real *x = r->x + row * r->cols;
    lane_sums all = lane_sums_zero(), weighted = lane_sums_zero();
    vec t = vset(top);
    FOR_VEC (j, lanes, 0, r->cols) {
        vec q = vfirst(spread(r, row, j, lanes), vset(0), lanes), *a = lane_sums_at(&all, j);
        vec *w = lane_sums_at(&weighted, j);
        *a = vadd(*a, q);
        *w = vfma(q, vfirst(vsub(vload_n(x + j, lanes), t), vset(0), lanes), *w);
    }
    const real share = label_share(r, row);
    *product = lane_sums_total(&weighted);
    if (r->of.label)
        *product += share * (x[r->of.label[row]] - top);
    return lane_sums_total(&all) + share;
}

static void distribution_row(const void *context, int64_t row)
{
    const rows *r = context;
    const real *x = r->x + row * r->cols;
    if (!counts(r, row)) {
        r->loss[row] = 0;
        return;
    }
    real product, top = row_top(r->cols, x), total = distribution_sums(r, row, top, &product);
    vec log_sum = vlog(vset(row_exp_sum(r->cols, x, top)));
    vstore_n(r->loss + row, vsub(vmul(vset(total), log_sum), vset(product)), 1);
}

void ISA(soft_cross_entropy)(int64_t n, int64_t cols, const YK_TYPED(yk_distribution) * of, const real *x, real *loss)
{
    yk_parallel(n, n * cols * 12, distribution_row, &(rows){ .cols = cols, .x = x, .of = *of, .loss = loss });
}

static void distribution_grad_row(const void *context, int64_t row)
{
    const rows *r = context;
    const real *x = r->x + row * r->cols;
    real *dx = r->dx + row * r->cols;
    if (!counts(r, row)) {
        no_gradient(r, row);
        return;
    }
    real product, top = row_top(r->cols, x), total = distribution_sums(r, row, top, &product);
    real d = r->dloss[row];
    vec t = vset(top), f = vset(total / row_exp_sum(r->cols, x, top));
    FOR_VEC (j, lanes, 0, r->cols) {
        vec p = vmul(vexp(vsub(vload_n(x + j, lanes), t)), f);
        vput(dx + j, vmul(vsub(p, spread(r, row, j, lanes)), vset(d)), lanes, r->add);
    }
    if (r->of.label)
        dx[r->of.label[row]] -= label_share(r, row) * d;
}

void ISA(soft_cross_entropy_grad)(int64_t n, int64_t cols, const YK_TYPED(yk_distribution) * of, const real *x,
                                  const real *dloss, real *dx, bool add)
{
    yk_parallel(n, n * cols * 20, distribution_grad_row,
                &(rows){ .cols = cols, .x = x, .of = *of, .dloss = dloss, .dx = dx, .add = add });
}

static void divergence_row(const void *context, int64_t row)
{
    const rows *r = context;
    const real *x = r->x + row * r->cols, *target = r->of.target + row * r->cols;
    lane_sums s = lane_sums_zero();
    real top = row_top(r->cols, x);
    vec log_sum = vlog(vset(row_exp_sum(r->cols, x, top))), m = vset(top), zero = vset(0);
    FOR_VEC (j, lanes, 0, r->cols) {
        vec *sum = lane_sums_at(&s, j), t = vload_n(target + j, lanes);
        vec term = vmul(t, vadd(vlog(t), vsub(log_sum, vsub(vload_n(x + j, lanes), m))));
        *sum = vadd(*sum, vselect(veq(t, zero), zero, term));
    }
    r->loss[row] = lane_sums_total(&s);
}

void ISA(kl_divergence)(int64_t n, int64_t cols, const real *x, const real *target, real *loss)
{
    yk_parallel(n, n * cols * 20, divergence_row,
                &(rows){ .cols = cols, .x = x, .of = { .target = target }, .loss = loss });
}
