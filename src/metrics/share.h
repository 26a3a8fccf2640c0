/* SPDX-License-Identifier: Apache-2.0 */
/* Metrics that are the share of hits: count[0] hits among count[1]. */
#ifndef YK_METRICS_SHARE_H
#define YK_METRICS_SHARE_H

#include "metrics/metric.h"

int64_t yk_share_counts(const void *opts, const yk_scored *like);
double yk_share_value(const void *opts, const yk_scored *like, const int64_t *count, int64_t column);

/** Counts every output of BINARY rows that lies on its target's side of `cut` (a logit). */
void yk_share_binary(const yk_scored *s, double cut, int64_t *count);

#endif
