/* SPDX-License-Identifier: Apache-2.0 */
/* crop2d: images without their margins. x (samples, h, w, c), y (samples, h - top - bottom, w - left - right, c).
 * Backward: dx = dy, and 0 in the margins. */
#include "ops/strides.h"

#include <inttypes.h>

typedef struct crop_attr {
    yk_ints sides;
} crop_attr;

static const yk_option attrs[] = {
    { "sides", YK_OPT_INTS, offsetof(crop_attr, sides), NULL, 0, 1e9, NULL,
      "pixels cut off: one number, [vertical, horizontal], or [top, bottom, left, right]" },
    { 0 }
};

static yk_status infer(yk_op_args *a)
{
    const yk_shape *x = &a->in[0].shape;
    int64_t side[4];
    char text[YK_SHAPE_TEXT];
    YK_TRY(yk_op_infer_like(a));
    YK_TRY(yk_op_check_image(&a->in[0]));
    YK_TRY(yk_op_sides(&((const crop_attr *)a->attr)->sides, "sides", side));
    for (int d = 1; d <= 2; d++) {
        a->out.shape.dim[d] -= side[2 * d - 2] + side[2 * d - 1];
        YK_CHECK(a->out.shape.dim[d] >= 1, YK_ERR_SHAPE,
                 "sides [%" PRId64 ", %" PRId64 ", %" PRId64 ", %" PRId64 "] leave nothing of the image %s", side[0],
                 side[1], side[2], side[3], yk_shape_text(x, 1, text));
    }
    return YK_OK;
}

static void strides(const yk_op_args *a, int part, yk_strides *out, int64_t *offset)
{
    int64_t side[4], begin[YK_MAX_DIMS] = { 0 };
    if (yk_op_sides(&((const crop_attr *)a->attr)->sides, "sides", side) == YK_OK) { /* infer has looked */
        begin[1] = side[0];
        begin[2] = side[2];
    }
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
    { .attrs = "sides=1", .in = { { 4, { 2, 4, 3, 2 } } } },
    { .attrs = "sides=[1,0,0,2]", .in = { { 4, { 2, 3, 5, 1 } } } },
};

const yk_op YK_OP_SYMBOL(crop2d) = {
    .name = "crop2d",
    .doc =
        "y = images without their margins: x (samples, h, w, c), y (samples, h - top - bottom, w - left - right, c).",
    .n_in = 1,
    .attr_size = sizeof(crop_attr),
    .attrs = attrs,
    .infer = infer,
    .forward = forward,
    .backward = backward,
    .flops = flops,
    .samples = samples,
    .n_sample = YK_LEN(samples),
};
