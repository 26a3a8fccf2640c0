/* SPDX-License-Identifier: Apache-2.0 */
/* One virtual vector of VLEN = 16 elements of `real`. Each instruction set gives it in a header of its own, and all of
 * them give the same bits:
 *
 *   vload vstore           unaligned; vload_n, vstore_n touch the first n <= 16 elements, the other lanes load as 0
 *   vset(x)                x in all lanes
 *   vadd vsub vmul vdiv    IEEE, rounded to nearest
 *   vfma(a, b, c)          a b + c, rounded once
 *   vsqrt vabs
 *   vmax(a, b)             a > b ? a : b: b where one is NaN or both are zeros, so vmax(0, x) lets NaN and -0 through
 *   vmin(a, b)             a < b ? a : b
 *   vlt(a, b) veq(a, b)    masks; false where one is NaN
 *   vnan(a)                mask of the NaNs
 *   vselect(m, a, b)       m ? a : b
 *   vfirst(a, b, n)        the first n <= 16 lanes of a, the others of b
 *   vwhich(m)              the mask as bits, lane 0 lowest
 *   vsum(a) vtop(a)        lanes j and j + 8 added (vmax), then 4, 2, 1
 *   vpin(&a)               keeps the compiler from making `a` a second time (it would repeat a broadcast per use)
 *   vtranspose(rows)       the 16 x 16 matrix of 16 vectors is transposed in place
 *
 * For float only, on the bit patterns (vint, 16 int32_t that wrap around):
 *   vbits vreal            pattern of a vector, vector of a pattern
 *   viset(n) viadd visub viand vishl(a, n) visar(a, n)   shifts by constants; visar keeps the sign
 *
 * Rounding to an integer and conversions are additions of 1.5 * 2^23 (vmath.h), which need no instruction. */
#ifndef YK_KERNELS_VEC_H
#define YK_KERNELS_VEC_H

#include <stdint.h>

#include "kernels/real.h"

enum { VLEN = 16 };

#if defined(YK_VEC_AVX512)
#include "kernels/vec_avx512.h"
#elif defined(YK_VEC_AVX2)
#include "kernels/vec_avx2.h"
#elif defined(YK_VEC_NEON)
#include "kernels/vec_neon.h"
#else
#include "kernels/vec_portable.h"
#endif

/** Stores the first `lanes` of y = v, or y += v. */
static inline void vput(real *y, vec v, int64_t lanes, _Bool add)
{
    vstore_n(y, add ? vadd(vload_n(y, lanes), v) : v, lanes);
}

#endif
