/* SPDX-License-Identifier: Apache-2.0 */
/* Cutting samples into parts: how large they are, and which samples go where. */
#ifndef YK_DATA_PARTS_H
#define YK_DATA_PARTS_H

#include <stdbool.h>

#include "io/datafile.h"

#define YK_PARTS_MAX 16

typedef struct yk_part {
    char *group;   /**< "/train" */
    int64_t count; /**< of samples */
} yk_part;

typedef struct yk_parts {
    char *spec; /**< of the first part */
    int n;
    yk_part part[YK_PARTS_MAX];
    unsigned char *owner; /**< [samples] the part of each sample */
} yk_parts;

/** The parts that --split names, below the group of `out`. "0.6,0.2,0.2": shares of /train, /dev and /test (two of
 *  them: /train and /dev); "train=0.9,check=0.1" names them otherwise. Shares add up to 1; part i ends at sample
 *  round(n * (sum of the shares up to i)), so that 150 samples become 90, 30 and 30. "": one part, which is `out`. Each
 *  part has one sample or more. Which samples it has: with `shuffled` a keyed permutation of `seed` says so, else they
 *  are neighbours. YK_ERR_ARG. Release with yk_parts_free(). */
YK_MUST_CHECK yk_status yk_parts_make(yk_parts *parts, const char *out, const char *split, int64_t n, bool shuffled,
                                      uint64_t seed);
void yk_parts_free(yk_parts *parts);

/** Begins to write part i: creates *writer with the first. */
YK_MUST_CHECK yk_status yk_parts_enter(const yk_parts *parts, int i, yk_datawriter **writer);

/** (*owner)[s] = the part of sample s: the first count[0] positions of the keyed permutation are part 0, and so on; the
 *  counts add up to n. Release with yk_free(). */
YK_MUST_CHECK yk_status yk_parts_draw(unsigned char **owner, int64_t n, int n_parts, const int64_t *count,
                                      uint64_t seed);

#endif
