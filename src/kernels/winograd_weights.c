/* SPDX-License-Identifier: Apache-2.0 */
/* Winograd's weight gradient. The tiles of a leaf are cut into pieces of YK_WINOGRAD_PIECE, counted from its first:
 *   u[point][c, o] = sum over the tiles of a piece, ascending, of v[point][tile, c] z[point][tile, o], a chain of fma
 *                    from +0; pieces are added in ascending order
 *   dw = G^T u G, added to the old value with `add` */
#include "kernels/winograd.h"

enum {
    STRIP = 64, /* output channels of a job */
    GROUP = 4,  /* tiles of a job */
};

typedef struct pass {
    tile_source x, dy;
    tile_grid grid;
    bool add;
    real *dw, *u, *v, *z; /* z in panels of the micro-kernel */
    int64_t u_step, v_step, z_step, v_row;
    int64_t first, tiles; /* of the piece, which is a leaf's first where `more` is false */
    bool more;
} pass;

static inline __attribute__((always_inline)) void tile_gradient(const real *const *at, int64_t o, int64_t lanes,
                                                                real *z, int64_t z_step)
{
    vec half[TILE_OUT][TILE_IN]; /* [column][row] */
    for (int j = 0; j < TILE_OUT; j++) {
        vec d[TILE_OUT];
        UNROLL
        for (int i = 0; i < TILE_OUT; i++)
            d[i] = vload_n(at[i * TILE_OUT + j] + o, lanes);
        transform_output_back(d, half[j]);
    }
    for (int i = 0; i < TILE_IN; i++) {
        vec d[TILE_OUT], r[TILE_IN];
        UNROLL
        for (int j = 0; j < TILE_OUT; j++)
            d[j] = half[j][i];
        transform_output_back(d, r);
        UNROLL
        for (int j = 0; j < TILE_IN; j++)
            vstore(z + (i * TILE_IN + j) * z_step, r[j]);
    }
}

/* z of tile `at` of the piece. */
static void tile_gradients(const pass *p, int64_t tile)
{
    const real *at[TILE_OUT * TILE_OUT];
    int64_t oc = p->dy.c;
    for (int64_t strip = 0; strip < oc; strip += TILE_STRIP) {
        ISA(see_tile)(&p->dy, &p->grid, p->first + tile, TILE_OUT, strip, at);
        FOR_VEC (o, lanes, strip, yk_min(oc, strip + TILE_STRIP)) {
            int64_t panel = o / PANEL * PANEL, width = panel_width(yk_min(PANEL, oc - panel));
            real *z = p->z + panel * p->tiles + tile * width + o - panel;
            if (lanes == VLEN)
                tile_gradient(at, o - strip, VLEN, z, p->z_step);
            else
                tile_gradient(at, o - strip, lanes, z, p->z_step);
        }
    }
}

static void transform_job(const void *context, int64_t job)
{
    const pass *p = context;
    int64_t first = job * GROUP, tiles = yk_min(GROUP, p->tiles - first);
    ISA(tile_inputs)(&p->x, &p->grid, p->first + first, tiles, p->v + first * p->v_row, p->v_step, p->v_row);
    for (int64_t t = first; t < first + tiles; t++)
        tile_gradients(p, t);
}

static void products_job(const void *context, int64_t job)
{
    const pass *p = context;
    int64_t oc = p->dy.c, strips = yk_div_up(oc, STRIP), point = job / strips, strip = job % strips * STRIP;
    for (int64_t col = strip; col < yk_min(strip + STRIP, oc); col += PANEL)
        ISA(multiply_panel)
    (&(panel_product){ .m = p->x.c,
                       .n = yk_min(PANEL, oc - col),
                       .k = p->tiles,
                       .a = p->v + point * p->v_step,
                       .a_row = 1,
                       .a_col = p->v_row,
                       .panel = p->z + point * p->z_step + col * p->tiles,
                       .c = p->u + point * p->u_step + col,
                       .c_row = oc,
                       .add = p->more });
}

/* Channel `job` of dw. */
static void filters_job(const void *context, int64_t job)
{
    const pass *p = context;
    FOR_VEC (o, lanes, 0, p->dy.c) {
        const real *u = p->u + job * p->dy.c + o;
        vec half[TILE_IN][TILE_TAPS]; /* [column][row] */
        for (int j = 0; j < TILE_IN; j++) {
            vec d[TILE_IN];
            UNROLL
            for (int i = 0; i < TILE_IN; i++)
                d[i] = vload_n(u + (i * TILE_IN + j) * p->u_step, lanes);
            transform_taps_back(d, half[j]);
        }
        for (int i = 0; i < TILE_TAPS; i++) {
            vec d[TILE_IN], r[TILE_TAPS];
            UNROLL
            for (int j = 0; j < TILE_IN; j++)
                d[j] = half[j][i];
            transform_taps_back(d, r);
            UNROLL
            for (int j = 0; j < TILE_TAPS; j++)
                vput(p->dw + ((i * TILE_TAPS + j) * p->x.c + job) * p->dy.c + o, r[j], lanes, p->add);
        }
    }
}

void ISA(winograd_weights)(const yk_window *g, yk_leaves leaves, const real *x, const real *dy, real *dw,
                           int64_t dw_step, bool add, real *room)
{
    pass p = { .x = { x, g->h.in, g->w.in, g->c, g->h.before, g->w.before },
               .dy = { dy, g->h.out, g->w.out, g->oc, 0, 0 },
               .grid = tile_grid_of(leaves.rows, g->h.out, g->w.out),
               .add = add,
               .u = room,
               .u_step = yk_winograd_filters(g->c, g->oc),
               .v_step = spread(YK_WINOGRAD_PIECE * spread(g->c)),
               .z_step = spread(YK_WINOGRAD_PIECE * spread(g->oc)),
               .v_row = spread(g->c) };
    p.v = p.u + POINTS * p.u_step;
    p.z = p.v + POINTS * p.v_step;
    int64_t image = p.grid.down * p.grid.across;
    for (int64_t leaf = 0; leaf < yk_leaf_count(leaves); leaf++) {
        int64_t first = leaf * leaves.size * image, tiles = yk_leaf_rows(leaves, leaf) * image;
        for (int64_t done = 0; done < tiles; done += YK_WINOGRAD_PIECE) {
            p.first = first + done;
            p.tiles = yk_min(YK_WINOGRAD_PIECE, tiles - done);
            p.more = done > 0;
            yk_parallel(yk_div_up(p.tiles, GROUP), p.tiles * POINTS * (g->c + g->oc), transform_job, &p);
            yk_parallel(POINTS * yk_div_up(g->oc, STRIP), p.tiles * POINTS * g->c * g->oc, products_job, &p);
        }
        p.dw = dw + leaf * dw_step;
        yk_parallel(g->c, POINTS * g->c * g->oc, filters_job, &p);
    }
}
