/* SPDX-License-Identifier: Apache-2.0 */
/* Ranks. The only room that includes <mpi.h>. A communicator of yoke's own is a duplicate of the caller's, with
 * MPI_ERRORS_RETURN. All calls come from one thread, the one that made the communicator, as MPI_THREAD_FUNNELED allows;
 * threads of the room's own call MPI only where yk_comm_concurrent() says so.
 * "Collective" means: every rank calls it, in the same order. A communicator of one process needs no MPI at all. */
#ifndef YK_COMM_COMM_H
#define YK_COMM_COMM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "comm/deal.h"
#include "yoke/status.h"

typedef struct yk_comm yk_comm;

/** Initialises MPI for the program and gives the communicator of all its processes. Collective. YK_ERR_MPI; after an
 *  error the program ends with yk_comm_abort(NULL, code). */
YK_MUST_CHECK yk_status yk_comm_start(yk_comm **out, int *argc, char ***argv);

/** Waits for all ranks, so that a launcher that ends the job at the first exit cuts nobody off; destroys the
 *  communicator of yk_comm_start() and finalises MPI. Collective. */
void yk_comm_stop(yk_comm **comm);

/** A communicator of this process alone, without MPI. */
YK_MUST_CHECK yk_status yk_comm_create_self(yk_comm **out);

/** Ranks that are not there, `ranks` on each of `machines` machines, of which this process takes itself for rank 0: for
 *  plans alone, no message can be sent. YK_ERR_NOMEM. Rank-local. */
YK_MUST_CHECK yk_status yk_comm_create_planned(yk_comm **out, int machines, int ranks);

/** Duplicates the host program's communicator: `mpi_comm` points to an MPI_Comm. Collective. */
YK_MUST_CHECK yk_status yk_comm_create(yk_comm **out, const void *mpi_comm);

/** The same for a Fortran program's communicator: an MPI_Fint. Collective. */
YK_MUST_CHECK yk_status yk_comm_create_fortran(yk_comm **out, int64_t mpi_comm);

/** Collective for communicators of yk_comm_create(). Sets to NULL; accepts NULL. */
void yk_comm_destroy(yk_comm **comm);

/** Ends all ranks of the program at once with an exit code: for a rank that cannot reach its collectives. NULL: all
 *  processes of MPI, or this one where MPI does not run. Does not return. */
void yk_comm_abort(yk_comm *comm, int code);

int yk_comm_rank(const yk_comm *comm);
int yk_comm_size(const yk_comm *comm);
int yk_comm_nodes(const yk_comm *comm);                  /**< number of machines */
bool yk_comm_concurrent(const yk_comm *comm);            /**< MPI_THREAD_MULTIPLE on all ranks: threads may call MPI */
const char *yk_comm_host(const yk_comm *comm, int rank); /**< machine of a rank */
bool yk_comm_leads(const yk_comm *comm);           /**< the first rank of its machine: one of those that share memory */
int yk_comm_leader(const yk_comm *comm, int rank); /**< the first rank of a rank's machine; `rank` without memory that
                                                    *   is shared (yk_ways) */
const char *yk_comm_version(void);                 /**< "Open MPI 4.1.4, MPI 3.1"; needs no start */

/** What sums of gradients (comm/reduce.h) do without. The bits are the same. */
typedef struct yk_ways {
    bool no_memory; /**< ranks of a machine send each other messages, as those of several do */
    bool no_thread; /**< messages travel while a rank waits for them, and not while it computes */
    int machine; /**< for tests: so many neighbouring ranks count as a machine; -n: dealt out to n machines; 0: as is */
} yk_ways;

/** For the sums that are created from now on. Rank-local, equal on all ranks. */
void yk_comm_set_ways(yk_comm *comm, const yk_ways *ways);

/** All ranks leave with the same status: the worst of all, with the message of the lowest rank that has it. When not
 *  all ranks failed, the message begins with "rank 2 (host b): ". Collective. Returns the agreed status. */
YK_MUST_CHECK yk_status yk_comm_agree(yk_comm *comm, yk_status mine);

/** Element-wise over ranks, in place, n values. Collective. */
YK_MUST_CHECK yk_status yk_comm_max(yk_comm *comm, int64_t n, int64_t *values);
YK_MUST_CHECK yk_status yk_comm_sum(yk_comm *comm, int64_t n, int64_t *values);

/** Rank root's bytes to all. Collective. */
YK_MUST_CHECK yk_status yk_comm_broadcast(yk_comm *comm, int root, void *data, int64_t bytes);

/** Every rank holds elements offset[rank] .. offset[rank+1]-1 of `data`, an array of `size`-byte elements; afterwards
 *  all ranks hold all of it. offset has size+1 entries, equal on all ranks. Collective. */
YK_MUST_CHECK yk_status yk_comm_all_gather(yk_comm *comm, const int64_t *offset, size_t size, void *data);

/** Elements first .. first+count-1 of an array of which every rank holds its own part only: `mine` is its elements
 *  offset[rank] .. offset[rank+1]-1. They come to `out` on `root` (count elements; not read on other ranks).
 *  Collective. */
YK_MUST_CHECK yk_status yk_comm_collect(yk_comm *comm, int root, const int64_t *offset, size_t size, const void *mine,
                                        int64_t first, int64_t count, void *out);

/** The same of an array whose pieces are dealt out (comm/deal.h): `mine` is this rank's, one behind the other.
 *  Collective. */
YK_MUST_CHECK yk_status yk_comm_collect_dealt(yk_comm *comm, int root, const yk_deal *deal, size_t size,
                                              const void *mine, int64_t first, int64_t count, void *out);

/** Every rank sends bytes out_at[r] .. out_at[r+1]-1 of `out` to rank r and gets bytes in_at[r] .. in_at[r+1]-1 of `in`
 *  from it; both have size+1 offsets, and what one rank sends is what the other expects. Pairs that have nothing for
 *  each other exchange no message; what a rank has for itself is not moved. Collective. Allocates nothing. */
YK_MUST_CHECK yk_status yk_comm_exchange(yk_comm *comm, const int64_t *out_at, const void *out, const int64_t *in_at,
                                         void *in);

#endif
