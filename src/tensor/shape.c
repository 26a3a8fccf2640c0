/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <inttypes.h>
#include <stdio.h>

#include "tensor/tensor.h"

yk_shape yk_shape_from(const int64_t *sizes)
{
    assert(sizes[0] >= 0 && sizes[0] <= YK_MAX_DIMS);
    yk_shape shape = { .ndim = (int)sizes[0] };
    for (int i = 0; i < shape.ndim; i++)
        shape.dim[i] = sizes[i + 1];
    return shape;
}

int64_t yk_shape_len_from(const yk_shape *shape, int from)
{
    int64_t len = 1;
    for (int i = from; i < shape->ndim; i++)
        len *= shape->dim[i];
    return len;
}

int64_t yk_shape_len(const yk_shape *shape)
{
    return yk_shape_len_from(shape, 0);
}

bool yk_shape_equal(const yk_shape *a, const yk_shape *b)
{
    if (a->ndim != b->ndim)
        return false;
    for (int i = 0; i < a->ndim; i++)
        if (a->dim[i] != b->dim[i])
            return false;
    return true;
}

const char *yk_shape_text(const yk_shape *shape, int from, char text[YK_SHAPE_TEXT])
{
    char *at = text;
    *at++ = '(';
    for (int i = from; i < shape->ndim; i++) /* at most 6 x 22 characters less the first comma: fits */
        at += snprintf(at, (size_t)(text + YK_SHAPE_TEXT - at), "%s%" PRId64, i > from ? ", " : "", shape->dim[i]);
    *at++ = ')';
    *at = '\0';
    return text;
}
