/* SPDX-License-Identifier: Apache-2.0 */
/* maxpool3d: pooling (pool.h) of a volume. */
#include "ops/pool.h"

static const yk_option attrs[] = { YK_POOL_ATTRS(3), { 0 } };

static yk_status infer(yk_op_args *a)
{
    return yk_pool_infer(a, 3);
}

static const yk_op_sample samples[] = { YK_POOL_SAMPLES_3 };

const yk_op YK_OP_SYMBOL(maxpool3d) = {
    .name = "maxpool3d",
    .doc =
        "y = the largest x under the window, a channel at a time: x (samples, d, h, w, c), y (samples, od, oh, ow, c).",
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
