/* SPDX-License-Identifier: Apache-2.0 */
/* What losses of whole rows share: in[0] is (samples, positions..., columns), one row a position, and a sample's loss
 * is the mean over its positions. With more than one, a number each lies in the room. */
#ifndef YK_OPS_ROW_LOSS_H
#define YK_OPS_ROW_LOSS_H

#include "ops/op.h"

typedef struct row_loss {
    int64_t rows, cols, positions;
    real *each; /**< of every row: in forward its loss, in backward its share of the sample's dloss */
} row_loss;

/** Sets out and room. in[0] has two dimensions or more. */
static inline void row_loss_infer(yk_op_args *a)
{
    yk_shape rows = a->in[0].shape;
    rows.ndim--;
    a->out = (yk_tensor){ YK_F32, yk_shape_of(1, rows.dim[0]), NULL };
    a->room[YK_FORWARD] = a->room[YK_BACKWARD] =
        (yk_tensor){ yk_shape_len_from(&rows, 1) > 1 ? YK_F32 : YK_NO_DTYPE, rows, NULL };
}

static inline row_loss row_loss_of(const yk_op_args *a, int pass, real *of_samples)
{
    const yk_shape *x = &a->in[0].shape;
    const int64_t cols = x->dim[x->ndim - 1], positions = yk_shape_len_from(x, 1) / cols;
    return (row_loss){ a->rows.leaves.rows * positions, cols, positions,
                       positions > 1 ? a->room[pass].data : of_samples };
}

/** Forward: where the rows' losses go, and the samples' losses from them. */
static inline row_loss row_loss_forward(const yk_op_args *a)
{
    return row_loss_of(a, YK_FORWARD, a->out.data);
}

static inline void row_loss_mean(const yk_op_args *a, const row_loss *r)
{
    real *loss = a->out.data;
    for (int64_t i = 0; r->positions > 1 && i < a->rows.leaves.rows; i++)
        loss[i] = yk_k->total(r->positions, r->each + i * r->positions) / (real)r->positions;
}

/** Backward: dloss of the rows. */
static inline row_loss row_loss_backward(const yk_op_args *a)
{
    const real *dloss = a->dout.data;
    row_loss r = row_loss_of(a, YK_BACKWARD, a->dout.data);
    for (int64_t i = 0; r.positions > 1 && i < a->rows.leaves.rows; i++)
        yk_k->fill(r.positions, dloss[i] / (real)r.positions, r.each + i * r.positions);
    return r;
}

#endif
