/* SPDX-License-Identifier: Apache-2.0 */
/* Training from a recipe, and what is done with its result. Nothing here prints: a caller that wants to see progress
 * gives an observer. */
#ifndef YK_TRAIN_TRAIN_H
#define YK_TRAIN_TRAIN_H

#include <signal.h>

#include "train/evaluate.h"
#include "train/run.h"

/** How a program ends (docs/errors.md); also written to status.json, since mpirun replaces exit codes. */
enum {
    YK_EXIT_DONE = 0,
    YK_EXIT_ERROR = 1,   /**< the system refused something, or a mistake of yoke's own */
    YK_EXIT_USAGE = 2,   /**< command line or recipe */
    YK_EXIT_DATA = 3,    /**< data or checkpoint */
    YK_EXIT_NUMERIC = 4, /**< not finite */
    YK_EXIT_LOCKED = 5,  /**< somebody else trains this run */
    YK_EXIT_STALLED = 6, /**< a rank does not answer, or nothing gets on; resume it */
    YK_EXIT_STOPPED = 75 /**< stopped by a signal or a time limit; resume it */
};
int yk_exit_code(yk_status status);

/** The "signal" of a training that stops before its time limit; larger than any of the system's. */
#define YK_SIGNAL_DEADLINE 1000
#define YK_SIGNAL_SAVE 1001 /* a checkpoint could not be written; goes before all others, and ends in an error */

/** State of a training after a step. */
typedef struct yk_step_report {
    int64_t step, steps;   /**< done; of the whole training */
    int64_t epoch, epochs; /**< that the step belongs to, from 1; of the whole training, rounded up */
    int64_t step_in_epoch, steps_per_epoch;
    double loss;           /**< of this step */
    const yk_tally *tally; /**< of the epoch so far, of rank 0's samples */
    double lr, samples_per_s;
    double seconds_left;
} yk_step_report;

typedef struct yk_epoch_report {
    int64_t step, epoch, epochs;
    double seconds, samples_per_s;
    yk_scores train; /**< means over the steps of the epoch, as they were trained */
    bool has_dev;
    yk_scores dev;
    const bool *rises; /**< of each metric: larger is better */
    double penalty;
    bool best; /**< best on dev so far */
} yk_epoch_report;

/** What a training looks like before its first step. */
typedef struct yk_start_report {
    int64_t samples, batch, micro, chunk, leaves;
    int64_t step, steps, steps_per_epoch;
    int64_t parameters;    /**< numbers in all parameters, the frozen ones included */
    int64_t frozen;        /**< in those that are frozen */
    const char *init_from; /**< what was taken over from another run, one line; "": nothing */
} yk_start_report;

/** Called on rank 0. Functions may be NULL. */
typedef struct yk_observer {
    void *context;
    void (*start)(void *context, const yk_start_report *report);
    void (*step)(void *context, const yk_step_report *report);
    void (*epoch)(void *context, const yk_epoch_report *report);
} yk_observer;

typedef struct yk_train_request {
    const char *recipe; /**< file; NULL to resume */
    const char *run;    /**< folder */
    int n_overrides;
    const char *const *overrides;        /**< "train.steps=10" */
    const char *stage;                   /**< folder on each machine for copies of the data; NULL: none */
    const volatile sig_atomic_t *signal; /**< number of a pending signal, 0 for none; NULL: never */
    double deadline;     /**< on yk_clock(): a checkpoint is written and all has ended by then; 0: never.
                            Rank 0's counts */
    const char *version; /**< for checkpoints: yoke and its libraries */
    char *mark; /**< YK_RUN_MARK bytes, "" at first; gets this trainer's mark on every rank; NULL: not wanted */
} yk_train_request;

typedef struct yk_outcome {
    int exit_code; /**< YK_EXIT_DONE or YK_EXIT_STOPPED when yk_train() gives YK_OK */
    int64_t step, steps;
    int signal;                 /**< that stopped it; or YK_SIGNAL_DEADLINE */
    char stopped_early[256];    /**< one line, where early stopping has ended it; else "" */
    char digest[YK_SHA256_HEX]; /**< of the last checkpoint; rank 0 */
} yk_outcome;

/** Trains, from the beginning or from a run's newest checkpoint. A run folder is made only when recipe, data and model
 *  have been found good. Collective; all ranks return the same status. */
YK_MUST_CHECK yk_status yk_train(yk_comm *comm, const yk_train_request *request, const yk_observer *observer,
                                 yk_outcome *outcome);

/** A trained model: what a checkpoint holds, on all ranks. */
typedef struct yk_trained {
    yk_recipe *recipe;
    yk_state state;
    char path[YK_PATH_MAX];
    char digest[YK_SHA256_HEX];
    yk_checkpoint *checkpoint; /**< on rank 0; NULL elsewhere */
} yk_trained;

/** Opens what the user named (yk_run_find()) on rank 0 and spreads recipe and state. Collective. Release with
 *  yk_trained_close(). */
YK_MUST_CHECK yk_status yk_trained_open(yk_trained *trained, yk_comm *comm, const char *name);
void yk_trained_close(yk_trained *trained);

/** Evaluates a trained model on a split. scores->confusion and of_class are allocated: release with
 *  yk_free(). Collective. */
YK_MUST_CHECK yk_status yk_trained_evaluate(const yk_trained *trained, yk_comm *comm, const yk_source *source,
                                            yk_scores *scores);

/** The same on the samples of train that the recipe trains on. */
YK_MUST_CHECK yk_status yk_trained_evaluate_train(const yk_trained *trained, yk_comm *comm, yk_scores *scores);

/** Predicts a split into the dataset file `out`. Collective. */
YK_MUST_CHECK yk_status yk_trained_predict(const yk_trained *trained, yk_comm *comm, const yk_source *source,
                                           const char *out, int64_t *samples);

/** What a model of text is to write. */
typedef struct yk_sample_request {
    const char *prompt; /**< what it goes on from */
    int64_t n;          /**< tokens */
    double temperature; /**< 1: as trained; lower: likelier tokens; 0: the likeliest */
    int64_t top;        /**< only the so many likeliest; 0: all */
    uint64_t seed;
    void (*write)(void *context, const char *text, size_t bytes); /**< each token as it comes */
    void *context;
} yk_sample_request;

/** Goes on with a text, token by token, each drawn from what the model gives for the window that ends there: the same
 *  text for every family and number of threads. YK_ERR_DATA: it is no model of text; YK_ERR_ARG: a character of the
 *  prompt that it does not know. `comm`: of this process alone. */
YK_MUST_CHECK yk_status yk_trained_sample(const yk_trained *trained, yk_comm *comm, const yk_sample_request *request);

/** One parameter's part in a gradient check. */
typedef struct yk_check_row {
    const char *name;
    int64_t checked, kinks; /**< elements compared; elements passed over because the loss has a kink there */
    double worst;           /**< largest relative error */
} yk_check_row;

/** Compares the gradients of a recipe's model with central differences, in double, on a few samples made of random
 *  numbers; at most `most` elements of each parameter. `row` is called for each. *worst: the largest error. Needs no
 *  MPI; the shape of x is the data's, or that of `input:`. */
YK_MUST_CHECK yk_status yk_check_gradients(const yk_recipe *recipe, int64_t most,
                                           void (*row)(void *context, const yk_check_row *), void *context,
                                           double *worst);

/** Shape of one sample of x: of the recipe's `input:`, or of its training data, which is opened for that. */
YK_MUST_CHECK yk_status yk_recipe_input(const yk_recipe *recipe, yk_shape *x);

#endif
