/* SPDX-License-Identifier: Apache-2.0 */
/* bent: y = x + bend (sqrt(x^2 + 1) - 1), a line that is bent at 0. x, y: any shape.
 * Backward: dx = dy (1 + bend x / sqrt(x^2 + 1)).
 *
 * sqrt is exactly rounded, so every CPU gives the same bits; exp and its like come from core/math.h, never from libm.
 */
#include "ops/op.h"

#include <math.h>

#include "core/parallel.h"

enum { BLOCK = 4096 };

typedef struct bent_attr {
    double bend;
} bent_attr;

static const yk_option attrs[] = { { "bend", YK_OPT_REAL, offsetof(bent_attr, bend), "0.5", 0, 1, NULL,
                                     "difference of the slopes on both sides, halved" },
                                   { 0 } };

static yk_status infer(yk_op_args *a)
{
    YK_TRY(yk_op_check_real(&a->in[0]));
    yk_tensor_like(&a->out, &a->in[0]);
    return YK_OK;
}

static real root(real x)
{
    return (real)sqrt((double)x); /* of a float: the same as sqrtf() */
}

/* A job is a block of elements, which the shape alone decides. */
typedef struct work {
    int64_t n;
    real bend;
    const real *x, *dy; /* dy NULL: forward */
    real *out;
    bool add;
} work;

static void block(const void *context, int64_t number)
{
    const work *w = context;
    const int64_t end = yk_min(w->n, (number + 1) * BLOCK);
    for (int64_t i = number * BLOCK; i < end; i++) {
        const real x = w->x[i], r = root(x * x + 1);
        if (!w->dy)
            w->out[i] = x + w->bend * (r - 1);
        else
            w->out[i] = (w->add ? w->out[i] : 0) + w->dy[i] * (1 + w->bend * x / r);
    }
}

static void share(const work *w)
{
    yk_parallel(yk_div_up(w->n, BLOCK), 8 * w->n, block, w);
}

static real bend(const yk_op_args *a)
{
    return (real)((const bent_attr *)a->attr)->bend;
}

static void forward(const yk_op_args *a)
{
    share(&(work){ .n = yk_tensor_len(&a->out), .bend = bend(a), .x = a->in[0].data, .out = a->out.data });
}

static void backward(const yk_op_args *a)
{
    if (a->din[0].data) /* else nobody needs it */
        share(&(work){ .n = yk_tensor_len(&a->out),
                       .bend = bend(a),
                       .x = a->in[0].data,
                       .dy = a->dout.data,
                       .out = a->din[0].data,
                       .add = a->din_add[0] });
}

static double flops(const yk_op_args *a)
{
    return 5 * (double)yk_tensor_len(&a->out);
}

static const yk_op_sample samples[] = {
    { .in = { { 2, { 3, 5 } } } },
    { .attrs = "bend=1", .in = { { 4, { 2, 3, 3, 7 } } } },
};

const yk_op YK_OP_SYMBOL(bent) = {
    .name = "bent",
    .doc = "y = x + bend (sqrt(x^2 + 1) - 1); x and y: any shape.",
    .n_in = 1,
    .attr_size = sizeof(bent_attr),
    .attrs = attrs,
    .backward_reads_in = true,
    .activation = true,
    .infer = infer,
    .forward = forward,
    .backward = backward,
    .flops = flops,
    .samples = samples,
    .n_sample = YK_LEN(samples),
};
