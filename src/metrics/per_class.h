/* SPDX-License-Identifier: Apache-2.0 */
/* What precision, recall and f1 share: for each class (or binary output) the hits, the predictions and the labels, and
 * the ways to make one number of the classes' values. */
#ifndef YK_METRICS_PER_CLASS_H
#define YK_METRICS_PER_CLASS_H

#include "metrics/metric.h"

typedef struct yk_per_class_opts {
    int average; /**< macro, micro, weighted, none */
    double threshold;
} yk_per_class_opts;

extern const yk_option yk_per_class_options[];

/** Value of one class from its hits, predictions and labels. 0 / 0 is 0. */
typedef double (*yk_class_value)(int64_t hits, int64_t predicted, int64_t labels);

/** numerator / denominator, 0 where there is nothing. */
double yk_ratio(int64_t numerator, int64_t denominator);

yk_status yk_per_class_check(const void *opts, const yk_scored *like);
int64_t yk_per_class_columns(const void *opts, const yk_scored *like);
void yk_per_class_title(const char *name, const void *opts, int64_t column, char text[YK_METRIC_NAME]);
int64_t yk_per_class_counts(const void *opts, const yk_scored *like);
void yk_per_class_count(const void *opts, const yk_scored *s, int64_t *count);
double yk_per_class_value(yk_class_value of, const void *opts, const yk_scored *like, const int64_t *count,
                          int64_t column);
double yk_per_class_at(yk_class_value of, const yk_scored *like, const int64_t *count, int64_t class);

/** The struct of a metric that is `of` (a yk_class_value) averaged over classes. */
#define YK_PER_CLASS_METRIC(symbol, text, of)                                                                          \
    static void title(const void *opts, int64_t column, char name[YK_METRIC_NAME])                                     \
    {                                                                                                                  \
        yk_per_class_title(#symbol, opts, column, name);                                                               \
    }                                                                                                                  \
    static double value(const void *opts, const yk_scored *like, const int64_t *count, int64_t column)                 \
    {                                                                                                                  \
        return yk_per_class_value(of, opts, like, count, column);                                                      \
    }                                                                                                                  \
    static double of_class(const void *opts, const yk_scored *like, const int64_t *count, int64_t class)               \
    {                                                                                                                  \
        (void)opts;                                                                                                    \
        return yk_per_class_at(of, like, count, class);                                                                \
    }                                                                                                                  \
    extern const yk_metric yk_metric_##symbol;                                                                         \
    const yk_metric yk_metric_##symbol = { .name = #symbol,                                                            \
                                           .doc = text,                                                                \
                                           .kinds = 1u << YK_SCORED_CLASSES | 1u << YK_SCORED_BINARY,                  \
                                           .rises = true,                                                              \
                                           .perfect = 1,                                                               \
                                           .share = true,                                                              \
                                           .opts_size = sizeof(yk_per_class_opts),                                     \
                                           .opts = yk_per_class_options,                                               \
                                           .check = yk_per_class_check,                                                \
                                           .columns = yk_per_class_columns,                                            \
                                           .title = title,                                                             \
                                           .counts = yk_per_class_counts,                                              \
                                           .count = yk_per_class_count,                                                \
                                           .value = value,                                                             \
                                           .of_class = of_class }

#endif
