/* SPDX-License-Identifier: Apache-2.0 */
/* binary_cross_entropy: loss = mean of max(x, 0) - x t + log(1 + exp(-|x|)), on logits x, over a sample's elements.
 * That is -t log(p) - (1 - t) log(1 - p) with p = sigmoid(x); pos_weight multiplies the first term. x, t (samples, ...)
 * of one shape, or t without a last dimension of 1; out (samples); t in [0, 1]. Backward: dx = dloss / n (p - t), n
 * elements a sample. The target has no gradient. */
#include <inttypes.h>

#include "ops/op.h"

typedef struct binary_attr {
    yk_reals pos_weight;
} binary_attr;

static const yk_option attrs[] = { { "pos_weight", YK_OPT_REALS, offsetof(binary_attr, pos_weight), "none", 0, -1, NULL,
                                     "weight of the term of t: one number, or one an output, as a list" },
                                   { 0 } };

/* saved[0]: the weights, one an element of a sample; with one output a sample x may have no dimension for it. */
static yk_status infer(yk_op_args *a)
{
    const yk_reals *w = &((const binary_attr *)a->attr)->pos_weight;
    const yk_shape *x = &a->in[0].shape;
    const int64_t outputs = x->ndim > 1 ? x->dim[x->ndim - 1] : 1;
    YK_TRY(yk_op_infer_numbers(a, "binary_cross_entropy"));
    YK_CHECK(w->n <= 1 || w->n == outputs, YK_ERR_ARG, "pos_weight: %d numbers for %" PRId64 " outputs", w->n, outputs);
    a->saved[0] = (yk_tensor){ w->n > 0 ? YK_F32 : YK_NO_DTYPE, yk_shape_of(1, yk_shape_len_from(x, 1)), NULL };
    return YK_OK;
}

static void forward(const yk_op_args *a)
{
    const yk_reals *w = &((const binary_attr *)a->attr)->pos_weight;
    const int64_t n = yk_shape_len_from(&a->in[0].shape, 1);
    real *weight = a->saved[0].data;
    for (int64_t i = 0; w->n > 0 && i < n; i++)
        weight[i] = (real)w->at[i % w->n];
    yk_k->binary_cross_entropy(a->rows.leaves.rows, n, weight, a->in[0].data, a->in[1].data, a->out.data);
}

static void backward(const yk_op_args *a)
{
    if (a->din[0].data)
        yk_k->binary_cross_entropy_grad(a->rows.leaves.rows, yk_shape_len_from(&a->in[0].shape, 1), a->saved[0].data,
                                        a->in[0].data, a->in[1].data, a->dout.data, a->din[0].data, a->din_add[0]);
}

static double flops(const yk_op_args *a)
{
    return 7.0 * (double)yk_tensor_len(&a->in[0]); /* max, product, 3 sums, exp, log */
}

static const yk_op_sample samples[] = {
    { .in = { { 2, { 5, 3 } }, { 2, { 5, 3 } } } },
    { .in = { { 3, { 3, 2, 4 } }, { 3, { 3, 2, 4 } } } },
    { .attrs = "pos_weight=3", .in = { { 2, { 5, 1 } }, { 1, { 5 } } } },
    { .attrs = "pos_weight=[0.5,2,0,1]", .in = { { 3, { 3, 2, 4 } }, { 3, { 3, 2, 4 } } } },
};

const yk_op YK_OP_SYMBOL(binary_cross_entropy) = {
    .name = "binary_cross_entropy",
    .doc = "loss = mean of -t log(p) - (1 - t) log(1 - p), p = sigmoid(x): logits x and target t of one shape.",
    .kind = YK_OP_LOSS,
    .n_in = 2,
    .attr_size = sizeof(binary_attr),
    .attrs = attrs,
    .backward_reads_in = true,
    .target = yk_op_target_numbers,
    .predict_with = "sigmoid",
    .infer = infer,
    .forward = forward,
    .backward = backward,
    .flops = flops,
    .samples = samples,
    .n_sample = YK_LEN(samples),
};
