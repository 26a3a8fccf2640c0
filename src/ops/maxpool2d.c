/* SPDX-License-Identifier: Apache-2.0 */
/* maxpool2d: y(oy, ox, k) = the largest x(iy, ix, k) under the window; padding takes no part.
 * x (samples, h, w, c), y (samples, oh, ow, c). Geometry: pool.h.
 * Backward: dx gets dy where the window's first largest x lies, summed over the windows that a pixel is in. */
#include "ops/pool.h"

static void forward(const yk_op_args *a)
{
    yk_window w = yk_pool_window(a);
    yk_k->maxpool2d(&w, a->rows.leaves.rows, a->in[0].data, a->out.data);
}

static void backward(const yk_op_args *a)
{
    yk_window w = yk_pool_window(a);
    if (a->din[0].data)
        yk_k->maxpool2d_grad(&w, a->rows.leaves.rows, a->in[0].data, a->dout.data, a->din[0].data, a->din_add[0]);
}

static const yk_op_sample samples[] = { YK_POOL_SAMPLES };

const yk_op YK_OP_SYMBOL(maxpool2d) = {
    .name = "maxpool2d",
    .doc = "y = the largest x under the window, a channel at a time: x (samples, h, w, c), y (samples, oh, ow, c).",
    .n_in = 1,
    .attr_size = sizeof(yk_pool_attr),
    .attrs = yk_pool_attrs,
    .backward_reads_in = true,
    .infer = yk_pool_infer,
    .forward = forward,
    .backward = backward,
    .flops = yk_pool_flops,
    .samples = samples,
    .n_sample = YK_LEN(samples),
};
