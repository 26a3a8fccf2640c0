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
#include "model/block_use.h"

#define NESTED_MAX 16

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
    char text[YK_NAMES_TEXT];
    YK_CHECK_AT(n > 0, node, "\"%s\" is no parameter: only blocks with `with:` have them", node->text);
    YK_FAIL_AT(node, "\"%s\" is no parameter of this block%s", node->text,
               yk_names_text(text, node->text + 1, "it has", names, n));
}

/* Entries `in`, `in_1`, `in_2`, ... of a new scope; *first is the entry of `in`. */
static yk_status add_inputs(yk_specs *specs, const yk_block_use *u, int scope, int repetition, int before, int *first)
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
static yk_status instance_name(const yk_specs *specs, const yk_block_use *u, int repetition, char **out)
{
    if (u->name && u->repeat == 1)
        YK_TRY(yk_strdup(out, u->name->text));
    else if (u->name)
        YK_TRY(yk_format(out, "%s_%d", u->name->text, repetition + 1));
    else
        YK_TRY(yk_format(out, "%s_%d", u->kind, yk_specs_place(specs, u->scope, u->kind)));
    return YK_OK;
}

static yk_status add_repetition(yk_specs *specs, const yk_block_use *u, int repetition, int before)
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

static yk_status expand_use(yk_specs *specs, yk_block_use *u)
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
    const yk_op *op;
    for (int64_t i = 0; (op = yk_op_at(i)) && n < YK_LEN(names); i++)
        if (op->kind == YK_OP_LAYER)
            names[n++] = op->name;
    char text[YK_NAMES_TEXT];
    YK_FAIL_AT(element, "no layer is called \"%.80s\"%s", kind, yk_names_text(text, kind, "there are", names, n));
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
    yk_block_use u = {
        .kind = kind, .node = element, .blocks = blocks, .scope = scope, .before = before, .depth = depth
    };
    yk_status status = YK_OK;
    YK_CHECK_AT(depth < NESTED_MAX, element, "blocks are more than %d deep in each other; does %s use itself?",
                NESTED_MAX, kind);
    YK_TRY_GOTO(yk_block_use_read(&u, body), done);
    YK_TRY_GOTO(expand_use(specs, &u), done);
done:
    yk_block_use_clear(&u);
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
