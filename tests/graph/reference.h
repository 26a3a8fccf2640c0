/* SPDX-License-Identifier: Apache-2.0 */
/* The specification of a program: calls every op of the graph directly, each value, gradient, saved tensor and room
 * in memory of its own, in the order of the nodes and back. What a program gives must be these bits. */
#ifndef YK_TESTS_GRAPH_REFERENCE_H
#define YK_TESTS_GRAPH_REFERENCE_H

#include "net.h"

typedef struct reference {
    const yk_graph *graph;
    yk_op_args *args;
    char **value, **gradient;
    bool *has, *stored, *written; /* per value; per parameter */
    char *leaves;
} reference;

static inline void *reference_memory(const yk_tensor *tensor)
{
    char *memory = NULL;
    MUST(yk_alloc(&memory, yk_tensor_len(tensor), sizeof(double)));
    return memory;
}

static inline yk_op_args *reference_args(reference *f, const rig *r, const yk_rows *rows, int n,
                                         const yk_node_info *node)
{
    yk_dtype dtype = r->opts.dtype;
    yk_op_args *a = &f->args[n];
    *a = (yk_op_args){ .attr = node->attr, .n_in = node->n_in, .rows = *rows, .key = node->key };
    for (int i = 0; i < node->n_in; i++) {
        a->in[i] = (yk_tensor){ yk_graph_value(f->graph, node->in[i])->dtype,
                                yk_graph_value(f->graph, node->in[i])->shape, f->value[node->in[i]] };
        a->in[i].shape.dim[0] = rows->leaves.rows;
    }
    bool any = false, frozen = true;
    for (int k = 0; k < YK_OP_MAX_PARAM; k++)
        if (node->param[k] >= 0) {
            any = true;
            frozen = frozen && yk_graph_param(f->graph, node->param[k])->frozen;
        }
    a->rows.train = rows->train && !(any && frozen);
    MUST(node->op->infer(a));
    f->value[node->out] = a->out.data = reference_memory(&a->out);
    for (int k = 0; k < YK_OP_MAX_SAVED; k++)
        if (a->saved[k].dtype != YK_NO_DTYPE)
            a->saved[k].data = reference_memory(&a->saved[k]);
    for (int pass = 0; pass < YK_PASSES; pass++)
        if (a->room[pass].dtype != YK_NO_DTYPE)
            a->room[pass].data = reference_memory(&a->room[pass]);
    for (int k = 0; k < YK_OP_MAX_PARAM; k++)
        if (node->param[k] >= 0)
            a->param[k].data = r->params + yk_graph_param(f->graph, node->param[k])->offset * yk_dtype_size(dtype);
    for (int i = 0; i < node->n_in; i++)
        if (a->in[i].dtype == YK_F32)
            a->in[i].dtype = dtype;
    a->out.dtype = dtype;
    return a;
}

static inline void reference_backward(reference *f, const rig *r, int n, const yk_node_info *node)
{
    yk_op_args *a = &f->args[n];
    a->dout = a->out;
    a->dout.data = f->gradient[node->out];
    for (int i = 0; i < node->n_in; i++) {
        int v = node->in[i];
        if (!f->has[v] || (!yk_op_is_layer(node->op) && i > 0))
            continue;
        if (!f->gradient[v])
            f->gradient[v] = reference_memory(&a->in[i]);
        a->din[i] = a->in[i];
        a->din[i].data = f->gradient[v];
        a->din_add[i] = f->stored[v];
        f->stored[v] = true;
    }
    for (int k = 0; k < YK_OP_MAX_PARAM; k++) {
        if (node->param[k] < 0)
            continue;
        a->dparam[k] = a->param[k];
        a->dparam_add[k] = f->written[node->param[k]];
        f->written[node->param[k]] = true;
        a->dparam[k].data = f->leaves + yk_graph_param(f->graph, node->param[k])->offset * yk_dtype_size(r->opts.dtype);
    }
    a->leaf_step = r->layout->length;
    (r->opts.dtype == YK_F64 ? yk_op_double(node->op) : node->op)->backward(a);
}

/* has[v]: something that trains, or an input whose gradient is asked for, stands behind v. (Values that the loss does
 * not depend on never get a gradient here either: nobody writes one.) */
static inline void reference_mark(reference *f, const rig *r)
{
    f->has[0] = r->opts.input_grad;
    f->has[1] = r->opts.input_grad && yk_graph_value(f->graph, 1)->dtype == YK_F32;
    for (int n = 0; n < yk_graph_nodes(f->graph); n++) {
        yk_node_info node;
        yk_graph_node(f->graph, n, &node);
        for (int i = 0; i < (!yk_op_is_layer(node.op) ? 1 : node.n_in); i++)
            f->has[node.out] = f->has[node.out] || f->has[node.in[i]];
        for (int k = 0; k < YK_OP_MAX_PARAM; k++)
            f->has[node.out] =
                f->has[node.out] || (node.param[k] >= 0 && yk_param_trains(yk_graph_param(f->graph, node.param[k])));
    }
}

/* Runs forward, and backward if the rig's program has one. */
static inline void reference_run(reference *f, const rig *r, const yk_rows *rows, double seed)
{
    int values = yk_graph_values(r->graph), nodes = yk_graph_nodes(r->graph);
    *f = (reference){ .graph = r->graph };
    MUST(yk_alloc(&f->args, nodes, sizeof *f->args));
    MUST(yk_alloc(&f->value, values, sizeof *f->value));
    MUST(yk_alloc(&f->gradient, values, sizeof *f->gradient));
    MUST(yk_alloc(&f->has, values, sizeof *f->has));
    MUST(yk_alloc(&f->stored, values, sizeof *f->stored));
    MUST(yk_alloc(&f->written, yk_graph_params(r->graph), sizeof *f->written));
    MUST(yk_alloc(&f->leaves, r->n_leaves * r->layout->length, sizeof(double)));
    f->value[0] = r->x;
    f->value[1] = r->y;
    for (int n = 0; n < nodes; n++) {
        yk_node_info node;
        yk_graph_node(f->graph, n, &node);
        (r->opts.dtype == YK_F64 ? yk_op_double(node.op) : node.op)->forward(reference_args(f, r, rows, n, &node));
    }
    if (!r->opts.backward)
        return;
    reference_mark(f, r);
    for (int l = 0; l < r->n_loss; l++) {
        f->gradient[r->losses[l]] = reference_memory(&f->args[nodes - 1].out);
        f->stored[r->losses[l]] = true;
        for (int64_t i = 0; i < rows->leaves.rows; i++)
            put(r->opts.dtype, f->gradient[r->losses[l]], i, seed * (l + 1));
    }
    for (int n = nodes - 1; n >= 0; n--) {
        yk_node_info node;
        yk_graph_node(f->graph, n, &node);
        if (f->has[node.out] && f->gradient[node.out])
            reference_backward(f, r, n, &node);
    }
}

static inline void reference_free(reference *f)
{
    for (int n = 0; n < yk_graph_nodes(f->graph); n++) {
        yk_free(f->args[n].out.data);
        for (int k = 0; k < YK_OP_MAX_SAVED; k++)
            yk_free(f->args[n].saved[k].data);
        for (int pass = 0; pass < YK_PASSES; pass++)
            yk_free(f->args[n].room[pass].data);
    }
    for (int v = 0; v < yk_graph_values(f->graph); v++)
        yk_free(f->gradient[v]);
    yk_free(f->args);
    yk_free(f->value);
    yk_free(f->gradient);
    yk_free(f->has);
    yk_free(f->stored);
    yk_free(f->written);
    yk_free(f->leaves);
}

/* Compares wanted outputs, and with backward leaf vectors and input gradients, bit for bit. */
static inline void reference_compare(const char *label, const reference *f, const rig *r, const yk_rows *rows)
{
    size_t size = (size_t)yk_dtype_size(r->opts.dtype);
    for (int i = 0; i < r->opts.n_out; i++) {
        const yk_tensor *got = yk_program_value(r->program, r->out[i]);
        if (got->shape.dim[0] != rows->leaves.rows ||
            memcmp(got->data, f->value[r->out[i]], (size_t)yk_tensor_bytes(got)) != 0)
            FAIL_CASE(label, "value %s differs\n", yk_graph_value(f->graph, r->out[i])->name);
    }
    if (!r->opts.backward)
        return;
    for (int64_t g = 0; g < yk_leaf_count(rows->leaves); g++) {
        for (int p = 0; p < r->layout->n_param; p++) {
            const yk_param *param = yk_graph_param(f->graph, p);
            size_t at = (size_t)(g * r->layout->length + param->offset) * size;
            if (memcmp(r->leaves + at, f->leaves + at, (size_t)yk_shape_len(&param->shape) * size) != 0)
                FAIL_CASE(label, "leaf %lld of %s differs\n", (long long)g, param->name);
        }
    }
    const yk_tensor *dx = yk_program_input_grad(r->program, 0);
    if (r->opts.input_grad && memcmp(dx->data, f->gradient[0], (size_t)yk_tensor_bytes(dx)) != 0)
        FAIL_CASE(label, "the gradient of x differs\n");
}

#endif
