/* SPDX-License-Identifier: Apache-2.0 */
/* dropout: in training y = x / (1 - rate) where an element is kept, else 0; an element is kept with probability
 * 1 - rate. Otherwise y = x. x, y: any shape.
 * The random number of an element is keyed by layer, step, global sample number and its place in the sample; so
 * backward draws the mask again instead of storing it: dx = dy / (1 - rate) where kept, else 0.
 * Source: Srivastava et al., JMLR 15 (2014), with the scale in training ("inverted"). */
#include "ops/op.h"

typedef struct dropout_attr {
    double rate;
} dropout_attr;

static const yk_option attrs[] = { { "rate", YK_OPT_REAL, offsetof(dropout_attr, rate), NULL, 0, YK_BELOW_1, NULL,
                                     "share of the elements that become 0" },
                                   { 0 } };

/* y = x or y += x under the call's mask */
static void apply(const yk_op_args *a, const real *x, real *y, bool add)
{
    double rate = ((const dropout_attr *)a->attr)->rate;
    if (!a->rows.train || rate == 0) {
        if (y != x)
            yk_k->copy(yk_tensor_len(&a->out), x, y, add);
        return;
    }
    yk_random random = { a->key, a->rows.step, a->rows.sample };
    yk_k->dropout(a->rows.leaves.rows, 1, yk_shape_len_from(&a->out.shape, 1), &random, (real)rate,
                  (real)(1 / (1 - rate)), x, y, add);
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
    { .attrs = "rate=0.4", .in = { { 2, { 5, 7 } } } },
    { .attrs = "rate=0.25", .in = { { 4, { 3, 2, 3, 3 } } } },
};

const yk_op YK_OP_SYMBOL(dropout) = {
    .name = "dropout",
    .doc =
        "training: y = x / (1 - rate) where kept (probability 1 - rate), else 0; otherwise y = x; x and y: any shape.",
    .n_in = 1,
    .attr_size = sizeof(dropout_attr),
    .attrs = attrs,
    .in_place = true,
    .random = YK_FOR_DROPOUT,
    .infer = yk_op_infer_like,
    .forward = forward,
    .backward = backward,
    .flops = flops,
    .samples = samples,
    .n_sample = YK_LEN(samples),
};
