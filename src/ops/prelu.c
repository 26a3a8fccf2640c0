/* SPDX-License-Identifier: Apache-2.0 */
/* prelu: y = x where x > 0, else alpha x, with a trained alpha for each of the last dimension's c numbers.
 * x, y (samples, ..., c), alpha (c), which starts at 0.25 (as PyTorch's does; Keras' starts at 0).
 * Backward: dx = dy where x > 0, else alpha dy; dalpha = sum of dy x where x <= 0, one of each leaf.
 * Source: He et al., arXiv:1502.01852. */
#include "ops/op.h"

typedef struct prelu_attr {
    double start;
} prelu_attr;

static const yk_option attrs[] = {
    { "start", YK_OPT_REAL, offsetof(prelu_attr, start), "0.25", 0, 0, NULL, "what each alpha starts at" }, { 0 }
};

static yk_status infer(yk_op_args *a)
{
    const yk_shape *x = &a->in[0].shape;
    char text[YK_SHAPE_TEXT];
    YK_TRY(yk_op_infer_like(a));
    YK_CHECK(x->ndim >= 2, YK_ERR_SHAPE, "input has shape %s: prelu needs a last dimension of channels",
             yk_shape_text(x, 1, text));
    a->param[0] = (yk_tensor){ YK_F32, yk_shape_of(1, x->dim[x->ndim - 1]), NULL };
    a->start = ((const prelu_attr *)a->attr)->start;
    return YK_OK;
}

static int64_t channels(const yk_op_args *a)
{
    return a->in[0].shape.dim[a->in[0].shape.ndim - 1];
}

static void forward(const yk_op_args *a)
{
    int64_t c = channels(a);
    yk_k->prelu(yk_tensor_len(&a->out) / c, c, a->in[0].data, a->param[0].data, a->out.data);
}

static void backward(const yk_op_args *a)
{
    int64_t c = channels(a), places = yk_shape_len_from(&a->out.shape, 1) / c;
    yk_k->prelu_alpha(a->rows.leaves, places, c, a->in[0].data, a->dout.data, a->dparam[0].data, a->leaf_step,
                      a->dparam_add[0]);
    if (a->din[0].data)
        yk_k->prelu_grad(a->rows.leaves.rows * places, c, a->in[0].data, a->param[0].data, a->dout.data, a->din[0].data,
                         a->din_add[0]);
}

static double flops(const yk_op_args *a)
{
    return (double)yk_tensor_len(&a->out);
}

static const yk_op_sample samples[] = {
    { .in = { { 2, { 7, 5 } } }, .leaf = 3 },
    { .attrs = "start=0.1", .in = { { 4, { 3, 2, 3, 7 } } }, .leaf = 2 },
};

const yk_op YK_OP_SYMBOL(prelu) = {
    .name = "prelu",
    .doc = "y = x where x > 0, else alpha x, with a trained alpha a channel: x and y (samples, ..., channels).",
    .n_in = 1,
    .attr_size = sizeof(prelu_attr),
    .attrs = attrs,
    .param = { { "alpha", YK_ROLE_START } },
    .backward_reads_in = true,
    .in_place = true,
    .activation = true,
    .infer = infer,
    .forward = forward,
    .backward = backward,
    .flops = flops,
    .samples = samples,
    .n_sample = YK_LEN(samples),
};
