/* SPDX-License-Identifier: Apache-2.0 */
/* hinge: loss = mean of max(0, 1 - s x) over a sample's elements, where s is 1 for a target t > 1/2 and -1 for others:
 * t may be 0 and 1, or -1 and 1. x, t (samples, ...) of one shape, or t without a last dimension of 1; out (samples).
 * Backward: dx = -dloss / n s where s x < 1, else 0. The target has no gradient. */
#include "ops/op.h"

static yk_status infer(yk_op_args *a)
{
    YK_TRY(yk_op_infer_numbers(a, "hinge"));
    return YK_OK;
}

static void forward(const yk_op_args *a)
{
    yk_k->hinge(a->rows.leaves.rows, yk_shape_len_from(&a->in[0].shape, 1), a->in[0].data, a->in[1].data, a->out.data);
}

static void backward(const yk_op_args *a)
{
    if (a->din[0].data)
        yk_k->hinge_grad(a->rows.leaves.rows, yk_shape_len_from(&a->in[0].shape, 1), a->in[0].data, a->in[1].data,
                         a->dout.data, a->din[0].data, a->din_add[0]);
}

static double flops(const yk_op_args *a)
{
    return 3.0 * (double)yk_tensor_len(&a->in[0]);
}

static const yk_op_sample samples[] = {
    { .in = { { 2, { 5, 3 } }, { 2, { 5, 3 } } } },
    { .in = { { 3, { 3, 2, 4 } }, { 3, { 3, 2, 4 } } } },
};

const yk_op YK_OP_SYMBOL(hinge) = {
    .name = "hinge",
    .doc = "loss = mean of max(0, 1 - s x), s = 1 where t > 1/2, else -1: scores x and target t (0 and 1, or -1 and 1) "
           "of one shape.",
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
