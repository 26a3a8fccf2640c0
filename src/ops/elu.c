/* SPDX-License-Identifier: Apache-2.0 */
/* elu: y = x where x > 0, else alpha (exp(x) - 1). x, y: any shape.
 * Backward: dx = dy where x > 0, else dy (y + alpha); y has the sign of x. Source: Clevert et al., arXiv:1511.07289. */
#include "ops/op.h"

typedef struct elu_attr {
    double alpha;
} elu_attr;

static const yk_option attrs[] = {
    { "alpha", YK_OPT_REAL, offsetof(elu_attr, alpha), "1", 0, -1, NULL, "-y far below 0" }, { 0 }
};

static real alpha(const yk_op_args *a)
{
    return (real)((const elu_attr *)a->attr)->alpha;
}

static void forward(const yk_op_args *a)
{
    yk_k->elu(yk_tensor_len(&a->out), alpha(a), a->in[0].data, a->out.data);
}

static void backward(const yk_op_args *a)
{
    if (a->din[0].data)
        yk_k->elu_grad(yk_tensor_len(&a->out), alpha(a), a->out.data, a->dout.data, a->din[0].data, a->din_add[0]);
}

static double flops(const yk_op_args *a)
{
    return 4.0 * (double)yk_tensor_len(&a->out);
}

static const yk_op_sample samples[] = {
    { .in = { { 2, { 3, 5 } } } },
    { .attrs = "alpha=0.6", .in = { { 4, { 2, 3, 3, 7 } } } },
};

const yk_op YK_OP_SYMBOL(elu) = {
    .name = "elu",
    .doc = "y = x where x > 0, else alpha (exp(x) - 1); x and y: any shape.",
    .n_in = 1,
    .attr_size = sizeof(elu_attr),
    .attrs = attrs,
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
