/* SPDX-License-Identifier: Apache-2.0 */
/* Winograd convolution, y of x and dx of dy (which is a convolution of dy with the filters turned by 180 degrees):
 *   m[point][tile, o] = sum over ascending c of v[point][tile, c] u[point][c, o], one chain of fma from +0
 *   y = A^T m A, + bias, + the old value with `add`, max(0, .) with relu
 * u is made first, in the panels of the micro-kernel. Tiles then go in chunks: inputs are transformed, 36 products
 * made, outputs transformed. Where a chunk fits into a second-level cache it is a job; else threads share each of its
 * steps.
 */
#include "kernels/winograd.h"

enum {
    CHUNK = YK_WINOGRAD_PIECE,  /* tiles of a chunk whose steps are shared */
    STRIP = 64,                 /* output channels of a job */
    GROUP = 4,                  /* tiles of a job */
    NEAR = 96 * 1024,           /* elements of a chunk that is a job */
    NEAR_TILES = 2 * TILE_ROWS, /* tiles that it has at least, and at most */
    NEAR_TILES_MOST = 32,
    ENOUGH_JOBS = 8,
};

static const real zeros[TILE_STRIP];

void ISA(see_tile)(const tile_source *s, const tile_grid *grid, int64_t t, int64_t size, int64_t channel,
                   const real **at)
{
    int64_t image = t / grid->across / grid->down, y = t / grid->across % grid->down * TILE_OUT - s->before_h,
            x = t % grid->across * TILE_OUT - s->before_w;
    for (int64_t i = 0; i < size; i++) {
        bool row = y + i >= 0 && y + i < s->h;
        const real *from = s->in + ((image * s->h + (row ? y + i : 0)) * s->w) * s->c + channel;
        for (int64_t j = 0; j < size; j++)
            at[i * size + j] = row && x + j >= 0 && x + j < s->w ? from + (x + j) * s->c : zeros;
    }
}

static inline __attribute__((always_inline)) void tile_input(const real *const *at, int64_t c, int64_t lanes, real *v,
                                                             int64_t v_step)
{
    vec half[TILE_IN][TILE_IN]; /* [column][row] */
    for (int j = 0; j < TILE_IN; j++) {
        vec d[TILE_IN];
        UNROLL
        for (int i = 0; i < TILE_IN; i++)
            d[i] = vload_n(at[i * TILE_IN + j] + c, lanes);
        transform_input(d, half[j]);
    }
    for (int i = 0; i < TILE_IN; i++) {
        vec d[TILE_IN], r[TILE_IN];
        UNROLL
        for (int j = 0; j < TILE_IN; j++)
            d[j] = half[j][i];
        transform_input(d, r);
        UNROLL
        for (int j = 0; j < TILE_IN; j++)
            vstore_n(v + (i * TILE_IN + j) * v_step, r[j], lanes);
    }
}

void ISA(tile_inputs)(const tile_source *s, const tile_grid *grid, int64_t first, int64_t tiles, real *v,
                      int64_t v_step, int64_t row)
{
    const real *at[POINTS];
    for (int64_t t = 0; t < tiles; t++)
        for (int64_t strip = 0; strip < s->c; strip += TILE_STRIP) {
            int64_t c = 0, size = yk_min(TILE_STRIP, s->c - strip);
            real *to = v + t * row + strip;
            ISA(see_tile)(s, grid, first + t, TILE_IN, strip, at);
            for (; c + VLEN <= size; c += VLEN)
                tile_input(at, c, VLEN, to + c, v_step);
            if (c < size)
                tile_input(at, c, size - c, to + c, v_step);
        }
}

/* A convolution to be done. */
typedef struct pass {
    tile_source source;
    tile_grid grid;
    int64_t oh, ow, n; /* of the output, n channels */
    const real *w, *bias;
    int64_t w_oc;    /* filters of w */
    bool transposed; /* dx of dy */
    bool add, relu;
    real *out, *u;
    int64_t u_step;
} pass;

/* Rows k .. k + 15 and columns col .. col + 15 of the filters' tap: row i to block[i]. */
static void load_tap(const pass *p, int64_t tap, int64_t k, int64_t col, vec block[VLEN])
{
    int64_t rows = yk_min(VLEN, p->source.c - k), cols = yk_min(VLEN, p->n - col);
    if (!p->transposed) {
        const real *w = p->w + (tap * p->source.c + k) * p->w_oc + col;
        for (int64_t i = 0; i < rows; i++)
            block[i] = vload_n(w + i * p->w_oc, cols);
        return;
    }
    const real *w = p->w + ((TILE_TAPS * TILE_TAPS - 1 - tap) * p->n + col) * p->w_oc + k;
    for (int64_t i = 0; i < VLEN; i++)
        block[i] = i < cols ? vload_n(w + i * p->w_oc, rows) : vset(0);
    vtranspose(block);
}

/* 16 x 16 filters of u; point by point panels of all rows. */
static void filters_job(const void *context, int64_t job)
{
    const pass *p = context;
    int64_t deep = yk_div_up(p->source.c, VLEN), k = job % deep * VLEN, col = job / deep * VLEN;
    int64_t panel = col / PANEL * PANEL, width = panel_width(yk_min(PANEL, p->n - panel));
    vec block[TILE_TAPS * TILE_TAPS][VLEN];
    for (int64_t tap = 0; tap < TILE_TAPS * TILE_TAPS; tap++)
        load_tap(p, tap, k, col, block[tap]);
    for (int64_t row = 0; row < yk_min(VLEN, p->source.c - k); row++) {
        real *u = p->u + panel * p->source.c + (k + row) * width + col - panel;
        vec half[TILE_TAPS][TILE_IN]; /* [column][row] */
        for (int j = 0; j < TILE_TAPS; j++) {
            vec w[TILE_TAPS];
            UNROLL
            for (int i = 0; i < TILE_TAPS; i++)
                w[i] = block[i * TILE_TAPS + j][row];
            transform_taps(w, half[j]);
        }
        for (int i = 0; i < TILE_IN; i++) {
            vec w[TILE_TAPS], r[TILE_IN];
            UNROLL
            for (int j = 0; j < TILE_TAPS; j++)
                w[j] = half[j][i];
            transform_taps(w, r);
            UNROLL
            for (int j = 0; j < TILE_IN; j++)
                vstore(u + (i * TILE_IN + j) * p->u_step, r[j]);
        }
    }
}

/* Some tiles on their way. */
typedef struct chunk {
    const pass *p;
    int64_t first, tiles;
    real *v, *m;
    int64_t v_row, m_row, v_step, m_step;
} chunk;

static void inputs_job(const void *context, int64_t job)
{
    const chunk *t = context;
    int64_t first = job * GROUP;
    ISA(tile_inputs)
    (&t->p->source, &t->p->grid, t->first + first, yk_min(GROUP, t->tiles - first), t->v + first * t->v_row, t->v_step,
     t->v_row);
}

/* A strip of the products of a point. */
static void products_job(const void *context, int64_t job)
{
    const chunk *t = context;
    const pass *p = t->p;
    int64_t strips = yk_div_up(p->n, STRIP), point = job / strips, strip = job % strips * STRIP;
    int64_t depth = p->source.c, end = yk_min(strip + STRIP, p->n);
    for (int64_t k0 = 0; k0 < depth; k0 += K_BLOCK)
        for (int64_t col = strip; col < end; col += PANEL) {
            int64_t n = yk_min(PANEL, end - col);
            ISA(multiply_panel)
            (&(panel_product){ .m = t->tiles,
                               .n = n,
                               .k = yk_min(K_BLOCK, depth - k0),
                               .a = t->v + point * t->v_step + k0,
                               .a_row = t->v_row,
                               .a_col = 1,
                               .panel = p->u + point * p->u_step + col * depth + k0 * panel_width(n),
                               .c = t->m + point * t->m_step + col,
                               .c_row = t->m_row,
                               .go_on = k0 > 0 });
        }
}

static inline __attribute__((always_inline)) void tile_output(const pass *p, const real *m, int64_t m_step, int64_t o,
                                                              int64_t lanes, int64_t rows, int64_t cols, real *out)
{
    vec half[TILE_IN][TILE_OUT]; /* [column][row] */
    for (int j = 0; j < TILE_IN; j++) {
        vec d[TILE_IN];
        UNROLL
        for (int i = 0; i < TILE_IN; i++)
            d[i] = vload_n(m + (i * TILE_IN + j) * m_step + o, lanes);
        transform_output(d, half[j]);
    }
    for (int64_t i = 0; i < rows; i++) {
        vec d[TILE_IN], r[TILE_OUT];
        UNROLL
        for (int j = 0; j < TILE_IN; j++)
            d[j] = half[j][i];
        transform_output(d, r);
        real *to = out + i * p->ow * p->n + o;
        for (int64_t j = 0; j < cols; j++, to += p->n) {
            vec y = p->bias ? vadd(r[j], vload_n(p->bias + o, lanes)) : r[j];
            y = p->add ? vadd(vload_n(to, lanes), y) : y;
            vstore_n(to, p->relu ? vmax(vset(0), y) : y, lanes);
        }
    }
}

static void outputs_job(const void *context, int64_t job)
{
    const chunk *t = context;
    const pass *p = t->p;
    for (int64_t i = job * GROUP; i < yk_min((job + 1) * GROUP, t->tiles); i++) {
        int64_t tile = t->first + i, y = tile / p->grid.across % p->grid.down * TILE_OUT,
                x = tile % p->grid.across * TILE_OUT, image = tile / p->grid.across / p->grid.down, o = 0;
        int64_t rows = yk_min(TILE_OUT, p->oh - y), cols = yk_min(TILE_OUT, p->ow - x);
        const real *m = t->m + i * t->m_row;
        real *out = p->out + ((image * p->oh + y) * p->ow + x) * p->n;
        for (; o + VLEN <= p->n; o += VLEN)
            tile_output(p, m, t->m_step, o, VLEN, rows, cols, out);
        if (o < p->n)
            tile_output(p, m, t->m_step, o, p->n - o, rows, cols, out);
    }
}

static void convolve_tiles(const pass *p, int64_t first, int64_t tiles, real *room)
{
    chunk t = { .p = p, .first = first, .tiles = tiles, .v_row = spread(p->source.c), .m_row = spread(p->n) };
    t.v_step = spread(tiles * t.v_row);
    t.m_step = spread(tiles * t.m_row);
    t.v = room;
    t.m = room + POINTS * t.v_step;
    int64_t groups = yk_div_up(tiles, GROUP);
    yk_parallel(groups, tiles * POINTS * p->source.c, inputs_job, &t);
    yk_parallel(POINTS * yk_div_up(p->n, STRIP), tiles * POINTS * p->source.c * p->n, products_job, &t);
    yk_parallel(groups, tiles * POINTS * p->n, outputs_job, &t);
}

/* Tiles of chunks that are jobs; 0: those would be too few. */
static int64_t near_tiles(const pass *p)
{
    int64_t most = NEAR / POINTS / (spread(p->source.c) + spread(p->n));
    if (most < NEAR_TILES)
        return 0;
    int64_t chunks = yk_max(yk_div_up(p->grid.tiles, yk_min(most, NEAR_TILES_MOST)), ENOUGH_JOBS);
    return yk_div_up(p->grid.tiles, chunks);
}

static void near_job(const void *context, int64_t job)
{
    const pass *p = context;
    real room[NEAR + 2 * POINTS * 3 * VLEN] __attribute__((aligned(64)));
    int64_t tiles = near_tiles(p), first = job * tiles;
    if (first < p->grid.tiles)
        convolve_tiles(p, first, yk_min(tiles, p->grid.tiles - first), room);
}

static void convolve(pass *p, real *room)
{
    p->u = room;
    p->u_step = yk_winograd_filters(p->source.c, p->n);
    int64_t deep = yk_div_up(p->source.c, VLEN), near = near_tiles(p);
    yk_parallel(deep * yk_div_up(p->n, VLEN), POINTS * p->source.c * p->n, filters_job, p);
    if (near > 0) {
        yk_parallel(yk_div_up(p->grid.tiles, near), p->grid.tiles * POINTS * p->source.c * p->n, near_job, p);
        return;
    }
    for (int64_t first = 0; first < p->grid.tiles; first += CHUNK)
        convolve_tiles(p, first, yk_min(CHUNK, p->grid.tiles - first), room + POINTS * p->u_step);
}

void ISA(winograd)(const yk_window *g, int64_t n, const real *x, const real *w, const real *bias, bool relu, real *y,
                   bool add, real *room)
{
    convolve(&(pass){ .source = { x, g->h.in, g->w.in, g->c, g->h.before, g->w.before },
                      .grid = tile_grid_of(n, g->h.out, g->w.out),
                      .oh = g->h.out,
                      .ow = g->w.out,
                      .n = g->oc,
                      .w = w,
                      .bias = bias,
                      .w_oc = g->oc,
                      .add = add,
                      .relu = relu,
                      .out = y },
             room);
}

void ISA(winograd_data)(const yk_window *g, int64_t n, const real *dy, const real *w, const real *bias, real *dx,
                        bool add, real *room)
{
    convolve(
        &(pass){ .source = { dy, g->h.out, g->w.out, g->oc, TILE_TAPS - 1 - g->h.before, TILE_TAPS - 1 - g->w.before },
                 .grid = tile_grid_of(n, g->h.in, g->w.in),
                 .oh = g->h.in,
                 .ow = g->w.in,
                 .n = g->c,
                 .w = w,
                 .bias = bias,
                 .w_oc = g->oc,
                 .transposed = true,
                 .add = add,
                 .out = dx },
        room);
}
