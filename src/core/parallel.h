/* SPDX-License-Identifier: Apache-2.0 */
/* Threads share jobs. This is the only place where work goes to other threads: kernels, sums and initialisers cut it
 * into jobs by the shape alone, so that the number of threads never shows in a result. */
#ifndef YK_CORE_PARALLEL_H
#define YK_CORE_PARALLEL_H

#include <stdint.h>

/** Does job number `job` of the work that `context` describes. Jobs write to different places and cannot fail. */
typedef void (*yk_job)(const void *context, int64_t job);

/** Calls run(context, job) once for each job in [0, jobs), in any order, and returns when all are done. `work` says
 *  how many element operations they are together: a few stay on the calling thread or go to few others, and the caller
 * does all where there is one thread only (yk_threads_set(), core/cpu.h), where a job calls, or while another thread's
 * call has the pool. Asks for no memory but where the number of threads has grown. Any thread. */
void yk_parallel(int64_t jobs, int64_t work, yk_job run, const void *context);

#endif
