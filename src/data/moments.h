/* SPDX-License-Identifier: Apache-2.0 */
/* Statistics of a number field over a whole split, by the elements of its last dimension ("channels"), whose bits do
 * not depend on the number of ranks. The samples are cut into blocks of 4096 and these into pieces that fit in memory;
 * both cuts follow from the shape alone. What is known of two sets is joined in ascending order. */
#ifndef YK_DATA_MOMENTS_H
#define YK_DATA_MOMENTS_H

#include "data/feed.h"

/** A statistic: so many doubles of a set of rows (rows, channels). */
typedef struct yk_statistic {
    int64_t (*size)(int64_t channels);
    void (*of)(int64_t rows, int64_t channels, const float *x, double *out);              /**< rows >= 1 */
    void (*join)(int64_t channels, double *a, int64_t n_a, const double *b, int64_t n_b); /**< b into a; n_a >= 0 */
} yk_statistic;

/** The statistic of the field after the scaling of bytes: *out is a block to release with yk_free(), *rows the number
 * of rows. Ranks share the blocks. `order`: its samples alone, block by block of epoch 0; NULL:
 *  all. Collective. */
YK_MUST_CHECK yk_status yk_statistic_compute(const yk_statistic *s, yk_dataset *dataset, const yk_order *order,
                                             int index, yk_comm *comm, double **out, int64_t *channels, int64_t *rows);

#endif
