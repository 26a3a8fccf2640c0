/* SPDX-License-Identifier: Apache-2.0 */
/* The vector in AVX2 and FMA: two registers of eight floats. */
#ifndef YK_KERNELS_VEC_AVX2_H
#define YK_KERNELS_VEC_AVX2_H

#include "kernels/vec_x86.h"

/** Tile of the matrix product: rows, and vectors a row: 12 accumulators, two registers of B, one of A. */
enum { TILE_ROWS = 6, TILE_VECS = 1 };
#define TILE_ROW_LIST(X, v) X(1, v) X(2, v) X(3, v) X(4, v) X(5, v) X(6, v)

typedef struct vec {
    __m256 lo, hi;
} vec;

typedef vec vmask;

typedef struct vint {
    __m256i lo, hi;
} vint;

#define BOTH(type, call) ((type){ call(a.lo), call(a.hi) })
#define BOTH2(type, call) ((type){ call(a.lo, b.lo), call(a.hi, b.hi) })

/** Lanes first..first+7 of which the first n of 16 are set. */
static inline __m256i half_mask(int first, int64_t n)
{
    __m256i lane = _mm256_add_epi32(_mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7), _mm256_set1_epi32(first));
    return _mm256_cmpgt_epi32(_mm256_set1_epi32((int)n), lane);
}
static inline vec vload(const float *p)
{
    return (vec){ _mm256_loadu_ps(p), _mm256_loadu_ps(p + 8) };
}
static inline void vstore(float *p, vec a)
{
    _mm256_storeu_ps(p, a.lo);
    _mm256_storeu_ps(p + 8, a.hi);
}
static inline vec vload_n(const float *p, int64_t n)
{
    if (n == VLEN)
        return vload(p);
    return (vec){ _mm256_maskload_ps(p, half_mask(0, n)),
                  n > 8 ? _mm256_maskload_ps(p + 8, half_mask(8, n)) : _mm256_setzero_ps() };
}
static inline void vstore_n(float *p, vec a, int64_t n)
{
    if (n == VLEN) {
        vstore(p, a);
        return;
    }
    __m256 half = a.lo; /* in pieces: on AMD a masked store takes twenty times as long */
    if (n >= 8) {
        _mm256_storeu_ps(p, a.lo);
        half = a.hi;
        p += 8;
    }
    __m128 rest = _mm256_castps256_ps128(half);
    if (n & 4) {
        _mm_storeu_ps(p, rest);
        rest = _mm256_extractf128_ps(half, 1);
        p += 4;
    }
    if (n & 2) {
        _mm_storel_pi((__m64 *)(void *)p, rest);
        rest = _mm_movehl_ps(rest, rest);
        p += 2;
    }
    if (n & 1)
        _mm_store_ss(p, rest);
}
static inline vec vset(float x)
{
    __m256 all = _mm256_set1_ps(x);
    return (vec){ all, all };
}
static inline vec vadd(vec a, vec b)
{
    return BOTH2(vec, _mm256_add_ps);
}
static inline vec vsub(vec a, vec b)
{
    return BOTH2(vec, _mm256_sub_ps);
}
static inline vec vmul(vec a, vec b)
{
    return BOTH2(vec, _mm256_mul_ps);
}
static inline vec vdiv(vec a, vec b)
{
    return BOTH2(vec, _mm256_div_ps);
}
static inline vec vfma(vec a, vec b, vec c)
{
    return (vec){ _mm256_fmadd_ps(a.lo, b.lo, c.lo), _mm256_fmadd_ps(a.hi, b.hi, c.hi) };
}
static inline vec vsqrt(vec a)
{
    return BOTH(vec, _mm256_sqrt_ps);
}
static inline vec vabs(vec a)
{
    vec b = vset(-0.0F);
    return (vec){ _mm256_andnot_ps(b.lo, a.lo), _mm256_andnot_ps(b.hi, a.hi) };
}
static inline vec vmax(vec a, vec b)
{
    return BOTH2(vec, _mm256_max_ps);
}
static inline vec vmin(vec a, vec b)
{
    return BOTH2(vec, _mm256_min_ps);
}
static inline vmask vlt(vec a, vec b)
{
    return (vmask){ _mm256_cmp_ps(a.lo, b.lo, _CMP_LT_OQ), _mm256_cmp_ps(a.hi, b.hi, _CMP_LT_OQ) };
}
static inline vmask veq(vec a, vec b)
{
    return (vmask){ _mm256_cmp_ps(a.lo, b.lo, _CMP_EQ_OQ), _mm256_cmp_ps(a.hi, b.hi, _CMP_EQ_OQ) };
}
static inline vmask vnan(vec a)
{
    return (vmask){ _mm256_cmp_ps(a.lo, a.lo, _CMP_UNORD_Q), _mm256_cmp_ps(a.hi, a.hi, _CMP_UNORD_Q) };
}
static inline vec vselect(vmask m, vec a, vec b)
{
    return (vec){ _mm256_blendv_ps(b.lo, a.lo, m.lo), _mm256_blendv_ps(b.hi, a.hi, m.hi) };
}
static inline vec vfirst(vec a, vec b, int64_t n)
{
    vmask m = { _mm256_castsi256_ps(half_mask(0, n)), _mm256_castsi256_ps(half_mask(8, n)) };
    return vselect(m, a, b);
}
static inline unsigned vwhich(vmask m)
{
    return (unsigned)_mm256_movemask_ps(m.lo) | (unsigned)_mm256_movemask_ps(m.hi) << 8;
}
static inline float vsum(vec a)
{
    return sum_of_8(_mm256_add_ps(a.lo, a.hi));
}
static inline float vtop(vec a)
{
    return top_of_8(_mm256_max_ps(a.lo, a.hi));
}
/* Both halves come from one broadcast, so both are pinned to one register. */
static inline void vpin(vec *a)
{
    __asm__("" : "+x"(a->lo));
    a->hi = a->lo;
}

static inline vint vbits(vec a)
{
    return BOTH(vint, _mm256_castps_si256);
}
static inline vec vreal(vint a)
{
    return BOTH(vec, _mm256_castsi256_ps);
}
static inline vint viset(int32_t n)
{
    __m256i all = _mm256_set1_epi32(n);
    return (vint){ all, all };
}
static inline vint viadd(vint a, vint b)
{
    return BOTH2(vint, _mm256_add_epi32);
}
static inline vint visub(vint a, vint b)
{
    return BOTH2(vint, _mm256_sub_epi32);
}
static inline vint viand(vint a, vint b)
{
    return BOTH2(vint, _mm256_and_si256);
}
static inline vint vishl(vint a, int n)
{
    return (vint){ _mm256_slli_epi32(a.lo, n), _mm256_slli_epi32(a.hi, n) };
}
static inline vint visar(vint a, int n)
{
    return (vint){ _mm256_srai_epi32(a.lo, n), _mm256_srai_epi32(a.hi, n) };
}

/** Columns 0-7 or 8-15 of eight rows become eight half vectors. */
static inline void transpose_8(const __m256 in[8], __m256 out[8])
{
    __m256 pair[8], four[8];
    for (int i = 0; i < 4; i++) {
        pair[2 * i] = _mm256_unpacklo_ps(in[2 * i], in[2 * i + 1]);
        pair[2 * i + 1] = _mm256_unpackhi_ps(in[2 * i], in[2 * i + 1]);
    }
    for (int i = 0; i < 2; i++)
        for (int j = 0; j < 2; j++) {
            four[4 * i + 2 * j] = _mm256_shuffle_ps(pair[4 * i + j], pair[4 * i + 2 + j], 0x44);
            four[4 * i + 2 * j + 1] = _mm256_shuffle_ps(pair[4 * i + j], pair[4 * i + 2 + j], 0xee);
        }
    for (int i = 0; i < 4; i++) {
        out[i] = _mm256_permute2f128_ps(four[i], four[4 + i], 0x20);
        out[4 + i] = _mm256_permute2f128_ps(four[i], four[4 + i], 0x31);
    }
}
static inline void vtranspose(vec rows[VLEN])
{
    __m256 in[4][8], out[4][8]; /* quarters: upper left, upper right, lower left, lower right */
    for (int i = 0; i < 8; i++) {
        in[0][i] = rows[i].lo;
        in[1][i] = rows[i].hi;
        in[2][i] = rows[8 + i].lo;
        in[3][i] = rows[8 + i].hi;
    }
    for (int q = 0; q < 4; q++)
        transpose_8(in[q], out[q]);
    for (int i = 0; i < 8; i++) {
        rows[i] = (vec){ out[0][i], out[2][i] };
        rows[8 + i] = (vec){ out[1][i], out[3][i] };
    }
}

#endif
