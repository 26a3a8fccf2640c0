/* SPDX-License-Identifier: Apache-2.0 */
/* Matrix product. Each output element is one chain of fma over ascending k that starts at +0 or, with `add`, at the
 * old value; bias and relu come after the chain. A job is a panel of columns times a chunk of rows of one product: it
 * packs its panel of b, K_BLOCK rows at a time, on the stack, where b does not come packed. Chunks of rows are small
 * enough for a second-level cache and for enough jobs; panels run fastest, so a thread's neighbouring jobs find their
 * rows of a there. */
#include "kernels/panel.h"

enum { MIN_CHUNK = 4 * TILE_ROWS, MAX_CHUNK = 512, ENOUGH_JOBS = 32 };

/* Rows of a chunk, by the shape alone. */
static int64_t chunk_rows(const yk_matmul *p, int64_t panels)
{
    int64_t parts = yk_max(yk_div_up(p->m, MAX_CHUNK), ENOUGH_JOBS / (p->count * panels));
    int64_t rows = yk_max(MIN_CHUNK, yk_div_up(p->m, yk_max(parts, 1)));
    return yk_div_up(rows, TILE_ROWS) * TILE_ROWS;
}

static void multiply(const yk_matmul *p, int64_t g, int64_t row, int64_t rows, int64_t col)
{
    real room[K_BLOCK * PANEL] __attribute__((aligned(64)));
    int64_t k = g == p->count - 1 ? p->k_last : p->k, n = yk_min(PANEL, p->n - col), first = 0;
    const real *a = p->a + g * p->a_step + row * p->a_row, *b = p->b + g * p->b_step;
    do { /* once at least: an empty sum is 0 + bias */
        int64_t size = yk_min(K_BLOCK, k - first);
        bool last = first + size == k;
        const real *panel = room;
        if (p->packed)
            panel = b + packed_panel(k, col) + first * panel_width(n);
        else
            ISA(pack_panel)(size, n, b + first * p->b_row + col * p->b_col, p->b_row, p->b_col, room);
        ISA(multiply_panel)
        (&(panel_product){ .m = rows,
                           .n = n,
                           .k = size,
                           .a = a + first * p->a_col,
                           .a_row = p->a_row,
                           .a_col = p->a_col,
                           .panel = panel,
                           .bias = p->bias && last ? p->bias + col : NULL,
                           .relu = p->relu && last,
                           .c = p->c + g * p->c_step + row * p->c_row + col,
                           .c_row = p->c_row,
                           .go_on = p->add || first > 0 });
        first += size;
    } while (first < k);
}

/* How a product is cut into jobs. */
typedef struct cut {
    const yk_matmul *p;
    int64_t panels, chunk, chunks;
} cut;

static void multiply_job(const void *context, int64_t job)
{
    const cut *c = context;
    int64_t row = job / c->panels % c->chunks * c->chunk, col = job % c->panels * PANEL;
    multiply(c->p, job / c->panels / c->chunks, row, yk_min(c->chunk, c->p->m - row), col);
}

void ISA(matmul)(const yk_matmul *p)
{
    cut c = { .p = p, .panels = yk_div_up(p->n, PANEL) };
    c.chunk = chunk_rows(p, c.panels);
    c.chunks = yk_div_up(p->m, c.chunk);
    yk_parallel(p->count * c.chunks * c.panels, p->count * p->m * p->n * p->k, multiply_job, &c);
}

typedef struct weights {
    int64_t k, n;
    const real *b;
    int64_t row, col;
    real *packed;
} weights;

static void pack_job(const void *context, int64_t job)
{
    const weights *w = context;
    int64_t col = job * PANEL;
    ISA(pack_panel)
    (w->k, yk_min(PANEL, w->n - col), w->b + col * w->col, w->row, w->col, w->packed + packed_panel(w->k, col));
}

void ISA(pack_weights)(int64_t k, int64_t n, const real *b, int64_t row, int64_t col, real *packed)
{
    yk_parallel(yk_div_up(n, PANEL), k * n, pack_job, &(weights){ k, n, b, row, col, packed });
}
