/* SPDX-License-Identifier: Apache-2.0 */
/* Types, shapes and tensors. A tensor is a view: a type, a shape and a pointer to dense row-major elements that
 * somebody else owns. Activations have samples first; images are NHWC, sequences batch x time x features. */
#ifndef YK_TENSOR_TENSOR_H
#define YK_TENSOR_TENSOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "yoke/dtype.h"
#include "yoke/status.h"

int64_t yk_dtype_size(yk_dtype dtype);     /**< bytes an element */
const char *yk_dtype_name(yk_dtype dtype); /**< "float32", as NumPy says */
bool yk_dtype_is_integer(yk_dtype dtype);
/** *out = the type of that name; YK_ERR_ARG lists them. */
YK_MUST_CHECK yk_status yk_dtype_parse(const char *name, yk_dtype *out);

#define YK_MAX_DIMS 6

/** ndim 0 is a scalar (one element). */
typedef struct yk_shape {
    int ndim;
    int64_t dim[YK_MAX_DIMS];
} yk_shape;

/** yk_shape_of(3, 28, 28, 1): a shape from its number of dimensions and their sizes, integers of any type. */
#define yk_shape_of(...) yk_shape_from((const int64_t[YK_MAX_DIMS + 1]){ __VA_ARGS__ })
/** The same from an array: sizes[0] is the number of dimensions, their sizes follow. */
yk_shape yk_shape_from(const int64_t *sizes);
/** Number of elements. */
int64_t yk_shape_len(const yk_shape *shape);
/** Elements of dimensions from..ndim-1: yk_shape_len_from(s, 1) is the length of one sample. */
int64_t yk_shape_len_from(const yk_shape *shape, int from);
bool yk_shape_equal(const yk_shape *a, const yk_shape *b);

#define YK_SHAPE_TEXT 128
/** "(32, 28, 28, 1)" into text; returns text. With from = 1: "(28, 28, 1)", what a user calls the shape. */
const char *yk_shape_text(const yk_shape *shape, int from, char text[YK_SHAPE_TEXT]);

typedef struct yk_tensor {
    yk_dtype dtype;
    yk_shape shape;
    void *data; /**< borrowed; NULL where there is only a shape */
} yk_tensor;

int64_t yk_tensor_len(const yk_tensor *tensor);
int64_t yk_tensor_bytes(const yk_tensor *tensor);

/** Sets dtype and shape of `out` to those of `like`; data stays. */
void yk_tensor_like(yk_tensor *out, const yk_tensor *like);

#endif
