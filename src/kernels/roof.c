/* SPDX-License-Identifier: Apache-2.0 */
/* The roof of computing, for benches: fused multiply-adds on registers alone, in as many independent chains as keep all
 * units busy. */
#include "kernels/block.h"
#include "kernels/family.h"
#include "kernels/roof.h"

/* Units times latency, in vectors, with room for the two factors: 2 x 4 registers are the least on CPUs of today. */
#ifdef YK_VEC_AVX512
enum { CHAINS = 12 };
#else
enum { CHAINS = 6 };
#endif

#ifndef YK_REAL_DOUBLE
yk_roof ISA(roof_fma);

/* chain = chain a + b, `rounds` times; y (16) gets their sum. Returns the multiply-adds of all chains. */
int64_t ISA(roof_fma)(int64_t rounds, float *y)
{
    const vec a = vset((real)0.5), b = vset((real)0.25);
    static const float lane[VLEN] = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15 };
    vec chain[CHAINS]; /* no two lanes alike, or a compiler would compute them once */
    UNROLL
    for (int i = 0; i < CHAINS; i++)
        chain[i] = vadd(vload(lane), vset((real)(i * VLEN)));
    for (int64_t r = 0; r < rounds; r++) {
        UNROLL
        for (int i = 0; i < CHAINS; i++)
            chain[i] = vfma(chain[i], a, b);
    }
    vec sum = chain[0]; /* of all: a compiler leaves out a chain that nobody reads */
    UNROLL
    for (int i = 1; i < CHAINS; i++)
        sum = vadd(sum, chain[i]);
    vstore(y, sum);
    return rounds * CHAINS * VLEN;
}
#endif
