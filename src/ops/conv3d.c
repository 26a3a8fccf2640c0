/* SPDX-License-Identifier: Apache-2.0 */
/* conv3d: convolution (conv.c) of a volume. x (samples, d, h, w, c), kernel (kd, kh, kw, c / groups, filters), bias
 * (filters), y (samples, od, oh, ow, filters). */
#include "ops/conv.h"

static const yk_option attrs[] = { YK_CONV_ATTRS(3), { 0 } };

static yk_status infer(yk_op_args *a)
{
    return yk_conv_infer(a, 3);
}

static const yk_op_sample samples[] = {
    { .attrs = "filters=3 kernel=2", .in = { { 5, { 3, 3, 4, 3, 2 } } }, .leaf = 2 },
    { .attrs = "filters=2 kernel=3 stride=2 padding=same", .in = { { 5, { 2, 3, 4, 5, 1 } } } },
    { .attrs = "filters=4 kernel=[2,1,3] padding=[1,0,0,1,2,1] dilation=[1,2,2] groups=2 bias=false",
      .in = { { 5, { 3, 3, 2, 4, 4 } } },
      .leaf = 1 },
    { .attrs = "filters=1 kernel=1 stride=[3,2,4]", .in = { { 5, { 1, 4, 3, 5, 1 } } } },
};

const yk_op YK_OP_SYMBOL(conv3d) = {
    .name = "conv3d",
    .doc =
        "y = windows of x times kernel, + bias: x (samples, d, h, w, c), kernel (kd, kh, kw, c / groups, filters), y "
        "(samples, od, oh, ow, filters).",
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
