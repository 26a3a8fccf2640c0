/* SPDX-License-Identifier: Apache-2.0 */
/* mean_squared_error: loss = mean of (x - t)^2 over a sample's elements. x, t (samples, ...) of one shape, or t without
 * a last dimension of 1; out (samples). Backward: dx = dloss 2 / n (x - t), n elements a sample. The target has no
 * gradient. */
#include "ops/op.h"

static yk_status infer(yk_op_args *a)
{
    YK_TRY(yk_op_infer_numbers(a, "mean_squared_error"));
    return YK_OK;
}

static void forward(const yk_op_args *a)
{
    yk_k->mean_squared_error(a->rows.leaves.rows, yk_shape_len_from(&a->in[0].shape, 1), a->in[0].data, a->in[1].data,
                             a->out.data);
}

static void backward(const yk_op_args *a)
{
    if (a->din[0].data)
        yk_k->mean_squared_error_grad(a->rows.leaves.rows, yk_shape_len_from(&a->in[0].shape, 1), a->in[0].data,
                                      a->in[1].data, a->dout.data, a->din[0].data, a->din_add[0]);
}

static double flops(const yk_op_args *a)
{
    return 3.0 * (double)yk_tensor_len(&a->in[0]);
}

static const yk_op_sample samples[] = {
    { .in = { { 2, { 5, 3 } }, { 2, { 5, 3 } } } },
    { .in = { { 3, { 3, 2, 4 } }, { 3, { 3, 2, 4 } } } },
};

const yk_op YK_OP_SYMBOL(mean_squared_error) = {
    .name = "mean_squared_error",
    .doc = "loss = mean of (x - t)^2: output x and target t of one shape.",
    .kind = YK_OP_LOSS,
    .n_in = 2,
    .backward_reads_in = true,
    .target = yk_op_target_numbers,
    .infer = infer,
    .forward = forward,
    .backward = backward,
    .flops = flops,
    .samples = samples,
    .n_sample = YK_LEN(samples),
};
