/* SPDX-License-Identifier: Apache-2.0 */
/* kl_divergence: loss = sum_j t_j (log t_j - log softmax(x)_j), the divergence of the model's distribution softmax(x)
 * from the target's, on logits x; 0 log 0 is 0. It differs from softmax_cross_entropy with soft_labels by a constant of
 * the target, and is 0 where the two are equal. x, t (samples, ..., classes) of one shape; a sample's loss is the mean
 * over its positions; out (samples). Backward: dx_j = dloss / positions ((sum t) softmax(x)_j - t_j). The target has no
 * gradient. */
#include "ops/row_loss.h"

static yk_target target(const void *attr)
{
    (void)attr;
    return (yk_target){ .kind = YK_TARGET_REAL, .not_negative = true };
}

static yk_status infer(yk_op_args *a)
{
    YK_TRY(yk_op_check_rows(a, "kl_divergence"));
    row_loss_infer(a);
    return YK_OK;
}

static void forward(const yk_op_args *a)
{
    const row_loss r = row_loss_forward(a);
    yk_k->kl_divergence(r.rows, r.cols, a->in[0].data, a->in[1].data, r.each);
    row_loss_mean(a, &r);
}

static void backward(const yk_op_args *a)
{
    if (!a->din[0].data)
        return;
    const row_loss r = row_loss_backward(a);
    const YK_TYPED(yk_distribution) q = { .target = a->in[1].data };
    yk_k->soft_cross_entropy_grad(r.rows, r.cols, &q, a->in[0].data, r.each, a->din[0].data, a->din_add[0]);
}

static double flops(const yk_op_args *a)
{
    return 6.0 * (double)yk_tensor_len(&a->in[0]);
}

static const yk_op_sample samples[] = {
    { .in = { { 2, { 5, 3 } }, { 2, { 5, 3 } } } },
    { .in = { { 3, { 3, 2, 4 } }, { 3, { 3, 2, 4 } } } },
};

const yk_op YK_OP_SYMBOL(kl_divergence) = {
    .name = "kl_divergence",
    .doc = "loss = sum t (log t - log softmax(x)): logits x and distributions t (samples, ..., classes), mean over a "
           "sample's positions.",
    .kind = YK_OP_LOSS,
    .n_in = 2,
    .backward_reads_in = true,
    .target = target,
    .predict_with = "softmax",
    .infer = infer,
    .forward = forward,
    .backward = backward,
    .flops = flops,
    .samples = samples,
    .n_sample = YK_LEN(samples),
};
