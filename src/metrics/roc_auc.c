/* SPDX-License-Identifier: Apache-2.0 */
/* roc_auc: the probability that a sample of the class gets a higher score than one that is not of it; half where the
 * scores are equal. Two classes or binary outputs: of class 1, or of each output; more classes: each against the rest.
 * The value is the mean over those that have samples of both sorts.
 *
 * Samples are counted in fixed bins of their odds p / (1 - p): 32 bins for each doubling, from 2^-128 to 2^128
 * (logits from -88 to 88; beyond these all are in the last bin). Scores whose odds differ by more than 1/32 are always
 * told apart; a pair in one bin counts as equal, so the value is exact to half the share of such pairs. */
#include <math.h>
#include <string.h>

#include "core/math.h"
#include "metrics/metric.h"

enum { OCTAVES = 128, STEPS_BITS = 5, BINS = 2 * OCTAVES << STEPS_BITS, CURVE = 2 * BINS + 1 };

/* Of one class: the others' samples in bins, then its own; last, the scores that are not numbers. */
static int64_t curves(const yk_scored *like)
{
    return like->kind == YK_SCORED_CLASSES && like->cols == 2 ? 1 : like->cols;
}

static int64_t counts(const void *opts, const yk_scored *like)
{
    (void)opts;
    return curves(like) * CURVE;
}

static int64_t bin_of(double odds)
{
    int64_t bits;
    memcpy(&bits, &odds, sizeof bits); /* of numbers >= 0 in their order */
    const int64_t bin = (bits >> (52 - STEPS_BITS)) - ((int64_t)(1023 - OCTAVES) << STEPS_BITS);
    return bin < 0 ? 0 : bin >= BINS ? BINS - 1 : bin;
}

static void add(int64_t *curve, double odds, bool own)
{
    if (isnan(odds))
        curve[2 * BINS]++;
    else
        curve[(own ? BINS : 0) + bin_of(odds)]++;
}

/* Odds of the classes of softmax(x): exp(x_c - x_best) over the same of all others. */
static void add_classes(const yk_scored *s, int64_t r, int64_t *count)
{
    const float *x = s->output + r * s->cols;
    const int64_t best = yk_argmax(s->cols, x), label = yk_scored_label(s, r), n = curves(s);
    double rest = 0; /* of all but the best, whose own is 1 */
    for (int64_t c = 0; c < s->cols; c++)
        if (c != best)
            rest += yk_exp((double)x[c] - (double)x[best]);
    for (int64_t i = 0; i < n; i++) {
        const int64_t c = n == 1 ? 1 : i;
        const double own = yk_exp((double)x[c] - (double)x[best]);
        add(count + i * CURVE, c == best ? 1 / rest : own / (1 + (rest - own)), c == label);
    }
}

static void count(const void *opts, const yk_scored *s, int64_t *count)
{
    (void)opts;
    for (int64_t r = 0; r < s->rows; r++) {
        if (!yk_scored_counts(s, r))
            continue;
        if (s->kind == YK_SCORED_CLASSES)
            add_classes(s, r, count);
        else
            for (int64_t c = 0; c < s->cols; c++)
                add(count + c * CURVE, yk_exp((double)s->output[r * s->cols + c]), yk_scored_yes(s, r * s->cols + c));
    }
}

static double area(const int64_t *curve)
{
    const int64_t *others = curve, *own = curve + BINS;
    int64_t below = 0, all = 0;
    double pairs = 0; /* won, twice */
    for (int64_t b = 0; b < BINS; b++) {
        pairs += (double)own[b] * (double)(2 * below + others[b]);
        below += others[b];
        all += own[b];
    }
    return below && all && curve[2 * BINS] == 0 ? pairs / 2 / ((double)below * (double)all) : NAN;
}

static double of_class(const void *opts, const yk_scored *like, const int64_t *count, int64_t class)
{
    (void)opts;
    return area(count + (curves(like) == 1 ? 0 : class) * CURVE); /* the same for both of two classes */
}

static double value(const void *opts, const yk_scored *like, const int64_t *count, int64_t column)
{
    double sum = 0;
    int64_t n = 0;
    (void)opts, (void)column;
    for (int64_t i = 0; i < curves(like); i++) {
        const double one = area(count + i * CURVE);
        if (count[i * CURVE + 2 * BINS] > 0)
            return NAN;
        if (isnan(one))
            continue;
        sum += one;
        n++;
    }
    return n ? sum / (double)n : NAN;
}

extern const yk_metric yk_metric_roc_auc;
const yk_metric yk_metric_roc_auc = {
    .name = "roc_auc",
    .doc = "probability that a sample of a class scores higher than one that is not of it: of class 1 of two, of each "
           "binary output, of each class against the rest; the mean of these",
    .kinds = 1u << YK_SCORED_CLASSES | 1u << YK_SCORED_BINARY,
    .rises = true,
    .perfect = 1,
    .share = true,
    .counts = counts,
    .count = count,
    .value = value,
    .of_class = of_class,
};
