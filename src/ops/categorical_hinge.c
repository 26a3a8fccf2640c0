/* SPDX-License-Identifier: Apache-2.0 */
/* categorical_hinge: loss = max(0, 1 + largest x_j over j other than the label - x_label), on scores x, with
 * whole-number labels. x (samples, classes), labels (samples), or x (samples, positions..., classes), labels (samples,
 * positions...), where a sample's loss is the mean over its positions; out (samples). Backward: dloss / positions at
 * that j, the negative of it at the label, where the loss is not 0. */
#include "ops/row_loss.h"

static yk_target target(const void *attr)
{
    (void)attr;
    return (yk_target){ .kind = YK_TARGET_LABEL };
}

static yk_status infer(yk_op_args *a)
{
    YK_TRY(yk_op_check_labels(a, "categorical_hinge"));
    row_loss_infer(a);
    return YK_OK;
}

static void forward(const yk_op_args *a)
{
    const row_loss r = row_loss_forward(a);
    yk_k->categorical_hinge(r.rows, r.cols, a->in[0].data, a->in[1].data, r.each);
    row_loss_mean(a, &r);
}

static void backward(const yk_op_args *a)
{
    if (!a->din[0].data)
        return;
    const row_loss r = row_loss_backward(a);
    yk_k->categorical_hinge_grad(r.rows, r.cols, a->in[0].data, a->in[1].data, r.each, a->din[0].data, a->din_add[0]);
}

static double flops(const yk_op_args *a)
{
    return 1.0 * (double)yk_tensor_len(&a->in[0]);
}

static const yk_op_sample samples[] = {
    { .in = { { 2, { 7, 5 } }, { 1, { 7 } } }, .leaf = 3 },
    { .in = { { 3, { 3, 2, 4 } }, { 2, { 3, 2 } } } },
};

const yk_op YK_OP_SYMBOL(categorical_hinge) = {
    .name = "categorical_hinge",
    .doc = "loss = max(0, 1 + largest other x - x[label]): scores x (samples, ..., classes), labels (samples, ...), "
           "mean over a sample's positions.",
    .kind = YK_OP_LOSS,
    .n_in = 2,
    .backward_reads_in = true,
    .target = target,
    .infer = infer,
    .forward = forward,
    .backward = backward,
    .flops = flops,
    .samples = samples,
    .n_sample = YK_LEN(samples),
};
