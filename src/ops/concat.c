/* SPDX-License-Identifier: Apache-2.0 */
/* concat: the inputs one behind the other along an axis; they are equal in all others.
 * Backward: each dx is its part of dy. */
#include "ops/strides.h"

typedef struct concat_attr {
    int64_t axis;
} concat_attr;

static const yk_option attrs[] = { { "axis", YK_OPT_INT, offsetof(concat_attr, axis), "-1", -(YK_MAX_DIMS - 1),
                                     YK_MAX_DIMS - 1, NULL, "axis of a sample, counted from 1; -1: the last" },
                                   { 0 } };

static yk_status infer(yk_op_args *a)
{
    char text[2][YK_SHAPE_TEXT];
    int axis;
    YK_TRY(yk_op_infer_like(a));
    YK_TRY(yk_op_axis(((const concat_attr *)a->attr)->axis, &a->in[0].shape, &axis));
    for (int i = 1; i < a->n_in; i++) {
        yk_shape like = a->in[0].shape;
        YK_TRY(yk_op_check_real(&a->in[i]));
        if (a->in[i].shape.ndim == like.ndim)
            like.dim[axis] = a->in[i].shape.dim[axis];
        YK_CHECK(yk_shape_equal(&a->in[i].shape, &like), YK_ERR_SHAPE,
                 "input %d has shape %s, input 1 has %s: they must be equal but for axis %d", i + 1,
                 yk_shape_text(&a->in[i].shape, 1, text[0]), yk_shape_text(&a->in[0].shape, 1, text[1]), axis);
        a->out.shape.dim[axis] += like.dim[axis];
    }
    return YK_OK;
}

/* Geometry of input i, which begins at element *offset of the output; array `part` is the input. */
static void strides(const yk_op_args *a, int i, int part, yk_strides *out, int64_t *offset)
{
    const int axis = yk_axis_of(((const concat_attr *)a->attr)->axis, &a->out.shape);
    int64_t begin[YK_MAX_DIMS] = { 0 };
    for (int k = 0; k < i; k++)
        begin[axis] += a->in[k].shape.dim[axis];
    yk_strides_part(&a->out.shape, &a->in[i].shape, begin, part, out, offset);
}

static void forward(const yk_op_args *a)
{
    yk_strides g;
    int64_t offset;
    for (int i = 0; i < a->n_in; i++) {
        strides(a, i, 0, &g, &offset);
        yk_k->copy_strided(&g, a->in[i].data, (real *)a->out.data + offset, false);
    }
}

static void backward(const yk_op_args *a)
{
    yk_strides g;
    int64_t offset;
    for (int i = 0; i < a->n_in; i++) {
        strides(a, i, 1, &g, &offset);
        if (a->din[i].data)
            yk_k->copy_strided(&g, (const real *)a->dout.data + offset, a->din[i].data, a->din_add[i]);
    }
}

static double flops(const yk_op_args *a)
{
    (void)a;
    return 0;
}

static const yk_op_sample samples[] = {
    { .in = { { 2, { 3, 5 } }, { 2, { 3, 1 } } } },
    { .attrs = "axis=2", .in = { { 4, { 2, 2, 3, 4 } }, { 4, { 2, 2, 1, 4 } }, { 4, { 2, 2, 2, 4 } } } },
    { .attrs = "axis=1", .in = { { 3, { 2, 2, 3 } }, { 3, { 2, 4, 3 } } } },
};

const yk_op YK_OP_SYMBOL(concat) = {
    .name = "concat",
    .doc = "y = the inputs one behind the other along an axis: two or more inputs that are equal in all others.",
    .n_in = -2,
    .attr_size = sizeof(concat_attr),
    .attrs = attrs,
    .infer = infer,
    .forward = forward,
    .backward = backward,
    .flops = flops,
    .samples = samples,
    .n_sample = YK_LEN(samples),
};
