/* SPDX-License-Identifier: Apache-2.0 */
/* hard_swish: y = x min(max(x + 3, 0), 6) / 6. x, y: any shape.
 * Backward: dx = 0 where x <= -3, dy where x >= 3, else dy (x / 3 + 1/2). */
#include "ops/op.h"

static void forward(const yk_op_args *a)
{
    yk_k->hard_swish(yk_tensor_len(&a->out), a->in[0].data, a->out.data);
}

static void backward(const yk_op_args *a)
{
    if (a->din[0].data)
        yk_k->hard_swish_grad(yk_tensor_len(&a->out), a->in[0].data, a->dout.data, a->din[0].data, a->din_add[0]);
}

static double flops(const yk_op_args *a)
{
    return 5.0 * (double)yk_tensor_len(&a->out);
}

static const yk_op_sample samples[] = {
    { .in = { { 2, { 3, 5 } } } },
    { .in = { { 4, { 2, 3, 3, 7 } } } },
};

const yk_op YK_OP_SYMBOL(hard_swish) = {
    .name = "hard_swish",
    .doc = "y = x min(max(x + 3, 0), 6) / 6; x and y: any shape.",
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
