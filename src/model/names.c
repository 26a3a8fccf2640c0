/* SPDX-License-Identifier: Apache-2.0 */
/* Names of layers to entries: a name is looked up in the block of the layer first, then in the blocks around it. */
#include <stdio.h>
#include <string.h>

#include "core/error.h"
#include "core/mem.h"
#include "model/layers.h"

#define FULL_NAME_MAX 2048
#define SHOWN_MAX 12

/* The entry of a name as scope s sees it, among first..end-1; -2 where there is none. */
static int lookup(const yk_specs *specs, int s, const char *name, int first, int end)
{
    char full[FULL_NAME_MAX];
    for (; s >= 0; s = specs->scope[s].outer) {
        snprintf(full, sizeof full, "%s%s", specs->scope[s].prefix, name);
        for (int i = first; i < end; i++)
            if (strcmp(specs->at[i].name, full) == 0)
                return i;
    }
    return -2;
}

/* Follows names to the entry that computes. */
static int follow(const yk_specs *specs, int entry)
{
    while (entry >= 0) {
        const yk_spec *s = &specs->at[entry];
        if (s->op && s->output == entry)
            break;
        entry = s->op ? s->output : s->from[0];
    }
    return entry;
}

/* What could have been meant: the names that the scope sees, the latest first. */
static void suggest(const yk_specs *specs, int end, int scope, const char *name, char text[YK_NAMES_TEXT])
{
    const char *names[SHOWN_MAX] = { NULL };
    const char *prefix = specs->scope[scope].prefix;
    size_t skip = strlen(prefix);
    int n = 0;
    for (int i = end - 1; i >= 0 && n < SHOWN_MAX; i--)
        if (strncmp(specs->at[i].name, prefix, skip) == 0 && !strchr(specs->at[i].name + skip, '/'))
            names[n++] = specs->at[i].name + skip;
    if (n < SHOWN_MAX && scope == 0)
        names[n++] = "input";
    yk_names_text(text, name, "earlier are", names, n);
}

/* The name as scope `scope` sees it, for what stands before entry `end`. */
static yk_status resolve_name(const yk_specs *specs, int scope, int end, const char *name, int *out)
{
    if (strcmp(name, "input") == 0) {
        *out = YK_MODEL_INPUT;
        return YK_OK;
    }
    int found = lookup(specs, scope, name, 0, end);
    if (found >= 0) {
        *out = follow(specs, found);
        return YK_OK;
    }
    found = lookup(specs, scope, name, end, specs->n);
    YK_CHECK(found != end, YK_ERR_RECIPE, "from: \"%s\" is this layer itself; a layer takes what earlier ones give",
             name);
    YK_CHECK(found < 0, YK_ERR_RECIPE, "from: \"%s\" comes later (line %d); a layer takes what earlier ones give", name,
             specs->at[found].node->line);
    char hint[YK_NAMES_TEXT];
    suggest(specs, end, scope, name, hint);
    YK_FAIL(YK_ERR_RECIPE, "from: no layer is called \"%.80s\"%s", name, hint);
}

yk_status yk_specs_find(const yk_specs *specs, const yk_yaml *name, int *out)
{
    YK_CHECK_AT(name->kind == YK_NODE_SCALAR && *name->text, name, "from: the name of a layer is expected");
    YK_TRY(yk_yaml_at(name, resolve_name(specs, 0, specs->n, name->text, out)));
    return YK_OK;
}

/* The layer that another one shares its parameters with. */
static yk_status resolve_share(const yk_specs *specs, int entry)
{
    yk_spec *spec = &specs->at[entry];
    const char *name = spec->share_at->text;
    spec->share = lookup(specs, spec->scope, name, 0, entry);
    if (spec->share < 0) {
        char hint[YK_NAMES_TEXT];
        suggest(specs, entry, spec->scope, name, hint);
        YK_FAIL(YK_ERR_RECIPE, "share: no earlier layer is called \"%.80s\"%s", name, hint);
    }
    YK_CHECK(specs->at[spec->share].op, YK_ERR_RECIPE, "share: \"%s\" is a block; name a layer in it, as in %s/dense_1",
             name, name);
    return YK_OK;
}

static yk_status check_unique(const yk_specs *specs, int entry)
{
    const yk_spec *spec = &specs->at[entry];
    int twin = lookup(specs, 0, spec->name, 0, entry);
    if (twin < 0)
        return YK_OK;
    const char *last = strrchr(spec->name, '/'); /* two blocks of one name meet in their first entry, BLOCK/in_1 */
    bool block = last && !spec->op && strncmp(last, "/in", 3) == 0;
    int n = block ? (int)(last - spec->name) : (int)strlen(spec->name);
    char where[YK_WHERE];
    YK_FAIL(YK_ERR_RECIPE, "a second layer is called \"%.*s\" (the first: %s); give one of them another name", n,
            spec->name, yk_yaml_where(specs->at[twin].node, where, sizeof where));
}

yk_status yk_specs_resolve(yk_specs *specs)
{
    for (int i = 0; i < specs->n; i++) {
        yk_spec *spec = &specs->at[i];
        YK_TRY(yk_yaml_at(spec->node, check_unique(specs, i)));
        if (spec->share_at)
            YK_TRY(yk_yaml_at(spec->share_at, resolve_share(specs, i)));
        for (int k = 0; k < spec->n_from; k++) {
            if (spec->from_at[k])
                YK_TRY(yk_yaml_at(spec->from_at[k],
                                  resolve_name(specs, spec->scope, i, spec->from_at[k]->text, &spec->from[k])));
            else if (spec->op && spec->from[k] >= 0 && specs->at[spec->from[k]].output == i)
                continue; /* an activation takes its layer, not what the layer's name means */
            else
                spec->from[k] = follow(specs, spec->from[k]);
        }
    }
    return YK_OK;
}
