/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the stall watch share: stall.c has the thread and its messages, stall_judge.c what they mean. */
#ifndef YK_COMM_STALL_PARTS_H
#define YK_COMM_STALL_PARTS_H

#include <pthread.h>
#include <stdatomic.h>

#include "comm/comm_mpi.h"
#include "comm/stall.h"

/** What a rank says of itself. */
enum {
    SAYS_PLACE,
    SAYS_STEP,
    SAYS_MARKS,
    SAYS_BUSY,
    SAYS_LEAVES,
    SAYS
}; /* BUSY: nanoseconds of getting samples and computing */

/** What is known of a rank. */
typedef struct yk_stall_seen {
    int64_t says[SAYS];
    double heard, moved;          /**< clock: of its last beat, of its last progress */
    int64_t from_busy, from_leaf; /**< where the window for the speed began */
    double pace;                  /**< of the window: seconds a micro-batch; 0: not known */
    int slow;                     /**< windows in a row in which it was slow */
    bool told;
    int64_t told_files; /**< SAYS_MARKS of the wait for files that was told of */
} yk_stall_seen;

typedef struct yk_stall {
    yk_comm *comm;
    double seconds, beat; /**< the limit, and the time between beats */
    int centre[2];        /**< ranks that judge; the second -1: there is none */
    yk_stall_call call;
    void *context;
    bool ended; /**< it has called: once is enough */
    yk_stall_seen *seen;
    double woke, window; /**< clock: of the last round, of the begin of the window */
    double *pace;        /**< scratch for the median */
    char *choice;        /**< scratch: one letter a rank */
    /* written by the marking thread */
    _Atomic int64_t mine[SAYS];
    double since; /**< clock of the last mark */
    /* messages; NULL and MPI_COMM_NULL without MPI_THREAD_MULTIPLE */
    MPI_Comm mpi;
    int n_to;
    int *to;
    int64_t (*out)[SAYS];
    MPI_Request *sending, receiving;
    int64_t in[SAYS];
    /* the thread */
    pthread_t thread;
    pthread_mutex_t mutex;
    pthread_cond_t wake;
    bool begun, stop, running;
} yk_stall;

/** Is it a place in which a rank waits for others? */
bool yk_stall_waits(int64_t place);

/** Looks at what is known and calls back. On the watch thread. */
void yk_stall_judge(yk_stall *s, double now);

/** From the clock on nothing has been missed: this rank did not run itself. */
void yk_stall_forgive(yk_stall *s, double now);

#endif
