/* SPDX-License-Identifier: Apache-2.0 */
/* subtract: y = x1 - x2. Shapes: merge.h. Backward: dx1 = dy, dx2 = -dy. */
#include "ops/merge.h"

static void forward(const yk_op_args *a)
{
    yk_merge_forward(a, YK_MERGE_DIFFERENCE);
}

static void backward(const yk_op_args *a)
{
    yk_merge_backward(a, YK_MERGE_DIFFERENCE);
}

static const yk_op_sample samples[] = { YK_MERGE_SAMPLES };

const yk_op YK_OP_SYMBOL(subtract) = {
    .name = "subtract",
    .doc = "y = x1 - x2: two inputs of one shape; dimensions of length 1 are repeated.",
    .n_in = 2,
    .in_place = true,
    .infer = yk_merge_infer,
    .forward = forward,
    .backward = backward,
    .flops = yk_merge_flops,
    .samples = samples,
    .n_sample = YK_LEN(samples),
};
