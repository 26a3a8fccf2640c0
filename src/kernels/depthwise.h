/* SPDX-License-Identifier: Apache-2.0 */
/* Convolution where each channel is a group of its own, with the sums and the bits of conv.c's general way, which would
 * multiply matrices one column wide. Here vectors lie along channels. */
#ifndef YK_KERNELS_DEPTHWISE_H
#define YK_KERNELS_DEPTHWISE_H

#include "kernels/patch.h"

enum { DEPTHWISE_MULTIPLIER = 4 }; /**< filters of a channel up to which this is the faster way */

/** Which of the two ways a convolution goes: by its shape alone. */
static inline bool depthwise_suits(const yk_window *g)
{
    return g->groups == g->c && g->c > 1 && g->oc <= g->c * DEPTHWISE_MULTIPLIER;
}

/** y of x, or dx of dy where the source is transposed; `pixels` of the output. */
void ISA(depthwise)(const patch_source *source, int64_t pixels, const real *w, const real *bias, bool relu, real *out,
                    bool add);

/** Leaf g of x (the source) and dy to dw + g dw_step. */
void ISA(depthwise_weights)(const patch_source *source, yk_leaves leaves, const real *dy, real *dw, int64_t dw_step,
                            bool add);

#endif
