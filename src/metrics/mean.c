/* SPDX-License-Identifier: Apache-2.0 */
#include "metrics/mean.h"

#include <math.h>

int64_t yk_mean_counts(const void *opts, const yk_scored *like)
{
    (void)opts, (void)like;
    return YK_EXACT + 1;
}

void yk_mean_count(const yk_scored *s, double (*f)(double error), int64_t *count)
{
    for (int64_t r = 0; r < s->rows; r++) {
        if (!yk_scored_counts(s, r))
            continue;
        for (int64_t i = r * s->cols; i < (r + 1) * s->cols; i++)
            yk_exact_add(count, f((double)s->output[i] - (double)s->target[i]));
        count[YK_EXACT] += s->cols;
    }
}

double yk_mean_value(const int64_t *count)
{
    return count[YK_EXACT] ? yk_exact_value(count).hi / (double)count[YK_EXACT] : NAN;
}
