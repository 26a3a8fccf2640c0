/* SPDX-License-Identifier: Apache-2.0 */
/* Counts: [0, K) hits, [K, 2K) predictions, [2K, 3K) labels of each of K classes; each binary output is a class. */
#include "metrics/per_class.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#include "core/error.h"
#include "core/num.h"

enum { MACRO, MICRO, WEIGHTED, EACH, COLUMNS_MAX = 32 };
static const char choices[] = "macro micro weighted none";

const yk_option yk_per_class_options[] = {
    { "average", YK_OPT_CHOICE, offsetof(yk_per_class_opts, average), "macro", 0, 0, choices,
      "mean over the classes that occur (macro), of all hits together (micro), by the classes' numbers of labels "
      "(weighted), or a value for each class (none)" },
    { "threshold", YK_OPT_REAL, offsetof(yk_per_class_opts, threshold), "0.5", YK_ABOVE_0, YK_BELOW_1, NULL,
      "binary outputs: yes where the probability is larger" },
    { 0 }
};

double yk_ratio(int64_t numerator, int64_t denominator)
{
    return denominator ? (double)numerator / (double)denominator : 0;
}

yk_status yk_per_class_check(const void *opts, const yk_scored *like)
{
    const bool each = ((const yk_per_class_opts *)opts)->average == EACH;
    YK_CHECK(!each || like->cols <= COLUMNS_MAX, YK_ERR_ARG,
             "average: none logs a value for each class, of up to %d classes; there are %" PRId64
             " (yoke eval shows them with any average)",
             COLUMNS_MAX, like->cols);
    return YK_OK;
}

int64_t yk_per_class_columns(const void *opts, const yk_scored *like)
{
    return ((const yk_per_class_opts *)opts)->average == EACH ? like->cols : 1;
}

void yk_per_class_title(const char *name, const void *opts, int64_t column, char text[YK_METRIC_NAME])
{
    static const char *const average[] = { "macro", "micro", "weighted" };
    const yk_per_class_opts *o = opts;
    int n;
    if (o->average == EACH)
        n = snprintf(text, YK_METRIC_NAME, "%s_%" PRId64, name, column);
    else
        n = snprintf(text, YK_METRIC_NAME, "%s_%s", name, average[o->average]);
    if (o->threshold != 0.5)
        snprintf(text + n, (size_t)(YK_METRIC_NAME - n), "_at_%g", o->threshold);
}

int64_t yk_per_class_counts(const void *opts, const yk_scored *like)
{
    (void)opts;
    return 3 * like->cols;
}

void yk_per_class_count(const void *opts, const yk_scored *s, int64_t *count)
{
    const int64_t k = s->cols;
    const double cut = yk_metric_cut(((const yk_per_class_opts *)opts)->threshold);
    for (int64_t r = 0; r < s->rows; r++) {
        if (!yk_scored_counts(s, r))
            continue;
        if (s->kind == YK_SCORED_CLASSES) {
            const int64_t guess = yk_argmax(k, s->output + r * k), label = yk_scored_label(s, r);
            count[guess] += guess == label;
            count[k + guess]++;
            count[2 * k + label]++;
            continue;
        }
        for (int64_t c = 0; c < k; c++) {
            const bool guess = (double)s->output[r * k + c] > cut, yes = yk_scored_yes(s, r * k + c);
            count[c] += guess && yes;
            count[k + c] += guess;
            count[2 * k + c] += yes;
        }
    }
}

double yk_per_class_at(yk_class_value of, const yk_scored *like, const int64_t *count, int64_t class)
{
    return of(count[class], count[like->cols + class], count[2 * like->cols + class]);
}

double yk_per_class_value(yk_class_value of, const void *opts, const yk_scored *like, const int64_t *count,
                          int64_t column)
{
    const int64_t k = like->cols;
    const int average = ((const yk_per_class_opts *)opts)->average;
    int64_t hits = 0, predicted = 0, labels = 0, occur = 0;
    double macro = 0, weighted = 0;
    if (average == EACH)
        return yk_per_class_at(of, like, count, column);
    for (int64_t c = 0; c < k; c++) {
        const double value = yk_per_class_at(of, like, count, c);
        hits += count[c];
        predicted += count[k + c];
        labels += count[2 * k + c];
        occur += count[k + c] + count[2 * k + c] > 0;
        macro += value; /* of a class that does not occur: 0 */
        weighted += value * (double)count[2 * k + c];
    }
    if (occur == 0)
        return NAN;
    if (average == MICRO)
        return of(hits, predicted, labels);
    if (average == WEIGHTED)
        return labels ? weighted / (double)labels : 0;
    return macro / (double)occur;
}
