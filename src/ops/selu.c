/* SPDX-License-Identifier: Apache-2.0 */
/* selu: y = 1.0507 x where x > 0, else 1.7581 (exp(x) - 1): elu scaled so that mean 0 and variance 1 last through
 * layers. x, y: any shape. Backward: dx = 1.0507 dy where x > 0, else dy (y + 1.7581).
 * Source, with all digits of the constants: Klambauer et al., arXiv:1706.02515. */
#include "ops/op.h"

static void forward(const yk_op_args *a)
{
    yk_k->selu(yk_tensor_len(&a->out), a->in[0].data, a->out.data);
}

static void backward(const yk_op_args *a)
{
    if (a->din[0].data)
        yk_k->selu_grad(yk_tensor_len(&a->out), a->out.data, a->dout.data, a->din[0].data, a->din_add[0]);
}

static double flops(const yk_op_args *a)
{
    return 4.0 * (double)yk_tensor_len(&a->out);
}

static const yk_op_sample samples[] = {
    { .in = { { 2, { 3, 5 } } } },
    { .in = { { 4, { 2, 3, 3, 7 } } } },
};

const yk_op YK_OP_SYMBOL(selu) = {
    .name = "selu",
    .doc = "y = 1.0507 x where x > 0, else 1.7581 (exp(x) - 1); x and y: any shape.",
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
