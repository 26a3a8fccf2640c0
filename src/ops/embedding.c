/* SPDX-License-Identifier: Apache-2.0 */
/* embedding: y is the row of a trained table that a token names. x (samples, ...) whole numbers, embeddings
 * (vocabulary, units), y (samples, ..., units). Backward: row v of dembeddings = the sum of dy over the tokens v, one
 * of each leaf. Tokens that are `padding` give zeros and train nothing. */
#include "ops/op.h"

#include <inttypes.h>

typedef struct embedding_attr {
    int64_t vocabulary, units, padding;
} embedding_attr;

static const yk_option attrs[] = { { "vocabulary", YK_OPT_INT, offsetof(embedding_attr, vocabulary), NULL, 1, INT32_MAX,
                                     NULL, "number of tokens, which are 0 to vocabulary - 1" },
                                   { "units", YK_OPT_INT, offsetof(embedding_attr, units), NULL, 1, 1e8, NULL,
                                     "numbers that stand for a token" },
                                   { "padding", YK_OPT_INT, offsetof(embedding_attr, padding), "-1", -1, INT32_MAX,
                                     NULL, "token that stands for nothing: zeros, and not trained; -1: none" },
                                   { 0 } };

static yk_status infer(yk_op_args *a)
{
    const embedding_attr *attr = a->attr;
    const yk_shape *x = &a->in[0].shape;
    char text[YK_SHAPE_TEXT];
    YK_CHECK(
        a->in[0].dtype == YK_I32, YK_ERR_SHAPE,
        "input holds real numbers (%s): tokens, which are whole numbers, are needed; an embedding takes the model's "
        "input",
        yk_dtype_name(a->in[0].dtype));
    YK_CHECK(x->ndim < YK_MAX_DIMS, YK_ERR_SHAPE,
             "input has shape %s: embedding adds a dimension, which is one too many", yk_shape_text(x, 1, text));
    YK_CHECK(attr->padding < attr->vocabulary, YK_ERR_ARG, "padding %" PRId64 " is none of the %" PRId64 " tokens",
             attr->padding, attr->vocabulary);
    a->out = (yk_tensor){ YK_F32, *x, NULL };
    a->out.shape.dim[a->out.shape.ndim++] = attr->units;
    a->param[0] = (yk_tensor){ YK_F32, yk_shape_of(2, attr->vocabulary, attr->units), NULL };
    a->tokens = attr->vocabulary;
    return YK_OK;
}

static void forward(const yk_op_args *a)
{
    const embedding_attr *attr = a->attr;
    yk_k->embedding(yk_tensor_len(&a->in[0]), attr->units, attr->padding, a->in[0].data, a->param[0].data, a->out.data);
}

static void backward(const yk_op_args *a)
{
    const embedding_attr *attr = a->attr;
    yk_k->embedding_grad(a->rows.leaves, yk_shape_len_from(&a->in[0].shape, 1), attr->vocabulary, attr->units,
                         attr->padding, a->in[0].data, a->dout.data, a->dparam[0].data, a->leaf_step, a->dparam_add[0]);
}

static double flops(const yk_op_args *a)
{
    (void)a;
    return 0;
}

static const yk_op_sample samples[] = {
    { .attrs = "vocabulary=5 units=3", .in = { { 2, { 5, 4 } } }, .leaf = 2 },
    { .attrs = "vocabulary=4 units=2 padding=1", .in = { { 3, { 3, 2, 3 } } } },
    { .attrs = "vocabulary=2 units=5", .in = { { 1, { 4 } } }, .leaf = 3 },
};

const yk_op YK_OP_SYMBOL(embedding) = {
    .name = "embedding",
    .doc = "y = the rows of a trained table that tokens name: x (samples, ...) whole numbers, embeddings (vocabulary, "
           "units), "
           "y (samples, ..., units).",
    .n_in = 1,
    .attr_size = sizeof(embedding_attr),
    .attrs = attrs,
    .param = { { "embeddings", YK_ROLE_TABLE } },
    .takes_tokens = true,
    .backward_reads_in = true,
    .infer = infer,
    .forward = forward,
    .backward = backward,
    .flops = flops,
    .samples = samples,
    .n_sample = YK_LEN(samples),
};
