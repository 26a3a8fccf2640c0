/* SPDX-License-Identifier: Apache-2.0 */
/* Who has which nodes (reduce_parts.h). All ranks know all ranges, so nobody has to be asked: each machine's nodes are
 * those of its ranks, as far as the tree adds them up without the others. Where the ranks of a machine are neighbours,
 * and their number and that of the leaves are powers of two, that is one node a machine. */
#include <assert.h>
#include <string.h>

#include "comm/reduce_parts.h"
#include "core/num.h"

void yk_reduce_group(yk_reduce *reduce, const int *group)
{
    const int size = reduce->comm->size;
    int members = 0;
    reduce->machines = 0;
    for (int lowest = 0; lowest < size; lowest++) {
        if (group[lowest] != lowest)
            continue;
        const int machine = reduce->machines++;
        reduce->first[machine] = members;
        for (int r = lowest; r < size; r++)
            if (group[r] == lowest) {
                reduce->machine[r] = machine;
                reduce->place[r] = members - reduce->first[machine];
                reduce->member[members++] = r;
            }
    }
    reduce->first[reduce->machines] = members;
    assert(members == size);
}

/* The nodes of a machine's ranks, ascending as its ranks are; `near`: where they are, NULL: that is not asked. */
static int nodes_of(const yk_reduce *reduce, int machine, yk_node *node, yk_reduce_near *near)
{
    int nodes = 0;
    for (int m = reduce->first[machine]; m < reduce->first[machine + 1]; m++) {
        int64_t first, last;
        yk_node cover[YK_TREE_NODES_MAX];
        yk_tree_range(reduce->n, reduce->member[m], reduce->comm->size, &first, &last);
        const int count = yk_tree_cover(reduce->n, first, last, cover);
        memcpy(node + nodes, cover, (size_t)count * sizeof *cover);
        for (int i = 0; near && i < count; i++)
            near[nodes + i] = (yk_reduce_near){ reduce->member[m], i };
        nodes += count;
    }
    return nodes;
}

static int64_t first_leaf(yk_node node)
{
    return node.index << node.level;
}

/* Keeps them ascending. Machines come one after the other, as their nodes mostly do. */
static void insert(yk_reduce *reduce, yk_reduce_summand new)
{
    int at = reduce->summands++;
    for (; at > 0 && first_leaf(reduce->summand[at - 1].node) > first_leaf(new.node); at--)
        reduce->summand[at] = reduce->summand[at - 1];
    reduce->summand[at] = new;
}

/* Nodes that come from another machine; uses the place of the sum's plan, which is made last. */
static void insert_far(yk_reduce *reduce, int machine)
{
    yk_tree_plan *plan = &reduce->sum_plan;
    const int server = yk_reduce_server(reduce, machine, reduce->comm->rank);
    const int nodes = nodes_of(reduce, machine, reduce->cover, NULL);
    yk_tree_plan_make(plan, reduce->n, nodes, reduce->cover);
    for (int k = 0; k < plan->rest; k++)
        insert(reduce, (yk_reduce_summand){ plan->node[k], .near = -1, .rank = server, .tag = YK_REDUCE_TAG + k });
    reduce->fars += plan->rest;
}

void yk_reduce_find_nodes(yk_reduce *reduce)
{
    const int mine = reduce->machine[reduce->comm->rank];
    if (reduce->planned == reduce->n)
        return;
    reduce->planned = reduce->n;
    reduce->nears = nodes_of(reduce, mine, reduce->near_node, reduce->near);
    yk_tree_plan_make(&reduce->near_plan, reduce->n, reduce->nears, reduce->near_node);
    reduce->summands = reduce->fars = 0;
    for (int m = 0; m < reduce->machines; m++)
        if (m != mine)
            insert_far(reduce, m);
        else
            for (int k = 0; k < reduce->nears; k++)
                insert(reduce, (yk_reduce_summand){ reduce->near_node[k], .near = k });
    for (int i = 0; i < reduce->summands; i++)
        reduce->cover[i] = reduce->summand[i].node;
    yk_tree_plan_make(&reduce->sum_plan, reduce->n, reduce->summands, reduce->cover);
    assert(reduce->sum_plan.rest == 1);
}
