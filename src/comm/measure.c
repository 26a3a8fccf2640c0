/* SPDX-License-Identifier: Apache-2.0 */
#include "comm/measure.h"

#include <math.h>
#include <stdlib.h>
#include <time.h>

#include "comm/comm_mpi.h"
#include "core/clock.h"
#include "core/mem.h"

enum { TAG = 3, PINGS = 20 };

static int by_size(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static yk_status time_rounds(yk_comm *comm, int count, int rounds, float *values, double *taken)
{
    for (int r = -1; r < rounds; r++) { /* the first opens connections */
        YK_MPI(MPI_Barrier, (comm->mpi));
        const double began = yk_clock();
        YK_MPI(MPI_Allreduce, (MPI_IN_PLACE, values, count, MPI_FLOAT, MPI_SUM, comm->mpi));
        if (r >= 0)
            taken[r] = yk_clock() - began;
    }
    return YK_OK;
}

yk_status yk_comm_time_sum(yk_comm *comm, int64_t bytes, int rounds, double *seconds)
{
    yk_status status;
    float *values = NULL;
    double *taken = NULL;
    *seconds = 0;
    if (comm->mpi == MPI_COMM_NULL)
        return YK_OK;
    status = yk_alloc(&values, bytes / 4, 4);
    if (status == YK_OK)
        status = yk_alloc(&taken, rounds, sizeof *taken);
    status = yk_comm_agree(comm, status);
    if (status == YK_OK)
        status = time_rounds(comm, (int)(bytes / 4), rounds, values, taken);
    if (status == YK_OK) {
        qsort(taken, (size_t)rounds, sizeof *taken, by_size);
        int64_t nanoseconds = (int64_t)(1e9 * taken[rounds / 2]);
        status = yk_comm_max(comm, 1, &nanoseconds);
        *seconds = 1e-9 * (double)nanoseconds;
    }
    yk_free(values);
    yk_free(taken);
    return status;
}

static double wall_clock(void)
{
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* Rank 0 asks for the time; the fastest answer counts, as the one that lay about least. */
static yk_status ask(yk_comm *comm, int rank, double *offset)
{
    double fastest = HUGE_VAL;
    for (int i = 0; i < PINGS; i++) {
        double theirs;
        const double began = wall_clock();
        YK_MPI(MPI_Send, (NULL, 0, MPI_BYTE, rank, TAG, comm->mpi));
        YK_MPI(MPI_Recv, (&theirs, 1, MPI_DOUBLE, rank, TAG, comm->mpi, MPI_STATUS_IGNORE));
        const double ended = wall_clock();
        if (ended - began < fastest) {
            fastest = ended - began;
            *offset = theirs - (began + ended) / 2;
        }
    }
    return YK_OK;
}

static yk_status answer(yk_comm *comm)
{
    for (int i = 0; i < PINGS; i++) {
        YK_MPI(MPI_Recv, (NULL, 0, MPI_BYTE, 0, TAG, comm->mpi, MPI_STATUS_IGNORE));
        const double now = wall_clock();
        YK_MPI(MPI_Send, (&now, 1, MPI_DOUBLE, 0, TAG, comm->mpi));
    }
    return YK_OK;
}

yk_status yk_comm_clock_offsets(yk_comm *comm, double *offset)
{
    if (comm->rank > 0)
        return answer(comm);
    offset[0] = 0;
    for (int r = 1; r < comm->size; r++)
        YK_TRY(ask(comm, r, &offset[r]));
    return YK_OK;
}
