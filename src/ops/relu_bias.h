/* SPDX-License-Identifier: Apache-2.0 */
/* What ops share that end with a bias, param[1] or none, and a relu. */
#ifndef YK_OPS_RELU_BIAS_H
#define YK_OPS_RELU_BIAS_H

#include "ops/op.h"

/** The gradient below the relu, over dout, and the bias's from it; a sample has `rows` rows of n numbers. */
static inline void relu_bias_backward(const yk_op_args *a, int64_t rows, int64_t n)
{
    if (a->param[1].dtype)
        yk_k->relu_column_sums(a->rows.leaves, rows, n, a->out.data, a->dout.data, a->dparam[1].data, a->leaf_step,
                               a->dparam_add[1]);
    else
        yk_k->relu_grad(yk_tensor_len(&a->out), a->out.data, a->dout.data, a->dout.data, false);
}

#endif
