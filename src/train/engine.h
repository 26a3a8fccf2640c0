/* SPDX-License-Identifier: Apache-2.0 */
/* The engine: the memory of a training and its step. Parameters are whole on every rank; each rank updates a part
 * of them, its share, and holds the optimizer's slots of that share only.
 *
 * One step: the rank's micro-batches go through the program in chunks, their gradients into tree nodes, nodes in
 * buckets to the owners of the shares; a small all-reduce tells whether all ranks got there; then each rank updates its
 * share, and all gather the parameters. Between machines they may still arrive when the step returns: the next one's
 * forward waits for those that an instruction reads. */
#ifndef YK_TRAIN_ENGINE_H
#define YK_TRAIN_ENGINE_H

#include "comm/reduce.h"
#include "core/mem.h"
#include "train/bucket.h"
#include "train/denominators.h"
#include "train/tally.h"
#include "train/split.h"

/** A range of what this rank owns that lies in one parameter. */
typedef struct yk_segment {
    int param;
    int64_t first, last; /**< elements of the parameter vector */
    int64_t slot;        /**< of the first one in the optimizer's slots */
} yk_segment;

/** What a step consists of, beside the program's instructions. */
typedef enum yk_part {
    YK_PART_SAMPLES, /**< the batch, until it is there */
    YK_PART_LOSSES,  /**< losses added, metrics counted */
    YK_PART_SUM,     /**< gradients of micro-batches added in the rank, and across ranks while it computes */
    YK_PART_WAIT,    /**< what is left of the sum across ranks when the rank has computed */
    YK_PART_AGREE,   /**< do all ranks have their gradients? */
    YK_PART_UPDATE,  /**< optimizer, penalties, clipping, constraints */
    YK_PART_GATHER,  /**< waiting for parameters of all ranks, in update and forward */
    YK_PARTS
} yk_part;

/** Seconds of a step after which something holds up to, or from, an element of the vector on. */
#define YK_MOMENTS_MOST 1024
typedef struct yk_moment_list {
    int n;
    double seconds[YK_MOMENTS_MOST];
    int64_t element[YK_MOMENTS_MOST];
} yk_moment_list;

typedef struct yk_moments {
    yk_moment_list needed; /**< in the first chunk: parameters from here on are read */
    yk_moment_list final;  /**< in the last chunk: gradients up to here are final */
    double forward;        /**< the first chunk's forward is through: leaf vectors are written */
    double computed;       /**< the rank has computed all */
} yk_moments;

typedef struct yk_engine {
    /* borrowed */
    yk_comm *comm;
    const yk_recipe *recipe;
    const yk_model *model;
    const yk_layout *layout;
    yk_split *split;

    int64_t batch, micro;
    int64_t chunk;            /**< micro-batches computed at once */
    int64_t leaves;           /**< micro-batches of a full batch */
    yk_bucket bucket;         /**< what travels together, and when */
    int64_t last_nanoseconds; /**< of the last step without waiting for samples; 0: its batch was not full */
    yk_program *program;
    yk_reduce *reduce;
    yk_arena arena;
    void *memory;   /**< of the program, in the arena */
    float *params;  /**< the parameter vector, layout->length elements */
    float *average; /**< its moving average (`ema`), whole on every rank; NULL: none */
    bool borrowed;  /**< both are somebody else's: yk_engine_share() */
    const yk_optimizer *optimizer;
    int n_slots;
    float *slot[YK_MAX_SLOTS]; /**< of what this rank owns, piece behind piece */
    yk_deal deal;              /**< who owns what of the parameter vector ... */
    int64_t *quanta;           /**< ... and of the quanta (graph/layout.h): deal.cut in numbers of quanta */
    yk_segment *segment;
    int64_t n_segments;
    float *norm;         /**< one number a quantum, of all ranks */
    float *dealt_norm;   /**< the same, each rank's side by side: those of rank r from first_norm[r] on */
    int64_t *first_norm; /**< size+1 */
    float *square; /**< of parameter p, and at [parameters + p] of its direction; NULL: rates are not layer-wise */
    bool penalised;
    yk_tally tally; /**< of this rank's samples of the epoch */
    yk_denominators denominators;
    double spent[YK_PARTS]; /**< seconds so far */
    yk_moments *moments;    /**< where a step's moments go; NULL: nowhere */
} yk_engine;

/** What a plan needs, before anything is reserved. */
typedef struct yk_engine_bytes {
    int64_t parameters, gradients, slots, activations, workspace, arena;
} yk_engine_bytes;

/** Plans a training on this communicator: chooses the chunk, creates the program. Parameters are not reserved yet.
 *  Rank-local. `samples`: of the training split. Release with yk_engine_destroy(). */
YK_MUST_CHECK yk_status yk_engine_create(yk_engine **out, yk_comm *comm, const yk_recipe *recipe, const yk_model *model,
                                         yk_split *split, int64_t samples);
void yk_engine_destroy(yk_engine **engine);

void yk_engine_plan(const yk_engine *engine, yk_engine_bytes *out);

/** Trains this parameter vector (layout->length elements, borrowed, as it is) instead of one of the engine's own:
 *  several engines and programs can share one. `average`: where its moving average is kept; NULL: nowhere. Before
 *  yk_engine_start(). */
void yk_engine_share(yk_engine *engine, float *params, float *average);

/** Reserves the memory of the plan and sets initial parameters (of a vector of its own). The program's memory has at
 * least `at_least` bytes, so that other programs can use it between steps: engine->memory. Rank-local. */
YK_MUST_CHECK yk_status yk_engine_start(yk_engine *engine, int64_t at_least);

/** What the ranks have together: the sum of gradients. Once all have started, before the first step. YK_ERR_NOMEM,
 *  YK_ERR_MPI, on all ranks. Collective. */
YK_MUST_CHECK yk_status yk_engine_connect(yk_engine *engine);

/** Is something done on whole parameters after the update, for constraints or the moving average? Then all of them are
 *  waited for in the step. */
bool yk_engine_finishes_params(const yk_engine *engine);

/** The optimizer's lr, scaled with the batch where the recipe says so, before the schedule. */
double yk_engine_base_lr(const yk_engine *engine);

/** The parameters that evaluation uses: their moving average where the recipe has one. */
const float *yk_engine_shown(const yk_engine *engine);

/** The moving average starts from the parameters as they are. */
void yk_engine_begin_average(yk_engine *engine);

/** Result of a step, equal on all ranks. */
typedef struct yk_step_result {
    int64_t samples;
    double loss;                       /**< total: the losses below times their weights */
    double part[YK_MAX_LOSSES];        /**< mean of each loss over the batch; 0 where nothing counts */
    double denominator[YK_MAX_LOSSES]; /**< samples or weights that it is the mean of */
    double penalty;                    /**< of the parameters that gave this loss */
    double lr;
    int signal; /**< largest signal number that any rank saw pending; 0: none */
} yk_step_result;

/** Step number `step` (0 for the first). signal: this rank's pending signal or 0. On an error of any rank all return
 *  it and no parameter has changed. A loss that is not finite is YK_ERR_NUMERIC, which names the first op that made
 *  it. Afterwards nobody but the next step reads or writes parameters before yk_engine_settle(). Collective. Allocates
 *  nothing. */
YK_MUST_CHECK yk_status yk_engine_step(yk_engine *engine, int64_t step, const yk_progress *progress, int signal,
                                       yk_step_result *result);

/** Waits until this rank has all parameters of the last step. Rank-local. */
YK_MUST_CHECK yk_status yk_engine_settle(yk_engine *engine);

#endif
