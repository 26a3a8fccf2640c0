/* SPDX-License-Identifier: Apache-2.0 */
/* The loops of the kernels: whole vectors and one masked tail, blocks and jobs that threads share.
 *
 * Number and bounds of blocks come from the shape alone. A region is started only where the work is worth it; inside
 * another parallel region the loops run on the calling thread. */
#ifndef YK_KERNELS_BLOCK_H
#define YK_KERNELS_BLOCK_H

#include <stdint.h>

#include "core/num.h"
#include "kernels/vec.h"

enum {
    BLOCK = 8192,        /**< elements of a block of FOR_BLOCKS: 32 KB of floats, and a multiple of VLEN */
    REGION_WORK = 32768, /**< element operations below which a region of threads costs more than it gives */
};

#define PRAGMA(...) _Pragma(#__VA_ARGS__)

/** for (i = from; i < to; i += VLEN), `lanes` of them valid: VLEN, and in the last turn what is left. */
#define FOR_VEC(i, lanes, from, to) for (int64_t i = (from), lanes; (lanes = yk_min((to)-i, VLEN)) > 0; i += VLEN)

/** Threads share the elements 0..n-1 by blocks: `first` is 0, BLOCK, ...; the block ends before block_end(first, n). */
#define FOR_BLOCKS(first, n)                                                                                           \
    PRAGMA(omp parallel for schedule(static) if ((n) > REGION_WORK))                                                   \
    for (int64_t first = 0; first < (n); first += BLOCK)

static inline int64_t block_end(int64_t first, int64_t n)
{
    return yk_min(first + BLOCK, n);
}

/** Threads share the jobs 0..jobs-1, which are `work` element operations together. */
#define FOR_JOBS(job, jobs, work)                                                                                      \
    PRAGMA(omp parallel for schedule(static) if ((work) > REGION_WORK))                                                \
    for (int64_t job = 0; job < (jobs); job++)

/** The following loop, whose bounds are constants of at most 16, is unrolled whole. */
#if defined(__clang__)
#define UNROLL _Pragma("clang loop unroll(full)")
#else
#define UNROLL _Pragma("GCC unroll 16")
#endif

#endif
