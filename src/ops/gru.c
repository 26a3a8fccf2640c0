/* SPDX-License-Identifier: Apache-2.0 */
/* gru: gated recurrent unit (Cho et al., arXiv:1406.1078; reset after the product, as in cuDNN, PyTorch and Keras).
 * With k = x kernel + bias[0] and m = h recurrent_kernel + bias[1], each cut into three: z, r = sigmoid(k_z + m_z),
 * sigmoid(k_r + m_r);  g = tanh(k_h + r m_h);  h' = z h + (1 - z) g. Parameters as Keras has them, gates in the order
 * z r h. */
#include "ops/recurrent.h"

static const yk_option attrs[] = { YK_RECURRENT_ATTRS("h"), { 0 } };

static yk_status infer(yk_op_args *a)
{
    YK_TRY(yk_recurrent_infer(a, YK_CELL_GRU));
    return YK_OK;
}

static void forward(const yk_op_args *a)
{
    yk_recurrent_forward(a, YK_CELL_GRU);
}

static void backward(const yk_op_args *a)
{
    yk_recurrent_backward(a, YK_CELL_GRU);
}

static double flops(const yk_op_args *a)
{
    return yk_recurrent_flops(a, YK_CELL_GRU);
}

static const yk_op_sample samples[] = {
    { .attrs = "units=3 return_sequences=true", .in = { { 3, { 5, 4, 2 } } }, .leaf = 2 },
    { .attrs = "units=3 reverse=true bias=false", .in = { { 3, { 3, 3, 4 } }, { 2, { 3, 3 } } } },
    { .attrs = "units=1 return_sequences=true reverse=true", .in = { { 3, { 3, 2, 1 } } }, .leaf = 1 },
    { .attrs = "units=2 return_sequences=true carry=2", .in = { { 3, { 2, 3, 3 } } } },
    { .attrs = "units=2 return_state=true initial_state=true",
      .in = { { 3, { 4, 3, 2 } }, { 2, { 4, 3 } }, { 2, { 4, 2 } } },
      .leaf = 3 },
    { .attrs = "units=5 initial_state=true", .in = { { 3, { 1, 1, 2 } }, { 2, { 1, 5 } } } },
};

const yk_op YK_OP_SYMBOL(gru) = {
    .name = "gru",
    .doc = "gated recurrent unit, reset after the product: x (samples, steps, in), y (samples, units), or with "
           "return_sequences (samples, steps, units); inputs behind x: a mask, and with initial_state h; "
           "kernel (in, 3 units), recurrent_kernel (units, 3 units), bias (2, 3 units), gates z r h.",
    .n_in = -1,
    .attr_size = sizeof(yk_recurrent_attr),
    .attrs = attrs,
    .param = YK_RECURRENT_PARAMS,
    .mask = true,
    .backward_reads_in = true,
    .infer = infer,
    .forward = forward,
    .backward = backward,
    .flops = flops,
    .samples = samples,
    .n_sample = YK_LEN(samples),
};
