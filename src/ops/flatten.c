/* SPDX-License-Identifier: Apache-2.0 */
/* flatten: y is x with a sample's elements in one dimension. x (samples, ...), y (samples, n). Backward: dx = dy. */
#include "ops/op.h"

static yk_status infer(yk_op_args *a)
{
    const yk_tensor *x = &a->in[0];
    YK_TRY(yk_op_check_real(x));
    a->out = (yk_tensor){ x->dtype, yk_shape_of(2, x->shape.dim[0], yk_shape_len_from(&x->shape, 1)), NULL };
    return YK_OK;
}

static void forward(const yk_op_args *a)
{
    if (a->out.data != a->in[0].data)
        yk_k->copy(yk_tensor_len(&a->out), a->in[0].data, a->out.data, false);
}

static void backward(const yk_op_args *a)
{
    if (a->din[0].data && a->din[0].data != a->dout.data)
        yk_k->copy(yk_tensor_len(&a->out), a->dout.data, a->din[0].data, a->din_add[0]);
}

static double flops(const yk_op_args *a)
{
    (void)a;
    return 0;
}

static const yk_op_sample samples[] = {
    { .in = { { 4, { 3, 2, 4, 3 } } } },
};

const yk_op YK_OP_SYMBOL(flatten) = {
    .name = "flatten",
    .doc = "y = a sample's elements in one dimension: x (samples, ...), y (samples, n).",
    .n_in = 1,
    .view = true,
    .infer = infer,
    .forward = forward,
    .backward = backward,
    .flops = flops,
    .samples = samples,
    .n_sample = YK_LEN(samples),
};
