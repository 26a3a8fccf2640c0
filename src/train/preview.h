/* SPDX-License-Identifier: Apache-2.0 */
/* Samples of a recipe as they are trained on: what augmentation makes of them. */
#ifndef YK_TRAIN_PREVIEW_H
#define YK_TRAIN_PREVIEW_H

#include "comm/comm.h"
#include "model/recipe.h"

/** Arrays of samples: blocks to release with yk_preview_free(). */
typedef struct yk_preview {
    int64_t n;
    int64_t *sample; /**< their numbers in the training split */
    yk_tensor x;     /**< float32 (n, ...): scaled and augmented, neither normalised nor mixed with each other */
    yk_tensor y;     /**< int32 for whole numbers, float32 for others; dtype YK_NO_DTYPE: the split has no y */
} yk_preview;

/** The first n samples of `epoch` (from 0) in the order of training; n is cut down to the split's. Collective. */
YK_MUST_CHECK yk_status yk_preview_make(yk_preview *preview, yk_comm *comm, const yk_recipe *recipe, int64_t epoch,
                                        int64_t n);
void yk_preview_free(yk_preview *preview);

#endif
