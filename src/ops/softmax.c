/* SPDX-License-Identifier: Apache-2.0 */
/* softmax: y_j = exp(x_j) / sum_k exp(x_k) over the last dimension. x, y: (samples, ..., n).
 * Backward: dx_j = y_j (dy_j - sum_k y_k dy_k). */
#include "ops/op.h"

static yk_status infer(yk_op_args *a)
{
    char text[YK_SHAPE_TEXT];
    YK_TRY(yk_op_check_real(&a->in[0]));
    YK_CHECK(a->in[0].shape.ndim >= 2, YK_ERR_SHAPE, "input has shape %s: softmax needs a last dimension to sum over",
             yk_shape_text(&a->in[0].shape, 1, text));
    yk_tensor_like(&a->out, &a->in[0]);
    return YK_OK;
}

/* Numbers that sum to one. */
static int64_t width(const yk_op_args *a)
{
    return a->out.shape.dim[a->out.shape.ndim - 1];
}

static void forward(const yk_op_args *a)
{
    int64_t n = width(a);
    yk_k->softmax(yk_tensor_len(&a->out) / n, n, a->in[0].data, a->out.data);
}

static void backward(const yk_op_args *a)
{
    int64_t n = width(a);
    if (a->din[0].data)
        yk_k->softmax_grad(yk_tensor_len(&a->out) / n, n, a->out.data, a->dout.data, a->din[0].data, a->din_add[0]);
}

static double flops(const yk_op_args *a)
{
    return 5.0 * (double)yk_tensor_len(&a->out); /* largest, difference, exp, sum, quotient */
}

static const yk_op_sample samples[] = {
    { .in = { { 2, { 3, 5 } } } },
    { .in = { { 4, { 2, 3, 2, 5 } } } },
};

const yk_op YK_OP_SYMBOL(softmax) = {
    .name = "softmax",
    .doc = "y = exp(x) / sum exp(x) over the last dimension; x and y: (samples, ..., n).",
    .n_in = 1,
    .backward_reads_out = true,
    .activation = true,
    .infer = infer,
    .forward = forward,
    .backward = backward,
    .flops = flops,
    .samples = samples,
    .n_sample = YK_LEN(samples),
};
