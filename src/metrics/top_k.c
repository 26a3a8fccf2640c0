/* SPDX-License-Identifier: Apache-2.0 */
/* top_k: share of rows whose label is among the k largest outputs. Of equal outputs the first comes first, as in
 * accuracy: top_k with k = 1 is accuracy. */
#include <inttypes.h>
#include <stdio.h>

#include "core/error.h"
#include "metrics/share.h"

typedef struct top_k_opts {
    int64_t k;
} top_k_opts;

static const yk_option options[] = {
    { "k", YK_OPT_INT, offsetof(top_k_opts, k), "5", 1, -1, NULL, "how many of the largest outputs count" }, { 0 }
};

static yk_status check(const void *opts, const yk_scored *like)
{
    const int64_t k = ((const top_k_opts *)opts)->k;
    YK_CHECK(k <= like->cols, YK_ERR_ARG, "top_k: k is %" PRId64 ", but there are %" PRId64 " classes", k, like->cols);
    return YK_OK;
}

static void title(const void *opts, int64_t column, char text[YK_METRIC_NAME])
{
    (void)column;
    snprintf(text, YK_METRIC_NAME, "top_%" PRId64, ((const top_k_opts *)opts)->k);
}

/* Outputs that come before the label's. One that is NaN, or beside a label's that is, comes before it. */
static int64_t place(int64_t cols, const float *x, int64_t label)
{
    int64_t before = 0;
    for (int64_t c = 0; c < cols; c++)
        before += c != label && !(x[label] > x[c] || (x[label] == x[c] && label < c));
    return before;
}

static void count(const void *opts, const yk_scored *s, int64_t *count)
{
    for (int64_t r = 0; r < s->rows; r++)
        if (yk_scored_counts(s, r)) {
            const int64_t before = place(s->cols, s->output + r * s->cols, yk_scored_label(s, r));
            count[0] += before < ((const top_k_opts *)opts)->k;
            count[1]++;
        }
}

extern const yk_metric yk_metric_top_k;
const yk_metric yk_metric_top_k = {
    .name = "top_k",
    .doc = "share of samples whose label is among the k most likely classes",
    .kinds = 1u << YK_SCORED_CLASSES,
    .rises = true,
    .perfect = 1,
    .share = true,
    .opts_size = sizeof(top_k_opts),
    .opts = options,
    .check = check,
    .title = title,
    .counts = yk_share_counts,
    .count = count,
    .value = yk_share_value,
};
