/* SPDX-License-Identifier: Apache-2.0 */
/* What the connections between ranks are like, measured. */
#ifndef YK_COMM_MEASURE_H
#define YK_COMM_MEASURE_H

#include "comm/comm.h"
#include "comm/wire.h"

/** Median seconds of the MPI library's own sum of `bytes` bytes of floats over all ranks, in `rounds` rounds. Equal on
 *  all ranks: the slowest rank's. Collective. YK_ERR_NOMEM, YK_ERR_MPI. */
YK_MUST_CHECK yk_status yk_comm_time_sum(yk_comm *comm, int64_t bytes, int rounds, double *seconds);

/** Seconds of a sum of `bytes` bytes of floats over all ranks, that all ranks have afterwards; medians of rounds that
 *  take turns. */
typedef struct yk_sum_times {
    double own; /**< comm/reduce.h's, gather included, in place; every rank has one leaf, given in buckets; floats of
                 *   the leaves travel as `wire` says */
    double mpi; /**< MPI_Allreduce's, in place */
} yk_sum_times;

/** Equal on all ranks: the slowest rank's. yk_comm_set_ways() counts. Collective. YK_ERR_NOMEM, YK_ERR_MPI. */
YK_MUST_CHECK yk_status yk_comm_time_sums(yk_comm *comm, yk_wire wire, int64_t bytes, int64_t bucket_bytes, int rounds,
                                          yk_sum_times *out);

/** Median seconds in which every rank copies `bytes` bytes of its own memory, all at once; slowest rank. Collective.
 *  YK_ERR_NOMEM, YK_ERR_MPI. */
YK_MUST_CHECK yk_status yk_comm_time_copy(yk_comm *comm, int64_t bytes, int rounds, double *seconds);

/** Median seconds in which the first rank of every machine sends `bytes` bytes to that of the next machine and gets as
 *  many from the last one; 0 on one machine. Collective. YK_ERR_NOMEM, YK_ERR_MPI. */
YK_MUST_CHECK yk_status yk_comm_time_link(yk_comm *comm, int64_t bytes, int rounds, double *seconds);

/** By how much each rank's wall clock is ahead of rank 0's, in seconds, to within half the time of a message and its
 *  answer: offset[size], on rank 0; other ranks' stay as they are. Collective. */
YK_MUST_CHECK yk_status yk_comm_clock_offsets(yk_comm *comm, double *offset);

#endif
