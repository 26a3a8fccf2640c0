/* SPDX-License-Identifier: Apache-2.0 */
/* Convolution by patches, x (n, h, w, c), w (kh, kw, c / groups, oc), y (n, oh, ow, oc). Each output element is one
 * chain of fma that starts at +0 or, with `add`, at the old value; taps outside take part as zeros:
 *   y[p, o]  = sum over ascending (ky, kx, c of the group) of x[tap (ky, kx) of pixel p, c] w[ky, kx, c, o], + bias[o]
 *   dx[q, c] = sum over ascending (ky, kx, o of the group) of dy[the pixel whose tap (ky, kx) is q, o] w[ky, kx, c, o]
 *   dw[ky, kx, c, o] = sum over the leaf's pixels p, ascending, of x[tap (ky, kx) of pixel p, c] dy[p, o]
 * A job gathers the patches of a block of pixels on the stack and multiplies them like a matrix (panel.h). */
#include "kernels/panel.h"
#include "kernels/patch.h"

enum {
    PATCHES = 28 * 1024, /* elements of a job's patches: with a panel, half a second-level cache */
    MAX_PIXELS = 448,
    STRIP = 8 * PANEL, /* output channels of a job */
    MIN_SLAB = TILE_ROWS,
    MAX_SLAB = 224, /* rows of dw of a job */
    ENOUGH_JOBS = 16,
};

/* A convolution to be done: y from x, or dx from dy. */
typedef struct pass {
    patch_source source;
    int64_t pixels, k, n; /* of the output; of a chain; columns of a group */
    const real *weights, *bias;
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
        ISA(pack_panel)(k, n, p->weights + k0 * g->oc + group * ocg + col, g->oc, 1, panel);
        return;
    }
    for (int64_t end = k0 + k; k0 < end;) { /* tap by tap: k runs over (tap, output channel) */
        int64_t tap = k0 / ocg, o = k0 % ocg, size = yk_min(ocg - o, end - k0);
        ISA(pack_panel)(size, n, p->weights + (tap * cg + col) * g->oc + group * ocg + o, 1, g->oc, panel);
        panel += size * panel_width(n);
        k0 += size;
    }
}

static void convolve_block(const pass *p, int64_t group, int64_t first, int64_t pixels, int64_t strip)
{
    real patches[PATCHES] __attribute__((aligned(64))), panel[K_BLOCK * PANEL] __attribute__((aligned(64)));
    int64_t strip_end = yk_min(strip + STRIP, p->n);
    for (int64_t k0 = 0; k0 < p->k; k0 += K_BLOCK) {
        int64_t k = yk_min(K_BLOCK, p->k - k0);
        ISA(gather_patches)(&p->source, group, first, pixels, k0, k, patches);
        for (int64_t col = strip; col < strip_end; col += PANEL) {
            int64_t n = yk_min(PANEL, strip_end - col), channel = group * p->n + col;
            pack_weights(p, group, k0, k, col, n, panel);
            ISA(multiply_panel)
            (&(panel_product){ .m = pixels,
                               .n = n,
                               .k = k,
                               .a = patches,
                               .a_row = k,
                               .a_col = 1,
                               .panel = panel,
                               .bias = p->bias && k0 + k == p->k ? p->bias + channel : NULL,
                               .c = p->out + first * p->out_c + channel,
                               .c_row = p->out_c,
                               .go_on = p->add || k0 > 0 });
        }
    }
}

static void convolve(const pass *p)
{
    int64_t groups = p->source.g->groups, strips = yk_div_up(p->n, STRIP);
    int64_t block = yk_min(MAX_PIXELS, PATCHES / yk_min(p->k, K_BLOCK)), blocks = yk_div_up(p->pixels, block);
    FOR_JOBS (job, blocks * groups * strips, p->pixels * p->k * p->n * groups) {
        int64_t first = job / strips / groups * block;
        convolve_block(p, job / strips % groups, first, yk_min(block, p->pixels - first), job % strips * STRIP);
    }
}

void ISA(conv2d)(const yk_window *g, int64_t n, const real *x, const real *w, const real *bias, real *y)
{
    convolve(&(pass){ .source = { .g = g, .in = x },
                      .pixels = n * g->oh * g->ow,
                      .k = g->kh * g->kw * (g->c / g->groups),
                      .n = g->oc / g->groups,
                      .weights = w,
                      .bias = bias,
                      .out = y,
                      .out_c = g->oc });
}

void ISA(conv2d_data)(const yk_window *g, int64_t n, const real *dy, const real *w, real *dx, bool add)
{
    convolve(&(pass){ .source = { .g = g, .in = dy, .transposed = true },
                      .pixels = n * g->h * g->w,
                      .k = g->kh * g->kw * (g->oc / g->groups),
                      .n = g->c / g->groups,
                      .weights = w,
                      .out = dx,
                      .out_c = g->c,
                      .add = add });
}

/* Rows row .. row + rows - 1 of dw's (kh kw c) x oc for one group: k runs over `pixels` pixels from `first`. */
static void weights_slab(const patch_source *source, int64_t group, int64_t row, int64_t rows, int64_t first,
                         int64_t pixels, const real *dy, real *dw, bool add)
{
    real patches[PATCHES] __attribute__((aligned(64))), panel[K_BLOCK * PANEL] __attribute__((aligned(64)));
    const yk_window *g = source->g;
    int64_t ocg = g->oc / g->groups, block = yk_min(K_BLOCK, PATCHES / rows);
    for (int64_t done = 0; done < pixels; done += block) {
        int64_t k = yk_min(block, pixels - done);
        ISA(gather_patches)(source, group, first + done, k, row, rows, patches);
        for (int64_t col = 0; col < ocg; col += PANEL) {
            int64_t n = yk_min(PANEL, ocg - col), channel = group * ocg + col;
            ISA(pack_panel)(k, n, dy + (first + done) * g->oc + channel, g->oc, 1, panel);
            ISA(multiply_panel)
            (&(panel_product){ .m = rows,
                               .n = n,
                               .k = k,
                               .a = patches,
                               .a_row = 1,
                               .a_col = rows,
                               .panel = panel,
                               .c = dw + row * g->oc + channel,
                               .c_row = g->oc,
                               .go_on = add || done > 0 });
        }
    }
}

void ISA(conv2d_weights)(const yk_window *g, yk_leaves leaves, const real *x, const real *dy, real *dw, int64_t dw_step,
                         bool add)
{
    patch_source source = { .g = g, .in = x };
    int64_t rows = g->kh * g->kw * (g->c / g->groups), image = g->oh * g->ow, count = yk_leaf_count(leaves);
    int64_t slab = yk_div_up(rows * count * g->groups, ENOUGH_JOBS);
    slab = yk_max(MIN_SLAB, yk_min(slab, MAX_SLAB));
    int64_t slabs = yk_div_up(rows, slab);
    FOR_JOBS (job, count * g->groups * slabs, leaves.rows * image * rows * g->oc) {
        int64_t leaf = job / slabs / g->groups, row = job % slabs * slab;
        weights_slab(&source, job / slabs % g->groups, row, yk_min(slab, rows - row), leaf * leaves.size * image,
                     yk_leaf_rows(leaves, leaf) * image, dy, dw + leaf * dw_step, add);
    }
}
