/* SPDX-License-Identifier: Apache-2.0 */
/* upsample2d: an image made larger by whole factors; pixel centres as in PyTorch's align_corners=False.
 * x (samples, h, w, c), y (samples, h size, w size, c). Formulas: kernels/upsample.c.
 * Backward: dx = sum of dy over the outputs that use a pixel, times its weight in each. */
#include "ops/op.h"

typedef struct upsample_attr {
    yk_ints size;
    int mode; /* enum mode */
} upsample_attr;

enum mode { NEAREST, BILINEAR };

static const yk_option attrs[] = {
    { "size", YK_OPT_INTS, offsetof(upsample_attr, size), "2", 1, 1e4, NULL,
      "how many times as large: one number, or [height, width]" },
    { "mode", YK_OPT_CHOICE, offsetof(upsample_attr, mode), "nearest", 0, 0, "nearest bilinear",
      "what a new pixel is: the nearest old one, or between the four around it" },
    { 0 },
};

static yk_upsample upsample_of(const yk_op_args *a)
{
    const upsample_attr *attr = a->attr;
    const int64_t *x = a->in[0].shape.dim;
    return (yk_upsample){ .h = x[1],
                          .w = x[2],
                          .c = x[3],
                          .sh = attr->size.at[0],
                          .sw = attr->size.at[attr->size.n - 1],
                          .bilinear = attr->mode == BILINEAR };
}

static yk_status infer(yk_op_args *a)
{
    const upsample_attr *attr = a->attr;
    const yk_shape *x = &a->in[0].shape;
    char text[YK_SHAPE_TEXT];
    YK_TRY(yk_op_check_real(&a->in[0]));
    YK_CHECK(x->ndim == 4, YK_ERR_SHAPE, "input has shape %s: an image (height, width, channels) is needed",
             yk_shape_text(x, 1, text));
    YK_CHECK(attr->size.n <= 2, YK_ERR_ARG, "size has %d numbers: give one, or [height, width]", attr->size.n);
    yk_upsample u = upsample_of(a);
    a->out = (yk_tensor){ YK_F32, yk_shape_of(4, x->dim[0], u.h * u.sh, u.w * u.sw, u.c), NULL };
    return YK_OK;
}

static void forward(const yk_op_args *a)
{
    yk_upsample u = upsample_of(a);
    yk_k->upsample(&u, a->rows.leaves.rows, a->in[0].data, a->out.data);
}

static void backward(const yk_op_args *a)
{
    yk_upsample u = upsample_of(a);
    if (a->din[0].data)
        yk_k->upsample_grad(&u, a->rows.leaves.rows, a->dout.data, a->din[0].data, a->din_add[0]);
}

static double flops(const yk_op_args *a)
{
    return (double)yk_tensor_len(&a->out) * (((const upsample_attr *)a->attr)->mode == BILINEAR ? 8 : 0);
}

static const yk_op_sample samples[] = {
    { .in = { { 4, { 3, 3, 2, 2 } } } },
    { .attrs = "size=[3,1]", .in = { { 4, { 1, 2, 4, 17 } } } },
    { .attrs = "size=2 mode=bilinear", .in = { { 4, { 2, 3, 4, 3 } } } },
    { .attrs = "size=[3,4] mode=bilinear", .in = { { 4, { 2, 4, 3, 1 } } } },
    { .attrs = "size=[1,5] mode=bilinear", .in = { { 4, { 1, 2, 1, 2 } } } },
};

const yk_op YK_OP_SYMBOL(upsample2d) = {
    .name = "upsample2d",
    .doc = "y = x made larger by whole factors: x (samples, h, w, c), y (samples, h size, w size, c).",
    .n_in = 1,
    .attr_size = sizeof(upsample_attr),
    .attrs = attrs,
    .infer = infer,
    .forward = forward,
    .backward = backward,
    .flops = flops,
    .samples = samples,
    .n_sample = YK_LEN(samples),
};
