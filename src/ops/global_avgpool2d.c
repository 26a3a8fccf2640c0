/* SPDX-License-Identifier: Apache-2.0 */
/* global_avgpool2d: y(k) = the mean of x of a whole image, a channel at a time. x (samples, h, w, c), y (samples, c).
 * The sum goes in pieces (kernels.h), so that rounding errors do not grow with the image.
 * Backward: dx = dy / (h w). */
#include "ops/window.h"

#include <assert.h>

/* One window that is the image. */
static yk_window window(const yk_op_args *a)
{
    yk_window g = { 0 };
    yk_status status = yk_op_bins(&g, &a->in[0].shape, 1, 1);
    assert(status == YK_OK); /* infer has accepted it */
    (void)status;
    return g;
}

static yk_status infer(yk_op_args *a)
{
    const yk_shape *x = &a->in[0].shape;
    yk_window g;
    YK_TRY(yk_op_check_real(&a->in[0]));
    YK_TRY(yk_op_bins(&g, x, 1, 1));
    a->out = (yk_tensor){ YK_F32, yk_shape_of(2, x->dim[0], g.c), NULL };
    return YK_OK;
}

static void forward(const yk_op_args *a)
{
    int64_t n = a->rows.leaves.rows;
    yk_window g = window(a);
    yk_leaves samples = { .rows = n, .size = 1 };
    yk_k->column_sums(samples, yk_window_in(&g), g.c, a->in[0].data, a->out.data, g.c, false);
    yk_k->scale(n * g.c, 1 / (real)yk_window_in(&g), a->out.data, a->out.data);
}

static void backward(const yk_op_args *a)
{
    yk_window g = window(a);
    if (a->din[0].data)
        yk_k->avgpool_grad(&g, a->rows.leaves.rows, a->dout.data, a->din[0].data, a->din_add[0]);
}

static double flops(const yk_op_args *a)
{
    return (double)yk_tensor_len(&a->in[0]);
}

static const yk_op_sample samples[] = {
    { .in = { { 4, { 3, 4, 5, 2 } } } },
    { .in = { { 4, { 1, 1, 7, 1 } } } },
    { .in = { { 4, { 2, 3, 1, 17 } } } },
};

const yk_op YK_OP_SYMBOL(global_avgpool2d) = {
    .name = "global_avgpool2d",
    .doc = "y = the mean of x of the whole image, a channel at a time: x (samples, h, w, c), y (samples, c).",
    .n_in = 1,
    .infer = infer,
    .forward = forward,
    .backward = backward,
    .flops = flops,
    .samples = samples,
    .n_sample = YK_LEN(samples),
};
