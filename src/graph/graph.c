/* SPDX-License-Identifier: Apache-2.0 */
/* Building a graph. Each layer's shapes are inferred when it is added, for one sample in a micro-batch of one. A call
 * that fails leaves the graph as it was. */
#include "graph/graph.h"

#include <assert.h>
#include <string.h>

#include "core/mem.h"

/* Elements of one tensor: as many as the counter of the random numbers tells apart. */
#define MOST_ELEMENTS ((int64_t)1 << 48)

typedef struct node {
    char *name;
    const yk_op *op;
    void *attr;
    yk_key key;
    int out, n_in;
    int in[YK_OP_MAX_IN];
    int param[YK_OP_MAX_PARAM];
} node;

struct yk_graph {
    uint64_t seed;
    int n_value, n_node, n_param;
    yk_value *value;
    node *node;
    yk_param *param;
};

yk_status yk_graph_create(yk_graph **out, uint64_t seed)
{
    YK_TRY(yk_alloc(out, 1, sizeof **out));
    (*out)->seed = seed;
    return YK_OK;
}

void yk_graph_destroy(yk_graph **graph)
{
    if (!graph || !*graph)
        return;
    yk_graph *g = *graph;
    for (int v = 0; v < g->n_value; v++)
        if (g->value[v].node < 0) /* else the name is the node's */
            yk_free((char *)g->value[v].name);
    for (int n = 0; n < g->n_node; n++) {
        yk_free(g->node[n].name);
        yk_free(g->node[n].attr);
    }
    for (int p = 0; p < g->n_param; p++)
        yk_free(g->param[p].name);
    yk_free(g->value);
    yk_free(g->node);
    yk_free(g->param);
    yk_free(g);
    *graph = NULL;
}

static bool is_taken(const yk_graph *graph, const char *name)
{
    for (int v = 0; v < graph->n_value; v++)
        if (strcmp(graph->value[v].name, name) == 0)
            return true;
    return false;
}

/* A shape whose elements can be counted: no dimension below 1, fewer than MOST_ELEMENTS in all. */
static bool is_countable(const yk_shape *shape)
{
    int64_t len = 1;
    for (int i = 0; i < shape->ndim; i++)
        if (shape->dim[i] < 1 || !yk_mul(&len, len, shape->dim[i]) || len > MOST_ELEMENTS)
            return false;
    return true;
}

yk_status yk_graph_input(yk_graph *graph, const char *name, yk_dtype dtype, const yk_shape *sample, int *value)
{
    char text[YK_SHAPE_TEXT];
    YK_CHECK(!is_taken(graph, name), YK_ERR_ARG, "input %s: there is an input or layer of this name already", name);
    YK_CHECK(dtype == YK_F32 || dtype == YK_I32, YK_ERR_ARG, "input %s: float32 or int32 can be fed, not %s", name,
             yk_dtype_name(dtype));
    YK_CHECK(sample->ndim < YK_MAX_DIMS && is_countable(sample), YK_ERR_SHAPE,
             "input %s: a sample cannot have shape %s: at most %d dimensions of at least 1", name,
             yk_shape_text(sample, 0, text), YK_MAX_DIMS - 1);
    YK_TRY(yk_realloc(&graph->value, graph->n_value + 1, sizeof *graph->value));
    yk_value v = { .dtype = dtype, .shape = { .ndim = sample->ndim + 1, .dim = { 1 } }, .node = -1 };
    memcpy(v.shape.dim + 1, sample->dim, (size_t)sample->ndim * sizeof *sample->dim);
    char *copy = NULL;
    YK_TRY(yk_strdup(&copy, name));
    v.name = copy;
    *value = graph->n_value;
    graph->value[graph->n_value++] = v;
    return YK_OK;
}

/* Everything about the layer that infer does not see. */
static yk_status check_layer(const yk_graph *graph, const yk_layer *layer)
{
    const yk_op *op = layer->op;
    int least = op->n_in < 0 ? -op->n_in : op->n_in, most = op->n_in < 0 ? YK_OP_MAX_IN : op->n_in;
    YK_CHECK(!is_taken(graph, layer->name), YK_ERR_ARG,
             "there is an input or layer of this name already: give this one another `name`");
    YK_CHECK(layer->n_in >= least && layer->n_in <= most, YK_ERR_ARG, "takes %s%d input%s, not %d",
             op->n_in < 0 && layer->n_in < least ? "at least "
             : op->n_in < 0                      ? "at most "
                                                 : "",
             layer->n_in < least ? least : most, (layer->n_in < least ? least : most) == 1 ? "" : "s", layer->n_in);
    for (int i = 0; i < layer->n_in; i++)
        assert(layer->in[i] >= 0 && layer->in[i] < graph->n_value);
    return YK_OK;
}

/* Output and parameters of the layer for one sample. */
static yk_status infer_layer(const yk_graph *graph, const yk_layer *layer, yk_op_args *a)
{
    char text[YK_SHAPE_TEXT];
    YK_TRY(check_layer(graph, layer));
    *a = (yk_op_args){ .attr = layer->attr, .n_in = layer->n_in, .rows = { .leaves = { 1, 1 }, .train = true } };
    for (int i = 0; i < layer->n_in; i++)
        a->in[i] = (yk_tensor){ graph->value[layer->in[i]].dtype, graph->value[layer->in[i]].shape, NULL };
    YK_TRY(layer->op->infer(a));
    YK_CHECK(is_countable(&a->out.shape), YK_ERR_SHAPE, "its output would have shape %s a sample",
             yk_shape_text(&a->out.shape, 1, text));
    assert(a->out.shape.ndim >= 1 && a->out.shape.dim[0] == 1); /* samples come first */
    for (int k = 0; k < YK_OP_MAX_PARAM; k++)
        YK_CHECK(a->param[k].dtype == YK_NO_DTYPE || is_countable(&a->param[k].shape), YK_ERR_SHAPE,
                 "its %s would have shape %s", layer->op->param[k].name, yk_shape_text(&a->param[k].shape, 0, text));
    return YK_OK;
}

/* The parameters of the layer that this one shares: each of its own must be there. */
static yk_status share_params(const yk_graph *graph, const yk_layer *layer, const yk_op_args *a, node *n)
{
    const int at = yk_graph_find(graph, layer->share);
    char text[2][YK_SHAPE_TEXT];
    bool any = false;
    YK_CHECK(at >= 0, YK_ERR_ARG, "share: no earlier layer is called \"%s\"", layer->share);
    const node *other = &graph->node[at];
    YK_CHECK(other->op == layer->op, YK_ERR_ARG, "share: %s is a %s: only layers of one kind share their parameters",
             layer->share, other->op->name);
    for (int k = 0; k < YK_OP_MAX_PARAM; k++) {
        n->param[k] = -1;
        if (a->param[k].dtype == YK_NO_DTYPE)
            continue;
        YK_CHECK(other->param[k] >= 0, YK_ERR_SHAPE, "share: %s has no %s", layer->share, layer->op->param[k].name);
        const yk_shape *theirs = &graph->param[other->param[k]].shape;
        YK_CHECK(yk_shape_equal(&a->param[k].shape, theirs), YK_ERR_SHAPE,
                 "share: its %s would have shape %s, that of %s has %s", layer->op->param[k].name,
                 yk_shape_text(&a->param[k].shape, 0, text[0]), layer->share, yk_shape_text(theirs, 0, text[1]));
        n->param[k] = other->param[k];
        any = true;
    }
    YK_CHECK(any, YK_ERR_ARG, "share: a %s has no parameters", layer->op->name);
    return YK_OK;
}

/* Copies what the layer brings into a node and new parameters; their numbers begin at graph->n_param. */
static yk_status copy_layer(const yk_graph *graph, const yk_layer *layer, const yk_op_args *a, node *n, yk_param *param,
                            int *n_param)
{
    const yk_op *op = layer->op;
    YK_TRY(yk_strdup(&n->name, layer->name));
    if (op->attr_size > 0) {
        YK_TRY(yk_alloc(&n->attr, 1, op->attr_size));
        memcpy(n->attr, layer->attr, op->attr_size);
    }
    n->op = op;
    n->key = op->random ? yk_key_make(graph->seed, op->random, layer->name) : (yk_key){ { 0, 0 } };
    n->n_in = layer->n_in;
    memcpy(n->in, layer->in, sizeof n->in);
    if (layer->share) {
        YK_TRY(share_params(graph, layer, a, n));
        return YK_OK;
    }
    for (int k = 0; k < YK_OP_MAX_PARAM; k++) {
        n->param[k] = -1;
        if (a->param[k].dtype == YK_NO_DTYPE)
            continue;
        yk_role role = op->param[k].role;
        yk_param *p = &param[*n_param];
        *p = (yk_param){ .shape = a->param[k].shape, .role = role, .node = graph->n_node };
        p->l1 = yk_role_is_kernel(role) ? layer->l1 : 0;
        p->l2 = yk_role_is_kernel(role) ? layer->l2 : 0;
        p->max_norm = role == YK_ROLE_KERNEL ? layer->max_norm : 0;
        p->unit_norm = role == YK_ROLE_KERNEL && layer->unit_norm;
        p->lr_factor = layer->lr_factor > 0 ? layer->lr_factor : 1;
        p->start = a->start;
        p->keep = yk_role_is_buffer(role) ? a->buffer_keep : 0;
        YK_TRY(yk_format(&p->name, "%s/%s", layer->name, op->param[k].name));
        n->param[k] = graph->n_param + (*n_param)++;
    }
    return YK_OK;
}

static yk_status add_layer(yk_graph *graph, const yk_layer *layer, int *value)
{
    yk_status status = YK_OK;
    yk_op_args a;
    node n = { 0 };
    yk_param param[YK_OP_MAX_PARAM] = { 0 };
    int n_param = 0;
    YK_TRY(infer_layer(graph, layer, &a));
    YK_TRY_GOTO(yk_realloc(&graph->value, graph->n_value + 1, sizeof *graph->value), fail);
    YK_TRY_GOTO(yk_realloc(&graph->node, graph->n_node + 1, sizeof *graph->node), fail);
    YK_TRY_GOTO(yk_realloc(&graph->param, graph->n_param + YK_OP_MAX_PARAM, sizeof *graph->param), fail);
    YK_TRY_GOTO(copy_layer(graph, layer, &a, &n, param, &n_param), fail);
    n.out = *value = graph->n_value;
    graph->value[graph->n_value++] =
        (yk_value){ .name = n.name, .dtype = a.out.dtype, .shape = a.out.shape, .node = graph->n_node };
    yk_value *in = &graph->value[layer->in[0]];
    if (a.tokens > 0)
        in->tokens = in->tokens > 0 ? yk_min(in->tokens, a.tokens) : a.tokens;
    graph->node[graph->n_node++] = n;
    memcpy(graph->param + graph->n_param, param, (size_t)n_param * sizeof *param);
    graph->n_param += n_param;
    return YK_OK;
fail:
    yk_free(n.name);
    yk_free(n.attr);
    for (int k = 0; k < n_param; k++)
        yk_free(param[k].name);
    return status;
}

yk_status yk_graph_add(yk_graph *graph, const yk_layer *layer, int *value)
{
    yk_status status = add_layer(graph, layer, value);
    if (status == YK_OK || status == YK_ERR_NOMEM)
        return status;
    return yk_error_prefix(status, "%s%slayer %s (%s): ", layer->where ? layer->where : "", layer->where ? ": " : "",
                           layer->name, layer->op->name);
}

int yk_graph_values(const yk_graph *graph)
{
    return graph->n_value;
}

const yk_value *yk_graph_value(const yk_graph *graph, int value)
{
    assert(value >= 0 && value < graph->n_value);
    return &graph->value[value];
}

int yk_graph_params(const yk_graph *graph)
{
    return graph->n_param;
}

const yk_param *yk_graph_param(const yk_graph *graph, int param)
{
    assert(param >= 0 && param < graph->n_param);
    return &graph->param[param];
}

int yk_graph_nodes(const yk_graph *graph)
{
    return graph->n_node;
}

void yk_graph_node(const yk_graph *graph, int number, yk_node_info *out)
{
    assert(number >= 0 && number < graph->n_node);
    const node *n = &graph->node[number];
    *out = (yk_node_info){ n->name, n->op, n->attr, n->key, n->out, n->n_in, n->in, n->param };
}

int yk_graph_find(const yk_graph *graph, const char *name)
{
    for (int n = 0; n < graph->n_node; n++)
        if (strcmp(graph->node[n].name, name) == 0)
            return n;
    return -1;
}

void yk_graph_freeze(yk_graph *graph, int param)
{
    assert(param >= 0 && param < graph->n_param);
    graph->param[param].frozen = true;
}

void yk_graph_place(yk_graph *graph, int param, int64_t offset)
{
    assert(param >= 0 && param < graph->n_param);
    graph->param[param].offset = offset;
}
