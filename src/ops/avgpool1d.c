/* SPDX-License-Identifier: Apache-2.0 */
/* avgpool1d: pooling (pool.h) of a sequence. */
#include "ops/pool.h"

static const yk_option attrs[] = { YK_POOL_ATTRS(1), { 0 } };

static yk_status infer(yk_op_args *a)
{
    return yk_pool_infer(a, 1);
}

static const yk_op_sample samples[] = { YK_POOL_SAMPLES_1 };

const yk_op YK_OP_SYMBOL(avgpool1d) = {
    .name = "avgpool1d",
    .doc = "y = the mean of x under the window, a channel at a time: x (samples, t, c), y (samples, ot, c).",
    .n_in = 1,
    .attr_size = sizeof(yk_pool_attr),
    .attrs = attrs,
    .infer = infer,
    .forward = yk_avgpool_forward,
    .backward = yk_avgpool_backward,
    .flops = yk_pool_flops,
    .samples = samples,
    .n_sample = YK_LEN(samples),
};
