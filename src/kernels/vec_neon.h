/* SPDX-License-Identifier: Apache-2.0 */
/* The vector in NEON (AArch64's Advanced SIMD): four registers of four floats. */
#ifndef YK_KERNELS_VEC_NEON_H
#define YK_KERNELS_VEC_NEON_H

#include <arm_neon.h>
#include <stddef.h>

/** Tile of the matrix product: rows, and vectors a row: 24 accumulators, four registers of B, one of A. */
enum { TILE_ROWS = 6, TILE_VECS = 1 };
#define TILE_ROW_LIST(X, v) X(1, v) X(2, v) X(3, v) X(4, v) X(5, v) X(6, v)

typedef struct vec {
    float32x4_t at[4];
} vec;

typedef struct vmask {
    uint32x4_t at[4];
} vmask;

typedef struct vint {
    int32x4_t at[4];
} vint;

/** An expression of quarter q of the arguments. */
#define QUARTERS(type, expression)                                                                                     \
    type r;                                                                                                            \
    for (int q = 0; q < 4; q++)                                                                                        \
        r.at[q] = (expression);                                                                                        \
    return r

/** The first n of four; none below 1, all above 4. */
static inline float32x4_t load_quarter(const float *p, int64_t n)
{
    float32x4_t r = vdupq_n_f32(0);
    if (n >= 4)
        return vld1q_f32(p);
    if (n >= 2)
        r = vcombine_f32(vld1_f32(p), vdup_n_f32(0));
    if (n == 1)
        r = vld1q_lane_f32(p, r, 0);
    if (n == 3)
        r = vld1q_lane_f32(p + 2, r, 2);
    return r;
}
static inline void store_quarter(float *p, float32x4_t a, int64_t n)
{
    if (n >= 4) {
        vst1q_f32(p, a);
        return;
    }
    if (n >= 2)
        vst1_f32(p, vget_low_f32(a));
    if (n == 1)
        vst1q_lane_f32(p, a, 0);
    if (n == 3)
        vst1q_lane_f32(p + 2, a, 2);
}
static inline vec vload(const float *p)
{
    QUARTERS(vec, vld1q_f32(p + 4 * q));
}
static inline void vstore(float *p, vec a)
{
    for (int q = 0; q < 4; q++)
        vst1q_f32(p + 4 * q, a.at[q]);
}
static inline vec vload_n(const float *p, int64_t n)
{
    if (n == VLEN)
        return vload(p);
    QUARTERS(vec, load_quarter(p + 4 * q, n - 4 * q));
}
static inline void vstore_n(float *p, vec a, int64_t n)
{
    for (int q = 0; q < 4; q++)
        store_quarter(p + 4 * q, a.at[q], n - 4 * q);
}
static inline vec vset(float x)
{
    QUARTERS(vec, vdupq_n_f32(x));
}
static inline vec vadd(vec a, vec b)
{
    QUARTERS(vec, vaddq_f32(a.at[q], b.at[q]));
}
static inline vec vsub(vec a, vec b)
{
    QUARTERS(vec, vsubq_f32(a.at[q], b.at[q]));
}
static inline vec vmul(vec a, vec b)
{
    QUARTERS(vec, vmulq_f32(a.at[q], b.at[q]));
}
static inline vec vdiv(vec a, vec b)
{
    QUARTERS(vec, vdivq_f32(a.at[q], b.at[q]));
}
static inline vec vfma(vec a, vec b, vec c)
{
    QUARTERS(vec, vfmaq_f32(c.at[q], a.at[q], b.at[q]));
}
static inline vec vsqrt(vec a)
{
    QUARTERS(vec, vsqrtq_f32(a.at[q]));
}
static inline vec vabs(vec a)
{
    QUARTERS(vec, vabsq_f32(a.at[q]));
}

/* fmax and fmin would keep NaN, and know that -0 < 0. */
static inline float32x4_t greater(float32x4_t a, float32x4_t b)
{
    return vbslq_f32(vcgtq_f32(a, b), a, b);
}
static inline vec vmax(vec a, vec b)
{
    QUARTERS(vec, greater(a.at[q], b.at[q]));
}
static inline vec vmin(vec a, vec b)
{
    QUARTERS(vec, vbslq_f32(vcltq_f32(a.at[q], b.at[q]), a.at[q], b.at[q]));
}
static inline vmask vlt(vec a, vec b)
{
    QUARTERS(vmask, vcltq_f32(a.at[q], b.at[q]));
}
static inline vmask veq(vec a, vec b)
{
    QUARTERS(vmask, vceqq_f32(a.at[q], b.at[q]));
}
static inline vmask vnan(vec a)
{
    QUARTERS(vmask, vmvnq_u32(vceqq_f32(a.at[q], a.at[q])));
}
static inline vec vselect(vmask m, vec a, vec b)
{
    QUARTERS(vec, vbslq_f32(m.at[q], a.at[q], b.at[q]));
}
static inline vec vfirst(vec a, vec b, int64_t n)
{
    const int32x4_t lane = { 0, 1, 2, 3 };
    QUARTERS(vec, vbslq_f32(vcltq_s32(lane, vdupq_n_s32((int32_t)n - 4 * q)), a.at[q], b.at[q]));
}
static inline unsigned vwhich(vmask m)
{
    const uint32x4_t bit = { 1, 2, 4, 8 };
    unsigned bits = 0;
    for (int q = 0; q < 4; q++)
        bits |= vaddvq_u32(vandq_u32(m.at[q], bit)) << 4 * q;
    return bits;
}
static inline float vsum(vec a)
{
    float32x4_t four = vaddq_f32(vaddq_f32(a.at[0], a.at[2]), vaddq_f32(a.at[1], a.at[3]));
    float32x2_t two = vadd_f32(vget_low_f32(four), vget_high_f32(four));
    return vget_lane_f32(two, 0) + vget_lane_f32(two, 1);
}
static inline float vtop(vec a)
{
    float32x4_t four = greater(greater(a.at[0], a.at[2]), greater(a.at[1], a.at[3]));
    four = greater(four, vextq_f32(four, four, 2));
    return vgetq_lane_f32(greater(four, vextq_f32(four, four, 1)), 0);
}
/* All quarters come from one broadcast, so all are pinned to one register. */
static inline void vpin(vec *a)
{
    __asm__("" : "+w"(a->at[0]));
    a->at[1] = a->at[2] = a->at[3] = a->at[0];
}

static inline vint vbits(vec a)
{
    QUARTERS(vint, vreinterpretq_s32_f32(a.at[q]));
}
static inline vec vreal(vint a)
{
    QUARTERS(vec, vreinterpretq_f32_s32(a.at[q]));
}
static inline vint viset(int32_t n)
{
    QUARTERS(vint, vdupq_n_s32(n));
}
static inline vint viadd(vint a, vint b)
{
    QUARTERS(vint, vaddq_s32(a.at[q], b.at[q]));
}
static inline vint visub(vint a, vint b)
{
    QUARTERS(vint, vsubq_s32(a.at[q], b.at[q]));
}
static inline vint viand(vint a, vint b)
{
    QUARTERS(vint, vandq_s32(a.at[q], b.at[q]));
}
static inline vint vishl(vint a, int n)
{
    QUARTERS(vint, vshlq_s32(a.at[q], vdupq_n_s32(n)));
}
static inline vint visar(vint a, int n)
{
    QUARTERS(vint, vshlq_s32(a.at[q], vdupq_n_s32(-n)));
}

/** Column c of four rows of four becomes row c. */
static inline void transpose_4(const float32x4_t in[4], float32x4_t out[4])
{
    float64x2_t even[2], odd[2]; /* of rows 0, 1 and 2, 3: columns 0 and 2, 1 and 3, in pairs */
    for (int i = 0; i < 2; i++) {
        even[i] = vreinterpretq_f64_f32(vtrn1q_f32(in[2 * i], in[2 * i + 1]));
        odd[i] = vreinterpretq_f64_f32(vtrn2q_f32(in[2 * i], in[2 * i + 1]));
    }
    out[0] = vreinterpretq_f32_f64(vtrn1q_f64(even[0], even[1]));
    out[1] = vreinterpretq_f32_f64(vtrn1q_f64(odd[0], odd[1]));
    out[2] = vreinterpretq_f32_f64(vtrn2q_f64(even[0], even[1]));
    out[3] = vreinterpretq_f32_f64(vtrn2q_f64(odd[0], odd[1]));
}
static inline void vtranspose(vec rows[VLEN])
{
    for (int i = 0; i < 4; i++)
        for (int j = 0; j <= i; j++) { /* the blocks (i, j) and (j, i) change places */
            float32x4_t in[2][4], out[2][4];
            for (int k = 0; k < 4; k++) {
                in[0][k] = rows[4 * i + k].at[j];
                in[1][k] = rows[4 * j + k].at[i];
            }
            transpose_4(in[0], out[0]);
            transpose_4(in[1], out[1]);
            for (int k = 0; k < 4; k++) {
                rows[4 * j + k].at[i] = out[0][k];
                rows[4 * i + k].at[j] = out[1][k];
            }
        }
}

#endif
