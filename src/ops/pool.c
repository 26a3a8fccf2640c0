/* SPDX-License-Identifier: Apache-2.0 */
/* Pooling: y(p, c) = the largest or the mean of x(place that tap k of p sees, c) over the taps k that are not padding.
 * Geometry: window.c.
 * Backward: dx gets dy where the window's first largest x lies, or dy / number of taps at each of them, summed over the
 * windows that an input is in. */
#include "ops/pool.h"

#include <assert.h>

static yk_status geometry(const yk_op_args *a, int dims, yk_window *g)
{
    const yk_pool_attr *attr = a->attr;
    yk_window_attr w = { .size = attr->size, .stride = attr->stride, .padding = attr->padding };
    return yk_op_window(g, dims, &a->in[0].shape, &w, 0, 1);
}

/* The geometry that infer has accepted. */
static yk_window window(const yk_op_args *a)
{
    yk_window g = { 0 };
    yk_status status = geometry(a, a->in[0].shape.ndim - 2, &g);
    assert(status == YK_OK);
    (void)status;
    return g;
}

yk_status yk_pool_infer(yk_op_args *a, int dims)
{
    yk_window g;
    YK_TRY(yk_op_check_real(&a->in[0]));
    YK_TRY(geometry(a, dims, &g));
    a->out = (yk_tensor){ YK_F32, yk_window_shape(&g, dims, a->in[0].shape.dim[0]), NULL };
    return YK_OK;
}

void yk_maxpool_forward(const yk_op_args *a)
{
    yk_window g = window(a);
    yk_k->maxpool(&g, a->rows.leaves.rows, a->in[0].data, a->out.data);
}

void yk_maxpool_backward(const yk_op_args *a)
{
    yk_window g = window(a);
    if (a->din[0].data)
        yk_k->maxpool_grad(&g, a->rows.leaves.rows, a->in[0].data, a->dout.data, a->din[0].data, a->din_add[0]);
}

void yk_avgpool_forward(const yk_op_args *a)
{
    yk_window g = window(a);
    yk_k->avgpool(&g, a->rows.leaves.rows, a->in[0].data, a->out.data);
}

void yk_avgpool_backward(const yk_op_args *a)
{
    yk_window g = window(a);
    if (a->din[0].data)
        yk_k->avgpool_grad(&g, a->rows.leaves.rows, a->dout.data, a->din[0].data, a->din_add[0]);
}

double yk_pool_flops(const yk_op_args *a)
{
    yk_window g = window(a);
    return (double)yk_tensor_len(&a->out) * (double)yk_window_taps(&g);
}
