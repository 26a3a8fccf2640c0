/* SPDX-License-Identifier: Apache-2.0 */
/* Patches of images (sequences and volumes alike): what the taps of a pixel see, as a row of a matrix; zeros where a
 * tap lies outside. Plain: a pixel of the output sees the input, k runs over (kz, ky, kx, c of the group). Transposed:
 * a pixel of the input sees those outputs that used it, k runs over (kz, ky, kx, oc of the group); a tap that no output
 * put there is outside. */
#ifndef YK_KERNELS_PATCH_H
#define YK_KERNELS_PATCH_H

#include "kernels/family.h"

typedef struct patch_source {
    const yk_window *g;
    const real *in; /**< x, or dy where transposed */
    bool transposed;
} patch_source;

/** Row i of out (pixels x k) = elements k0 .. k0 + k - 1 of the patch of pixel first + i; pixels are numbered through
 *  all images. */
void ISA(gather_patches)(const patch_source *s, int64_t group, int64_t first, int64_t pixels, int64_t k0, int64_t k,
                         real *out);

/** seen_at[i taps + j] = where tap k0 + j of pixel first + i lies in the source, `channel` elements further; `outside`
 * where it lies outside. */
void ISA(see_patches)(const patch_source *s, int64_t first, int64_t pixels, int64_t k0, int64_t taps, int64_t channel,
                      const real *outside, const real **seen_at);

#endif
