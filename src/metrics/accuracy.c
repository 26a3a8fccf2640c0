/* SPDX-License-Identifier: Apache-2.0 */
/* accuracy: share of rows whose largest output is the label's (of equals, the first counts as the largest); for binary
 * outputs, share of outputs on the target's side of probability 1/2. */
#include "metrics/share.h"

static void count(const void *opts, const yk_scored *s, int64_t *count)
{
    (void)opts;
    if (s->kind == YK_SCORED_BINARY) {
        yk_share_binary(s, 0, count);
        return;
    }
    for (int64_t r = 0; r < s->rows; r++)
        if (yk_scored_counts(s, r)) {
            count[0] += yk_argmax(s->cols, s->output + r * s->cols) == yk_scored_label(s, r);
            count[1]++;
        }
}

extern const yk_metric yk_metric_accuracy;
const yk_metric yk_metric_accuracy = {
    .name = "accuracy",
    .doc = "share of samples whose most likely class is the label; with binary_cross_entropy, of outputs on the "
           "target's side of 1/2",
    .kinds = 1u << YK_SCORED_CLASSES | 1u << YK_SCORED_BINARY,
    .rises = true,
    .perfect = 1,
    .share = true,
    .counts = yk_share_counts,
    .count = count,
    .value = yk_share_value,
};
