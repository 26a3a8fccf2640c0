/* SPDX-License-Identifier: Apache-2.0 */
/* Pass: the forward instructions. Only nodes that a wanted value needs are computed, in the order in which they were
 * added, which is a topological one. Their shapes are inferred for the rows of the program. */
#include "graph/plan.h"

#include "core/mem.h"

/* Marks what `value`s that are marked already need. */
static void mark_needed(const yk_program *program, bool *needed)
{
    yk_node_info node;
    for (int n = program->n_node - 1; n >= 0; n--) {
        yk_graph_node(program->graph, n, &node);
        for (int i = 0; needed[node.out] && i < node.n_in; i++)
            needed[node.in[i]] = true;
    }
}

/* The type of a tensor in this program: YK_F32 stands for `real`. */
static void set_real(const yk_program *program, yk_tensor *tensor)
{
    if (tensor->dtype == YK_F32)
        tensor->dtype = program->opts.dtype;
}

static bool is_frozen(const yk_program *program, const yk_node_info *node)
{
    bool any = false, frozen = true;
    for (int k = 0; k < YK_OP_MAX_PARAM; k++) {
        if (node->param[k] < 0)
            continue;
        any = true;
        frozen = frozen && yk_graph_param(program->graph, node->param[k])->frozen;
    }
    return any && frozen;
}

/* Shapes of a node for opts.rows, in its args and its slots. */
static yk_status infer_node(yk_program *program, int n, const yk_node_info *node)
{
    const yk_program_opts *opts = &program->opts;
    yk_step *step = &program->step[n];
    yk_op_args *a = &step->args;
    step->frozen = is_frozen(program, node);
    step->op = opts->dtype == YK_F64 ? yk_op_double(node->op) : node->op;
    *a = (yk_op_args){ .attr = node->attr,
                       .n_in = node->n_in,
                       .key = node->key,
                       .rows = { .leaves = { opts->rows, opts->leaf }, .train = opts->backward } };
    for (int i = 0; i < node->n_in; i++) {
        a->in[i] = (yk_tensor){ yk_graph_value(program->graph, node->in[i])->dtype,
                                yk_graph_value(program->graph, node->in[i])->shape, NULL };
        a->in[i].shape.dim[0] = opts->rows;
    }
    YK_TRY(step->op->infer(a));
    YK_TRY(yk_slot_set(program, yk_slot_of_value(node->out), a->out.dtype, &a->out.shape));
    for (int k = 0; k < YK_OP_MAX_SAVED; k++)
        if (a->saved[k].dtype != YK_NO_DTYPE)
            YK_TRY(yk_slot_set(program, yk_slot_of_saved(program, n, k), a->saved[k].dtype, &a->saved[k].shape));
    for (int pass = 0; pass < YK_PASSES; pass++)
        if (a->room[pass].dtype != YK_NO_DTYPE)
            YK_TRY(yk_slot_set(program, yk_slot_of_room(program, n, pass), a->room[pass].dtype, &a->room[pass].shape));
    for (int i = 0; i < node->n_in; i++)
        set_real(program, &a->in[i]);
    for (int k = 0; k < YK_OP_MAX_PARAM; k++)
        set_real(program, &a->param[k]);
    for (int k = 0; k < YK_OP_MAX_SAVED; k++)
        set_real(program, &a->saved[k]);
    for (int pass = 0; pass < YK_PASSES; pass++)
        set_real(program, &a->room[pass]);
    set_real(program, &a->out);
    return YK_OK;
}

static void add_instruction(yk_program *program, int n, const yk_node_info *node)
{
    yk_instruction *instruction = &program->instruction[program->n_instruction++];
    *instruction = (yk_instruction){ .node = n };
    for (int i = 0; i < node->n_in; i++)
        yk_instruction_uses(instruction, yk_slot_of_value(node->in[i]), YK_READS);
    yk_instruction_uses(instruction, yk_slot_of_value(node->out), YK_STORES);
    for (int k = 0; k < YK_OP_MAX_SAVED; k++)
        if (program->step[n].args.saved[k].dtype != YK_NO_DTYPE)
            yk_instruction_uses(instruction, yk_slot_of_saved(program, n, k), YK_STORES);
    yk_instruction_needs(program, instruction);
}

static yk_status add_inputs(yk_program *program)
{
    for (int v = 0; v < program->n_value; v++) {
        const yk_value *value = yk_graph_value(program->graph, v);
        if (value->node >= 0)
            continue;
        yk_shape shape = value->shape;
        shape.dim[0] = program->opts.rows;
        YK_TRY(yk_slot_set(program, yk_slot_of_value(v), value->dtype, &shape));
        program->slot[v].fed = true;
    }
    return YK_OK;
}

yk_status yk_plan_order(yk_program *program)
{
    const yk_program_opts *opts = &program->opts;
    yk_status status = YK_OK;
    bool *needed = NULL;
    YK_TRY(add_inputs(program));
    YK_TRY(yk_alloc(&needed, program->n_value, sizeof *needed));
    for (int i = 0; i < opts->n_out; i++)
        needed[opts->out[i]] = program->slot[opts->out[i]].kept = true;
    for (int l = 0; opts->backward && l < opts->n_loss; l++)
        needed[opts->loss[l]] = program->slot[opts->loss[l]].kept = true;
    mark_needed(program, needed);
    YK_TRY_GOTO(yk_plan_fusion(program, needed), done);
    for (int n = 0; n < program->n_node; n++) {
        yk_node_info node;
        yk_plan_node(program, n, &node);
        if (!needed[node.out])
            continue;
        status = infer_node(program, n, &node);
        if (status != YK_OK) {
            yk_error_prefix(status, "layer %s (%s): ", node.name, node.op->name);
            break;
        }
        add_instruction(program, n, &node);
    }
    program->n_forward = program->n_instruction;
done:
    yk_free(needed);
    return status;
}
