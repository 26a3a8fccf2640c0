/* SPDX-License-Identifier: Apache-2.0 */
/* The I/O thread reads ahead and writes checkpoints while training runs. It never calls MPI. Jobs run in the
 * order in which they were submitted. A NULL thread runs each job at once on the caller (inside a host program, which
 * may use HDF5 itself). */
#ifndef YK_IO_IO_THREAD_H
#define YK_IO_IO_THREAD_H

#include <stdbool.h>

#include "yoke/status.h"

typedef struct yk_io_thread yk_io_thread;

/** One piece of work. The caller owns it, keeps it alive until yk_io_wait() returned, and may submit it again then. */
typedef struct yk_io_job {
    yk_status (*run)(void *context);
    void *context;
    yk_status status;   /**< result */
    char message[1024]; /**< error text of the I/O thread, handed over by yk_io_wait() */
    bool again;         /**< set by run(): the job is queued once more, behind those that came meanwhile */
    bool done;
    struct yk_io_job *next;
} yk_io_job;

/** Starts the thread. YK_ERR_NOMEM, YK_ERR_INTERNAL (the system has no more threads). */
YK_MUST_CHECK yk_status yk_io_thread_create(yk_io_thread **out);

/** Ends after the jobs that were submitted. Sets to NULL; accepts NULL. */
void yk_io_thread_destroy(yk_io_thread **thread);

/** Queues a job: run and context are set by the caller. Does not wait and allocates nothing. */
void yk_io_submit(yk_io_thread *thread, yk_io_job *job);

/** Waits for a submitted job and returns its status; its message becomes the caller's trail. */
YK_MUST_CHECK yk_status yk_io_wait(yk_io_thread *thread, yk_io_job *job);

#endif
