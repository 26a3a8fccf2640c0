/* SPDX-License-Identifier: Apache-2.0 */
/* dense: y = x W + b over the last dimension.
 * x (samples, ..., in), W (in, units), b (units), y (samples, ..., units). The dimensions between are rows: a sample
 * has `rows` of them, and the call samples * rows. Backward: dx = dy W^T;  dW = x^T dy and db = column sums of dy, one
 * of each per leaf. dense+relu: max(0, y) in the same pass (graph/fusion.c). */
#include "ops/relu_bias.h"

typedef struct dense_attr {
    int64_t units;
    bool bias;
} dense_attr;

static const yk_option attrs[] = {
    { "units", YK_OPT_INT, offsetof(dense_attr, units), NULL, 1, 1e8, NULL, "number of outputs" },
    { "bias", YK_OPT_BOOL, offsetof(dense_attr, bias), "true", 0, 0, NULL, "adds a trained number to each output" },
    { 0 }
};

static yk_status infer(yk_op_args *a)
{
    const dense_attr *attr = a->attr;
    const yk_shape *x = &a->in[0].shape;
    char text[YK_SHAPE_TEXT];
    YK_TRY(yk_op_check_real(&a->in[0]));
    YK_CHECK(x->ndim >= 2, YK_ERR_SHAPE, "input has shape %s: dense needs a last dimension of features",
             yk_shape_text(x, 1, text));
    int64_t in = x->dim[x->ndim - 1];
    yk_tensor_like(&a->out, &a->in[0]);
    a->out.shape.dim[x->ndim - 1] = attr->units;
    a->param[0] = (yk_tensor){ YK_F32, yk_shape_of(2, in, attr->units), NULL };
    a->param[1] = (yk_tensor){ attr->bias ? YK_F32 : YK_NO_DTYPE, yk_shape_of(1, attr->units), NULL };
    return YK_OK;
}

/* Features of a row, and rows of a sample. */
static int64_t width(const yk_op_args *a)
{
    const yk_shape *x = &a->in[0].shape;
    return x->dim[x->ndim - 1];
}
static int64_t rows_per_sample(const yk_op_args *a)
{
    return yk_shape_len_from(&a->in[0].shape, 1) / width(a);
}

static void compute(const yk_op_args *a, bool relu)
{
    const dense_attr *attr = a->attr;
    int64_t in = width(a), units = attr->units;
    yk_k->matmul(&(yk_matmul){ .m = a->rows.leaves.rows * rows_per_sample(a),
                               .n = units,
                               .k = in, /* y = x W + b */
                               .a = a->in[0].data,
                               .a_row = in,
                               .a_col = 1,
                               .b = a->param[0].data,
                               .b_row = units,
                               .b_col = 1,
                               .bias = attr->bias ? a->param[1].data : NULL,
                               .relu = relu,
                               .c = a->out.data,
                               .c_row = units,
                               .count = 1,
                               .k_last = in });
}

/* dbias is there already. */
static void gradients(const yk_op_args *a)
{
    const dense_attr *attr = a->attr;
    yk_leaves leaves = a->rows.leaves;
    int64_t in = width(a), units = attr->units, rows = rows_per_sample(a), count = yk_leaf_count(leaves);
    if (a->din[0].data)
        yk_k->matmul(&(yk_matmul){ .m = leaves.rows * rows,
                                   .n = in,
                                   .k = units, /* dx = dy W^T */
                                   .a = a->dout.data,
                                   .a_row = units,
                                   .a_col = 1,
                                   .b = a->param[0].data,
                                   .b_row = 1,
                                   .b_col = units,
                                   .c = a->din[0].data,
                                   .c_row = in,
                                   .add = a->din_add[0],
                                   .count = 1,
                                   .k_last = units });
    yk_k->matmul(&(yk_matmul){ .m = in,
                               .n = units,
                               .k = yk_leaf_rows(leaves, 0) * rows, /* dW = x^T dy, leaf by leaf */
                               .a = a->in[0].data,
                               .a_row = 1,
                               .a_col = in,
                               .b = a->dout.data,
                               .b_row = units,
                               .b_col = 1,
                               .c = a->dparam[0].data,
                               .c_row = units,
                               .add = a->dparam_add[0],
                               .count = count,
                               .a_step = leaves.size * rows * in,
                               .b_step = leaves.size * rows * units,
                               .c_step = a->leaf_step,
                               .k_last = yk_leaf_rows(leaves, count - 1) * rows });
}

static void forward(const yk_op_args *a)
{
    compute(a, false);
}

static void backward(const yk_op_args *a)
{
    if (a->param[1].dtype)
        yk_k->column_sums(a->rows.leaves, rows_per_sample(a), a->param[1].shape.dim[0], a->dout.data, a->dparam[1].data,
                          a->leaf_step, a->dparam_add[1]);
    gradients(a);
}

static void forward_relu(const yk_op_args *a)
{
    compute(a, true);
}

static void backward_relu(const yk_op_args *a)
{
    relu_bias_backward(a, rows_per_sample(a), ((const dense_attr *)a->attr)->units);
    gradients(a);
}

static double flops(const yk_op_args *a)
{
    const dense_attr *attr = a->attr;
    return (double)yk_tensor_len(&a->out) * (2.0 * (double)width(a) + (attr->bias ? 1 : 0));
}

static double flops_relu(const yk_op_args *a)
{
    return flops(a) + (double)yk_tensor_len(&a->out);
}

static const yk_op_sample samples[] = {
    { .attrs = "units=5", .in = { { 2, { 7, 6 } } }, .leaf = 3 },
    { .attrs = "units=1 bias=false", .in = { { 2, { 4, 9 } } } },
    { .attrs = "units=4", .in = { { 4, { 5, 2, 3, 3 } } }, .leaf = 2 },
};

const yk_op YK_OP_SYMBOL(dense) = {
    .name = "dense",
    .doc = "y = x kernel + bias over the last dimension: x (samples, ..., in), y (samples, ..., units).",
    .n_in = 1,
    .attr_size = sizeof(dense_attr),
    .attrs = attrs,
    .param = { { "kernel", YK_ROLE_KERNEL }, { "bias", YK_ROLE_BIAS } },
    .backward_reads_in = true,
    .infer = infer,
    .forward = forward,
    .backward = backward,
    .flops = flops,
    .samples = samples,
    .n_sample = YK_LEN(samples),
};

const yk_op YK_OP_SYMBOL(dense_relu) = {
    .name = "dense+relu",
    .doc = "y = max(0, dense(x)).",
    .kind = YK_OP_FUSED,
    .n_in = 1,
    .attr_size = sizeof(dense_attr),
    .attrs = attrs,
    .param = { { "kernel", YK_ROLE_KERNEL }, { "bias", YK_ROLE_BIAS } },
    .backward_reads_in = true,
    .backward_reads_out = true,
    .infer = infer,
    .forward = forward_relu,
    .backward = backward_relu,
    .flops = flops_relu,
    .samples = samples,
    .n_sample = YK_LEN(samples),
};
