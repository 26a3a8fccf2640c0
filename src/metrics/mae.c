/* SPDX-License-Identifier: Apache-2.0 */
/* mae: the mean of |output - target| over all numbers of all samples. */
#include <math.h>

#include "metrics/mean.h"

static void count(const void *opts, const yk_scored *s, int64_t *count)
{
    (void)opts;
    yk_mean_count(s, fabs, count);
}

static double value(const void *opts, const yk_scored *like, const int64_t *count, int64_t column)
{
    (void)opts, (void)like, (void)column;
    return yk_mean_value(count);
}

extern const yk_metric yk_metric_mae;
const yk_metric yk_metric_mae = {
    .name = "mae",
    .doc = "mean of the error's size, over all numbers of the output",
    .kinds = 1u << YK_SCORED_NUMBERS,
    .counts = yk_mean_counts,
    .count = count,
    .value = value,
};
