/* SPDX-License-Identifier: Apache-2.0 */
/* dropout2d: in training whole channels of a sample become 0, each with probability rate, and the others are scaled by
 * 1 / (1 - rate); otherwise y = x. x, y (samples, ..., channels). The random number of a channel is keyed by layer,
 * step, global sample number and channel; backward draws it again. Source: Tompson et al., arXiv:1411.4280. */
#include "ops/op.h"

typedef struct dropout2d_attr {
    double rate;
} dropout2d_attr;

static const yk_option attrs[] = { { "rate", YK_OPT_REAL, offsetof(dropout2d_attr, rate), NULL, 0, YK_BELOW_1, NULL,
                                     "share of the channels that become 0" },
                                   { 0 } };

static yk_status infer(yk_op_args *a)
{
    char text[YK_SHAPE_TEXT];
    YK_TRY(yk_op_infer_like(a));
    YK_CHECK(a->in[0].shape.ndim >= 3, YK_ERR_SHAPE,
             "input has shape %s: dropout2d needs channels of several places, as (height, width, channels)",
             yk_shape_text(&a->in[0].shape, 1, text));
    return YK_OK;
}

/* y = x or y += x under the call's mask */
static void apply(const yk_op_args *a, const real *x, real *y, bool add)
{
    double rate = ((const dropout2d_attr *)a->attr)->rate;
    int64_t c = a->out.shape.dim[a->out.shape.ndim - 1], places = yk_shape_len_from(&a->out.shape, 1) / c;
    if (!a->rows.train || rate == 0) {
        if (y != x)
            yk_k->copy(yk_tensor_len(&a->out), x, y, add);
        return;
    }
    yk_random random = { a->key, a->rows.step, a->rows.sample };
    yk_k->dropout(a->rows.leaves.rows, places, c, &random, (real)rate, (real)(1 / (1 - rate)), x, y, add);
}

static void forward(const yk_op_args *a)
{
    apply(a, a->in[0].data, a->out.data, false);
}

static void backward(const yk_op_args *a)
{
    if (a->din[0].data)
        apply(a, a->dout.data, a->din[0].data, a->din_add[0]);
}

static double flops(const yk_op_args *a)
{
    return (double)yk_tensor_len(&a->out);
}

static const yk_op_sample samples[] = {
    { .attrs = "rate=0.4", .in = { { 3, { 5, 3, 7 } } } },
    { .attrs = "rate=0.25", .in = { { 4, { 3, 2, 3, 3 } } } },
};

const yk_op YK_OP_SYMBOL(dropout2d) = {
    .name = "dropout2d",
    .doc = "dropout of whole channels: x and y (samples, ..., channels).",
    .n_in = 1,
    .attr_size = sizeof(dropout2d_attr),
    .attrs = attrs,
    .in_place = true,
    .random = YK_FOR_DROPOUT,
    .infer = infer,
    .forward = forward,
    .backward = backward,
    .flops = flops,
    .samples = samples,
    .n_sample = YK_LEN(samples),
};
