/* SPDX-License-Identifier: Apache-2.0 */
/* What a list of steps says about fields. */
#ifndef YK_AUGMENT_STEPS_H
#define YK_AUGMENT_STEPS_H

#include "augment/pipeline.h"

/** Whether a step is done to the field: its `fields` is "x" or "[x, y]". */
bool yk_step_concerns(const struct yk_augment_step *step, const char *field);

#endif
