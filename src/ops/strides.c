/* SPDX-License-Identifier: Apache-2.0 */
#include "ops/strides.h"

#include <assert.h>
#include <inttypes.h>
#include <string.h>

void yk_strides_push(yk_strides *g, int64_t length, const int64_t step[YK_STRIDED_ARRAYS])
{
    assert(g->ndim < YK_STRIDED_DIMS);
    g->dim[g->ndim] = length;
    for (int k = 0; k < g->n; k++)
        g->step[k][g->ndim] = step[k];
    g->ndim++;
}

/* Is a step in the last dimension of g, dim[last] times, one in the dimension of these steps, for every array? */
static bool continues(const yk_strides *g, const int64_t outer[YK_STRIDED_ARRAYS], int64_t length,
                      const int64_t inner[YK_STRIDED_ARRAYS])
{
    for (int k = 0; k < g->n; k++)
        if (outer[k] != inner[k] * length)
            return false;
    return true;
}

void yk_strides_simplify(yk_strides *g)
{
    yk_strides out = { .n = g->n };
    for (int d = 0; d < g->ndim; d++) {
        int64_t outer[YK_STRIDED_ARRAYS], inner[YK_STRIDED_ARRAYS];
        const int last = out.ndim - 1;
        if (g->dim[d] == 1 && (out.ndim > 0 || d < g->ndim - 1))
            continue;
        for (int k = 0; k < g->n; k++) {
            outer[k] = out.ndim > 0 ? out.step[k][last] : 0;
            inner[k] = g->dim[d] == 1 ? 1 : g->step[k][d]; /* of one element: any will do */
        }
        if (out.ndim > 0 && continues(g, outer, g->dim[d], inner)) {
            out.dim[last] *= g->dim[d];
            for (int k = 0; k < g->n; k++)
                out.step[k][last] = inner[k];
        } else {
            yk_strides_push(&out, g->dim[d], inner);
        }
    }
    *g = out;
}

void yk_strides_part(const yk_shape *whole, const yk_shape *part_shape, const int64_t begin[YK_MAX_DIMS], int part,
                     yk_strides *out, int64_t *offset)
{
    int64_t step[YK_STRIDED_ARRAYS];
    *out = (yk_strides){ .n = 2 };
    *offset = 0;
    for (int d = 0; d < whole->ndim; d++) {
        step[part] = yk_shape_len_from(part_shape, d + 1);
        step[1 - part] = yk_shape_len_from(whole, d + 1);
        *offset += begin[d] * step[1 - part];
        yk_strides_push(out, part_shape->dim[d], step);
    }
    yk_strides_simplify(out);
}

yk_status yk_op_sides(const yk_ints *sides, const char *name, int64_t out[4])
{
    YK_CHECK(sides->n == 1 || sides->n == 2 || sides->n == 4, YK_ERR_ARG,
             "%s has %d numbers: give one, [vertical, horizontal], or [top, bottom, left, right]", name, sides->n);
    for (int i = 0; i < 4; i++)
        out[i] = sides->at[sides->n == 4 ? i : sides->n == 2 ? i / 2 : 0];
    return YK_OK;
}

yk_status yk_op_axis(int64_t axis, const yk_shape *shape, int *out)
{
    char text[YK_SHAPE_TEXT];
    const int64_t n = shape->ndim - 1;
    YK_CHECK(axis != 0 && axis >= -n && axis <= n, YK_ERR_ARG,
             "axis %" PRId64 " is none of an input of shape %s: axes are 1 to %" PRId64 ", or -1 for the last one",
             axis, yk_shape_text(shape, 1, text), n);
    *out = yk_axis_of(axis, shape);
    return YK_OK;
}
