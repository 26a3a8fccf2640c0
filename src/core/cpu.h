/* SPDX-License-Identifier: Apache-2.0 */
/* What this CPU can do and how much of it this process may use. */
#ifndef YK_CORE_CPU_H
#define YK_CORE_CPU_H

#include <stdbool.h>

/** Feature bits of CPU *and* operating system (XGETBV); never model numbers, virtual machines mask them. */
bool yk_cpu_has_avx2(void);   /**< AVX2 and FMA */
bool yk_cpu_has_avx512(void); /**< AVX-512 F, DQ, BW, VL */

/** Cores in this process's affinity mask (at least 1): what the launcher bound the rank to. */
int yk_cpu_allowed(void);

/** Clears flush-to-zero and denormals-are-zero on the calling thread and returns the old state, for
 *  yk_cpu_float_restore(). Pool threads are covered by yk_threads_set(). */
unsigned yk_cpu_float_strict(void);
void yk_cpu_float_restore(unsigned state);

/** Sets the number of OpenMP threads of the calling thread's parallel regions, and the strict float mode in each. */
void yk_threads_set(int threads);
int yk_threads(void);

/** The doors of the library inside somebody else's program: yk_pool_enter() gives the calling thread's parallel regions
 *  `threads` threads in the strict float mode and keeps what they had in *host and state[threads]; yk_pool_leave() puts
 *  it back. Not inside a parallel region. Allocates nothing. */
typedef struct yk_pool_host {
    int threads, dynamic;
} yk_pool_host;
void yk_pool_enter(int threads, yk_pool_host *host, unsigned *state);
void yk_pool_leave(int threads, const yk_pool_host *host, const unsigned *state);

#endif
