/* SPDX-License-Identifier: Apache-2.0 */
/* A program's life: planning by the passes of plan.h, the memory it is given, and the inputs it is fed. Every pointer
 * that an op needs lies ready in the args of its node; binding and feeding change them, running does not. */
#include "graph/plan.h"

#include <assert.h>
#include <string.h>

#include "core/mem.h"

yk_status yk_slot_set(yk_program *program, int number, yk_dtype dtype, const yk_shape *shape)
{
    yk_slot *slot = &program->slot[number];
    char text[YK_SHAPE_TEXT];
    slot->tensor = (yk_tensor){ dtype == YK_F32 ? program->opts.dtype : dtype, *shape, NULL };
    slot->bytes = yk_dtype_size(slot->tensor.dtype);
    for (int i = 0; i < shape->ndim; i++)
        YK_CHECK(yk_mul(&slot->bytes, slot->bytes, shape->dim[i]) && slot->bytes < INT64_MAX / 4, YK_ERR_SHAPE,
                 "a tensor of shape %s is more than can be addressed: take a smaller batch",
                 yk_shape_text(shape, 0, text));
    return YK_OK;
}

static yk_status plan(yk_program *program, bool alias, bool reuse)
{
    const yk_program_opts *opts = &program->opts;
    YK_TRY(yk_alloc(&program->step, program->n_node, sizeof *program->step));
    YK_TRY(yk_alloc(&program->slot, program->n_slot, sizeof *program->slot));
    YK_TRY(yk_alloc(&program->instruction, 2 * (int64_t)program->n_node, sizeof *program->instruction));
    YK_TRY(yk_alloc(&program->writers, yk_graph_params(program->graph), sizeof *program->writers));
    YK_TRY(yk_plan_order(program));
    for (int l = 0; opts->backward && l < opts->n_loss; l++) {
        const yk_value *loss = yk_graph_value(program->graph, opts->loss[l]);
        char text[YK_SHAPE_TEXT];
        YK_CHECK(loss->node >= 0 && loss->dtype == YK_F32 && loss->shape.ndim == 1, YK_ERR_SHAPE,
                 "%s cannot be the loss: it has shape %s a sample and not one number", loss->name,
                 yk_shape_text(&loss->shape, 1, text));
    }
    if (opts->backward)
        YK_TRY(yk_plan_backward(program));
    yk_plan_liveness(program);
    if (alias)
        yk_plan_alias(program);
    YK_TRY(yk_plan_memory(program, reuse));
    return YK_OK;
}

yk_status yk_program_plan(yk_program **out, const yk_graph *graph, const yk_layout *layout, const yk_program_opts *opts,
                          bool alias, bool reuse)
{
    assert(opts->rows > 0 && opts->leaf > 0 && (opts->dtype == YK_F32 || opts->dtype == YK_F64));
    assert(opts->n_loss >= 0 && opts->n_loss <= YK_MAX_LOSSES);
    yk_program *program = NULL;
    yk_status status = YK_OK;
    *out = NULL;
    YK_TRY(yk_alloc(&program, 1, sizeof *program));
    program->graph = graph;
    program->layout = layout;
    program->opts = *opts;
    program->opts.loss = program->loss;
    for (int l = 0; l < opts->n_loss; l++)
        program->loss[l] = opts->loss[l];
    program->n_value = yk_graph_values(graph);
    program->n_node = yk_graph_nodes(graph);
    program->n_slot = 2 * program->n_value + (YK_OP_MAX_SAVED + YK_PASSES) * program->n_node;
    program->rows = opts->rows;
    YK_TRY_GOTO(plan(program, alias, reuse), fail);
    program->opts.out = NULL; /* the caller's array; slots know it as `kept` */
    *out = program;
    return YK_OK;
fail:
    yk_program_destroy(&program);
    return status;
}

yk_status yk_program_create(yk_program **out, const yk_graph *graph, const yk_layout *layout,
                            const yk_program_opts *opts)
{
    YK_TRY(yk_program_plan(out, graph, layout, opts, true, true));
    return YK_OK;
}

void yk_program_destroy(yk_program **program)
{
    if (!program || !*program)
        return;
    yk_free((*program)->step);
    yk_free((*program)->slot);
    yk_free((*program)->instruction);
    yk_free((*program)->writers);
    yk_free(*program);
    *program = NULL;
}

void yk_program_bytes_of(const yk_program *program, yk_program_bytes *out)
{
    *out = program->bytes;
}

/* Hands the pointers of slots and vectors to the args of node n. */
static void place(yk_program *program, int n)
{
    const yk_slot *slot = program->slot;
    yk_op_args *a = &program->step[n].args;
    yk_node_info node;
    yk_plan_node(program, n, &node);
    for (int i = 0; i < node.n_in; i++) {
        a->in[i].data = slot[yk_slot_of_value(node.in[i])].tensor.data;
        if (a->din[i].dtype != YK_NO_DTYPE)
            a->din[i].data = slot[yk_slot_of_gradient(program, node.in[i])].tensor.data;
    }
    a->out.data = slot[yk_slot_of_value(node.out)].tensor.data;
    a->dout.data = slot[yk_slot_of_gradient(program, node.out)].tensor.data;
    for (int k = 0; k < YK_OP_MAX_SAVED; k++)
        a->saved[k].data = slot[yk_slot_of_saved(program, n, k)].tensor.data;
    for (int pass = 0; pass < YK_PASSES; pass++)
        a->room[pass].data = slot[yk_slot_of_room(program, n, pass)].tensor.data;
    for (int k = 0; k < YK_OP_MAX_PARAM; k++) {
        if (node.param[k] < 0)
            continue;
        int64_t at = yk_graph_param(program->graph, node.param[k])->offset * yk_dtype_size(program->opts.dtype);
        a->param[k].data = (char *)program->params + at;
        if (a->dparam[k].dtype != YK_NO_DTYPE && program->leaves)
            a->dparam[k].data = (char *)program->leaves + at;
    }
    a->leaf_step = program->leaf_step;
}

void yk_program_bind(yk_program *program, void *params, void *leaves, int64_t step, void *arena)
{
    program->params = params;
    program->leaves = leaves;
    program->leaf_step = step;
    for (int s = 0; s < program->n_slot; s++) {
        yk_slot *slot = &program->slot[s];
        const yk_slot *home = &program->slot[slot->home];
        if (slot->tensor.dtype != YK_NO_DTYPE && !home->fed)
            slot->tensor.data = (char *)arena + home->offset;
    }
    for (int n = 0; n < program->n_node; n++)
        if (program->step[n].op)
            place(program, n);
}

void yk_program_feed(yk_program *program, int value, const void *data)
{
    void *fed = (void *)(uintptr_t)data; /* ops never write their inputs, and alias.c never over fed ones */
    int home = yk_slot_of_value(value);
    assert(program->slot[home].fed);
    for (int v = 0; v < program->n_value; v++)
        if (program->slot[v].home == home)
            program->slot[v].tensor.data = fed;
    for (int i = 0; i < program->n_forward; i++) {
        int n = program->instruction[i].node;
        yk_op_args *a = &program->step[n].args;
        yk_node_info node;
        yk_plan_node(program, n, &node);
        for (int k = 0; k < node.n_in; k++)
            if (program->slot[yk_slot_of_value(node.in[k])].home == home)
                a->in[k].data = fed;
        if (program->slot[yk_slot_of_value(node.out)].home == home)
            a->out.data = fed;
    }
}

int yk_program_writers(const yk_program *program, int param)
{
    return program->writers[param];
}

const yk_tensor *yk_program_value(const yk_program *program, int value)
{
    assert(value >= 0 && value < program->n_value);
    return &program->slot[yk_slot_of_value(value)].tensor;
}

const yk_tensor *yk_program_input_grad(const yk_program *program, int value)
{
    assert(value >= 0 && value < program->n_value);
    return &program->slot[yk_slot_of_gradient(program, value)].tensor;
}
