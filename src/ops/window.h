/* SPDX-License-Identifier: Apache-2.0 */
/* Windows that slide over sequences (samples, time, channels), images (samples, height, width, channels) and volumes
 * (samples, depth, height, width, channels): what a user says about them, and the geometry that follows. */
#ifndef YK_OPS_WINDOW_H
#define YK_OPS_WINDOW_H

#include "ops/op.h"

/** Lists hold one number for all dimensions, or one for each. */
typedef struct yk_window_attr {
    yk_ints size, stride; /**< a stride of 0 is the size */
    yk_ints dilation;     /**< empty: there is none (pooling) */
    yk_padding padding;
} yk_window_attr;

/* An entry of an option table, inside of a macro. */
#define YK_ENTRY(...)                                                                                                  \
    {                                                                                                                  \
        __VA_ARGS__                                                                                                    \
    }

/* The help of such attributes, by the number of dimensions. */
#define YK_PIXELS_1 "steps"
#define YK_PIXELS_2 "pixels"
#define YK_PIXELS_3 "voxels"
#define YK_NUMBERS_1 "a number"
#define YK_NUMBERS_2 "one number, or [height, width]"
#define YK_NUMBERS_3 "one number, or [depth, height, width]"
#define YK_SIDES_1 "before after"
#define YK_SIDES_2 "top bottom left right"
#define YK_SIDES_3 "front back top bottom left right"
#define YK_PADDINGS_1                                                                                                  \
    "valid (none), same (output is input / stride, as in Keras), causal (before only, so that no step sees a later "   \
    "one), or steps: one number, or [before, after]"
#define YK_PADDINGS_2                                                                                                  \
    "valid (none), same (output is input / stride, as in Keras), or pixels: one number, or [top, bottom, left, right]"
#define YK_PADDINGS_3                                                                                                  \
    "valid (none), same (output is input / stride, as in Keras), or voxels: one number, or [front, back, top, "        \
    "bottom, left, right]"

/** Geometry of a convolution or pooling over `dims` = 1, 2 or 3 dimensions from its attributes; checks that the window
 *  fits the padded input. in: (samples, dims sizes, c). oc: filters; 0: as many as the input has channels (pooling). */
YK_MUST_CHECK yk_status yk_op_window(yk_window *out, int dims, const yk_shape *in, const yk_window_attr *attr,
                                     int64_t oc, int64_t groups);

/** Geometry of a transposed convolution: the window whose output is the op's input, (samples, dims sizes, c), and whose
 *  input is what the op gives, with `filters` channels. output_padding: -1 for what Keras adds without it. */
YK_MUST_CHECK yk_status yk_op_window_transposed(yk_window *out, int dims, const yk_shape *in,
                                                const yk_window_attr *attr, const yk_ints *output_padding,
                                                int64_t filters, int64_t groups);

/** Pooling of an image into oh x ow bins that cover it, PyTorch's "adaptive". */
YK_MUST_CHECK yk_status yk_op_bins(yk_window *out, const yk_shape *in, int64_t oh, int64_t ow);

/** Shape of a window's output, (samples, dims sizes, oc), and of a kernel, (dims sizes, in, out). */
yk_shape yk_window_shape(const yk_window *g, int dims, int64_t samples);
yk_shape yk_kernel_shape(const yk_window *g, int dims, int64_t in, int64_t out);

/** FLOPs of a convolution: two for each element under a filter, one for each bias. */
double yk_window_flops(const yk_window *g, int64_t samples, bool bias);

#endif
