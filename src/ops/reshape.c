/* SPDX-License-Identifier: Apache-2.0 */
/* reshape: y is x with a sample's elements, in their order, in another shape. x (samples, ...), y (samples, shape...).
 * Backward: dx = dy. */
#include "ops/op.h"

#include <inttypes.h>

typedef struct reshape_attr {
    yk_ints shape;
} reshape_attr;

static const yk_option attrs[] = { { "shape", YK_OPT_INTS, offsetof(reshape_attr, shape), NULL, -1, 1e12, NULL,
                                     "of a sample, as [7, 7, 16]; one -1 stands for what is left" },
                                   { 0 } };

static yk_status infer(yk_op_args *a)
{
    const yk_ints *want = &((const reshape_attr *)a->attr)->shape;
    const yk_tensor *x = &a->in[0];
    int64_t len = yk_shape_len_from(&x->shape, 1), product = 1;
    char text[2][YK_SHAPE_TEXT];
    int open = -1; /* the dimension that is -1 */
    YK_TRY(yk_op_check_real(x));
    YK_CHECK(want->n < YK_MAX_DIMS, YK_ERR_ARG, "shape has %d numbers: a sample has at most %d dimensions", want->n,
             YK_MAX_DIMS - 1);
    a->out = (yk_tensor){ x->dtype, { .ndim = want->n + 1, .dim = { x->shape.dim[0] } }, NULL };
    bool fits = true;
    for (int i = 0; i < want->n; i++) {
        int64_t n = want->at[i];
        YK_CHECK(n != 0, YK_ERR_ARG, "shape has a 0: a dimension has at least one element");
        YK_CHECK(n > 0 || open < 0, YK_ERR_ARG, "shape has two -1: only one dimension can follow from the others");
        open = n < 0 ? i + 1 : open;
        fits = fits && (n < 0 || yk_mul(&product, product, n));
        a->out.shape.dim[i + 1] = n;
    }
    fits = fits && (open < 0 ? product == len : len % product == 0);
    YK_CHECK(fits, YK_ERR_SHAPE, "input has shape %s: its %" PRId64 " elements do not fit shape %s",
             yk_shape_text(&x->shape, 1, text[0]), len, yk_shape_text(&a->out.shape, 1, text[1]));
    if (open >= 0)
        a->out.shape.dim[open] = len / product;
    return YK_OK;
}

static void forward(const yk_op_args *a)
{
    if (a->out.data != a->in[0].data)
        yk_k->copy(yk_tensor_len(&a->out), a->in[0].data, a->out.data, false);
}

static void backward(const yk_op_args *a)
{
    if (a->din[0].data && a->din[0].data != a->dout.data)
        yk_k->copy(yk_tensor_len(&a->out), a->dout.data, a->din[0].data, a->din_add[0]);
}

static double flops(const yk_op_args *a)
{
    (void)a;
    return 0;
}

static const yk_op_sample samples[] = {
    { .attrs = "shape=[4,-1,2]", .in = { { 3, { 3, 4, 6 } } } },
    { .attrs = "shape=6", .in = { { 3, { 1, 2, 3 } } } },
};

const yk_op YK_OP_SYMBOL(reshape) = {
    .name = "reshape",
    .doc = "y = a sample's elements in another shape: x (samples, ...), y (samples, shape...).",
    .n_in = 1,
    .attr_size = sizeof(reshape_attr),
    .attrs = attrs,
    .view = true,
    .infer = infer,
    .forward = forward,
    .backward = backward,
    .flops = flops,
    .samples = samples,
    .n_sample = YK_LEN(samples),
};
