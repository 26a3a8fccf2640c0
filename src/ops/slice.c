/* SPDX-License-Identifier: Apache-2.0 */
/* slice: y is the part of x that begins at `begin` and has `size` elements along each axis of a sample.
 * Backward: dx = dy in that part, else 0. */
#include "ops/strides.h"

#include <inttypes.h>

typedef struct slice_attr {
    yk_ints begin, size;
} slice_attr;

static const yk_option attrs[] = {
    { "begin", YK_OPT_INTS, offsetof(slice_attr, begin), NULL, 0, 0, NULL,
      "first element along each axis of a sample, counted from 0; below 0: from the end; axes without one: 0" },
    { "size", YK_OPT_INTS, offsetof(slice_attr, size), "-1", -1, 1e12, NULL,
      "elements along each axis; -1, and axes without one: all that follow" },
    { 0 }
};

/* Number of axis d (1 is a sample's first) from a list, or what stands for it. */
static int64_t number(const yk_ints *list, int d, int64_t otherwise)
{
    return d >= 1 && d <= list->n ? list->at[d - 1] : otherwise;
}

/* First element of x along dimension d that is in y. */
static int64_t begin_of(const yk_op_args *a, int d)
{
    int64_t at = number(&((const slice_attr *)a->attr)->begin, d, 0);
    return at < 0 ? at + a->in[0].shape.dim[d] : at;
}

static yk_status infer(yk_op_args *a)
{
    const slice_attr *attr = a->attr;
    const yk_shape *x = &a->in[0].shape;
    char text[YK_SHAPE_TEXT];
    YK_TRY(yk_op_infer_like(a));
    YK_CHECK(attr->begin.n < x->ndim && attr->size.n < yk_max(x->ndim, 2), YK_ERR_ARG,
             "begin has %d numbers and size %d, but the input's shape is %s", attr->begin.n, attr->size.n,
             yk_shape_text(x, 1, text));
    for (int d = 1; d < x->ndim; d++) {
        int64_t begin = begin_of(a, d), left = x->dim[d] - begin, size = number(&attr->size, d, -1);
        YK_CHECK(begin >= 0 && left >= 1 && size != 0 && size <= left, YK_ERR_ARG,
                 "begin %" PRId64 " and size %" PRId64 " do not fit axis %d of the input, whose shape is %s",
                 number(&attr->begin, d, 0), size, d, yk_shape_text(x, 1, text));
        a->out.shape.dim[d] = size < 0 ? left : size;
    }
    return YK_OK;
}

static void strides(const yk_op_args *a, int part, yk_strides *out, int64_t *offset)
{
    int64_t begin[YK_MAX_DIMS];
    for (int d = 0; d < a->out.shape.ndim; d++)
        begin[d] = begin_of(a, d);
    yk_strides_part(&a->in[0].shape, &a->out.shape, begin, part, out, offset);
}

static void forward(const yk_op_args *a)
{
    yk_strides g;
    int64_t offset;
    strides(a, 1, &g, &offset);
    yk_k->copy_strided(&g, (const real *)a->in[0].data + offset, a->out.data, false);
}

static void backward(const yk_op_args *a)
{
    yk_strides g;
    int64_t offset;
    real *dx = a->din[0].data;
    if (!dx)
        return;
    strides(a, 0, &g, &offset);
    if (!a->din_add[0])
        yk_k->fill(yk_tensor_len(&a->din[0]), 0, dx);
    yk_k->copy_strided(&g, a->dout.data, dx + offset, a->din_add[0]);
}

static double flops(const yk_op_args *a)
{
    (void)a;
    return 0;
}

static const yk_op_sample samples[] = {
    { .attrs = "begin=2", .in = { { 2, { 3, 5 } } } },
    { .attrs = "begin=[1,-2] size=[2,-1]", .in = { { 4, { 2, 4, 3, 5 } } } },
    { .attrs = "begin=[0,0,1] size=[-1,1,3]", .in = { { 4, { 2, 2, 3, 5 } } } },
};

const yk_op YK_OP_SYMBOL(slice) = {
    .name = "slice",
    .doc = "y = a part of x: x (samples, ...), y (samples, size...).",
    .n_in = 1,
    .attr_size = sizeof(slice_attr),
    .attrs = attrs,
    .infer = infer,
    .forward = forward,
    .backward = backward,
    .flops = flops,
    .samples = samples,
    .n_sample = YK_LEN(samples),
};
