/* SPDX-License-Identifier: Apache-2.0 */
/* Recipes: any text; what is a recipe becomes a model, too (shapes only, nothing of its size is allocated). The text
 * as run, written back, must be a recipe again. */
#include <stdlib.h>

#include "core/error.h"
#include "core/mem.h"
#include "fuzz.h"
#include "model/model.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    yk_recipe *recipe, *again;
    yk_model *model;
    char *text = fuzz_text(data, size), *written;
    if (yk_recipe_parse(&recipe, "fuzz.yaml", text, 0, NULL) == YK_OK) {
        const yk_shape images = { 3, { 8, 8, 3 } }, *x = recipe->has_input ? &recipe->input : &images;
        if (yk_recipe_text(recipe, &written) == YK_OK) {
            if (yk_recipe_parse(&again, "written.yaml", written, 0, NULL) != YK_OK)
                abort();
            yk_recipe_destroy(&again);
            yk_free(written);
        }
        if (yk_model_create(&model, recipe, x) == YK_OK)
            yk_model_destroy(&model);
        yk_recipe_destroy(&recipe);
    }
    free(text);
    return 0;
}
