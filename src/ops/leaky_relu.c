/* SPDX-License-Identifier: Apache-2.0 */
/* leaky_relu: y = x where x > 0, else slope x. x, y: any shape.
 * Backward: dx = dy where x > 0, else slope dy; y has the sign of x, so y is enough to tell. */
#include "ops/op.h"

typedef struct leaky_relu_attr {
    double slope;
} leaky_relu_attr;

static const yk_option attrs[] = {
    { "slope", YK_OPT_REAL, offsetof(leaky_relu_attr, slope), "0.01", 0, -1, NULL, "slope where x < 0" }, { 0 }
};

static real slope(const yk_op_args *a)
{
    return (real)((const leaky_relu_attr *)a->attr)->slope;
}

static void forward(const yk_op_args *a)
{
    yk_k->leaky_relu(yk_tensor_len(&a->out), slope(a), a->in[0].data, a->out.data);
}

static void backward(const yk_op_args *a)
{
    if (a->din[0].data)
        yk_k->leaky_relu_grad(yk_tensor_len(&a->out), slope(a), a->out.data, a->dout.data, a->din[0].data,
                              a->din_add[0]);
}

static double flops(const yk_op_args *a)
{
    return (double)yk_tensor_len(&a->out);
}

static const yk_op_sample samples[] = {
    { .in = { { 2, { 3, 5 } } } },
    { .attrs = "slope=0.3", .in = { { 4, { 2, 3, 3, 7 } } } },
};

const yk_op YK_OP_SYMBOL(leaky_relu) = {
    .name = "leaky_relu",
    .doc = "y = x where x > 0, else slope x; x and y: any shape.",
    .n_in = 1,
    .attr_size = sizeof(leaky_relu_attr),
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
