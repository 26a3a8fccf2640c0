/* SPDX-License-Identifier: Apache-2.0 */
#include "metrics/share.h"

#include <math.h>

int64_t yk_share_counts(const void *opts, const yk_scored *like)
{
    (void)opts, (void)like;
    return 2;
}

double yk_share_value(const void *opts, const yk_scored *like, const int64_t *count, int64_t column)
{
    (void)opts, (void)like, (void)column;
    return count[1] ? (double)count[0] / (double)count[1] : NAN;
}

void yk_share_binary(const yk_scored *s, double cut, int64_t *count)
{
    for (int64_t r = 0; r < s->rows; r++) {
        if (!yk_scored_counts(s, r))
            continue;
        for (int64_t i = r * s->cols; i < (r + 1) * s->cols; i++)
            count[0] += ((double)s->output[i] > cut) == yk_scored_yes(s, i);
        count[1] += s->cols;
    }
}
