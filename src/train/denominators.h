/* SPDX-License-Identifier: Apache-2.0 */
/* What the losses of a batch are means of: the number of samples, or, of weighted losses, the sum of what the samples
 * of the whole batch count. It depends on targets and weights only, so it is known before anything is computed. */
#ifndef YK_TRAIN_DENOMINATORS_H
#define YK_TRAIN_DENOMINATORS_H

#include "train/split.h"

typedef struct yk_denominators {
    yk_comm *comm; /**< borrowed, as the others */
    const yk_model *model;
    const yk_split *split;
    int64_t micro;
    int n_weighted;
    float *counted;  /**< of every micro-batch of all ranks, one number a weighted loss */
    float *column;   /**< the numbers of one loss */
    float *row;      /**< one micro-batch's samples */
    int64_t *offset; /**< micro-batches of each rank; size+1 */
} yk_denominators;

/** For batches of at most `leaves` micro-batches of `micro` samples. Release with yk_denominators_destroy(), which
 *  accepts a zeroed struct. */
YK_MUST_CHECK yk_status yk_denominators_create(yk_denominators *d, yk_comm *comm, const yk_model *model,
                                               const yk_split *split, int64_t leaves, int64_t micro);
void yk_denominators_destroy(yk_denominators *d);

/** The denominator of every head's loss over the batch. A rank whose samples could not be read (not `good`) takes part,
 *  and the result is of no use. Collective where a loss is weighted. Allocates nothing. */
YK_MUST_CHECK yk_status yk_denominators_of(yk_denominators *d, const yk_batch *batch, bool good,
                                           double denominator[YK_MAX_LOSSES]);

#endif
