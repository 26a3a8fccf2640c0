/* SPDX-License-Identifier: Apache-2.0 */
/* Patches of images: what the taps of a pixel see, as a row of a matrix; zeros where a tap lies outside.
 * Plain: pixel (oy, ox) of the output sees the input, k runs over (ky, kx, c of the group).
 * Transposed: pixel (iy, ix) of the input sees those outputs that used it, k runs over (ky, kx, oc of the group); a tap
 * that no output put there is outside. */
#ifndef YK_KERNELS_PATCH_H
#define YK_KERNELS_PATCH_H

#include "kernels/family.h"

typedef struct patch_source {
    const yk_window *g;
    const real *in; /**< x, or dy where transposed */
    bool transposed;
} patch_source;

/** Row i of out (pixels x k) = elements k0 .. k0 + k - 1 of the patch of pixel first + i; pixels are numbered through
 *  all images. */
static void gather_patches(const patch_source *s, int64_t group, int64_t first, int64_t pixels, int64_t k0, int64_t k,
                           real *out);

static inline void copy_run(int64_t n, const real *from, real *to)
{
    FOR_VEC (i, lanes, 0, n)
        vstore_n(to + i, vload_n(from + i, lanes), lanes);
}

static inline void zero_run(int64_t n, real *to)
{
    FOR_VEC (i, lanes, 0, n)
        vstore_n(to + i, vset(0), lanes);
}

/* Where the pixel lies. */
typedef struct patch_pixel {
    int64_t image, y, x;
} patch_pixel;

/* One pixel, plain. A run of taps whose channels are contiguous in the image is copied at once: a whole row of the
 * window, or one tap where there are groups or a dilation. */
static inline void gather_plain(const patch_source *s, int64_t group, patch_pixel at, int64_t k0, int64_t k, real *out)
{
    const yk_window *g = s->g;
    int64_t cg = g->c / g->groups, taps = g->groups == 1 && g->dw == 1 ? g->kw : 1, run = taps * cg;
    int64_t limit = g->w * g->c;
    while (k > 0) {
        int64_t unit = k0 / run, skip = k0 % run, size = yk_min(run - skip, k);
        int64_t tap = unit * taps, iy = at.y * g->sh + tap / g->kw * g->dh - g->pt;
        int64_t from = (at.x * g->sw + tap % g->kw * g->dw - g->pl) * g->c + group * cg + skip;
        bool outside = iy < 0 || iy >= g->h;
        int64_t before = outside ? size : yk_max(0, yk_min(-from, size));
        int64_t valid = outside ? 0 : yk_max(0, yk_min(limit - from, size) - before);
        zero_run(before, out);
        if (valid > 0)
            copy_run(valid, s->in + (at.image * g->h + iy) * limit + from + before, out + before);
        zero_run(size - before - valid, out + before + valid);
        out += size;
        k0 += size;
        k -= size;
    }
}

/* *out = (at - tap) / stride; false where a tap hits no output. */
static inline bool output_of(int64_t at, int64_t tap, int64_t stride, int64_t size, int64_t *out)
{
    int64_t d = at - tap;
    *out = stride == 1 ? d : d / stride;
    return d >= 0 && *out * stride == d && *out < size;
}

static inline void gather_transposed(const patch_source *s, int64_t group, patch_pixel at, int64_t k0, int64_t k,
                                     real *out)
{
    const yk_window *g = s->g;
    int64_t ocg = g->oc / g->groups;
    while (k > 0) {
        int64_t tap = k0 / ocg, skip = k0 % ocg, size = yk_min(ocg - skip, k), oy, ox;
        bool hit = output_of(at.y + g->pt, tap / g->kw * g->dh, g->sh, g->oh, &oy) &&
                   output_of(at.x + g->pl, tap % g->kw * g->dw, g->sw, g->ow, &ox);
        if (hit)
            copy_run(size, s->in + ((at.image * g->oh + oy) * g->ow + ox) * g->oc + group * ocg + skip, out);
        else
            zero_run(size, out);
        out += size;
        k0 += size;
        k -= size;
    }
}

static void gather_patches(const patch_source *s, int64_t group, int64_t first, int64_t pixels, int64_t k0, int64_t k,
                           real *out)
{
    const yk_window *g = s->g;
    int64_t h = s->transposed ? g->h : g->oh, w = s->transposed ? g->w : g->ow;
    patch_pixel at = { first / (h * w), first / w % h, first % w };
    for (int64_t i = 0; i < pixels; i++, out += k) {
        if (s->transposed)
            gather_transposed(s, group, at, k0, k, out);
        else
            gather_plain(s, group, at, k0, k, out);
        if (++at.x == w) {
            at.x = 0;
            if (++at.y == h) {
                at.y = 0;
                at.image++;
            }
        }
    }
}

#endif
