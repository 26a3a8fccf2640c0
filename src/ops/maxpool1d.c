/* SPDX-License-Identifier: Apache-2.0 */
/* maxpool1d: pooling (pool.h) of a sequence. */
#include "ops/pool.h"

static const yk_option attrs[] = { YK_POOL_ATTRS(1), { 0 } };

static yk_status infer(yk_op_args *a)
{
    return yk_pool_infer(a, 1);
}

static const yk_op_sample samples[] = { YK_POOL_SAMPLES_1 };

const yk_op YK_OP_SYMBOL(maxpool1d) = {
    .name = "maxpool1d",
    .doc = "y = the largest x under the window, a channel at a time: x (samples, t, c), y (samples, ot, c).",
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
