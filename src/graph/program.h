/* SPDX-License-Identifier: Apache-2.0 */
/* A program: a graph compiled to a planned list of instructions. Planning fixes order, in-place writes, liveness and
 * memory; after that a run allocates nothing and cannot fail. Several programs (train, evaluate, predict) of one graph
 * share the parameter vector, and one arena as large as the largest of them needs. */
#ifndef YK_GRAPH_PROGRAM_H
#define YK_GRAPH_PROGRAM_H

#include "graph/layout.h"

typedef struct yk_program yk_program;

#define YK_MAX_LOSSES 8

typedef struct yk_program_opts {
    bool backward;  /**< training: gradients of all parameters */
    yk_dtype dtype; /**< YK_F32, or YK_F64 for gradient checks */
    int64_t rows;   /**< most samples of one call */
    int64_t leaf;   /**< samples of a micro-batch */
    int n_out;
    const int *out;  /**< values that are wanted: the loss, the model's output; only what they need is computed */
    int n_loss;      /**< up to YK_MAX_LOSSES */
    const int *loss; /**< backward starts here: values of shape (samples), each with a seed of its own */
    bool input_grad; /**< gradients of number inputs too (gradient check) */
    bool unfused;    /**< every node is an instruction of its own: the bits are the same (fusion.c) */
} yk_program_opts;

/** Plans; reserves no tensor memory. `graph` and `layout` are borrowed and outlive it. YK_ERR_NOMEM, YK_ERR_SHAPE. */
YK_MUST_CHECK yk_status yk_program_create(yk_program **out, const yk_graph *graph, const yk_layout *layout,
                                          const yk_program_opts *opts);
void yk_program_destroy(yk_program **program);

/** Bytes of its memory: activations and their gradients, saved tensors, room. All of it is in the arena given to
 *  yk_program_bind(). */
typedef struct yk_program_bytes {
    int64_t arena;       /**< what yk_program_bind() needs */
    int64_t activations; /**< if nothing were reused: the sum of all of it, for `yoke plan` */
    int64_t workspace;   /**< the largest room of an instruction; all have theirs in the arena, one after the other */
} yk_program_bytes;
void yk_program_bytes_of(const yk_program *program, yk_program_bytes *out);

/** Gives memory: `params` is the parameter vector, `leaves` the leaf gradient vectors (leaf g at + g step; NULL
 *  without backward), `arena` yk_program_bytes.arena bytes, 64-byte aligned. Elements are of opts.dtype. */
void yk_program_bind(yk_program *program, void *params, void *leaves, int64_t step, void *arena);

/** Where input `value` lies for the next calls: rows dense samples. Borrowed. */
void yk_program_feed(yk_program *program, int value, const void *data);

/** Parameters from element `first` of the vector on are about to be read. */
typedef void (*yk_program_need)(void *context, int64_t first);

/** Runs forward on rows->leaves.rows samples (<= opts.rows). `need` (may be NULL) is called before every instruction
 *  that reads parameters. Leaf vectors are not touched. */
void yk_program_forward(yk_program *program, const yk_rows *rows, yk_program_need need, void *context);

/** Elements [0, end) of the leaf gradient vectors are final; ends rise to layout->tail. */
typedef void (*yk_program_ready)(void *context, int64_t end);

/** Runs backward after a forward of the same rows. seed[l] is d total / d loss of every sample for opts.loss[l]: weight
 *  of that loss / its denominator over the whole batch. Gradients of parameters that do not reach a loss are set to 0.
 * `ready` (may be NULL) is called as gradients become final, the last time with layout->tail. */
void yk_program_backward(yk_program *program, const yk_rows *rows, const double *seed, yk_program_ready ready,
                         void *context);

/** From now on every run of instruction i adds the seconds that it took to seconds[i] (borrowed); NULL: no longer. */
void yk_program_watch(yk_program *program, double *seconds);

/** How many layers of the program write to the gradient of a parameter: 0 where it does not reach a loss, more than 1
 *  where it is shared. */
int yk_program_writers(const yk_program *program, int param);

/** A value after forward (only those of opts.out, losses and inputs are sure to be kept): dim[0] = rows of the last
 *  call. A value that the program does not compute has dtype YK_NO_DTYPE. */
const yk_tensor *yk_program_value(const yk_program *program, int value);

/** Gradient of an input after backward, with opts.input_grad. A loss has a gradient for its in[0] only, so an input
 *  that is its target (or that the loss does not depend on) has none: dtype YK_NO_DTYPE. */
const yk_tensor *yk_program_input_grad(const yk_program *program, int value);

/** Replays forward (and backward with opts.backward, never writing parameters) and finds the first op whose output or
 *  gradient is not finite: writes "conv2d_1 (conv2d), forward" to text; false when all are finite. A parameter or
 *  input that is not finite already is found first: "parameter conv2d_1/kernel", "input x". */
bool yk_program_blame(yk_program *program, const yk_rows *rows, const double *seed, char *text, size_t size);

/** One instruction, for `yoke plan`. */
typedef struct yk_instruction_info {
    const char *layer;
    const char *op;
    bool backward, in_place, view;
    yk_shape out;         /**< dim[0] is opts.rows; of backward: of the gradient it starts from */
    int64_t out_bytes;    /**< of values, saved tensors and gradients of values that it writes; 0 for a view */
    int64_t moved_bytes;  /**< read and written for opts.rows: values, gradients, saved tensors, parameters */
    int64_t parameters;   /**< trained elements of the layer (forward only) */
    double flops;         /**< for one sample */
    int64_t arena_offset; /**< of the first of them; -1: it writes nothing in the arena */
} yk_instruction_info;
int yk_program_instructions(const yk_program *program);
void yk_program_instruction(const yk_program *program, int i, yk_instruction_info *out);

#endif
