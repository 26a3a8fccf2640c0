/* SPDX-License-Identifier: Apache-2.0 */
/* Gathering of patches, by stretches of pixels of one image row, and runs of k that are contiguous in the source: for
 * one run, the pixels of a stretch read at a constant distance and write at a constant distance. */
#include "kernels/patch.h"

/* A stretch of `count` pixels from (y, x) of `image`, and the columns of `out` that a run of `size` elements fills. */
typedef struct stretch {
    int64_t image, y, x, count;
    int64_t size;
    real *out;
    int64_t out_row;
} stretch;

/* Pixels [from, to) of the stretch, counted in the image: element j of x's run comes from in + x step + j. */
static void copy_pixels(const stretch *t, int64_t from, int64_t to, const real *in, int64_t step, int64_t every)
{
    real *out = t->out + (from - t->x) * t->out_row;
    FOR_VEC (j, lanes, 0, t->size)
        for (int64_t x = from, i = 0; x < to; x += every, i++)
            vstore_n(out + i * every * t->out_row + j, vload_n(in + i * step + j, lanes), lanes);
}

static void zero_pixels(const stretch *t)
{
    FOR_VEC (j, lanes, 0, t->size)
        for (int64_t i = 0; i < t->count; i++)
            vstore_n(t->out + i * t->out_row + j, vset(0), lanes);
}

/* The run of pixel x begins at `at` of a row of `limit` elements, and may begin before or end behind it. */
static void copy_clipped(const stretch *t, int64_t x, const real *row, int64_t at, int64_t limit)
{
    real *out = t->out + (x - t->x) * t->out_row;
    for (int64_t j = 0; j < t->size; j++)
        out[j] = at + j >= 0 && at + j < limit ? row[at + j] : 0;
}

/* Plain: the run begins at tap (dy, dx) from the pixel's place, `offset` elements further. */
static void gather_run(const patch_source *s, const stretch *t, int64_t dy, int64_t dx, int64_t offset)
{
    const yk_window *g = s->g;
    int64_t iy = t->y * g->sh + dy, limit = g->w * g->c, step = g->sw * g->c, start = dx * g->c + offset;
    if (iy < 0 || iy >= g->h) {
        zero_pixels(t);
        return;
    }
    const real *row = s->in + (t->image * g->h + iy) * limit;
    int64_t end = t->x + t->count, space = limit - t->size - start; /* runs within the row: [whole, whole_end) */
    int64_t whole = start < 0 ? yk_div_up(-start, step) : 0, whole_end = space < 0 ? 0 : space / step + 1;
    whole = yk_max(t->x, yk_min(whole, end));
    whole_end = yk_max(whole, yk_min(whole_end, end));
    for (int64_t x = t->x; x < whole; x++)
        copy_clipped(t, x, row, start + x * step, limit);
    if (whole < whole_end)
        copy_pixels(t, whole, whole_end, row + start + whole * step, step, 1);
    for (int64_t x = whole_end; x < end; x++)
        copy_clipped(t, x, row, start + x * step, limit);
}

/* a / b, without the division where b is 1, as most strides are. */
static int64_t over(int64_t a, int64_t b)
{
    return b == 1 ? a : a / b;
}

/* Transposed: outputs (y - dy) / sh, (x - dx) / sw, where these are whole. */
static void gather_run_transposed(const patch_source *s, const stretch *t, int64_t dy, int64_t dx, int64_t offset)
{
    const yk_window *g = s->g;
    int64_t y = t->y - dy, first = t->x - dx, last = first + t->count - 1, oy = over(y, g->sh);
    int64_t ox = first > 0 ? over(first + g->sw - 1, g->sw) : 0, ox_end = last < 0 ? 0 : over(last, g->sw) + 1;
    ox_end = yk_min(ox_end, g->ow);
    if (y < 0 || oy * g->sh != y || oy >= g->oh || ox >= ox_end) {
        zero_pixels(t);
        return;
    }
    if (ox_end - ox < t->count)
        zero_pixels(t);
    const real *in = s->in + ((t->image * g->oh + oy) * g->ow + ox) * g->oc + offset;
    copy_pixels(t, dx + ox * g->sw, dx + (ox_end - 1) * g->sw + 1, in, g->oc, g->sw);
}

/* All runs of a stretch. A run is a row of the window where its taps' channels are contiguous, else one tap. */
static void gather_stretch(const patch_source *s, stretch *t, int64_t group, int64_t k0, int64_t k)
{
    const yk_window *g = s->g;
    int64_t c = (s->transposed ? g->oc : g->c) / g->groups;
    int64_t taps = !s->transposed && g->groups == 1 && g->dw == 1 ? g->kw : 1, run = taps * c;
    int64_t tap = k0 / run * taps, skip = k0 % run, ky = tap / g->kw, kx = tap % g->kw;
    while (k > 0) {
        int64_t dy = ky * g->dh - g->pt, dx = kx * g->dw - g->pl;
        t->size = yk_min(run - skip, k);
        if (s->transposed)
            gather_run_transposed(s, t, dy, dx, group * c + skip);
        else
            gather_run(s, t, dy, dx, group * c + skip);
        t->out += t->size;
        k -= t->size;
        skip = 0;
        kx += taps;
        if (kx == g->kw) {
            kx = 0;
            ky++;
        }
    }
}

void ISA(gather_patches)(const patch_source *s, int64_t group, int64_t first, int64_t pixels, int64_t k0, int64_t k,
                         real *out)
{
    const yk_window *g = s->g;
    int64_t h = s->transposed ? g->h : g->oh, w = s->transposed ? g->w : g->ow;
    for (int64_t done = 0; done < pixels;) {
        int64_t at = first + done;
        stretch t = { .image = at / (h * w), .y = at / w % h, .x = at % w, .out = out + done * k, .out_row = k };
        t.count = yk_min(pixels - done, w - t.x);
        gather_stretch(s, &t, group, k0, k);
        done += t.count;
    }
}
