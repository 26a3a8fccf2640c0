/* SPDX-License-Identifier: Apache-2.0 */
/* What this CPU can do and how much of it this process may use. */
#ifndef YK_CORE_CPU_H
#define YK_CORE_CPU_H

#include <stdbool.h>
#include <stdint.h>

/** Feature bits of CPU *and* operating system (XGETBV); never model numbers, virtual machines mask them. */
bool yk_cpu_has_avx2(void);   /**< AVX2 and FMA */
bool yk_cpu_has_avx512(void); /**< AVX-512 F, DQ, BW, VL */

/** Cores in this process's affinity mask (at least 1): what the launcher bound the rank to. */
int yk_cpu_allowed(void);

/** The mask itself: CPU i is bit i % 64 of word i / 64. */
enum { YK_CPU_WORDS = 128 };
void yk_cpu_mask(uint64_t mask[YK_CPU_WORDS]);

/** Clears flush-to-zero and denormals-are-zero on the calling thread and returns the old state, for
 *  yk_cpu_float_restore(). Threads of yk_parallel() never have them. */
unsigned yk_cpu_float_strict(void);
void yk_cpu_float_restore(unsigned state);

/** Lets the calling thread run wherever the process may, though OMP_PROC_BIND has tied the one that started it to a
 *  core. */
void yk_cpu_unbind(void);

/** Number of threads of the calling thread's yk_parallel(), itself included, and the strict float mode for it. Where
 *  nobody has set it: what OpenMP would use in this program, OMP_NUM_THREADS, or the cores that there are. */
enum { YK_THREADS_MAX = 4096 };
void yk_threads_set(int threads);
int yk_threads(void);

/** Cores that the threads of this process may count on, where it is not the whole affinity mask: ranks share it. More
 *  threads than cores do not spin when they wait. */
void yk_cores_set(int cores);
int yk_cores(void);

/** The doors of the library inside somebody else's program: yk_pool_enter() gives the calling thread `threads` threads
 *  and the strict float mode and keeps what was before in *host; yk_pool_leave() puts it back. */
typedef struct yk_pool_host {
    int threads;
    unsigned floats;
} yk_pool_host;
void yk_pool_enter(int threads, yk_pool_host *host);
void yk_pool_leave(const yk_pool_host *host);

/** Between two looks at what another thread writes: leaves the core's units to its twin. */
static inline void yk_cpu_relax(void)
{
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("isb"); /* `yield` does nothing on most cores */
#endif
}

#endif
