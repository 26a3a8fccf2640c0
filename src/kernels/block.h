/* SPDX-License-Identifier: Apache-2.0 */
/* The loops of the kernels: whole vectors and one masked tail, and blocks of elements that threads share. Number and
 * bounds of blocks, and of all other jobs (core/parallel.h), come from the shape alone. */
#ifndef YK_KERNELS_BLOCK_H
#define YK_KERNELS_BLOCK_H

#include <stdint.h>

#include "core/num.h"
#include "core/parallel.h"
#include "kernels/vec.h"

enum { BLOCK = 8192 }; /**< elements of a block: 32 KB of floats, and a multiple of VLEN */

/** for (i = from; i < to; i += VLEN), `lanes` of them valid: VLEN, and in the last turn what is left. */
#define FOR_VEC(i, lanes, from, to) for (int64_t i = (from), lanes; (lanes = yk_min((to)-i, VLEN)) > 0; i += VLEN)

/** Threads share the blocks of 0..n-1: run(context, block). */
static inline void share_blocks(int64_t n, yk_job run, const void *context)
{
    yk_parallel(yk_div_up(n, BLOCK), n, run, context);
}

/** FOR_VEC over the elements of one block of 0..n-1. */
#define FOR_BLOCK(i, lanes, block, n) FOR_VEC (i, lanes, (block)*BLOCK, yk_min((block)*BLOCK + BLOCK, n))

/** A function with a parameter that is a function: it is compiled once for each that it is called with. */
#define INLINED static inline __attribute__((always_inline))

/** The following loop, whose bounds are constants of at most 16, is unrolled whole. */
#if defined(__clang__)
#define UNROLL _Pragma("clang loop unroll(full)")
#else
#define UNROLL _Pragma("GCC unroll 16")
#endif

#endif
