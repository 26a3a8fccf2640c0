/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE /* sched_getaffinity() */
#include "core/cpu.h"

#include <assert.h>
#include <omp.h>
#include <sched.h>
#include <stdint.h>

#if defined(__x86_64__)
#include <xmmintrin.h>

/* The built-in asks CPUID and XGETBV: a register that the system does not save counts as absent. */
bool yk_cpu_has_avx2(void)
{
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
}

bool yk_cpu_has_avx512(void)
{
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
           __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl");
}

#define FLOAT_BITS 0xE040u /* MXCSR: flush to zero 15, rounding 14-13, denormals are zero 6 */

static unsigned get_float(void)
{
    return _mm_getcsr();
}

static void set_float(unsigned state)
{
    _mm_setcsr(state);
}

#else

bool yk_cpu_has_avx2(void)
{
    return false;
}

bool yk_cpu_has_avx512(void)
{
    return false;
}

#if defined(__aarch64__)

#define FLOAT_BITS 0x1C80000u /* FPCR: FZ 24, rounding 23-22, FZ16 19 */

static unsigned get_float(void)
{
    uint64_t state;
    __asm__ volatile("mrs %0, fpcr" : "=r"(state));
    return (unsigned)state;
}

static void set_float(unsigned state)
{
    __asm__ volatile("msr fpcr, %0" : : "r"((uint64_t)state));
}

#else

#define FLOAT_BITS 0u /* no such mode is known */

static unsigned get_float(void)
{
    return 0;
}

static void set_float(unsigned state)
{
    (void)state;
}

#endif
#endif

unsigned yk_cpu_float_strict(void)
{
    unsigned old = get_float();
    if (old & FLOAT_BITS)
        set_float(old & ~FLOAT_BITS);
    return old;
}

void yk_cpu_float_restore(unsigned state)
{
    unsigned now = get_float();
    if ((now ^ state) & FLOAT_BITS) /* the sticky exception flags stay */
        set_float((now & ~FLOAT_BITS) | (state & FLOAT_BITS));
}

int yk_cpu_allowed(void)
{
    cpu_set_t set[8]; /* 8192 CPUs, the most that Linux counts */
    int cores = 1;
    if (sched_getaffinity(0, sizeof set, set) == 0)
        cores = CPU_COUNT_S(sizeof set, set);
    /* OMP_PROC_BIND ties the first thread to one core, but OpenMP remembers what the process had */
    int procs = omp_get_num_procs();
    return cores > procs ? cores : procs;
}

void yk_threads_set(int threads)
{
    assert(threads >= 1);
    omp_set_dynamic(0);
    omp_set_num_threads(threads);
    yk_cpu_float_strict(); /* before the region: LLVM's threads take the mode of the one that starts it */
#pragma omp parallel
    yk_cpu_float_strict();
}

int yk_threads(void)
{
    return omp_get_max_threads();
}

void yk_pool_enter(int threads, yk_pool_host *host, unsigned *state)
{
    assert(threads >= 1);
    *host = (yk_pool_host){ omp_get_max_threads(), omp_get_dynamic() };
    omp_set_dynamic(0);
    omp_set_num_threads(threads);
    for (int i = 1; i < threads; i++) /* the system may give fewer */
        state[i] = 0;
    /* The calling thread outside of the region: LLVM's runtime puts its mode back at the region's end, and gives it to
     * the others at the next one. */
    state[0] = yk_cpu_float_strict();
    if (threads > 1)
#pragma omp parallel
        if (omp_get_thread_num() > 0)
            state[omp_get_thread_num()] = yk_cpu_float_strict();
}

void yk_pool_leave(int threads, const yk_pool_host *host, const unsigned *state)
{
    if (threads > 1)
#pragma omp parallel
        if (omp_get_thread_num() > 0)
            yk_cpu_float_restore(state[omp_get_thread_num()]);
    yk_cpu_float_restore(state[0]);
    omp_set_num_threads(host->threads);
    omp_set_dynamic(host->dynamic);
}
