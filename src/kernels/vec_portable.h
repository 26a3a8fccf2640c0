/* SPDX-License-Identifier: Apache-2.0 */
/* The vector in plain C: an array. It is the specification of the other sets, and the set of the double build. */
#ifndef YK_KERNELS_VEC_PORTABLE_H
#define YK_KERNELS_VEC_PORTABLE_H

#include <string.h>

/** Tile of the matrix product: rows, and vectors a row. */
enum { TILE_ROWS = 4, TILE_VECS = 1 };
#define TILE_ROW_LIST(X, v) X(1, v) X(2, v) X(3, v) X(4, v)

typedef struct vec {
    real at[VLEN];
} vec;

typedef struct vmask {
    uint8_t at[VLEN];
} vmask;

#ifdef YK_REAL_DOUBLE
#define FMA __builtin_fma
#define SQRT __builtin_sqrt
#define FABS __builtin_fabs
#else
#define FMA __builtin_fmaf
#define SQRT __builtin_sqrtf
#define FABS __builtin_fabsf
#endif

#define LANES for (int lane = 0; lane < VLEN; lane++)
#define LANEWISE(type, expression)                                                                                     \
    type r;                                                                                                            \
    LANES r.at[lane] = (expression);                                                                                   \
    return r

static inline vec vload(const real *p)
{
    vec r;
    memcpy(r.at, p, sizeof r.at);
    return r;
}
static inline void vstore(real *p, vec a)
{
    memcpy(p, a.at, sizeof a.at);
}
static inline vec vload_n(const real *p, int64_t n)
{
    LANEWISE(vec, lane < n ? p[lane] : 0);
}
static inline void vstore_n(real *p, vec a, int64_t n)
{
    for (int64_t lane = 0; lane < n; lane++)
        p[lane] = a.at[lane];
}
static inline vec vset(real x)
{
    LANEWISE(vec, x);
}
static inline vec vadd(vec a, vec b)
{
    LANEWISE(vec, a.at[lane] + b.at[lane]);
}
static inline vec vsub(vec a, vec b)
{
    LANEWISE(vec, a.at[lane] - b.at[lane]);
}
static inline vec vmul(vec a, vec b)
{
    LANEWISE(vec, a.at[lane] * b.at[lane]);
}
static inline vec vdiv(vec a, vec b)
{
    LANEWISE(vec, a.at[lane] / b.at[lane]);
}
static inline vec vfma(vec a, vec b, vec c)
{
    LANEWISE(vec, FMA(a.at[lane], b.at[lane], c.at[lane]));
}
static inline vec vsqrt(vec a)
{
    LANEWISE(vec, SQRT(a.at[lane]));
}
static inline vec vabs(vec a)
{
    LANEWISE(vec, FABS(a.at[lane]));
}
static inline vec vmax(vec a, vec b)
{
    LANEWISE(vec, a.at[lane] > b.at[lane] ? a.at[lane] : b.at[lane]);
}
static inline vec vmin(vec a, vec b)
{
    LANEWISE(vec, a.at[lane] < b.at[lane] ? a.at[lane] : b.at[lane]);
}
static inline vmask vlt(vec a, vec b)
{
    LANEWISE(vmask, a.at[lane] < b.at[lane]);
}
static inline vmask veq(vec a, vec b)
{
    LANEWISE(vmask, a.at[lane] == b.at[lane]);
}
static inline vmask vnan(vec a)
{
    LANEWISE(vmask, a.at[lane] != a.at[lane]);
}
static inline vec vselect(vmask m, vec a, vec b)
{
    LANEWISE(vec, m.at[lane] ? a.at[lane] : b.at[lane]);
}
static inline vec vfirst(vec a, vec b, int64_t n)
{
    LANEWISE(vec, lane < n ? a.at[lane] : b.at[lane]);
}
static inline unsigned vwhich(vmask m)
{
    unsigned bits = 0;
    LANES bits |= (unsigned)m.at[lane] << lane;
    return bits;
}
static inline real vsum(vec a)
{
    for (int half = VLEN / 2; half > 0; half /= 2)
        for (int j = 0; j < half; j++)
            a.at[j] += a.at[j + half];
    return a.at[0];
}
static inline real vtop(vec a)
{
    for (int half = VLEN / 2; half > 0; half /= 2)
        for (int j = 0; j < half; j++)
            a.at[j] = a.at[j] > a.at[j + half] ? a.at[j] : a.at[j + half];
    return a.at[0];
}
static inline void vpin(vec *a)
{
    (void)a;
}
static inline void vtranspose(vec rows[VLEN])
{
    for (int i = 0; i < VLEN; i++)
        for (int j = 0; j < i; j++) {
            real t = rows[i].at[j];
            rows[i].at[j] = rows[j].at[i];
            rows[j].at[i] = t;
        }
}

#ifndef YK_REAL_DOUBLE

typedef struct vint {
    uint32_t at[VLEN];
} vint;

static inline vint vbits(vec a)
{
    vint r;
    memcpy(r.at, a.at, sizeof r.at);
    return r;
}
static inline vec vreal(vint a)
{
    vec r;
    memcpy(r.at, a.at, sizeof r.at);
    return r;
}
static inline vint viset(int32_t n)
{
    LANEWISE(vint, (uint32_t)n);
}
static inline vint viadd(vint a, vint b)
{
    LANEWISE(vint, a.at[lane] + b.at[lane]);
}
static inline vint visub(vint a, vint b)
{
    LANEWISE(vint, a.at[lane] - b.at[lane]);
}
static inline vint viand(vint a, vint b)
{
    LANEWISE(vint, a.at[lane] & b.at[lane]);
}
static inline vint vishl(vint a, int n)
{
    LANEWISE(vint, a.at[lane] << n);
}
static inline vint visar(vint a, int n)
{
    LANEWISE(vint, (uint32_t)((int32_t)a.at[lane] >> n));
}

#endif
#endif
