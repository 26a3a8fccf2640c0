/* SPDX-License-Identifier: Apache-2.0 */
/* adaptive_avgpool2d: the mean over bins that cover the image, as many as the output shall have pixels: PyTorch's.
 * y(oy, ox, k) = mean of x(iy, ix, k) over floor(oy h / oh) <= iy < ceil((oy + 1) h / oh), and so for ix.
 * x (samples, h, w, c), y (samples, oh, ow, c). Bins overlap where oh does not divide h.
 * Backward: dx gets dy / pixels of the bin, summed over the bins that a pixel is in. */
#include "ops/window.h"

#include <assert.h>

typedef struct adaptive_attr {
    yk_ints size;
} adaptive_attr;

static const yk_option attrs[] = {
    { "size", YK_OPT_INTS, offsetof(adaptive_attr, size), NULL, 1, 1e4, NULL,
      "pixels of the output: one number, or [height, width]" },
    { 0 },
};

static yk_status geometry(const yk_op_args *a, yk_window *g)
{
    const yk_ints *size = &((const adaptive_attr *)a->attr)->size;
    YK_CHECK(size->n <= 2, YK_ERR_ARG, "size has %d numbers: give one, or [height, width]", size->n);
    return yk_op_bins(g, &a->in[0].shape, size->at[0], size->at[size->n - 1]);
}

/* The geometry that infer has accepted. */
static yk_window window(const yk_op_args *a)
{
    yk_window g = { 0 };
    yk_status status = geometry(a, &g);
    assert(status == YK_OK);
    (void)status;
    return g;
}

static yk_status infer(yk_op_args *a)
{
    yk_window g;
    YK_TRY(yk_op_check_real(&a->in[0]));
    YK_TRY(geometry(a, &g));
    a->out = (yk_tensor){ YK_F32, yk_window_shape(&g, 2, a->in[0].shape.dim[0]), NULL };
    return YK_OK;
}

static void forward(const yk_op_args *a)
{
    yk_window g = window(a);
    yk_k->avgpool(&g, a->rows.leaves.rows, a->in[0].data, a->out.data);
}

static void backward(const yk_op_args *a)
{
    yk_window g = window(a);
    if (a->din[0].data)
        yk_k->avgpool_grad(&g, a->rows.leaves.rows, a->dout.data, a->din[0].data, a->din_add[0]);
}

static double flops(const yk_op_args *a)
{
    yk_window g = window(a);
    return (double)yk_tensor_len(&a->out) * (double)yk_window_taps(&g);
}

static const yk_op_sample samples[] = {
    { .attrs = "size=2", .in = { { 4, { 2, 4, 6, 2 } } } },
    { .attrs = "size=[3,2]", .in = { { 4, { 2, 7, 5, 3 } } } },
    { .attrs = "size=[5,1]", .in = { { 4, { 1, 3, 2, 1 } } } },
};

const yk_op YK_OP_SYMBOL(adaptive_avgpool2d) = {
    .name = "adaptive_avgpool2d",
    .doc =
        "y = the mean of x over bins that cover the image, as many as y has pixels, a channel at a time: x (samples, "
        "h, w, c), y (samples, oh, ow, c).",
    .n_in = 1,
    .attr_size = sizeof(adaptive_attr),
    .attrs = attrs,
    .infer = infer,
    .forward = forward,
    .backward = backward,
    .flops = flops,
    .samples = samples,
    .n_sample = YK_LEN(samples),
};
