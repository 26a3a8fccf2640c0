/* SPDX-License-Identifier: Apache-2.0 */
/* Types of elements. Their numbers stay what they are: compiled programs and the Fortran module have them. */
#ifndef YOKE_DTYPE_H
#define YOKE_DTYPE_H

/** float32 computes (float64 in gradient checks); the others are storage types. 0 is no type. */
typedef enum yk_dtype {
    YK_NO_DTYPE,
    YK_F32,
    YK_F64,
    YK_BF16,
    YK_F16,
    YK_I8,
    YK_U8,
    YK_I16,
    YK_U16,
    YK_I32,
    YK_U32,
    YK_I64,
    YK_U64,
    YK_DTYPE_COUNT
} yk_dtype;

#endif
