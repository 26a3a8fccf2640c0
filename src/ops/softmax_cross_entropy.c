/* SPDX-License-Identifier: Apache-2.0 */
/* softmax_cross_entropy: loss = log(sum_j exp(x_j)) - x_label, on logits x, with whole-number labels.
 * x (samples, classes), labels (samples); or x (samples, positions..., classes), labels (samples, positions...), where
 * a sample's loss is the mean over its positions. out (samples). Backward: dx_j = dloss / positions (softmax(x)_j - [j
 * = label]). */
#include "ops/op.h"

/* Positions of a sample. With more than one, saved[0] has room for a number each: in forward their losses, in backward
 * their share of the sample's dloss. */
static int64_t positions(const yk_op_args *a)
{
    return yk_shape_len_from(&a->in[1].shape, 1);
}

static yk_status infer(yk_op_args *a)
{
    const yk_shape *x = &a->in[0].shape;
    char logits[YK_SHAPE_TEXT], labels[YK_SHAPE_TEXT], want[YK_SHAPE_TEXT];
    YK_TRY(yk_op_check_real(&a->in[0]));
    YK_CHECK(x->ndim >= 2, YK_ERR_SHAPE,
             "the model's output has shape %s: softmax_cross_entropy needs one number a class",
             yk_shape_text(x, 1, logits));
    YK_CHECK(a->in[1].dtype == YK_I32, YK_ERR_SHAPE,
             "the target holds %s numbers: softmax_cross_entropy needs class numbers (whole numbers from 0)",
             yk_dtype_name(a->in[1].dtype));
    yk_shape rest = *x;
    rest.ndim--;
    YK_CHECK(yk_shape_equal(&a->in[1].shape, &rest), YK_ERR_SHAPE,
             "the target has shape %s: for a model output of shape %s softmax_cross_entropy needs shape %s",
             yk_shape_text(&a->in[1].shape, 1, labels), yk_shape_text(x, 1, logits), yk_shape_text(&rest, 1, want));
    a->out = (yk_tensor){ YK_F32, yk_shape_of(1, x->dim[0]), NULL };
    a->saved[0] = (yk_tensor){ positions(a) > 1 ? YK_F32 : YK_NO_DTYPE, rest, NULL };
    return YK_OK;
}

static void forward(const yk_op_args *a)
{
    const yk_shape *x = &a->in[0].shape;
    int64_t n = a->rows.leaves.rows, p = positions(a);
    real *loss = a->out.data, *each = p > 1 ? a->saved[0].data : loss;
    yk_k->softmax_cross_entropy(n * p, x->dim[x->ndim - 1], a->in[0].data, a->in[1].data, each);
    for (int64_t i = 0; p > 1 && i < n; i++)
        loss[i] = yk_k->total(p, each + i * p) / (real)p;
}

static void backward(const yk_op_args *a)
{
    if (!a->din[0].data)
        return;
    const yk_shape *x = &a->in[0].shape;
    int64_t n = a->rows.leaves.rows, p = positions(a);
    real *dloss = a->dout.data, *each = p > 1 ? a->saved[0].data : dloss;
    for (int64_t i = 0; p > 1 && i < n; i++)
        yk_k->fill(p, dloss[i] / (real)p, each + i * p);
    yk_k->softmax_cross_entropy_grad(n * p, x->dim[x->ndim - 1], a->in[0].data, a->in[1].data, each, a->din[0].data,
                                     a->din_add[0]);
}

static double flops(const yk_op_args *a)
{
    return 4.0 * (double)yk_tensor_len(&a->in[0]); /* largest, difference, exp, sum */
}

static const yk_op_sample samples[] = {
    { .in = { { 2, { 7, 5 } }, { 1, { 7 } } }, .leaf = 3 },
    { .in = { { 4, { 3, 2, 3, 4 } }, { 3, { 3, 2, 3 } } } },
};

const yk_op YK_OP_SYMBOL(softmax_cross_entropy) = {
    .name = "softmax_cross_entropy",
    .doc = "loss = log(sum exp(x)) - x[label]: logits x (samples, ..., classes), labels (samples, ...), mean over a "
           "sample's positions.",
    .kind = YK_OP_LOSS,
    .n_in = 2,
    .backward_reads_in = true,
    .target = YK_TARGET_LABEL,
    .predict_with = "softmax",
    .infer = infer,
    .forward = forward,
    .backward = backward,
    .flops = flops,
    .samples = samples,
    .n_sample = YK_LEN(samples),
};
