/* SPDX-License-Identifier: Apache-2.0 */
/* conv2d: y(oy, ox, o) = sum over ky, kx, i of x(oy s + ky d - p, ox s + kx d - p, i) kernel(ky, kx, i, o) + bias(o).
 * x (samples, h, w, c), kernel (kh, kw, c / groups, filters), bias (filters), y (samples, oh, ow, filters). Filter o of
 * group q sees the channels of group q only. Geometry: window.c.
 * Backward: dx is the transposed product, dkernel(ky, kx, i, o) = sum of x dy and dbias = sum of dy, per leaf. */
#include "ops/op.h"

#include <assert.h>

typedef struct conv2d_attr {
    int64_t filters;
    yk_ints kernel, stride;
    yk_padding padding;
    yk_ints dilation;
    int64_t groups;
    bool bias;
} conv2d_attr;

static const yk_option attrs[] = {
    { "filters", YK_OPT_INT, offsetof(conv2d_attr, filters), NULL, 1, 1e6, NULL, "number of output channels" },
    { "kernel", YK_OPT_INTS, offsetof(conv2d_attr, kernel), NULL, 1, 1e4, NULL,
      "pixels under a filter: one number, or [height, width]" },
    { "stride", YK_OPT_INTS, offsetof(conv2d_attr, stride), "1", 1, 1e4, NULL,
      "pixels from window to window: one number, or [vertical, horizontal]" },
    { "padding", YK_OPT_PADDING, offsetof(conv2d_attr, padding), "valid", 0, 0, NULL,
      "zeros around the image: valid (none), same (output is input / stride, as in Keras), or pixels: one number, or "
      "[top, bottom, left, right]" },
    { "dilation", YK_OPT_INTS, offsetof(conv2d_attr, dilation), "1", 1, 1e4, NULL,
      "pixels between a filter's taps: one number, or [vertical, horizontal]" },
    { "groups", YK_OPT_INT, offsetof(conv2d_attr, groups), "1", 1, 1e6, NULL,
      "cuts the channels into groups that do not see each other" },
    { "bias", YK_OPT_BOOL, offsetof(conv2d_attr, bias), "true", 0, 0, NULL, "adds a trained number to each filter" },
    { 0 }
};

static yk_status geometry(const yk_op_args *a, yk_window *w)
{
    const conv2d_attr *attr = a->attr;
    return yk_op_window(w, &a->in[0].shape, &attr->kernel, &attr->stride, &attr->dilation, &attr->padding,
                        attr->filters, attr->groups);
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
    const conv2d_attr *attr = a->attr;
    yk_window w;
    YK_TRY(yk_op_check_real(&a->in[0]));
    YK_TRY(geometry(a, &w));
    a->out = (yk_tensor){ YK_F32, yk_shape_of(4, a->in[0].shape.dim[0], w.oh, w.ow, w.oc), NULL };
    a->param[0] = (yk_tensor){ YK_F32, yk_shape_of(4, w.kh, w.kw, w.c / w.groups, w.oc), NULL };
    a->param[1] = (yk_tensor){ attr->bias ? YK_F32 : YK_NO_DTYPE, yk_shape_of(1, w.oc), NULL };
    return YK_OK;
}

static void forward(const yk_op_args *a)
{
    const conv2d_attr *attr = a->attr;
    yk_window w = window(a);
    yk_k->conv2d(&w, a->rows.leaves.rows, a->in[0].data, a->param[0].data, attr->bias ? a->param[1].data : NULL,
                 a->out.data);
}

static void backward(const yk_op_args *a)
{
    const conv2d_attr *attr = a->attr;
    yk_leaves leaves = a->rows.leaves;
    yk_window w = window(a);
    if (a->din[0].data)
        yk_k->conv2d_data(&w, leaves.rows, a->dout.data, a->param[0].data, a->din[0].data, a->din_add[0]);
    yk_k->conv2d_weights(&w, leaves, a->in[0].data, a->dout.data, a->dparam[0].data, a->leaf_step, a->dparam_add[0]);
    if (attr->bias)
        yk_k->column_sums(leaves, w.oh * w.ow, w.oc, a->dout.data, a->dparam[1].data, a->leaf_step, a->dparam_add[1]);
}

static double flops(const yk_op_args *a)
{
    const conv2d_attr *attr = a->attr;
    yk_window w = window(a);
    double taps = (double)(w.kh * w.kw * (w.c / w.groups));
    return (double)yk_tensor_len(&a->out) * (2 * taps + (attr->bias ? 1 : 0));
}

static const yk_op_sample samples[] = {
    { .attrs = "filters=3 kernel=3", .in = { { 4, { 3, 5, 6, 2 } } }, .leaf = 2 },
    { .attrs = "filters=2 kernel=3 stride=2 padding=same", .in = { { 4, { 2, 6, 5, 3 } } } },
    { .attrs = "filters=4 kernel=[2,3] padding=[1,0,2,1] dilation=2 groups=2 bias=false",
      .in = { { 4, { 3, 5, 6, 4 } } },
      .leaf = 1 },
};

const yk_op YK_OP_SYMBOL(conv2d) = {
    .name = "conv2d",
    .doc = "y = windows of x times kernel, + bias: x (samples, h, w, c), kernel (kh, kw, c / groups, filters), y "
           "(samples, oh, ow, filters).",
    .n_in = 1,
    .attr_size = sizeof(conv2d_attr),
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
