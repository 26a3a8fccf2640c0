/* SPDX-License-Identifier: Apache-2.0 */
/* batchnorm: y = (x - mean) / sqrt(variance + epsilon) gamma + beta, for each channel (last dimension) over all others.
 * x, y (samples, ..., c); gamma, beta, moving_mean, moving_variance (c).
 * In training mean and variance (biased) are those of the leaf (micro-batch) that a sample is in, otherwise the moving
 * ones. With h = (x - mean) / sqrt(variance + epsilon), n values of a channel in a leaf, and sums over the leaf:
 *     dbeta = sum dy;  dgamma = sum dy h;  dx = gamma / sqrt(variance + epsilon) (dy - dbeta / n - h dgamma / n)
 * The moving statistics take a step's mean over leaves, weighted by their samples; the variance is the unbiased one,
 * and 0 for a leaf of one value. Source: Ioffe, Szegedy, arXiv:1502.03167. */
#include "ops/op.h"

#include <math.h>

#include "core/parallel.h"

typedef struct batchnorm_attr {
    double momentum, epsilon;
} batchnorm_attr;

static const yk_option attrs[] = { { "momentum", YK_OPT_REAL, offsetof(batchnorm_attr, momentum), "0.9", 0, 1, NULL,
                                     "share of the old value when the moving statistics take a step's" },
                                   { "epsilon", YK_OPT_REAL, offsetof(batchnorm_attr, epsilon), "1e-5", YK_ABOVE_0, 1,
                                     NULL, "added to the variance" },
                                   { 0 } };

enum { GAMMA, BETA, MOVING_MEAN, MOVING_VARIANCE }; /* param */
enum { MEAN, VARIANCE, INV_STD };                   /* saved: (leaves, c) */

static yk_status infer(yk_op_args *a)
{
    const batchnorm_attr *attr = a->attr;
    const yk_shape *x = &a->in[0].shape;
    char text[YK_SHAPE_TEXT];
    YK_TRY(yk_op_check_real(&a->in[0]));
    YK_CHECK(x->ndim >= 2, YK_ERR_SHAPE, "input has shape %s: batchnorm needs a last dimension of channels",
             yk_shape_text(x, 1, text));
    int64_t c = x->dim[x->ndim - 1], leaves = yk_leaf_count(a->rows.leaves);
    yk_tensor_like(&a->out, &a->in[0]);
    for (int i = GAMMA; i <= MOVING_VARIANCE; i++)
        a->param[i] = (yk_tensor){ YK_F32, yk_shape_of(1, c), NULL };
    for (int i = MEAN; i <= INV_STD; i++)
        a->saved[i] = (yk_tensor){ YK_F32, yk_shape_of(2, leaves, c), NULL };
    a->room[YK_BACKWARD] = (yk_tensor){ YK_F32, yk_shape_of(3, leaves, (int64_t)2, c), NULL };
    a->buffer_keep = attr->momentum;
    return YK_OK;
}

static int64_t channels(const yk_op_args *a)
{
    return a->in[0].shape.dim[a->in[0].shape.ndim - 1];
}

/* Values of a channel in a sample. */
static int64_t places(const yk_op_args *a)
{
    return yk_shape_len_from(&a->in[0].shape, 1) / channels(a);
}

static void forward(const yk_op_args *a)
{
    int64_t r = places(a), c = channels(a), step = c;
    real epsilon = (real)((const batchnorm_attr *)a->attr)->epsilon;
    const real *mean = a->saved[MEAN].data;
    real *inv_std = a->saved[INV_STD].data;
    if (a->rows.train) {
        yk_k->batchnorm_statistics(a->rows.leaves, r, c, epsilon, a->in[0].data, a->saved[MEAN].data,
                                   a->saved[VARIANCE].data, inv_std);
    } else {
        const real *variance = a->param[MOVING_VARIANCE].data;
        for (int64_t j = 0; j < c; j++)
            inv_std[j] = 1 / (real)sqrt((double)(variance[j] + epsilon)); /* in float the same bits as sqrtf */
        mean = a->param[MOVING_MEAN].data;
        step = 0;
    }
    yk_k->batchnorm(a->rows.leaves, r, c, a->in[0].data, mean, inv_std, step, a->param[GAMMA].data, a->param[BETA].data,
                    a->out.data);
}

/* Gradients of gamma and beta. The kernel stores; where they are to be added (a layer used twice), they come by the
 * room, (leaves, 2, c). */
static void grad(const yk_op_args *a)
{
    int64_t r = places(a), c = channels(a), leaves = yk_leaf_count(a->rows.leaves);
    real *dgamma = a->dparam[GAMMA].data, *dbeta = a->dparam[BETA].data, *sums = a->room[YK_BACKWARD].data;
    bool by_sums = a->dparam_add[GAMMA] || a->dparam_add[BETA];
    yk_k->batchnorm_grad(a->rows.leaves, r, c, a->in[0].data, a->saved[MEAN].data, a->saved[INV_STD].data,
                         a->param[GAMMA].data, a->dout.data, by_sums ? sums : dgamma, by_sums ? sums + c : dbeta,
                         by_sums ? 2 * c : a->leaf_step, a->din[0].data, a->din_add[0]);
    for (int64_t g = 0; by_sums && g < leaves; g++) {
        yk_k->copy(c, sums + 2 * g * c, dgamma + g * a->leaf_step, a->dparam_add[GAMMA]);
        yk_k->copy(c, sums + (2 * g + 1) * c, dbeta + g * a->leaf_step, a->dparam_add[BETA]);
    }
}

/* The leaves' statistics times their samples, for the moving ones. */
static void write_statistics(const yk_op_args *a)
{
    int64_t c = channels(a), leaves = yk_leaf_count(a->rows.leaves);
    for (int64_t g = 0; g < leaves; g++) {
        const real *mean = (real *)a->saved[MEAN].data + g * c, *variance = (real *)a->saved[VARIANCE].data + g * c;
        real *dmean = (real *)a->dparam[MOVING_MEAN].data + g * a->leaf_step;
        real *dvariance = (real *)a->dparam[MOVING_VARIANCE].data + g * a->leaf_step;
        bool add_mean = a->dparam_add[MOVING_MEAN], add_variance = a->dparam_add[MOVING_VARIANCE];
        real rows = (real)yk_leaf_rows(a->rows.leaves, g), n = (real)(yk_leaf_rows(a->rows.leaves, g) * places(a));
        real unbiased = n > 1 ? n / (n - 1) : 0;
        for (int64_t j = 0; j < c; j++) {
            dmean[j] = (add_mean ? dmean[j] : 0) + mean[j] * rows;
            dvariance[j] = (add_variance ? dvariance[j] : 0) + variance[j] * unbiased * rows;
        }
    }
}

/* By the moving statistics, dx = dy gamma / sqrt(variance + epsilon). Only a layer that is frozen comes here: gamma,
 * beta and the statistics get zeros. */
static void frozen_sample(const void *context, int64_t sample)
{
    const yk_op_args *a = context;
    const real *inv_std = a->saved[INV_STD].data, *gamma = a->param[GAMMA].data;
    int64_t c = channels(a), first = sample * places(a) * c, last = first + places(a) * c;
    const real *dy = a->dout.data;
    real *dx = a->din[0].data;
    for (int64_t i = first; i < last; i += c)
        for (int64_t j = 0; j < c; j++) {
            real d = dy[i + j] * (gamma[j] * inv_std[j]);
            dx[i + j] = a->din_add[0] ? dx[i + j] + d : d;
        }
}

static void frozen_grad(const yk_op_args *a)
{
    int64_t c = channels(a), leaves = yk_leaf_count(a->rows.leaves);
    if (a->din[0].data)
        yk_parallel(a->rows.leaves.rows, yk_tensor_len(&a->out), frozen_sample, a);
    for (int k = GAMMA; k <= MOVING_VARIANCE; k++)
        for (int64_t g = 0; !a->dparam_add[k] && g < leaves; g++)
            yk_k->fill(c, 0, (real *)a->dparam[k].data + g * a->leaf_step);
}

static void backward(const yk_op_args *a)
{
    if (!a->rows.train) {
        frozen_grad(a);
        return;
    }
    grad(a);
    write_statistics(a);
}

static double flops(const yk_op_args *a)
{
    return 8.0 * (double)yk_tensor_len(&a->out); /* sum; difference, square, sum; difference, 2 products, sum */
}

static const yk_op_sample samples[] = {
    { .in = { { 2, { 7, 4 } } }, .leaf = 4 },
    { .attrs = "epsilon=1e-3", .in = { { 4, { 5, 2, 3, 3 } } }, .leaf = 2 },
    { .attrs = "momentum=0.5", .in = { { 3, { 4, 3, 2 } } } },
};

const yk_op YK_OP_SYMBOL(batchnorm) = {
    .name = "batchnorm",
    .doc =
        "y = (x - mean) / sqrt(variance + epsilon) gamma + beta for each channel: x and y (samples, ..., channels); in "
        "training with the statistics of the micro-batch, otherwise the moving ones.",
    .n_in = 1,
    .attr_size = sizeof(batchnorm_attr),
    .attrs = attrs,
    .param = { { "gamma", YK_ROLE_ONES },
               { "beta", YK_ROLE_ZEROS },
               { "moving_mean", YK_ROLE_BUFFER_ZEROS },
               { "moving_variance", YK_ROLE_BUFFER_ONES } },
    .backward_reads_in = true,
    .infer = infer,
    .forward = forward,
    .backward = backward,
    .flops = flops,
    .samples = samples,
    .n_sample = YK_LEN(samples),
};
