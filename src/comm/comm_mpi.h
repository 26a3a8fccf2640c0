/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of this room share: the communicator's insides, and MPI's errors as statuses. */
#ifndef YK_COMM_COMM_MPI_H
#define YK_COMM_COMM_MPI_H

#include <mpi.h>

#include "comm/comm.h"
#include "core/error.h"

struct yk_comm {
    MPI_Comm mpi; /* MPI_COMM_NULL: this process alone, without MPI */
    int rank, size, nodes;
    bool concurrent; /* MPI_THREAD_MULTIPLE on all ranks */
    int *machine;    /* of each rank: the lowest rank that shares its memory */
    yk_ways ways;
    char (*host)[MPI_MAX_PROCESSOR_NAME]; /* one a rank */
    struct yk_stall *stall;               /* who watches; NULL: nobody */
};

/* Messages are cut into pieces of this many bytes: MPI counts in int. */
#define YK_COMM_PIECE ((int64_t)1 << 30)

/* The trail for an MPI error code of `function`; returns YK_ERR_MPI. */
yk_status yk_mpi_error(int code, const char *function, const char *file, int line, const char *func);

/* YK_MPI(MPI_Barrier, (comm)) calls it, and returns YK_ERR_MPI from the caller when it fails. */
#define YK_MPI(function, arguments)                                                                                    \
    do {                                                                                                               \
        int code_ = function arguments;                                                                                \
        if (code_ != MPI_SUCCESS)                                                                                      \
            return yk_mpi_error(code_, #function, __FILE__, __LINE__, __func__);                                       \
    } while (0)

#endif
