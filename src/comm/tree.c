/* SPDX-License-Identifier: Apache-2.0 */
/* The summation tree (tree.h), walked from left to right with a stack of nodes whose right sibling is still to come.
 * A node whose right sibling lies beyond the last leaf has its parent's value, so it rises without an addition. */
#include "comm/tree.h"

#include <assert.h>

#include "core/num.h"
#include "core/parallel.h"

enum {
    BLOCK = 1024, /* elements that are taken through the whole plan at once: what is intermediate stays in the cache */
    PLACES = 40,  /* of intermediate values: a tree of 2^40 leaves has so many levels */
};

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

/* Makes two neighbours their parent, in the left one's place, if they are siblings. */
static bool join(yk_node *left, const yk_node *right)
{
    if (right->index % 2 == 0 || left->level != right->level || left->index != right->index - 1)
        return false;
    left->index /= 2;
    left->level++;
    return true;
}

/* A node whose right sibling would lie beyond the last leaf is its parent. */
static void rise(int64_t n, yk_node *node)
{
    while (node->index > 0 && node->index % 2 == 0 && (node->index + 1) << node->level >= n) {
        node->index /= 2;
        node->level++;
    }
}

bool yk_tree_fold(yk_tree_stack *stack, int64_t *into, int64_t *from)
{
    if (stack->depth == 0)
        return false;
    yk_node *top = &stack->open[stack->depth - 1].node;
    rise(stack->n, top);
    if (stack->depth < 2 || !join(&stack->open[stack->depth - 2].node, top))
        return false;
    *into = stack->open[stack->depth - 2].slot;
    *from = stack->open[stack->depth - 1].slot;
    stack->depth--;
    return true;
}

/* --- plans. While one is made, -1-i means the value that line i gives. */

/* Gives intermediate values their places, which are free again once they are read. Those that wait at the same time
 * wait for siblings on different levels, so there are never more than levels. */
static void find_places(yk_tree_plan *plan)
{
    bool used[PLACES] = { false };
    for (int i = 0; i < plan->lines; i++) {
        yk_tree_line *line = &plan->line[i];
        int place = 0;
        while (line->into < 0 && used[place])
            place++;
        assert(place < PLACES);
        if (line->into < 0) {
            used[place] = true;
            line->into = -1 - place;
        }
        int *const operand[] = { &line->left, &line->right };
        for (int k = 0; k < YK_LEN(operand); k++)
            if (*operand[k] < 0) {
                *operand[k] = plan->line[-1 - *operand[k]].into;
                used[-1 - *operand[k]] = false;
            }
    }
}

void yk_tree_plan_make(yk_tree_plan *plan, int64_t n, int nodes, const yk_node *node)
{
    int *value = plan->first; /* of the nodes that are open */
    plan->lines = plan->rest = 0;
    for (int i = 0; i < nodes; i++) {
        plan->node[plan->rest] = node[i];
        value[plan->rest++] = i;
        for (rise(n, &plan->node[plan->rest - 1]);
             plan->rest > 1 && join(&plan->node[plan->rest - 2], &plan->node[plan->rest - 1]);
             rise(n, &plan->node[plan->rest - 1])) {
            plan->rest--;
            plan->line[plan->lines] =
                (yk_tree_line){ value[plan->rest - 1], value[plan->rest], .into = -1 - plan->lines };
            value[plan->rest - 1] = -1 - plan->lines++;
        }
    }
    for (int k = 0; k < plan->rest; k++) {
        plan->changed[k] = value[k] < 0;
        if (plan->changed[k])
            plan->line[-1 - value[k]].into = k;
        while (plan->first[k] < 0)
            plan->first[k] = plan->line[-1 - plan->first[k]].left;
    }
    find_places(plan);
}

typedef struct summands {
    const yk_tree_plan *plan;
    yk_wire wire;
    float *const *value, *const *out;
    int64_t count;
} summands;

/* The whole plan on one block of elements. */
static void run_block(const void *context, int64_t block)
{
    float place[PLACES][BLOCK];
    const summands *s = context;
    const int64_t first = block * BLOCK, length = yk_min(BLOCK, s->count - first);
    for (int i = 0; i < s->plan->lines; i++) {
        const yk_tree_line *line = &s->plan->line[i];
        const float *left = line->left < 0 ? place[-1 - line->left] : s->value[line->left] + first;
        const float *right = line->right < 0 ? place[-1 - line->right] : s->value[line->right] + first;
        yk_wire_add(s->wire, length, left, right, line->into < 0 ? place[-1 - line->into] : s->out[line->into] + first);
    }
}

void yk_tree_plan_run(const yk_tree_plan *plan, yk_wire wire, float *const *value, float *const *out, int64_t count)
{
    if (plan->lines > 0)
        yk_parallel(yk_div_up(count, BLOCK), count * plan->lines, run_block,
                    &(summands){ plan, wire, value, out, count });
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
