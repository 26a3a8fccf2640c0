/* SPDX-License-Identifier: Apache-2.0 */
/* Normalisation between recipe and data. `normalize: true` is computed once and becomes numbers in the recipe as run,
 * where resume, eval and predict find them. */
#ifndef YK_TRAIN_NORMAL_H
#define YK_TRAIN_NORMAL_H

#include "data/feed.h"
#include "model/recipe.h"

/** The numbers that the recipe gives; n = 0 when it gives none. Release mean and std with yk_free(). */
YK_MUST_CHECK yk_status yk_normal_given(yk_normal *out, const yk_recipe *recipe);

/** Replaces *recipe by one that gives these numbers. On error *recipe is as it was. */
YK_MUST_CHECK yk_status yk_normal_write(yk_recipe **recipe, const yk_normal *normal);

/** The recipe with one override more. */
YK_MUST_CHECK yk_status yk_recipe_set(yk_recipe **recipe, const char *override);

#endif
