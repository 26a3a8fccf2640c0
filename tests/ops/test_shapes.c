/* SPDX-License-Identifier: Apache-2.0 */
/* Shape rules and messages: what infer makes of shapes that fit, and what it says about those that do not. */
#include "rig.h"
#include "ops/window.h"

#define S1(...)                                                                                                        \
    {                                                                                                                  \
        1,                                                                                                             \
        {                                                                                                              \
            __VA_ARGS__                                                                                                \
        }                                                                                                              \
    }
#define S2(...)                                                                                                        \
    {                                                                                                                  \
        2,                                                                                                             \
        {                                                                                                              \
            __VA_ARGS__                                                                                                \
        }                                                                                                              \
    }
#define S3(...)                                                                                                        \
    {                                                                                                                  \
        3,                                                                                                             \
        {                                                                                                              \
            __VA_ARGS__                                                                                                \
        }                                                                                                              \
    }
#define S4(...)                                                                                                        \
    {                                                                                                                  \
        4,                                                                                                             \
        {                                                                                                              \
            __VA_ARGS__                                                                                                \
        }                                                                                                              \
    }
#define S5(...)                                                                                                        \
    {                                                                                                                  \
        5,                                                                                                             \
        {                                                                                                              \
            __VA_ARGS__                                                                                                \
        }                                                                                                              \
    }

static const yk_op *find(const char *name)
{
    for (const yk_op *const *op = yk_op_table; *op; op++)
        if (strcmp((*op)->name, name) == 0)
            return *op;
    CU_FAIL_FATAL("no such op");
    return NULL;
}

/* infer on shapes alone; tokens and in[1] of a loss with labels are int32, unless `dtype` gives all inputs' type. */
static yk_status infer(yk_op_args *a, void *attr, const yk_op *op, const char *attrs, const yk_shape *in,
                       yk_dtype dtype)
{
    memset(a, 0, sizeof *a);
    a->attr = attr;
    MUST(yk_op_attrs_parse(op, attrs, attr));
    for (; a->n_in < 3 && in[a->n_in].ndim; a->n_in++) {
        bool whole = op->takes_tokens || (a->n_in == 1 && op->target && op->target(attr).kind == YK_TARGET_LABEL);
        yk_dtype own = whole ? YK_I32 : YK_F32;
        a->in[a->n_in] = (yk_tensor){ dtype ? dtype : own, in[a->n_in], NULL };
    }
    a->rows.leaves = (yk_leaves){ in[0].dim[0], 4 };
    return op->infer(a);
}

static void test_shapes_that_fit(void)
{
    static const struct {
        const char *op, *attrs;
        yk_shape in[3], out, param[4];
    } cases[] = {
        { "dense", "units=5", { S2(8, 7) }, S2(8, 5), { S2(7, 5), S1(5) } },
        { "dense", "units=1 bias=false", { S2(1, 1) }, S2(1, 1), { S2(1, 1) } },
        { "dense", "units=6", { S4(8, 2, 3, 7) }, S4(8, 2, 3, 6), { S2(7, 6), S1(6) } },
        { "conv2d", "filters=4 kernel=3", { S4(8, 28, 28, 1) }, S4(8, 26, 26, 4), { S4(3, 3, 1, 4), S1(4) } },
        { "conv2d", "filters=4 kernel=3 padding=same", { S4(8, 5, 7, 2) }, S4(8, 5, 7, 4), { S4(3, 3, 2, 4), S1(4) } },
        { "conv2d",
          "filters=6 kernel=[5,3] stride=2 padding=same groups=2 bias=false",
          { S4(2, 7, 8, 4) },
          S4(2, 4, 4, 6),
          { S4(5, 3, 2, 6) } },
        { "conv2d",
          "filters=1 kernel=3 padding=[0,1,2,3]",
          { S4(1, 4, 4, 1) },
          S4(1, 3, 7, 1),
          { S4(3, 3, 1, 1), S1(1) } },
        { "conv2d",
          "filters=1 kernel=3 padding=4 dilation=3",
          { S4(1, 1, 2, 1) },
          S4(1, 3, 4, 1),
          { S4(3, 3, 1, 1), S1(1) } },
        { "conv1d", "filters=4 kernel=3", { S3(8, 9, 2) }, S3(8, 7, 4), { S3(3, 2, 4), S1(4) } },
        { "conv1d", "filters=4 kernel=3 padding=causal", { S3(8, 9, 2) }, S3(8, 9, 4), { S3(3, 2, 4), S1(4) } },
        { "conv1d",
          "filters=4 kernel=[4] padding=causal stride=2 dilation=3 groups=2 bias=false",
          { S3(8, 9, 6) },
          S3(8, 5, 4),
          { S3(4, 3, 4) } },
        { "conv1d", "filters=1 kernel=9 padding=[3,6]", { S3(8, 1, 1) }, S3(8, 2, 1), { S3(9, 1, 1), S1(1) } },
        { "conv3d", "filters=4 kernel=3", { S5(2, 3, 4, 5, 6) }, S5(2, 1, 2, 3, 4), { S5(3, 3, 3, 6, 4), S1(4) } },
        { "conv3d",
          "filters=4 kernel=[1,2,3] stride=[3,2,1] padding=[0,1,2,0,0,3]",
          { S5(2, 4, 4, 4, 1) },
          S5(2, 2, 3, 5, 4),
          { S5(1, 2, 3, 1, 4), S1(4) } },
        { "depthwise_conv2d", "kernel=3", { S4(8, 5, 6, 7) }, S4(8, 3, 4, 7), { S4(3, 3, 7, 1), S1(7) } },
        { "depthwise_conv2d",
          "kernel=[2,3] stride=2 padding=same multiplier=3",
          { S4(8, 5, 6, 7) },
          S4(8, 3, 3, 21),
          { S4(2, 3, 7, 3), S1(21) } },
        { "separable_conv2d",
          "filters=5 kernel=3 multiplier=2",
          { S4(8, 5, 6, 7) },
          S4(8, 3, 4, 5),
          { S4(3, 3, 7, 2), S4(1, 1, 14, 5), S1(5) } },
        { "separable_conv2d",
          "filters=5 kernel=3 bias=false padding=same",
          { S4(8, 5, 6, 1) },
          S4(8, 5, 6, 5),
          { S4(3, 3, 1, 1), S4(1, 1, 1, 5) } },
        { "conv2d_transpose", "filters=4 kernel=3", { S4(8, 5, 6, 7) }, S4(8, 7, 8, 4), { S4(3, 3, 4, 7), S1(4) } },
        { "conv2d_transpose",
          "filters=4 kernel=2 stride=2 groups=2",
          { S4(8, 5, 6, 8) },
          S4(8, 10, 12, 4),
          { S4(2, 2, 2, 8), S1(4) } },
        { "conv2d_transpose",
          "filters=4 kernel=3 stride=2 padding=same",
          { S4(8, 5, 6, 7) },
          S4(8, 10, 12, 4),
          { S4(3, 3, 4, 7), S1(4) } },
        { "conv2d_transpose",
          "filters=4 kernel=3 stride=2 padding=1 output_padding=[0,1] bias=false",
          { S4(8, 5, 6, 7) },
          S4(8, 9, 12, 4),
          { S4(3, 3, 4, 7) } },
        { "conv2d_transpose",
          "filters=1 kernel=1 stride=3",
          { S4(8, 2, 1, 1) },
          S4(8, 6, 3, 1),
          { S4(1, 1, 1, 1), S1(1) } },
        { "upsample2d", "", { S4(3, 7, 6, 5) }, S4(3, 14, 12, 5), { { 0 } } },
        { "upsample2d", "size=[1,3] mode=bilinear", { S4(3, 7, 6, 5) }, S4(3, 7, 18, 5), { { 0 } } },
        { "maxpool1d", "size=2", { S3(3, 7, 5) }, S3(3, 3, 5), { { 0 } } },
        { "avgpool1d", "size=3 stride=1 padding=causal", { S3(3, 7, 5) }, S3(3, 7, 5), { { 0 } } },
        { "maxpool3d", "size=[1,2,3]", { S5(3, 7, 6, 5, 2) }, S5(3, 7, 3, 1, 2), { { 0 } } },
        { "avgpool3d", "size=3 stride=2 padding=same", { S5(3, 7, 6, 1, 2) }, S5(3, 4, 3, 1, 2), { { 0 } } },
        { "global_avgpool2d", "", { S4(3, 7, 6, 5) }, S2(3, 5), { { 0 } } },
        { "global_maxpool2d", "", { S4(3, 1, 1, 5) }, S2(3, 5), { { 0 } } },
        { "adaptive_avgpool2d", "size=3", { S4(3, 7, 2, 5) }, S4(3, 3, 3, 5), { { 0 } } },
        { "adaptive_avgpool2d", "size=[1,9]", { S4(3, 7, 6, 5) }, S4(3, 1, 9, 5), { { 0 } } },
        { "maxpool2d", "size=2", { S4(3, 7, 6, 5) }, S4(3, 3, 3, 5), { { 0 } } },
        { "maxpool2d", "size=3 stride=2 padding=same", { S4(3, 7, 6, 5) }, S4(3, 4, 3, 5), { { 0 } } },
        { "maxpool2d", "size=[3,2] stride=[0,1]", { S4(3, 7, 6, 5) }, S4(3, 2, 5, 5), { { 0 } } },
        { "avgpool2d", "size=7", { S4(3, 7, 7, 5) }, S4(3, 1, 1, 5), { { 0 } } },
        { "avgpool2d", "size=3 stride=2 padding=1", { S4(3, 6, 7, 5) }, S4(3, 3, 4, 5), { { 0 } } },
        { "batchnorm", "", { S2(9, 5) }, S2(9, 5), { S1(5), S1(5), S1(5), S1(5) } },
        { "batchnorm", "", { S4(9, 3, 2, 5) }, S4(9, 3, 2, 5), { S1(5), S1(5), S1(5), S1(5) } },
        { "dropout", "rate=0.5", { S3(4, 3, 2) }, S3(4, 3, 2), { { 0 } } },
        { "relu", "", { S1(4) }, S1(4), { { 0 } } },
        { "sigmoid", "", { S2(4, 1) }, S2(4, 1), { { 0 } } },
        { "tanh", "", { S3(4, 3, 2) }, S3(4, 3, 2), { { 0 } } },
        { "softmax", "", { S3(4, 3, 2) }, S3(4, 3, 2), { { 0 } } },
        { "add", "", { S2(4, 3), S2(4, 3), S2(4, 3) }, S2(4, 3), { { 0 } } },
        { "add", "", { S3(4, 3, 1), S3(4, 1, 5) }, S3(4, 3, 5), { { 0 } } },
        { "add", "", { S1(4), S4(4, 1, 2, 1), S2(4, 3) }, S4(4, 1, 2, 3), { { 0 } } },
        { "subtract", "", { S4(4, 5, 5, 3), S2(4, 3) }, S4(4, 5, 5, 3), { { 0 } } },
        { "multiply", "", { S4(4, 1, 1, 3), S4(4, 7, 5, 3) }, S4(4, 7, 5, 3), { { 0 } } },
        { "maximum", "", { S1(4), S1(4) }, S1(4), { { 0 } } },
        { "average", "", { S2(1, 1), S2(1, 1), S2(1, 9) }, S2(1, 9), { { 0 } } },
        { "leaky_relu", "slope=0.2", { S2(4, 3) }, S2(4, 3), { { 0 } } },
        { "prelu", "", { S4(4, 3, 3, 5) }, S4(4, 3, 3, 5), { S1(5) } },
        { "gelu", "approximate=tanh", { S1(4) }, S1(4), { { 0 } } },
        { "reshape", "shape=[2,-1]", { S2(4, 6) }, S3(4, 2, 3), { { 0 } } },
        { "reshape", "shape=1", { S1(4) }, S2(4, 1), { { 0 } } },
        { "permute", "order=[3,1,2]", { S4(4, 2, 3, 5) }, S4(4, 5, 2, 3), { { 0 } } },
        { "concat", "", { S3(4, 2, 3), S3(4, 2, 1), S3(4, 2, 5) }, S3(4, 2, 9), { { 0 } } },
        { "concat", "axis=1", { S3(4, 2, 3), S3(4, 1, 3) }, S3(4, 3, 3), { { 0 } } },
        { "concat", "axis=-2", { S3(4, 2, 3), S3(4, 1, 3) }, S3(4, 3, 3), { { 0 } } },
        { "slice", "begin=[1,-2] size=[2]", { S4(4, 5, 3, 2) }, S4(4, 2, 2, 2), { { 0 } } },
        { "slice", "begin=4", { S2(4, 5) }, S2(4, 1), { { 0 } } },
        { "tile", "times=[3,1]", { S3(4, 2, 5) }, S3(4, 6, 5), { { 0 } } },
        { "pad2d", "sides=[1,2,3,4]", { S4(4, 2, 3, 5) }, S4(4, 5, 10, 5), { { 0 } } },
        { "pad2d", "sides=[1,2] mode=reflect", { S4(4, 2, 3, 5) }, S4(4, 4, 7, 5), { { 0 } } },
        { "crop2d", "sides=[1,0,0,2]", { S4(4, 2, 3, 5) }, S4(4, 1, 1, 5), { { 0 } } },
        { "layernorm", "", { S3(4, 2, 5) }, S3(4, 2, 5), { S1(5), S1(5) } },
        { "layernorm", "axes=2", { S3(4, 2, 5) }, S3(4, 2, 5), { S2(2, 5), S2(2, 5) } },
        { "groupnorm", "groups=3", { S4(4, 2, 2, 6) }, S4(4, 2, 2, 6), { S1(6), S1(6) } },
        { "groupnorm", "groups=6", { S2(4, 6) }, S2(4, 6), { S1(6), S1(6) } },
        { "local_response_norm", "size=5", { S4(4, 2, 2, 3) }, S4(4, 2, 2, 3), { { 0 } } },
        { "dropout2d", "rate=0.5", { S3(4, 3, 2) }, S3(4, 3, 2), { { 0 } } },
        { "embedding", "vocabulary=100 units=8", { S2(4, 20) }, S3(4, 20, 8), { S2(100, 8) } },
        { "embedding", "vocabulary=1 units=1", { S1(4) }, S2(4, 1), { S2(1, 1) } },
        { "position_embedding", "", { S3(4, 5, 6) }, S3(4, 5, 6), { S2(5, 6) } },
        { "position_encoding", "", { S3(4, 5, 6) }, S3(4, 5, 6), { { 0 } } },
        { "attention", "heads=2", { S3(4, 5, 12) }, S3(4, 5, 4), { { 0 } } },
        { "attention", "", { S3(4, 5, 6), S3(4, 7, 12) }, S3(4, 5, 6), { { 0 } } },
        { "attention", "mask=true", { S3(4, 5, 6), S3(4, 7, 12), S2(4, 7) }, S3(4, 5, 6), { { 0 } } },
        { "lstm", "units=6", { S3(8, 5, 3) }, S2(8, 6), { S2(3, 24), S2(6, 24), S1(24) } },
        { "lstm",
          "units=6 return_sequences=true",
          { S3(8, 5, 3), S2(8, 5) },
          S3(8, 5, 6),
          { S2(3, 24), S2(6, 24), S1(24) } },
        { "lstm",
          "units=1 return_state=true initial_state=true",
          { S3(1, 1, 1), S2(1, 1), S2(1, 1) },
          S2(1, 2),
          { S2(1, 4), S2(1, 4), S1(4) } },
        { "lstm", "units=2 carry=20", { S3(4, 7, 1) }, S2(4, 2), { S2(1, 8), S2(2, 8), S1(8), S2(20, 4) } },
        { "gru", "units=6", { S3(8, 5, 3) }, S2(8, 6), { S2(3, 18), S2(6, 18), S2(2, 18) } },
        { "gru", "units=6 return_state=true", { S3(8, 5, 3) }, S2(8, 6), { S2(3, 18), S2(6, 18), S2(2, 18) } },
        { "rnn", "units=6 return_sequences=true", { S3(8, 5, 3) }, S3(8, 5, 6), { S2(3, 6), S2(6, 6), S1(6) } },
        { "rnn", "units=6 bias=false nonlinearity=relu", { S3(8, 1, 3) }, S2(8, 6), { S2(3, 6), S2(6, 6) } },
        { "flatten", "", { S4(4, 3, 2, 5) }, S2(4, 30), { { 0 } } },
        { "flatten", "", { S1(4) }, S2(4, 1), { { 0 } } },
        { "softmax_cross_entropy", "", { S2(8, 10), S1(8) }, S1(8), { { 0 } } },
        { "softmax_cross_entropy", "", { S4(8, 4, 5, 10), S3(8, 4, 5) }, S1(8), { { 0 } } },
        { "binary_cross_entropy", "", { S2(8, 1), S1(8) }, S1(8), { { 0 } } },
        { "binary_cross_entropy", "", { S3(8, 4, 2), S3(8, 4, 2) }, S1(8), { { 0 } } },
        { "mean_squared_error", "", { S2(8, 3), S2(8, 3) }, S1(8), { { 0 } } },
    };
    for (int i = 0; i < LEN(cases); i++) {
        const yk_op *op = find(cases[i].op);
        yk_op_args a;
        int64_t attr[512];
        char text[YK_SHAPE_TEXT], label[256];
        snprintf(label, sizeof label, "%s %s", cases[i].op, cases[i].attrs);
        MUST(infer(&a, attr, op, cases[i].attrs, cases[i].in, YK_NO_DTYPE));
        if (a.out.dtype != YK_F32 || !yk_shape_equal(&a.out.shape, &cases[i].out))
            FAIL_CASE(label, "output has shape %s\n", yk_shape_text(&a.out.shape, 0, text));
        for (int p = 0; p < YK_OP_MAX_PARAM; p++) {
            bool want = cases[i].param[p].ndim > 0;
            if (want != (a.param[p].dtype == YK_F32) ||
                (want && !yk_shape_equal(&a.param[p].shape, &cases[i].param[p])))
                FAIL_CASE(label, "parameter %d has shape %s\n", p, yk_shape_text(&a.param[p].shape, 0, text));
        }
        CU_ASSERT(op->flops(&a) >= 0);
    }
}

static void test_shapes_that_do_not_fit(void)
{
    static const struct {
        const char *op, *attrs;
        yk_shape in[3];
        yk_dtype dtype;
        const char *text;
    } cases[] = {
        { "dense", "units=5", { S1(8) }, 0, "input has shape (): dense needs a last dimension of features" },
        { "dense", "units=5", { S2(8, 3) }, YK_I32, "input holds whole numbers (int32): real numbers are needed" },
        { "conv2d",
          "filters=4 kernel=50",
          { S4(8, 14, 14, 3) },
          0,
          "kernel 50 x 50 does not fit the image 14 x 14 (padding valid)" },
        { "conv2d",
          "filters=4 kernel=[3,9] dilation=[1,2] padding=[0,0,1,1]",
          { S4(8, 14, 14, 3) },
          0,
          "kernel 3 x 9 does not fit the image 14 x 14 (padding [0, 0, 1, 1], dilation 1 x 2)" },
        { "conv2d",
          "filters=4 kernel=9 dilation=[2,1]",
          { S4(8, 14, 14, 3) },
          0,
          "kernel 9 x 9 does not fit the image 14 x 14 (padding valid, dilation 2 x 1)" },
        { "conv2d",
          "filters=4 kernel=3",
          { S2(8, 784) },
          0,
          "input has shape (784): an image (height, width, channels) is needed" },
        { "conv2d", "filters=4 kernel=3", { S3(8, 28, 28) }, 0, "input has shape (28, 28): an image" },
        { "conv2d",
          "filters=4 kernel=3 groups=2",
          { S4(8, 28, 28, 3) },
          0,
          "groups 2 must divide the image's 3 channels and the 4 filters" },
        { "conv2d",
          "filters=3 kernel=3 groups=2",
          { S4(8, 28, 28, 4) },
          0,
          "groups 2 must divide the image's 4 channels and the 3 filters" },
        { "conv2d", "filters=3 kernel=[3,3,3]", { S4(8, 28, 28, 4) }, 0, "kernel has 3 numbers: give one, or" },
        { "conv2d",
          "filters=3 kernel=3 stride=[1,1,1]",
          { S4(8, 28, 28, 4) },
          0,
          "stride has 3 numbers: give one, or" },
        { "conv2d",
          "filters=3 kernel=3 dilation=[1,1,1]",
          { S4(8, 28, 28, 4) },
          0,
          "dilation has 3 numbers: give one, or" },
        { "conv2d", "filters=3 kernel=3", { S4(8, 28, 28, 4) }, YK_U8, "input holds whole numbers (uint8)" },
        { "conv1d", "filters=3 kernel=5", { S3(8, 4, 2) }, 0, "kernel 5 does not fit the sequence 4 (padding valid)" },
        { "conv1d",
          "filters=3 kernel=3 dilation=4 padding=[1,2]",
          { S3(8, 4, 2) },
          0,
          "kernel 3 does not fit the sequence 4 (padding [1, 2], dilation 4)" },
        { "conv1d",
          "filters=3 kernel=3",
          { S4(8, 4, 2, 1) },
          0,
          "input has shape (4, 2, 1): a sequence (time, channels) is needed" },
        { "conv1d", "filters=3 kernel=[3,3]", { S3(8, 4, 2) }, 0, "kernel has 2 numbers: give one" },
        { "conv1d",
          "filters=3 kernel=3 groups=2",
          { S3(8, 4, 3) },
          0,
          "groups 2 must divide the sequence's 3 channels" },
        { "conv3d",
          "filters=3 kernel=[1,2,5]",
          { S5(8, 4, 4, 4, 1) },
          0,
          "kernel 1 x 2 x 5 does not fit the volume 4 x 4 x 4 (padding valid)" },
        { "conv3d",
          "filters=3 kernel=3 padding=[1,0,0,0,0,0] dilation=2",
          { S5(8, 4, 4, 4, 1) },
          0,
          "(padding [1, 0, 0, 0, 0, 0], dilation 2 x 2 x 2)" },
        { "conv3d",
          "filters=3 kernel=3",
          { S4(8, 4, 4, 4) },
          0,
          "input has shape (4, 4, 4): a volume (depth, height, width, channels) is needed" },
        { "conv3d",
          "filters=3 kernel=[3,3]",
          { S5(8, 4, 4, 4, 1) },
          0,
          "kernel has 2 numbers: give one, or [depth, height, width]" },
        { "depthwise_conv2d", "kernel=5", { S4(8, 4, 6, 3) }, 0, "kernel 5 x 5 does not fit the image 4 x 6" },
        { "depthwise_conv2d", "kernel=5", { S1(8) }, 0, "input has shape (): an image" },
        { "separable_conv2d",
          "filters=2 kernel=5",
          { S4(8, 4, 6, 3) },
          0,
          "kernel 5 x 5 does not fit the image 4 x 6 (padding valid)" },
        { "separable_conv2d", "filters=2 kernel=5", { S3(8, 4, 6) }, YK_U8, "input holds whole numbers (uint8)" },
        { "conv2d_transpose", "filters=2 kernel=2", { S3(8, 4, 6) }, 0, "input has shape (4, 6): an image" },
        { "conv2d_transpose",
          "filters=2 kernel=3 padding=[2,2,0,0]",
          { S4(8, 2, 6, 3) },
          0,
          "padding [2, 2, 0, 0] leaves nothing of the output of kernel 3 x 3 on the image 2 x 6: it would be 0 x 8" },
        { "conv2d_transpose",
          "filters=2 kernel=3 stride=2 output_padding=2",
          { S4(8, 2, 6, 3) },
          0,
          "output_padding does not go with stride 2 x 2, dilation 1 x 1 (kernel 3 x 3, padding valid): the image 2 x 6 "
          "would become 7 x 15" },
        { "conv2d_transpose",
          "filters=2 kernel=4 stride=2 output_padding=0 padding=same",
          { S4(8, 2, 6, 3) },
          0,
          "output_padding does not go with stride 2 x 2, dilation 1 x 1 (kernel 4 x 4, padding same): the image 2 x 6 "
          "would become 2 x 10" },
        { "conv2d_transpose",
          "filters=2 kernel=3 output_padding=[0,0,0]",
          { S4(8, 2, 6, 3) },
          0,
          "output_padding has 3 numbers: give one, or [height, width]" },
        { "conv2d_transpose",
          "filters=3 kernel=3 groups=2",
          { S4(8, 2, 6, 4) },
          0,
          "groups 2 must divide the image's 4 channels and the 3 filters" },
        { "upsample2d", "", { S3(8, 2, 6) }, 0, "input has shape (2, 6): an image" },
        { "upsample2d", "size=[1,2,3]", { S4(8, 2, 6, 1) }, 0, "size has 3 numbers: give one, or [height, width]" },
        { "maxpool1d", "size=3", { S3(8, 2, 5) }, 0, "size 3 does not fit the sequence 2 (padding valid)" },
        { "avgpool1d",
          "size=2 padding=[2,0]",
          { S3(8, 2, 5) },
          0,
          "padding [2, 0] is too much for size 2 on the sequence 2" },
        { "maxpool3d", "size=[2,2,3]", { S5(8, 2, 2, 2, 1) }, 0, "size 2 x 2 x 3 does not fit the volume 2 x 2 x 2" },
        { "avgpool3d", "size=2 stride=[1,1]", { S5(8, 2, 2, 2, 1) }, 0, "stride has 2 numbers: give one, or [depth," },
        { "global_avgpool2d", "", { S3(8, 6, 6) }, 0, "input has shape (6, 6): an image (height, width, channels)" },
        { "global_maxpool2d",
          "",
          { S4(8, 5000, 5000, 1) },
          0,
          "a window of 25000000 pixels is too large: pooling takes 16777216 at most" },
        { "adaptive_avgpool2d", "size=2", { S3(8, 6, 6) }, 0, "input has shape (6, 6): an image" },
        { "adaptive_avgpool2d", "size=[1,2,3]", { S4(8, 6, 6, 1) }, 0, "size has 3 numbers: give one, or" },
        { "maxpool2d", "size=3", { S4(8, 2, 5, 4) }, 0, "size 3 x 3 does not fit the image 2 x 5 (padding valid)" },
        { "maxpool2d",
          "size=2 padding=2",
          { S4(8, 6, 6, 4) },
          0,
          "padding [2, 2, 2, 2] is too much for size 2 x 2 on the image 6 x 6: some windows would see padding only" },
        { "avgpool2d", "size=3 stride=1 padding=[0,3,0,0]", { S4(8, 6, 6, 4) }, 0, "padding [0, 3, 0, 0] is too much" },
        { "avgpool2d", "size=2", { S3(8, 6, 6) }, 0, "input has shape (6, 6): an image" },
        { "batchnorm", "", { S1(8) }, 0, "input has shape (): batchnorm needs a last dimension of channels" },
        { "softmax", "", { S1(8) }, 0, "input has shape (): softmax needs a last dimension to sum over" },
        { "add",
          "",
          { S2(8, 3), S2(8, 4) },
          0,
          "input 2 has shape (4), the others (3): lengths must be equal, or 1 to be repeated" },
        { "multiply", "", { S4(8, 5, 5, 3), S2(8, 5) }, 0, "input 2 has shape (5), the others (5, 5, 3)" },
        { "subtract", "", { S2(8, 3), S3(8, 4, 2) }, 0, "input 1 has shape (3), the others (4, 2)" },
        { "average", "", { S3(8, 1, 3), S3(8, 2, 1), S3(8, 2, 2) }, 0, "input 3 has shape (2, 2), the others (2, 3)" },
        { "maximum", "", { S2(8, 3), S2(8, 3) }, YK_I32, "input holds whole numbers (int32)" },
        { "prelu", "", { S1(8) }, 0, "input has shape (): prelu needs a last dimension of channels" },
        { "elu", "", { S2(8, 3) }, YK_I32, "input holds whole numbers (int32)" },
        { "reshape", "shape=[4,2]", { S2(8, 6) }, 0, "input has shape (6): its 6 elements do not fit shape (4, 2)" },
        { "reshape", "shape=[4,-1]", { S2(8, 6) }, 0, "its 6 elements do not fit shape (4, -1)" },
        { "reshape", "shape=[-1,-1]", { S2(8, 6) }, 0, "shape has two -1: only one dimension can follow" },
        { "reshape", "shape=[0,6]", { S2(8, 6) }, 0, "shape has a 0" },
        { "reshape", "shape=[1,1,1,1,1,6]", { S2(8, 6) }, 0, "shape has 6 numbers: a sample has at most 5" },
        { "reshape", "shape=[1000000000000,1000000000000,-1]", { S2(8, 6) }, 0, "do not fit shape" },
        { "permute",
          "order=[1,1]",
          { S3(8, 2, 3) },
          0,
          "input has shape (2, 3): order must name each of its axes 1 to 2" },
        { "permute", "order=[2,1]", { S2(8, 2) }, 0, "order must name each of its axes 1 to 1 once" },
        { "permute", "order=[1,2,3]", { S3(8, 2, 3) }, 0, "order must name each of its axes 1 to 2 once" },
        { "concat",
          "axis=3",
          { S3(8, 2, 3), S3(8, 2, 3) },
          0,
          "axis 3 is none of an input of shape (2, 3): axes are 1 to 2" },
        { "concat", "axis=0", { S2(8, 2), S2(8, 3) }, 0, "axis 0 is none of an input of shape (2)" },
        { "concat",
          "axis=1",
          { S3(8, 2, 3), S3(8, 2, 4) },
          0,
          "input 2 has shape (2, 4), input 1 has (2, 3): they must be equal but for axis 1" },
        { "concat", "", { S3(8, 2, 3), S2(8, 3) }, 0, "input 2 has shape (3), input 1 has (2, 3)" },
        { "slice",
          "begin=5",
          { S2(8, 5) },
          0,
          "begin 5 and size -1 do not fit axis 1 of the input, whose shape is (5)" },
        { "slice", "begin=-6", { S2(8, 5) }, 0, "begin -6 and size -1 do not fit axis 1" },
        { "slice", "begin=[0,1] size=[-1,3]", { S3(8, 5, 3) }, 0, "begin 1 and size 3 do not fit axis 2" },
        { "slice", "begin=0 size=0", { S2(8, 5) }, 0, "begin 0 and size 0 do not fit axis 1" },
        { "slice", "begin=[0,0]", { S2(8, 5) }, 0, "begin has 2 numbers and size 1, but the input's shape is (5)" },
        { "tile",
          "times=2",
          { S3(8, 5, 3) },
          0,
          "times has 1 number, but the input's shape is (5, 3): one for each axis" },
        { "pad2d",
          "sides=1",
          { S3(8, 5, 3) },
          0,
          "input has shape (5, 3): an image (height, width, channels) is needed" },
        { "pad2d",
          "sides=[1,2,3]",
          { S4(8, 5, 3, 1) },
          0,
          "sides has 3 numbers: give one, [vertical, horizontal], or" },
        { "pad2d",
          "sides=[0,0,3,0] mode=reflect",
          { S4(8, 5, 3, 1) },
          0,
          "a side of 3 pixels is too much to reflect the image (5, 3, 1): at most its length less one" },
        { "crop2d", "sides=2", { S4(8, 5, 4, 1) }, 0, "sides [2, 2, 2, 2] leave nothing of the image (5, 4, 1)" },
        { "layernorm",
          "axes=2",
          { S2(8, 5) },
          0,
          "input has shape (5): layernorm needs 2 last dimensions to normalise" },
        { "layernorm", "", { S1(8) }, 0, "layernorm needs 1 last dimension to normalise" },
        { "groupnorm", "groups=4", { S2(8, 6) }, 0, "groups 4 must divide the input's 6 channels" },
        { "groupnorm", "groups=1", { S1(8) }, 0, "groupnorm needs a last dimension of channels" },
        { "local_response_norm", "size=3", { S1(8) }, 0, "local_response_norm needs a last dimension of channels" },
        { "dropout2d", "rate=0.5", { S2(8, 5) }, 0, "input has shape (5): dropout2d needs channels of several places" },
        { "embedding",
          "vocabulary=9 units=2",
          { S2(8, 5) },
          YK_F32,
          "input holds real numbers (float32): tokens, which are whole numbers, are needed" },
        { "position_embedding",
          "",
          { S2(8, 5) },
          0,
          "input has shape (5): position_embedding needs (positions, features)" },
        { "position_encoding",
          "",
          { S2(8, 5) },
          0,
          "input has shape (5): position_encoding needs (positions, features)" },
        { "attention", "", { S2(8, 5) }, 0, "input 1 has shape (5): attention needs (positions, features)" },
        { "attention",
          "heads=2",
          { S3(8, 5, 9) },
          0,
          "queries have 3 features, keys 3, values 3: queries and keys need as many, and 2 "
          "heads must divide all" },
        { "attention", "", { S3(8, 5, 7) }, 0, "input 1 has 7 features: 3 parts of one length are needed" },
        { "attention",
          "",
          { S3(8, 5, 6), S3(8, 5, 8) },
          0,
          "queries have 6 features, keys 4, values 4: queries and keys need as many, "
          "and 1 heads must divide all" },
        { "attention", "", { S3(8, 5, 6), S3(8, 5, 6), S3(8, 4, 6) }, 0, "there are 5 keys and 4 values" },
        { "attention",
          "mask=true",
          { S3(8, 5, 6), S2(8, 4) },
          0,
          "the mask has shape (4): it needs a number for each of the 5 keys" },
        { "attention",
          "mask=true",
          { S2(8, 4) },
          0,
          "attention takes 1, 2 or 3 inputs (queries, keys and values; queries, keys and values side by side; all side "
          "by side), and the mask, and not 1" },
        { "embedding", "vocabulary=9 units=2 padding=9", { S2(8, 5) }, 0, "padding 9 is none of the 9 tokens" },
        { "lstm",
          "units=2",
          { S2(8, 5) },
          0,
          "input has shape (5): a sequence has two dimensions, steps and features" },
        { "lstm", "units=2", { S3(8, 5, 3) }, YK_I32, "input holds whole numbers (int32)" },
        { "lstm", "units=2", { S3(8, 5, 3), S2(8, 4) }, 0, "the mask has shape (4): it has one number a step, (5)" },
        { "gru",
          "units=2",
          { S3(8, 5, 3), S2(8, 5), S2(8, 2) },
          0,
          "and no states (initial_state: false); not 3 inputs" },
        { "lstm", "units=2 initial_state=true", { S3(8, 5, 3), S2(8, 2) }, 0, "and the states h and c; not 2 inputs" },
        { "gru",
          "units=2 initial_state=true",
          { S3(8, 5, 3), S2(8, 5) },
          0,
          "state h has shape (5): with 2 units it is (2)" },
        { "lstm",
          "units=2 initial_state=true",
          { S3(8, 5, 3), S2(8, 2), S2(8, 3) },
          0,
          "state c has shape (3): with 2" },
        { "lstm",
          "units=2 return_state=true return_sequences=true",
          { S3(8, 5, 3) },
          0,
          "one of them can be the output" },
        { "rnn", "units=2 carry=4 initial_state=true", { S3(8, 5, 3), S2(8, 2) }, 0, "carry and initial_state" },
        { "relu", "", { S2(8, 3) }, YK_I64, "input holds whole numbers (int64)" },
        { "flatten", "", { S2(8, 3) }, YK_I32, "input holds whole numbers (int32)" },
        { "softmax_cross_entropy", "", { S1(8), S1(8) }, 0, "the model's output has shape ()" },
        { "softmax_cross_entropy",
          "",
          { S2(8, 10), S2(8, 10) },
          0,
          "the target has shape (10): for a model output of shape (10) softmax_cross_entropy needs shape ()" },
        { "softmax_cross_entropy", "", { S3(8, 4, 10), S1(8) }, 0, "needs shape (4)" },
        { "softmax_cross_entropy",
          "",
          { S2(8, 10), S1(8) },
          YK_F32,
          "the target holds float32 numbers: softmax_cross_entropy needs class numbers (whole numbers from 0)" },
        { "binary_cross_entropy",
          "",
          { S2(8, 2), S1(8) },
          0,
          "the model's output has shape (2), the target (): binary_cross_entropy needs the same shape" },
        { "binary_cross_entropy", "", { S2(8, 1), S3(8, 1, 1) }, 0, "has shape (1), the target (1, 1)" },
        { "mean_squared_error",
          "",
          { S3(8, 4, 4), S2(8, 16) },
          0,
          "the model's output has shape (4, 4), the target (16): mean_squared_error needs the same shape" },
        { "mean_squared_error", "", { S2(8, 4), S2(8, 4) }, YK_I32, "holds whole numbers (int32)" },
        { "softmax_cross_entropy",
          "class_weights=[1,2]",
          { S2(8, 3), S1(8) },
          0,
          "class_weights: 2 numbers for 3 classes" },
        { "softmax_cross_entropy",
          "soft_labels=true ignore=2",
          { S2(8, 3), S2(8, 3) },
          0,
          "ignore is of class numbers, and soft_labels has none" },
        { "softmax_cross_entropy",
          "soft_labels=true",
          { S2(8, 3), S2(8, 4) },
          0,
          "output has shape (3), the target (4) (float32): softmax_cross_entropy with soft_labels needs numbers of" },
        { "softmax_cross_entropy", "soft_labels=true", { S1(8), S1(8) }, 0, "needs one number a class" },
        { "binary_cross_entropy",
          "pos_weight=[1,2]",
          { S2(8, 3), S2(8, 3) },
          0,
          "pos_weight: 2 numbers for 3 outputs" },
        { "kl_divergence", "", { S2(8, 3), S1(8) }, 0, "output has shape (3), the target () (float32): kl_divergence" },
        { "cosine_similarity", "", { S3(8, 3, 2), S2(8, 6) }, 0, "cosine_similarity needs numbers of the same shape" },
        { "categorical_hinge", "", { S2(8, 3), S2(8, 3) }, 0, "categorical_hinge needs shape ()" },
        { "huber", "", { S2(8, 3), S2(8, 2) }, 0, "the target (2): huber needs the same shape" },
        { "weigh", "", { S1(8), S2(8, 1) }, 0, "weights of shape (1) for losses of shape (): one a sample is needed" },
    };
    for (int i = 0; i < LEN(cases); i++) {
        yk_op_args a;
        int64_t attr[512];
        yk_status got = infer(&a, attr, find(cases[i].op), cases[i].attrs, cases[i].in, cases[i].dtype);
        if (got == YK_OK || !strstr(yk_error_text(), cases[i].text))
            FAIL_CASE(cases[i].text, "%s %s: %s\n", cases[i].op, cases[i].attrs,
                      got == YK_OK ? "accepted" : yk_error_text());
    }
}

/* Keras: output rounded up to in / stride, the odd pixel of padding at the end; torch: rounded down. */
static void test_window_geometry(void)
{
    static const struct {
        int64_t in, size, stride, dilation;
        bool same;
        int64_t out, before;
    } cases[] = {
        { 5, 3, 1, 1, true, 5, 1 },     { 6, 3, 2, 1, true, 3, 0 },    { 7, 3, 2, 1, true, 4, 1 },
        { 224, 7, 2, 1, true, 112, 2 }, { 5, 2, 1, 1, true, 5, 0 },    { 5, 4, 1, 1, true, 5, 1 },
        { 4, 1, 3, 1, true, 2, 0 },     { 9, 3, 1, 2, true, 9, 2 },    { 8, 3, 2, 2, true, 4, 1 },
        { 2, 5, 1, 1, true, 2, 2 },     { 1, 3, 5, 1, true, 1, 1 },    { 10, 2, 3, 1, true, 4, 0 },
        { 5, 3, 1, 1, false, 3, 0 },    { 6, 3, 2, 1, false, 2, 0 },   { 7, 3, 2, 1, false, 3, 0 },
        { 3, 3, 1, 1, false, 1, 0 },    { 28, 5, 1, 1, false, 24, 0 }, { 9, 3, 2, 3, false, 2, 0 },
    };
    for (int i = 0; i < LEN(cases); i++)
        for (int vertical = 0; vertical < 2; vertical++) {
            yk_window_attr attr = { .size = { 2, { 1, 1 } }, .stride = { 2, { 1, 1 } }, .dilation = { 2, { 1, 1 } } };
            yk_shape in = yk_shape_of(4, (int64_t)1, (int64_t)1, (int64_t)1, (int64_t)1);
            int k = vertical ? 0 : 1;
            in.dim[1 + k] = cases[i].in;
            attr.size.at[k] = cases[i].size;
            attr.stride.at[k] = cases[i].stride;
            attr.dilation.at[k] = cases[i].dilation;
            attr.padding.mode = cases[i].same ? YK_PAD_SAME : YK_PAD_VALID;
            yk_window w;
            MUST(yk_op_window(&w, 2, &in, &attr, 1, 1));
            int64_t out = vertical ? w.h.out : w.w.out, before = vertical ? w.h.before : w.w.before;
            char label[64];
            snprintf(label, sizeof label, "window %d", i);
            if (out != cases[i].out || before != cases[i].before)
                FAIL_CASE(label, "%lld outputs, %lld before\n", (long long)out, (long long)before);
            CU_ASSERT((vertical ? w.w.out : w.h.out) == 1 && (vertical ? w.w.before : w.h.before) == 0);
        }
}

static void test_find(void)
{
    static const struct {
        const char *name;
        yk_op_kind kind;
        const char *text; /* NULL: found */
    } cases[] = {
        { "dense", YK_OP_LAYER, NULL },
        { "softmax", YK_OP_LAYER, NULL },
        { "mean_squared_error", YK_OP_LOSS, NULL },
        { "conv2", YK_OP_LAYER, "no layer is called \"conv2\" (did you mean \"conv2d\"?); there are dense, conv1d," },
        { "dense", YK_OP_LOSS, "no loss is called \"dense\"; there are softmax_cross_entropy, binary_cross_entropy" },
        { "mean_squared_eror", YK_OP_LOSS, "(did you mean \"mean_squared_error\"?)" },
        { "", YK_OP_LAYER, "no layer is called \"\"" },
    };
    for (int i = 0; i < LEN(cases); i++) {
        const yk_op *op = NULL;
        yk_status got = yk_op_find(cases[i].name, cases[i].kind, &op);
        if (!cases[i].text)
            CU_ASSERT(got == YK_OK && op && strcmp(op->name, cases[i].name) == 0);
        if (cases[i].text && (got != YK_ERR_ARG || !strstr(yk_error_text(), cases[i].text)))
            FAIL_CASE(cases[i].name, "%s\n", got == YK_OK ? "found" : yk_error_text());
    }
}

static void test_attributes(void)
{
    static const struct {
        const char *op, *pairs, *text; /* NULL: accepted */
    } cases[] = {
        { "dense", "units=5", NULL },
        { "dense", "  units=5   bias=false ", NULL },
        { "relu", "", NULL },
        { "relu", NULL, NULL },
        { "dense", "units=0", "units" },
        { "dense", "units", "dense: \"units\" is not of the form name=value" },
        { "dense", "unit=5", "did you mean \"units\"" },
        { "relu", "slope=1", "relu" },
        { "dropout", "rate=1", "rate" },
        { "leaky_relu", "slope=-1", "slope" },
        { "elu", "alpha=-1", "alpha" },
        { "gelu", "approximate=erf", "approximate" },
        { "pad2d", "sides=-1", "sides" },
        { "pad2d", "sides=1 mode=same", "mode" },
        { "tile", "times=0", "times" },
        { "embedding", "vocabulary=0 units=1", "vocabulary" },
        { "lstm", "units=0", "units" },
        { "gru", "units=1 carry=-1", "carry" },
        { "rnn", "units=1 nonlinearity=gelu", "nonlinearity" },
        { "local_response_norm", "size=3 k=0", "k:" },
        { "conv2d", "filters=2 kernel=0", "kernel" },
        { "conv2d", "filters=2 kernel=1 stride=0", "stride" },
        { "conv1d", "filters=2 kernel=3 padding=causal", NULL },
        { "conv2d", "filters=2 kernel=3 padding=causal", "padding" },
        { "conv3d", "filters=2 kernel=3 padding=[1,1,1,1]", "padding" },
        { "conv2d_transpose", "filters=2 kernel=3 output_padding=-2", "output_padding" },
        { "upsample2d", "mode=cubic", "mode" },
        { "adaptive_avgpool2d", "size=0", "size" },
        { "batchnorm", "momentum=2", "momentum" },
        { "batchnorm", "epsilon=0", "epsilon" },
        { "softmax_cross_entropy", "label_smoothing=1", "label_smoothing" },
        { "softmax_cross_entropy", "class_weights=[1,-1]", "class_weights" },
        { "huber", "delta=0", "delta" },
        { "poisson", "log_input=no", "log_input" },
    };
    int64_t attr[512];
    for (int i = 0; i < LEN(cases); i++) {
        yk_status got = yk_op_attrs_parse(find(cases[i].op), cases[i].pairs, attr);
        bool good = cases[i].text ? got == YK_ERR_ARG && strstr(yk_error_text(), cases[i].text) : got == YK_OK;
        if (!good)
            FAIL_CASE(cases[i].op, "%s: %s\n", cases[i].pairs, got == YK_OK ? "accepted" : yk_error_text());
    }
    int64_t live = yk_mem_live();
    yk_status got = YK_ERR_NOMEM;
    for (int64_t n = 1; got == YK_ERR_NOMEM && n < 100; n++) {
        yk_mem_fail_at(n);
        got = yk_op_attrs_parse(find("conv2d"), "filters=2 kernel=[1,2]", attr);
        yk_mem_fail_at(0);
        CU_ASSERT(yk_mem_live() == live);
    }
    CU_ASSERT(got == YK_OK);
}

/* The two tables hold the same ops, and every op says what the documentation and the planner need. */
static void test_tables(void)
{
    int n = 0;
    for (; yk_op_table[n]; n++) {
        const yk_op *op = yk_op_table[n], *twin = yk_op_double(op);
        CU_ASSERT(twin == yk_op_table_double[n] && twin != op && yk_op_double(twin) == twin);
        CU_ASSERT(strcmp(op->name, twin->name) == 0);
        bool complete = op->doc && op->n_in && op->infer && op->forward && op->backward && op->flops && op->n_sample;
        bool attrs = (op->attrs != NULL) == (op->attr_size > 0);
        bool loss = (op->kind == YK_OP_LOSS) == (op->target != NULL);
        const yk_op *predict = NULL;
        bool active = !op->activation || (op->n_in == 1 && op->kind == YK_OP_LAYER);
        for (const yk_option *o = op->attrs; op->activation && o && o->name; o++)
            active = active && o->initial;
        bool known = !op->predict_with || yk_op_find(op->predict_with, YK_OP_LAYER, &predict) == YK_OK;
        if (!complete || !attrs || !loss || !active || !known)
            FAIL_CASE(op->name, "the op's struct is not complete\n");
        for (const yk_option *o = op->attrs; o && o->name; o++)
            CU_ASSERT(o->help != NULL && o->offset < op->attr_size);
    }
    CU_ASSERT(n > 0 && yk_op_table_double[n] == NULL);
}

int main(void)
{
    static const yk_test tests[] = {
        { "shapes that fit", test_shapes_that_fit },
        { "shapes that do not fit", test_shapes_that_do_not_fit },
        { "window geometry", test_window_geometry },
        { "find", test_find },
        { "attributes", test_attributes },
        { "tables", test_tables },
        { NULL, NULL },
    };
    return yk_test_main("ops/shapes", tests);
}
