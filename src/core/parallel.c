/* SPDX-License-Identifier: Apache-2.0 */
/* Jobs on OpenMP's threads, each of which takes an even share of consecutive ones. A region is started only where
 * several threads will work in it: GNU's library asks for memory, and gives it back, each time that a region runs on a
 * single one. LLVM's may do so in each `omp for`, so the share is counted out here. */
#include "core/parallel.h"

#include <omp.h>
#include <stdbool.h>

/* Element operations below which waking the threads costs more than it gives. */
enum { WORTH_THREADS = 32768 };

static bool worth_threads(int64_t jobs, int64_t work)
{
    return jobs > 1 && work > WORTH_THREADS && omp_get_max_threads() > 1 && !omp_in_parallel();
}

void yk_parallel(int64_t jobs, int64_t work, yk_job run, const void *context)
{
    if (!worth_threads(jobs, work)) {
        for (int64_t job = 0; job < jobs; job++)
            run(context, job);
        return;
    }
#pragma omp parallel
    {
        const int64_t threads = omp_get_num_threads(), thread = omp_get_thread_num();
        for (int64_t job = thread * jobs / threads; job < (thread + 1) * jobs / threads; job++)
            run(context, job);
    }
}
