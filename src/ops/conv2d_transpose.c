/* SPDX-License-Identifier: Apache-2.0 */
/* conv2d_transpose: the transposed product of a convolution, which makes an image larger. With the window of the
 * convolution that makes x of y,
 *   y(q, o) = sum over taps k and channels i of x(the pixel whose tap k is q, i) kernel(k, o, i) + bias(o).
 * x (samples, h, w, c), kernel (kh, kw, filters / groups, c), bias (filters), y (samples, oh, ow, filters). Geometry:
 * window.c. Forward is what conv2d does for its dx.
 * Backward: dx is the convolution of dy, dkernel(k, o, i) = sum of dy x and dbias = sum of dy, per leaf. */
#include "ops/conv.h"

#include <assert.h>

typedef struct transpose_attr {
    int64_t filters;
    yk_window_attr window;
    yk_ints output_padding;
    int64_t groups;
    bool bias;
} transpose_attr;

static const yk_option attrs[] = {
    YK_CONV_FILTERS(transpose_attr),
    { "kernel", YK_OPT_INTS, offsetof(transpose_attr, window.size), NULL, 1, 1e4, NULL,
      "pixels that an input pixel spreads to: one number, or [height, width]" },
    { "stride", YK_OPT_INTS, offsetof(transpose_attr, window.stride), "1", 1, 1e4, NULL,
      "output pixels from input pixel to input pixel: one number, or [height, width]" },
    { "padding", YK_OPT_PADDING, offsetof(transpose_attr, window.padding), "valid", 0, 1e4, YK_SIDES_2,
      "what is cut off the output: valid (nothing), same (output is input x stride, as in Keras), or pixels: one "
      "number, "
      "or [top, bottom, left, right]" },
    { "output_padding", YK_OPT_INTS, offsetof(transpose_attr, output_padding), "-1", -1, 1e4, NULL,
      "pixels added at the output's end: one number, or [height, width]; -1: as Keras without it" },
    { "dilation", YK_OPT_INTS, offsetof(transpose_attr, window.dilation), "1", 1, 1e4, NULL,
      "pixels from tap to tap of a filter: one number, or [height, width]" },
    YK_CONV_GROUPS(transpose_attr),
    YK_CONV_BIAS(transpose_attr),
    { 0 },
};

static yk_status geometry(const yk_op_args *a, yk_window *g)
{
    const transpose_attr *attr = a->attr;
    return yk_op_window_transposed(g, 2, &a->in[0].shape, &attr->window, &attr->output_padding, attr->filters,
                                   attr->groups);
}

/* The geometry that infer has accepted; its input is y, its output x. */
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
    const transpose_attr *attr = a->attr;
    yk_window g;
    YK_TRY(yk_op_check_real(&a->in[0]));
    YK_TRY(geometry(a, &g));
    a->out = (yk_tensor){ YK_F32, yk_shape_of(4, a->in[0].shape.dim[0], g.h.in, g.w.in, g.c), NULL };
    a->param[0] = (yk_tensor){ YK_F32, yk_kernel_shape(&g, 2, g.c / g.groups, g.oc), NULL };
    a->param[1] = (yk_tensor){ attr->bias ? YK_F32 : YK_NO_DTYPE, yk_shape_of(1, g.c), NULL };
    return YK_OK;
}

static void forward(const yk_op_args *a)
{
    yk_window g = window(a);
    yk_k->conv_data(&g, a->rows.leaves.rows, a->in[0].data, a->param[0].data,
                    a->param[1].dtype ? a->param[1].data : NULL, a->out.data, false);
}

static void backward(const yk_op_args *a)
{
    yk_leaves leaves = a->rows.leaves;
    yk_window g = window(a);
    if (a->din[0].data)
        yk_k->conv(&g, leaves.rows, a->dout.data, a->param[0].data, NULL, false, a->din[0].data, a->din_add[0]);
    yk_k->conv_weights(&g, leaves, a->dout.data, a->in[0].data, a->dparam[0].data, a->leaf_step, a->dparam_add[0]);
    if (a->param[1].dtype)
        yk_k->column_sums(leaves, yk_window_in(&g), g.c, a->dout.data, a->dparam[1].data, a->leaf_step,
                          a->dparam_add[1]);
}

static double flops(const yk_op_args *a)
{
    yk_window g = window(a);
    double biases = ((const transpose_attr *)a->attr)->bias ? (double)yk_tensor_len(&a->out) : 0;
    return yk_window_flops(&g, a->in[0].shape.dim[0], false) + biases;
}

static const yk_op_sample samples[] = {
    { .attrs = "filters=3 kernel=3", .in = { { 4, { 3, 3, 4, 2 } } }, .leaf = 2 },
    { .attrs = "filters=2 kernel=3 stride=2 padding=same", .in = { { 4, { 2, 3, 2, 3 } } } },
    { .attrs = "filters=4 kernel=[2,3] stride=[3,2] padding=[1,0,2,1] output_padding=1 dilation=2 groups=2 bias=false",
      .in = { { 4, { 3, 3, 4, 2 } } },
      .leaf = 1 },
    { .attrs = "filters=1 kernel=1 stride=3", .in = { { 4, { 1, 2, 1, 1 } } } },
    { .attrs = "filters=2 kernel=4 stride=2 padding=1", .in = { { 4, { 2, 1, 3, 1 } } } },
};

const yk_op YK_OP_SYMBOL(conv2d_transpose) = {
    .name = "conv2d_transpose",
    .doc = "y = each pixel of x times kernel, summed where the products overlap, + bias: x (samples, h, w, c), kernel "
           "(kh, kw, filters / groups, c), y (samples, oh, ow, filters).",
    .n_in = 1,
    .attr_size = sizeof(transpose_attr),
    .attrs = attrs,
    .param = { { "kernel", YK_ROLE_KERNEL }, { "bias", YK_ROLE_BIAS } },
    .backward_reads_in = true,
    .infer = infer,
    .forward = forward,
    .backward = backward,
    .flops = flops,
    .samples = samples,
    .n_sample = YK_LEN(samples),
};
