/* SPDX-License-Identifier: Apache-2.0 */
/* Overrides: "optimizer.adam.lr" and "0.01" change the tree of a recipe before it is read. The path knows nothing of
 * what a recipe may hold: wrong names are found by the readers, which show the place as "-o PATH". */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/error.h"
#include "core/mem.h"
#include "model/node.h"

/* Marks a value and what is below as given by -o. */
static void mark_overridden(yk_yaml *node)
{
    node->line = node->column = node->key_line = node->key_column = 0;
    for (yk_yaml *c = node->child; c; c = c->next)
        mark_overridden(c);
}

/* An empty map, appended, which says "-o PATH" for its place. */
static yk_status make_on_the_way(yk_yaml *map, const char *key, const char *source, yk_yaml **out)
{
    YK_TRY(yk_yaml_want(map, key, out));
    YK_TRY(yk_strdup(&(*out)->source, source));
    (*out)->file = (*out)->source;
    return YK_OK;
}

/* [2, 2]: a value, not a list of layers. */
static bool is_numbers(const yk_yaml *list)
{
    bool numbers = list->child != NULL;
    for (const yk_yaml *c = list->child; c && numbers; c = c->next)
        numbers = c->kind == YK_NODE_SCALAR && strchr("0123456789+-.", c->text[0]);
    return numbers;
}

/* The kind of a list's element: `relu`, or the only key of `{dense: ...}`; "" where it has none. */
static const char *kind_of(const yk_yaml *element)
{
    if (element->kind == YK_NODE_SCALAR)
        return element->text;
    return element->kind == YK_NODE_MAP && element->child && !element->child->next ? element->child->key : "";
}

/* The element that a layer's name means: its own `name`, or its kind and its place among its kind. */
static yk_yaml *element_by_name(const yk_yaml *list, const char *name)
{
    for (yk_yaml *e = list->child; e; e = e->next) {
        const char *kind = kind_of(e);
        const yk_yaml *own = e->kind == YK_NODE_MAP && *kind ? yk_yaml_get(e->child, "name") : NULL;
        if (own && yk_yaml_is(own, name))
            return e;
        int place = 0;
        for (const yk_yaml *c = list->child; c != e->next; c = c->next)
            place += strcmp(kind_of(c), kind) == 0;
        char automatic[256];
        snprintf(automatic, sizeof automatic, "%s_%d", kind, place);
        if (!own && strcmp(automatic, name) == 0)
            return e;
    }
    return NULL;
}

/* Makes a scalar a map, so that the path can go on with `key`. */
static yk_status open_scalar(yk_yaml *node, const char *key)
{
    bool same = strcmp(node->text, key) == 0;
    YK_TRY(yk_yaml_wrap(node, same ? key : ""));
    if (same) { /* `adam` is {adam: } */
        node->child->text[0] = '\0';
    }
    return YK_OK;
}

/* The element of a list for `part`; where the path goes on to `next`, what is below the layer's kind. */
static yk_status list_element(yk_yaml *list, const char *part, const char *next, yk_yaml **out)
{
    yk_yaml *e = list->child;
    bool by_number = part[strspn(part, "0123456789")] == '\0';
    if (by_number) {
        long wanted = strtol(part, NULL, 10), n = yk_yaml_count(list);
        YK_CHECK(wanted >= 1 && wanted <= n, YK_ERR_RECIPE, "there is no number %s in a list of %ld", part, n);
        while (--wanted)
            e = e->next;
    } else {
        e = element_by_name(list, part);
        YK_CHECK(e, YK_ERR_RECIPE, "nothing in the list is called \"%s\"; use a name, or a number from 1", part);
    }
    if (e->kind == YK_NODE_SCALAR && (next || !by_number)) {
        char kind[256];
        snprintf(kind, sizeof kind, "%s", e->text);
        YK_TRY(open_scalar(e, kind));
    }
    bool layer = e->kind == YK_NODE_MAP && e->child && !e->child->next;
    if (layer && (next ? strcmp(e->child->key, next) != 0 : !by_number))
        e = e->child;
    *out = e;
    return YK_OK;
}

/* One part of the path: from *node to what it names. */
static yk_status step(yk_yaml **node, const char *part, const char *next, const char *source)
{
    YK_CHECK(*part, YK_ERR_RECIPE, "a part of the path is empty");
    if ((*node)->kind == YK_NODE_LIST && !is_numbers(*node)) {
        YK_TRY(list_element(*node, part, next, node));
        return YK_OK;
    }
    if ((*node)->kind == YK_NODE_LIST)
        YK_TRY(yk_yaml_wrap(*node, ""));
    if ((*node)->kind == YK_NODE_SCALAR)
        YK_TRY(open_scalar(*node, part));
    yk_yaml *child = yk_yaml_get(*node, part);
    if (!child)
        YK_TRY(make_on_the_way(*node, part, source, &child));
    *node = child;
    return YK_OK;
}

static yk_status walk(yk_yaml *node, char *path, const char *source, yk_yaml **out)
{
    for (char *part = path; part;) {
        char *next = strchr(part, '.');
        if (next)
            *next++ = '\0';
        char first_of_next[256] = "";
        if (next)
            snprintf(first_of_next, sizeof first_of_next, "%.*s", (int)strcspn(next, "."), next);
        YK_TRY(step(&node, part, next ? first_of_next : NULL, source));
        part = next;
    }
    *out = node;
    return YK_OK;
}

yk_status yk_yaml_set(yk_yaml *root, const char *source, const char *path, const char *value)
{
    yk_status status = YK_OK;
    yk_yaml *new_value = NULL, *node = NULL;
    char *copy = NULL;
    YK_TRY_GOTO(yk_strdup(&copy, path), done);
    YK_TRY_GOTO(yk_yaml_parse(&new_value, source, value), done);
    mark_overridden(new_value);
    status = walk(root, copy, source, &node);
    if (status != YK_OK && status != YK_ERR_NOMEM)
        yk_error_prefix(status, "%s: ", source);
    if (status != YK_OK)
        goto done;
    node->key_line = node->key_column = 0;
    yk_yaml_replace(node, &new_value);
done:
    yk_yaml_destroy(&new_value);
    yk_free(copy);
    return status;
}

yk_status yk_yaml_override(yk_yaml *root, const char *path, const char *value)
{
    char *source;
    YK_TRY(yk_format(&source, "-o %s", path));
    yk_status status = yk_yaml_set(root, source, path, value);
    yk_free(source);
    return status;
}
