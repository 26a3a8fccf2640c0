/* SPDX-License-Identifier: Apache-2.0 */
/* The gradient sum: leaf vectors of a rank become tree nodes, nodes of all ranks become totals, each at the rank that
 * owns these elements (a reduce-scatter in the order of the tree); an all-gather brings what was made of the totals to
 * all ranks. Who owns what says a deal (comm/deal.h).
 *
 * A batch of n leaves is worked through in chunks: up to `chunk` leaves of the rank are live together, their gradients
 * as vectors side by side. yk_reduce_add() adds them to nodes; where a batch needs several chunks, nodes that are not
 * complete wait in vectors of their own. yk_reduce_bucket() then gives a range of the vector away.
 *
 * Ranks of a machine have their vectors in memory that all of them see (comm/shared.h): an owner adds up
 * what lies there, and no message is sent. Between machines each owner has one rank on every other machine that serves
 * it: that one adds what the tree allows of its machine's nodes and sends the few nodes that remain; the owner
 * evaluates the tree over its own machine's nodes and those that came. A rank that shares memory with nobody is a
 * machine of its own.
 *
 * A bucket is done when all have given it. On one machine a rank looks for such buckets whenever it gives one itself,
 * and does the rest in yk_reduce_wait(): nobody waits before. Between machines a thread of the communicator does them
 * while the rank computes, where MPI lets it (yk_comm_concurrent()); else they are all done in yk_reduce_wait(). The
 * all-gather likewise may go on while the next batch's forward runs.
 *
 * Allocates nothing after creation. Every rank of the communicator calls the same sequence. */
#ifndef YK_COMM_REDUCE_H
#define YK_COMM_REDUCE_H

#include "comm/comm.h"
#include "comm/tree.h"

typedef struct yk_reduce yk_reduce;

/** `length` elements a vector; `chunk` leaves at once; at most `leaves` leaves in a batch over all ranks. `wire`: in
 * what form numbers travel; all sums are rounded to it. The deal is borrowed and equal on all ranks. YK_ERR_NOMEM,
 * YK_ERR_MPI; all ranks leave with the same. Collective. */
YK_MUST_CHECK yk_status yk_reduce_create(yk_reduce **out, yk_comm *comm, int64_t length, int64_t chunk, int64_t leaves,
                                         yk_wire wire, const yk_deal *deal);

/** Rank-local, not within a batch. Sets to NULL; accepts NULL. */
void yk_reduce_destroy(yk_reduce **reduce);

/** Ranks that have their vectors in memory that this one sees, itself included; does a thread carry the messages? */
int yk_reduce_sharers(const yk_reduce *reduce);
bool yk_reduce_has_thread(const yk_reduce *reduce);

/** Bytes that yk_reduce_create() would take on this rank, for the plan. */
int64_t yk_reduce_bytes(const yk_comm *comm, int64_t length, int64_t chunk, int64_t leaves, const yk_deal *deal);

/** Where the program writes the leaf vectors of the chunk that yk_reduce_chunk() has announced (before: some chunk's,
 * for the plan): leaf g at + g yk_reduce_step(). Chunks of one leaf come to different places, so that no node has to be
 *  moved when the next chunk comes. */
float *yk_reduce_leaves(yk_reduce *reduce);
int64_t yk_reduce_step(const yk_reduce *reduce);

/** A new batch of n leaves begins, n >= 1; this rank has the leaves of yk_tree_range(). Waits until the ranks of its
 *  machine have read all of the last batch. Collective. */
void yk_reduce_begin(yk_reduce *reduce, int64_t n);

/** The next `count` leaves of this rank come to yk_reduce_leaves(); yk_reduce_add() says how much of them is there.
 *  `count` is `chunk` in all chunks of a batch but the last. Rank-local. */
void yk_reduce_chunk(yk_reduce *reduce, int64_t count);

/** Elements first .. last-1 of the current chunk's vectors are final: adds them into nodes. Ranges in any order, each
 *  element once a chunk. Rank-local. */
void yk_reduce_add(yk_reduce *reduce, int64_t first, int64_t last);

/** After the last chunk's yk_reduce_add() of this range: gives the nodes' elements first .. last-1 to the ranks that
 *  hold them, and returns without waiting for anybody. Ranks without leaves take part too. Collective, equal ranges on
 *  all ranks. */
YK_MUST_CHECK yk_status yk_reduce_bucket(yk_reduce *reduce, int64_t first, int64_t last);

/** Waits for all buckets; afterwards yk_reduce_total() holds the sums that this rank owns. Collective. */
YK_MUST_CHECK yk_status yk_reduce_wait(yk_reduce *reduce);

/** A vector that has the totals at the elements that this rank owns. May be overwritten there by the caller. Ask after
 *  yk_reduce_wait(): it is where the first node was. */
float *yk_reduce_total(yk_reduce *reduce);

/** The all-gather that follows: `mine` has the elements that this rank owns in their places, `all` gets the
 * whole vector; both may be the same, and either may be yk_reduce_total(). Once a batch at most, after
 * yk_reduce_wait(). Overwrites totals and nodes. Collective. */
YK_MUST_CHECK yk_status yk_reduce_gather(yk_reduce *reduce, const float *mine, float *all);

/** The same, by the thread while this rank does other work (without a thread: at once, as above). The vector comes from
 *  its end to its beginning. Until yk_reduce_gather_await(reduce, 0) nobody writes `mine`, `all`, or leaf vectors, and
 *  no batch begins. Collective. */
YK_MUST_CHECK yk_status yk_reduce_gather_begin(yk_reduce *reduce, const float *mine, float *all);

/** Are elements first ... of `all` there? True where no gather is under way. */
bool yk_reduce_gathered(const yk_reduce *reduce, int64_t first);

/** Waits until they are. Rank-local. */
YK_MUST_CHECK yk_status yk_reduce_gather_await(yk_reduce *reduce, int64_t first);

#endif
