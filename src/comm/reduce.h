/* SPDX-License-Identifier: Apache-2.0 */
/* The gradient sum: leaf vectors of a rank become tree nodes, nodes of all ranks become totals, each at the rank that
 * holds that share of the vector (a reduce-scatter in the order of the tree).
 *
 * A batch of n leaves is worked through in chunks: up to `chunk` leaves of the rank are live together, their gradients
 * as vectors side by side. yk_reduce_add() adds them to nodes; where a batch needs several chunks, nodes that are not
 * complete wait in vectors of their own. yk_reduce_bucket() then sends a range of the vector. Today it waits for the
 * messages; an engine with a thread of its own can start them here and finish in yk_reduce_wait(). Allocates nothing
 * after creation. Every rank of the communicator calls the same sequence. */
#ifndef YK_COMM_REDUCE_H
#define YK_COMM_REDUCE_H

#include "comm/comm.h"
#include "comm/tree.h"

typedef struct yk_reduce yk_reduce;

/** `length` elements a vector; `chunk` leaves at once; at most `leaves` leaves in a batch over all ranks. share has
 *  size+1 offsets: rank r holds elements share[r] .. share[r+1]-1 of the total. Rank-local. YK_ERR_NOMEM. */
YK_MUST_CHECK yk_status yk_reduce_create(yk_reduce **out, yk_comm *comm, int64_t length, int64_t chunk, int64_t leaves,
                                         const int64_t *share);
void yk_reduce_destroy(yk_reduce **reduce);

/** Bytes that yk_reduce_create() would take on this rank, for the plan. */
int64_t yk_reduce_bytes(const yk_comm *comm, int64_t length, int64_t chunk, int64_t leaves, const int64_t *share);

/** Where the program writes the leaf vectors of the chunk that yk_reduce_chunk() has announced (before: some chunk's,
 * for the plan): leaf g at + g yk_reduce_step(). Chunks of one leaf come to different places, so that no node has to be
 *  moved when the next chunk comes. */
float *yk_reduce_leaves(yk_reduce *reduce);
int64_t yk_reduce_step(const yk_reduce *reduce);

/** A new batch of n leaves begins, n >= 1; this rank has the leaves of yk_tree_range(). Rank-local. */
void yk_reduce_begin(yk_reduce *reduce, int64_t n);

/** The next `count` leaves of this rank come to yk_reduce_leaves(); yk_reduce_add() says how much of them is there.
 *  `count` is `chunk` in all chunks of a batch but the last. Rank-local. */
void yk_reduce_chunk(yk_reduce *reduce, int64_t count);

/** Elements first .. last-1 of the current chunk's vectors are final: adds them into nodes. Ranges in any order, each
 *  element once a chunk. Rank-local. */
void yk_reduce_add(yk_reduce *reduce, int64_t first, int64_t last);

/** After the last chunk's yk_reduce_add() of this range: sends the nodes' elements first .. last-1 to the ranks that
 *  hold them. Ranks without leaves take part too. Collective, equal ranges on all ranks. */
YK_MUST_CHECK yk_status yk_reduce_bucket(yk_reduce *reduce, int64_t first, int64_t last);

/** Waits for all buckets; afterwards yk_reduce_total() holds the sum for this rank's share. Collective. */
YK_MUST_CHECK yk_status yk_reduce_wait(yk_reduce *reduce);

/** The totals of this rank's share: element share[rank] + i at [i]. May be overwritten by the caller. The place can
 *  differ from batch to batch (on rank 0 the total stays where its first node was): ask after yk_reduce_wait(). */
float *yk_reduce_total(yk_reduce *reduce);

#endif
