/* SPDX-License-Identifier: Apache-2.0 */
/* rnn: h' = f(x kernel + h recurrent_kernel + bias), f = tanh or relu (Elman, Cognitive Science 14(2), 1990). */
#include "ops/recurrent.h"

static const yk_option attrs[] = { YK_RECURRENT_ATTRS("h"),
                                   { "nonlinearity", YK_OPT_CHOICE, offsetof(yk_recurrent_attr, nonlinearity), "tanh",
                                     0, 0, "tanh relu", "f, which makes the state of the sum" },
                                   { 0 } };

static yk_cell cell(const yk_op_args *a)
{
    return ((const yk_recurrent_attr *)a->attr)->nonlinearity ? YK_CELL_RELU : YK_CELL_TANH;
}

static yk_status infer(yk_op_args *a)
{
    YK_TRY(yk_recurrent_infer(a, cell(a)));
    return YK_OK;
}

static void forward(const yk_op_args *a)
{
    yk_recurrent_forward(a, cell(a));
}

static void backward(const yk_op_args *a)
{
    yk_recurrent_backward(a, cell(a));
}

static double flops(const yk_op_args *a)
{
    return yk_recurrent_flops(a, cell(a));
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
    { .attrs = "units=4 nonlinearity=relu return_sequences=true", .in = { { 3, { 3, 5, 2 } } }, .leaf = 2 },
};

const yk_op YK_OP_SYMBOL(rnn) = {
    .name = "rnn",
    .doc = "h' = f(x kernel + h recurrent_kernel + bias): x (samples, steps, in), y (samples, units), or with "
           "return_sequences "
           "(samples, steps, units); inputs behind x: a mask, and with initial_state h; kernel (in, units), "
           "recurrent_kernel (units, units), bias (units).",
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
