/* SPDX-License-Identifier: Apache-2.0 */
/* maxpool2d: y(oy, ox, k) = the largest x(iy, ix, k) under the window; padding takes no part.
 * x (samples, h, w, c), y (samples, oh, ow, c). Geometry: window.c.
 * Backward: dx gets dy where the window's first largest x lies, summed over the windows that a pixel is in. */
#include "ops/op.h"

#include <assert.h>

typedef struct pool_attr {
    yk_ints size, stride;
    yk_padding padding;
} pool_attr;

static const yk_option attrs[] = {
    { "size", YK_OPT_INTS, offsetof(pool_attr, size), NULL, 1, 1e4, NULL,
      "pixels under a window: one number, or [height, width]" },
    { "stride", YK_OPT_INTS, offsetof(pool_attr, stride), "0", 0, 1e4, NULL,
      "pixels from window to window: one number, or [vertical, horizontal]; 0: as size" },
    { "padding", YK_OPT_PADDING, offsetof(pool_attr, padding), "valid", 0, 0, NULL,
      "margin around the image, which takes no part: valid (none), same (output is input / stride, as in "
      "Keras), or pixels: one number, or [top, bottom, left, right]" },
    { 0 }
};

static yk_status geometry(const yk_op_args *a, yk_window *w)
{
    const pool_attr *attr = a->attr;
    return yk_op_window(w, &a->in[0].shape, &attr->size, &attr->stride, NULL, &attr->padding, 0, 1);
}

/* The geometry that infer has accepted. */
static yk_window window(const yk_op_args *a)
{
    yk_window w = { 0 };
    yk_status status = geometry(a, &w);
    assert(status == YK_OK);
    (void)status;
    return w;
}

static yk_status infer(yk_op_args *a)
{
    yk_window w;
    YK_TRY(yk_op_check_real(&a->in[0]));
    YK_TRY(geometry(a, &w));
    a->out = (yk_tensor){ YK_F32, yk_shape_of(4, a->in[0].shape.dim[0], w.oh, w.ow, w.c), NULL };
    return YK_OK;
}

static void forward(const yk_op_args *a)
{
    yk_window w = window(a);
    yk_k->maxpool2d(&w, a->rows.leaves.rows, a->in[0].data, a->out.data);
}

static void backward(const yk_op_args *a)
{
    yk_window w = window(a);
    if (a->din[0].data)
        yk_k->maxpool2d_grad(&w, a->rows.leaves.rows, a->in[0].data, a->dout.data, a->din[0].data, a->din_add[0]);
}

static double flops(const yk_op_args *a)
{
    yk_window w = window(a);
    return (double)yk_tensor_len(&a->out) * (double)(w.kh * w.kw);
}

static const yk_op_sample samples[] = {
    { .attrs = "size=2", .in = { { 4, { 3, 5, 6, 2 } } } },
    { .attrs = "size=3 stride=2 padding=same", .in = { { 4, { 2, 6, 5, 3 } } } },
    { .attrs = "size=[2,3] stride=[1,2] padding=[1,0,2,1]", .in = { { 4, { 2, 4, 5, 2 } } } },
};

const yk_op YK_OP_SYMBOL(maxpool2d) = {
    .name = "maxpool2d",
    .doc = "y = the largest x under the window, a channel at a time: x (samples, h, w, c), y (samples, oh, ow, c).",
    .n_in = 1,
    .attr_size = sizeof(pool_attr),
    .attrs = attrs,
    .backward_reads_in = true,
    .infer = infer,
    .forward = forward,
    .backward = backward,
    .flops = flops,
    .samples = samples,
    .n_sample = YK_LEN(samples),
};
