/* SPDX-License-Identifier: Apache-2.0 */
/* weigh: y = w x, the weighted losses of samples. x, w, y (samples). Backward: dx = w dy. The weights have no
 * gradient. Not a layer: the model puts it behind a loss that has a `sample_weight`. */
#include "ops/op.h"

static yk_status infer(yk_op_args *a)
{
    char text[2][YK_SHAPE_TEXT];
    YK_TRY(yk_op_check_real(&a->in[0]));
    YK_TRY(yk_op_check_real(&a->in[1]));
    YK_CHECK(yk_shape_equal(&a->in[0].shape, &a->in[1].shape), YK_ERR_SHAPE,
             "weights of shape %s for losses of shape %s: one a sample is needed",
             yk_shape_text(&a->in[1].shape, 1, text[0]), yk_shape_text(&a->in[0].shape, 1, text[1]));
    yk_tensor_like(&a->out, &a->in[0]);
    return YK_OK;
}

static void forward(const yk_op_args *a)
{
    yk_k->weigh(yk_tensor_len(&a->out), a->in[1].data, a->in[0].data, a->out.data, false);
}

static void backward(const yk_op_args *a)
{
    if (a->din[0].data)
        yk_k->weigh(yk_tensor_len(&a->out), a->in[1].data, a->dout.data, a->din[0].data, a->din_add[0]);
}

static double flops(const yk_op_args *a)
{
    return (double)yk_tensor_len(&a->out);
}

static const yk_op_sample samples[] = {
    { .in = { { 1, { 7 } }, { 1, { 7 } } }, .leaf = 3 },
};

const yk_op YK_OP_SYMBOL(weigh) = {
    .name = "weigh",
    .doc = "y = w x: a loss and a weight for each sample.",
    .kind = YK_OP_INNER,
    .n_in = 2,
    .backward_reads_in = true,
    .infer = infer,
    .forward = forward,
    .backward = backward,
    .flops = flops,
    .samples = samples,
    .n_sample = YK_LEN(samples),
};
