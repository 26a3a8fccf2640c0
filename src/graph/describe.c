/* SPDX-License-Identifier: Apache-2.0 */
/* What an instruction does, for people: `yoke plan`. */
#include "graph/plan.h"

#include <assert.h>

int yk_program_instructions(const yk_program *program)
{
    return program->n_instruction;
}

/* Bytes of activations or gradients that the instruction writes, and where the first of them lie. */
static void describe_writes(const yk_program *program, const yk_instruction *instruction, yk_instruction_info *out)
{
    out->arena_offset = -1;
    for (int u = 0; u < instruction->n_use; u++) {
        const yk_use *use = &instruction->use[u];
        const yk_slot *slot = &program->slot[use->slot], *home = &program->slot[slot->home];
        if (use->access == YK_READS || use->access == YK_NEEDS)
            continue;
        if (out->arena_offset < 0 && !home->fed)
            out->arena_offset = home->offset;
        if (!instruction->view)
            out->out_bytes += slot->bytes;
    }
}

/* Every slot in use is passed over once, or twice where it is added to; a parameter once, and so its gradient. */
static int64_t moved_bytes(const yk_program *program, const yk_instruction *instruction)
{
    const yk_op_args *a = &program->step[instruction->node].args;
    int64_t bytes = 0;
    if (instruction->view)
        return 0;
    for (int u = 0; u < instruction->n_use; u++)
        bytes += program->slot[instruction->use[u].slot].bytes * (instruction->use[u].access == YK_ADDS ? 2 : 1);
    for (int k = 0; k < YK_OP_MAX_PARAM; k++)
        if (a->param[k].dtype != YK_NO_DTYPE)
            bytes += yk_tensor_bytes(&a->param[k]) * (instruction->backward ? 2 : 1);
    return bytes;
}

static int64_t trained_elements(const yk_program *program, int n, const yk_node_info *node)
{
    int64_t elements = 0;
    for (int k = 0; k < YK_OP_MAX_PARAM; k++) {
        if (node->param[k] < 0)
            continue;
        const yk_param *param = yk_graph_param(program->graph, node->param[k]);
        if (param->node == n && yk_param_trains(param))
            elements += yk_shape_len(&param->shape);
    }
    return elements;
}

void yk_program_instruction(const yk_program *program, int i, yk_instruction_info *out)
{
    assert(i >= 0 && i < program->n_instruction);
    const yk_instruction *instruction = &program->instruction[i];
    const yk_step *step = &program->step[instruction->node];
    yk_node_info node;
    yk_plan_node(program, instruction->node, &node);
    *out = (yk_instruction_info){ .layer = node.name,
                                  .op = node.op->name,
                                  .backward = instruction->backward,
                                  .in_place = instruction->in_place,
                                  .view = instruction->view,
                                  .out = step->args.out.shape };
    out->out.dim[0] = program->opts.rows;
    out->flops = step->op->flops(&step->args) / (double)program->rows * (instruction->backward ? 2 : 1);
    if (!instruction->backward)
        out->parameters = trained_elements(program, step->fused ? step->head : instruction->node, &node);
    out->moved_bytes = moved_bytes(program, instruction);
    describe_writes(program, instruction, out);
}
