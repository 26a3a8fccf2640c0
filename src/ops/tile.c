/* SPDX-License-Identifier: Apache-2.0 */
/* tile: y is x repeated times[d] times along axis d of a sample. Backward: dx = the sum of dy over the repetitions. */
#include "ops/strides.h"

typedef struct tile_attr {
    yk_ints times;
} tile_attr;

static const yk_option attrs[] = { { "times", YK_OPT_INTS, offsetof(tile_attr, times), NULL, 1, 1e9, NULL,
                                     "how often x comes along each axis of a sample" },
                                   { 0 } };

static yk_status infer(yk_op_args *a)
{
    const yk_ints *times = &((const tile_attr *)a->attr)->times;
    const yk_shape *x = &a->in[0].shape;
    char text[YK_SHAPE_TEXT];
    YK_TRY(yk_op_infer_like(a));
    YK_CHECK(times->n == x->ndim - 1, YK_ERR_ARG,
             "times has %d number%s, but the input's shape is %s: one for each axis", times->n,
             times->n == 1 ? "" : "s", yk_shape_text(x, 1, text));
    for (int i = 0; i < times->n; i++)
        YK_CHECK(yk_mul(&a->out.shape.dim[i + 1], x->dim[i + 1], times->at[i]), YK_ERR_SHAPE,
                 "times %lld is more than can be counted", (long long)times->at[i]);
    return YK_OK;
}

/* y as (samples, times 1, axis 1, times 2, axis 2, ...): x is repeated along the times. */
static void strides(const yk_op_args *a, yk_strides *out)
{
    const yk_ints *times = &((const tile_attr *)a->attr)->times;
    const yk_shape *x = &a->in[0].shape;
    int64_t step[YK_STRIDED_ARRAYS];
    *out = (yk_strides){ .n = 1 };
    for (int d = 0; d < x->ndim; d++) {
        step[0] = 0;
        if (d > 0)
            yk_strides_push(out, times->at[d - 1], step);
        step[0] = yk_shape_len_from(x, d + 1);
        yk_strides_push(out, x->dim[d], step);
    }
    yk_strides_simplify(out);
}

static void forward(const yk_op_args *a)
{
    yk_strides g;
    strides(a, &g);
    yk_k->merge(YK_MERGE_SUM, &g, (const real *const[]){ a->in[0].data }, a->out.data);
}

static void backward(const yk_op_args *a)
{
    yk_strides g;
    strides(a, &g);
    if (a->din[0].data)
        yk_k->merge_grad(YK_MERGE_SUM, &g, 0, NULL, NULL, a->dout.data, a->din[0].data, a->din_add[0]);
}

static double flops(const yk_op_args *a)
{
    (void)a;
    return 0;
}

static const yk_op_sample samples[] = {
    { .attrs = "times=3", .in = { { 2, { 3, 5 } } } },
    { .attrs = "times=[2,1,3]", .in = { { 4, { 2, 2, 3, 4 } } } },
    { .attrs = "times=[1,2]", .in = { { 3, { 2, 3, 1 } } } },
};

const yk_op YK_OP_SYMBOL(tile) = {
    .name = "tile",
    .doc = "y = x repeated along each axis of a sample: x (samples, n...), y (samples, times n...).",
    .n_in = 1,
    .attr_size = sizeof(tile_attr),
    .attrs = attrs,
    .infer = infer,
    .forward = forward,
    .backward = backward,
    .flops = flops,
    .samples = samples,
    .n_sample = YK_LEN(samples),
};
