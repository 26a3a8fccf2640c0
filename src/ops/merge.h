/* SPDX-License-Identifier: Apache-2.0 */
/* What the ops with several inputs of one shape share: shapes, geometry, calls. */
#ifndef YK_OPS_MERGE_H
#define YK_OPS_MERGE_H

#include "ops/strides.h"

/** infer: the output has, in each dimension, the length of the inputs that are longer than 1 there. Samples are aligned
 * at their last dimension; one that has fewer gets dimensions of length 1 in front. */
YK_MUST_CHECK yk_status yk_merge_infer(yk_op_args *a);

/** The inputs as strides over the output, for which yk_merge_infer() has said yes. */
void yk_merge_strides(const yk_op_args *a, yk_strides *out);

/** One operation an element and input beyond the first. */
double yk_merge_flops(const yk_op_args *a);

static inline void yk_merge_forward(const yk_op_args *a, yk_merge merge)
{
    const real *x[YK_OP_MAX_IN];
    yk_strides g;
    yk_merge_strides(a, &g);
    for (int i = 0; i < a->n_in; i++)
        x[i] = a->in[i].data;
    yk_k->merge(merge, &g, x, a->out.data);
}

/** Where din[i] lies over dout (in_place), it is dout already. */
static inline void yk_merge_backward(const yk_op_args *a, yk_merge merge)
{
    const real *x[YK_OP_MAX_IN];
    yk_strides g;
    yk_merge_strides(a, &g);
    for (int i = 0; i < a->n_in; i++)
        x[i] = a->in[i].data;
    for (int i = 0; i < a->n_in; i++)
        if (a->din[i].data && a->din[i].data != a->dout.data)
            yk_k->merge_grad(merge, &g, i, x, a->out.data, a->dout.data, a->din[i].data, a->din_add[i]);
}

/** Instances for the gradient check of any of them: inputs that are repeated in the middle, at the end, in front, all.
 */
#define YK_MERGE_SAMPLES                                                                                               \
    { .in = { { 2, { 3, 5 } }, { 2, { 3, 5 } } } }, { .in = { { 4, { 2, 3, 4, 5 } }, { 4, { 2, 1, 1, 5 } } } },        \
        { .in = { { 4, { 2, 3, 4, 1 } }, { 4, { 2, 1, 4, 5 } } } },                                                    \
    {                                                                                                                  \
        .in = { { 3, { 2, 3, 4 } }, { 1, { 2 } } }                                                                     \
    }
/** And of those that take more than two. */
#define YK_MERGE_MORE_SAMPLES                                                                                          \
    YK_MERGE_SAMPLES, { .in = { { 3, { 2, 3, 4 } }, { 3, { 2, 3, 4 } }, { 3, { 2, 3, 4 } } } },                        \
    {                                                                                                                  \
        .in = { { 3, { 2, 1, 4 } }, { 3, { 2, 3, 1 } }, { 2, { 2, 4 } } }                                              \
    }

#endif
