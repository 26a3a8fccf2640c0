/* SPDX-License-Identifier: Apache-2.0 */
/* batchnorm: y = (x - mean) / sqrt(variance + epsilon) gamma + beta, for each channel (last dimension) over all others.
 * x, y (samples, ..., c); gamma, beta, moving_mean, moving_variance (c).
 * In training mean and variance (biased) are those of the leaf (micro-batch) that a sample is in, otherwise the moving
 * ones. With h = (x - mean) / sqrt(variance + epsilon), n values of a channel in a leaf, and sums over the leaf:
 *     dbeta = sum dy;  dgamma = sum dy h;  dx = gamma / sqrt(variance + epsilon) (dy - dbeta / n - h dgamma / n)
 * The moving statistics take a step's mean over leaves, weighted by their samples; the variance is the unbiased one,
 * and 0 for a leaf of one value. Source: Ioffe, Szegedy, arXiv:1502.03167.
 * batchnorm+relu, batchnorm+add+relu: the same with what follows it in one pass (graph/fusion.c). */
#include "ops/op.h"

#include <math.h>

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

/* What the kernels are told by forward and backward alike; relu and residual (in[1]) are those of the fused ops. */
static yk_batchnorm call_of(const yk_op_args *a, bool relu)
{
    bool train = a->rows.train;
    return (yk_batchnorm){ .leaves = a->rows.leaves,
                           .r = places(a),
                           .c = channels(a),
                           .x = a->in[0].data,
                           .mean = train ? a->saved[MEAN].data : a->param[MOVING_MEAN].data,
                           .inv_std = a->saved[INV_STD].data,
                           .step = train ? channels(a) : 0,
                           .gamma = a->param[GAMMA].data,
                           .beta = a->param[BETA].data,
                           .residual = a->n_in > 1 ? a->in[1].data : NULL,
                           .relu = relu,
                           .y = a->out.data };
}

static void normalise(const yk_op_args *a, bool relu)
{
    const yk_batchnorm call = call_of(a, relu);
    real epsilon = (real)((const batchnorm_attr *)a->attr)->epsilon, *inv_std = a->saved[INV_STD].data;
    const real *variance = a->param[MOVING_VARIANCE].data;
    if (a->rows.train)
        yk_k->batchnorm_statistics(call.leaves, call.r, call.c, epsilon, call.x, a->saved[MEAN].data,
                                   a->saved[VARIANCE].data, inv_std);
    for (int64_t j = 0; !a->rows.train && j < call.c; j++)
        inv_std[j] = 1 / (real)sqrt((double)(variance[j] + epsilon)); /* in float the same bits as sqrtf */
    yk_k->batchnorm(&call);
}

/* Gradients of gamma and beta. The kernel stores; where they are to be added (a layer used twice), they come by the
 * room, (leaves, 2, c). */
static void grad(const yk_op_args *a, yk_batchnorm *call)
{
    int64_t c = channels(a), leaves = yk_leaf_count(a->rows.leaves);
    real *dgamma = a->dparam[GAMMA].data, *dbeta = a->dparam[BETA].data, *sums = a->room[YK_BACKWARD].data;
    bool by_sums = a->dparam_add[GAMMA] || a->dparam_add[BETA];
    call->dgamma = by_sums ? sums : dgamma;
    call->dbeta = by_sums ? sums + c : dbeta;
    call->leaf_step = by_sums ? 2 * c : a->leaf_step;
    yk_k->batchnorm_grad(call);
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
static void frozen_grad(const yk_op_args *a, const yk_batchnorm *call)
{
    if (call->dx || call->dresidual)
        yk_k->batchnorm_grad(call);
    for (int k = GAMMA; k <= MOVING_VARIANCE; k++)
        for (int64_t g = 0; !a->dparam_add[k] && g < yk_leaf_count(a->rows.leaves); g++)
            yk_k->fill(channels(a), 0, (real *)a->dparam[k].data + g * a->leaf_step);
}

static void gradients(const yk_op_args *a, bool relu)
{
    yk_batchnorm call = call_of(a, relu);
    call.dy = a->dout.data;
    call.dx = a->din[0].data;
    call.add = a->din_add[0];
    call.dresidual = a->n_in > 1 ? a->din[1].data : NULL;
    call.add_residual = a->din_add[1];
    if (!a->rows.train) {
        frozen_grad(a, &call);
        return;
    }
    grad(a, &call);
    write_statistics(a);
}

static void forward(const yk_op_args *a)
{
    normalise(a, false);
}

static void backward(const yk_op_args *a)
{
    gradients(a, false);
}

static void forward_relu(const yk_op_args *a)
{
    normalise(a, true);
}

static void backward_relu(const yk_op_args *a)
{
    gradients(a, true);
}

static double flops(const yk_op_args *a)
{
    return 8.0 * (double)yk_tensor_len(&a->out); /* sum; difference, square, sum; difference, 2 products, sum */
}

static double flops_relu(const yk_op_args *a)
{
    return flops(a) + (double)yk_tensor_len(&a->out) * a->n_in;
}

static const yk_op_sample samples[] = {
    { .in = { { 2, { 7, 4 } } }, .leaf = 4 },
    { .attrs = "epsilon=1e-3", .in = { { 4, { 5, 2, 3, 3 } } }, .leaf = 2 },
    { .attrs = "momentum=0.5", .in = { { 3, { 4, 3, 2 } } } },
};

static const yk_op_sample residual_samples[] = {
    { .in = { { 2, { 7, 4 } }, { 2, { 7, 4 } } }, .leaf = 4 },
    { .attrs = "epsilon=1e-3", .in = { { 4, { 5, 2, 3, 3 } }, { 4, { 5, 2, 3, 3 } } }, .leaf = 2 },
};

#define PARAMETERS                                                                                                     \
    {                                                                                                                  \
        { "gamma", YK_ROLE_ONES }, { "beta", YK_ROLE_ZEROS }, { "moving_mean", YK_ROLE_BUFFER_ZEROS },                 \
        {                                                                                                              \
            "moving_variance", YK_ROLE_BUFFER_ONES                                                                     \
        }                                                                                                              \
    }

const yk_op YK_OP_SYMBOL(batchnorm) = {
    .name = "batchnorm",
    .doc =
        "y = (x - mean) / sqrt(variance + epsilon) gamma + beta for each channel: x and y (samples, ..., channels); in "
        "training with the statistics of the micro-batch, otherwise the moving ones.",
    .n_in = 1,
    .attr_size = sizeof(batchnorm_attr),
    .attrs = attrs,
    .param = PARAMETERS,
    .backward_reads_in = true,
    .in_place = true,
    .infer = infer,
    .forward = forward,
    .backward = backward,
    .flops = flops,
    .samples = samples,
    .n_sample = YK_LEN(samples),
};

const yk_op YK_OP_SYMBOL(batchnorm_relu) = {
    .name = "batchnorm+relu",
    .doc = "y = max(0, batchnorm(x)).",
    .kind = YK_OP_FUSED,
    .n_in = 1,
    .attr_size = sizeof(batchnorm_attr),
    .attrs = attrs,
    .param = PARAMETERS,
    .backward_reads_in = true,
    .in_place = true,
    .infer = infer,
    .forward = forward_relu,
    .backward = backward_relu,
    .flops = flops_relu,
    .samples = samples,
    .n_sample = YK_LEN(samples),
};

const yk_op YK_OP_SYMBOL(batchnorm_add_relu) = {
    .name = "batchnorm+add+relu",
    .doc = "y = max(0, batchnorm(x1) + x2).",
    .kind = YK_OP_FUSED,
    .n_in = 2,
    .attr_size = sizeof(batchnorm_attr),
    .attrs = attrs,
    .param = PARAMETERS,
    .backward_reads_in = true,
    .backward_reads_out = true,
    .in_place = true,
    .infer = infer,
    .forward = forward_relu,
    .backward = backward_relu,
    .flops = flops_relu,
    .samples = residual_samples,
    .n_sample = YK_LEN(residual_samples),
};
