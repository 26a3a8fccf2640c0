/* SPDX-License-Identifier: Apache-2.0 */
/* average: y = (x1 + x2 + ...) / n, n the number of inputs. Shapes: merge.h. Backward: every dx = dy / n. */
#include "ops/merge.h"

static void forward(const yk_op_args *a)
{
    yk_merge_forward(a, YK_MERGE_MEAN);
}

static void backward(const yk_op_args *a)
{
    yk_merge_backward(a, YK_MERGE_MEAN);
}

static const yk_op_sample samples[] = { YK_MERGE_MORE_SAMPLES };

const yk_op YK_OP_SYMBOL(average) = {
    .name = "average",
    .doc = "y = (x1 + x2 + ...) / n: n inputs of one shape, two or more; dimensions of length 1 are repeated.",
    .n_in = -2,
    .infer = yk_merge_infer,
    .forward = forward,
    .backward = backward,
    .flops = yk_merge_flops,
    .samples = samples,
    .n_sample = YK_LEN(samples),
};
