/* SPDX-License-Identifier: Apache-2.0 */
/* layernorm: y = (x - mean) / sqrt(variance + epsilon) gamma + beta, with the mean and (biased) variance of the last
 * `axes` dimensions. x, y (samples, ..., n...), gamma and beta (n...). Backward: kernels/groupnorm.c.
 * Source: Ba et al., arXiv:1607.06450. */
#include "ops/groups.h"

#include <inttypes.h>
#include <string.h>

typedef struct layernorm_attr {
    int64_t axes;
    double epsilon;
} layernorm_attr;

static const yk_option attrs[] = { { "axes", YK_OPT_INT, offsetof(layernorm_attr, axes), "1", 1, YK_MAX_DIMS - 1, NULL,
                                     "number of the last axes that are normalised together" },
                                   { "epsilon", YK_OPT_REAL, offsetof(layernorm_attr, epsilon), "1e-5", YK_ABOVE_0, 1,
                                     NULL, "added to the variance" },
                                   { 0 } };

static yk_groups groups(const yk_op_args *a)
{
    const layernorm_attr *attr = a->attr;
    const yk_shape *x = &a->in[0].shape;
    int64_t size = yk_shape_len_from(x, x->ndim - (int)attr->axes);
    return (yk_groups){ yk_shape_len_from(x, 1) / size, 1, 1, size, attr->epsilon };
}

static yk_status infer(yk_op_args *a)
{
    const int64_t axes = ((const layernorm_attr *)a->attr)->axes;
    const yk_shape *x = &a->in[0].shape;
    char text[YK_SHAPE_TEXT];
    YK_TRY(yk_op_infer_like(a));
    YK_CHECK(x->ndim > axes, YK_ERR_SHAPE, "input has shape %s: layernorm needs %" PRId64 " last %s to normalise",
             yk_shape_text(x, 1, text), axes, axes == 1 ? "dimension" : "dimensions");
    yk_shape last = { .ndim = (int)axes };
    memcpy(last.dim, x->dim + x->ndim - axes, (size_t)axes * sizeof *x->dim);
    a->param[YK_GAMMA] = a->param[YK_BETA] = (yk_tensor){ YK_F32, last, NULL };
    yk_groups g = groups(a);
    yk_groups_save(a, &g);
    return YK_OK;
}

static void forward(const yk_op_args *a)
{
    yk_groups g = groups(a);
    yk_groups_forward(a, &g);
}

static void backward(const yk_op_args *a)
{
    yk_groups g = groups(a);
    yk_groups_backward(a, &g);
}

static double flops(const yk_op_args *a)
{
    return 8.0 * (double)yk_tensor_len(&a->out); /* sum; difference, square, sum; difference, 2 products, sum */
}

static const yk_op_sample samples[] = {
    { .in = { { 2, { 5, 7 } } }, .leaf = 2 },
    { .attrs = "axes=2 epsilon=1e-3", .in = { { 4, { 3, 2, 3, 5 } } }, .leaf = 2 },
    { .in = { { 3, { 3, 4, 6 } } } },
};

const yk_op YK_OP_SYMBOL(layernorm) = {
    .name = "layernorm",
    .doc = "y = (x - mean) / sqrt(variance + epsilon) gamma + beta over the last axes: x and y (samples, ..., n...), "
           "gamma "
           "and beta (n...).",
    .n_in = 1,
    .attr_size = sizeof(layernorm_attr),
    .attrs = attrs,
    .param = { { "gamma", YK_ROLE_ONES }, { "beta", YK_ROLE_ZEROS } },
    .backward_reads_in = true,
    .infer = infer,
    .forward = forward,
    .backward = backward,
    .flops = flops,
    .samples = samples,
    .n_sample = YK_LEN(samples),
};
