/* SPDX-License-Identifier: Apache-2.0 */
/* separable_conv2d: a depthwise convolution without bias, then one of 1 x 1 pixels, as two layers would be:
 *   m = depthwise_conv2d(x) with depthwise_kernel (kh, kw, c, multiplier)
 *   y = m pointwise_kernel + bias, pointwise_kernel (1, 1, c multiplier, filters)
 * x (samples, h, w, c), m (samples, oh, ow, c multiplier), y (samples, oh, ow, filters).
 * Backward: dm = dy pointwise_kernel^T; then each convolution's own gradients. */
#include "ops/conv.h"

#include <assert.h>

enum { DEPTHWISE, POINTWISE, BIAS };
enum { MIDDLE }; /* saved; its gradient is backward's room */

typedef struct separable_attr {
    int64_t filters;
    yk_window_attr window;
    int64_t multiplier;
    bool bias;
} separable_attr;

static const yk_option attrs[] = {
    YK_CONV_FILTERS(separable_attr),
    YK_CONV_WINDOW(2, separable_attr),
    { "multiplier", YK_OPT_INT, offsetof(separable_attr, multiplier), "1", 1, 1e4, NULL,
      "filters of each channel in the depthwise convolution" },
    YK_CONV_BIAS(separable_attr),
    { 0 },
};

/* Both windows; the second one sees a sample's pixels as one row. */
static yk_status geometry(const yk_op_args *a, yk_window *depthwise, yk_window *pointwise)
{
    const separable_attr *attr = a->attr;
    const yk_shape *x = &a->in[0].shape;
    int64_t c = x->dim[x->ndim - 1];
    YK_TRY(yk_op_window(depthwise, 2, x, &attr->window, c * attr->multiplier, c));
    *pointwise = (yk_window){ .d = yk_window_flat,
                              .h = yk_window_flat,
                              .w = yk_window_flat,
                              .c = depthwise->oc,
                              .oc = attr->filters,
                              .groups = 1 };
    pointwise->w.in = pointwise->w.out = yk_window_out(depthwise);
    return YK_OK;
}

/* The geometry that infer has accepted. */
static void windows(const yk_op_args *a, yk_window *depthwise, yk_window *pointwise)
{
    yk_status status = geometry(a, depthwise, pointwise);
    assert(status == YK_OK);
    (void)status;
}

static yk_status infer(yk_op_args *a)
{
    const separable_attr *attr = a->attr;
    yk_window d, p;
    YK_TRY(yk_op_check_real(&a->in[0]));
    YK_TRY(geometry(a, &d, &p));
    yk_shape middle = yk_window_shape(&d, 2, a->rows.leaves.rows);
    a->out = (yk_tensor){ YK_F32, yk_window_shape(&d, 2, a->in[0].shape.dim[0]), NULL };
    a->out.shape.dim[3] = attr->filters;
    a->param[DEPTHWISE] = (yk_tensor){ YK_F32, yk_kernel_shape(&d, 2, d.c, attr->multiplier), NULL };
    a->param[POINTWISE] = (yk_tensor){ YK_F32, yk_kernel_shape(&p, 2, p.c, p.oc), NULL };
    a->param[BIAS] = (yk_tensor){ attr->bias ? YK_F32 : YK_NO_DTYPE, yk_shape_of(1, p.oc), NULL };
    a->saved[MIDDLE] = a->room[YK_BACKWARD] = (yk_tensor){ YK_F32, middle, NULL };
    return YK_OK;
}

static void forward(const yk_op_args *a)
{
    int64_t n = a->rows.leaves.rows;
    yk_window d = { 0 }, p = { 0 };
    windows(a, &d, &p);
    yk_k->conv(&d, n, a->in[0].data, a->param[DEPTHWISE].data, NULL, false, a->saved[MIDDLE].data, false);
    yk_k->conv(&p, n, a->saved[MIDDLE].data, a->param[POINTWISE].data,
               a->param[BIAS].dtype ? a->param[BIAS].data : NULL, false, a->out.data, false);
}

static void backward(const yk_op_args *a)
{
    yk_leaves leaves = a->rows.leaves;
    real *dm = a->room[YK_BACKWARD].data;
    yk_window d = { 0 }, p = { 0 };
    windows(a, &d, &p);
    yk_k->conv_data(&p, leaves.rows, a->dout.data, a->param[POINTWISE].data, NULL, dm, false);
    if (a->din[0].data)
        yk_k->conv_data(&d, leaves.rows, dm, a->param[DEPTHWISE].data, NULL, a->din[0].data, a->din_add[0]);
    yk_k->conv_weights(&d, leaves, a->in[0].data, dm, a->dparam[DEPTHWISE].data, a->leaf_step,
                       a->dparam_add[DEPTHWISE]);
    yk_k->conv_weights(&p, leaves, a->saved[MIDDLE].data, a->dout.data, a->dparam[POINTWISE].data, a->leaf_step,
                       a->dparam_add[POINTWISE]);
    if (a->param[BIAS].dtype)
        yk_k->column_sums(leaves, yk_window_out(&p), p.oc, a->dout.data, a->dparam[BIAS].data, a->leaf_step,
                          a->dparam_add[BIAS]);
}

static double flops(const yk_op_args *a)
{
    int64_t samples = a->in[0].shape.dim[0];
    yk_window d = { 0 }, p = { 0 };
    windows(a, &d, &p);
    return yk_window_flops(&d, samples, false) + yk_window_flops(&p, samples, ((const separable_attr *)a->attr)->bias);
}

static const yk_op_sample samples[] = {
    { .attrs = "filters=4 kernel=3", .in = { { 4, { 3, 5, 4, 2 } } }, .leaf = 2 },
    { .attrs = "filters=3 kernel=[3,2] stride=2 padding=same multiplier=2", .in = { { 4, { 2, 5, 6, 3 } } } },
    { .attrs = "filters=1 kernel=2 dilation=2 padding=[0,1,2,0] bias=false", .in = { { 4, { 1, 3, 3, 1 } } } },
};

const yk_op YK_OP_SYMBOL(separable_conv2d) = {
    .name = "separable_conv2d",
    .doc = "y = a depthwise convolution times a kernel of 1 x 1 pixels, + bias: x (samples, h, w, c), depthwise_kernel "
           "(kh, kw, c, multiplier), pointwise_kernel (1, 1, c multiplier, filters), y (samples, oh, ow, filters).",
    .n_in = 1,
    .attr_size = sizeof(separable_attr),
    .attrs = attrs,
    .param = { { "depthwise_kernel", YK_ROLE_KERNEL },
               { "pointwise_kernel", YK_ROLE_KERNEL },
               { "bias", YK_ROLE_BIAS } },
    .backward_reads_in = true,
    .infer = infer,
    .forward = forward,
    .backward = backward,
    .flops = flops,
    .samples = samples,
    .n_sample = YK_LEN(samples),
};
