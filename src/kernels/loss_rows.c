/* SPDX-License-Identifier: Apache-2.0 */
/* Losses of whole rows, and their gradients times dloss[row]; sums over a row are in the order of lanes.h:
 *   cosine: 1 - x t / (|x| |t|);   -(t / (|x| |t|) - cos x / |x|^2)
 *   categorical hinge: the largest of max(0, 1 + x_j - x_label) over j other than the label;   1 at that j, -1 at label
 * and the losses of samples times their weights. */
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

#define SHORTEST ((real)1e-8) /* a vector that is shorter counts as of this length, as in PyTorch */

/* Sums of x^2, t^2 and x t over a row. */
static void cosine_sums(const rows *r, int64_t row, vec *xx, vec *tt, vec *xt)
{
    const real *x = r->x + row * r->cols, *target = r->target + row * r->cols;
    lane_sums a = lane_sums_zero(), b = lane_sums_zero(), c = lane_sums_zero();
    FOR_VEC (j, lanes, 0, r->cols) {
        vec u = vload_n(x + j, lanes), v = vload_n(target + j, lanes);
        vec *sa = lane_sums_at(&a, j), *sb = lane_sums_at(&b, j), *sc = lane_sums_at(&c, j);
        *sa = vfma(u, u, *sa);
        *sb = vfma(v, v, *sb);
        *sc = vfma(u, v, *sc);
    }
    *xx = vsqrt(vset(lane_sums_total(&a)));
    *tt = vmax(vsqrt(vset(lane_sums_total(&b))), vset(SHORTEST));
    *xt = vset(lane_sums_total(&c));
}

static void cosine_row(const void *context, int64_t row)
{
    const rows *r = context;
    vec x_length, t_length, product;
    cosine_sums(r, row, &x_length, &t_length, &product);
    vec cosine = vdiv(vdiv(product, vmax(x_length, vset(SHORTEST))), t_length);
    vstore_n(r->loss + row, vsub(vset(1), cosine), 1);
}

void ISA(cosine)(int64_t n, int64_t cols, const real *x, const real *target, real *loss)
{
    yk_parallel(n, n * cols * 3, cosine_row, &(rows){ .cols = cols, .x = x, .target = target, .loss = loss });
}

/* -dloss (t / (|x| |t|) - cos x / |x|^2); a vector that is too short has no part of its length's slope */
static void cosine_grad_row(const void *context, int64_t row)
{
    const rows *r = context;
    vec x_length, t_length, product;
    cosine_sums(r, row, &x_length, &t_length, &product);
    vec length = vmax(x_length, vset(SHORTEST)), along = vdiv(vset(1), length);
    vec to_t = vdiv(along, t_length), to_x = vmul(vmul(product, to_t), vmul(along, along));
    to_x = vselect(vlt(x_length, vset(SHORTEST)), vset(0), to_x);
    vec d = vset(-r->dloss[row]);
    FOR_VEC (j, lanes, 0, r->cols) {
        int64_t i = row * r->cols + j;
        vec slope = vsub(vmul(to_t, vload_n(r->target + i, lanes)), vmul(to_x, vload_n(r->x + i, lanes)));
        vput(r->dx + i, vmul(slope, d), lanes, r->add);
    }
}

void ISA(cosine_grad)(int64_t n, int64_t cols, const real *x, const real *target, const real *dloss, real *dx, bool add)
{
    yk_parallel(n, n * cols * 5, cosine_grad_row,
                &(rows){ .cols = cols, .x = x, .target = target, .dloss = dloss, .dx = dx, .add = add });
}

/* The strongest class beside the label; -1 where there is none, or the row does not count. */
static int64_t rival(const rows *r, int64_t row)
{
    const real *x = r->x + row * r->cols;
    int64_t best = -1;
    for (int64_t j = 0; r->label[row] >= 0 && j < r->cols; j++)
        if (j != r->label[row] && (best < 0 || x[j] > x[best] || x[j] != x[j]))
            best = j;
    return best;
}

static void rival_row(const void *context, int64_t row)
{
    const rows *r = context;
    const real *x = r->x + row * r->cols;
    int64_t j = rival(r, row);
    real margin = j < 0 ? 0 : 1 + x[j] - x[r->label[row]];
    r->loss[row] = margin < 0 ? 0 : margin;
}

void ISA(categorical_hinge)(int64_t n, int64_t cols, const real *x, const int32_t *label, real *loss)
{
    yk_parallel(n, n * cols * 2, rival_row, &(rows){ .cols = cols, .x = x, .label = label, .loss = loss });
}

static void rival_grad_row(const void *context, int64_t row)
{
    const rows *r = context;
    const real *x = r->x + row * r->cols;
    real *dx = r->dx + row * r->cols;
    int64_t j = rival(r, row);
    FOR_VEC (k, lanes, 0, r->cols)
        vput(dx + k, vset(0), lanes, r->add);
    if (j < 0 || !(1 + x[j] - x[r->label[row]] > 0))
        return;
    dx[j] += r->dloss[row];
    dx[r->label[row]] -= r->dloss[row];
}

void ISA(categorical_hinge_grad)(int64_t n, int64_t cols, const real *x, const int32_t *label, const real *dloss,
                                 real *dx, bool add)
{
    yk_parallel(n, n * cols * 2, rival_grad_row,
                &(rows){ .cols = cols, .x = x, .label = label, .dloss = dloss, .dx = dx, .add = add });
}

static void weigh_block(const void *context, int64_t block)
{
    const rows *r = context; /* target: the weights */
    FOR_BLOCK (i, lanes, block, r->cols)
        vput(r->dx + i, vmul(vload_n(r->target + i, lanes), vload_n(r->x + i, lanes)), lanes, r->add);
}

/* y = w x, n elements */
void ISA(weigh)(int64_t n, const real *w, const real *x, real *y, bool add)
{
    share_blocks(n, weigh_block, &(rows){ .cols = n, .target = w, .x = x, .dx = y, .add = add });
}
