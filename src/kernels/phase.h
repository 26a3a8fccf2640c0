/* SPDX-License-Identifier: Apache-2.0 */
/* Phases of a window with strides, for the gradient of its input. Places of the input at a distance of the stride see
 * the same taps, and among themselves they are the input of a window without strides, which has these taps only. So
 * the gradient falls into stride^3 (or ^2, or ^1) smaller ones that write to places of their own. */
#ifndef YK_KERNELS_PHASE_H
#define YK_KERNELS_PHASE_H

#include "kernels/kernels.h"

/** One dimension: places `place` + i `step` of the input, i < n; taps `tap` + j `tap_step` of the window. */
typedef struct phase_axis {
    int64_t place, step, tap, tap_step;
} phase_axis;

typedef struct phase {
    yk_window g; /**< among themselves; taps 0 in a dimension: no output sees these places */
    phase_axis d, h, w;
} phase;

static inline int64_t phase_count(const yk_window *g)
{
    return g->d.stride * g->h.stride * g->w.stride;
}

/* Output o's tap k is at place o stride + k dilation - before. Place p + i stride is met where p + before - k dilation
 * is a multiple of the stride: by o = i + (p + before - k dilation) / stride. */
static inline phase_axis phase_axis_of(const yk_window_axis *whole, int64_t p, yk_window_axis *part)
{
    const int64_t stride = whole->stride;
    phase_axis a = { .place = p, .step = stride, .tap_step = 1 };
    *part = (yk_window_axis){
        .in = p < whole->in ? (whole->in - p - 1) / stride + 1 : 0, .out = whole->out, .stride = 1, .dilation = 1
    };
    for (int64_t k = 0; k < whole->taps; k++) {
        if ((p + whole->before - k * whole->dilation) % stride != 0)
            continue;
        if (part->taps == 0)
            a.tap = k;
        else if (part->taps == 1)
            a.tap_step = k - a.tap;
        part->taps++;
    }
    if (part->taps > 1)
        part->dilation = a.tap_step * whole->dilation / stride;
    if (part->taps > 0)
        part->before = (p + whole->before - a.tap * whole->dilation) / stride;
    return a;
}

static inline phase phase_of(const yk_window *g, int64_t number)
{
    phase f = { .g = *g };
    f.w = phase_axis_of(&g->w, number % g->w.stride, &f.g.w);
    number /= g->w.stride;
    f.h = phase_axis_of(&g->h, number % g->h.stride, &f.g.h);
    f.d = phase_axis_of(&g->d, number / g->h.stride, &f.g.d);
    return f;
}

/** Number in the whole window of a tap of the phase. */
static inline int64_t phase_tap(const phase *f, const yk_window *g, int64_t tap)
{
    const int64_t x = tap % f->g.w.taps, y = tap / f->g.w.taps % f->g.h.taps, z = tap / f->g.w.taps / f->g.h.taps;
    return ((f->d.tap + z * f->d.tap_step) * g->h.taps + f->h.tap + y * f->h.tap_step) * g->w.taps + f->w.tap +
           x * f->w.tap_step;
}

/** Number in the whole input, all images counted through, of pixel `i` of the phase. */
static inline int64_t phase_place(const phase *f, const yk_window *g, int64_t i)
{
    const int64_t x = i % f->g.w.in, row = i / f->g.w.in, y = row % f->g.h.in, z = row / f->g.h.in % f->g.d.in,
                  image = row / f->g.h.in / f->g.d.in;
    return ((image * g->d.in + f->d.place + z * f->d.step) * g->h.in + f->h.place + y * f->h.step) * g->w.in +
           f->w.place + x * f->w.step;
}

#endif
