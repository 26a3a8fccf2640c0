/* SPDX-License-Identifier: Apache-2.0 */
/* Pooling over the taps of a window that lie inside the image, in ascending (ky, kx).
 *   max: the first largest element; a NaN wins over numbers, the first NaN over later ones. The gradient goes to that
 *        element. A window without a tap inside gives -infinity and takes no gradient.
 *   avg: sum / number of taps inside (0 where there is none); each of them gets dy / number.
 * Gradients are added up in ascending order of output pixels, channels side by side in vectors. Threads share images
 * and strips of channels. */
#include "kernels/family.h"

enum { STRIP = 4 * VLEN };

/* The taps of output pixel (oy, ox) inside the image: ky in [ky0, ky1), kx in [kx0, kx1). */
typedef struct taps {
    int64_t ky0, ky1, kx0, kx1;
    int64_t y, x; /* where tap (0, 0) lies */
} taps;

/* Taps k of `k_count` with 0 <= start + k dilation < size are [*first, *end). */
static void inside(int64_t start, int64_t dilation, int64_t k_count, int64_t size, int64_t *first, int64_t *end)
{
    *first = start < 0 ? yk_min(yk_div_up(-start, dilation), k_count) : 0;
    *end = start < size ? yk_min(yk_div_up(size - start, dilation), k_count) : 0;
    *end = yk_max(*first, *end);
}

static taps taps_of(const yk_window *g, int64_t oy, int64_t ox)
{
    taps t = { .y = oy * g->sh - g->pt, .x = ox * g->sw - g->pl };
    inside(t.y, g->dh, g->kh, g->h, &t.ky0, &t.ky1);
    inside(t.x, g->dw, g->kw, g->w, &t.kx0, &t.kx1);
    return t;
}

static int64_t taps_count(taps t)
{
    return (t.ky1 - t.ky0) * (t.kx1 - t.kx0);
}

/* Offset in the image of tap (ky, kx). */
static int64_t tap_at(const yk_window *g, taps t, int64_t ky, int64_t kx)
{
    return ((t.y + ky * g->dh) * g->w + t.x + kx * g->dw) * g->c;
}

#define FOR_TAPS(ky, kx, t)                                                                                            \
    for (int64_t ky = (t).ky0; ky < (t).ky1; ky++)                                                                     \
        for (int64_t kx = (t).kx0; kx < (t).kx1; kx++)

/* A call. A job is a strip of channels of one image. */
typedef struct pooling {
    const yk_window *g;
    const real *x, *dy;
    real *out; /* y or dx */
    bool add;
} pooling;

/* Where a job's strip lies. */
typedef struct place {
    int64_t in, out; /* offsets of the image's first pixel, at the strip's first channel */
    int64_t wide;    /* channels of the strip */
} place;

static place place_of(const yk_window *g, int64_t job)
{
    int64_t strips = yk_div_up(g->c, STRIP), image = job / strips, first = job % strips * STRIP;
    return (place){ .in = image * g->h * g->w * g->c + first,
                    .out = image * g->oh * g->ow * g->c + first,
                    .wide = yk_min(STRIP, g->c - first) };
}

static void share_strips(int64_t n, yk_job run, const pooling *p)
{
    const yk_window *g = p->g;
    yk_parallel(n * yk_div_up(g->c, STRIP), n * g->oh * g->ow * g->c * g->kh * g->kw, run, p);
}

/* Largest of the taps, and its number ky kw + kx (-1: none), in each lane. */
static vec largest(const yk_window *g, taps t, const real *x, int64_t lanes, vec *which)
{
    vec best = vset((real)-__builtin_inff());
    *which = vset(-1);
    FOR_TAPS (ky, kx, t) {
        vec v = vload_n(x + tap_at(g, t, ky, kx), lanes), tap = vset((real)(ky * g->kw + kx));
        vec found = vselect(vlt(best, v), tap, *which);
        found = vselect(veq(found, vset(-1)), tap, found); /* the first tap, even if it is -infinity */
        found = vselect(vnan(v), tap, found);
        *which = vselect(vnan(best), *which, found);
        best = vselect(vnan(best), best, vselect(veq(*which, tap), v, best));
    }
    return best;
}

static void max_strip(const void *context, int64_t job)
{
    const pooling *p = context;
    const yk_window *g = p->g;
    place at = place_of(g, job);
    for (int64_t pixel = 0; pixel < g->oh * g->ow; pixel++) {
        taps t = taps_of(g, pixel / g->ow, pixel % g->ow);
        FOR_VEC (j, lanes, 0, at.wide) {
            vec which;
            vstore_n(p->out + at.out + pixel * g->c + j, largest(g, t, p->x + at.in + j, lanes, &which), lanes);
        }
    }
}

void ISA(maxpool2d)(const yk_window *g, int64_t n, const real *x, real *y)
{
    share_strips(n, max_strip, &(pooling){ .g = g, .x = x, .out = y });
}

/* dx of a strip of an image to zero. */
static void clear(const yk_window *g, place at, real *dx)
{
    for (int64_t pixel = 0; pixel < g->h * g->w; pixel++)
        FOR_VEC (j, lanes, 0, at.wide)
            vstore_n(dx + at.in + pixel * g->c + j, vset(0), lanes);
}

static void max_grad_strip(const void *context, int64_t job)
{
    const pooling *p = context;
    const yk_window *g = p->g;
    place at = place_of(g, job);
    if (!p->add)
        clear(g, at, p->out);
    for (int64_t pixel = 0; pixel < g->oh * g->ow; pixel++) {
        taps t = taps_of(g, pixel / g->ow, pixel % g->ow);
        FOR_VEC (j, lanes, 0, at.wide) {
            vec which, d = vload_n(p->dy + at.out + pixel * g->c + j, lanes);
            largest(g, t, p->x + at.in + j, lanes, &which);
            FOR_TAPS (ky, kx, t) {
                real *to = p->out + at.in + j + tap_at(g, t, ky, kx);
                vec old = vload_n(to, lanes), tap = vset((real)(ky * g->kw + kx));
                vstore_n(to, vselect(veq(which, tap), vadd(old, d), old), lanes);
            }
        }
    }
}

void ISA(maxpool2d_grad)(const yk_window *g, int64_t n, const real *x, const real *dy, real *dx, bool add)
{
    share_strips(n, max_grad_strip, &(pooling){ .g = g, .x = x, .dy = dy, .out = dx, .add = add });
}

static void average_strip(const void *context, int64_t job)
{
    const pooling *p = context;
    const yk_window *g = p->g;
    place at = place_of(g, job);
    for (int64_t pixel = 0; pixel < g->oh * g->ow; pixel++) {
        taps t = taps_of(g, pixel / g->ow, pixel % g->ow);
        vec count = vset((real)yk_max(1, taps_count(t)));
        FOR_VEC (j, lanes, 0, at.wide) {
            vec sum = vset(0);
            FOR_TAPS (ky, kx, t)
                sum = vadd(sum, vload_n(p->x + at.in + j + tap_at(g, t, ky, kx), lanes));
            vstore_n(p->out + at.out + pixel * g->c + j, vdiv(sum, count), lanes);
        }
    }
}

void ISA(avgpool2d)(const yk_window *g, int64_t n, const real *x, real *y)
{
    share_strips(n, average_strip, &(pooling){ .g = g, .x = x, .out = y });
}

static void average_grad_strip(const void *context, int64_t job)
{
    const pooling *p = context;
    const yk_window *g = p->g;
    place at = place_of(g, job);
    if (!p->add)
        clear(g, at, p->out);
    for (int64_t pixel = 0; pixel < g->oh * g->ow; pixel++) {
        taps t = taps_of(g, pixel / g->ow, pixel % g->ow);
        vec count = vset((real)yk_max(1, taps_count(t)));
        FOR_VEC (j, lanes, 0, at.wide) {
            vec share = vdiv(vload_n(p->dy + at.out + pixel * g->c + j, lanes), count);
            FOR_TAPS (ky, kx, t) {
                real *to = p->out + at.in + j + tap_at(g, t, ky, kx);
                vstore_n(to, vadd(vload_n(to, lanes), share), lanes);
            }
        }
    }
}

void ISA(avgpool2d_grad)(const yk_window *g, int64_t n, const real *dy, real *dx, bool add)
{
    share_strips(n, average_grad_strip, &(pooling){ .g = g, .dy = dy, .out = dx, .add = add });
}
