/* SPDX-License-Identifier: Apache-2.0 */
/* rmse: sqrt of the mean of (output - target)^2 over all numbers of all samples. */
#include <math.h>

#include "metrics/mean.h"

static double square(double error)
{
    return error * error;
}

static void count(const void *opts, const yk_scored *s, int64_t *count)
{
    (void)opts;
    yk_mean_count(s, square, count);
}

static double value(const void *opts, const yk_scored *like, const int64_t *count, int64_t column)
{
    (void)opts, (void)like, (void)column;
    return sqrt(yk_mean_value(count));
}

extern const yk_metric yk_metric_rmse;
const yk_metric yk_metric_rmse = {
    .name = "rmse",
    .doc = "root of the mean squared error, over all numbers of the output",
    .kinds = 1u << YK_SCORED_NUMBERS,
    .counts = yk_mean_counts,
    .count = count,
    .value = value,
};
