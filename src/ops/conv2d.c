/* SPDX-License-Identifier: Apache-2.0 */
/* conv2d: convolution (conv.c) of an image. x (samples, h, w, c), kernel (kh, kw, c / groups, filters), bias
 * (filters), y (samples, oh, ow, filters). conv2d+relu: max(0, y) in the same pass (graph/fusion.c). */
#include "ops/conv.h"

static const yk_option attrs[] = { YK_CONV_ATTRS(2), { 0 } };

static yk_status infer(yk_op_args *a)
{
    return yk_conv_infer(a, 2);
}

static const yk_op_sample samples[] = {
    { .attrs = "filters=3 kernel=3", .in = { { 4, { 3, 5, 6, 2 } } }, .leaf = 2 },
    { .attrs = "filters=2 kernel=3 stride=2 padding=same", .in = { { 4, { 2, 6, 5, 3 } } } },
    { .attrs = "filters=4 kernel=[2,3] padding=[1,0,2,1] dilation=2 groups=2 bias=false",
      .in = { { 4, { 3, 5, 6, 4 } } },
      .leaf = 1 },
    { .attrs = "filters=1 kernel=2 stride=3", .in = { { 4, { 1, 7, 6, 1 } } } },
    { .attrs = "filters=2 kernel=4 padding=2 dilation=[1,2]", .in = { { 4, { 1, 2, 3, 1 } } } },
    { .attrs = "filters=6 kernel=[1,3] groups=3 stride=[3,2] padding=same dilation=[2,1]",
      .in = { { 4, { 2, 4, 5, 3 } } } },
    { .attrs = "filters=16 kernel=3 padding=[1,1,0,2]", .in = { { 4, { 2, 5, 4, 16 } } }, .leaf = 1 }, /* Winograd */
};

const yk_op YK_OP_SYMBOL(conv2d) = {
    .name = "conv2d",
    .doc = "y = windows of x times kernel, + bias: x (samples, h, w, c), kernel (kh, kw, c / groups, filters), y "
           "(samples, oh, ow, filters).",
    .n_in = 1,
    .attr_size = sizeof(yk_conv_attr),
    .attrs = attrs,
    .param = { { "kernel", YK_ROLE_KERNEL }, { "bias", YK_ROLE_BIAS } },
    .backward_reads_in = true,
    .infer = infer,
    .forward = yk_conv_forward,
    .backward = yk_conv_backward,
    .flops = yk_conv_flops,
    .samples = samples,
    .n_sample = YK_LEN(samples),
};

const yk_op YK_OP_SYMBOL(conv2d_relu) = {
    .name = "conv2d+relu",
    .doc = "y = max(0, conv2d(x)).",
    .kind = YK_OP_FUSED,
    .n_in = 1,
    .attr_size = sizeof(yk_conv_attr),
    .attrs = attrs,
    .param = { { "kernel", YK_ROLE_KERNEL }, { "bias", YK_ROLE_BIAS } },
    .backward_reads_in = true,
    .backward_reads_out = true,
    .infer = infer,
    .forward = yk_conv_forward_relu,
    .backward = yk_conv_backward_relu,
    .flops = yk_conv_flops,
    .samples = samples,
    .n_sample = YK_LEN(samples),
};
