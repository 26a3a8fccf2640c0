/* SPDX-License-Identifier: Apache-2.0 */
/* Evaluation and prediction: every sample of a split exactly once, spread over the ranks, the same bits on any number
 * of them. */
#ifndef YK_TRAIN_EVALUATE_H
#define YK_TRAIN_EVALUATE_H

#include "core/mem.h"
#include "train/tally.h"
#include "train/split.h"

typedef struct yk_scores {
    int64_t samples;
    double loss; /**< total */
    int n_parts; /**< losses that it is made of, where there are several */
    char part_name[YK_MAX_LOSSES][YK_NAME_BYTES];
    double part[YK_MAX_LOSSES];
    int n_metrics; /**< values of metrics */
    char metric[YK_MAX_SCORES][YK_METRIC_NAME];
    double value[YK_MAX_SCORES];
    int64_t classes;    /**< of the confusion matrix; 0: none */
    int64_t *confusion; /**< classes x classes, [label][predicted] */
    int n_of_class;     /**< metrics that have a value for each class (or binary output) */
    const char *class_metric[YK_MAX_METRICS];
    int64_t cols;     /**< classes, or outputs */
    double *of_class; /**< n_of_class x cols */
} yk_scores;

/** Sets total and parts from each head's sum and denominator. */
void yk_scores_set_losses(yk_scores *scores, const yk_model *model, const double *sum, const double *denominator);

/** An evaluation planned and with its memory: it can be run again and again while parameters change. */
typedef struct yk_evaluator yk_evaluator;

/** `split` has been fed (yk_split_feed()); the evaluator starts its loader. Metrics are the recipe's; detail: also
 *  their values for each class, and the confusion matrix where targets are labels, one a sample. Rank-local. */
YK_MUST_CHECK yk_status yk_evaluator_create(yk_evaluator **out, yk_comm *comm, yk_io_thread *io,
                                            const yk_recipe *recipe, const yk_model *model, yk_split *split,
                                            bool detail);
/** What it will need, without reserving it: bytes of the program's memory, and of the samples. */
YK_MUST_CHECK yk_status yk_evaluator_plan(yk_comm *comm, const yk_model *model, yk_split *split, int64_t *arena,
                                          int64_t *input);

/** As yk_sweep_bytes() and yk_sweep_bind(). */
int64_t yk_evaluator_bytes(const yk_evaluator *evaluator);
YK_MUST_CHECK yk_status yk_evaluator_bind(yk_evaluator *evaluator, const float *params, void *memory);
void yk_evaluator_destroy(yk_evaluator **evaluator);

/** Runs it. scores->confusion and of_class are the evaluator's (do not free). Collective. */
YK_MUST_CHECK yk_status yk_evaluate(yk_evaluator *evaluator, yk_scores *scores);

/** Writes predictions of a fed split (of the model's inputs alone) to the dataset file `out`: `y` (softmax or sigmoid
 *  applied where the loss has it) and, for classes, `label`; of further losses `y_NAME` and `label_NAME`. Collective;
 *  *samples gets their number. */
YK_MUST_CHECK yk_status yk_predict(yk_comm *comm, yk_io_thread *io, const yk_model *model, yk_split *split,
                                   const float *params, const char *out, int64_t *samples);

#endif
