/* SPDX-License-Identifier: Apache-2.0 */
/* Convolution by patches in one to three dimensions, x (n, places, c), w (taps, c / groups, oc), y (n, places, oc). An
 * element of y or dx is one chain of fma that starts at +0 or, with `add`, at the old value; taps outside take part as
 * zeros, those of a dx that the stride leaves out do not (phase.h). Taps k ascend row-major, as (kz, ky, kx):
 *   y[p, o]  = sum over ascending (k, c of the group) of x[tap k of pixel p, c] w[k, c, o], + bias[o]
 *   dx[q, c] = sum over ascending (k, o of the group) of dy[the pixel whose tap k is q, o] w[k, c, o], + bias[c]
 *   dw[k, c, o] = sum over the leaf's pixels p, ascending, of x[tap k of pixel p, c] dy[p, o]
 * The pixels of a dw are cut into pieces of YK_SUM_PIECE: each piece is one chain from +0, and the pieces are added in
 * ascending order to the first one or, with `add`, to the old value.
 * Where each channel is a group there is a way of its own (depthwise.h), with the same bits.
 * A job gathers the patches of a block of pixels on the stack and multiplies them like a matrix (panel.h). Where the
 * window is one tap at each place, the images are that matrix as they lie. */
#include "kernels/depthwise.h"
#include "kernels/panel.h"
#include "kernels/patch.h"
#include "kernels/phase.h"

enum {
    PATCHES = 28 * 1024, /* elements of a job's patches: with a panel, half a second-level cache */
    MAX_PIXELS = 448,
    STRIP = 8 * PANEL,                 /* output channels of a job */
    MIN_SLAB = 6 * TILE_ROWS,          /* fewer do not pay for packing dy */
    MAX_SLAB = PATCHES / YK_SUM_PIECE, /* rows of dw of a job */
    DY_STRIP = 2 * YK_PACKED_COLUMNS,  /* columns of dy that are packed at a time */
    ENOUGH_JOBS = 16,
};

/* Is a pixel's patch the pixel? */
static bool pointwise(const yk_window *g)
{
    const yk_window_axis *axes[] = { &g->d, &g->h, &g->w };
    bool one = g->groups == 1;
    for (int i = 0; i < 3; i++)
        one = one && axes[i]->taps == 1 && axes[i]->stride == 1 && axes[i]->in == axes[i]->out && axes[i]->before == 0;
    return one;
}

/* A convolution to be done: y from x, or dx, or one phase of it, from dy. */
typedef struct pass {
    patch_source source;
    const yk_window *whole; /* of a phase: the window ... */
    const phase *phase;     /* ... and which; NULL: all of it */
    int64_t pixels, k, n;   /* of the output; of a chain; columns of a group */
    const real *weights, *bias;
    bool relu;
    real *out;
    int64_t out_c; /* channels of an output pixel */
    bool add;
} pass;

/* Rows k0 .. k0 + k - 1 of a panel of the weights of `group`, columns col .. col + n - 1. */
static void pack_weights(const pass *p, int64_t group, int64_t k0, int64_t k, int64_t col, int64_t n, real *panel)
{
    const yk_window *g = p->source.g;
    int64_t cg = g->c / g->groups, ocg = g->oc / g->groups;
    if (!p->source.transposed) {
        ISA(pack_panels)(k, n, p->weights + k0 * g->oc + group * ocg + col, g->oc, 1, panel, k);
        return;
    }
    for (int64_t end = k0 + k; k0 < end;) { /* tap by tap: k runs over (tap, output channel) */
        int64_t tap = k0 / ocg, o = k0 % ocg, size = yk_min(ocg - o, end - k0);
        if (p->phase)
            tap = phase_tap(p->phase, p->whole, tap);
        ISA(pack_panels)(size, n, p->weights + (tap * cg + col) * g->oc + group * ocg + o, 1, g->oc, panel, size);
        panel += size * panel_width(n);
        k0 += size;
    }
}

/* The product of all patches with a panel. Pixels of a phase lie at equal distances along a row only. */
static void multiply_patches(const pass *p, int64_t first, int64_t pixels, int64_t channel, panel_product part)
{
    if (!p->phase) {
        part.m = pixels;
        part.c = p->out + first * p->out_c + channel;
        part.c_row = p->out_c;
        ISA(multiply_panel)(&part);
        return;
    }
    const int64_t row = p->source.g->w.in;
    part.c_row = p->phase->w.step * p->out_c;
    for (int64_t done = 0; done < pixels; done += part.m) {
        part.m = yk_min(row - (first + done) % row, pixels - done);
        part.c = p->out + phase_place(p->phase, p->whole, first + done) * p->out_c + channel;
        ISA(multiply_panel)(&part);
        part.a += part.m * part.a_row;
    }
}

static void convolve_block(const pass *p, int64_t group, int64_t first, int64_t pixels, int64_t strip)
{
    real patches[PATCHES] __attribute__((aligned(64))), panel[K_BLOCK * PANEL] __attribute__((aligned(64)));
    int64_t strip_end = yk_min(strip + STRIP, p->n), k0 = 0;
    do { /* once at least: a phase without taps is 0 + bias */
        int64_t k = yk_min(K_BLOCK, p->k - k0);
        if (k > 0)
            ISA(gather_patches)(&p->source, group, first, pixels, k0, k, patches);
        for (int64_t col = strip; col < strip_end; col += PANEL) {
            int64_t n = yk_min(PANEL, strip_end - col), channel = group * p->n + col;
            pack_weights(p, group, k0, k, col, n, panel);
            multiply_patches(p, first, pixels, channel,
                             (panel_product){ .n = n,
                                              .k = k,
                                              .a = patches,
                                              .a_row = k,
                                              .a_col = 1,
                                              .panel = panel,
                                              .bias = p->bias && k0 + k == p->k ? p->bias + channel : NULL,
                                              .relu = p->relu && k0 + k == p->k,
                                              .go_on = p->add || k0 > 0 });
        }
        k0 += k;
    } while (k0 < p->k);
}

static int64_t block_pixels(const pass *p)
{
    return yk_min(MAX_PIXELS, PATCHES / yk_max(1, yk_min(p->k, K_BLOCK)));
}

static void convolve_job(const void *context, int64_t job)
{
    const pass *p = context;
    int64_t groups = p->source.g->groups, strips = yk_div_up(p->n, STRIP), block = block_pixels(p);
    int64_t first = job / strips / groups * block;
    convolve_block(p, job / strips % groups, first, yk_min(block, p->pixels - first), job % strips * STRIP);
}

static void multiply_pixels(const pass *p)
{
    bool t = p->source.transposed;
    ISA(matmul)
    (&(yk_matmul){ .m = p->pixels,
                   .n = p->n,
                   .k = p->k,
                   .a = p->source.in,
                   .a_row = p->k,
                   .a_col = 1,
                   .b = p->weights,
                   .b_row = t ? 1 : p->n,
                   .b_col = t ? p->k : 1,
                   .bias = p->bias,
                   .relu = p->relu,
                   .c = p->out,
                   .c_row = p->out_c,
                   .add = p->add,
                   .count = 1,
                   .k_last = p->k });
}

static void convolve(const pass *p)
{
    if (!p->phase && pointwise(p->source.g)) {
        multiply_pixels(p);
        return;
    }
    int64_t groups = p->source.g->groups, blocks = yk_div_up(p->pixels, block_pixels(p));
    yk_parallel(blocks * groups * yk_div_up(p->n, STRIP), p->pixels * p->k * p->n * groups, convolve_job, p);
}

void ISA(conv)(const yk_window *g, int64_t n, const real *x, const real *w, const real *bias, bool relu, real *y,
               bool add)
{
    if (depthwise_suits(g)) {
        ISA(depthwise)(&(patch_source){ .g = g, .in = x }, n * yk_window_out(g), w, bias, relu, y, add);
        return;
    }
    convolve(&(pass){ .source = { .g = g, .in = x },
                      .pixels = n * yk_window_out(g),
                      .k = yk_window_taps(g) * (g->c / g->groups),
                      .n = g->oc / g->groups,
                      .weights = w,
                      .bias = bias,
                      .relu = relu,
                      .out = y,
                      .out_c = g->oc,
                      .add = add });
}

void ISA(conv_data)(const yk_window *g, int64_t n, const real *dy, const real *w, const real *bias, real *dx, bool add)
{
    if (depthwise_suits(g)) {
        ISA(depthwise)
        (&(patch_source){ .g = g, .in = dy, .transposed = true }, n * yk_window_in(g), w, bias, false, dx, add);
        return;
    }
    const int64_t phases = phase_count(g);
    for (int64_t i = 0; i < phases; i++) {
        const phase f = phases > 1 ? phase_of(g, i) : (phase){ .g = *g };
        convolve(&(pass){ .source = { .g = &f.g, .in = dy, .transposed = true },
                          .whole = g,
                          .phase = phases > 1 ? &f : NULL,
                          .pixels = n * yk_window_in(&f.g),
                          .k = yk_window_taps(&f.g) * (g->oc / g->groups),
                          .n = g->c / g->groups,
                          .weights = w,
                          .bias = bias,
                          .out = dx,
                          .out_c = g->c,
                          .add = add });
    }
}

/* dw from x and dy. A job is a slab: some rows of a group of a leaf's (taps c) x oc. */
typedef struct weights_pass {
    patch_source source;
    yk_leaves leaves;
    const real *dy;
    real *dw;
    int64_t dw_step;
    bool add;
    int64_t rows, slab, slabs; /* of a group of a leaf; of a slab; slabs of a group of a leaf */
} weights_pass;

/* Rows row .. row + rows - 1 of one group: k runs over `pixels` <= YK_SUM_PIECE pixels from `first`. */
static void weights_piece(const weights_pass *p, int64_t group, int64_t row, int64_t rows, int64_t first,
                          int64_t pixels, real *dw, bool add)
{
    real patches[PATCHES] __attribute__((aligned(64))), tiles[PATCHES] __attribute__((aligned(64))),
        panels[YK_SUM_PIECE * DY_STRIP] __attribute__((aligned(64)));
    const yk_window *g = p->source.g;
    int64_t oc = g->oc, ocg = oc / g->groups, a_col = rows;
    const real *a = patches;
    if (pointwise(g)) {
        a = p->source.in + first * g->c + row;
        a_col = g->c;
    } else {
        ISA(gather_patches)(&p->source, group, first, pixels, row, rows, patches);
    }
    bool tiled = ocg >= TILED_COLUMNS;
    if (tiled)
        ISA(pack_tiles)(rows, pixels, a, 1, a_col, tiles);
    for (int64_t col = 0; col < ocg; col += PANEL) {
        int64_t n = yk_min(PANEL, ocg - col), channel = group * ocg + col, at = col % DY_STRIP;
        if (at == 0)
            ISA(pack_panels)
        (pixels, yk_min(DY_STRIP, ocg - col), p->dy + first * oc + channel, oc, 1, panels, pixels);
        ISA(multiply_panel)
        (&(panel_product){ .m = rows,
                           .n = n,
                           .k = pixels,
                           .a = tiled ? tiles : a,
                           .a_row = 1,
                           .a_col = a_col,
                           .tiled = tiled,
                           .panel = panels + packed_panel(pixels, at),
                           .c = dw + row * oc + channel,
                           .c_row = oc,
                           .add = add });
    }
}

static void weights_slab(const void *context, int64_t job)
{
    const weights_pass *p = context;
    const yk_window *g = p->source.g;
    int64_t leaf = job / p->slabs / g->groups, group = job / p->slabs % g->groups, row = job % p->slabs * p->slab;
    int64_t image = yk_window_out(g), first = leaf * p->leaves.size * image,
            pixels = yk_leaf_rows(p->leaves, leaf) * image;
    for (int64_t done = 0; done < pixels; done += YK_SUM_PIECE)
        weights_piece(p, group, row, yk_min(p->slab, p->rows - row), first + done, yk_min(YK_SUM_PIECE, pixels - done),
                      p->dw + leaf * p->dw_step, p->add || done > 0);
}

void ISA(conv_weights)(const yk_window *g, yk_leaves leaves, const real *x, const real *dy, real *dw, int64_t dw_step,
                       bool add)
{
    if (depthwise_suits(g)) {
        ISA(depthwise_weights)(&(patch_source){ .g = g, .in = x }, leaves, dy, dw, dw_step, add);
        return;
    }
    weights_pass p = {
        { .g = g, .in = x }, leaves, dy, dw, dw_step, add, .rows = yk_window_taps(g) * (g->c / g->groups)
    };
    int64_t parts = yk_leaf_count(leaves) * g->groups; /* jobs if there were one slab each */
    p.slab = yk_max(MIN_SLAB, yk_min(yk_div_up(p.rows * parts, ENOUGH_JOBS), MAX_SLAB));
    p.slabs = yk_div_up(p.rows, p.slab);
    yk_parallel(parts * p.slabs, leaves.rows * yk_window_out(g) * p.rows * g->oc, weights_slab, &p);
}
