/* SPDX-License-Identifier: Apache-2.0 */
/* binary_cross_entropy: loss = mean of max(x, 0) - x t + log(1 + exp(-|x|)), on logits x, over a sample's elements.
 * That is -t log(p) - (1 - t) log(1 - p) with p = sigmoid(x). x, t (samples, ...) of one shape, or t without a last
 * dimension of 1; out (samples); t in [0, 1]. Backward: dx = dloss / n (p - t), n elements a sample. The target has no
 * gradient. */
#include "ops/op.h"

static yk_status infer(yk_op_args *a)
{
    YK_TRY(yk_op_check_target(a, "binary_cross_entropy"));
    a->out = (yk_tensor){ YK_F32, yk_shape_of(1, a->in[0].shape.dim[0]), NULL };
    return YK_OK;
}

static void forward(const yk_op_args *a)
{
    yk_k->binary_cross_entropy(a->rows.leaves.rows, yk_shape_len_from(&a->in[0].shape, 1), a->in[0].data, a->in[1].data,
                               a->out.data);
}

static void backward(const yk_op_args *a)
{
    if (a->din[0].data)
        yk_k->binary_cross_entropy_grad(a->rows.leaves.rows, yk_shape_len_from(&a->in[0].shape, 1), a->in[0].data,
                                        a->in[1].data, a->dout.data, a->din[0].data, a->din_add[0]);
}

static double flops(const yk_op_args *a)
{
    return 7.0 * (double)yk_tensor_len(&a->in[0]); /* max, product, 3 sums, exp, log */
}

static const yk_op_sample samples[] = {
    { .in = { { 2, { 5, 3 } }, { 2, { 5, 3 } } } },
    { .in = { { 3, { 3, 2, 4 } }, { 3, { 3, 2, 4 } } } },
};

const yk_op YK_OP_SYMBOL(binary_cross_entropy) = {
    .name = "binary_cross_entropy",
    .doc = "loss = mean of -t log(p) - (1 - t) log(1 - p), p = sigmoid(x): logits x and target t of one shape.",
    .kind = YK_OP_LOSS,
    .n_in = 2,
    .backward_reads_in = true,
    .target = YK_TARGET_REAL,
    .predict_with = "sigmoid",
    .infer = infer,
    .forward = forward,
    .backward = backward,
    .flops = flops,
    .samples = samples,
    .n_sample = YK_LEN(samples),
};
