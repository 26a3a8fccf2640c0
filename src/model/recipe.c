/* SPDX-License-Identifier: Apache-2.0 */
/* A recipe: read, overridden, checked section by section, filled with defaults, written again. */
#include "model/recipe.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "core/error.h"
#include "core/mem.h"
#include "core/num.h"
#include "model/layers.h"
#include "model/sections.h"

#define FILE_BYTES_MAX (1 << 20)

/* Adds the child of a section that is not given. */
static yk_status add_default(yk_recipe *r, const yk_section *s, yk_yaml **out)
{
    yk_node_kind kind = s->initial[0] == '{' ? YK_NODE_MAP : s->initial[0] == '[' ? YK_NODE_LIST : YK_NODE_SCALAR;
    YK_TRY(yk_yaml_make(out, kind, s->name, kind == YK_NODE_SCALAR ? s->initial : NULL));
    (*out)->file = r->root->file; /* a key that is missing below it is missing in the recipe */
    (*out)->line = (*out)->column = 1;
    yk_yaml_append(r->root, *out);
    return YK_OK;
}

static yk_status read_sections(yk_recipe *r)
{
    const char *names[32];
    int n = 0;
    for (const yk_section *s = yk_section_table; s->name; s++)
        names[n++] = s->name;
    for (const yk_yaml *c = r->root->child; c; c = c->next) {
        const yk_section *s = yk_section_table;
        while (s->name && strcmp(s->name, c->key) != 0)
            s++;
        if (!s->name)
            YK_TRY(yk_options_unknown(c, "a recipe", names, n));
    }
    for (const yk_section *s = yk_section_table; s->name; s++) {
        yk_yaml *node = yk_yaml_get(r->root, s->name);
        YK_CHECK(node || s->need != YK_SECTION_NEEDED, YK_ERR_RECIPE, "%s: a recipe needs `%s:` (%s)", r->root->file,
                 s->name, s->doc);
        if (!node && s->need == YK_SECTION_DEFAULT)
            YK_TRY(add_default(r, s, &node));
        if (node)
            YK_TRY(s->read(r, node));
    }
    YK_CHECK(
        r->has_data || r->has_input, YK_ERR_RECIPE,
        "%s: a recipe needs `data:`, as in `data: {train: mnist.h5:/train}` (or shapes alone: `input: {x: [28, 28, "
        "1], y: {classes: 10}}`)",
        r->root->file);
    YK_TRY(yk_recipe_choose_input(r));
    return YK_OK;
}

static yk_status apply_overrides(yk_recipe *r, int n, const char *const *overrides)
{
    for (int i = 0; i < n; i++) {
        const char *equal = strchr(overrides[i], '=');
        char *path = NULL;
        YK_CHECK(equal, YK_ERR_RECIPE, "-o %s: a value is missing, as in -o train.steps=500", overrides[i]);
        YK_TRY(yk_format(&path, "%.*s", (int)(equal - overrides[i]), overrides[i]));
        yk_status status = yk_yaml_override(r->root, path, equal + 1);
        yk_free(path);
        YK_TRY(status);
    }
    return YK_OK;
}

yk_status yk_recipe_parse(yk_recipe **out, const char *name, const char *text, int n_overrides,
                          const char *const *overrides)
{
    yk_yaml *root;
    *out = NULL;
    YK_TRY(yk_yaml_parse(&root, name, text));
    return yk_recipe_from_tree(out, &root, n_overrides, overrides);
}

yk_status yk_recipe_from_tree(yk_recipe **out, yk_yaml **root, int n_overrides, const char *const *overrides)
{
    yk_status status = YK_OK;
    yk_recipe *r = NULL;
    *out = NULL;
    YK_TRY_GOTO(yk_alloc(&r, 1, sizeof *r), fail);
    r->root = *root;
    *root = NULL;
    YK_CHECK_GOTO(r->root->kind == YK_NODE_MAP, fail, YK_ERR_RECIPE,
                  yk_yaml_is(r->root, "") ? "%s: the recipe is empty; it needs data, model, loss, optimizer and train"
                                          : "%s: a recipe is a map of keys (data, model, loss, optimizer, train, ...)",
                  r->root->file);
    YK_TRY_GOTO(apply_overrides(r, n_overrides, overrides), fail);
    YK_TRY_GOTO(read_sections(r), fail);
    YK_TRY_GOTO(yk_note_plugins(r), fail);
    YK_TRY_GOTO(yk_specs_fill(yk_yaml_get(r->root, "model"), yk_yaml_get(r->root, "blocks")), fail);
    *out = r;
    return YK_OK;
fail:
    yk_yaml_destroy(root);
    yk_recipe_destroy(&r);
    return status;
}

yk_status yk_recipe_file(const char *path, char **out)
{
    yk_status status = YK_OK;
    size_t n = 0;
    *out = NULL;
    FILE *file = fopen(path, "rb");
    YK_CHECK(file, YK_ERR_IO, "%s: %s", path, strerror(errno));
    YK_TRY_GOTO(yk_alloc(out, FILE_BYTES_MAX + 1, 1), done);
    n = fread(*out, 1, FILE_BYTES_MAX + 1, file);
    YK_CHECK_GOTO(!ferror(file), done, YK_ERR_IO, "%s: %s", path, strerror(errno));
    YK_CHECK_GOTO(n <= FILE_BYTES_MAX, done, YK_ERR_RECIPE, "%s: more than %d bytes are no recipe", path,
                  FILE_BYTES_MAX);
    YK_CHECK_GOTO(!memchr(*out, '\0', n), done, YK_ERR_RECIPE, "%s: this is no text (a byte is zero)", path);
done:
    fclose(file);
    if (status != YK_OK) {
        yk_free(*out);
        *out = NULL;
    }
    return status;
}

yk_status yk_recipe_read(yk_recipe **out, const char *path, int n_overrides, const char *const *overrides)
{
    char *text = NULL;
    *out = NULL;
    YK_TRY(yk_recipe_file(path, &text));
    yk_status status = yk_recipe_parse(out, path, text, n_overrides, overrides);
    yk_free(text);
    YK_TRY(status);
    return YK_OK;
}

void yk_recipe_destroy(yk_recipe **recipe)
{
    if (!recipe || !*recipe)
        return;
    yk_recipe *r = *recipe;
    yk_yaml_destroy(&r->root);
    yk_specs_destroy(&r->layers);
    yk_free(r->normal_mean);
    yk_free(r->normal_std);
    yk_free(r->vocabulary);
    for (int i = 0; i < r->n_losses; i++)
        yk_pick_destroy(&r->loss[i].pick);
    for (int i = 0; i < r->n_metrics; i++)
        yk_pick_destroy(&r->metric[i].pick);
    for (int i = 0; i < r->augment.n; i++)
        yk_free(r->augment.step[i].opts);
    yk_pick_destroy(&r->optimizer);
    yk_pick_destroy(&r->schedule);
    yk_free(r);
    *recipe = NULL;
}

yk_status yk_recipe_text(const yk_recipe *recipe, char **out)
{
    YK_TRY(yk_yaml_text(recipe->root, out));
    return YK_OK;
}

const char *yk_recipe_metric_where(const yk_recipe *recipe, int i, char *text, size_t size)
{
    const yk_yaml *c = yk_yaml_get(recipe->root, "metrics")->child;
    while (i-- > 0)
        c = c->next;
    return yk_yaml_where(c, text, size);
}

yk_status yk_recipe_may_change(const char *override)
{
    static const char *const allowed[] = { "train.steps", "train.epochs", "checkpoint", "log" };
    size_t n = strcspn(override, "=");
    for (int i = 0; i < YK_LEN(allowed); i++) {
        size_t k = strlen(allowed[i]);
        if (n >= k && strncmp(override, allowed[i], k) == 0 && (n == k || override[k] == '.'))
            return YK_OK;
    }
    YK_FAIL(
        YK_ERR_RECIPE,
        "-o %.*s: a run that is resumed can only change train.steps, train.epochs, checkpoint and log; start another "
        "run for the rest",
        (int)n, override);
}
