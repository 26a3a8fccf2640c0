/* SPDX-License-Identifier: Apache-2.0 */
/* Gathering of patches, by stretches of pixels of one image row, and runs of k that are contiguous in the source: for
 * one run, the pixels of a stretch read at a constant distance and write at a constant distance. */
#include "kernels/patch.h"

/* A stretch of `count` pixels from (z, y, x) of `image`, and the columns of `out` that a run of `size` elements fills.
 */
typedef struct stretch {
    int64_t image, z, y, x, count;
    int64_t size;
    real *out;
    int64_t out_row;
} stretch;

/* Distance of tap k from the pixel's place. */
static int64_t offset_of(const yk_window_axis *a, int64_t k)
{
    return k * a->dilation - a->before;
}

/* a / b, without the division where b is 1, as most strides are. */
static int64_t over(int64_t a, int64_t b)
{
    return b == 1 ? a : a / b;
}

/* What place `at` sees at a distance; -1: nothing. Transposed: the output (at - offset) / stride, where that is whole.
 */
static int64_t seen(const yk_window_axis *a, bool transposed, int64_t at, int64_t offset)
{
    if (!transposed) {
        int64_t in = at * a->stride + offset;
        return in < a->in ? yk_max(in, -1) : -1;
    }
    int64_t o = over(at - offset, a->stride);
    return at < offset || o * a->stride != at - offset || o >= a->out ? -1 : o;
}

/* The source's plane that tap plane kz of the stretch lies in; NULL: outside. */
static const real *plane_seen(const patch_source *s, const stretch *t, int64_t kz)
{
    const yk_window *g = s->g;
    int64_t z = seen(&g->d, s->transposed, t->z, offset_of(&g->d, kz));
    if (z < 0)
        return NULL;
    if (s->transposed)
        return s->in + (t->image * g->d.out + z) * g->h.out * g->w.out * g->oc;
    return s->in + (t->image * g->d.in + z) * g->h.in * g->w.in * g->c;
}

/* The plane's row that tap row ky of the stretch lies in; NULL: outside. */
static const real *row_seen(const patch_source *s, const stretch *t, const real *plane, int64_t ky)
{
    const yk_window *g = s->g;
    int64_t y = plane ? seen(&g->h, s->transposed, t->y, offset_of(&g->h, ky)) : -1;
    return y < 0 ? NULL : plane + y * (s->transposed ? g->w.out * g->oc : g->w.in * g->c);
}

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

/* Plain: the run begins at distance dx from the pixel's place in `row`, `offset` elements further. */
static void gather_run(const patch_source *s, const stretch *t, const real *row, int64_t dx, int64_t offset)
{
    const yk_window *g = s->g;
    int64_t limit = g->w.in * g->c, step = g->w.stride * g->c, start = dx * g->c + offset;
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

/* Transposed: outputs (x - dx) / stride of `row`, where these are whole. */
static void gather_run_transposed(const patch_source *s, const stretch *t, const real *row, int64_t dx, int64_t offset)
{
    const yk_window *g = s->g;
    int64_t stride = g->w.stride, first = t->x - dx, last = first + t->count - 1;
    int64_t ox = first > 0 ? over(first + stride - 1, stride) : 0, ox_end = last < 0 ? 0 : over(last, stride) + 1;
    ox_end = yk_min(ox_end, g->w.out);
    if (ox >= ox_end) {
        zero_pixels(t);
        return;
    }
    if (ox_end - ox < t->count)
        zero_pixels(t);
    copy_pixels(t, dx + ox * stride, dx + (ox_end - 1) * stride + 1, row + ox * g->oc + offset, g->oc, stride);
}

/* All runs of a stretch. A run is a row of the window where its taps' channels are contiguous, else one tap. */
static void gather_stretch(const patch_source *s, stretch *t, int64_t group, int64_t k0, int64_t k)
{
    const yk_window *g = s->g;
    int64_t c = (s->transposed ? g->oc : g->c) / g->groups;
    int64_t taps = !s->transposed && g->groups == 1 && g->w.dilation == 1 ? g->w.taps : 1, run = taps * c;
    int64_t tap = k0 / run * taps, skip = k0 % run;
    int64_t kx = tap % g->w.taps, ky = tap / g->w.taps % g->h.taps, kz = tap / g->w.taps / g->h.taps;
    const real *plane = plane_seen(s, t, kz);
    while (k > 0) {
        const real *row = row_seen(s, t, plane, ky);
        int64_t dx = offset_of(&g->w, kx);
        t->size = yk_min(run - skip, k);
        if (!row)
            zero_pixels(t);
        else if (s->transposed)
            gather_run_transposed(s, t, row, dx, group * c + skip);
        else
            gather_run(s, t, row, dx, group * c + skip);
        t->out += t->size;
        k -= t->size;
        skip = 0;
        kx += taps;
        if (kx < g->w.taps)
            continue;
        kx = 0;
        ky++;
        if (ky == g->h.taps && k > 0) {
            ky = 0;
            plane = plane_seen(s, t, ++kz);
        }
    }
}

/* The stretch of one row from pixel `at`, at most `most` pixels. */
static stretch stretch_from(const patch_source *s, int64_t at, int64_t most)
{
    const yk_window *g = s->g;
    int64_t d = s->transposed ? g->d.in : g->d.out, h = s->transposed ? g->h.in : g->h.out,
            w = s->transposed ? g->w.in : g->w.out, x = at % w, row = at / w;
    return (stretch){ .image = row / h / d, .z = row / h % d, .y = row % h, .x = x, .count = yk_min(most, w - x) };
}

void ISA(gather_patches)(const patch_source *s, int64_t group, int64_t first, int64_t pixels, int64_t k0, int64_t k,
                         real *out)
{
    for (int64_t done = 0; done < pixels;) {
        stretch t = stretch_from(s, first + done, pixels - done);
        t.out = out + done * k;
        t.out_row = k;
        gather_stretch(s, &t, group, k0, k);
        done += t.count;
    }
}

/* Taps [k0, k0 + taps) of the pixels of a stretch, a pixel's side by side. */
static void see_stretch(const patch_source *s, const stretch *t, int64_t k0, int64_t taps, int64_t channel,
                        const real *outside, const real **seen_at)
{
    const yk_window *g = s->g;
    int64_t c = s->transposed ? g->oc : g->c;
    for (int64_t k = k0; k < k0 + taps; k++) {
        const real *plane = plane_seen(s, t, k / g->w.taps / g->h.taps);
        const real *row = row_seen(s, t, plane, k / g->w.taps % g->h.taps);
        int64_t dx = offset_of(&g->w, k % g->w.taps);
        for (int64_t i = 0; i < t->count; i++) {
            int64_t x = row ? seen(&g->w, s->transposed, t->x + i, dx) : -1;
            seen_at[i * taps + k - k0] = x < 0 ? outside : row + x * c + channel;
        }
    }
}

void ISA(see_patches)(const patch_source *s, int64_t first, int64_t pixels, int64_t k0, int64_t taps, int64_t channel,
                      const real *outside, const real **seen_at)
{
    for (int64_t done = 0; done < pixels;) {
        stretch t = stretch_from(s, first + done, pixels - done);
        see_stretch(s, &t, k0, taps, channel, outside, seen_at + done * taps);
        done += t.count;
    }
}
