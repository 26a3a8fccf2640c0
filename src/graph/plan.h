/* SPDX-License-Identifier: Apache-2.0 */
/* The inside of a program, which the passes fill one after the other:
 *
 *     order.c     forward instructions: the nodes that the wanted values need
 *     fusion.c    chains of them that are one instruction
 *     backward.c  which gradients exist; backward instructions; who stores and who adds
 *     memory.c    liveness: first and last instruction of every slot
 *     alias.c     views, and writes in place: slots that share memory
 *     memory.c    offsets in the arena
 *
 * An instruction says which slots it reads, stores and adds to; alias.c and memory.c know nothing else about it. */
#ifndef YK_GRAPH_PLAN_H
#define YK_GRAPH_PLAN_H

#include "graph/program.h"

/* A piece of memory that the program uses: a value, the gradient of a value, a saved tensor of a node, or the room that
 * a node needs while its forward or its backward runs. Every value and node has its slots at fixed numbers
 * (yk_slot_*()); one that the program does without has dtype YK_NO_DTYPE. */
typedef struct yk_slot {
    yk_tensor tensor; /* planned for opts.rows; dim[0] of values and gradients follows the rows in use */
    int64_t bytes;    /* for opts.rows */
    bool fed;         /* an input: its memory is the caller's */
    bool kept;        /* lives to the end of the program */
    int home;         /* slot whose memory it shares; itself where it has its own */
    int first, last;  /* instructions that use it; of a home: that use any slot that shares it. None: first > last */
    int64_t offset;   /* of a home: in the arena */
} yk_slot;

typedef enum yk_access {
    YK_READS,
    YK_STORES,
    YK_ADDS,
    YK_NEEDS /* room: nobody else's business */
} yk_access;

typedef struct yk_use {
    int slot;
    yk_access access;
} yk_use;

/* Backward uses most: the inputs, out, dout, their gradients, what was saved, and its room. */
#define YK_MAX_USE (2 * YK_OP_MAX_IN + 2 + YK_OP_MAX_SAVED + 1)

typedef struct yk_instruction {
    int node;
    bool backward;
    bool view;     /* its result is there without a call */
    bool in_place; /* forward: out lies over in[0]; backward: din[0] over dout */
    int n_use;
    yk_use use[YK_MAX_USE];
    int64_t final; /* elements of the leaf vectors that are final after it; 0: no more than before */
} yk_instruction;

/* A node in this program. `args` serve forward and backward; a node that is not computed, or that fusion.c has made
 * part of a later one, has op NULL. */
typedef struct yk_step {
    const yk_op *op; /* for opts.dtype */
    bool frozen;     /* it has parameters, and all are frozen: it never computes as in training */
    yk_op_args args;
    const yk_op *fused; /* it stands for a chain of nodes that begins with `head` and ends here; NULL: for itself */
    int head, n_in, in[YK_OP_MAX_IN];
} yk_step;

struct yk_program {
    const yk_graph *graph;
    const yk_layout *layout;
    yk_program_opts opts;
    int loss[YK_MAX_LOSSES]; /* opts.loss */
    int n_value, n_node, n_slot;
    yk_step *step; /* one a node */
    yk_slot *slot;
    int n_forward, n_instruction;
    yk_instruction *instruction; /* forward, then backward */
    int *writers;                /* per parameter: how many instructions write its gradient; 0: none */
    yk_program_bytes bytes;
    int64_t rows; /* of the last call: what dim[0] of the tensors is */
    void *params, *leaves;
    int64_t leaf_step;
    double *seconds; /* yk_program_watch(); NULL: nobody looks */
};

static inline int yk_slot_of_value(int value)
{
    return value;
}
static inline int yk_slot_of_gradient(const yk_program *program, int value)
{
    return program->n_value + value;
}
static inline int yk_slot_of_saved(const yk_program *program, int node, int k)
{
    return 2 * program->n_value + YK_OP_MAX_SAVED * node + k;
}
static inline int yk_slot_of_room(const yk_program *program, int node, int pass)
{
    return 2 * program->n_value + YK_OP_MAX_SAVED * program->n_node + YK_PASSES * node + pass;
}

static inline void yk_instruction_uses(yk_instruction *instruction, int slot, yk_access access)
{
    instruction->use[instruction->n_use++] = (yk_use){ slot, access };
}

/* The room that its op asked for. */
static inline void yk_instruction_needs(const yk_program *program, yk_instruction *instruction)
{
    int pass = instruction->backward ? YK_BACKWARD : YK_FORWARD;
    if (program->step[instruction->node].args.room[pass].dtype != YK_NO_DTYPE)
        yk_instruction_uses(instruction, yk_slot_of_room(program, instruction->node, pass), YK_NEEDS);
}

/* Makes slot exist with this type (YK_F32 becomes opts.dtype) and shape. */
YK_MUST_CHECK yk_status yk_slot_set(yk_program *program, int slot, yk_dtype dtype, const yk_shape *shape);

/* The passes. Each relies on those before it. */
YK_MUST_CHECK yk_status yk_plan_order(yk_program *program);
YK_MUST_CHECK yk_status yk_plan_fusion(yk_program *program,
                                       bool *needed); /* called by yk_plan_order(); needed[value] */
YK_MUST_CHECK yk_status yk_plan_backward(yk_program *program);
void yk_plan_liveness(yk_program *program);
void yk_plan_alias(yk_program *program);
YK_MUST_CHECK yk_status yk_plan_memory(yk_program *program, bool reuse);

/* yk_program_create() with sharing of memory by aliases, and its reuse, switched on or off: for tests. */
YK_MUST_CHECK yk_status yk_program_plan(yk_program **out, const yk_graph *graph, const yk_layout *layout,
                                        const yk_program_opts *opts, bool alias, bool reuse);

/* A node as this program computes it: where it stands for a chain, with the chain's op and inputs, and name, attributes
 * and parameters of the chain's first node. */
void yk_plan_node(const yk_program *program, int n, yk_node_info *out);

/* Takes over the rows of a call: args, and dim[0] of all tensors. */
void yk_program_set_rows(yk_program *program, const yk_rows *rows);

#endif
