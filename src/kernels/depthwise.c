/* SPDX-License-Identifier: Apache-2.0 */
/* Depthwise convolution, x (n, places, c), w (taps, c m), y (n, places, c m) for m filters a channel:
 *   y[p, c m + j]  = sum over ascending taps k of x[tap k of p, c] w[k, c m + j], + bias
 *   dx[q, c]       = sum over ascending (k, j) of dy[the pixel whose tap k is q, c m + j] w[k, c m + j], + bias
 *   dw[k, c m + j] = sum over ascending pixels p, in pieces, of x[tap k of p, c] dy[p, c m + j]
 * A job first writes down where its pixels' taps lie (patch.h), then runs over its channels with that list. */
#include "kernels/depthwise.h"

enum {
    STRIP = 256, /* channels of a job */
    PIXELS = 32, /* pixels of a job, TOGETHER at a time: their sums lie in registers */
    TOGETHER = 4,
    TAPS = 32,         /* taps of a list */
    WEIGHT_STRIP = 64, /* channels of a job that makes dw, and its taps: their sums lie in registers */
    WEIGHT_TAPS = 5,
    FEW = 16, /* pixels that it sums before it goes to the next channels */
};

static const real zeros[STRIP * DEPTHWISE_MULTIPLIER];

#define INLINE inline __attribute__((always_inline)) /* so that a step of 1 is known where it is used */

/* Lane i is p[i step]. */
static INLINE vec load_every(const real *p, int64_t step, int64_t lanes)
{
    if (step == 1)
        return vload_n(p, lanes);
    real all[VLEN] = { 0 };
    for (int64_t i = 0; i < lanes; i++)
        all[i] = p[i * step];
    return vload(all);
}

static INLINE void store_every(real *p, int64_t step, vec v, int64_t lanes)
{
    if (step == 1) {
        vstore_n(p, v, lanes);
        return;
    }
    real all[VLEN];
    vstore(all, v);
    for (int64_t i = 0; i < lanes; i++)
        p[i * step] = all[i];
}

typedef struct pass {
    patch_source source;
    int64_t pixels, taps;
    const real *w, *bias;
    bool relu;
    real *out;
    bool add;
} pass;

/* What a job works on: taps [k0, k0 + taps) of pixels from `pixel`, channels from c, `lanes` of them. */
typedef struct part {
    int64_t k0, taps, pixel, first_c, c;
    const real *const *seen; /* at first_c; a pixel's taps side by side */
} part;

/* Adds the part's terms to `count` pixels, filter j of each channel; m: filters a channel. */
static INLINE void add_terms(const pass *p, const part *t, int64_t j, const int64_t m, const int64_t lanes,
                             const int count)
{
    const bool transposed = p->source.transposed;
    const int64_t in_step = transposed ? m : 1, out_step = transposed ? 1 : m, terms = transposed ? m : 1;
    const int64_t oc = p->source.g->oc, out_c = transposed ? p->source.g->c : oc;
    const int64_t in = (t->c - t->first_c) * in_step, channel = t->c * out_step + j, taps = t->taps;
    const real *const *seen = t->seen, *w = p->w + t->k0 * oc + t->c * m + j;
    real *out = p->out + t->pixel * out_c + channel;
    vec sum[TOGETHER];
    UNROLL
    for (int i = 0; i < count; i++)
        sum[i] = t->k0 > 0 || p->add ? load_every(out + i * out_c, out_step, lanes) : vset(0);
    for (int64_t k = 0; k < taps; k++)
        for (int64_t l = 0; l < terms; l++) {
            vec wk = load_every(w + k * oc + l, m, lanes);
            UNROLL
            for (int i = 0; i < count; i++)
                sum[i] = vfma(load_every(seen[i * taps + k] + in + l, in_step, lanes), wk, sum[i]);
        }
    bool last = t->k0 + taps == p->taps;
    UNROLL
    for (int i = 0; i < count; i++) {
        vec all = last && p->bias ? vadd(sum[i], load_every(p->bias + channel, out_step, lanes)) : sum[i];
        all = last && p->relu ? vmax(vset(0), all) : all;
        store_every(out + i * out_c, out_step, all, lanes);
    }
}

/* All filters of `count` pixels of a strip: channels run innermost, as they lie in memory. */
static INLINE void add_pixels(const pass *p, part t, const int count)
{
    const yk_window *g = p->source.g;
    const int64_t m = g->oc / g->c, filters = p->source.transposed ? 1 : m;
    FOR_VEC (c, lanes, t.first_c, yk_min(t.first_c + STRIP, g->c)) {
        t.c = c;
        if (m == 1 && lanes == VLEN)
            add_terms(p, &t, 0, 1, VLEN, count);
        else
            for (int64_t j = 0; j < filters; j++)
                add_terms(p, &t, j, m, lanes, count);
    }
}

static void convolve_job(const void *context, int64_t job)
{
    const pass *p = context;
    const yk_window *g = p->source.g;
    int64_t strips = yk_div_up(g->c, STRIP), first = job / strips * PIXELS, pixels = yk_min(PIXELS, p->pixels - first),
            m = g->oc / g->c;
    const real *seen[PIXELS * TAPS];
    part t = { .first_c = job % strips * STRIP, .seen = seen, .pixel = first };
    for (t.k0 = 0; t.k0 < p->taps; t.k0 += TAPS) {
        t.taps = yk_min(TAPS, p->taps - t.k0);
        ISA(see_patches)
        (&p->source, first, pixels, t.k0, t.taps, t.first_c * (p->source.transposed ? m : 1), zeros, seen);
        part now = t;
        for (; now.pixel + TOGETHER <= first + pixels; now.pixel += TOGETHER, now.seen += TOGETHER * t.taps)
            add_pixels(p, now, TOGETHER);
        for (; now.pixel < first + pixels; now.pixel++, now.seen += t.taps)
            add_pixels(p, now, 1);
    }
}

void ISA(depthwise)(const patch_source *source, int64_t pixels, const real *w, const real *bias, bool relu, real *out,
                    bool add)
{
    const yk_window *g = source->g;
    pass p = { *source, pixels, yk_window_taps(g), w, bias, relu, out, add };
    yk_parallel(yk_div_up(pixels, PIXELS) * yk_div_up(g->c, STRIP), pixels * p.taps * g->oc, convolve_job, &p);
}

typedef struct weights_pass {
    patch_source source;
    yk_leaves leaves;
    const real *dy;
    real *dw;
    int64_t dw_step;
    bool add;
    int64_t taps, blocks; /* of taps */
} weights_pass;

/* Goes on with the sums of `count` taps of some channels over `pixels` pixels, filter j; seen and dy at the first
 * channel, sums tap by tap. */
static INLINE void add_products(const weights_pass *p, int64_t pixels, const real *const *seen, int64_t in,
                                const real *dy, const int64_t m, const int64_t lanes, const int count, vec *sums)
{
    const int64_t oc = p->source.g->oc;
    vec sum[WEIGHT_TAPS];
    UNROLL
    for (int k = 0; k < count; k++)
        sum[k] = sums[k];
    for (int64_t i = 0; i < pixels; i++) {
        vec d = load_every(dy + i * oc, m, lanes);
        UNROLL
        for (int k = 0; k < count; k++)
            sum[k] = vfma(load_every(seen[i * count + k] + in, 1, lanes), d, sum[k]);
    }
    UNROLL
    for (int k = 0; k < count; k++)
        sums[k] = sum[k];
}

/* Taps [k0, k0 + count) of a strip of channels, pixels [first, first + pixels), FEW at a time: in these, channels run
 * as they lie in memory. */
static INLINE void weights_piece(const weights_pass *p, int64_t k0, const int count, int64_t strip, int64_t first,
                                 int64_t pixels, real *dw, bool add)
{
    const yk_window *g = p->source.g;
    const int64_t m = g->oc / g->c, oc = g->oc, end = yk_min(strip + WEIGHT_STRIP, g->c);
    const real *seen[YK_SUM_PIECE * WEIGHT_TAPS];
    vec sums[WEIGHT_STRIP / VLEN][DEPTHWISE_MULTIPLIER][WEIGHT_TAPS];
    ISA(see_patches)(&p->source, first, pixels, k0, count, strip, zeros, seen);
    for (int64_t v = 0; v < WEIGHT_STRIP / VLEN; v++)
        for (int64_t j = 0; j < m; j++)
            for (int k = 0; k < count; k++)
                sums[v][j][k] = vset(0);
    for (int64_t done = 0; done < pixels; done += FEW) {
        int64_t few = yk_min(FEW, pixels - done);
        FOR_VEC (c, lanes, strip, end)
            for (int64_t j = 0; j < m; j++) {
                const real *dy = p->dy + (first + done) * oc + c * m + j;
                vec *to = sums[(c - strip) / VLEN][j];
                if (m == 1 && lanes == VLEN)
                    add_products(p, few, seen + done * count, c - strip, dy, 1, VLEN, count, to);
                else
                    add_products(p, few, seen + done * count, c - strip, dy, m, lanes, count, to);
            }
    }
    FOR_VEC (c, lanes, strip, end)
        for (int64_t j = 0; j < m; j++)
            for (int k = 0; k < count; k++) {
                real *to = dw + (k0 + k) * oc + c * m + j;
                vec sum = sums[(c - strip) / VLEN][j][k];
                store_every(to, m, add ? vadd(load_every(to, m, lanes), sum) : sum, lanes);
            }
}

static void weights_job(const void *context, int64_t job)
{
    const weights_pass *p = context;
    const yk_window *g = p->source.g;
    int64_t strips = yk_div_up(g->c, WEIGHT_STRIP), leaf = job / p->blocks / strips, block = job % p->blocks;
    int64_t strip = job / p->blocks % strips * WEIGHT_STRIP, image = yk_window_out(g);
    int64_t k0 = block * p->taps / p->blocks, count = (block + 1) * p->taps / p->blocks - k0; /* dealt evenly */
    int64_t first = leaf * p->leaves.size * image, pixels = yk_leaf_rows(p->leaves, leaf) * image;
    for (int64_t done = 0; done < pixels; done += YK_SUM_PIECE) {
        int64_t size = yk_min(YK_SUM_PIECE, pixels - done);
        real *dw = p->dw + leaf * p->dw_step;
        bool add = p->add || done > 0;
        switch (count) {
        case 1:
            weights_piece(p, k0, 1, strip, first + done, size, dw, add);
            break;
        case 2:
            weights_piece(p, k0, 2, strip, first + done, size, dw, add);
            break;
        case 3:
            weights_piece(p, k0, 3, strip, first + done, size, dw, add);
            break;
        case 4:
            weights_piece(p, k0, 4, strip, first + done, size, dw, add);
            break;
        default:
            weights_piece(p, k0, WEIGHT_TAPS, strip, first + done, size, dw, add);
            break;
        }
    }
}

void ISA(depthwise_weights)(const patch_source *source, yk_leaves leaves, const real *dy, real *dw, int64_t dw_step,
                            bool add)
{
    const yk_window *g = source->g;
    weights_pass p = { *source, leaves, dy, dw, dw_step, add, .taps = yk_window_taps(g) };
    p.blocks = yk_div_up(p.taps, WEIGHT_TAPS);
    yk_parallel(yk_leaf_count(leaves) * yk_div_up(g->c, WEIGHT_STRIP) * p.blocks,
                leaves.rows * yk_window_out(g) * p.taps * g->oc, weights_job, &p);
}
