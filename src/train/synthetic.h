/* SPDX-License-Identifier: Apache-2.0 */
/* Samples made of random numbers, for what needs samples but no data: gradient checks and benches. */
#ifndef YK_TRAIN_SYNTHETIC_H
#define YK_TRAIN_SYNTHETIC_H

#include "model/model.h"

/** Fills `out` with samples first .. first+count-1 of what model->fed[i] is fed with: inputs are normal; tokens and
 *  labels any that may come, and every fourth label one that the loss ignores, if it ignores any (not YK_IGNORED yet);
 *  targets and weights lie in (0, 1). Numbers are floats, or doubles with `wide`. A number is a function of seed,
 * field, sample and element: any cut of the samples gives the same. */
void yk_synthetic_fill(const yk_model *model, int i, int64_t first, int64_t count, bool wide, void *out);

#endif
