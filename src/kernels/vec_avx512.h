/* SPDX-License-Identifier: Apache-2.0 */
/* The vector in AVX-512 (F, DQ, BW, VL): one register. */
#ifndef YK_KERNELS_VEC_AVX512_H
#define YK_KERNELS_VEC_AVX512_H

#include "kernels/vec_x86.h"

/** Tile of the matrix product: rows, and vectors a row: 28 accumulators, two registers of B, one of A. */
enum { TILE_ROWS = 14, TILE_VECS = 2 };
#define TILE_ROW_LIST(X, v)                                                                                            \
    X(1, v) X(2, v) X(3, v) X(4, v) X(5, v) X(6, v) X(7, v) X(8, v) X(9, v) X(10, v) X(11, v) X(12, v) X(13, v) X(14, v)
#define TILE_WIDE 1

typedef __m512 vec;
typedef __mmask16 vmask;
typedef __m512i vint;

static inline __mmask16 first_lanes(int64_t n)
{
    return (__mmask16)((1U << n) - 1U);
}
static inline vec vload(const float *p)
{
    return _mm512_loadu_ps(p);
}
static inline void vstore(float *p, vec a)
{
    _mm512_storeu_ps(p, a);
}
static inline vec vload_n(const float *p, int64_t n)
{
    return _mm512_maskz_loadu_ps(first_lanes(n), p);
}
static inline void vstore_n(float *p, vec a, int64_t n)
{
    _mm512_mask_storeu_ps(p, first_lanes(n), a);
}
static inline vec vset(float x)
{
    return _mm512_set1_ps(x);
}
static inline vec vadd(vec a, vec b)
{
    return _mm512_add_ps(a, b);
}
static inline vec vsub(vec a, vec b)
{
    return _mm512_sub_ps(a, b);
}
static inline vec vmul(vec a, vec b)
{
    return _mm512_mul_ps(a, b);
}
static inline vec vdiv(vec a, vec b)
{
    return _mm512_div_ps(a, b);
}
static inline vec vfma(vec a, vec b, vec c)
{
    return _mm512_fmadd_ps(a, b, c);
}
static inline vec vsqrt(vec a)
{
    return _mm512_sqrt_ps(a);
}
static inline vec vabs(vec a)
{
    return _mm512_abs_ps(a);
}
static inline vec vmax(vec a, vec b)
{
    return _mm512_max_ps(a, b);
}
static inline vec vmin(vec a, vec b)
{
    return _mm512_min_ps(a, b);
}
static inline vmask vlt(vec a, vec b)
{
    return _mm512_cmp_ps_mask(a, b, _CMP_LT_OQ);
}
static inline vmask veq(vec a, vec b)
{
    return _mm512_cmp_ps_mask(a, b, _CMP_EQ_OQ);
}
static inline vmask vnan(vec a)
{
    return _mm512_cmp_ps_mask(a, a, _CMP_UNORD_Q);
}
static inline vec vselect(vmask m, vec a, vec b)
{
    return _mm512_mask_blend_ps(m, b, a);
}
static inline vec vfirst(vec a, vec b, int64_t n)
{
    return _mm512_mask_blend_ps(first_lanes(n), b, a);
}
static inline unsigned vwhich(vmask m)
{
    return m;
}
static inline float vsum(vec a)
{
    return sum_of_8(_mm256_add_ps(_mm512_castps512_ps256(a), _mm512_extractf32x8_ps(a, 1)));
}
static inline float vtop(vec a)
{
    return top_of_8(_mm256_max_ps(_mm512_castps512_ps256(a), _mm512_extractf32x8_ps(a, 1)));
}
static inline void vpin(vec *a)
{
    __asm__("" : "+v"(*a));
}

static inline vint vbits(vec a)
{
    return _mm512_castps_si512(a);
}
static inline vec vreal(vint a)
{
    return _mm512_castsi512_ps(a);
}
static inline vint viset(int32_t n)
{
    return _mm512_set1_epi32(n);
}
static inline vint viadd(vint a, vint b)
{
    return _mm512_add_epi32(a, b);
}
static inline vint visub(vint a, vint b)
{
    return _mm512_sub_epi32(a, b);
}
static inline vint viand(vint a, vint b)
{
    return _mm512_and_si512(a, b);
}
static inline vint vishl(vint a, int n)
{
    return _mm512_slli_epi32(a, (unsigned)n);
}
static inline vint visar(vint a, int n)
{
    return _mm512_srai_epi32(a, (unsigned)n);
}

/* Pairs of rows, pairs of pairs, then 4 x 4 blocks twice. */
static inline void vtranspose(vec rows[VLEN])
{
    __m512 pair[VLEN], four[VLEN], eight[VLEN];
    for (int i = 0; i < 8; i++) {
        pair[2 * i] = _mm512_unpacklo_ps(rows[2 * i], rows[2 * i + 1]);
        pair[2 * i + 1] = _mm512_unpackhi_ps(rows[2 * i], rows[2 * i + 1]);
    }
    for (int i = 0; i < 4; i++)
        for (int j = 0; j < 2; j++) {
            four[4 * i + 2 * j] = _mm512_shuffle_ps(pair[4 * i + j], pair[4 * i + 2 + j], 0x44);
            four[4 * i + 2 * j + 1] = _mm512_shuffle_ps(pair[4 * i + j], pair[4 * i + 2 + j], 0xee);
        }
    for (int i = 0; i < 2; i++)
        for (int j = 0; j < 4; j++) { /* column j of the four blocks: blocks 0, 2 and 1, 3 of eight rows */
            eight[8 * i + j] = _mm512_shuffle_f32x4(four[8 * i + j], four[8 * i + 4 + j], 0x88);
            eight[8 * i + 4 + j] = _mm512_shuffle_f32x4(four[8 * i + j], four[8 * i + 4 + j], 0xdd);
        }
    for (int j = 0; j < 8; j++) {
        rows[j] = _mm512_shuffle_f32x4(eight[j], eight[8 + j], 0x88);
        rows[8 + j] = _mm512_shuffle_f32x4(eight[j], eight[8 + j], 0xdd);
    }
}

#endif
