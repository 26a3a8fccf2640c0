/* SPDX-License-Identifier: Apache-2.0 */
/* How many stripes of gradients travel together: few begin early and hide behind backward, many cost fewer messages.
 * And whether parameters still arrive while the next forward runs: that hides them, but the thread that receives takes
 * time from those that compute. The first steps try some numbers, then the best of them with parameters behind, and
 * keep the fastest; what they take is agreed on by all ranks, so all try and keep the same. Bits do not depend on it.
 */
#ifndef YK_TRAIN_BUCKET_H
#define YK_TRAIN_BUCKET_H

#include <stdbool.h>
#include <stdint.h>

#define YK_BUCKETS_MOST 6

typedef struct yk_bucket {
    int n, total;                       /**< numbers of stripes to choose from; trials in all. 0: nothing to choose */
    int64_t stripes[YK_BUCKETS_MOST];   /**< theirs */
    int64_t least[YK_BUCKETS_MOST + 1]; /**< nanoseconds of the fastest step of each trial */
    int at, tried;                      /**< the trial that is on, and its steps so far */
    int64_t now;                        /**< stripes of a bucket in the next step */
    bool behind;                        /**< its parameters may arrive while the step after it computes */
} yk_bucket;

/** Of a vector of so many stripes, among `ranks` ranks; can parameters arrive later? */
void yk_bucket_begin(yk_bucket *bucket, int64_t stripes, int ranks, bool can_be_behind);

/** A step with bucket->now and ->behind took so long on the slowest rank. */
void yk_bucket_note(yk_bucket *bucket, int64_t nanoseconds);

static inline bool yk_bucket_chosen(const yk_bucket *bucket)
{
    return bucket->at == bucket->total;
}

#endif
