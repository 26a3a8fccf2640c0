/* SPDX-License-Identifier: Apache-2.0 */
/* Who owns which elements of a vector. It is cut into stripes, and each stripe is dealt out to all ranks: whatever part
 * of the vector is being summed, all ranks and all links between them have the same to do. */
#ifndef YK_COMM_DEAL_H
#define YK_COMM_DEAL_H

#include <stdint.h>

#include "core/num.h"

/** Piece i is elements cut[i] .. cut[i+1]-1, and rank i % size owns it. */
typedef struct yk_deal {
    int size; /**< ranks */
    int64_t stripes;
    int64_t *cut; /**< stripes * size + 1, ascending; pieces may be empty */
} yk_deal;

static inline int64_t yk_deal_piece(const yk_deal *deal, int64_t stripe, int rank)
{
    return stripe * deal->size + rank;
}

/** Elements of a rank. */
static inline int64_t yk_deal_count(const yk_deal *deal, int rank)
{
    int64_t count = 0;
    for (int64_t i = rank; i < deal->stripes * deal->size; i += deal->size)
        count += deal->cut[i + 1] - deal->cut[i];
    return count;
}

/** Of the largest piece. */
static inline int64_t yk_deal_widest(const yk_deal *deal)
{
    int64_t widest = 0;
    for (int64_t i = 0; i < deal->stripes * deal->size; i++)
        widest = yk_max(widest, deal->cut[i + 1] - deal->cut[i]);
    return widest;
}

#endif
