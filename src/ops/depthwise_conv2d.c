/* SPDX-License-Identifier: Apache-2.0 */
/* depthwise_conv2d: each channel of an image has filters of its own, `multiplier` of them:
 * y(p, i m + j) = sum over taps k of x(place that tap k of p sees, i) kernel(k, i, j) + bias(i m + j), m = multiplier.
 * x (samples, h, w, c), kernel (kh, kw, c, m), bias (c m), y (samples, oh, ow, c m).
 * It is the convolution (conv.c) of as many groups as there are channels; the kernel lies in memory as that one's. */
#include "ops/conv.h"

#include <assert.h>

typedef struct depthwise_attr {
    yk_window_attr window;
    int64_t multiplier;
    bool bias;
} depthwise_attr;

static const yk_option attrs[] = {
    YK_CONV_WINDOW(2, depthwise_attr),
    { "multiplier", YK_OPT_INT, offsetof(depthwise_attr, multiplier), "1", 1, 1e4, NULL, "filters of each channel" },
    YK_CONV_BIAS(depthwise_attr),
    { 0 },
};

static yk_status geometry(const yk_op_args *a, yk_window *g)
{
    const depthwise_attr *attr = a->attr;
    const yk_shape *x = &a->in[0].shape;
    int64_t c = x->dim[x->ndim - 1];
    return yk_op_window(g, 2, x, &attr->window, c * attr->multiplier, c);
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
    const depthwise_attr *attr = a->attr;
    yk_window g;
    YK_TRY(yk_op_check_real(&a->in[0]));
    YK_TRY(geometry(a, &g));
    a->out = (yk_tensor){ YK_F32, yk_window_shape(&g, 2, a->in[0].shape.dim[0]), NULL };
    a->param[0] = (yk_tensor){ YK_F32, yk_kernel_shape(&g, 2, g.c, attr->multiplier), NULL };
    a->param[1] = (yk_tensor){ attr->bias ? YK_F32 : YK_NO_DTYPE, yk_shape_of(1, g.oc), NULL };
    return YK_OK;
}

static void forward(const yk_op_args *a)
{
    yk_window g = window(a);
    yk_conv_compute(a, &g, false);
}

static void backward(const yk_op_args *a)
{
    yk_window g = window(a);
    yk_conv_gradients(a, &g, false);
}

static double flops(const yk_op_args *a)
{
    yk_window g = window(a);
    return yk_window_flops(&g, a->in[0].shape.dim[0], ((const depthwise_attr *)a->attr)->bias);
}

static const yk_op_sample samples[] = {
    { .attrs = "kernel=3", .in = { { 4, { 3, 5, 6, 2 } } }, .leaf = 2 },
    { .attrs = "kernel=3 stride=2 padding=same", .in = { { 4, { 2, 6, 5, 17 } } }, .leaf = 1 },
    { .attrs = "kernel=[2,3] padding=[1,0,2,1] dilation=2 multiplier=2 bias=false", .in = { { 4, { 3, 4, 5, 3 } } } },
    { .attrs = "kernel=2 stride=3 multiplier=3", .in = { { 4, { 1, 7, 6, 1 } } } },
    { .attrs = "kernel=5 padding=2", .in = { { 4, { 2, 1, 2, 3 } } } },
    { .attrs = "kernel=2 multiplier=9", .in = { { 4, { 2, 3, 3, 2 } } } },
};

const yk_op YK_OP_SYMBOL(depthwise_conv2d) = {
    .name = "depthwise_conv2d",
    .doc = "y = windows of each channel times its own filters, + bias: x (samples, h, w, c), kernel (kh, kw, c, "
           "multiplier), y (samples, oh, ow, c multiplier).",
    .n_in = 1,
    .attr_size = sizeof(depthwise_attr),
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
