/* SPDX-License-Identifier: Apache-2.0 */
/* Samples that are spread over the ranks: each rank holds some in memory of its own, and together, in the order of the
 * ranks, they are samples 0 .. N-1. A batch is drawn from this sequence, and its samples travel to the ranks that
 * compute them, so that who held a sample never shows in a result: parameters are a function of the sequence (contract
 * R). Where each rank already holds what it will compute, nothing travels. Lives on the thread that calls MPI. */
#ifndef YK_DATA_SPREAD_H
#define YK_DATA_SPREAD_H

#include "comm/comm.h"
#include "data/order.h"

typedef struct yk_spread yk_spread;

/** `n` fields of sample_bytes[i] bytes a sample. No samples yet. `comm` is borrowed. Rank-local. */
YK_MUST_CHECK yk_status yk_spread_create(yk_spread **out, yk_comm *comm, int n, const int64_t *sample_bytes);
void yk_spread_destroy(yk_spread **spread);

/** This rank's samples from now on: `count` (0 is fine), those of field i at memory[i], borrowed. Collective. */
YK_MUST_CHECK yk_status yk_spread_set(yk_spread *spread, int64_t count, const void *const *memory);

/** Samples first .. last-1 of the whole are this rank's; returns N. */
int64_t yk_spread_range(const yk_spread *spread, int64_t *first, int64_t *last);

/** Room for batches of up to `batch` samples, of which this rank gets up to `rows`. Rank-local. */
YK_MUST_CHECK yk_status yk_spread_reserve(yk_spread *spread, int64_t batch, int64_t rows);

/** The next batch: position p of it is sample order(epoch, start + p), p < count; positions cut[r] .. cut[r+1]-1 go to
 *  rank r (size+1 entries). Rank-local, with equal arguments on all ranks. Allocates nothing. */
void yk_spread_draw(yk_spread *spread, const yk_order *order, int64_t epoch, int64_t start, int64_t count,
                    const int64_t *cut);

/** Brings the raw elements of field i of the batch to their ranks: `out` gets this rank's samples in their order.
 *  Collective. Allocates nothing. */
YK_MUST_CHECK yk_status yk_spread_fetch(yk_spread *spread, int i, void *out);

#endif
