/* SPDX-License-Identifier: Apache-2.0 */
/* maximum: y = the largest of x1, x2, ... Shapes: merge.h. Backward: the first input that is the largest gets dx = dy,
 * the others 0. */
#include "ops/merge.h"

static void forward(const yk_op_args *a)
{
    yk_merge_forward(a, YK_MERGE_MAXIMUM);
}

static void backward(const yk_op_args *a)
{
    yk_merge_backward(a, YK_MERGE_MAXIMUM);
}

static const yk_op_sample samples[] = { YK_MERGE_MORE_SAMPLES };

const yk_op YK_OP_SYMBOL(maximum) = {
    .name = "maximum",
    .doc = "y = the largest of x1, x2, ...: two or more inputs of one shape; dimensions of length 1 are repeated.",
    .n_in = -2,
    .backward_reads_in = true,
    .backward_reads_out = true,
    .infer = yk_merge_infer,
    .forward = forward,
    .backward = backward,
    .flops = yk_merge_flops,
    .samples = samples,
    .n_sample = YK_LEN(samples),
};
