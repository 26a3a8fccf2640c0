/* SPDX-License-Identifier: Apache-2.0 */
/* Nets for the tests of the graph room: a net is a table of layers in words; a rig is a program of it with memory of
 * its own, filled with random numbers that are a function of the net alone. */
#ifndef YK_TESTS_GRAPH_NET_H
#define YK_TESTS_GRAPH_NET_H

#include <stdlib.h>

#include "core/mem.h"
#include "graph/plan.h"
#include "test.h"

#define MAX_LAYERS 24
#define NET_ATTR 8192 /* bytes of a layer's attributes */

/* op: "conv2d", "conv2d a" where it shares the parameters of layer a, or "!conv2d" where its own are frozen. */
typedef struct net_layer {
    const char *name, *op, *attrs;
    const char *from; /* names with a blank between; "x" and "y" are the inputs */
} net_layer;

typedef struct net {
    const char *label;
    yk_shape x;
    yk_dtype y_dtype;
    yk_shape y;
    net_layer layer[MAX_LAYERS]; /* the last one is the loss; others may be, too */
    const char *out;             /* wanted beside the loss: names with a blank between */
} net;

static inline int net_value(const yk_graph *graph, const char *name, size_t length)
{
    for (int v = 0; v < yk_graph_values(graph); v++) {
        const char *other = yk_graph_value(graph, v)->name;
        if (strlen(other) == length && strncmp(other, name, length) == 0)
            return v;
    }
    printf("\n  no value is called %.*s\n", (int)length, name);
    CU_FAIL_FATAL("the test's net is wrong");
    return -1;
}

/* Values by names with a blank between; returns how many. */
static inline int net_values(const yk_graph *graph, const char *names, int *value)
{
    int n = 0;
    for (const char *at = names; at && *at; n++) {
        size_t length = strcspn(at, " ");
        value[n] = net_value(graph, at, length);
        at += length + (at[length] == ' ');
    }
    return n;
}

/* The layer of the table's line; attr has room for the attributes. */
static inline yk_status net_read(const yk_graph *graph, const net_layer *l, yk_layer *layer, void *attr)
{
    char kind[32];
    const char *share = strchr(l->op, ' ');
    snprintf(kind, sizeof kind, "%.*s", (int)strcspn(l->op, " "), l->op + (l->op[0] == '!'));
    const yk_op *op = NULL;
    if (yk_op_find(kind, YK_OP_LAYER, &op) != YK_OK)
        YK_TRY(yk_op_find(kind, YK_OP_LOSS, &op));
    CU_ASSERT_FATAL(op->attr_size <= NET_ATTR);
    YK_TRY(yk_op_attrs_parse(op, l->attrs, attr));
    *layer = (yk_layer){ .name = l->name, .op = op, .attr = attr, .share = share ? share + 1 : NULL };
    layer->n_in = net_values(graph, l->from, layer->in);
    return YK_OK;
}

static inline yk_status net_add(yk_graph *graph, const net_layer *l)
{
    _Alignas(16) char attr[NET_ATTR] = { 0 };
    int value, before = yk_graph_params(graph);
    yk_layer layer;
    YK_TRY(net_read(graph, l, &layer, attr));
    YK_TRY(yk_graph_add(graph, &layer, &value));
    for (int p = before; l->op[0] == '!' && p < yk_graph_params(graph); p++)
        yk_graph_freeze(graph, p);
    return YK_OK;
}

static inline yk_status net_build(const net *n, yk_graph **graph, yk_layout **layout)
{
    int value;
    YK_TRY(yk_graph_create(graph, 7));
    YK_TRY(yk_graph_input(*graph, "x", YK_F32, &n->x, &value));
    YK_TRY(yk_graph_input(*graph, "y", n->y_dtype, &n->y, &value));
    for (int i = 0; i < MAX_LAYERS && n->layer[i].name; i++)
        YK_TRY(net_add(*graph, &n->layer[i]));
    YK_TRY(yk_layout_create(layout, *graph));
    return YK_OK;
}

static inline double net_random(const char *what, int64_t i)
{
    return 2 * yk_random_uniform53(yk_key_make(3, YK_FOR_CHECK, what), 0, 0, i) - 1;
}

/* Element i of a vector of `dtype`. */
static inline double get(yk_dtype dtype, const void *data, int64_t i)
{
    return dtype == YK_F64 ? ((const double *)data)[i] : (double)((const float *)data)[i];
}
static inline void put(yk_dtype dtype, void *data, int64_t i, double value)
{
    if (dtype == YK_F64)
        ((double *)data)[i] = value;
    else
        ((float *)data)[i] = (float)value;
}

typedef struct rig {
    yk_graph *graph;
    yk_layout *layout;
    yk_program *program;
    yk_program_opts opts;
    int out[YK_OP_MAX_IN];
    int loss, n_loss;
    int losses[YK_MAX_LOSSES]; /* loss first */
    double seed[YK_MAX_LOSSES];
    char *params, *leaves, *arena, *x, *y;
    int64_t n_leaves, arena_bytes;
    int64_t *sample;
} rig;

/* Seeds of all losses: `seed` for the first, twice as much for the second, ... */
static inline const double *rig_seeds(rig *r, double seed)
{
    for (int l = 0; l < r->n_loss; l++)
        r->seed[l] = seed * (l + 1);
    return r->seed;
}

static inline void rig_fill(rig *r, const net *n)
{
    const yk_layout *layout = r->layout;
    yk_dtype dtype = r->opts.dtype;
    for (int p = 0; p < layout->n_param; p++) {
        const yk_param *param = yk_graph_param(r->graph, p);
        for (int64_t i = 0; i < yk_shape_len(&param->shape); i++) {
            double u = net_random(param->name, i);
            put(dtype, r->params, param->offset + i,
                param->role == YK_ROLE_BUFFER_ONES || param->role == YK_ROLE_ONES ? 1 + u / 4 : u / 2);
        }
    }
    int64_t len_x = r->opts.rows * yk_shape_len(&n->x), len_y = r->opts.rows * yk_shape_len(&n->y);
    for (int64_t i = 0; i < len_x; i++)
        put(dtype, r->x, i, 2 * net_random("x", i));
    for (int64_t i = 0; i < len_y; i++) {
        if (n->y_dtype == YK_I32) /* class 0 or 1: every net has two */
            ((int32_t *)(void *)r->y)[i] = net_random("y", i) > 0;
        else
            put(dtype, r->y, i, (net_random("y", i) + 1) / 2);
    }
    for (int64_t i = 0; i < r->opts.rows; i++)
        r->sample[i] = 1000 + 3 * i;
}

/* The rest of a rig whose graph and layout are there. `opts` gives backward, dtype, rows, leaf, input_grad. */
static inline void rig_finish(rig *r, const net *n, yk_program_opts opts, bool alias, bool reuse)
{
    yk_program_bytes bytes;
    r->loss = yk_graph_values(r->graph) - 1;
    r->opts = opts;
    r->opts.out = r->out;
    r->opts.n_out = net_values(r->graph, n->out, r->out);
    r->losses[r->n_loss++] = r->loss;
    for (int node = 0; node + 1 < yk_graph_nodes(r->graph); node++) {
        yk_node_info info;
        yk_graph_node(r->graph, node, &info);
        if (info.op->kind == YK_OP_LOSS)
            r->losses[r->n_loss++] = info.out;
    }
    r->opts.loss = r->losses;
    r->opts.n_loss = r->n_loss;
    r->out[r->opts.n_out++] = r->loss;
    MUST(yk_program_plan(&r->program, r->graph, r->layout, &r->opts, alias, reuse));
    yk_program_bytes_of(r->program, &bytes);
    r->arena_bytes = bytes.arena;
    r->n_leaves = yk_div_up(opts.rows, opts.leaf);
    MUST(yk_alloc(&r->params, r->layout->length, sizeof(double)));
    MUST(yk_alloc(&r->leaves, r->n_leaves * r->layout->length, sizeof(double)));
    MUST(yk_alloc(&r->arena, bytes.arena, 1));
    MUST(yk_alloc(&r->x, opts.rows * yk_shape_len(&n->x), sizeof(double)));
    MUST(yk_alloc(&r->y, opts.rows * yk_shape_len(&n->y), sizeof(double)));
    MUST(yk_alloc(&r->sample, opts.rows, sizeof *r->sample));
    rig_fill(r, n);
    memset(r->arena, 0xff, (size_t)bytes.arena); /* NaN: nothing may count on old contents */
    memset(r->leaves, 0xff, (size_t)(r->n_leaves * r->layout->length) * sizeof(double));
    yk_program_bind(r->program, r->params, opts.backward ? r->leaves : NULL, r->layout->length, r->arena);
    yk_program_feed(r->program, 0, r->x);
    yk_program_feed(r->program, 1, r->y);
}

static inline void rig_create(rig *r, const net *n, yk_program_opts opts, bool alias, bool reuse)
{
    *r = (rig){ 0 };
    MUST(net_build(n, &r->graph, &r->layout));
    rig_finish(r, n, opts, alias, reuse);
}

static inline yk_rows rig_rows(const rig *r, int64_t rows, bool train)
{
    return (yk_rows){ .leaves = { rows, r->opts.leaf }, .sample = r->sample, .step = 5, .train = train };
}

static inline void rig_destroy(rig *r)
{
    yk_program_destroy(&r->program);
    yk_layout_destroy(&r->layout);
    yk_graph_destroy(&r->graph);
    yk_free(r->params);
    yk_free(r->leaves);
    yk_free(r->arena);
    yk_free(r->x);
    yk_free(r->y);
    yk_free(r->sample);
}

#endif
