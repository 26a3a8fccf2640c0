/* SPDX-License-Identifier: Apache-2.0 */
/* The layout of the parameter vector, its quanta, and how it is cut. */
#include "graph/layout.h"

#include <assert.h>
#include <stdlib.h>

#include "core/mem.h"

/* Every parameter begins at a multiple of this many elements: a cache line of floats. */
#define PIECE 16

/* Backward runs through the nodes from last to first. A parameter is final after the first node that uses it, which is
 * the one that made it, however many later ones share it; the parameters of one node are final together and keep their
 * order. */
static void set_order(yk_layout *layout, const yk_graph *graph)
{
    int at = 0;
    for (int last = layout->n_param; last > 0;) {
        int first = last - 1; /* parameters first .. last-1 are one node's: they were added together */
        while (first > 0 && yk_graph_param(graph, first - 1)->node == yk_graph_param(graph, last - 1)->node)
            first--;
        for (int p = first; p < last; p++)
            layout->order[at++] = p;
        last = first;
    }
}

static int64_t param_len(const yk_graph *graph, int param)
{
    return yk_shape_len(&yk_graph_param(graph, param)->shape);
}

yk_status yk_layout_create(yk_layout **out, yk_graph *graph)
{
    yk_status status = YK_OK;
    yk_layout *layout = NULL;
    *out = NULL;
    YK_TRY(yk_alloc(&layout, 1, sizeof *layout));
    layout->n_param = yk_graph_params(graph);
    for (int p = 0; p < layout->n_param; p++)
        layout->n_quanta += yk_div_up(param_len(graph, p), YK_QUANTUM);
    YK_TRY_GOTO(yk_alloc(&layout->order, layout->n_param, sizeof *layout->order), fail);
    YK_TRY_GOTO(yk_alloc(&layout->quantum, layout->n_quanta, sizeof *layout->quantum), fail);
    set_order(layout, graph);
    yk_quantum *q = layout->quantum;
    int64_t offset = 0;
    for (int i = 0; i < layout->n_param; i++) {
        int p = layout->order[i];
        int64_t len = param_len(graph, p);
        yk_graph_place(graph, p, offset);
        for (int64_t at = 0; at < len; at += YK_QUANTUM)
            *q++ = (yk_quantum){ p, offset + at, offset + yk_min(at + YK_QUANTUM, len) };
        offset += yk_div_up(len, PIECE) * PIECE;
    }
    layout->tail = offset;
    layout->length = offset + YK_TAIL;
    *out = layout;
    return YK_OK;
fail:
    yk_layout_destroy(&layout);
    return status;
}

void yk_layout_destroy(yk_layout **layout)
{
    if (!layout || !*layout)
        return;
    yk_free((*layout)->order);
    yk_free((*layout)->quantum);
    yk_free(*layout);
    *layout = NULL;
}

/* Where quantum q begins; q = n_quanta: the tail. */
static int64_t begin(const yk_layout *layout, int64_t q)
{
    return q < layout->n_quanta ? layout->quantum[q].first : layout->tail;
}

void yk_layout_cut(const yk_layout *layout, int64_t pieces, int64_t *cut, int64_t *quanta)
{
    assert(pieces > 0);
    int64_t q = 0;
    for (int64_t i = 0; i < pieces; i++) {
        /* The boundary that is nearest to i / pieces of the vector (without the overflow of tail i). */
        const int64_t want = layout->tail / pieces * i + layout->tail % pieces * i / pieces;
        while (q < layout->n_quanta && llabs(begin(layout, q + 1) - want) <= llabs(begin(layout, q) - want))
            q++;
        cut[i] = begin(layout, q);
        quanta[i] = q;
    }
    cut[pieces] = layout->length;
    quanta[pieces] = layout->n_quanta;
}
