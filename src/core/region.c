/* SPDX-License-Identifier: Apache-2.0 */
/* Regions of one thread, without memory. GNU's OpenMP library asks for memory, and gives it back, each time that a
 * parallel region runs on a single thread (its `if` clause is false, or there is one thread only), but the step of a
 * training allocates nothing. The linker sends every start of a region here (--wrap, CMakeLists.txt): such a region is
 * called as the function that the compiler made of it. Outside of any other region that is the same: static schedules
 * ask for the number of threads, which is 1. */
#if defined(__GNUC__) && !defined(__clang__)
#include <omp.h>

void __real_GOMP_parallel(void (*region)(void *), void *data, unsigned threads, unsigned flags);
void __wrap_GOMP_parallel(void (*region)(void *), void *data, unsigned threads, unsigned flags);

void __wrap_GOMP_parallel(void (*region)(void *), void *data, unsigned threads, unsigned flags)
{
    const int wanted = threads ? (int)threads : omp_get_max_threads();
    if (wanted == 1 && !omp_in_parallel())
        region(data);
    else
        __real_GOMP_parallel(region, data, threads, flags);
}
#else
typedef int yk_region_is_for_gnu; /* a source file has to hold something */
#endif
