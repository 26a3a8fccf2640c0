/* SPDX-License-Identifier: Apache-2.0 */
/* groupnorm: y = (x - mean) / sqrt(variance + epsilon) gamma + beta, with the mean and (biased) variance of a sample's
 * group of channels (last dimension) over all its places. x, y (samples, ..., c), gamma and beta (c). As many groups as
 * channels: instance normalisation. Backward: kernels/groupnorm.c. Source: Wu, He, arXiv:1803.08494. */
#include "ops/groups.h"

#include <inttypes.h>

typedef struct groupnorm_attr {
    int64_t groups;
    double epsilon;
} groupnorm_attr;

static const yk_option attrs[] = { { "groups", YK_OPT_INT, offsetof(groupnorm_attr, groups), NULL, 1, 1e9, NULL,
                                     "the channels are cut into so many, each normalised by itself" },
                                   { "epsilon", YK_OPT_REAL, offsetof(groupnorm_attr, epsilon), "1e-5", YK_ABOVE_0, 1,
                                     NULL, "added to the variance" },
                                   { 0 } };

static yk_groups groups(const yk_op_args *a)
{
    const groupnorm_attr *attr = a->attr;
    const yk_shape *x = &a->in[0].shape;
    int64_t c = x->dim[x->ndim - 1];
    return (yk_groups){ 1, yk_shape_len_from(x, 1) / c, attr->groups, c / attr->groups, attr->epsilon };
}

static yk_status infer(yk_op_args *a)
{
    const int64_t n = ((const groupnorm_attr *)a->attr)->groups;
    const yk_shape *x = &a->in[0].shape;
    char text[YK_SHAPE_TEXT];
    YK_TRY(yk_op_infer_like(a));
    YK_CHECK(x->ndim >= 2, YK_ERR_SHAPE, "input has shape %s: groupnorm needs a last dimension of channels",
             yk_shape_text(x, 1, text));
    int64_t c = x->dim[x->ndim - 1];
    YK_CHECK(c % n == 0, YK_ERR_SHAPE, "groups %" PRId64 " must divide the input's %" PRId64 " channels", n, c);
    a->param[YK_GAMMA] = a->param[YK_BETA] = (yk_tensor){ YK_F32, yk_shape_of(1, c), NULL };
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
    { .attrs = "groups=2", .in = { { 4, { 5, 2, 3, 6 } } }, .leaf = 2 },
    { .attrs = "groups=3 epsilon=1e-3", .in = { { 2, { 4, 9 } } } },
    { .attrs = "groups=4", .in = { { 3, { 3, 5, 4 } } } },
};

const yk_op YK_OP_SYMBOL(groupnorm) = {
    .name = "groupnorm",
    .doc = "y = (x - mean) / sqrt(variance + epsilon) gamma + beta for each group of channels of a sample: x and y "
           "(samples, "
           "..., channels), gamma and beta (channels).",
    .n_in = 1,
    .attr_size = sizeof(groupnorm_attr),
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
