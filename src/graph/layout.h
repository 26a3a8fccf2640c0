/* SPDX-License-Identifier: Apache-2.0 */
/* The parameter vector: all parameters and buffers of a graph in one vector of floats, in the order in which backward
 * finishes their gradients (last layer first), each beginning at a multiple of 16 elements. Gradients, totals and
 * optimizer slots are vectors of the same layout; in a gradient vector a buffer's place holds its statistics. Behind
 * the parameters lies a tail of 16 elements that travels with the gradients: the sums of the losses.
 *
 * The vector is cut into quanta: pieces of one parameter of at most YK_QUANTUM elements (the gaps and the tail belong
 * to none). Norms are summed by quanta, and what a rank owns is whole quanta. */
#ifndef YK_GRAPH_LAYOUT_H
#define YK_GRAPH_LAYOUT_H

#include "graph/graph.h"

#define YK_QUANTUM 4096
#define YK_TAIL 16

typedef struct yk_quantum {
    int param;           /**< in the graph */
    int64_t first, last; /**< elements of the vector */
} yk_quantum;

typedef struct yk_layout {
    int64_t length; /**< elements, tail included */
    int64_t tail;   /**< offset of the tail */
    int n_param;
    int *order; /**< parameters in vector order */
    int64_t n_quanta;
    yk_quantum *quantum; /**< ascending */
} yk_layout;

/** Lays out the graph's parameters and sets their `offset`. Release with yk_layout_destroy(). */
YK_MUST_CHECK yk_status yk_layout_create(yk_layout **out, yk_graph *graph);
void yk_layout_destroy(yk_layout **layout);

/** Cuts the vector into `pieces` pieces, as equal as they can be when boundaries are those of quanta: piece i is
 *  elements cut[i] .. cut[i+1]-1 and quanta quanta[i] .. quanta[i+1]-1; some may be empty, and the tail belongs to the
 *  last one. Both have pieces+1 entries. */
void yk_layout_cut(const yk_layout *layout, int64_t pieces, int64_t *cut, int64_t *quanta);

#endif
