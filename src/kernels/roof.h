/* SPDX-License-Identifier: Apache-2.0 */
/* The roof that benches set kernels against. It computes nothing that anybody needs, so it is in no table. */
#ifndef YK_KERNELS_ROOF_H
#define YK_KERNELS_ROOF_H

#include <stdint.h>

typedef int64_t yk_roof(int64_t rounds, float *y);

/** Multiply-adds on registers alone, as many at once as keep the units of one core busy, with the vectors of the family
 *  in use (openblas: of the best one). Returns their number; y gets some of the results. */
int64_t yk_kernels_roof(int64_t rounds, float y[16]);

#endif
