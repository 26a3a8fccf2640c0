/* SPDX-License-Identifier: Apache-2.0 */
/* gelu: y = x F(x), F the normal distribution function. x, y: any shape.
 *   approximate none: F(x) = (1 + erf(x / sqrt 2)) / 2;  dx = dy (F(x) + x exp(-x^2 / 2) / sqrt(2 pi))
 *   approximate tanh: F(x) = (1 + tanh(u)) / 2, u = sqrt(2 / pi) (x + 0.044715 x^3);  dx = dy times the slope of that
 * Source: Hendrycks, Gimpel, arXiv:1606.08415. */
#include "ops/op.h"

typedef struct gelu_attr {
    int approximate;
} gelu_attr;

enum { NONE, TANH }; /* approximate */

static const yk_option attrs[] = { { "approximate", YK_OPT_CHOICE, offsetof(gelu_attr, approximate), "none", 0, 0,
                                     "none tanh", "how the normal distribution is computed: exactly, or by tanh" },
                                   { 0 } };

static bool is_exact(const yk_op_args *a)
{
    return ((const gelu_attr *)a->attr)->approximate == NONE;
}

static void forward(const yk_op_args *a)
{
    (is_exact(a) ? yk_k->gelu : yk_k->gelu_tanh)(yk_tensor_len(&a->out), a->in[0].data, a->out.data);
}

static void backward(const yk_op_args *a)
{
    if (a->din[0].data)
        (is_exact(a) ? yk_k->gelu_grad : yk_k->gelu_tanh_grad)(yk_tensor_len(&a->out), a->in[0].data, a->dout.data,
                                                               a->din[0].data, a->din_add[0]);
}

static double flops(const yk_op_args *a)
{
    return 5.0 * (double)yk_tensor_len(&a->out);
}

static const yk_op_sample samples[] = {
    { .in = { { 2, { 3, 5 } } } },
    { .attrs = "approximate=tanh", .in = { { 4, { 2, 3, 3, 7 } } } },
};

const yk_op YK_OP_SYMBOL(gelu) = {
    .name = "gelu",
    .doc = "y = x times the share of a normal distribution below x; x and y: any shape.",
    .n_in = 1,
    .attr_size = sizeof(gelu_attr),
    .attrs = attrs,
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
