/* SPDX-License-Identifier: Apache-2.0 */
/* Geometry of the ops that move elements about: shapes as strides, axes as users count them. */
#ifndef YK_OPS_STRIDES_H
#define YK_OPS_STRIDES_H

#include "ops/op.h"

/** Appends a dimension of `length` to g, and the steps of each of its arrays in it. */
void yk_strides_push(yk_strides *g, int64_t length, const int64_t step[YK_STRIDED_ARRAYS]);

/** Drops dimensions of length 1, and makes neighbours one where that is the same for every array. */
void yk_strides_simplify(yk_strides *g);

/** A part of a dense array, which begins at index `begin` of the whole, element *offset: array `part` of out is the
 * part, the other one the whole from there. */
void yk_strides_part(const yk_shape *whole, const yk_shape *part_shape, const int64_t begin[YK_MAX_DIMS], int part,
                     yk_strides *out, int64_t *offset);

/** [top, bottom, left, right] from one number, [vertical, horizontal], or all four. YK_ERR_ARG for another count. */
YK_MUST_CHECK yk_status yk_op_sides(const yk_ints *sides, const char *name, int64_t out[4]);

/** An axis as users count: 1 is the first one of a sample, -1 the last. *out counts from 0, which is the samples.
 *  YK_ERR_ARG where the shape has no such axis. */
YK_MUST_CHECK yk_status yk_op_axis(int64_t axis, const yk_shape *shape, int *out);

/** The same for an axis that yk_op_axis() has accepted. */
static inline int yk_axis_of(int64_t axis, const yk_shape *shape)
{
    return (int)(axis > 0 ? axis : shape->ndim + axis);
}

#endif
