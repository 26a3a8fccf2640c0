/* SPDX-License-Identifier: Apache-2.0 */
/* Losses on numbers, one a row: the mean of a term over its elements, and their gradients: a slope times dloss[row] /
 * cols. Sums over a row are in the order of lanes.h. d = x - t.
 *   binary cross entropy on logits: max(x, 0) - x t + log(1 + exp(-|x|));   sigmoid(x) - t
 *       with weights w of the positive: (1 - t) x + l (log(1 + exp(-|x|)) + max(-x, 0)), l = 1 + (w - 1) t;
 *       (1 - t) - l sigmoid(-x)
 *   mean squared error: d^2;   2 d
 *   mean absolute error: |d|;   sign of d
 *   huber: d^2 / 2 where |d| <= delta, else delta (|d| - delta / 2);   d cut off at -delta and delta
 *   hinge: max(0, 1 - s x), s = 1 where t > 1/2, else -1;   -s where s x < 1
 *   poisson: exp(x) - t x;   exp(x) - t;   or, of the rate itself: x - t log(x + epsilon);   1 - t / (x + epsilon) */
#include "kernels/family.h"
#include "kernels/rows.h"

/* What a loss and its gradient read and write. A job is a row. */
typedef struct rows {
    int64_t cols;
    const real *x, *target;
    const real *weight; /* one a column, or NULL */
    real parameter;
    const real *dloss;
    real *loss, *dx;
    bool add;
} rows;

/* Term or slope of lanes j... of a row. */
typedef vec (*element)(const rows *r, vec x, vec t, int64_t j, int64_t lanes);

static inline void mean_row(const rows *r, int64_t row, element term)
{
    const real *x = r->x + row * r->cols, *target = r->target + row * r->cols;
    lane_sums s = lane_sums_zero();
    FOR_VEC (j, lanes, 0, r->cols) {
        vec *sum = lane_sums_at(&s, j), each = term(r, vload_n(x + j, lanes), vload_n(target + j, lanes), j, lanes);
        *sum = vadd(*sum, vfirst(each, vset(0), lanes));
    }
    r->loss[row] = lane_sums_total(&s) / (real)r->cols;
}

static inline void slope_row(const rows *r, int64_t row, element slope)
{
    const real *x = r->x + row * r->cols, *target = r->target + row * r->cols;
    vec d = vset(r->dloss[row] / (real)r->cols);
    FOR_VEC (j, lanes, 0, r->cols) {
        vec each = slope(r, vload_n(x + j, lanes), vload_n(target + j, lanes), j, lanes);
        vput(r->dx + row * r->cols + j, vmul(each, d), lanes, r->add);
    }
}

/* The jobs name_row() and name_grad_row() of name_term() and name_slope(). */
#define ROW_JOBS(name)                                                                                                 \
    static void name##_row(const void *context, int64_t row)                                                           \
    {                                                                                                                  \
        mean_row(context, row, name##_term);                                                                           \
    }                                                                                                                  \
    static void name##_grad_row(const void *context, int64_t row)                                                      \
    {                                                                                                                  \
        slope_row(context, row, name##_slope);                                                                         \
    }

/* log(1 + exp(-|x|)) */
static vec softplus_tail(vec x)
{
    return vlog1p(vexp(vsub(vset(0), vabs(x))));
}

static vec binary_term(const rows *r, vec x, vec t, int64_t j, int64_t lanes)
{
    vec zero = vset(0), one = vset(1), tail = softplus_tail(x);
    if (!r->weight)
        return vadd(vsub(vmax(zero, x), vmul(x, t)), tail);
    vec l = vfma(vsub(vload_n(r->weight + j, lanes), one), t, one);
    return vfma(l, vadd(tail, vmax(zero, vsub(zero, x))), vmul(vsub(one, t), x));
}

static vec binary_slope(const rows *r, vec x, vec t, int64_t j, int64_t lanes)
{
    vec one = vset(1);
    if (!r->weight)
        return vsub(vsigmoid(x), t);
    vec l = vfma(vsub(vload_n(r->weight + j, lanes), one), t, one);
    return vsub(vsub(one, t), vmul(l, vsigmoid(vsub(vset(0), x))));
}

ROW_JOBS(binary)

void ISA(binary_cross_entropy)(int64_t n, int64_t cols, const real *weight, const real *x, const real *target,
                               real *loss)
{
    yk_parallel(n, n * cols * 16, binary_row,
                &(rows){ .cols = cols, .weight = weight, .x = x, .target = target, .loss = loss });
}

void ISA(binary_cross_entropy_grad)(int64_t n, int64_t cols, const real *weight, const real *x, const real *target,
                                    const real *dloss, real *dx, bool add)
{
    yk_parallel(
        n, n * cols * 8, binary_grad_row,
        &(rows){ .cols = cols, .weight = weight, .x = x, .target = target, .dloss = dloss, .dx = dx, .add = add });
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

static vec absolute_error_term(const rows *r, vec x, vec t, int64_t j, int64_t lanes)
{
    (void)j, (void)lanes;
    (void)r;
    return vabs(vsub(x, t));
}

static vec absolute_error_slope(const rows *r, vec x, vec t, int64_t j, int64_t lanes)
{
    (void)j, (void)lanes;
    (void)r;
    vec zero = vset(0), d = vsub(x, t);
    return vselect(vlt(d, zero), vset(-1), vselect(vlt(zero, d), vset(1), zero));
}

ROW_JOBS(absolute_error)

void ISA(mean_absolute_error)(int64_t n, int64_t cols, const real *x, const real *target, real *loss)
{
    yk_parallel(n, n * cols * 2, absolute_error_row, &(rows){ .cols = cols, .x = x, .target = target, .loss = loss });
}

void ISA(mean_absolute_error_grad)(int64_t n, int64_t cols, const real *x, const real *target, const real *dloss,
                                   real *dx, bool add)
{
    yk_parallel(n, n * cols * 2, absolute_error_grad_row,
                &(rows){ .cols = cols, .x = x, .target = target, .dloss = dloss, .dx = dx, .add = add });
}

static vec huber_term(const rows *r, vec x, vec t, int64_t j, int64_t lanes)
{
    (void)j, (void)lanes;
    vec delta = vset(r->parameter), half = vset((real)0.5), d = vsub(x, t), size = vabs(d);
    vec inside = vmul(vmul(half, d), d), outside = vmul(delta, vsub(size, vmul(half, delta)));
    return vselect(vlt(delta, size), outside, inside);
}

static vec huber_slope(const rows *r, vec x, vec t, int64_t j, int64_t lanes)
{
    (void)j, (void)lanes;
    vec delta = vset(r->parameter);
    return vmax(vsub(vset(0), delta), vmin(delta, vsub(x, t)));
}

ROW_JOBS(huber)

void ISA(huber)(int64_t n, int64_t cols, real delta, const real *x, const real *target, real *loss)
{
    yk_parallel(n, n * cols * 2, huber_row,
                &(rows){ .cols = cols, .parameter = delta, .x = x, .target = target, .loss = loss });
}

void ISA(huber_grad)(int64_t n, int64_t cols, real delta, const real *x, const real *target, const real *dloss,
                     real *dx, bool add)
{
    yk_parallel(
        n, n * cols * 2, huber_grad_row,
        &(rows){ .cols = cols, .parameter = delta, .x = x, .target = target, .dloss = dloss, .dx = dx, .add = add });
}

/* 1 - s x */
static vec hinge_margin(vec x, vec t)
{
    vec one = vset(1);
    return vselect(vlt(vset((real)0.5), t), vsub(one, x), vadd(one, x));
}

static vec hinge_term(const rows *r, vec x, vec t, int64_t j, int64_t lanes)
{
    (void)j, (void)lanes;
    (void)r;
    return vmax(vset(0), hinge_margin(x, t));
}

static vec hinge_slope(const rows *r, vec x, vec t, int64_t j, int64_t lanes)
{
    (void)j, (void)lanes;
    (void)r;
    vec sign = vselect(vlt(vset((real)0.5), t), vset(-1), vset(1));
    return vselect(vlt(vset(0), hinge_margin(x, t)), sign, vset(0));
}

ROW_JOBS(hinge)

void ISA(hinge)(int64_t n, int64_t cols, const real *x, const real *target, real *loss)
{
    yk_parallel(n, n * cols * 2, hinge_row, &(rows){ .cols = cols, .x = x, .target = target, .loss = loss });
}

void ISA(hinge_grad)(int64_t n, int64_t cols, const real *x, const real *target, const real *dloss, real *dx, bool add)
{
    yk_parallel(n, n * cols * 2, hinge_grad_row,
                &(rows){ .cols = cols, .x = x, .target = target, .dloss = dloss, .dx = dx, .add = add });
}

/* The parameter is epsilon where x is the rate; 0: x is its logarithm. */
static vec poisson_term(const rows *r, vec x, vec t, int64_t j, int64_t lanes)
{
    (void)j, (void)lanes;
    if (r->parameter == 0)
        return vsub(vexp(x), vmul(t, x));
    return vsub(x, vmul(t, vlog(vadd(x, vset(r->parameter)))));
}

static vec poisson_slope(const rows *r, vec x, vec t, int64_t j, int64_t lanes)
{
    (void)j, (void)lanes;
    if (r->parameter == 0)
        return vsub(vexp(x), t);
    return vsub(vset(1), vdiv(t, vadd(x, vset(r->parameter))));
}

ROW_JOBS(poisson)

void ISA(poisson)(int64_t n, int64_t cols, real epsilon, const real *x, const real *target, real *loss)
{
    yk_parallel(n, n * cols * 8, poisson_row,
                &(rows){ .cols = cols, .parameter = epsilon, .x = x, .target = target, .loss = loss });
}

void ISA(poisson_grad)(int64_t n, int64_t cols, real epsilon, const real *x, const real *target, const real *dloss,
                       real *dx, bool add)
{
    yk_parallel(
        n, n * cols * 8, poisson_grad_row,
        &(rows){ .cols = cols, .parameter = epsilon, .x = x, .target = target, .dloss = dloss, .dx = dx, .add = add });
}
