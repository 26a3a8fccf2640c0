/* SPDX-License-Identifier: Apache-2.0 */
/* pad2d: images with a margin. x (samples, h, w, c), y (samples, top + h + bottom, left + w + right, c).
 *   constant: the margin is `value`;  replicate: the nearest pixel;  reflect: the image mirrored at its outermost
 * pixels, which are not repeated (as PyTorch's reflect, NumPy's too) Backward: a pixel's dx is the sum of dy over the
 * pixels that show it. */
#include "ops/strides.h"

#include <inttypes.h>

typedef struct pad_attr {
    yk_ints sides;
    int mode;
    double value;
} pad_attr;

static const yk_option attrs[] = {
    { "sides", YK_OPT_INTS, offsetof(pad_attr, sides), NULL, 0, 1e9, NULL,
      "pixels added: one number, [vertical, horizontal], or [top, bottom, left, right]" },
    { "mode", YK_OPT_CHOICE, offsetof(pad_attr, mode), "constant", 0, 0, "constant reflect replicate",
      "what is added: a value, the image mirrored at its edge, or its edge again" },
    { "value", YK_OPT_REAL, offsetof(pad_attr, value), "0", 0, 0, NULL, "of the margin, for constant" },
    { 0 }
};

static yk_status infer(yk_op_args *a)
{
    const pad_attr *attr = a->attr;
    const yk_shape *x = &a->in[0].shape;
    int64_t side[4];
    char text[YK_SHAPE_TEXT];
    YK_TRY(yk_op_infer_like(a));
    YK_TRY(yk_op_check_image(&a->in[0]));
    YK_TRY(yk_op_sides(&attr->sides, "sides", side));
    for (int i = 0; i < 4; i++) {
        YK_CHECK(attr->mode != YK_MARGIN_REFLECT || side[i] < x->dim[1 + i / 2], YK_ERR_SHAPE,
                 "a side of %" PRId64 " pixels is too much to reflect the image %s: at most its length less one",
                 side[i], yk_shape_text(x, 1, text));
        a->out.shape.dim[1 + i / 2] += side[i];
    }
    return YK_OK;
}

static yk_margin margin(const yk_op_args *a)
{
    const pad_attr *attr = a->attr;
    const yk_shape *x = &a->in[0].shape, *y = &a->out.shape;
    return (yk_margin){ .h = x->dim[1],
                        .w = x->dim[2],
                        .c = x->dim[3],
                        .oh = y->dim[1],
                        .ow = y->dim[2],
                        .top = attr->sides.at[0],
                        .left = attr->sides.at[attr->sides.n / 2],
                        .mode = attr->mode,
                        .value = attr->value };
}

static void forward(const yk_op_args *a)
{
    yk_margin g = margin(a);
    yk_k->pad2d(&g, a->rows.leaves.rows, a->in[0].data, a->out.data);
}

static void backward(const yk_op_args *a)
{
    yk_margin g = margin(a);
    if (a->din[0].data)
        yk_k->pad2d_grad(&g, a->rows.leaves.rows, a->dout.data, a->din[0].data, a->din_add[0]);
}

static double flops(const yk_op_args *a)
{
    (void)a;
    return 0;
}

static const yk_op_sample samples[] = {
    { .attrs = "sides=1 value=0.5", .in = { { 4, { 2, 2, 3, 2 } } } },
    { .attrs = "sides=[2,0,1,3] mode=reflect", .in = { { 4, { 2, 3, 4, 2 } } } },
    { .attrs = "sides=[3,1] mode=replicate", .in = { { 4, { 2, 2, 1, 3 } } } },
};

const yk_op YK_OP_SYMBOL(pad2d) = {
    .name = "pad2d",
    .doc = "y = images with a margin: x (samples, h, w, c), y (samples, top + h + bottom, left + w + right, c).",
    .n_in = 1,
    .attr_size = sizeof(pad_attr),
    .attrs = attrs,
    .infer = infer,
    .forward = forward,
    .backward = backward,
    .flops = flops,
    .samples = samples,
    .n_sample = YK_LEN(samples),
};
