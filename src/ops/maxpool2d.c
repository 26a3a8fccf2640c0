/* SPDX-License-Identifier: Apache-2.0 */
/* maxpool2d: pooling (pool.h) of an image. */
#include "ops/pool.h"

static const yk_option attrs[] = { YK_POOL_ATTRS(2), { 0 } };

static yk_status infer(yk_op_args *a)
{
    return yk_pool_infer(a, 2);
}

static const yk_op_sample samples[] = { YK_POOL_SAMPLES_2 };

const yk_op YK_OP_SYMBOL(maxpool2d) = {
    .name = "maxpool2d",
    .doc = "y = the largest x under the window, a channel at a time: x (samples, h, w, c), y (samples, oh, ow, c).",
    .n_in = 1,
    .attr_size = sizeof(yk_pool_attr),
    .attrs = attrs,
    .backward_reads_in = true,
    .infer = infer,
    .forward = yk_maxpool_forward,
    .backward = yk_maxpool_backward,
    .flops = yk_pool_flops,
    .samples = samples,
    .n_sample = YK_LEN(samples),
};
