/* SPDX-License-Identifier: Apache-2.0 */
/* Memory that the ranks of a machine see: each has a piece of it, and counts in it what it has done. Ranks that do the
 * same steps in the same order number them alike, so a rank waits for step k of another one.
 *
 * Whoever waits sleeps in the kernel, for a moment at a time: a rank that died leaves nobody in a loop that burns a
 * core. That it died is told by those who tell it of messages: the launcher, and the stall watch (comm/stall.h). */
#ifndef YK_COMM_SHARED_H
#define YK_COMM_SHARED_H

#include "comm/comm.h"

typedef struct yk_shared yk_shared;

/** Pieces of `bytes` bytes (this rank's; each begins at a page), zeroed. group[r]: number of the lowest rank that rank
 * r shares with; equal on all ranks. Where the system does not give a group the memory that is no error: *out is NULL
 * on its ranks, and group[r] = r on all. A rank alone gets none, either. YK_ERR_NOMEM, YK_ERR_MPI. Collective. */
YK_MUST_CHECK yk_status yk_shared_create(yk_shared **out, yk_comm *comm, int *group, int64_t bytes);

/** Rank-local; others keep what they see. Sets to NULL; accepts NULL. */
void yk_shared_destroy(yk_shared **shared);

/** The piece of a rank of the group, as this process sees it. */
void *yk_shared_piece(const yk_shared *shared, int rank);

/** This rank has done its next step: what it wrote is seen by whoever knows of that. Returns the step's number. */
unsigned yk_shared_post(yk_shared *shared);

/** Has the rank done this step? Have all of the group? */
bool yk_shared_done(const yk_shared *shared, int rank, unsigned step);
bool yk_shared_all_done(const yk_shared *shared, unsigned step);

/** Waits until it has: looks for a while, then sleeps. YK_ERR_MPI. One thread of a rank at a time. */
YK_MUST_CHECK yk_status yk_shared_await(yk_shared *shared, int rank, unsigned step);
YK_MUST_CHECK yk_status yk_shared_await_all(yk_shared *shared, unsigned step);

/** A bell a rank, for those that ask each other in no order. How often this rank's has been rung; rings that of a rank
 * of the group, which sees what was written before. From any thread; these call no MPI. */
unsigned yk_shared_rings(const yk_shared *shared);
void yk_shared_ring(yk_shared *shared, int rank);

/** Sleeps until this rank's bell has been rung since it had been `heard` times, or for about `seconds`. */
void yk_shared_listen(yk_shared *shared, unsigned heard, double seconds);

#endif
