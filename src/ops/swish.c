/* SPDX-License-Identifier: Apache-2.0 */
/* swish (SiLU): y = x s with s = 1 / (1 + exp(-x)). x, y: any shape. Backward: dx = dy s (1 + x (1 - s)). */
#include "ops/op.h"

static void forward(const yk_op_args *a)
{
    yk_k->swish(yk_tensor_len(&a->out), a->in[0].data, a->out.data);
}

static void backward(const yk_op_args *a)
{
    if (a->din[0].data)
        yk_k->swish_grad(yk_tensor_len(&a->out), a->in[0].data, a->dout.data, a->din[0].data, a->din_add[0]);
}

static double flops(const yk_op_args *a)
{
    return 4.0 * (double)yk_tensor_len(&a->out);
}

static const yk_op_sample samples[] = {
    { .in = { { 2, { 3, 5 } } } },
    { .in = { { 4, { 2, 3, 3, 7 } } } },
};

const yk_op YK_OP_SYMBOL(swish) = {
    .name = "swish",
    .doc = "y = x / (1 + exp(-x)), also called SiLU; x and y: any shape.",
    .n_in = 1,
    .backward_reads_in = true,
    .in_place = true,
    .activation = true,
    .infer = yk_op_infer_like,
    .forward = forward,
    .backward = backward,
    .flops = flops,
    .samples = samples,
    .n_sample = YK_LEN(samples),
};
