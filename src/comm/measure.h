/* SPDX-License-Identifier: Apache-2.0 */
/* What the connections between ranks are like, measured. */
#ifndef YK_COMM_MEASURE_H
#define YK_COMM_MEASURE_H

#include "comm/comm.h"

/** Median seconds of the MPI library's own sum of `bytes` bytes of floats over all ranks, in `rounds` rounds. Equal on
 *  all ranks: the slowest rank's. Collective. YK_ERR_NOMEM, YK_ERR_MPI. */
YK_MUST_CHECK yk_status yk_comm_time_sum(yk_comm *comm, int64_t bytes, int rounds, double *seconds);

/** By how much each rank's wall clock is ahead of rank 0's, in seconds, to within half the time of a message and its
 *  answer: offset[size], on rank 0; other ranks' stay as they are. Collective. */
YK_MUST_CHECK yk_status yk_comm_clock_offsets(yk_comm *comm, double *offset);

#endif
