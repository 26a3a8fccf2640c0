/* SPDX-License-Identifier: Apache-2.0 */
/* The summation tree (tree.h), walked from left to right with a stack of nodes whose right sibling is still to come.
 * A node whose right sibling lies beyond the last leaf has its parent's value, so it rises without an addition. */
#include "comm/tree.h"

#include <assert.h>

#include "core/num.h"
#include "core/parallel.h"

/* Elements that are taken through the whole tree at once: the left operands stay in the first-level cache. */
#define BLOCK 2048

void yk_tree_range(int64_t n, int rank, int size, int64_t *first, int64_t *last)
{
    int64_t each = n / size, more = n % size; /* the first `more` ranks have one leaf more */
    *first = rank * each + yk_min(rank, more);
    *last = *first + each + (rank < more);
}

int yk_tree_cover(int64_t n, int64_t first, int64_t last, yk_node out[YK_TREE_NODES_MAX])
{
    int count = 0;
    int64_t end;
    for (int64_t at = first; at < last; at = end) {
        int level = 0;
        end = at + 1;
        while (end < last && at % ((int64_t)2 << level) == 0 && yk_min(at + ((int64_t)2 << level), n) <= last) {
            level++;
            end = yk_min(at + ((int64_t)1 << level), n);
        }
        assert(count < YK_TREE_NODES_MAX);
        out[count++] = (yk_node){ level, at >> level };
    }
    return count;
}

void yk_tree_push(yk_tree_stack *stack, yk_node node, int64_t slot)
{
    assert(stack->depth < YK_TREE_NODES_MAX);
    stack->open[stack->depth].node = node;
    stack->open[stack->depth++].slot = slot;
}

bool yk_tree_fold(yk_tree_stack *stack, int64_t *into, int64_t *from)
{
    if (stack->depth == 0)
        return false;
    yk_node *top = &stack->open[stack->depth - 1].node;
    while (top->index > 0 && top->index % 2 == 0 && (top->index + 1) << top->level >= stack->n) {
        top->index /= 2;
        top->level++;
    }
    if (stack->depth < 2 || top->index % 2 == 0)
        return false;
    yk_node *left = &stack->open[stack->depth - 2].node;
    if (left->level != top->level || left->index != top->index - 1)
        return false;
    *into = stack->open[stack->depth - 2].slot;
    *from = stack->open[stack->depth - 1].slot;
    left->index /= 2;
    left->level++;
    stack->depth--;
    return true;
}

static void add(int64_t n, const float *restrict x, float *restrict y)
{
    for (int64_t i = 0; i < n; i++)
        y[i] += x[i];
}

typedef struct summands {
    int64_t n, n_nodes;
    const yk_node *node;
    float *const *value;
    int64_t count;
} summands;

/* The whole tree on one block of elements. */
static void sum_block(const void *context, int64_t block)
{
    const summands *s = context;
    yk_tree_stack stack = { .n = s->n };
    int64_t first = block * BLOCK, length = yk_min(BLOCK, s->count - first), into, from;
    for (int64_t i = 0; i < s->n_nodes; i++) {
        yk_tree_push(&stack, s->node[i], i);
        while (yk_tree_fold(&stack, &into, &from))
            add(length, s->value[from] + first, s->value[into] + first);
    }
    assert(stack.depth == 1);
}

void yk_tree_sum(int64_t n, int64_t n_nodes, const yk_node *node, float *const *value, int64_t count)
{
    yk_parallel(yk_div_up(count, BLOCK), count * n_nodes, sum_block, &(summands){ n, n_nodes, node, value, count });
}

float yk_tree_total(int64_t n, float *values)
{
    yk_tree_stack stack = { .n = n };
    int64_t into, from;
    for (int64_t i = 0; i < n; i++) {
        yk_tree_push(&stack, (yk_node){ 0, i }, i);
        while (yk_tree_fold(&stack, &into, &from))
            values[into] += values[from];
    }
    return n > 0 ? values[0] : 0.0f;
}
