/* SPDX-License-Identifier: Apache-2.0 */
/* The type of the model's input follows from the layers that take it: whole numbers for tokens, else real ones. */
#include "core/error.h"
#include "model/layers.h"

yk_status yk_recipe_choose_input(yk_recipe *r)
{
    const yk_specs *specs = r->layers;
    const yk_spec *tokens = NULL, *numbers = NULL, *second = NULL;
    for (int i = 0; i < specs->n; i++)
        for (int k = 0; specs->at[i].op && k < specs->at[i].n_from; k++) {
            if (k > 0 && specs->at[i].op->mask) /* takes either */
                continue;
            const yk_spec **reader = specs->at[i].op->takes_tokens ? &tokens : &numbers;
            if (specs->at[i].from[k] == YK_MODEL_INPUT && !*reader)
                second = *reader = &specs->at[i];
        }
    if (tokens && numbers)
        YK_FAIL_AT(second->node,
                   "layer %s (%s) takes the input as whole numbers, layer %s (%s) as real ones: one input cannot be "
                   "both",
                   tokens->name, tokens->op->name, numbers->name, numbers->op->name);
    if (tokens && r->normalize != YK_NORMALIZE_NONE)
        YK_FAIL_AT(yk_yaml_get(yk_yaml_get(r->root, "data"), "normalize"),
                   "normalize: layer %s (%s) takes the input as tokens, which are never normalised; leave it out",
                   tokens->name, tokens->op->name);
    r->input_dtype = tokens ? YK_I32 : YK_F32;
    return YK_OK;
}
