/* SPDX-License-Identifier: Apache-2.0 */
/* permute: a sample's axes in another order: axis d of y is axis order[d] of x; axes count from 1, as in Keras.
 * Backward: dx = dy with the axes in their old order. */
#include "ops/strides.h"

typedef struct permute_attr {
    yk_ints order;
} permute_attr;

static const yk_option attrs[] = { { "order", YK_OPT_INTS, offsetof(permute_attr, order), NULL, 1, YK_MAX_DIMS - 1,
                                     NULL,
                                     "the axes of a sample, counted from 1, as they shall follow: [2, 1] transposes" },
                                   { 0 } };

static yk_status infer(yk_op_args *a)
{
    const yk_ints *order = &((const permute_attr *)a->attr)->order;
    const yk_shape *x = &a->in[0].shape;
    char text[YK_SHAPE_TEXT];
    unsigned seen = 0;
    YK_TRY(yk_op_infer_like(a));
    for (int i = 0; i < order->n; i++)
        seen |= 1u << order->at[i];
    YK_CHECK(order->n == x->ndim - 1 && seen == (1u << x->ndim) - 2, YK_ERR_ARG,
             "input has shape %s: order must name each of its axes 1 to %d once", yk_shape_text(x, 1, text),
             x->ndim - 1);
    for (int i = 0; i < order->n; i++)
        a->out.shape.dim[i + 1] = x->dim[order->at[i]];
    return YK_OK;
}

/* Array `x` has x's layout, the other one y's. */
static void strides(const yk_op_args *a, int x, yk_strides *out)
{
    const yk_ints *order = &((const permute_attr *)a->attr)->order;
    int64_t step[YK_STRIDED_ARRAYS];
    *out = (yk_strides){ .n = 2 };
    for (int d = 0; d < a->out.shape.ndim; d++) {
        step[x] = yk_shape_len_from(&a->in[0].shape, d == 0 ? 1 : (int)order->at[d - 1] + 1);
        step[1 - x] = yk_shape_len_from(&a->out.shape, d + 1);
        yk_strides_push(out, a->out.shape.dim[d], step);
    }
    yk_strides_simplify(out);
}

static void forward(const yk_op_args *a)
{
    yk_strides g;
    strides(a, 0, &g);
    yk_k->copy_strided(&g, a->in[0].data, a->out.data, false);
}

static void backward(const yk_op_args *a)
{
    yk_strides g;
    strides(a, 1, &g);
    if (a->din[0].data)
        yk_k->copy_strided(&g, a->dout.data, a->din[0].data, a->din_add[0]);
}

static double flops(const yk_op_args *a)
{
    (void)a;
    return 0;
}

static const yk_op_sample samples[] = {
    { .attrs = "order=[2,1]", .in = { { 3, { 2, 3, 5 } } } },
    { .attrs = "order=[3,1,2]", .in = { { 4, { 2, 3, 4, 5 } } } },
    { .attrs = "order=1", .in = { { 2, { 3, 4 } } } },
};

const yk_op YK_OP_SYMBOL(permute) = {
    .name = "permute",
    .doc = "y = x with a sample's axes in another order: x (samples, ...), y the same axes as `order` says.",
    .n_in = 1,
    .attr_size = sizeof(permute_attr),
    .attrs = attrs,
    .infer = infer,
    .forward = forward,
    .backward = backward,
    .flops = flops,
    .samples = samples,
    .n_sample = YK_LEN(samples),
};
