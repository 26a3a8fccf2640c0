/* SPDX-License-Identifier: Apache-2.0 */
#include "train/normal.h"

#include <stdio.h>

#include "core/error.h"
#include "core/mem.h"

enum { NUMBER = 24 }; /* characters of a float in "%.9g" with its comma, and to spare */

yk_status yk_normal_given(yk_normal *out, const yk_recipe *recipe)
{
    *out = (yk_normal){ 0 };
    if (recipe->normalize != YK_NORMALIZE_GIVEN)
        return YK_OK;
    const int64_t n = recipe->n_normal;
    YK_TRY(yk_alloc(&out->mean, n, sizeof *out->mean));
    yk_status status = yk_alloc(&out->std, n, sizeof *out->std);
    if (status != YK_OK) {
        yk_free(out->mean);
        out->mean = NULL;
        return status;
    }
    for (int64_t i = 0; i < n; i++) {
        out->mean[i] = (float)recipe->normal_mean[i];
        out->std[i] = (float)recipe->normal_std[i];
    }
    out->n = n;
    return YK_OK;
}

/* "[1, 2]" at text; returns its length. 0 is written as `zero`. */
static int write_list(char *text, int64_t n, const float *x, double zero)
{
    int length = 0;
    for (int64_t i = 0; i < n; i++)
        length += sprintf(text + length, "%s%.9g", i ? ", " : "[", x[i] != 0 ? (double)x[i] : zero); /* as exact as x */
    return length + sprintf(text + length, "]");
}

yk_status yk_recipe_set(yk_recipe **recipe, const char *override)
{
    yk_recipe *set;
    char *text;
    YK_TRY(yk_recipe_text(*recipe, &text));
    yk_status status = yk_recipe_parse(&set, "recipe", text, 1, &override);
    yk_free(text);
    YK_TRY(status);
    yk_recipe_destroy(recipe);
    *recipe = set;
    return YK_OK;
}

yk_status yk_normal_write(yk_recipe **recipe, const yk_normal *normal)
{
    char *override;
    YK_TRY(yk_alloc(&override, 64 + 2 * NUMBER * normal->n, 1));
    int at = sprintf(override, "data.normalize={mean: ");
    at += write_list(override + at, normal->n, normal->mean, 0);
    at += sprintf(override + at, ", std: ");
    at += write_list(override + at, normal->n, normal->std, 1); /* a column that never changes is not scaled */
    sprintf(override + at, "}");
    yk_status status = yk_recipe_set(recipe, override);
    yk_free(override);
    return status;
}
