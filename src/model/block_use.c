/* SPDX-License-Identifier: Apache-2.0 */
/* Reading the use of a block, and the definition that it names: what is given, what the definition's `with` says
 * otherwise, what is missing. */
#include "model/block_use.h"

#include <string.h>

#include "core/error.h"
#include "core/num.h"

#define PARAMS_MAX 32
#define VALUE_NODES_MAX 64 /* of a parameter: it is copied wherever its name stands */

typedef struct block_opts {
    int64_t repeat;
} block_opts;

static const yk_option repeat_option = {
    "repeat", YK_OPT_INT, offsetof(block_opts, repeat), "1", 1, 10000, NULL, "how many times the block follows itself"
};

/* What a use says beside parameters: name, from, repeat. False for other keys. */
static yk_status read_own_key(yk_block_use *u, const yk_yaml *c, bool *own)
{
    *own = true;
    if (strcmp(c->key, "name") == 0) {
        YK_TRY(yk_layer_check_name(c));
        u->name = c;
    } else if (strcmp(c->key, "from") == 0) {
        YK_TRY(yk_layer_from(c, &u->n_from, u->from));
    } else if (strcmp(c->key, "repeat") == 0) {
        block_opts opts = { 1 };
        YK_CHECK_AT(c->kind == YK_NODE_SCALAR, c, "repeat: a number is expected");
        YK_TRY(yk_yaml_at(c, yk_option_set(&repeat_option, &opts, c->text)));
        u->repeat = opts.repeat;
    } else {
        *own = false;
    }
    return YK_OK;
}

static yk_status check_layers(const yk_yaml *owner, const yk_yaml *layers, const char *kind)
{
    YK_CHECK_AT(layers && layers->kind == YK_NODE_LIST && layers->child, layers ? layers : owner,
                "%s needs layers: a list of layers", kind);
    return YK_OK;
}

/* `- block: {name, from, repeat, layers}` */
static yk_status read_inline(yk_block_use *u, yk_yaml *body)
{
    static const char *const names[] = { "name", "from", "repeat", "layers" };
    for (const yk_yaml *c = body->kind == YK_NODE_MAP ? body->child : NULL; c; c = c->next) {
        bool own;
        YK_TRY(read_own_key(u, c, &own));
        if (!own && strcmp(c->key, "layers") != 0)
            YK_TRY(yk_options_unknown(c, "block", names, YK_LEN(names)));
    }
    u->layers = yk_yaml_get(body, "layers");
    YK_TRY(check_layers(body, u->layers, "block"));
    return YK_OK;
}

static int count_nodes(const yk_yaml *node)
{
    int n = 1;
    for (const yk_yaml *c = node->child; c; c = c->next)
        n += count_nodes(c);
    return n;
}

static yk_status check_value(const yk_yaml *value)
{
    int n = count_nodes(value);
    YK_CHECK_AT(n <= VALUE_NODES_MAX, value, "%s: a parameter of %d values; at most %d", value->key, n,
                VALUE_NODES_MAX);
    return YK_OK;
}

/* The names and defaults of a block's parameters. */
static yk_status check_with(const yk_yaml *with)
{
    YK_CHECK_AT(with->kind == YK_NODE_MAP, with, "with: names and values are expected, as in `{filters: 64}`");
    YK_CHECK_AT(yk_yaml_count(with) <= PARAMS_MAX, with, "with: %d parameters; at most %d", yk_yaml_count(with),
                PARAMS_MAX);
    for (const yk_yaml *c = with->child; c; c = c->next) {
        bool taken = strcmp(c->key, "name") == 0 || strcmp(c->key, "from") == 0 || strcmp(c->key, "repeat") == 0;
        YK_CHECK_AT_KEY(!taken, c, "a parameter cannot be called \"%s\": every block has that", c->key);
        YK_TRY(check_value(c));
    }
    return YK_OK;
}

/* Checks a definition and copies its parameters with their defaults. */
static yk_status read_definition(yk_block_use *u, const yk_yaml *block)
{
    static const char *const names[] = { "with", "layers" };
    const yk_yaml *with = yk_yaml_get(block, "with");
    u->layers = yk_yaml_get(block, "layers");
    for (const yk_yaml *c = block->kind == YK_NODE_MAP ? block->child : NULL; c; c = c->next)
        if (c != with && c != u->layers)
            YK_TRY(yk_options_unknown(c, u->kind, names, YK_LEN(names)));
    YK_TRY(check_layers(block, u->layers, u->kind));
    if (with) {
        YK_TRY(check_with(with));
        YK_TRY(yk_yaml_copy(&u->params, with));
    } else {
        YK_TRY(yk_yaml_make(&u->params, YK_NODE_MAP, NULL, NULL));
    }
    return YK_OK;
}

static yk_status unknown_parameter(const yk_block_use *u, const yk_yaml *c)
{
    const char *names[32] = { "name", "from", "repeat" };
    int n = 3;
    for (const yk_yaml *p = u->params->child; p && n < YK_LEN(names); p = p->next)
        names[n++] = p->key;
    return yk_options_unknown(c, u->kind, names, n);
}

static yk_status set_parameter(yk_block_use *u, const yk_yaml *c, const char *key)
{
    yk_yaml *param = yk_yaml_get(u->params, key), *value = NULL;
    if (!param)
        return unknown_parameter(u, c);
    YK_TRY(check_value(c));
    YK_TRY(yk_yaml_copy(&value, c));
    yk_yaml_replace(param, &value);
    return YK_OK;
}

/* `- residual: {filters: 128, repeat: 3}`, or `- residual: 128` for its first parameter. */
static yk_status read_use(yk_block_use *u, const yk_yaml *block, const yk_yaml *body)
{
    YK_TRY(read_definition(u, block));
    bool map = body && body->kind == YK_NODE_MAP;
    for (const yk_yaml *c = map ? body->child : NULL; c; c = c->next) {
        bool own;
        YK_TRY(read_own_key(u, c, &own));
        if (!own)
            YK_TRY(set_parameter(u, c, *c->key || !u->params->child ? c->key : u->params->child->key));
    }
    if (body && !map && !yk_yaml_is(body, "")) {
        YK_CHECK_AT(u->params->child, body, "%s takes no value", u->kind);
        YK_TRY(set_parameter(u, body, u->params->child->key));
    }
    for (const yk_yaml *p = u->params->child; p; p = p->next)
        YK_CHECK_AT(!yk_yaml_is(p, ""), u->node, "%s needs %s", u->kind, p->key);
    return YK_OK;
}

yk_status yk_block_use_read(yk_block_use *use, yk_yaml *body)
{
    const yk_yaml *block = use->blocks ? yk_yaml_get(use->blocks, use->kind) : NULL;
    use->repeat = 1;
    YK_CHECK_AT(block || body, use->node, "block needs layers: a list of layers");
    YK_TRY(block ? read_use(use, block, body) : read_inline(use, body));
    return YK_OK;
}

void yk_block_use_clear(yk_block_use *use)
{
    yk_yaml_destroy(&use->params);
}
