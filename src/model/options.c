/* SPDX-License-Identifier: Apache-2.0 */
/* Option tables over the maps of a recipe. */
#include "model/options.h"

#include <stdio.h>
#include <string.h>

#include "core/error.h"
#include "core/mem.h"

#define NAMES_MAX 64
#define VALUE_MAX 8192

const char *yk_names_text(char text[YK_NAMES_TEXT], const char *name, const char *lead, const char *const *names, int n)
{
    const char *near = yk_nearest(name, names, n);
    char hint[160] = "";
    if (near)
        snprintf(hint, sizeof hint, " (did you mean \"%s\"?)", near);
    size_t used = (size_t)snprintf(text, YK_NAMES_TEXT, "%s; %s %s", hint, lead, n ? "" : "none");
    for (int i = 0; i < n && used < YK_NAMES_TEXT; i++)
        used += (size_t)snprintf(text + used, YK_NAMES_TEXT - used, "%s%s", i ? ", " : "", names[i]);
    return text;
}

yk_status yk_options_unknown(const yk_yaml *child, const char *owner, const char *const *names, int n)
{
    char text[YK_NAMES_TEXT];
    YK_FAIL_AT_KEY(child, "%s has no key \"%s\"%s", owner, child->key,
                   yk_names_text(text, child->key, "it has", names, n));
}

static const yk_option *find(const char *name, int n, const yk_part *parts, void **object)
{
    for (int p = 0; p < n; p++)
        for (const yk_option *o = parts[p].table; o && o->name; o++)
            if (strcmp(o->name, name) == 0) {
                *object = parts[p].object;
                return o;
            }
    return NULL;
}

/* Makes the node a map; what stood for the first option gets its name. */
static yk_status make_map(yk_yaml *node, const yk_part *parts)
{
    const yk_option *first = parts[0].table && parts[0].table->name ? parts[0].table : NULL;
    if (node->kind != YK_NODE_MAP)
        YK_TRY(yk_yaml_wrap(node, first ? first->name : ""));
    yk_yaml *nameless = yk_yaml_get(node, "");
    if (nameless && first && yk_yaml_get(node, first->name)) {
        yk_yaml_remove(node, nameless); /* an override has given it */
    } else if (nameless && first) {
        YK_TRY(yk_yaml_rename(nameless, first->name));
    }
    return YK_OK;
}

yk_status yk_options_read_value(const yk_yaml *node, const yk_option *option, void *object)
{
    char text[VALUE_MAX];
    yk_status status = yk_yaml_value(node, text, sizeof text);
    if (status == YK_ERR_RECIPE)
        yk_error_prefix(status, "%s: ", option->name);
    else
        status = yk_option_set(option, object, text);
    YK_TRY(yk_yaml_at(node, status));
    return YK_OK;
}

static yk_status read_child(const yk_yaml *child, const char *owner, int n, const yk_part *parts)
{
    void *object = NULL;
    const yk_option *option = find(child->key, n, parts, &object);
    if (!option) {
        const char *names[NAMES_MAX];
        int count = 0;
        for (int p = 0; p < n; p++)
            for (const yk_option *o = parts[p].table; o && o->name && count < NAMES_MAX; o++)
                names[count++] = o->name;
        YK_CHECK(child->key[0], YK_ERR_RECIPE, "%s takes no value", owner);
        YK_TRY(yk_options_unknown(child, owner, names, count));
    } else if (option->offset != YK_READ_BY_OWNER) {
        YK_TRY(yk_options_read_value(child, option, object));
    }
    return YK_OK;
}

/* Defaults of what was not given; what has none must be given. */
static yk_status read_defaults(const yk_yaml *node, const char *owner, const yk_part *part)
{
    for (const yk_option *o = part->table; o && o->name; o++) {
        if (yk_yaml_get(node, o->name) || (o->initial && !*o->initial) || o->offset == YK_READ_BY_OWNER)
            continue;
        YK_CHECK(o->initial, YK_ERR_RECIPE, "%s needs %s (%s)", owner, o->name, o->help);
        YK_TRY(yk_option_set(o, part->object, o->initial));
    }
    return YK_OK;
}

yk_status yk_options_read(yk_yaml *node, const char *owner, int n, const yk_part *parts)
{
    YK_TRY(make_map(node, parts));
    for (const yk_yaml *c = node->child; c; c = c->next) {
        yk_status status = read_child(c, owner, n, parts);
        YK_TRY(c->key[0] ? status : yk_yaml_at(node, status));
    }
    for (int p = 0; p < n; p++)
        YK_TRY(yk_yaml_at(node, read_defaults(node, owner, &parts[p])));
    return YK_OK;
}

bool yk_options_default(const yk_option *table)
{
    for (const yk_option *o = table; o && o->name; o++)
        if (o->initial && *o->initial)
            return true;
    return false;
}

yk_status yk_options_fill(yk_yaml *node, int n, const yk_part *parts)
{
    YK_TRY(make_map(node, parts));
    for (int p = 0; p < n; p++) {
        for (const yk_option *o = parts[p].table; o && o->name; o++) {
            yk_yaml *child = NULL;
            if (!o->initial || !*o->initial || yk_yaml_get(node, o->name))
                continue;
            YK_TRY(yk_yaml_make(&child, YK_NODE_SCALAR, o->name, o->initial));
            yk_yaml_append(node, child);
        }
    }
    return YK_OK;
}
