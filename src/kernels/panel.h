/* SPDX-License-Identifier: Apache-2.0 */
/* The micro-kernel under matmul and conv: c (m x n) = a (m x k) times a packed panel of b (k x n), n <= PANEL.
 * An output element is one chain of fma over ascending k, so k may be cut into blocks that continue each other. */
#ifndef YK_KERNELS_PANEL_H
#define YK_KERNELS_PANEL_H

#include "kernels/family.h"

enum {
    PANEL = TILE_VECS * VLEN,  /**< columns of a panel */
    TILED_COLUMNS = 4 * PANEL, /**< columns of b from which pack_tiles() pays */
    K_BLOCK = 256,             /**< rows of a panel: with TILE_ROWS rows of a, it stays in a first-level cache */
};

/** Elements between the rows of a panel of n columns: whole vectors. */
static inline int64_t panel_width(int64_t n)
{
    return n <= VLEN ? VLEN : PANEL;
}

/** Where the panel of column `col` begins in packed weights: panels of all k rows one after another. */
static inline int64_t packed_panel(int64_t k, int64_t col)
{
    return k * col;
}
_Static_assert(YK_PACKED_COLUMNS % PANEL == 0, "yk_packed_size() has room for the last panel");

/** Copies k rows of n columns of b, element (i, j) at i row + j col, into panels; the one of column j begins at
 *  packed_panel(step, j), its columns n.. become 0. */
void ISA(pack_panels)(int64_t k, int64_t n, const real *b, int64_t row, int64_t col, real *panels, int64_t step);

/** Copies a (m x k), element (i, j) at i row + j col, to m k elements in the order in which tiles read it. Pays where
 *  several panels meet an a whose columns, not rows, are contiguous. */
void ISA(pack_tiles)(int64_t m, int64_t k, const real *a, int64_t row, int64_t col, real *tiles);

typedef struct panel_product {
    int64_t m, n, k;
    const real *a; /**< element (i, k) at i a_row + k a_col */
    int64_t a_row, a_col;
    bool tiled; /**< or a is what pack_tiles() made */
    const real *panel;
    const real *bias; /**< added after the chain; NULL: none */
    bool relu;        /**< at the very end */
    real *c;
    int64_t c_row;
    bool go_on; /**< the chain starts at c's old value, else at +0 */
    bool add;   /**< the chain's end is added to c's old value, else it takes its place */
} panel_product;

void ISA(multiply_panel)(const panel_product *p);

#endif
