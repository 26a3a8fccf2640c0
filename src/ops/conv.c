/* SPDX-License-Identifier: Apache-2.0 */
/* Convolution: y(p, o) = sum over taps k and channels i of x(place that tap k of p sees, i) kernel(k, i, o) + bias(o).
 * Filter o of group q sees the channels of group q only. Geometry: window.c.
 * Backward: dx is the transposed product, dkernel(k, i, o) = sum of x dy and dbias = sum of dy, per leaf. */
#include "ops/conv.h"

#include <assert.h>

#include "ops/relu_bias.h"

static yk_status geometry(const yk_op_args *a, int dims, yk_window *g)
{
    const yk_conv_attr *attr = a->attr;
    return yk_op_window(g, dims, &a->in[0].shape, &attr->window, attr->filters, attr->groups);
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

yk_status yk_conv_infer(yk_op_args *a, int dims)
{
    const yk_conv_attr *attr = a->attr;
    yk_window g;
    YK_TRY(yk_op_check_real(&a->in[0]));
    YK_TRY(geometry(a, dims, &g));
    a->out = (yk_tensor){ YK_F32, yk_window_shape(&g, dims, a->in[0].shape.dim[0]), NULL };
    a->param[0] = (yk_tensor){ YK_F32, yk_kernel_shape(&g, dims, g.c / g.groups, g.oc), NULL };
    a->param[1] = (yk_tensor){ attr->bias ? YK_F32 : YK_NO_DTYPE, yk_shape_of(1, g.oc), NULL };
    if (yk_winograd_suits(&g))
        a->room[YK_FORWARD] = a->room[YK_BACKWARD] = (yk_tensor){ YK_F32, yk_shape_of(1, yk_winograd_room(&g)), NULL };
    return YK_OK;
}

void yk_conv_compute(const yk_op_args *a, const yk_window *g, bool relu)
{
    const real *bias = a->param[1].dtype ? a->param[1].data : NULL;
    if (a->room[YK_FORWARD].data)
        yk_k->winograd(g, a->rows.leaves.rows, a->in[0].data, a->param[0].data, bias, relu, a->out.data, false,
                       a->room[YK_FORWARD].data);
    else
        yk_k->conv(g, a->rows.leaves.rows, a->in[0].data, a->param[0].data, bias, relu, a->out.data, false);
}

void yk_conv_gradients(const yk_op_args *a, const yk_window *g, bool relu)
{
    yk_leaves leaves = a->rows.leaves;
    const real *x = a->in[0].data, *w = a->param[0].data, *dy = a->dout.data;
    real *dx = a->din[0].data, *dw = a->dparam[0].data, *room = a->room[YK_BACKWARD].data;
    if (relu)
        relu_bias_backward(a, yk_window_out(g), g->oc);
    if (dx && room)
        yk_k->winograd_data(g, leaves.rows, dy, w, NULL, dx, a->din_add[0], room);
    else if (dx)
        yk_k->conv_data(g, leaves.rows, dy, w, NULL, dx, a->din_add[0]);
    if (room)
        yk_k->winograd_weights(g, leaves, x, dy, dw, a->leaf_step, a->dparam_add[0], room);
    else
        yk_k->conv_weights(g, leaves, x, dy, dw, a->leaf_step, a->dparam_add[0]);
    if (a->param[1].dtype && !relu)
        yk_k->column_sums(leaves, yk_window_out(g), g->oc, a->dout.data, a->dparam[1].data, a->leaf_step,
                          a->dparam_add[1]);
}

void yk_conv_forward(const yk_op_args *a)
{
    yk_window g = window(a);
    yk_conv_compute(a, &g, false);
}

void yk_conv_backward(const yk_op_args *a)
{
    yk_window g = window(a);
    yk_conv_gradients(a, &g, false);
}

void yk_conv_forward_relu(const yk_op_args *a)
{
    yk_window g = window(a);
    yk_conv_compute(a, &g, true);
}

void yk_conv_backward_relu(const yk_op_args *a)
{
    yk_window g = window(a);
    yk_conv_gradients(a, &g, true);
}

double yk_conv_flops(const yk_op_args *a)
{
    yk_window g = window(a);
    return yk_window_flops(&g, a->in[0].shape.dim[0], ((const yk_conv_attr *)a->attr)->bias);
}
