/* SPDX-License-Identifier: Apache-2.0 */
/* Pass: the backward instructions. A value has a gradient where the loss depends on it and something that trains (or an
 * input, with opts.input_grad) stands behind it. Nodes are run from last to first; the first one that writes a gradient
 * stores it and later ones add, so nothing is zeroed. A loss, and what weighs it, has a gradient for in[0] only:
 * what else they read (target, weights) is data. */
#include "graph/plan.h"

#include "core/mem.h"

/* Can a gradient go from the node's output to in[i]? */
static bool flows(const yk_program *program, const yk_node_info *node, int i)
{
    return yk_graph_value(program->graph, node->in[i])->dtype == YK_F32 && (yk_op_is_layer(node->op) || i == 0);
}

/* has[v]: value v gets a gradient. `above` is room of the same size. */
static void find_gradients(const yk_program *program, bool *above, bool *has)
{
    const yk_program_opts *opts = &program->opts;
    yk_node_info node;
    for (int l = 0; l < opts->n_loss; l++)
        above[opts->loss[l]] = true; /* above[v]: a loss depends on v */
    for (int n = program->n_node - 1; n >= 0; n--) {
        yk_plan_node(program, n, &node);
        for (int i = 0; above[node.out] && i < node.n_in; i++)
            above[node.in[i]] = above[node.in[i]] || flows(program, &node, i);
    }
    for (int v = 0; v < program->n_value; v++) {
        const yk_value *value = yk_graph_value(program->graph, v);
        has[v] = value->node < 0 && opts->input_grad && above[v] && value->dtype == YK_F32;
    }
    for (int n = 0; n < program->n_node; n++) {
        yk_plan_node(program, n, &node);
        for (int k = 0; k < YK_OP_MAX_PARAM; k++)
            has[node.out] = has[node.out] || (above[node.out] && node.param[k] >= 0 &&
                                              yk_param_trains(yk_graph_param(program->graph, node.param[k])));
        for (int i = 0; i < node.n_in; i++)
            has[node.out] = has[node.out] || (above[node.out] && flows(program, &node, i) && has[node.in[i]]);
    }
}

static yk_status set_slots(yk_program *program, const bool *has)
{
    for (int v = 0; v < program->n_value; v++) {
        if (!has[v])
            continue;
        yk_slot *value = &program->slot[v], *slot = &program->slot[yk_slot_of_gradient(program, v)];
        YK_TRY(yk_slot_set(program, yk_slot_of_gradient(program, v), YK_F32, &value->tensor.shape));
        slot->kept = value->fed; /* asked for: opts.input_grad */
    }
    return YK_OK;
}

/* What backward of node n reads, stores and adds to. stored[v]: the gradient of v has a writer already. */
static void add_instruction(yk_program *program, int n, const yk_node_info *node, const bool *has, bool *stored)
{
    yk_instruction *instruction = &program->instruction[program->n_instruction++];
    yk_op_args *a = &program->step[n].args;
    *instruction = (yk_instruction){ .node = n, .backward = true };
    for (int i = 0; node->op->backward_reads_in && i < node->n_in; i++)
        yk_instruction_uses(instruction, yk_slot_of_value(node->in[i]), YK_READS);
    if (node->op->backward_reads_out)
        yk_instruction_uses(instruction, yk_slot_of_value(node->out), YK_READS);
    for (int k = 0; k < YK_OP_MAX_SAVED; k++)
        if (a->saved[k].dtype != YK_NO_DTYPE)
            yk_instruction_uses(instruction, yk_slot_of_saved(program, n, k), YK_READS);
    yk_instruction_uses(instruction, yk_slot_of_gradient(program, node->out), YK_READS);
    yk_tensor_like(&a->dout, &a->out);
    for (int i = 0; i < node->n_in; i++) {
        int v = node->in[i];
        if (!has[v] || !flows(program, node, i))
            continue;
        yk_instruction_uses(instruction, yk_slot_of_gradient(program, v), stored[v] ? YK_ADDS : YK_STORES);
        yk_tensor_like(&a->din[i], &a->in[i]);
        a->din_add[i] = stored[v];
        stored[v] = true;
    }
    for (int k = 0; k < YK_OP_MAX_PARAM; k++) {
        if (node->param[k] < 0)
            continue;
        yk_tensor_like(&a->dparam[k], &a->param[k]);
        a->dparam_add[k] = program->writers[node->param[k]]++ > 0;
    }
    yk_instruction_needs(program, instruction);
}

/* After which instruction each parameter's gradient is final, and from that how the final prefix of the vector grows.
 * A parameter that this program does not reach is zero, and final, from the start. */
static yk_status set_final(yk_program *program)
{
    const yk_layout *layout = program->layout;
    int *after = NULL;
    YK_TRY(yk_alloc(&after, layout->n_param, sizeof *after));
    for (int i = program->n_forward; i < program->n_instruction; i++) {
        yk_node_info node;
        yk_plan_node(program, program->instruction[i].node, &node);
        for (int k = 0; k < YK_OP_MAX_PARAM; k++)
            if (node.param[k] >= 0)
                after[node.param[k]] = i;
    }
    int at = 0;
    for (int i = program->n_forward; i < program->n_instruction; i++) {
        int from = at;
        while (at < layout->n_param && after[layout->order[at]] <= i)
            at++;
        if (at == layout->n_param && (at > from || i == program->n_forward))
            program->instruction[i].final = layout->tail;
        else if (at > from)
            program->instruction[i].final = yk_graph_param(program->graph, layout->order[at])->offset;
    }
    yk_free(after);
    return YK_OK;
}

yk_status yk_plan_backward(yk_program *program)
{
    yk_status status = YK_OK;
    bool *above = NULL, *has = NULL, *stored = NULL;
    YK_TRY_GOTO(yk_alloc(&above, program->n_value, sizeof *above), done);
    YK_TRY_GOTO(yk_alloc(&has, program->n_value, sizeof *has), done);
    YK_TRY_GOTO(yk_alloc(&stored, program->n_value, sizeof *stored), done);
    find_gradients(program, above, has);
    YK_TRY_GOTO(set_slots(program, has), done);
    for (int l = 0; l < program->opts.n_loss; l++)
        stored[program->opts.loss[l]] = true; /* by the seed */
    for (int n = program->n_node - 1; n >= 0; n--) {
        yk_node_info node;
        yk_plan_node(program, n, &node);
        if (has[node.out])
            add_instruction(program, n, &node, has, stored);
    }
    YK_TRY_GOTO(set_final(program), done);
done:
    yk_free(above);
    yk_free(has);
    yk_free(stored);
    return status;
}
