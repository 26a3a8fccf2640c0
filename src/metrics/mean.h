/* SPDX-License-Identifier: Apache-2.0 */
/* Metrics that are a mean over all numbers of the output: an exact sum, then how many. */
#ifndef YK_METRICS_MEAN_H
#define YK_METRICS_MEAN_H

#include "metrics/exact.h"
#include "metrics/metric.h"

int64_t yk_mean_counts(const void *opts, const yk_scored *like);

/** Adds f(output - target) of every number of the rows that count. */
void yk_mean_count(const yk_scored *s, double (*f)(double error), int64_t *count);

/** The mean; NaN of nothing. */
double yk_mean_value(const int64_t *count);

#endif
