/* SPDX-License-Identifier: Apache-2.0 */
/* Pooling over the taps of a window that lie inside the image (sequence, volume), in ascending (kz, ky, kx).
 *   max: the first largest element; a NaN wins over numbers, the first NaN over later ones. The gradient goes to that
 *        element. A window without a tap inside gives -infinity and takes no gradient.
 *   avg: sum / number of taps inside (0 where there is none); each of them gets dy / number.
 * Gradients are added up in ascending order of output pixels, channels side by side in vectors. Threads share images
 * and strips of channels. */
#include "kernels/family.h"

enum { STRIP = 4 * VLEN };

/* The taps of an output on one axis: [first, end) are inside, tap 0 lies at `at`. */
typedef struct span {
    int64_t at, first, end;
} span;

static span span_of(const yk_window_axis *a, int64_t o)
{
    if (!a->stride) {
        int64_t first = o * a->in / a->out;
        return (span){ .at = first, .end = yk_div_up((o + 1) * a->in, a->out) - first };
    }
    int64_t at = o * a->stride - a->before;
    span s = { .at = at, .end = a->taps };
    if (at < 0)
        s.first = yk_min(yk_div_up(-at, a->dilation), a->taps);
    if (at + (a->taps - 1) * a->dilation >= a->in)
        s.end = yk_max(s.first, yk_div_up(yk_max(a->in - at, 0), a->dilation));
    return s;
}

/* The taps of an output pixel. */
typedef struct taps {
    span d, h, w;
} taps;

/* Moves t to the pixel; pixels are visited in ascending order from 0. */
static void move_to(taps *t, const yk_window *g, int64_t pixel)
{
    int64_t x = pixel % g->w.out, row = pixel / g->w.out;
    t->w = span_of(&g->w, x);
    if (x > 0)
        return;
    t->h = span_of(&g->h, row % g->h.out);
    t->d = span_of(&g->d, row / g->h.out);
}

static int64_t taps_count(const taps *t)
{
    return (t->d.end - t->d.first) * (t->h.end - t->h.first) * (t->w.end - t->w.first);
}

/* Offset in the image of a tap, and the tap's number. */
static int64_t tap_at(const yk_window *g, const taps *t, int64_t kz, int64_t ky, int64_t kx)
{
    int64_t z = t->d.at + kz * g->d.dilation, y = t->h.at + ky * g->h.dilation, x = t->w.at + kx * g->w.dilation;
    return ((z * g->h.in + y) * g->w.in + x) * g->c;
}
static real tap_number(const yk_window *g, int64_t kz, int64_t ky, int64_t kx)
{
    return (real)((kz * g->h.taps + ky) * g->w.taps + kx);
}

#define FOR_TAPS(kz, ky, kx, t)                                                                                        \
    for (int64_t kz = (t)->d.first; kz < (t)->d.end; kz++)                                                             \
        for (int64_t ky = (t)->h.first; ky < (t)->h.end; ky++)                                                         \
            for (int64_t kx = (t)->w.first; kx < (t)->w.end; kx++)

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
    return (place){ .in = image * yk_window_in(g) * g->c + first,
                    .out = image * yk_window_out(g) * g->c + first,
                    .wide = yk_min(STRIP, g->c - first) };
}

static void share_strips(int64_t n, yk_job run, const pooling *p)
{
    const yk_window *g = p->g;
    yk_parallel(n * yk_div_up(g->c, STRIP), n * yk_window_out(g) * g->c * yk_window_taps(g), run, p);
}

/* Largest of the taps, and its number (-1: none), in each lane. */
static vec largest(const yk_window *g, const taps *t, const real *x, int64_t lanes, vec *which)
{
    vec best = vset((real)-__builtin_inff());
    *which = vset(-1);
    FOR_TAPS (kz, ky, kx, t) {
        vec v = vload_n(x + tap_at(g, t, kz, ky, kx), lanes), tap = vset(tap_number(g, kz, ky, kx));
        vec found = vselect(vlt(best, v), tap, *which);
        found = vselect(veq(found, vset(-1)), tap, found); /* the first tap, even if it is -infinity */
        found = vselect(vnan(v), tap, found);
        *which = vselect(vnan(best), *which, found);
        best = vselect(vnan(best), best, vselect(veq(*which, tap), v, best));
    }
    return best;
}

/* Largest of the taps alone: the first of equal ones, a NaN where there is one. */
static inline vec top_of(const yk_window *g, const taps *t, const real *x, int64_t lanes)
{
    vec best = vset((real)-__builtin_inff());
    FOR_TAPS (kz, ky, kx, t) {
        vec v = vload_n(x + tap_at(g, t, kz, ky, kx), lanes);
        best = vselect(vnan(v), v, vmax(v, best));
    }
    return best;
}

static void max_strip(const void *context, int64_t job)
{
    const pooling *p = context;
    const yk_window window = *p->g, *g = &window; /* a copy, which no store can change */
    place at = place_of(g, job);
    taps t = { 0 };
    for (int64_t pixel = 0; pixel < yk_window_out(g); pixel++) {
        move_to(&t, g, pixel);
        FOR_VEC (j, lanes, 0, at.wide) {
            const real *x = p->x + at.in + j;
            vstore_n(p->out + at.out + pixel * g->c + j,
                     lanes == VLEN ? top_of(g, &t, x, VLEN) : top_of(g, &t, x, lanes), lanes);
        }
    }
}

void ISA(maxpool)(const yk_window *g, int64_t n, const real *x, real *y)
{
    share_strips(n, max_strip, &(pooling){ .g = g, .x = x, .out = y });
}

/* dx of a strip of an image to zero. */
static void clear(const yk_window *g, place at, real *dx)
{
    for (int64_t pixel = 0; pixel < yk_window_in(g); pixel++)
        FOR_VEC (j, lanes, 0, at.wide)
            vstore_n(dx + at.in + pixel * g->c + j, vset(0), lanes);
}

/* Do the windows of an axis lie side by side, and are all inputs under one? */
static bool tiles(const yk_window_axis *a)
{
    return a->stride == a->taps && a->dilation == 1 && a->before == 0 && a->in == a->out * a->stride;
}

/* Adds d where the largest of the taps is, in each lane, to dx, which is +0 everywhere yet where it is `fresh`. */
INLINED void put_at_largest(const yk_window *g, const taps *t, const real *x, vec d, real *dx, bool fresh,
                            int64_t lanes)
{
    const vec zero = vset(0), top = top_of(g, t, x, lanes);
    if (vwhich(vnan(top))) { /* a NaN equals nothing: by the number of the tap */
        vec which;
        largest(g, t, x, lanes, &which);
        FOR_TAPS (kz, ky, kx, t) {
            real *to = dx + tap_at(g, t, kz, ky, kx);
            vec old = fresh ? zero : vload_n(to, lanes), tap = vset(tap_number(g, kz, ky, kx));
            vstore_n(to, vselect(veq(which, tap), vadd(old, d), old), lanes);
        }
        return;
    }
    vec left = vset(1); /* 1 where no tap has had it yet */
    FOR_TAPS (kz, ky, kx, t) {
        const int64_t at = tap_at(g, t, kz, ky, kx);
        vec old = fresh ? zero : vload_n(dx + at, lanes);
        vec here = vselect(veq(vload_n(x + at, lanes), top), left, zero);
        vstore_n(dx + at, vselect(vlt(zero, here), vadd(old, d), old), lanes);
        left = vsub(left, here);
    }
}

static void max_grad_strip(const void *context, int64_t job)
{
    const pooling *p = context;
    const yk_window window = *p->g, *g = &window; /* a copy, which no store can change */
    const bool fresh = !p->add && tiles(&g->d) && tiles(&g->h) && tiles(&g->w);
    place at = place_of(g, job);
    if (!p->add && !fresh)
        clear(g, at, p->out);
    taps t = { 0 };
    for (int64_t pixel = 0; pixel < yk_window_out(g); pixel++) {
        move_to(&t, g, pixel);
        FOR_VEC (j, lanes, 0, at.wide) {
            const real *x = p->x + at.in + j;
            real *dx = p->out + at.in + j;
            vec d = vload_n(p->dy + at.out + pixel * g->c + j, lanes);
            if (lanes == VLEN)
                put_at_largest(g, &t, x, d, dx, fresh, VLEN);
            else
                put_at_largest(g, &t, x, d, dx, fresh, lanes);
        }
    }
}

void ISA(maxpool_grad)(const yk_window *g, int64_t n, const real *x, const real *dy, real *dx, bool add)
{
    share_strips(n, max_grad_strip, &(pooling){ .g = g, .x = x, .dy = dy, .out = dx, .add = add });
}

static void average_strip(const void *context, int64_t job)
{
    const pooling *p = context;
    const yk_window window = *p->g, *g = &window; /* a copy, which no store can change */
    place at = place_of(g, job);
    taps t = { 0 };
    for (int64_t pixel = 0; pixel < yk_window_out(g); pixel++) {
        move_to(&t, g, pixel);
        vec count = vset((real)yk_max(1, taps_count(&t)));
        FOR_VEC (j, lanes, 0, at.wide) {
            vec sum = vset(0);
            FOR_TAPS (kz, ky, kx, &t)
                sum = vadd(sum, vload_n(p->x + at.in + j + tap_at(g, &t, kz, ky, kx), lanes));
            vstore_n(p->out + at.out + pixel * g->c + j, vdiv(sum, count), lanes);
        }
    }
}

void ISA(avgpool)(const yk_window *g, int64_t n, const real *x, real *y)
{
    share_strips(n, average_strip, &(pooling){ .g = g, .x = x, .out = y });
}

static void average_grad_strip(const void *context, int64_t job)
{
    const pooling *p = context;
    const yk_window window = *p->g, *g = &window; /* a copy, which no store can change */
    place at = place_of(g, job);
    if (!p->add)
        clear(g, at, p->out);
    taps t = { 0 };
    for (int64_t pixel = 0; pixel < yk_window_out(g); pixel++) {
        move_to(&t, g, pixel);
        vec count = vset((real)yk_max(1, taps_count(&t)));
        FOR_VEC (j, lanes, 0, at.wide) {
            vec share = vdiv(vload_n(p->dy + at.out + pixel * g->c + j, lanes), count);
            FOR_TAPS (kz, ky, kx, &t) {
                real *to = p->out + at.in + j + tap_at(g, &t, kz, ky, kx);
                vstore_n(to, vadd(vload_n(to, lanes), share), lanes);
            }
        }
    }
}

void ISA(avgpool_grad)(const yk_window *g, int64_t n, const real *dy, real *dx, bool add)
{
    share_strips(n, average_grad_strip, &(pooling){ .g = g, .dy = dy, .out = dx, .add = add });
}
