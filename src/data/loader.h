/* SPDX-License-Identifier: Apache-2.0 */
/* The loader: batches of this rank's samples, converted and ready, read ahead by the I/O thread into a ring.
 *
 * Step k (counted from the start of training) belongs to epoch k / steps_per_epoch; its batch is the samples at
 * positions [j B, min((j+1) B, N)) of that epoch's order, j = k mod steps_per_epoch. The batch is cut into
 * micro-batches of b samples, the last may be short, and the rank gets those of yk_tree_range(). */
#ifndef YK_DATA_LOADER_H
#define YK_DATA_LOADER_H

#include "comm/tree.h"
#include "data/feed.h"
#include "data/order.h"
#include "io/io_thread.h"

typedef struct yk_loader_opts {
    yk_dataset *dataset; /**< borrowed */
    yk_order order;
    int n_feed;
    const yk_feed *feed;  /**< borrowed */
    int64_t batch, micro; /**< B and b; B = N for a full batch */
    int rank, size;
    const yk_augmentation *mix; /**< mixes samples of a micro-batch under `seed`; NULL: nothing does; borrowed */
    uint64_t seed;
    yk_io_thread *io; /**< NULL: read on the calling thread, as samples that are spread over ranks must be */
    int depth;        /**< batches in the ring, >= 1; 2 or more to read ahead */
} yk_loader_opts;

/** This rank's part of a batch. Everything is borrowed until the next yk_loader_next(). */
typedef struct yk_batch {
    int64_t step, epoch;
    int64_t count;             /**< samples of the whole batch, over all ranks */
    int64_t leaves;            /**< micro-batches of the whole batch */
    int64_t first, last;       /**< this rank's micro-batches */
    int64_t rows;              /**< this rank's samples */
    const int64_t *sample;     /**< their numbers */
    void *data[YK_MAX_FIELDS]; /**< per feed: rows samples, converted */
} yk_batch;

typedef struct yk_loader yk_loader;

/** Steps of one epoch: N / B, rounded up. */
int64_t yk_steps_per_epoch(int64_t samples, int64_t batch);

YK_MUST_CHECK yk_status yk_loader_create(yk_loader **out, const yk_loader_opts *opts);
void yk_loader_destroy(yk_loader **loader);

/** Bytes of a ring of `depth` batches, for the plan: where an I/O thread reads ahead, opts->depth, else 1. */
int64_t yk_loader_bytes(const yk_loader_opts *opts, int depth);

/** The batch of `step` (collective where samples are spread over ranks); steps are usually asked for in order (then the
 * next ones have been read ahead). Allocates nothing. On error batch->rows is 0 and the other fields are still right,
 * so that the rank can take part in the agreement. */
YK_MUST_CHECK yk_status yk_loader_next(yk_loader *loader, int64_t step, yk_batch *batch);

#endif
