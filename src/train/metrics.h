/* SPDX-License-Identifier: Apache-2.0 */
/* Metrics: what is counted beside the loss. A metric is one line of metrics.c's table. Counts are integers, so any
 * number of ranks gives the same value. */
#ifndef YK_TRAIN_METRICS_H
#define YK_TRAIN_METRICS_H

#include "comm/comm.h"
#include "model/model.h"

#define YK_METRIC_COUNTS 2

/** The model's output and the target of some samples; exactly one of label and target is set. */
typedef struct yk_scored {
    int64_t rows, cols;   /**< output is rows x cols; a sample may have several rows (positions) */
    const float *output;  /**< as the loss sees it (logits) */
    const int32_t *label; /**< one a row; below 0: it does not count */
    const float *target;  /**< rows x cols */
    bool classes;         /**< target: distributions over classes, and not numbers each on its own */
} yk_scored;

/** The scored samples of a head: its output, and what its target was fed with. */
yk_scored yk_scored_of(const yk_head *head, const yk_tensor *output, const void *target);

typedef struct yk_metric {
    const char *name, *doc;
    bool rises; /**< larger is better */
    /** Whether the metric fits the head's loss: YK_ERR_RECIPE says what it needs. */
    yk_status (*check)(const yk_head *head);
    void (*count)(const yk_scored *s, int64_t count[YK_METRIC_COUNTS]); /**< adds */
    double (*value)(const int64_t count[YK_METRIC_COUNTS]);
} yk_metric;

extern const yk_metric *const yk_metric_table[]; /**< ended by NULL */
YK_MUST_CHECK yk_status yk_metric_find(const char *name, const yk_metric **out);

/** The metrics of a recipe and their counts so far. */
typedef struct yk_tally {
    int n;
    const yk_metric *metric[YK_MAX_METRICS];
    int64_t count[YK_MAX_METRICS][YK_METRIC_COUNTS];
} yk_tally;

/** Looks the recipe's metrics up and checks them against the model. YK_ERR_RECIPE with the place in the recipe. */
YK_MUST_CHECK yk_status yk_tally_create(yk_tally *tally, const yk_recipe *recipe, const yk_model *model);

void yk_tally_reset(yk_tally *tally);
void yk_tally_add(yk_tally *tally, const yk_scored *scored);

/** Sums the counts over ranks and writes each metric's value (NaN when nothing was counted). Collective. */
YK_MUST_CHECK yk_status yk_tally_values(yk_tally *tally, yk_comm *comm, double value[YK_MAX_METRICS]);

/** Confusion matrix: adds one to counts[label * cols + predicted] for each row. */
void yk_confusion_add(const yk_scored *scored, int64_t *counts);

/** Index of the first largest of n numbers. */
int64_t yk_argmax(int64_t n, const float *x);

#endif
