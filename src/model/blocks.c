/* SPDX-License-Identifier: Apache-2.0 */
/* Blocks: groups of layers with a name, parameters and repeats, written out into the list of layers.
 *
 *     blocks:
 *       residual:
 *         with: {filters: 64}
 *         layers: [...]                       # $filters stands for the value; `in` is the block's input
 *     model:
 *       - residual: {filters: 128, repeat: 3}
 *       - block: {name: head, layers: [...]}  # a group where it stands
 *
 * A repetition takes the one before it as its first input; further inputs are the same for all. */
#include <stdio.h>
#include <string.h>

#include "core/error.h"
#include "core/mem.h"
#include "model/layers.h"

#define NESTED_MAX 16

/* One use of a block. */
typedef struct use {
    const char *kind;      /* "residual", or "block" */
    const yk_yaml *node;   /* for its place */
    const yk_yaml *layers; /* list */
    yk_yaml *params;       /* map; NULL: layers are read as they are */
    const yk_yaml *blocks;
    int64_t repeat;
    const yk_yaml *name;
    int n_from;
    const yk_yaml *from[YK_OP_MAX_IN];
    int scope, before, depth;
} use;

typedef struct block_opts {
    int64_t repeat;
} block_opts;

static const yk_option repeat_option = {
    "repeat", YK_OPT_INT, offsetof(block_opts, repeat), "1", 1, 10000, NULL, "how many times the block follows itself"
};

/* Puts the values of parameters in the place of $NAME. */
static yk_status substitute(yk_yaml *node, const yk_yaml *params)
{
    for (yk_yaml *c = node->child; c; c = c->next)
        YK_TRY(substitute(c, params));
    if (node->kind != YK_NODE_SCALAR || node->text[0] != '$')
        return YK_OK;
    const yk_yaml *value = params ? yk_yaml_get(params, node->text + 1) : NULL;
    if (value) {
        yk_yaml *copy = NULL;
        YK_TRY(yk_yaml_copy(&copy, value));
        yk_yaml_replace(node, &copy);
        return YK_OK;
    }
    const char *names[32];
    int n = 0;
    for (const yk_yaml *p = params ? params->child : NULL; p && n < YK_LEN(names); p = p->next)
        names[n++] = p->key;
    char list[512];
    yk_options_join(list, sizeof list, names, n);
    yk_status status = yk_error_set(YK_ERR_RECIPE, __FILE__, __LINE__, __func__,
                                    n ? "\"%s\" is no parameter of this block; it has %s"
                                      : "\"%s\" is no parameter: only `blocks:` with `with:` have them%s",
                                    node->text, list);
    return yk_yaml_at(node, status);
}

/* What a use says beside parameters: name, from, repeat. False for other keys. */
static yk_status read_own_key(use *u, const yk_yaml *c, bool *own)
{
    *own = true;
    if (strcmp(c->key, "name") == 0) {
        YK_TRY(yk_layer_check_name(c));
        u->name = c;
    } else if (strcmp(c->key, "from") == 0) {
        YK_TRY(yk_layer_from(c, &u->n_from, u->from));
    } else if (strcmp(c->key, "repeat") == 0) {
        block_opts opts = { 1 };
        yk_status status = c->kind == YK_NODE_SCALAR
                               ? yk_option_set(&repeat_option, &opts, c->text)
                               : yk_error_set(YK_ERR_ARG, __FILE__, __LINE__, __func__, "repeat: a number is expected");
        YK_TRY(yk_yaml_at(c, status));
        u->repeat = opts.repeat;
    } else {
        *own = false;
    }
    return YK_OK;
}

static yk_status check_layers(const yk_yaml *owner, const yk_yaml *layers, const char *kind)
{
    yk_status status = YK_OK;
    if (!layers || layers->kind != YK_NODE_LIST || !layers->child)
        status = yk_error_set(YK_ERR_RECIPE, __FILE__, __LINE__, __func__, "%s needs layers: a list of layers", kind);
    YK_TRY(yk_yaml_at(layers ? layers : owner, status));
    return YK_OK;
}

/* `- block: {name, from, repeat, layers}` */
static yk_status read_inline(use *u, yk_yaml *body)
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

/* Checks a definition and copies its parameters with their defaults. */
static yk_status read_definition(use *u, const yk_yaml *block)
{
    static const char *const names[] = { "with", "layers" };
    const yk_yaml *with = yk_yaml_get(block, "with");
    u->layers = yk_yaml_get(block, "layers");
    for (const yk_yaml *c = block->kind == YK_NODE_MAP ? block->child : NULL; c; c = c->next)
        if (c != with && c != u->layers)
            YK_TRY(yk_options_unknown(c, u->kind, names, YK_LEN(names)));
    YK_TRY(check_layers(block, u->layers, u->kind));
    if (with && with->kind != YK_NODE_MAP)
        return yk_yaml_at(with, yk_error_set(YK_ERR_RECIPE, __FILE__, __LINE__, __func__,
                                             "with: names and values are expected, as in `{filters: 64}`"));
    for (const yk_yaml *c = with ? with->child : NULL; c; c = c->next)
        if (strcmp(c->key, "name") == 0 || strcmp(c->key, "from") == 0 || strcmp(c->key, "repeat") == 0)
            return yk_yaml_at_key(c, yk_error_set(YK_ERR_RECIPE, __FILE__, __LINE__, __func__,
                                                  "a parameter cannot be called \"%s\": every block has that", c->key));
    if (with)
        YK_TRY(yk_yaml_copy(&u->params, with));
    else
        YK_TRY(yk_yaml_make(&u->params, YK_NODE_MAP, NULL, NULL));
    return YK_OK;
}

static yk_status unknown_parameter(const use *u, const yk_yaml *c)
{
    const char *names[32] = { "name", "from", "repeat" };
    int n = 3;
    for (const yk_yaml *p = u->params->child; p && n < YK_LEN(names); p = p->next)
        names[n++] = p->key;
    return yk_options_unknown(c, u->kind, names, n);
}

static yk_status set_parameter(use *u, const yk_yaml *c, const char *key)
{
    yk_yaml *param = yk_yaml_get(u->params, key), *value = NULL;
    if (!param)
        YK_TRY(unknown_parameter(u, c));
    YK_TRY(yk_yaml_copy(&value, c));
    yk_yaml_replace(param, &value);
    return YK_OK;
}

/* `- residual: {filters: 128, repeat: 3}`, or `- residual: 128` for its first parameter. */
static yk_status read_use(use *u, const yk_yaml *block, const yk_yaml *body)
{
    YK_TRY(read_definition(u, block));
    bool map = body && body->kind == YK_NODE_MAP;
    for (const yk_yaml *c = map ? body->child : NULL; c; c = c->next) {
        bool own;
        YK_TRY(read_own_key(u, c, &own));
        if (!own)
            YK_TRY(set_parameter(u, c, *c->key || !u->params->child ? c->key : u->params->child->key));
    }
    yk_status status = YK_OK;
    if (body && !map && !yk_yaml_is(body, "")) {
        if (u->params->child)
            YK_TRY(set_parameter(u, body, u->params->child->key));
        else
            status = yk_error_set(YK_ERR_RECIPE, __FILE__, __LINE__, __func__, "%s takes no value", u->kind);
        YK_TRY(yk_yaml_at(body, status));
    }
    for (const yk_yaml *p = u->params->child; p; p = p->next)
        if (yk_yaml_is(p, ""))
            status = yk_error_set(YK_ERR_RECIPE, __FILE__, __LINE__, __func__, "%s needs %s", u->kind, p->key);
    YK_TRY(yk_yaml_at(u->node, status));
    return YK_OK;
}

/* Entries `in`, `in_1`, `in_2`, ... of a new scope; *first is the entry of `in`. */
static yk_status add_inputs(yk_specs *specs, const use *u, int scope, int repetition, int before, int *first)
{
    int n = u->n_from ? u->n_from : 1;
    for (int k = n; k >= 0; k--) { /* `in` itself is number 0, the same as `in_1` */
        char name[16] = "in";
        yk_spec *spec = NULL;
        if (k > 0)
            snprintf(name, sizeof name, "in_%d", k);
        YK_TRY(yk_specs_add_name(specs, scope, name, u->node, &spec));
        spec->scope = u->scope; /* the block's `from` is looked up outside */
        spec->from[0] = before;
        if (u->n_from && (k > 1 || repetition == 0))
            spec->from_at[0] = u->from[k > 0 ? k - 1 : 0];
    }
    *first = specs->n - 1;
    return YK_OK;
}

/* The name of a repetition: NAME, or NAME_2 where the block has a name and repeats, or KIND_5. */
static yk_status instance_name(const yk_specs *specs, const use *u, int repetition, char **out)
{
    if (u->name && u->repeat == 1)
        YK_TRY(yk_strdup(out, u->name->text));
    else if (u->name)
        YK_TRY(yk_format(out, "%s_%d", u->name->text, repetition + 1));
    else
        YK_TRY(yk_format(out, "%s_%d", u->kind, yk_specs_place(specs, u->scope, u->kind)));
    return YK_OK;
}

static yk_status add_repetition(yk_specs *specs, const use *u, int repetition, int before)
{
    yk_status status = YK_OK;
    char *name = NULL;
    yk_spec *spec = NULL;
    int scope = 0, first = 0;
    YK_TRY_GOTO(instance_name(specs, u, repetition, &name), done);
    YK_TRY_GOTO(yk_specs_add_scope(specs, u->scope, name, &scope), done);
    YK_TRY_GOTO(add_inputs(specs, u, scope, repetition, before, &first), done);
    YK_TRY_GOTO(yk_blocks_expand(specs, u->layers, u->blocks, u->params, scope, first, u->depth + 1), done);
    YK_TRY_GOTO(yk_specs_add_name(specs, u->scope, name, u->node, &spec), done);
    spec->from[0] = specs->n - 2;
    spec->counted = u->scope;
    spec->kind = u->kind;
done:
    yk_free(name);
    return status;
}

static yk_status expand_use(yk_specs *specs, use *u)
{
    int before = u->before;
    for (int i = 0; i < u->repeat; i++) {
        YK_TRY(add_repetition(specs, u, i, before));
        before = specs->n - 1;
    }
    if (u->name && u->repeat > 1) {
        yk_spec *spec = NULL;
        YK_TRY(yk_specs_add_name(specs, u->scope, u->name->text, u->node, &spec));
        spec->from[0] = before;
    }
    return YK_OK;
}

/* A layer's kind that is neither an op nor a block. */
static yk_status unknown_kind(const yk_yaml *element, const char *kind, const yk_yaml *blocks)
{
    const char *names[128] = { "block" };
    int n = 1;
    for (const yk_yaml *b = blocks ? blocks->child : NULL; b && n < 32; b = b->next)
        names[n++] = b->key;
    for (const yk_op *const *op = yk_op_table; *op && n < YK_LEN(names); op++)
        if ((*op)->kind == YK_OP_LAYER)
            names[n++] = (*op)->name;
    char list[800], hint[160] = "";
    const char *near = yk_nearest(kind, names, n);
    yk_options_join(list, sizeof list, names, n);
    if (near)
        snprintf(hint, sizeof hint, " (did you mean \"%s\"?)", near);
    return yk_yaml_at(element, yk_error_set(YK_ERR_RECIPE, __FILE__, __LINE__, __func__,
                                            "no layer is called \"%.80s\"%s; there are %s", kind, hint, list));
}

static yk_status expand_element(yk_specs *specs, yk_yaml *element, const yk_yaml *blocks, int scope, int before,
                                int depth)
{
    const char *kind;
    yk_yaml *body = NULL;
    const yk_op *op = NULL;
    YK_TRY(yk_layer_form(element, &kind, &body));
    const yk_yaml *block = blocks ? yk_yaml_get(blocks, kind) : NULL;
    bool is_inline = strcmp(kind, "block") == 0;
    if (!block && !is_inline) {
        if (yk_op_find(kind, YK_OP_LAYER, &op) != YK_OK)
            return unknown_kind(element, kind, blocks);
        return yk_specs_add_layer(specs, element, scope, before);
    }
    use u = {
        .kind = kind, .node = element, .blocks = blocks, .repeat = 1, .scope = scope, .before = before, .depth = depth
    };
    yk_status status = YK_OK;
    if (depth >= NESTED_MAX)
        status = yk_error_set(YK_ERR_RECIPE, __FILE__, __LINE__, __func__,
                              "blocks are more than %d deep in each other; does %s use itself?", NESTED_MAX, kind);
    else if (is_inline && !body)
        status = yk_error_set(YK_ERR_RECIPE, __FILE__, __LINE__, __func__, "block needs layers: a list of layers");
    YK_TRY(yk_yaml_at(element, status));
    YK_TRY_GOTO(is_inline ? read_inline(&u, body) : read_use(&u, block, body), done);
    YK_TRY_GOTO(expand_use(specs, &u), done);
done:
    yk_yaml_destroy(&u.params);
    return status;
}

yk_status yk_blocks_expand(yk_specs *specs, const yk_yaml *list, const yk_yaml *blocks, const yk_yaml *params,
                           int scope, int before, int depth)
{
    for (const yk_yaml *e = list->child; e; e = e->next) {
        yk_yaml *copy = NULL;
        YK_TRY(yk_yaml_copy(&copy, e));
        copy->next = specs->copies->child; /* in front: appending would walk the whole list */
        specs->copies->child = copy;
        YK_TRY(substitute(copy, params));
        YK_TRY(expand_element(specs, copy, blocks, scope, before, depth));
        before = specs->n - 1;
    }
    return YK_OK;
}
