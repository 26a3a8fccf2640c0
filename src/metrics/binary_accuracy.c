/* SPDX-License-Identifier: Apache-2.0 */
/* binary_accuracy: share of binary outputs whose probability lies on the target's side of a threshold. */
#include <stdio.h>

#include "metrics/share.h"

typedef struct binary_accuracy_opts {
    double threshold;
} binary_accuracy_opts;

static const yk_option options[] = { { "threshold", YK_OPT_REAL, offsetof(binary_accuracy_opts, threshold), "0.5",
                                       YK_ABOVE_0, YK_BELOW_1, NULL, "yes where the probability is larger" },
                                     { 0 } };

static void title(const void *opts, int64_t column, char text[YK_METRIC_NAME])
{
    const double threshold = ((const binary_accuracy_opts *)opts)->threshold;
    (void)column;
    snprintf(text, YK_METRIC_NAME, threshold == 0.5 ? "binary_accuracy" : "binary_accuracy_at_%g", threshold);
}

static void count(const void *opts, const yk_scored *s, int64_t *count)
{
    yk_share_binary(s, yk_metric_cut(((const binary_accuracy_opts *)opts)->threshold), count);
}

extern const yk_metric yk_metric_binary_accuracy;
const yk_metric yk_metric_binary_accuracy = {
    .name = "binary_accuracy",
    .doc = "share of yes-or-no outputs on the target's side of a threshold; of all outputs where there are several",
    .kinds = 1u << YK_SCORED_BINARY,
    .rises = true,
    .perfect = 1,
    .share = true,
    .opts_size = sizeof(binary_accuracy_opts),
    .opts = options,
    .title = title,
    .counts = yk_share_counts,
    .count = count,
    .value = yk_share_value,
};
