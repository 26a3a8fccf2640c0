/* SPDX-License-Identifier: Apache-2.0 */
/* huber: loss = mean of d^2 / 2 where |d| <= delta, else delta (|d| - delta / 2), over a sample's elements, d = x - t.
 * x, t (samples, ...) of one shape, or t without a last dimension of 1; out (samples). Backward: dx = dloss / n times d
 * cut off at -delta and delta. The target has no gradient. */
#include "ops/op.h"

typedef struct huber_attr {
    double delta;
} huber_attr;

static const yk_option attrs[] = { { "delta", YK_OPT_REAL, offsetof(huber_attr, delta), "1", YK_ABOVE_0, -1, NULL,
                                     "difference beyond which the loss grows linearly" },
                                   { 0 } };

static real delta(const yk_op_args *a)
{
    return (real)((const huber_attr *)a->attr)->delta;
}

static yk_status infer(yk_op_args *a)
{
    YK_TRY(yk_op_infer_numbers(a, "huber"));
    return YK_OK;
}

static void forward(const yk_op_args *a)
{
    yk_k->huber(a->rows.leaves.rows, yk_shape_len_from(&a->in[0].shape, 1), delta(a), a->in[0].data, a->in[1].data,
                a->out.data);
}

static void backward(const yk_op_args *a)
{
    if (a->din[0].data)
        yk_k->huber_grad(a->rows.leaves.rows, yk_shape_len_from(&a->in[0].shape, 1), delta(a), a->in[0].data,
                         a->in[1].data, a->dout.data, a->din[0].data, a->din_add[0]);
}

static double flops(const yk_op_args *a)
{
    return 5.0 * (double)yk_tensor_len(&a->in[0]);
}

static const yk_op_sample samples[] = {
    { .in = { { 2, { 5, 3 } }, { 2, { 5, 3 } } } },
    { .attrs = "delta=0.3", .in = { { 3, { 3, 2, 4 } }, { 3, { 3, 2, 4 } } } },
};

const yk_op YK_OP_SYMBOL(huber) = {
    .name = "huber",
    .doc = "loss = mean of d^2 / 2 where |d| <= delta, else delta (|d| - delta / 2), d = x - t: output x and target t "
           "of one shape.",
    .kind = YK_OP_LOSS,
    .n_in = 2,
    .attr_size = sizeof(huber_attr),
    .attrs = attrs,
    .backward_reads_in = true,
    .target = yk_op_target_numbers,
    .infer = infer,
    .forward = forward,
    .backward = backward,
    .flops = flops,
    .samples = samples,
    .n_sample = YK_LEN(samples),
};
