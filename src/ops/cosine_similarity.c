/* SPDX-License-Identifier: Apache-2.0 */
/* cosine_similarity: loss = 1 - x t / (|x| |t|) over the last dimension: 0 where the two point the same way, 2 where
 * they are opposed (Keras has it without the 1). A vector shorter than 1e-8 counts as of that length, as in PyTorch. x,
 * t (samples, ..., n) of one shape; a sample's loss is the mean over its positions; out (samples). Backward: dx =
 * -dloss / positions (t / (|x| |t|) - cos x / |x|^2). The target has no gradient. */
#include "ops/row_loss.h"

static yk_status infer(yk_op_args *a)
{
    YK_TRY(yk_op_check_rows(a, "cosine_similarity"));
    row_loss_infer(a);
    return YK_OK;
}

static void forward(const yk_op_args *a)
{
    const row_loss r = row_loss_forward(a);
    yk_k->cosine(r.rows, r.cols, a->in[0].data, a->in[1].data, r.each);
    row_loss_mean(a, &r);
}

static void backward(const yk_op_args *a)
{
    if (!a->din[0].data)
        return;
    const row_loss r = row_loss_backward(a);
    yk_k->cosine_grad(r.rows, r.cols, a->in[0].data, a->in[1].data, r.each, a->din[0].data, a->din_add[0]);
}

static double flops(const yk_op_args *a)
{
    return 6.0 * (double)yk_tensor_len(&a->in[0]);
}

static const yk_op_sample samples[] = {
    { .in = { { 2, { 5, 3 } }, { 2, { 5, 3 } } } },
    { .in = { { 3, { 3, 2, 4 } }, { 3, { 3, 2, 4 } } } },
};

const yk_op YK_OP_SYMBOL(cosine_similarity) = {
    .name = "cosine_similarity",
    .doc = "loss = 1 - cos(x, t) over the last dimension: output x and target t (samples, ..., n), mean over a "
           "sample's positions.",
    .kind = YK_OP_LOSS,
    .n_in = 2,
    .backward_reads_in = true,
    .target = yk_op_target_numbers,
    .infer = infer,
    .forward = forward,
    .backward = backward,
    .flops = flops,
    .samples = samples,
    .n_sample = YK_LEN(samples),
};
