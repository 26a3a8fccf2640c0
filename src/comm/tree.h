/* SPDX-License-Identifier: Apache-2.0 */
/* The summation tree over the micro-batches ("leaves") of a batch. Node (level, index) covers leaves
 * [index 2^level, (index+1) 2^level); its value is left + right, or left where right is empty. The value of the whole
 * is a function of the leaves alone, however ranks and chunks cut them. */
#ifndef YK_COMM_TREE_H
#define YK_COMM_TREE_H

#include <stdbool.h>
#include <stdint.h>

#include "comm/wire.h"

typedef struct yk_node {
    int level;
    int64_t index;
} yk_node;

#define YK_TREE_NODES_MAX 128 /**< maximal nodes of any range of leaves */

/** Leaves first .. last-1 of rank `rank` of `size` ranks, of n in all: contiguous, in rank order, sizes differ by at
 *  most one; empty when there are more ranks than leaves. */
void yk_tree_range(int64_t n, int rank, int size, int64_t *first, int64_t *last);

/** The fewest nodes that cover leaves first .. last-1 exactly, left to right; returns their number. n: leaves in all
 *  (a node may reach beyond n, where there is nothing). */
int yk_tree_cover(int64_t n, int64_t first, int64_t last, yk_node out[YK_TREE_NODES_MAX]);

/** One addition of a plan: values left and right give `into`. A value is node k (k >= 0) or an intermediate one (-1-j);
 *  `into` is remaining node k or an intermediate value. */
typedef struct yk_tree_line {
    int left, right, into;
} yk_tree_line;

/** How nodes are added up: all of a tree to one, or some of it to the few that remain where others are missing. All
 *  arrays are the caller's and have room for as many entries as there are nodes. */
typedef struct yk_tree_plan {
    int lines, rest;    /**< additions; nodes that remain */
    yk_tree_line *line; /**< in this order */
    yk_node *node;      /**< what remains, ascending */
    int *first;         /**< number of the first node in each of them */
    bool *changed;      /**< false: it is that node, as it is, and no line writes it */
} yk_tree_plan;

/** For these nodes of a tree of n leaves, ascending, with gaps or without. */
void yk_tree_plan_make(yk_tree_plan *plan, int64_t n, int nodes, const yk_node *node);

/** Does it, element by element: node i's values begin at value[i], `count` each; those of remaining node k that are
 *  changed come to out[k], which may be value[first[k]]. */
void yk_tree_plan_run(const yk_tree_plan *plan, yk_wire wire, float *const *value, float *const *out, int64_t count);

/** Nodes that wait for their right sibling, in ascending order. `slot` is the caller's: where the node's value lies. */
typedef struct yk_tree_stack {
    int64_t n; /**< leaves of the whole tree */
    int depth;
    struct {
        yk_node node;
        int64_t slot;
    } open[YK_TREE_NODES_MAX];
} yk_tree_stack;

/** The next node to the right. Fold after every push. */
void yk_tree_push(yk_tree_stack *stack, yk_node node, int64_t slot);

/** When the two last nodes are siblings, makes them their parent, whose value is slot *into's after *into += *from, and
 *  returns true; call again until false. Pushing nodes that cover all leaves leaves the root, in the first one's slot.
 */
bool yk_tree_fold(yk_tree_stack *stack, int64_t *into, int64_t *from);

/** The tree's sum of n single numbers, in place; returns it (0 for n = 0). */
float yk_tree_total(int64_t n, float *values);

#endif
