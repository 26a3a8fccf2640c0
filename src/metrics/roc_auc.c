/* SPDX-License-Identifier: Apache-2.0 */
/* roc_auc: the probability that a sample of the class gets a higher score than one that is not of it; half where the
 * scores are equal. Two classes or binary outputs: of class 1, or of each output; more classes: each against the rest.
 * The value is the mean over those that have samples of both sorts.
 *
 * Samples are counted in fixed bins of their logit: of width 1/512 up to 4, and of 1/512 of the logit's power of two
 * beyond (the last one holds all from 128 on). A pair in one bin counts as equal, so the value is exact to half the
 * share of such pairs. */
#include <math.h>
#include <string.h>

#include "core/math.h"
#include "metrics/metric.h"

enum { LINEAR = 4, STEPS = 512, STEPS_BITS = 9, OCTAVES = 5 }; /* 4 ... 8 ... 128 */
enum { SIDE = (LINEAR + OCTAVES) * STEPS, BINS = 2 * SIDE, CURVE = 2 * BINS + 1 };

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

/* Bin of a logit >= 0, counted from 0. */
static int64_t steps_of(double z)
{
    int64_t bits;
    if (z < LINEAR)
        return (int64_t)(z * STEPS);
    memcpy(&bits, &z, sizeof bits); /* exponent and mantissa, of numbers >= 0 in their order */
    const int64_t bin = (bits >> (52 - STEPS_BITS)) - ((int64_t)(1023 + 2) << STEPS_BITS) + LINEAR * STEPS;
    return bin < SIDE ? bin : SIDE - 1;
}

static void add(int64_t *curve, double z, bool own)
{
    if (isnan(z))
        curve[2 * BINS]++;
    else
        curve[(own ? BINS : 0) + SIDE + (z < 0 ? -1 - steps_of(-z) : steps_of(z))]++;
}

/* Logits of the classes of softmax(x): x_c - ln(sum of exp(x) of all others), both less the largest x. */
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
        const double above = (double)x[c] - (double)x[best], others = c == best ? rest : 1 + (rest - yk_exp(above));
        add(count + i * CURVE, above - yk_ln(others), c == label);
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
                add(count + c * CURVE, (double)s->output[r * s->cols + c], yk_scored_yes(s, r * s->cols + c));
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
