/* SPDX-License-Identifier: Apache-2.0 */
/* hard_sigmoid: y = min(max(x + 3, 0), 6) / 6. x, y: any shape. Backward: dx = dy / 6 where 0 < y < 1, else 0. */
#include "ops/op.h"

static void forward(const yk_op_args *a)
{
    yk_k->hard_sigmoid(yk_tensor_len(&a->out), a->in[0].data, a->out.data);
}

static void backward(const yk_op_args *a)
{
    if (a->din[0].data)
        yk_k->hard_sigmoid_grad(yk_tensor_len(&a->out), a->out.data, a->dout.data, a->din[0].data, a->din_add[0]);
}

static double flops(const yk_op_args *a)
{
    return 4.0 * (double)yk_tensor_len(&a->out);
}

static const yk_op_sample samples[] = {
    { .in = { { 2, { 3, 5 } } } },
    { .in = { { 4, { 2, 3, 3, 7 } } } },
};

const yk_op YK_OP_SYMBOL(hard_sigmoid) = {
    .name = "hard_sigmoid",
    .doc = "y = min(max(x + 3, 0), 6) / 6; x and y: any shape.",
    .n_in = 1,
    .backward_reads_out = true,
    .in_place = true,
    .activation = true,
    .infer = yk_op_infer_like,
    .forward = forward,
    .backward = backward,
    .flops = flops,
    .samples = samples,
    .n_sample = YK_LEN(samples),
};
