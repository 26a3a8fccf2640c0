/* SPDX-License-Identifier: Apache-2.0 */
/* avgpool2d: y(oy, ox, k) = the mean of x(iy, ix, k) under the window, over the pixels that are not padding.
 * x (samples, h, w, c), y (samples, oh, ow, c). Geometry: pool.h.
 * Backward: dx gets dy / pixels of the window, summed over the windows that a pixel is in. */
#include "ops/pool.h"

static void forward(const yk_op_args *a)
{
    yk_window w = yk_pool_window(a);
    yk_k->avgpool2d(&w, a->rows.leaves.rows, a->in[0].data, a->out.data);
}

static void backward(const yk_op_args *a)
{
    yk_window w = yk_pool_window(a);
    if (a->din[0].data)
        yk_k->avgpool2d_grad(&w, a->rows.leaves.rows, a->dout.data, a->din[0].data, a->din_add[0]);
}

static const yk_op_sample samples[] = { YK_POOL_SAMPLES };

const yk_op YK_OP_SYMBOL(avgpool2d) = {
    .name = "avgpool2d",
    .doc = "y = the mean of x under the window, a channel at a time: x (samples, h, w, c), y (samples, oh, ow, c).",
    .n_in = 1,
    .attr_size = sizeof(yk_pool_attr),
    .attrs = yk_pool_attrs,
    .infer = yk_pool_infer,
    .forward = forward,
    .backward = backward,
    .flops = yk_pool_flops,
    .samples = samples,
    .n_sample = YK_LEN(samples),
};
