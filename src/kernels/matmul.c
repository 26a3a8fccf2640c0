/* SPDX-License-Identifier: Apache-2.0 */
/* Matrix product. Each output element is one chain of fma over ascending k that starts at +0 or, with `add`, at the
 * old value; bias and relu come after the chain. A job is a strip of columns times a chunk of rows of one product. It
 * runs over k in blocks: the panels of b's block lie in a second-level cache (packed on the stack, where b does not
 * come packed), and some rows of a in a first-level one while they meet all of the panels. */
#include "kernels/panel.h"

enum {
    STRIP = 256,            /* columns of a job at most */
    A_ROWS = 8 * TILE_ROWS, /* rows of a that meet a panel at a time */
    ALIASES =
        1024, /* rows of a whose distance is a multiple of it compete for few places of a first-level cache, ... */
    APART = K_BLOCK + 16, /* and are copied to lie so far apart */
    MIN_CHUNK = A_ROWS,
    MAX_CHUNK = 512,
    ENOUGH_JOBS = 16,
};
_Static_assert(STRIP % PANEL == 0, "a strip is whole panels");

/* How a product is cut into jobs. */
typedef struct cut {
    const yk_matmul *p;
    int64_t strip, strips, chunk, chunks; /* columns of a strip; strips of a product; rows of a chunk; chunks */
} cut;

/* Some columns of some rows of a product. */
typedef struct region {
    int64_t rows, columns, k;
    const real *a, *b; /* b, where it is packed: panels of all k rows */
    const real *bias;
    real *c;
} region;

static void copy_rows(int64_t m, int64_t k, const real *a, int64_t row, real *out)
{
    for (int64_t i = 0; i < m; i++)
        FOR_VEC (j, lanes, 0, k)
            vstore_n(out + i * APART + j, vload_n(a + i * row + j, lanes), lanes);
}

/* Rows first .. first + size - 1 of k; panels: those of all columns, `step` rows each. */
static void multiply_block(const yk_matmul *p, const region *part, int64_t first, int64_t size, const real *panels,
                           int64_t step)
{
    real tiles[A_ROWS * APART] __attribute__((aligned(64)));
    const bool last = first + size == part->k, tiled = p->a_col != 1 && part->columns >= TILED_COLUMNS;
    const bool apart = p->a_col == 1 && p->a_row % ALIASES == 0 && part->columns >= TILED_COLUMNS;
    for (int64_t row = 0; row < part->rows; row += A_ROWS) {
        int64_t rows = yk_min(A_ROWS, part->rows - row);
        const real *a = part->a + row * p->a_row + first * p->a_col;
        if (tiled)
            ISA(pack_tiles)(rows, size, a, p->a_row, p->a_col, tiles);
        else if (apart)
            copy_rows(rows, size, a, p->a_row, tiles);
        for (int64_t col = 0; col < part->columns; col += PANEL) {
            int64_t n = yk_min(PANEL, part->columns - col), begin = step == size ? 0 : first;
            ISA(multiply_panel)
            (&(panel_product){ .m = rows,
                               .n = n,
                               .k = size,
                               .a = tiled || apart ? tiles : a,
                               .a_row = apart ? APART : p->a_row,
                               .a_col = p->a_col,
                               .tiled = tiled,
                               .panel = panels + packed_panel(step, col) + begin * panel_width(n),
                               .bias = part->bias && last ? part->bias + col : NULL,
                               .relu = p->relu && last,
                               .c = part->c + row * p->c_row + col,
                               .c_row = p->c_row,
                               .go_on = p->add || first > 0 });
        }
    }
}

static void multiply(const yk_matmul *p, const region *part)
{
    real room[K_BLOCK * STRIP] __attribute__((aligned(64)));
    int64_t blocks = yk_max(yk_div_up(part->k, K_BLOCK), 1), first = 0;
    for (int64_t left = blocks; left > 0; left--) { /* once at least: an empty sum is 0 + bias */
        int64_t size = (part->k - first) / left;
        if (p->packed) {
            multiply_block(p, part, first, size, part->b, part->k);
        } else {
            ISA(pack_panels)
            (size, part->columns, part->b + first * p->b_row, p->b_row, p->b_col, room, size);
            multiply_block(p, part, first, size, room, size);
        }
        first += size;
    }
}

static void multiply_job(const void *context, int64_t job)
{
    const cut *c = context;
    const yk_matmul *p = c->p;
    int64_t g = job / c->strips / c->chunks, row = job / c->strips % c->chunks * c->chunk,
            col = job % c->strips * c->strip, k = g == p->count - 1 ? p->k_last : p->k;
    multiply(p, &(region){ .rows = yk_min(c->chunk, p->m - row),
                           .columns = yk_min(c->strip, p->n - col),
                           .k = k,
                           .a = p->a + g * p->a_step + row * p->a_row,
                           .b = p->b + g * p->b_step + (p->packed ? packed_panel(k, col) : col * p->b_col),
                           .bias = p->bias ? p->bias + col : NULL,
                           .c = p->c + g * p->c_step + row * p->c_row + col });
}

/* Rows of a chunk, by the shape alone: few enough for c's to stay in a cache while k runs, and for enough jobs. */
static int64_t chunk_rows(const yk_matmul *p, int64_t strips)
{
    int64_t parts = yk_max(yk_div_up(p->m, MAX_CHUNK), ENOUGH_JOBS / (p->count * strips));
    int64_t rows = yk_max(MIN_CHUNK, yk_div_up(p->m, yk_max(parts, 1)));
    return yk_div_up(rows, TILE_ROWS) * TILE_ROWS;
}

void ISA(matmul)(const yk_matmul *p)
{
    /* packed weights that few rows meet once are read as they lie: along k */
    cut c = { .p = p, .strip = p->packed && p->m <= A_ROWS ? PANEL : STRIP };
    c.strips = yk_div_up(p->n, c.strip);
    c.chunk = chunk_rows(p, c.strips);
    c.chunks = yk_div_up(p->m, c.chunk);
    yk_parallel(p->count * c.chunks * c.strips, p->count * p->m * p->n * p->k, multiply_job, &c);
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
    ISA(pack_panels)
    (w->k, yk_min(PANEL, w->n - col), w->b + col * w->col, w->row, w->col, w->packed + packed_panel(w->k, col), w->k);
}

void ISA(pack_weights)(int64_t k, int64_t n, const real *b, int64_t row, int64_t col, real *packed)
{
    yk_parallel(yk_div_up(n, PANEL), k * n, pack_job, &(weights){ k, n, b, row, col, packed });
}
