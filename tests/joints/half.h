/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of this folder need of a graph that no recipe made: layers by name, and programs over one vector. */
#ifndef YK_TESTS_JOINTS_HALF_H
#define YK_TESTS_JOINTS_HALF_H

#include "core/mem.h"
#include "graph/program.h"
#include "test.h"

/* Adds a layer of n inputs; returns its value. */
static int add_of(yk_graph *graph, const char *name, const char *op, const char *options, int n, const int *in)
{
    int value;
    yk_layer layer = { .name = name, .n_in = n };
    memcpy(layer.in, in, (size_t)n * sizeof *in);
    if (yk_op_find(op, YK_OP_LAYER, &layer.op) != YK_OK)
        MUST(yk_op_find(op, YK_OP_LOSS, &layer.op));
    void *attr = NULL;
    MUST(yk_alloc(&attr, 1, layer.op->attr_size + 1));
    MUST(yk_op_attrs_parse(layer.op, options, attr));
    layer.attr = attr;
    MUST(yk_graph_add(graph, &layer, &value));
    yk_free(attr);
    return value;
}

/* The same of inputs a and b (-1: none). */
static int add(yk_graph *graph, const char *name, const char *op, const char *options, int a, int b)
{
    return add_of(graph, name, op, options, b < 0 ? 1 : 2, (int[]){ a, b });
}

/* A program for up to `rows` samples of one micro-batch; with a loss (>= 0) it has a backward. */
static yk_program *plan(const yk_graph *graph, const yk_layout *layout, int64_t rows, int out, int loss)
{
    yk_program *program;
    const int wanted[2] = { out, loss };
    const yk_program_opts opts = { .backward = loss >= 0,
                                   .dtype = YK_F32,
                                   .rows = rows,
                                   .leaf = rows,
                                   .n_out = loss >= 0 ? 2 : 1,
                                   .out = wanted,
                                   .n_loss = loss >= 0,
                                   .loss = &loss };
    MUST(yk_program_create(&program, graph, layout, &opts));
    return program;
}

static int64_t bytes_of(const yk_program *program)
{
    yk_program_bytes bytes;
    yk_program_bytes_of(program, &bytes);
    return bytes.arena;
}

/* Whether every parameter whose name begins with `prefix` lies at the same place in both vectors. */
static bool same_places(const yk_graph *a, const yk_graph *b, const char *prefix)
{
    int found = 0;
    for (int i = 0; i < yk_graph_params(a); i++)
        for (int k = 0; k < yk_graph_params(b); k++) {
            const yk_param *p = yk_graph_param(a, i), *q = yk_graph_param(b, k);
            if (strncmp(p->name, prefix, strlen(prefix)) != 0 || strcmp(p->name, q->name) != 0)
                continue;
            found++;
            if (p->offset != q->offset || !yk_shape_equal(&p->shape, &q->shape))
                return false;
        }
    return found > 0;
}

/* Kernels: normal numbers of standard deviation 1 / sqrt(inputs); biases 0. */
static void init(const yk_graph *graph, uint64_t seed, float *params)
{
    for (int i = 0; i < yk_graph_params(graph); i++) {
        const yk_param *p = yk_graph_param(graph, i);
        const int64_t n = yk_shape_len(&p->shape), outputs = p->shape.dim[p->shape.ndim - 1];
        const yk_key key = yk_key_make(seed, YK_FOR_INIT, p->name);
        for (int64_t e = 0; e < n; e++)
            params[p->offset + e] =
                p->role == YK_ROLE_KERNEL || p->role == YK_ROLE_RECURRENT
                    ? (float)(yk_random_normal(key, 0, 0, e) / __builtin_sqrt((double)n / (double)outputs))
                    : 0;
    }
}

#endif
