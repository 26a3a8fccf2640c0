/* SPDX-License-Identifier: Apache-2.0 */
/* Winograd's F(4x4, 3x3), for images and windows that yk_winograd_suits() (kernels.h): the 4 x 4 outputs of a tile come
 * from 36 products instead of 144. With the matrices of the points 0, 1, -1, 2, -2 and infinity, each applied to
 * columns and rows, a filter's taps w become u = G w G^T, the 6 x 6 inputs that a tile sees v = B^T x B, and the
 * outputs are A^T m A of the 36 products m of u and v; the weight gradient is G^T (sum of v z) G with z = A dy A^T.
 * Here are the one-dimensional transforms, in which vectors lie along channels, and the places of tiles. */
#ifndef YK_KERNELS_WINOGRAD_H
#define YK_KERNELS_WINOGRAD_H

#include "kernels/panel.h"

enum {
    TILE_OUT = YK_WINOGRAD_TILE, /**< outputs of a tile, in each direction; taps; inputs that it sees */
    TILE_TAPS = 3,
    TILE_IN = TILE_OUT + TILE_TAPS - 1,
    POINTS = TILE_IN * TILE_IN,
    TILE_STRIP = 256, /**< channels transformed at a time */
};

/** Tiles of n images whose places lie at y TILE_OUT - before. */
typedef struct tile_grid {
    int64_t down, across; /**< tiles of an image */
    int64_t tiles;        /**< of all images */
} tile_grid;

static inline tile_grid tile_grid_of(int64_t n, int64_t h, int64_t w)
{
    tile_grid t = { yk_div_up(h, TILE_OUT), yk_div_up(w, TILE_OUT), 0 };
    t.tiles = n * t.down * t.across;
    return t;
}

/** Images (h, w, c) and the squares that tiles cut out of them, which begin `before` places before the tile's own. */
typedef struct tile_source {
    const real *in;
    int64_t h, w, c, before_h, before_w;
} tile_source;

/** at[i] = where the places of tile t lie, `size` x `size` of them, `channel` elements further; zeros outside. */
void ISA(see_tile)(const tile_source *s, const tile_grid *grid, int64_t t, int64_t size, int64_t channel,
                   const real **at);

/** v[point POINTS] of tiles [first, first + tiles): tile t's channels at v + point v_step + (t - first) row. */
void ISA(tile_inputs)(const tile_source *s, const tile_grid *grid, int64_t first, int64_t tiles, real *v,
                      int64_t v_step, int64_t row);

/** An odd number of cache lines that holds n elements: places this far apart do not share a cache's sets. */
static inline int64_t spread(int64_t n)
{
    return yk_winograd_spread(n);
}

/** B^T of six. */
static inline __attribute__((always_inline)) void transform_input(const vec d[TILE_IN], vec v[TILE_IN])
{
    const vec two = vset(2), four = vset(4), five = vset(-5), minus_two = vset(-2), minus_four = vset(-4);
    vec a = vfma(minus_four, d[2], d[4]), b = vfma(minus_four, d[1], d[3]), c = vsub(d[4], d[2]), e = vsub(d[3], d[1]);
    v[0] = vfma(four, d[0], vfma(five, d[2], d[4]));
    v[1] = vadd(a, b);
    v[2] = vsub(a, b);
    v[3] = vfma(two, e, c);
    v[4] = vfma(minus_two, e, c);
    v[5] = vfma(four, d[1], vfma(five, d[3], d[5]));
}

/** A^T of six. */
static inline __attribute__((always_inline)) void transform_output(const vec m[TILE_IN], vec y[TILE_OUT])
{
    const vec two = vset(2), four = vset(4), eight = vset(8);
    vec a = vadd(m[1], m[2]), b = vsub(m[1], m[2]), c = vadd(m[3], m[4]), d = vsub(m[3], m[4]);
    y[0] = vadd(vadd(m[0], a), c);
    y[1] = vfma(two, d, b);
    y[2] = vfma(four, c, a);
    y[3] = vadd(vfma(eight, d, b), m[5]);
}

/** A of four. */
static inline __attribute__((always_inline)) void transform_output_back(const vec y[TILE_OUT], vec m[TILE_IN])
{
    const vec two = vset(2), four = vset(4);
    vec even = vadd(y[0], y[2]), odd = vadd(y[1], y[3]);
    vec even2 = vfma(four, y[2], y[0]), odd2 = vmul(two, vfma(four, y[3], y[1]));
    m[0] = y[0];
    m[1] = vadd(even, odd);
    m[2] = vsub(even, odd);
    m[3] = vadd(even2, odd2);
    m[4] = vsub(even2, odd2);
    m[5] = y[3];
}

/** G of three. */
static inline __attribute__((always_inline)) void transform_taps(const vec w[TILE_TAPS], vec u[TILE_IN])
{
    const vec sixth = vset((real)(-1.0 / 6)), twelfth = vset((real)(1.0 / 12)), quarter = vset((real)0.25);
    vec even = vmul(sixth, vadd(w[0], w[2])), odd = vmul(sixth, w[1]);
    vec even2 = vmul(vset((real)(1.0 / 6)), vfma(quarter, w[0], w[2])), odd2 = vmul(twelfth, w[1]);
    u[0] = vmul(quarter, w[0]);
    u[1] = vadd(even, odd);
    u[2] = vsub(even, odd);
    u[3] = vadd(even2, odd2);
    u[4] = vsub(even2, odd2);
    u[5] = w[2];
}

/** G^T of six. */
static inline __attribute__((always_inline)) void transform_taps_back(const vec u[TILE_IN], vec w[TILE_TAPS])
{
    const vec sixth = vset((real)(1.0 / 6)), twelfth = vset((real)(1.0 / 12)), quarter = vset((real)0.25);
    vec a = vadd(u[1], u[2]), b = vsub(u[2], u[1]), c = vadd(u[3], u[4]), d = vsub(u[3], u[4]);
    w[0] = vfma(quarter, u[0], vmul(sixth, vfma(quarter, c, vsub(vset(0), a))));
    w[1] = vfma(sixth, b, vmul(twelfth, d));
    w[2] = vfma(sixth, vsub(c, a), u[5]);
}

#endif
