/* SPDX-License-Identifier: Apache-2.0 */
/* Elements of any type as float32 or int32, the nearest value. */
#ifndef YK_DATA_CONVERT_H
#define YK_DATA_CONVERT_H

#include "tensor/tensor.h"

/** n numbers to float32; bytes are divided by 255 with `scale`. A float64 beyond float32 becomes infinite. */
void yk_convert_f32(yk_dtype dtype, int64_t n, const void *in, bool scale, float *out);

/** n numbers to int32. Returns the index of the first that is no whole number of that type, or n. */
int64_t yk_convert_i32(yk_dtype dtype, int64_t n, const void *in, int32_t *out);

/** n numbers to float64; integers beyond 2^53 are rounded. */
void yk_convert_f64(yk_dtype dtype, int64_t n, const void *in, double *out);

/** Elements of `size` bytes each, big-endian or little, to the machine's order, in place. */
void yk_convert_to_native(bool big, int64_t bytes, int64_t size, void *data);

/** Index of the first NaN or infinity, or n. */
int64_t yk_first_not_finite(int64_t n, const float *x);

/** Index of the first element that is `value`, or n. */
int64_t yk_first_equal(yk_dtype dtype, int64_t n, const void *in, double value);

#endif
