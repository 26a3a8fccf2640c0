/* SPDX-License-Identifier: Apache-2.0 */
/* What poolings over 1, 2 and 3 dimensions share: attributes, geometry, shapes, computing. The functions exist for
 * float and for double, as the ops do. */
#ifndef YK_OPS_POOL_H
#define YK_OPS_POOL_H

#include "ops/window.h"

typedef struct yk_pool_attr {
    yk_ints size, stride;
    yk_padding padding;
} yk_pool_attr;

/** All entries of a pooling over DIMS dimensions, a digit. */
#define YK_POOL_ATTRS(DIMS)                                                                                            \
    YK_ENTRY("size", YK_OPT_INTS, offsetof(yk_pool_attr, size), NULL, 1, 1e4, NULL,                                    \
             YK_PIXELS_##DIMS " under a window: " YK_NUMBERS_##DIMS),                                                  \
        YK_ENTRY("stride", YK_OPT_INTS, offsetof(yk_pool_attr, stride), "0", 0, 1e4, NULL,                             \
                 YK_PIXELS_##DIMS " from window to window: " YK_NUMBERS_##DIMS "; 0: as size"),                        \
        YK_ENTRY("padding", YK_OPT_PADDING, offsetof(yk_pool_attr, padding), "valid", 0, 1e4, YK_SIDES_##DIMS,         \
                 "margin around the input, which takes no part: " YK_PADDINGS_##DIMS)

/** infer for an input of `dims` dimensions. */
YK_MUST_CHECK yk_status YK_TYPED(yk_pool_infer)(yk_op_args *a, int dims);
void YK_TYPED(yk_maxpool_forward)(const yk_op_args *a);
void YK_TYPED(yk_maxpool_backward)(const yk_op_args *a);
void YK_TYPED(yk_avgpool_forward)(const yk_op_args *a);
void YK_TYPED(yk_avgpool_backward)(const yk_op_args *a);
/** One operation for each element under each window. */
double YK_TYPED(yk_pool_flops)(const yk_op_args *a);
#ifdef YK_REAL_DOUBLE
#define yk_pool_infer yk_pool_infer_double
#define yk_maxpool_forward yk_maxpool_forward_double
#define yk_maxpool_backward yk_maxpool_backward_double
#define yk_avgpool_forward yk_avgpool_forward_double
#define yk_avgpool_backward yk_avgpool_backward_double
#define yk_pool_flops yk_pool_flops_double
#endif

/** Instances for the gradient check of any pooling, by the number of dimensions. */
#define YK_POOL_SAMPLES_1                                                                                              \
    { .attrs = "size=2", .in = { { 3, { 3, 7, 2 } } } },                                                               \
        { .attrs = "size=3 stride=2 padding=same", .in = { { 3, { 2, 6, 3 } } } },                                     \
        { .attrs = "size=3 stride=1 padding=causal", .in = { { 3, { 2, 5, 1 } } } },                                   \
    {                                                                                                                  \
        .attrs = "size=1 stride=3 padding=[0,0]", .in = { { 3, { 1, 8, 1 } } }                                         \
    }
#define YK_POOL_SAMPLES_2                                                                                              \
    { .attrs = "size=2", .in = { { 4, { 3, 5, 6, 2 } } } },                                                            \
        { .attrs = "size=3 stride=2 padding=same", .in = { { 4, { 2, 6, 5, 3 } } } },                                  \
    {                                                                                                                  \
        .attrs = "size=[2,3] stride=[1,2] padding=[1,0,2,1]", .in = { { 4, { 2, 4, 5, 2 } } }                          \
    }
#define YK_POOL_SAMPLES_3                                                                                              \
    { .attrs = "size=2", .in = { { 5, { 2, 3, 4, 5, 2 } } } },                                                         \
        { .attrs = "size=3 stride=2 padding=same", .in = { { 5, { 1, 3, 4, 5, 1 } } } },                               \
    {                                                                                                                  \
        .attrs = "size=[2,1,3] stride=[1,3,2] padding=[1,0,0,0,2,1]", .in = { { 5, { 2, 3, 4, 3, 2 } } }               \
    }

#endif
