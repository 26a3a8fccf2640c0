/* SPDX-License-Identifier: Apache-2.0 */
/* What the pooling ops share: attributes, geometry, shapes. */
#ifndef YK_OPS_POOL_H
#define YK_OPS_POOL_H

#include "ops/op.h"

typedef struct yk_pool_attr {
    yk_ints size, stride;
    yk_padding padding;
} yk_pool_attr;

extern const yk_option yk_pool_attrs[];

/** infer of a pooling op: x (samples, h, w, c), y (samples, oh, ow, c). */
YK_MUST_CHECK yk_status yk_pool_infer(yk_op_args *a);

/** The geometry that yk_pool_infer() has accepted. */
yk_window yk_pool_window(const yk_op_args *a);

/** One operation for each pixel under each window. */
double yk_pool_flops(const yk_op_args *a);

/** Instances for the gradient check of any pooling op. */
#define YK_POOL_SAMPLES                                                                                                \
    { .attrs = "size=2", .in = { { 4, { 3, 5, 6, 2 } } } },                                                            \
        { .attrs = "size=3 stride=2 padding=same", .in = { { 4, { 2, 6, 5, 3 } } } },                                  \
    {                                                                                                                  \
        .attrs = "size=[2,3] stride=[1,2] padding=[1,0,2,1]", .in = { { 4, { 2, 4, 5, 2 } } }                          \
    }

#endif
