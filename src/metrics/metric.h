/* SPDX-License-Identifier: Apache-2.0 */
/* Metrics: what is measured beside the loss. A metric is one file with one constant struct, and one line of
 * metric_list.h.
 *
 * A metric counts in whole numbers and only adds, so the rows may come in any order, in any pieces, on any rank: the
 * counts add up to the same, and so has the value the same bits. Real numbers are summed exactly (exact.h). Counting
 * allocates nothing and cannot fail. */
#ifndef YK_METRICS_METRIC_H
#define YK_METRICS_METRIC_H

#include <stdbool.h>
#include <stdint.h>

#include "core/option.h"

/** What the output of a model is, and so which metrics fit it. */
typedef enum yk_scored_kind {
    YK_SCORED_CLASSES, /**< logits, one a class; the largest is the prediction */
    YK_SCORED_BINARY,  /**< logits of yes or no each: yes where > 0; targets are 0 or 1 */
    YK_SCORED_NUMBERS  /**< numbers, as the targets */
} yk_scored_kind;

/** The output of some samples and what it should have been; wherever it comes from. */
typedef struct yk_scored {
    yk_scored_kind kind;
    int64_t rows, cols;   /**< a sample may have several rows (positions) */
    const float *output;  /**< rows x cols, as the loss sees it */
    const int32_t *label; /**< one a row; below 0: the row does not count. CLASSES; NULL: the target's largest */
    const float *target;  /**< rows x cols; NULL where there are labels */
    const float *weight;  /**< one a sample: those of weight 0 do not count, the others count alike; NULL: all do */
    int64_t each;         /**< rows of a sample; read where there are weights */
} yk_scored;

#define YK_METRIC_NAME 64 /**< bytes of a name in logs */

typedef struct yk_metric {
    const char *name, *doc;
    unsigned kinds; /**< what it can measure: 1u << YK_SCORED_CLASSES | ... */
    bool rises;     /**< larger is better */
    double perfect; /**< the best value that there is */
    bool share;     /**< |perfect - value| is a share of all that could go wrong: 0.02 means 2 % everywhere */
    size_t opts_size;
    const yk_option *opts;

    /** Whether the options fit an output of `cols` numbers a row: YK_ERR_ARG says what would. NULL: they always do. */
    yk_status (*check)(const void *opts, const yk_scored *like);
    /** Values that it gives (one column of log.csv each); NULL: one. */
    int64_t (*columns)(const void *opts, const yk_scored *like);
    /** Name of a column with these options: "top_5"; NULL: the metric's. */
    void (*title)(const void *opts, int64_t column, char text[YK_METRIC_NAME]);

    int64_t (*counts)(const void *opts, const yk_scored *like);          /**< numbers that it counts in */
    void (*count)(const void *opts, const yk_scored *s, int64_t *count); /**< adds the rows */
    /** Value of a column; NaN where nothing defines it. `like`: rows are not looked at. */
    double (*value)(const void *opts, const yk_scored *like, const int64_t *count, int64_t column);
    /** Value of one class (or binary output) alone; NULL: it has none. */
    double (*of_class)(const void *opts, const yk_scored *like, const int64_t *count, int64_t class);
} yk_metric;

extern const yk_metric *const yk_metric_table[]; /**< ended by NULL */

/** YK_ERR_ARG names the nearest and lists all. */
YK_MUST_CHECK yk_status yk_metric_find(const char *name, const yk_metric **out);

/** "class labels", "binary_cross_entropy" or "a loss on numbers": what a metric of these kinds needs. */
const char *yk_metric_needs(const yk_metric *metric, char text[96]);

/** What logs call a column: "accuracy", "top_5"; with `of`, the name of what it measures, "accuracy_OF". Returns the
 *  length that it needs; YK_METRIC_NAME or more: it is cut. */
int yk_metric_column(const yk_metric *metric, const void *opts, int64_t column, const char *of,
                     char text[YK_METRIC_NAME]);

/** Index of the first largest of n numbers. */
int64_t yk_argmax(int64_t n, const float *x);

/* --- for the metrics' own files */

/** Does row r count? */
static inline bool yk_scored_counts(const yk_scored *s, int64_t r)
{
    return !(s->label && s->label[r] < 0) && !(s->weight && s->weight[r / s->each] == 0);
}

/** Class of row r. */
static inline int64_t yk_scored_label(const yk_scored *s, int64_t r)
{
    return s->label ? s->label[r] : yk_argmax(s->cols, s->target + r * s->cols);
}

static inline bool yk_scored_yes(const yk_scored *s, int64_t i)
{
    return s->target[i] > 0.5f;
}

/** The logit whose probability is `threshold`. */
double yk_metric_cut(double threshold);

#endif
