/* SPDX-License-Identifier: Apache-2.0 */
/* Pass: slots that share memory.
 * - The output of a view op lies where its input lies, and the gradient of its input where that of its output lies.
 * - An elementwise op writes its output over its input, and the gradient of its input over that of its output, where
 *   the old contents have no reader left.
 * Slots that share memory have one home; its lifetime is that of all of them. */
#include "graph/plan.h"

/* What an instruction turns into what: in[0] into out, or dout into din[0]; -1 where backward has no din[0]. */
typedef struct flow {
    int source, target;
} flow;

static flow flow_of(const yk_program *program, const yk_instruction *instruction)
{
    yk_node_info node;
    yk_plan_node(program, instruction->node, &node);
    if (!instruction->backward)
        return (flow){ yk_slot_of_value(node.in[0]), yk_slot_of_value(node.out) };
    bool has = program->step[instruction->node].args.din[0].dtype != YK_NO_DTYPE;
    return (flow){ yk_slot_of_gradient(program, node.out), has ? yk_slot_of_gradient(program, node.in[0]) : -1 };
}

/* May instruction i write the target over the source? Nobody else may have use for the memory: it is not the caller's,
 * no later instruction uses it, and this one uses it once; and the target is stored, never added to, by it. */
static bool can_overwrite(const yk_program *program, int i, flow f)
{
    const yk_instruction *instruction = &program->instruction[i];
    const yk_slot *source = &program->slot[f.source], *target = &program->slot[f.target];
    const yk_slot *home = &program->slot[source->home];
    int uses = 0;
    for (int u = 0; u < instruction->n_use; u++) {
        const yk_use *use = &instruction->use[u];
        uses += program->slot[use->slot].home == source->home;
        if (use->slot == f.target && use->access != YK_STORES)
            return false;
    }
    return uses == 1 && !home->fed && home->last <= i && source->tensor.dtype == target->tensor.dtype &&
           source->bytes == target->bytes;
}

/* The target moves in with the source. It has no other company yet: nothing has written it before. */
static void share(yk_program *program, flow f)
{
    int home = program->slot[f.source].home;
    yk_slot *target = &program->slot[f.target];
    target->home = home;
    if (target->last > program->slot[home].last)
        program->slot[home].last = target->last;
}

void yk_plan_alias(yk_program *program)
{
    for (int i = 0; i < program->n_instruction; i++) {
        yk_instruction *instruction = &program->instruction[i];
        const yk_op *op = program->step[instruction->node].op;
        if (!op->view && !op->in_place)
            continue;
        flow f = flow_of(program, instruction);
        if (f.target < 0)
            continue;
        bool can = can_overwrite(program, i, f);
        instruction->view = op->view && (can || !instruction->backward); /* a value that is only read can be shared */
        instruction->in_place = !instruction->view && op->in_place && can;
        if (instruction->view || instruction->in_place)
            share(program, f);
    }
}
