/* SPDX-License-Identifier: Apache-2.0 */
/* position_encoding: y = x + p, with fixed waves of n wave lengths from 2 pi to 2 pi base for the position t:
 *   p(t, 2 i) = sin(t / base^(2 i / n)),  p(t, 2 i + 1) = cos(t / base^(2 i / n))
 * x, y (samples, T, n), p (T, n). Backward: dx = dy. Source: Vaswani et al., arXiv:1706.03762, 3.5. */
#include "core/parallel.h"
#include "core/math.h"
#include "ops/op.h"

typedef struct position_encoding_attr {
    double base;
} position_encoding_attr;

static const yk_option attrs[] = { { "base", YK_OPT_REAL, offsetof(position_encoding_attr, base), "10000", 1, 1e9, NULL,
                                     "ratio of the longest wave to the shortest" },
                                   { 0 } };

static yk_status infer(yk_op_args *a)
{
    const yk_shape *x = &a->in[0].shape;
    char text[YK_SHAPE_TEXT];
    YK_TRY(yk_op_infer_like(a));
    YK_CHECK(x->ndim == 3, YK_ERR_SHAPE, "input has shape %s: position_encoding needs (positions, features)",
             yk_shape_text(x, 1, text));
    YK_CHECK(x->dim[1] <= (int64_t)1 << 20, YK_ERR_SHAPE, "input has shape %s: positions end at 2^20",
             yk_shape_text(x, 1, text));
    a->saved[0] = (yk_tensor){ YK_F32, yk_shape_of(2, x->dim[1], x->dim[2]), NULL };
    return YK_OK;
}

/* A job: the two columns of a wave. */
static void fill_wave(const void *context, int64_t wave)
{
    const yk_op_args *a = context;
    const position_encoding_attr *attr = a->attr;
    const int64_t positions = a->in[0].shape.dim[1], n = a->in[0].shape.dim[2];
    const double speed = yk_pow(attr->base, -2 * (double)wave / (double)n);
    real *p = a->saved[0].data;
    for (int64_t t = 0; t < positions; t++) {
        p[t * n + 2 * wave] = (real)yk_sin((double)t * speed);
        if (2 * wave + 1 < n)
            p[t * n + 2 * wave + 1] = (real)yk_cos((double)t * speed);
    }
}

static void forward(const yk_op_args *a)
{
    const int64_t n = yk_shape_len_from(&a->in[0].shape, 1);
    yk_parallel(yk_div_up(a->in[0].shape.dim[2], 2), n * 32, fill_wave, a);
    for (int64_t i = 0; i < a->rows.leaves.rows; i++)
        yk_k->sum(n, (const real *)a->in[0].data + i * n, a->saved[0].data, (real *)a->out.data + i * n);
}

static void backward(const yk_op_args *a)
{
    if (a->din[0].data && a->din[0].data != a->dout.data)
        yk_k->copy(yk_tensor_len(&a->dout), a->dout.data, a->din[0].data, a->din_add[0]);
}

static double flops(const yk_op_args *a)
{
    return (double)yk_tensor_len(&a->out);
}

static const yk_op_sample samples[] = {
    { .in = { { 3, { 3, 4, 6 } } } },
    { .attrs = "base=50", .in = { { 3, { 2, 3, 5 } } } },
};

const yk_op YK_OP_SYMBOL(position_encoding) = {
    .name = "position_encoding",
    .doc = "y = x + sin and cos of the position at n / 2 wave lengths: x and y (samples, positions, n).",
    .n_in = 1,
    .attr_size = sizeof(position_encoding_attr),
    .attrs = attrs,
    .in_place = true,
    .infer = infer,
    .forward = forward,
    .backward = backward,
    .flops = flops,
    .samples = samples,
    .n_sample = YK_LEN(samples),
};
