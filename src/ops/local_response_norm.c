/* SPDX-License-Identifier: Apache-2.0 */
/* local_response_norm: y_j = x_j (k + alpha / size times the sum of x_i^2 over `size` neighbours i of j)^-beta, along
 * the channels (last dimension); the neighbours are j - size / 2 .. j + (size - 1) / 2, as in PyTorch. x, y (samples,
 * ..., c). Backward: kernels/response.c. Source: Krizhevsky et al., NIPS 2012 (whose alpha is this one's / size). */
#include "ops/op.h"

typedef struct lrn_attr {
    int64_t size;
    double alpha, beta, k;
} lrn_attr;

static const yk_option attrs[] = {
    { "size", YK_OPT_INT, offsetof(lrn_attr, size), NULL, 1, 10000, NULL, "channels in a neighbourhood" },
    { "alpha", YK_OPT_REAL, offsetof(lrn_attr, alpha), "1e-4", 0, -1, NULL, "weight of the mean of the squares" },
    { "beta", YK_OPT_REAL, offsetof(lrn_attr, beta), "0.75", 0, -1, NULL, "exponent" },
    { "k", YK_OPT_REAL, offsetof(lrn_attr, k), "1", YK_ABOVE_0, -1, NULL, "added to the mean of the squares" },
    { 0 }
};

enum { SUMS }; /* saved: what is raised to -beta */

static yk_status infer(yk_op_args *a)
{
    const yk_shape *x = &a->in[0].shape;
    char text[YK_SHAPE_TEXT];
    YK_TRY(yk_op_infer_like(a));
    YK_CHECK(x->ndim >= 2, YK_ERR_SHAPE, "input has shape %s: local_response_norm needs a last dimension of channels",
             yk_shape_text(x, 1, text));
    a->saved[SUMS] = a->room[YK_BACKWARD] = (yk_tensor){ YK_F32, *x, NULL };
    return YK_OK;
}

static yk_response response(const yk_op_args *a)
{
    const lrn_attr *attr = a->attr;
    return (yk_response){ a->out.shape.dim[a->out.shape.ndim - 1], attr->size, attr->alpha, attr->beta, attr->k };
}

static void forward(const yk_op_args *a)
{
    yk_response g = response(a);
    yk_k->response(&g, yk_tensor_len(&a->out) / g.n, a->in[0].data, a->saved[SUMS].data, a->out.data);
}

static void backward(const yk_op_args *a)
{
    yk_response g = response(a);
    if (a->din[0].data)
        yk_k->response_grad(&g, yk_tensor_len(&a->out) / g.n, a->in[0].data, a->saved[SUMS].data, a->dout.data,
                            a->room[YK_BACKWARD].data, a->din[0].data, a->din_add[0]);
}

static double flops(const yk_op_args *a)
{
    return (2.0 * (double)((const lrn_attr *)a->attr)->size + 6) * (double)yk_tensor_len(&a->out);
}

static const yk_op_sample samples[] = {
    { .attrs = "size=3 alpha=0.5", .in = { { 4, { 2, 2, 3, 7 } } } },
    { .attrs = "size=4 alpha=2 beta=0.5 k=2", .in = { { 2, { 3, 5 } } } },
    { .attrs = "size=9 alpha=1", .in = { { 2, { 2, 3 } } } },
};

const yk_op YK_OP_SYMBOL(local_response_norm) = {
    .name = "local_response_norm",
    .doc =
        "y = x (k + alpha times the mean of x^2 over neighbouring channels)^-beta: x and y (samples, ..., channels).",
    .n_in = 1,
    .attr_size = sizeof(lrn_attr),
    .attrs = attrs,
    .backward_reads_in = true,
    .infer = infer,
    .forward = forward,
    .backward = backward,
    .flops = flops,
    .samples = samples,
    .n_sample = YK_LEN(samples),
};
