/* SPDX-License-Identifier: Apache-2.0 */
/* What layernorm and groupnorm share: a sample is `rows` rows, each of which is places times groups times size
 * channels, and a group of a row is normalised by its own mean and variance (kernels/groupnorm.c). */
#ifndef YK_OPS_GROUPS_H
#define YK_OPS_GROUPS_H

#include "ops/op.h"

enum { YK_GAMMA, YK_BETA };       /* param */
enum { YK_MEAN, YK_INVERSE_STD }; /* saved */

typedef struct yk_groups {
    int64_t rows, places, groups, size;
    double epsilon;
} yk_groups;

/* The parameters' shape is set already. */
static inline void yk_groups_save(yk_op_args *a, const yk_groups *g)
{
    for (int i = YK_MEAN; i <= YK_INVERSE_STD; i++)
        a->saved[i] = (yk_tensor){ YK_F32, yk_shape_of(2, a->in[0].shape.dim[0], g->rows * g->groups), NULL };
}

static inline void yk_groups_forward(const yk_op_args *a, const yk_groups *g)
{
    yk_k->groupnorm(a->rows.leaves.rows * g->rows, g->places, g->groups, g->size, (real)g->epsilon, a->in[0].data,
                    a->param[YK_GAMMA].data, a->param[YK_BETA].data, a->saved[YK_MEAN].data,
                    a->saved[YK_INVERSE_STD].data, a->out.data);
}

static inline void yk_groups_backward(const yk_op_args *a, const yk_groups *g)
{
    const real *x = a->in[0].data, *mean = a->saved[YK_MEAN].data, *inv_std = a->saved[YK_INVERSE_STD].data;
    yk_k->groupnorm_gamma(a->rows.leaves, g->rows, g->places, g->groups, g->size, x, mean, inv_std, a->dout.data,
                          a->dparam[YK_GAMMA].data, a->leaf_step, a->dparam_add[YK_GAMMA]);
    yk_k->column_sums(a->rows.leaves, g->rows * g->places, g->groups * g->size, a->dout.data, a->dparam[YK_BETA].data,
                      a->leaf_step, a->dparam_add[YK_BETA]);
    if (a->din[0].data)
        yk_k->groupnorm_grad(a->rows.leaves.rows * g->rows, g->places, g->groups, g->size, x, a->param[YK_GAMMA].data,
                             mean, inv_std, a->dout.data, a->din[0].data, a->din_add[0]);
}

#endif
