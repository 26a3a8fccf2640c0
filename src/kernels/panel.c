/* SPDX-License-Identifier: Apache-2.0 */
/* Packing of panels, and tiles of up to TILE_ROWS x TILE_VECS vectors whose accumulators stay in registers while k
 * runs. a is read by broadcasts with any strides; rows are dealt evenly to tiles (20 rows: 10 + 10, not 14 + 6). */
#include "kernels/panel.h"

enum {
    BASES = (TILE_ROWS + 2) / 3,
    AHEAD = 6,    /* rows of b that are asked for before they are packed */
    AHEAD_B = 16, /* and of a panel, before they are multiplied */
    PAGES = 32,   /* columns of a that pack_tiles() goes through at a time: each may lie in a page of its own */
};

/* Vector `j` columns behind the first, of row i. */
static inline real *packed_at(real *panels, int64_t step, int64_t n, int64_t i, int64_t j)
{
    int64_t panel = j / PANEL * PANEL;
    return panels + packed_panel(step, panel) + i * panel_width(n - panel) + j - panel;
}

static void pack_rows(int64_t k, int64_t n, const real *b, int64_t row, real *panels, int64_t step)
{
    int64_t whole = n / PANEL * PANEL;
    for (int64_t i = 0; i < k; i++) {
        const real *in = b + i * row;
        for (int64_t j = 0; j < whole; j += VLEN)
            __builtin_prefetch(in + AHEAD * row + j);
        for (int64_t j = 0; j < whole; j += PANEL)
            for (int64_t v = 0; v < PANEL; v += VLEN)
                vstore(panels + packed_panel(step, j) + i * PANEL + v, vload(in + j + v));
        for (int64_t j = whole; j < whole + (n > whole ? panel_width(n - whole) : 0); j += VLEN)
            vstore(packed_at(panels, step, n, i, j), vload_n(in + j, yk_max(yk_min(n - j, VLEN), 0)));
    }
}

/* Rows of b are contiguous in k: blocks of 16 x 16 are transposed. */
static void pack_columns(int64_t k, int64_t n, const real *b, int64_t col, real *panels, int64_t step)
{
    int64_t whole = n / PANEL * PANEL, width = whole + (n > whole ? panel_width(n - whole) : 0);
    for (int64_t j = 0; j < width; j += VLEN)
        FOR_VEC (i, rows, 0, k) {
            vec block[VLEN];
            for (int64_t v = 0; v < VLEN; v++)
                block[v] = j + v < n ? vload_n(b + (j + v) * col + i, rows) : vset(0);
            vtranspose(block);
            for (int64_t v = 0; v < rows; v++)
                vstore(packed_at(panels, step, n, i + v, j), block[v]);
        }
}

void ISA(pack_panels)(int64_t k, int64_t n, const real *b, int64_t row, int64_t col, real *panels, int64_t step)
{
    if (col == 1) {
        pack_rows(k, n, b, row, panels, step);
    } else if (row == 1) {
        pack_columns(k, n, b, col, panels, step);
    } else {
        for (int64_t first = 0; first < n; first += PANEL) {
            int64_t width = panel_width(n - first);
            real *panel = panels + packed_panel(step, first);
            for (int64_t i = 0; i < k; i++)
                for (int64_t j = 0; j < width; j++)
                    panel[i * width + j] = first + j < n ? b[i * row + (first + j) * col] : 0;
        }
    }
}

static inline void put(real *c, vec r, int64_t lanes, bool add, bool relu)
{
    r = add ? vadd(vload_n(c, lanes), r) : r;
    vstore_n(c, relu ? vmax(vset(0), r) : r, lanes);
}

/* One tile: `rows` x `vecs` vectors, both constants at each call, so that acc lies in registers. */
static inline __attribute__((always_inline)) void tile(const panel_product *p, int64_t first, const int rows,
                                                       const int vecs)
{
    const real *a = p->a + first * (p->tiled ? p->k : p->a_row), *b = p->panel;
    real *c = p->c + first * p->c_row;
    const int64_t a_row = p->tiled ? 1 : p->a_row, a_col = p->tiled ? rows : p->a_col, last = p->n - (vecs - 1) * VLEN;
    vec acc[TILE_ROWS][TILE_VECS];
    UNROLL
    for (int i = 0; i < rows; i++) {
        UNROLL
        for (int v = 0; v < vecs; v++)
            acc[i][v] = p->go_on ? vload_n(c + i * p->c_row + v * VLEN, v < vecs - 1 ? VLEN : last) : vset(0);
    }
    const real *base[BASES]; /* rows in threes: x86 addresses base + {0, 1, 2} a_row without more registers */
    UNROLL
    for (int i = 0; i < BASES; i++)
        base[i] = a + (3 * i < rows ? 3 * i : 0) * a_row;
    if (first + 2 * rows <= p->m) /* c of the next tile */
        for (int i = 0; i < rows; i++)
            __builtin_prefetch(c + (rows + i) * p->c_row, 1);
    for (int64_t k = 0; k < p->k; k++) {
        __builtin_prefetch(b + AHEAD_B * vecs * VLEN);
        vec bk[TILE_VECS];
        UNROLL
        for (int v = 0; v < vecs; v++)
            bk[v] = vload(b + v * VLEN);
        UNROLL
        for (int i = 0; i < rows; i++) {
            vec ai = vset(base[i / 3][i % 3 * a_row]);
            vpin(&ai);
            UNROLL
            for (int v = 0; v < vecs; v++)
                acc[i][v] = vfma(ai, bk[v], acc[i][v]);
        }
        UNROLL
        for (int i = 0; i < BASES; i++)
            base[i] += a_col;
        b += vecs * VLEN;
    }
    UNROLL
    for (int i = 0; i < rows; i++) {
        UNROLL
        for (int v = 0; v < vecs; v++) {
            int64_t lanes = v < vecs - 1 ? VLEN : last;
            vec r = p->bias ? vadd(acc[i][v], vload_n(p->bias + v * VLEN, lanes)) : acc[i][v];
            put(c + i * p->c_row + v * VLEN, r, lanes, p->add, p->relu);
        }
    }
}

#define TILE_CASE(rows, vecs)                                                                                          \
    case rows:                                                                                                         \
        tile(p, first, rows, vecs);                                                                                    \
        break;

/* A tile of each number of rows: 1 .. TILE_ROWS. */
static void tile_narrow(const panel_product *p, int64_t first, int64_t rows)
{
    switch (rows) {
        TILE_ROW_LIST(TILE_CASE, 1)
    }
}

#if TILE_WIDE
static void tile_wide(const panel_product *p, int64_t first, int64_t rows)
{
    switch (rows) {
        TILE_ROW_LIST(TILE_CASE, 2)
    }
}
#endif

/** for (first = 0; first < m; first += rows): the rows of each tile. */
#define FOR_TILE(first, rows, m)                                                                                       \
    for (int64_t first = 0, rows; (rows = ((m)-first) / yk_max(yk_div_up((m)-first, TILE_ROWS), 1)) > 0; first += rows)

/* Columns from, from + 1, .. to - 1 of a tile. A store may reach into the next column, which follows. */
static void pack_tile(int64_t rows, int64_t from, int64_t to, int64_t k, const real *a, int64_t row, int64_t col,
                      real *tile)
{
    if (row != 1) {
        for (int64_t j = from; j < to; j++)
            for (int64_t i = 0; i < rows; i++)
                tile[j * rows + i] = a[i * row + j * col];
        return;
    }
    for (int64_t j = from; j < yk_min(to, k - VLEN); j++)
        vstore(tile + j * rows, vload_n(a + j * col, rows));
    for (int64_t j = yk_max(from, k - VLEN); j < to; j++)
        vstore_n(tile + j * rows, vload_n(a + j * col, rows), rows);
}

void ISA(pack_tiles)(int64_t m, int64_t k, const real *a, int64_t row, int64_t col, real *tiles)
{
    for (int64_t from = 0; from < k; from += PAGES) {
        for (int64_t j = from; row == 1 && j < yk_min(from + PAGES, k); j++)
            for (int64_t i = 0; i < m; i += VLEN)
                __builtin_prefetch(a + m + i + j * col, 0, 2);
        FOR_TILE(first, rows, m)
        pack_tile(rows, from, yk_min(from + PAGES, k), k, a + first * row, row, col, tiles + first * k);
    }
}

void ISA(multiply_panel)(const panel_product *p)
{
    FOR_TILE(first, rows, p->m)
    {
#if TILE_WIDE
        if (p->n > VLEN)
            tile_wide(p, first, rows);
        else
#endif
            tile_narrow(p, first, rows);
    }
}
