/* SPDX-License-Identifier: Apache-2.0 */
/* The losses of a model, added to its graph one by one. */
#ifndef YK_MODEL_HEADS_H
#define YK_MODEL_HEADS_H

#include "model/model.h"

/** Adds a loss on the value `output`, with its target, its samples' weights and its prediction. Errors name the place
 * in the recipe. */
YK_MUST_CHECK yk_status yk_model_add_head(yk_model *model, const yk_recipe *recipe, const yk_loss_spec *loss,
                                          int output);

#endif
