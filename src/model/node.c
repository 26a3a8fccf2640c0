/* SPDX-License-Identifier: Apache-2.0 */
/* The tree of a recipe: making, finding, changing nodes, and their places for messages. */
#include "model/node.h"

#include <stdio.h>
#include <string.h>

#include "core/error.h"
#include "core/mem.h"

yk_status yk_yaml_make(yk_yaml **out, yk_node_kind kind, const char *key, const char *text)
{
    yk_status status = YK_OK;
    yk_yaml *node = NULL;
    *out = NULL;
    YK_TRY(yk_alloc(&node, 1, sizeof *node));
    node->kind = kind;
    if (key)
        YK_TRY_GOTO(yk_strdup(&node->key, key), fail);
    if (text)
        YK_TRY_GOTO(yk_strdup(&node->text, text), fail);
    *out = node;
    return YK_OK;
fail:
    yk_yaml_destroy(&node);
    return status;
}

/* Destroys what hangs below a node, and its value. */
static void clear(yk_yaml *node)
{
    while (node->child) {
        yk_yaml *child = node->child;
        node->child = child->next;
        yk_yaml_destroy(&child);
    }
    yk_free(node->text);
    yk_free(node->source);
    node->text = node->source = NULL;
    node->file = NULL;
}

void yk_yaml_destroy(yk_yaml **node)
{
    if (!node || !*node)
        return;
    clear(*node);
    yk_free((*node)->key);
    yk_free(*node);
    *node = NULL;
}

void yk_yaml_append(yk_yaml *parent, yk_yaml *child)
{
    yk_yaml **at = &parent->child;
    while (*at)
        at = &(*at)->next;
    *at = child;
}

void yk_yaml_remove(yk_yaml *parent, yk_yaml *child)
{
    yk_yaml **at = &parent->child;
    while (*at != child)
        at = &(*at)->next;
    *at = child->next;
    yk_yaml_destroy(&child);
}

yk_yaml *yk_yaml_get(const yk_yaml *map, const char *key)
{
    for (yk_yaml *c = map->kind == YK_NODE_MAP ? map->child : NULL; c; c = c->next)
        if (strcmp(c->key, key) == 0)
            return c;
    return NULL;
}

int yk_yaml_count(const yk_yaml *node)
{
    int n = 0;
    for (const yk_yaml *c = node->child; c; c = c->next)
        n++;
    return n;
}

bool yk_yaml_is(const yk_yaml *node, const char *text)
{
    return node && node->kind == YK_NODE_SCALAR && strcmp(node->text, text) == 0;
}

bool yk_yaml_overridden(const yk_yaml *node)
{
    return node->line == 0 && node->file;
}

yk_status yk_yaml_want(yk_yaml *map, const char *key, yk_yaml **out)
{
    *out = yk_yaml_get(map, key);
    if (*out)
        return YK_OK;
    YK_TRY(yk_yaml_make(out, YK_NODE_MAP, key, NULL));
    yk_yaml_append(map, *out);
    return YK_OK;
}

yk_status yk_yaml_wrap(yk_yaml *node, const char *key)
{
    yk_yaml *inner = NULL;
    if (!yk_yaml_is(node, "")) {
        YK_TRY(yk_yaml_make(&inner, node->kind, key, NULL));
        inner->text = node->text;
        inner->child = node->child;
        inner->line = inner->key_line = node->line;
        inner->column = inner->key_column = node->column;
        inner->file = node->file; /* `source` stays above */
    } else {
        yk_free(node->text);
    }
    node->kind = YK_NODE_MAP;
    node->text = NULL;
    node->child = inner;
    return YK_OK;
}

yk_status yk_yaml_rename(yk_yaml *child, const char *key)
{
    char *copy = NULL;
    YK_TRY(yk_strdup(&copy, key));
    yk_free(child->key);
    child->key = copy;
    return YK_OK;
}

/* Copies a node for a tree whose root's `source` will own the file names: only the pointers are set here. */
static yk_status copy_below(yk_yaml **out, const yk_yaml *node, const char *file, const char *of)
{
    yk_status status = YK_OK;
    yk_yaml *copy = NULL, **at;
    *out = NULL;
    YK_TRY(yk_yaml_make(&copy, node->kind, node->key, node->text));
    copy->line = node->line;
    copy->column = node->column;
    copy->key_line = node->key_line;
    copy->key_column = node->key_column;
    if (node->file && node->file == of) {
        copy->file = file; /* the same as above: its name serves */
    } else if (node->file) {
        YK_TRY_GOTO(yk_strdup(&copy->source, node->file), fail);
        copy->file = copy->source;
    }
    at = &copy->child;
    for (const yk_yaml *c = node->child; c; c = c->next, at = &(*at)->next)
        YK_TRY_GOTO(copy_below(at, c, copy->file, node->file), fail);
    *out = copy;
    return YK_OK;
fail:
    yk_yaml_destroy(&copy);
    return status;
}

yk_status yk_yaml_copy(yk_yaml **out, const yk_yaml *node)
{
    YK_TRY(copy_below(out, node, NULL, NULL));
    return YK_OK;
}

void yk_yaml_replace(yk_yaml *node, yk_yaml **value)
{
    yk_yaml *v = *value;
    clear(node);
    node->kind = v->kind;
    node->text = v->text;
    node->child = v->child;
    node->line = v->line;
    node->column = v->column;
    node->file = v->file;
    node->source = v->source;
    yk_free(v->key);
    yk_free(v);
    *value = NULL;
}

yk_status yk_yaml_value(const yk_yaml *node, char *text, size_t size)
{
    if (node->kind == YK_NODE_SCALAR) {
        size_t n = strlen(node->text);
        YK_CHECK(n < size, YK_ERR_RECIPE, "a value of %zu bytes is too long here; at most %zu", n, size - 1);
        memcpy(text, node->text, n + 1);
        return YK_OK;
    }
    YK_CHECK(node->kind == YK_NODE_LIST, YK_ERR_RECIPE, "a value is expected here, not a map of keys");
    size_t used = (size_t)snprintf(text, size, "[");
    for (const yk_yaml *c = node->child; c && used < size; c = c->next) {
        YK_CHECK(c->kind == YK_NODE_SCALAR, YK_ERR_RECIPE, "a plain list of values is expected here");
        used += (size_t)snprintf(text + used, size - used, "%s%s", c == node->child ? "" : ", ", c->text);
    }
    YK_CHECK(used + 2 <= size, YK_ERR_RECIPE, "a list of %d values is too long here", yk_yaml_count(node));
    memcpy(text + used, "]", 2);
    return YK_OK;
}

static const char *place(const yk_yaml *node, int line, int column, char *text, size_t size)
{
    if (!node->file)
        snprintf(text, size, "default");
    else if (line == 0)
        snprintf(text, size, "%s", node->file);
    else
        snprintf(text, size, "%s:%d:%d", node->file, line, column);
    return text;
}

const char *yk_yaml_where(const yk_yaml *node, char *text, size_t size)
{
    return place(node, node->line, node->column, text, size);
}

static yk_status prefix(yk_status status, const char *where)
{
    if (status == YK_OK || status == YK_ERR_NOMEM)
        return status;
    return yk_error_prefix(status == YK_ERR_ARG ? YK_ERR_RECIPE : status, "%s: ", where);
}

yk_status yk_yaml_at(const yk_yaml *node, yk_status status)
{
    char where[YK_WHERE];
    return prefix(status, place(node, node->line, node->column, where, sizeof where));
}

yk_status yk_yaml_at_key(const yk_yaml *node, yk_status status)
{
    char where[YK_WHERE];
    return prefix(status, place(node, node->key_line, node->key_column, where, sizeof where));
}
