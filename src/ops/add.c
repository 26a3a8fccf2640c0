/* SPDX-License-Identifier: Apache-2.0 */
/* add: y = x1 + x2 + ..., from left to right; all of one shape. Backward: every dx = dy. */
#include "ops/op.h"

static yk_status infer(yk_op_args *a)
{
    char text[2][YK_SHAPE_TEXT];
    for (int i = 0; i < a->n_in; i++) {
        YK_TRY(yk_op_check_real(&a->in[i]));
        YK_CHECK(yk_shape_equal(&a->in[i].shape, &a->in[0].shape), YK_ERR_SHAPE,
                 "input %d has shape %s, input 1 has %s: add needs inputs of one shape", i + 1,
                 yk_shape_text(&a->in[i].shape, 1, text[0]), yk_shape_text(&a->in[0].shape, 1, text[1]));
    }
    yk_tensor_like(&a->out, &a->in[0]);
    return YK_OK;
}

static void forward(const yk_op_args *a)
{
    int64_t n = yk_tensor_len(&a->out);
    yk_k->sum(n, a->in[0].data, a->in[1].data, a->out.data);
    for (int i = 2; i < a->n_in; i++)
        yk_k->sum(n, a->out.data, a->in[i].data, a->out.data);
}

static void backward(const yk_op_args *a)
{
    for (int i = 0; i < a->n_in; i++)
        if (a->din[i].data && a->din[i].data != a->dout.data)
            yk_k->copy(yk_tensor_len(&a->out), a->dout.data, a->din[i].data, a->din_add[i]);
}

static double flops(const yk_op_args *a)
{
    return (double)yk_tensor_len(&a->out) * (a->n_in - 1);
}

static const yk_op_sample samples[] = {
    { .in = { { 2, { 3, 5 } }, { 2, { 3, 5 } } } },
    { .in = { { 3, { 2, 3, 4 } }, { 3, { 2, 3, 4 } }, { 3, { 2, 3, 4 } } } },
};

const yk_op YK_OP_SYMBOL(add) = {
    .name = "add",
    .doc = "y = x1 + x2 + ...: two or more inputs of one shape.",
    .n_in = -2,
    .in_place = true,
    .infer = infer,
    .forward = forward,
    .backward = backward,
    .flops = flops,
    .samples = samples,
    .n_sample = YK_LEN(samples),
};
