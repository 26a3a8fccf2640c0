/* SPDX-License-Identifier: Apache-2.0 */
#include "train/bucket.h"

#include "core/num.h"

enum { FACTOR = 4, TRIES = 4 }; /* the first step of each does not count: buffers grow, caches are cold */

void yk_bucket_begin(yk_bucket *bucket, int64_t stripes, int ranks, bool can_be_behind)
{
    *bucket = (yk_bucket){ .now = 1 };
    if (ranks == 1 || stripes == 1) /* a single stripe has the losses, which are waited for */
        return;
    for (int64_t s = 1; bucket->n < YK_BUCKETS_MOST - 1 && s < stripes; s *= FACTOR)
        bucket->stripes[bucket->n++] = s;
    bucket->stripes[bucket->n++] = stripes;
    bucket->total = bucket->n + can_be_behind;
    for (int i = 0; i < bucket->total; i++)
        bucket->least[i] = INT64_MAX;
}

/* The trial that is on now, or what was best in all. */
static void choose(yk_bucket *b)
{
    if (b->at < b->n) {
        b->now = b->stripes[b->at];
        return;
    }
    int best = 0;
    for (int i = 1; i < b->n; i++)
        best = b->least[i] < b->least[best] ? i : best;
    b->now = b->stripes[best];
    b->behind = b->total > b->n && (!yk_bucket_chosen(b) || b->least[b->n] < b->least[best]);
}

void yk_bucket_note(yk_bucket *b, int64_t nanoseconds)
{
    if (yk_bucket_chosen(b))
        return;
    if (b->tried++ > 0)
        b->least[b->at] = yk_min(b->least[b->at], nanoseconds);
    if (b->tried < TRIES)
        return;
    b->tried = 0;
    b->at++;
    choose(b);
}
