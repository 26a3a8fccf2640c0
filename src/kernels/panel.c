/* SPDX-License-Identifier: Apache-2.0 */
/* Packing of panels, and tiles of up to TILE_ROWS x TILE_VECS vectors whose accumulators stay in registers while k
 * runs. a is read by broadcasts with any strides; rows are dealt evenly to tiles (20 rows: 10 + 10, not 14 + 6). */
#include "kernels/panel.h"

static void pack_rows(int64_t k, int64_t n, const real *b, int64_t row, real *panel)
{
    int64_t width = panel_width(n);
    for (int64_t i = 0; i < k; i++)
        for (int64_t j = 0; j < width; j += VLEN)
            vstore(panel + i * width + j, vload_n(b + i * row + j, yk_min(n - j, VLEN)));
}

/* Rows of b are contiguous in k: blocks of 16 x 16 are transposed. */
static void pack_columns(int64_t k, int64_t n, const real *b, int64_t col, real *panel)
{
    int64_t width = panel_width(n);
    FOR_VEC (i, rows, 0, k)
        for (int64_t j = 0; j < width; j += VLEN) {
            vec block[VLEN];
            for (int64_t v = 0; v < VLEN; v++)
                block[v] = j + v < n ? vload_n(b + (j + v) * col + i, rows) : vset(0);
            vtranspose(block);
            for (int64_t v = 0; v < rows; v++)
                vstore(panel + (i + v) * width + j, block[v]);
        }
}

void ISA(pack_panel)(int64_t k, int64_t n, const real *b, int64_t row, int64_t col, real *panel)
{
    if (col == 1) {
        pack_rows(k, n, b, row, panel);
    } else if (row == 1) {
        pack_columns(k, n, b, col, panel);
    } else {
        int64_t width = panel_width(n);
        for (int64_t i = 0; i < k; i++)
            for (int64_t j = 0; j < width; j++)
                panel[i * width + j] = j < n ? b[i * row + j * col] : 0;
    }
}

enum { BASES = (TILE_ROWS + 2) / 3 };

static inline void put(real *c, vec r, int64_t lanes, bool add, bool relu)
{
    r = add ? vadd(vload_n(c, lanes), r) : r;
    vstore_n(c, relu ? vmax(vset(0), r) : r, lanes);
}

/* One tile: `rows` x `vecs` vectors, both constants at each call, so that acc lies in registers. */
static inline __attribute__((always_inline)) void tile(const panel_product *p, int64_t first, const int rows,
                                                       const int vecs)
{
    const real *a = p->a + first * p->a_row, *b = p->panel;
    real *c = p->c + first * p->c_row;
    const int64_t a_row = p->a_row, a_col = p->a_col, last = p->n - (vecs - 1) * VLEN;
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
    for (int64_t k = 0; k < p->k; k++) {
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

void ISA(multiply_panel)(const panel_product *p)
{
    int64_t tiles = yk_div_up(p->m, TILE_ROWS), first = 0;
    for (int64_t t = 0; t < tiles; t++) {
        int64_t rows = (p->m - first) / (tiles - t);
#if TILE_WIDE
        if (p->n > VLEN)
            tile_wide(p, first, rows);
        else
#endif
            tile_narrow(p, first, rows);
        first += rows;
    }
}
