/* SPDX-License-Identifier: Apache-2.0 */
/* What the AVX2 and the AVX-512 vector share: trees over eight lanes, transposing 8 x 8. */
#ifndef YK_KERNELS_VEC_X86_H
#define YK_KERNELS_VEC_X86_H

#include <immintrin.h>

/** Lanes j and j + 4 added, then 2, 1. */
static inline float sum_of_8(__m256 a)
{
    __m128 b = _mm_add_ps(_mm256_castps256_ps128(a), _mm256_extractf128_ps(a, 1));
    b = _mm_add_ps(b, _mm_movehl_ps(b, b));
    return _mm_cvtss_f32(_mm_add_ss(b, _mm_shuffle_ps(b, b, 1)));
}

static inline float top_of_8(__m256 a)
{
    __m128 b = _mm_max_ps(_mm256_castps256_ps128(a), _mm256_extractf128_ps(a, 1));
    b = _mm_max_ps(b, _mm_movehl_ps(b, b));
    return _mm_cvtss_f32(_mm_max_ss(b, _mm_shuffle_ps(b, b, 1)));
}

#endif
