/* SPDX-License-Identifier: Apache-2.0 */
/* lstm: long short-term memory (Hochreiter, Schmidhuber, Neural Computation 9(8), 1997; with Gers' forget gate). With k
 * = x kernel + h recurrent_kernel + bias, cut into four: i, f, o = sigmoid(k_i), sigmoid(k_f), sigmoid(k_o); c' = f c +
 * i tanh(k_c);  h' = o tanh(c'). Parameters as Keras has them, gates in the order i f c o; its unit_forget_bias is
 * `bias_init: unit_forget`. */
#include "ops/recurrent.h"

static const yk_option attrs[] = { YK_RECURRENT_ATTRS("h and c"), { 0 } };

static yk_status infer(yk_op_args *a)
{
    YK_TRY(yk_recurrent_infer(a, YK_CELL_LSTM));
    return YK_OK;
}

static void forward(const yk_op_args *a)
{
    yk_recurrent_forward(a, YK_CELL_LSTM);
}

static void backward(const yk_op_args *a)
{
    yk_recurrent_backward(a, YK_CELL_LSTM);
}

static double flops(const yk_op_args *a)
{
    return yk_recurrent_flops(a, YK_CELL_LSTM);
}

static const yk_op_sample samples[] = {
    { .attrs = "units=3 return_sequences=true", .in = { { 3, { 5, 4, 2 } } }, .leaf = 2 },
    { .attrs = "units=3 reverse=true bias=false", .in = { { 3, { 3, 3, 4 } }, { 2, { 3, 3 } } } },
    { .attrs = "units=1 return_sequences=true reverse=true", .in = { { 3, { 3, 2, 1 } } }, .leaf = 1 },
    { .attrs = "units=2 return_sequences=true carry=2", .in = { { 3, { 2, 3, 3 } } } },
    { .attrs = "units=2 return_state=true initial_state=true",
      .in = { { 3, { 4, 3, 2 } }, { 2, { 4, 3 } }, { 2, { 4, 2 } }, { 2, { 4, 2 } } },
      .leaf = 3 },
    { .attrs = "units=5 initial_state=true", .in = { { 3, { 1, 1, 2 } }, { 2, { 1, 5 } }, { 2, { 1, 5 } } } },
};

const yk_op YK_OP_SYMBOL(lstm) = {
    .name = "lstm",
    .doc = "long short-term memory: x (samples, steps, in), y (samples, units), or with return_sequences (samples, "
           "steps, units); "
           "inputs behind x: a mask, and with initial_state h and c; kernel (in, 4 units), recurrent_kernel (units, 4 "
           "units), "
           "bias (4 units), gates i f c o.",
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
