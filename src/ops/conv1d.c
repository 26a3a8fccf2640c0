/* SPDX-License-Identifier: Apache-2.0 */
/* conv1d: convolution (conv.c) of a sequence. x (samples, t, c), kernel (k, c / groups, filters), bias
 * (filters), y (samples, ot, filters). */
#include "ops/conv.h"

static const yk_option attrs[] = { YK_CONV_ATTRS(1), { 0 } };

static yk_status infer(yk_op_args *a)
{
    return yk_conv_infer(a, 1);
}

static const yk_op_sample samples[] = {
    { .attrs = "filters=3 kernel=3", .in = { { 3, { 4, 7, 2 } } }, .leaf = 2 },
    { .attrs = "filters=2 kernel=3 stride=2 padding=same", .in = { { 3, { 2, 6, 3 } } } },
    { .attrs = "filters=4 kernel=2 padding=causal dilation=3 groups=2", .in = { { 3, { 3, 5, 4 } } }, .leaf = 1 },
    { .attrs = "filters=1 kernel=5 padding=[2,1] bias=false", .in = { { 3, { 1, 2, 1 } } } },
    { .attrs = "filters=2 kernel=1 stride=3", .in = { { 3, { 2, 8, 1 } } } },
};

const yk_op YK_OP_SYMBOL(conv1d) = {
    .name = "conv1d",
    .doc = "y = windows of x times kernel, + bias: x (samples, t, c), kernel (k, c / groups, filters), y "
           "(samples, ot, filters).",
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
