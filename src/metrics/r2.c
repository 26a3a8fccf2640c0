/* SPDX-License-Identifier: Apache-2.0 */
/* r2: 1 - sum (output - target)^2 / sum (target - mean target)^2 for each number of the output; the mean of these.
 * The second sum is (n sum t^2 - (sum t)^2) / n, of exact sums: nothing cancels. Where the targets are all equal, r2 is
 * 1 for outputs without error and else 0; of a single row it is NaN (both as scikit-learn's). */
#include <math.h>

#include "metrics/exact.h"
#include "metrics/metric.h"

enum { COLUMN = 3 * YK_EXACT }; /* sums of squared errors, of targets, of squared targets; after all columns: rows */

static int64_t counts(const void *opts, const yk_scored *like)
{
    (void)opts;
    return like->cols * COLUMN + 1;
}

static void count(const void *opts, const yk_scored *s, int64_t *count)
{
    (void)opts;
    for (int64_t r = 0; r < s->rows; r++) {
        if (!yk_scored_counts(s, r))
            continue;
        for (int64_t c = 0; c < s->cols; c++) {
            const double t = (double)s->target[r * s->cols + c], error = (double)s->output[r * s->cols + c] - t;
            int64_t *sum = count + c * COLUMN;
            yk_exact_add(sum, error * error);
            yk_exact_add(sum + YK_EXACT, t);
            yk_exact_add(sum + 2 * YK_EXACT, t * t);
        }
        count[s->cols * COLUMN]++;
    }
}

static double of_column(const int64_t *sum, double n)
{
    const yk_twofold t = yk_exact_value(sum + YK_EXACT), squares = yk_exact_value(sum + 2 * YK_EXACT);
    const double left = yk_exact_value(sum).hi;
    const double all = yk_twofold_difference(yk_twofold_scale(n, squares), yk_twofold_multiply(t, t)) / n;
    if (all == 0)
        return left == 0 ? 1 : 0;
    return 1 - left / all;
}

static double value(const void *opts, const yk_scored *like, const int64_t *count, int64_t column)
{
    const int64_t n = count[like->cols * COLUMN];
    double sum = 0;
    (void)opts, (void)column;
    if (n < 2)
        return NAN;
    for (int64_t c = 0; c < like->cols; c++)
        sum += of_column(count + c * COLUMN, (double)n);
    return sum / (double)like->cols;
}

extern const yk_metric yk_metric_r2;
const yk_metric yk_metric_r2 = {
    .name = "r2",
    .doc = "share of the targets' variance that the output explains; the mean over the numbers of the output",
    .kinds = 1u << YK_SCORED_NUMBERS,
    .rises = true,
    .perfect = 1,
    .share = true,
    .counts = counts,
    .count = count,
    .value = value,
};
