/* SPDX-License-Identifier: Apache-2.0 */
/* poisson: loss = mean of exp(x) - t x over a sample's elements, for outputs x that are logarithms of rates; with
 * log_input false, for outputs that are rates, x - t log(x + 1e-8). Constants of t are left out, as in PyTorch's
 * PoissonNLLLoss. x, t (samples, ...) of one shape, or t without a last dimension of 1; out (samples). Backward: dx =
 * dloss / n (exp(x) - t), or (1 - t / (x + 1e-8)). The target has no gradient. */
#include "ops/op.h"

#define EPSILON ((real)1e-8)

typedef struct poisson_attr {
    bool log_input;
} poisson_attr;

static const yk_option attrs[] = { { "log_input", YK_OPT_BOOL, offsetof(poisson_attr, log_input), "true", 0, 0, NULL,
                                     "the model's output is the logarithm of the rate; false: the rate" },
                                   { 0 } };

static real epsilon(const yk_op_args *a)
{
    return ((const poisson_attr *)a->attr)->log_input ? 0 : EPSILON;
}

static yk_target target(const void *attr)
{
    (void)attr;
    return (yk_target){ .kind = YK_TARGET_REAL, .not_negative = true };
}

static yk_status infer(yk_op_args *a)
{
    YK_TRY(yk_op_infer_numbers(a, "poisson"));
    return YK_OK;
}

static void forward(const yk_op_args *a)
{
    yk_k->poisson(a->rows.leaves.rows, yk_shape_len_from(&a->in[0].shape, 1), epsilon(a), a->in[0].data, a->in[1].data,
                  a->out.data);
}

static void backward(const yk_op_args *a)
{
    if (a->din[0].data)
        yk_k->poisson_grad(a->rows.leaves.rows, yk_shape_len_from(&a->in[0].shape, 1), epsilon(a), a->in[0].data,
                           a->in[1].data, a->dout.data, a->din[0].data, a->din_add[0]);
}

static double flops(const yk_op_args *a)
{
    return 4.0 * (double)yk_tensor_len(&a->in[0]);
}

static const yk_op_sample samples[] = {
    { .in = { { 2, { 5, 3 } }, { 2, { 5, 3 } } } },
    { .in = { { 3, { 3, 2, 4 } }, { 3, { 3, 2, 4 } } } },
};

const yk_op YK_OP_SYMBOL(poisson) = {
    .name = "poisson",
    .doc =
        "loss = mean of exp(x) - t x, or x - t log x where x is the rate itself: output x and counts t of one shape.",
    .kind = YK_OP_LOSS,
    .n_in = 2,
    .attr_size = sizeof(poisson_attr),
    .attrs = attrs,
    .backward_reads_in = true,
    .target = target,
    .infer = infer,
    .forward = forward,
    .backward = backward,
    .flops = flops,
    .samples = samples,
    .n_sample = YK_LEN(samples),
};
