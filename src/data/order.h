/* SPDX-License-Identifier: Apache-2.0 */
/* The order of samples in an epoch: a keyed permutation that any rank evaluates anywhere in O(1). Nothing is stored
 * and nothing is sent. */
#ifndef YK_DATA_ORDER_H
#define YK_DATA_ORDER_H

#include <stdint.h>

#include "core/philox.h"
#include "yoke/status.h"

typedef enum yk_shuffle_mode { YK_SHUFFLE_FULL, YK_SHUFFLE_BLOCK, YK_SHUFFLE_NONE } yk_shuffle_mode;

/** full: any sample anywhere. block: blocks of `block` consecutive samples in random order, and random order inside
 *  each (suits files larger than memory). none: as in the file. */
typedef struct yk_shuffle {
    yk_shuffle_mode mode;
    int64_t block;
} yk_shuffle;

/** "full", "none" or "block:4096". YK_ERR_ARG says so. */
YK_MUST_CHECK yk_status yk_shuffle_parse(yk_shuffle *out, const char *text);

typedef struct yk_order {
    int64_t n;
    yk_shuffle shuffle;
    yk_key key;
    int64_t of;    /**< the samples are n chosen among this many; 0: all n there are */
    yk_key choice; /**< of them */
} yk_order;

/** Order of n samples under `seed`; purpose YK_FOR_SHUFFLE for training, YK_FOR_SPLIT for cutting splits. */
void yk_order_make(yk_order *order, int64_t n, const yk_shuffle *shuffle, uint64_t seed, yk_purpose purpose);

/** Makes it an order of a choice: n of the `of` samples that there are, the same in every epoch, and those of a smaller
 * n among those of a larger one. n = of changes nothing. */
void yk_order_take(yk_order *order, int64_t of, uint64_t seed);

/** Number of the sample at `position` (0 .. n-1) of `epoch`. */
int64_t yk_order_at(const yk_order *order, int64_t epoch, int64_t position);

#endif
