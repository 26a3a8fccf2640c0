/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE /* sched_getaffinity() */
#include "core/cpu.h"

#include <assert.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/num.h"

enum { CPUS_MAX = 64 * YK_CPU_WORDS, SETS = CPUS_MAX / CPU_SETSIZE }; /* the most that Linux counts */

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

/* A program with OpenMP may have said there what yoke should know. Without it these are NULL. */
#pragma weak omp_get_max_threads
#pragma weak omp_get_num_places
#pragma weak omp_get_place_num_procs
#pragma weak omp_get_place_proc_ids
int omp_get_max_threads(void);
int omp_get_num_places(void);
int omp_get_place_num_procs(int place);
void omp_get_place_proc_ids(int place, int *ids);

/* CPUs that the process may use, and their number. OMP_PROC_BIND ties the first thread to one of them when the program
 * starts; then OpenMP knows in its places what the process had. */
static int allowed(cpu_set_t *set, size_t bytes)
{
    int ids[CPUS_MAX];
    if (sched_getaffinity(0, bytes, set) != 0)
        return 0;
    const int places =
        omp_get_num_places && omp_get_place_num_procs && omp_get_place_proc_ids ? omp_get_num_places() : 0;
    for (int place = 0; place < places; place++) {
        const int n = omp_get_place_num_procs(place);
        if (n > CPUS_MAX)
            continue;
        omp_get_place_proc_ids(place, ids);
        for (int i = 0; i < n; i++)
            CPU_SET_S((size_t)ids[i], bytes, set);
    }
    return CPU_COUNT_S(bytes, set);
}

int yk_cpu_allowed(void)
{
    cpu_set_t set[SETS];
    const int cores = allowed(set, sizeof set);
    return cores > 0 ? cores : 1;
}

void yk_cpu_mask(uint64_t mask[YK_CPU_WORDS])
{
    cpu_set_t set[SETS];
    memset(mask, 0, YK_CPU_WORDS * sizeof *mask);
    if (allowed(set, sizeof set) > 0)
        for (size_t i = 0; i < CPUS_MAX; i++)
            if (CPU_ISSET_S(i, sizeof set, set))
                mask[i / 64] |= (uint64_t)1 << i % 64;
}

void yk_cpu_unbind(void)
{
    cpu_set_t set[SETS];
    if (allowed(set, sizeof set) > 0)
        sched_setaffinity(0, sizeof set, set); /* a wish */
}

/* --- threads */

static _Thread_local int threads_set; /* 0: nobody has */
static atomic_int cores_set;

void yk_threads_set(int threads)
{
    assert(threads >= 1 && threads <= YK_THREADS_MAX);
    threads_set = threads;
    yk_cpu_float_strict();
}

/* As many as OpenMP would use. */
int yk_threads(void)
{
    if (threads_set)
        return threads_set;
    if (omp_get_max_threads)
        return (int)yk_min(omp_get_max_threads(), YK_THREADS_MAX);
    const char *text = getenv("OMP_NUM_THREADS");
    const long n = text ? strtol(text, NULL, 10) : 0;
    return (int)yk_min(n >= 1 ? n : yk_cpu_allowed(), YK_THREADS_MAX);
}

void yk_cores_set(int cores)
{
    assert(cores >= 1);
    atomic_store(&cores_set, cores);
}

int yk_cores(void)
{
    const int cores = atomic_load(&cores_set);
    if (cores)
        return cores;
    yk_cores_set(yk_cpu_allowed());
    return atomic_load(&cores_set);
}

void yk_pool_enter(int threads, yk_pool_host *host)
{
    *host = (yk_pool_host){ threads_set, yk_cpu_float_strict() };
    yk_threads_set(threads);
}

void yk_pool_leave(const yk_pool_host *host)
{
    threads_set = host->threads;
    yk_cpu_float_restore(host->floats);
}
