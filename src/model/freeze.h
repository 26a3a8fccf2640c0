/* SPDX-License-Identifier: Apache-2.0 */
/* Names of parameters and the patterns that mean several of them: `freeze`, and the map of `init_from`. */
#ifndef YK_MODEL_FREEZE_H
#define YK_MODEL_FREEZE_H

#include "graph/graph.h"
#include "model/recipe.h"

/** Whether a pattern with * (any letters, / too) and ? (one letter) means a parameter "block/conv2d_1/kernel": it fits
 *  the name, or the layer or a block that it is in. */
bool yk_pattern_means(const char *pattern, const char *name);

/** Freezes what the recipe's `freeze` means. YK_ERR_RECIPE: a pattern means nothing (with the nearest names). */
YK_MUST_CHECK yk_status yk_freeze(yk_graph *graph, const yk_recipe *recipe);

/** YK_ERR_RECIPE at `node`: its text means no layer or parameter of the graph; names the nearest. `key`: what the
 *  text is, for the message. */
yk_status yk_pattern_unknown(const yk_graph *graph, const yk_yaml *node, const char *key, const char *pattern);

#endif
