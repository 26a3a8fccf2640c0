/* SPDX-License-Identifier: Apache-2.0 */
#include "data/convert.h"

#include <string.h>

static float float_of_bits(uint32_t bits)
{
    float x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

/* IEEE binary16: 1 sign, 5 exponent, 10 fraction bits. */
static float float_of_f16(uint16_t h)
{
    const uint32_t sign = (uint32_t)(h & 0x8000u) << 16, exponent = h >> 10 & 31u, fraction = h & 0x3ffu;
    if (exponent == 0) { /* zero and subnormal: fraction 2^-24, exact */
        float x = (float)fraction * 0x1p-24f;
        return sign ? -x : x;
    }
    if (exponent == 31)
        return float_of_bits(sign | 0x7f800000u | fraction << 13);
    return float_of_bits(sign | (exponent + 112) << 23 | fraction << 13);
}

/* bfloat16: the upper half of a float32. */
static float float_of_bf16(uint16_t h)
{
    return float_of_bits((uint32_t)h << 16);
}

/* out[i] = value for each element e of C type `type`. */
#define EACH(type, value)                                                                                              \
    for (int64_t i = 0; i < n; i++) {                                                                                  \
        const type e = ((const type *)in)[i];                                                                          \
        out[i] = (value);                                                                                              \
    }                                                                                                                  \
    break

void yk_convert_f32(yk_dtype dtype, int64_t n, const void *in, bool scale, float *out)
{
    switch (dtype) {
    case YK_F32:
        memcpy(out, in, (size_t)n * sizeof *out);
        break;
    case YK_U8:
        if (scale) {
            EACH(uint8_t, (float)e / 255.0f);
        }
        EACH(uint8_t, (float)e);
    case YK_F64:
        EACH(double, (float)e);
    case YK_BF16:
        EACH(uint16_t, float_of_bf16(e));
    case YK_F16:
        EACH(uint16_t, float_of_f16(e));
    case YK_I8:
        EACH(int8_t, (float)e);
    case YK_I16:
        EACH(int16_t, (float)e);
    case YK_U16:
        EACH(uint16_t, (float)e);
    case YK_I32:
        EACH(int32_t, (float)e);
    case YK_U32:
        EACH(uint32_t, (float)e);
    case YK_I64:
        EACH(int64_t, (float)e);
    case YK_U64:
        EACH(uint64_t, (float)e);
    case YK_NO_DTYPE:
    case YK_DTYPE_COUNT:
        break;
    }
}

/* The element as a double: exact but for integers beyond 2^53, which no int32 is. */
static double number_at(yk_dtype dtype, const void *in, int64_t i)
{
    switch (dtype) {
    case YK_F32:
        return (double)((const float *)in)[i];
    case YK_F64:
        return ((const double *)in)[i];
    case YK_BF16:
        return (double)float_of_bf16(((const uint16_t *)in)[i]);
    case YK_F16:
        return (double)float_of_f16(((const uint16_t *)in)[i]);
    case YK_I8:
        return ((const int8_t *)in)[i];
    case YK_U8:
        return ((const uint8_t *)in)[i];
    case YK_I16:
        return ((const int16_t *)in)[i];
    case YK_U16:
        return ((const uint16_t *)in)[i];
    case YK_I32:
        return ((const int32_t *)in)[i];
    case YK_U32:
        return ((const uint32_t *)in)[i];
    case YK_I64:
        return (double)((const int64_t *)in)[i];
    case YK_U64:
        return (double)((const uint64_t *)in)[i];
    case YK_NO_DTYPE:
    case YK_DTYPE_COUNT:
        break;
    }
    return 0;
}

int64_t yk_convert_i32(yk_dtype dtype, int64_t n, const void *in, int32_t *out)
{
    for (int64_t i = 0; i < n; i++) {
        double value = number_at(dtype, in, i);
        if (!(value >= INT32_MIN && value <= INT32_MAX) || (double)(int32_t)value != value)
            return i;
        out[i] = (int32_t)value;
    }
    return n;
}

void yk_convert_f64(yk_dtype dtype, int64_t n, const void *in, double *out)
{
    for (int64_t i = 0; i < n; i++)
        out[i] = number_at(dtype, in, i);
}

void yk_convert_to_native(bool big, int64_t bytes, int64_t size, void *data)
{
    const uint16_t probe = 1;
    unsigned char little, *all = data;
    memcpy(&little, &probe, 1);
    for (unsigned char *e = all; big == (bool)little && e < all + bytes; e += size)
        for (int64_t i = 0; i < size / 2; i++) {
            unsigned char byte = e[i];
            e[i] = e[size - 1 - i];
            e[size - 1 - i] = byte;
        }
}

int64_t yk_first_not_finite(int64_t n, const float *x)
{
    int bad = 0; /* a loop without exit is fast; where is asked only when something is wrong */
    for (int64_t i = 0; i < n; i++) {
        uint32_t bits;
        memcpy(&bits, x + i, sizeof bits);
        bad |= (bits & 0x7f800000u) == 0x7f800000u;
    }
    for (int64_t i = 0; bad && i < n; i++)
        if (x[i] - x[i] != 0)
            return i;
    return n;
}

int64_t yk_first_equal(yk_dtype dtype, int64_t n, const void *in, double value)
{
    for (int64_t i = 0; i < n; i++)
        if (number_at(dtype, in, i) == value)
            return i;
    return n;
}
