/* SPDX-License-Identifier: Apache-2.0 */
/* The metrics of a training or an evaluation, and what they have counted so far. */
#ifndef YK_TRAIN_TALLY_H
#define YK_TRAIN_TALLY_H

#include "comm/comm.h"
#include "metrics/metric.h"
#include "model/model.h"

#define YK_MAX_SCORES 64 /**< values of all metrics together */

/** An output that can be measured: that of a head. */
typedef struct yk_measured {
    const char *name; /**< of the head */
    const char *loss; /**< its kind, for messages */
    yk_scored like;   /**< kind and columns */
} yk_measured;

typedef struct yk_tally {
    int n_heads;
    yk_scored like[YK_MAX_LOSSES]; /**< what is measured: the kind and the columns of each head's output */
    int n;                         /**< metrics */
    struct {
        const yk_metric *metric;
        const void *opts; /**< borrowed */
        int head;         /**< that it measures */
        int64_t first;    /**< of its counts */
    } entry[YK_MAX_METRICS];
    int n_values;
    char name[YK_MAX_SCORES][YK_METRIC_NAME];
    bool rises[YK_MAX_SCORES]; /**< larger is better */
    int64_t n_counts;
    int64_t *count; /**< since yk_tally_reset() */
    int64_t *mark;  /**< of these, what yk_tally_mark() found */
    int64_t *sum;   /**< over ranks */
} yk_tally;

/** What the outputs of the heads are to metrics, without rows. */
void yk_measured_of(const yk_model *model, yk_measured out[YK_MAX_LOSSES]);

/** Rows of the head's output, and what its target was fed with (borrowed). */
yk_scored yk_scored_of(const yk_scored *like, const yk_head *head, const yk_tensor *output, const void *target,
                       const float *weight);

/** The metrics of a recipe for the outputs of n heads; nothing counted. A value of a metric that says `of` is called
 *  METRIC_HEAD. YK_ERR_RECIPE with the place in the recipe: a metric that does not fit its loss, `of` what is none, or
 *  two of one name. Whatever happens, release with yk_tally_destroy(). */
YK_MUST_CHECK yk_status yk_tally_create(yk_tally *tally, const yk_recipe *recipe, int n, const yk_measured *head);
void yk_tally_destroy(yk_tally *tally);

void yk_tally_reset(yk_tally *tally);
/** Counts rows of a head's output. */
void yk_tally_add(yk_tally *tally, int head, const yk_scored *scored);

/** Whether a metric measures the head: others need no rows. */
bool yk_tally_measures(const yk_tally *tally, int head);

/** From here on counts the part that yk_tally_since() is about. */
void yk_tally_mark(yk_tally *tally);

/** Sums the counts over ranks, all of them or those since the mark, and writes each value (NaN where nothing defines
 *  it): the same bits on any number of ranks. Collective. Allocates nothing. */
YK_MUST_CHECK yk_status yk_tally_values(yk_tally *tally, yk_comm *comm, double value[YK_MAX_SCORES]);
YK_MUST_CHECK yk_status yk_tally_since(yk_tally *tally, yk_comm *comm, double value[YK_MAX_SCORES]);

/** The values of this rank's counts alone. */
void yk_tally_here(const yk_tally *tally, double value[YK_MAX_SCORES]);

/** Metrics of the first head that have a value for each class: their number. value (n x like[0].cols) gets them after
 * yk_tally_values(), entry[] which metrics they are. */
int yk_tally_classes(const yk_tally *tally, int entry[YK_MAX_METRICS], double *value);

/** Confusion matrix: adds one to counts[label * cols + predicted] for each row that counts. */
void yk_confusion_add(const yk_scored *scored, int64_t *counts);

#endif
