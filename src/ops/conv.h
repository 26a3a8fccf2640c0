/* SPDX-License-Identifier: Apache-2.0 */
/* What convolutions over 1, 2 and 3 dimensions share: everything but their names and their number of dimensions, which
 * is that of the input. The functions exist for float and for double, as the ops do. */
#ifndef YK_OPS_CONV_H
#define YK_OPS_CONV_H

#include "ops/window.h"

typedef struct yk_conv_attr {
    int64_t filters;
    yk_window_attr window;
    int64_t groups;
    bool bias;
} yk_conv_attr;

/** Entries of an op's table; DIMS is a digit, ATTR the op's attributes. First a window with taps, its field `window`.
 */
#define YK_CONV_WINDOW(DIMS, ATTR)                                                                                     \
    YK_ENTRY("kernel", YK_OPT_INTS, offsetof(ATTR, window.size), NULL, 1, 1e4, NULL,                                   \
             YK_PIXELS_##DIMS " under a filter: " YK_NUMBERS_##DIMS),                                                  \
        YK_ENTRY("stride", YK_OPT_INTS, offsetof(ATTR, window.stride), "1", 1, 1e4, NULL,                              \
                 YK_PIXELS_##DIMS " from window to window: " YK_NUMBERS_##DIMS),                                       \
        YK_ENTRY("padding", YK_OPT_PADDING, offsetof(ATTR, window.padding), "valid", 0, 1e4, YK_SIDES_##DIMS,          \
                 "zeros around the input: " YK_PADDINGS_##DIMS),                                                       \
        YK_ENTRY("dilation", YK_OPT_INTS, offsetof(ATTR, window.dilation), "1", 1, 1e4, NULL,                          \
                 YK_PIXELS_##DIMS " from tap to tap of a filter: " YK_NUMBERS_##DIMS)
#define YK_CONV_FILTERS(ATTR)                                                                                          \
    YK_ENTRY("filters", YK_OPT_INT, offsetof(ATTR, filters), NULL, 1, 1e6, NULL, "number of output channels")
#define YK_CONV_GROUPS(ATTR)                                                                                           \
    YK_ENTRY("groups", YK_OPT_INT, offsetof(ATTR, groups), "1", 1, 1e6, NULL,                                          \
             "cuts the channels into groups that do not see each other")
#define YK_CONV_BIAS(ATTR)                                                                                             \
    YK_ENTRY("bias", YK_OPT_BOOL, offsetof(ATTR, bias), "true", 0, 0, NULL, "adds a trained number to each filter")

/** All entries of a convolution over DIMS dimensions. */
#define YK_CONV_ATTRS(DIMS)                                                                                            \
    YK_CONV_FILTERS(yk_conv_attr), YK_CONV_WINDOW(DIMS, yk_conv_attr), YK_CONV_GROUPS(yk_conv_attr),                   \
        YK_CONV_BIAS(yk_conv_attr)

/** infer for an input of `dims` dimensions. */
YK_MUST_CHECK yk_status YK_TYPED(yk_conv_infer)(yk_op_args *a, int dims);
void YK_TYPED(yk_conv_forward)(const yk_op_args *a);
void YK_TYPED(yk_conv_backward)(const yk_op_args *a);
/** And with a relu behind. */
void YK_TYPED(yk_conv_forward_relu)(const yk_op_args *a);
void YK_TYPED(yk_conv_backward_relu)(const yk_op_args *a);
double YK_TYPED(yk_conv_flops)(const yk_op_args *a);
/** Forward and backward of any op that is a convolution of its input with param[0], plus param[1] where it has one. */
void YK_TYPED(yk_conv_compute)(const yk_op_args *a, const yk_window *g, bool relu);
void YK_TYPED(yk_conv_gradients)(const yk_op_args *a, const yk_window *g, bool relu);
#ifdef YK_REAL_DOUBLE
#define yk_conv_infer yk_conv_infer_double
#define yk_conv_forward yk_conv_forward_double
#define yk_conv_backward yk_conv_backward_double
#define yk_conv_flops yk_conv_flops_double
#define yk_conv_forward_relu yk_conv_forward_relu_double
#define yk_conv_backward_relu yk_conv_backward_relu_double
#define yk_conv_compute yk_conv_compute_double
#define yk_conv_gradients yk_conv_gradients_double
#endif

#endif
