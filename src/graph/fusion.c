/* SPDX-License-Identifier: Apache-2.0 */
/* Pass: chains of nodes that become one instruction. A line of `patterns` names the ops of a chain and the op that does
 * their work (YK_OP_FUSED); the first line that fits is taken. A chain is fused where
 * - each value on the way is read by the next node only, once, and nobody wants it: it gets no memory;
 * - it reads as many values as the fused op; those of later nodes have the chain's shape; all are different;
 * - no sum of gradients changes its order. The chain runs, forward and backward, in the place of its last node, so a
 * node between may not read an input of the chain, unless both are all that read it (a + b = b + a), nor share
 * parameters. Bits are those of the single nodes (tests/graph/test_fusion.c). */
#include "graph/plan.h"

#include <string.h>

#include "core/mem.h"

enum { CHAIN = 3 };

static const struct pattern {
    const char *fused;
    const char *op[CHAIN]; /* only the first may have parameters and attributes */
} patterns[] = {
    { "batchnorm+add+relu", { "batchnorm", "add", "relu" } },
    { "batchnorm+relu", { "batchnorm", "relu" } },
    { "conv2d+relu", { "conv2d", "relu" } },
    { "dense+relu", { "dense", "relu" } },
};

/* The nodes of a chain that may be fused, and what it reads. */
typedef struct chain {
    int n, node[CHAIN];
    int n_in, in[YK_OP_MAX_IN];
    int reader[YK_OP_MAX_IN]; /* which node of the chain reads it */
} chain;

/* What the search knows: needed[v], and how often nodes that are computed read value v. */
typedef struct search {
    yk_program *program;
    bool *needed;
    int *reads;
} search;

static bool is_free(const search *s, int n, const yk_node_info *node, const char *op)
{
    return s->needed[node->out] && !s->program->step[n].fused && strcmp(node->op->name, op) == 0;
}

/* Is `value` made for one reader? */
static bool is_inner(const search *s, int value)
{
    return s->reads[value] == 1 && !s->program->slot[value].kept;
}

/* Appends to the chain what a node reads beside `inner`, the value on the way to it (-1: none). */
static bool take_inputs(const search *s, const yk_node_info *node, int reader, int inner, chain *c)
{
    for (int i = 0; i < node->n_in; i++) {
        if (node->in[i] == inner)
            continue;
        if (c->n_in == YK_OP_MAX_IN)
            return false;
        for (int k = 0; k < c->n_in; k++)
            if (c->in[k] == node->in[i])
                return false;
        const yk_value *in = yk_graph_value(s->program->graph, node->in[i]);
        const yk_value *out = yk_graph_value(s->program->graph, node->out);
        if (inner >= 0 && (in->dtype != out->dtype || !yk_shape_equal(&in->shape, &out->shape)))
            return false;
        c->reader[c->n_in] = reader;
        c->in[c->n_in++] = node->in[i];
    }
    return true;
}

/* The chain of the first k + 1 ops of a pattern that ends with node n. */
static bool find_chain(const search *s, const struct pattern *p, int k, int n, chain *c)
{
    const yk_graph *graph = s->program->graph;
    yk_node_info node;
    yk_graph_node(graph, n, &node);
    if (!is_free(s, n, &node, p->op[k]))
        return false;
    for (int i = 0; k > 0 && i < node.n_in; i++) {
        int before = yk_graph_value(graph, node.in[i])->node;
        if (before < 0 || !is_inner(s, node.in[i]) || !find_chain(s, p, k - 1, before, c) ||
            !take_inputs(s, &node, n, node.in[i], c))
            continue;
        c->node[c->n++] = n;
        return true;
    }
    *c = (chain){ .n = 1, .node = { n } };
    return k == 0 && take_inputs(s, &node, n, -1, c);
}

/* May the work of node `from` of the chain wait for node `to`? */
static bool can_wait(const search *s, const chain *c, int i)
{
    const yk_program *program = s->program;
    int first = c->node[0], last = c->node[c->n - 1], value = c->in[i];
    yk_node_info head, node;
    yk_graph_node(program->graph, first, &head);
    for (int n = c->reader[i] + 1; n < last; n++) {
        yk_plan_node(program, n, &node);
        if (!s->needed[node.out])
            continue;
        for (int k = 0; k < node.n_in; k++)
            if (node.in[k] == value && (s->reads[value] > 2 || program->slot[value].kept))
                return false;
        for (int k = 0; k < YK_OP_MAX_PARAM * YK_OP_MAX_PARAM; k++) {
            int own = head.param[k / YK_OP_MAX_PARAM], other = node.param[k % YK_OP_MAX_PARAM];
            if (own >= 0 && own == other)
                return false;
        }
    }
    return true;
}

static void fuse(const search *s, const struct pattern *p, const chain *c)
{
    int last = c->node[c->n - 1];
    yk_step *step = &s->program->step[last];
    step->fused = yk_op_named(p->fused);
    step->head = c->node[0];
    step->n_in = c->n_in;
    memcpy(step->in, c->in, sizeof step->in);
    for (int k = 0; k < c->n - 1; k++) {
        yk_node_info node;
        yk_graph_node(s->program->graph, c->node[k], &node);
        s->needed[node.out] = false;
    }
}

static void find_all(const search *s)
{
    for (size_t p = 0; p < YK_LEN(patterns); p++) {
        int k = 0;
        while (k + 1 < CHAIN && patterns[p].op[k + 1])
            k++;
        for (int n = 0; n < s->program->n_node; n++) {
            chain c;
            bool can = find_chain(s, &patterns[p], k, n, &c) && c.n_in == yk_op_named(patterns[p].fused)->n_in;
            for (int i = 0; can && i < c.n_in; i++)
                can = can_wait(s, &c, i);
            if (can)
                fuse(s, &patterns[p], &c);
        }
    }
}

yk_status yk_plan_fusion(yk_program *program, bool *needed)
{
    search s = { program, needed, NULL };
    if (program->opts.unfused)
        return YK_OK;
    YK_TRY(yk_alloc(&s.reads, program->n_value, sizeof *s.reads));
    for (int n = 0; n < program->n_node; n++) {
        yk_node_info node;
        yk_graph_node(program->graph, n, &node);
        for (int i = 0; needed[node.out] && i < node.n_in; i++)
            s.reads[node.in[i]]++;
    }
    find_all(&s);
    yk_free(s.reads);
    return YK_OK;
}

void yk_plan_node(const yk_program *program, int n, yk_node_info *out)
{
    const yk_step *step = &program->step[n];
    yk_graph_node(program->graph, n, out);
    if (!step->fused)
        return;
    int end = out->out;
    yk_graph_node(program->graph, step->head, out);
    out->op = step->fused;
    out->out = end;
    out->n_in = step->n_in;
    out->in = step->in;
}
