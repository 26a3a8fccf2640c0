/* SPDX-License-Identifier: Apache-2.0 */
/* position_embedding: y = x + a trained number for each of a sample's elements: what a position is called by, beside
 * the token that is there. x, y (samples, T, n), embeddings (T, n). Backward: dx = dy; dembeddings = the sum of dy over
 * the samples, one a leaf. */
#include "ops/op.h"

static yk_status infer(yk_op_args *a)
{
    const yk_shape *x = &a->in[0].shape;
    char text[YK_SHAPE_TEXT];
    YK_TRY(yk_op_infer_like(a));
    YK_CHECK(x->ndim == 3, YK_ERR_SHAPE, "input has shape %s: position_embedding needs (positions, features)",
             yk_shape_text(x, 1, text));
    a->param[0] = (yk_tensor){ YK_F32, yk_shape_of(2, x->dim[1], x->dim[2]), NULL };
    return YK_OK;
}

static void forward(const yk_op_args *a)
{
    const int64_t n = yk_shape_len_from(&a->in[0].shape, 1);
    for (int64_t i = 0; i < a->rows.leaves.rows; i++)
        yk_k->sum(n, (const real *)a->in[0].data + i * n, a->param[0].data, (real *)a->out.data + i * n);
}

static void backward(const yk_op_args *a)
{
    yk_k->column_sums(a->rows.leaves, 1, yk_tensor_len(&a->param[0]), a->dout.data, a->dparam[0].data, a->leaf_step,
                      a->dparam_add[0]);
    if (a->din[0].data && a->din[0].data != a->dout.data)
        yk_k->copy(yk_tensor_len(&a->dout), a->dout.data, a->din[0].data, a->din_add[0]);
}

static double flops(const yk_op_args *a)
{
    return (double)yk_tensor_len(&a->out);
}

static const yk_op_sample samples[] = {
    { .in = { { 3, { 5, 4, 3 } } }, .leaf = 2 },
    { .in = { { 3, { 1, 1, 1 } } } },
};

const yk_op YK_OP_SYMBOL(position_embedding) = {
    .name = "position_embedding",
    .doc = "y = x + embeddings: x and y (samples, positions, n), embeddings (positions, n) trained.",
    .n_in = 1,
    .param = { { "embeddings", YK_ROLE_TABLE } },
    .in_place = true,
    .infer = infer,
    .forward = forward,
    .backward = backward,
    .flops = flops,
    .samples = samples,
    .n_sample = YK_LEN(samples),
};
