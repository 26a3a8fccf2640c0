/* SPDX-License-Identifier: Apache-2.0 */
/* A named thing with options, and the tables that such names are looked up in. */
#include "model/pick.h"

#include <stdio.h>
#include <string.h>

#include "core/error.h"
#include "core/mem.h"
#include "metrics/metric.h"
#include "model/model.h"

yk_status yk_find_optimizer(const char *name, yk_thing *out)
{
    const yk_optimizer *o = NULL;
    YK_TRY(yk_optimizer_find(name, &o));
    *out = (yk_thing){ o, o->name, o->opts_size, o->opts };
    return YK_OK;
}

yk_status yk_find_schedule(const char *name, yk_thing *out)
{
    const yk_schedule *s = NULL;
    YK_TRY(yk_schedule_find(name, &s));
    *out = (yk_thing){ s, s->name, s->opts_size, s->opts };
    return YK_OK;
}

yk_status yk_find_metric(const char *name, yk_thing *out)
{
    const yk_metric *m = NULL;
    YK_TRY(yk_metric_find(name, &m));
    *out = (yk_thing){ m, m->name, m->opts_size, m->opts };
    return YK_OK;
}

static void op_thing(const yk_op *op, yk_thing *out)
{
    *out = (yk_thing){ op, op->name, op->attr_size, op->attrs };
}

yk_status yk_find_loss(const char *name, yk_thing *out)
{
    const yk_op *op = NULL;
    YK_TRY(yk_op_find(name, YK_OP_LOSS, &op));
    op_thing(op, out);
    return YK_OK;
}

yk_status yk_find_init(const char *name, yk_thing *out)
{
    const yk_init *init = NULL;
    YK_TRY(yk_init_find(name, &init));
    *out = (yk_thing){ init, init->name, init->opts_size, init->opts };
    return YK_OK;
}

yk_status yk_find_augment(const char *name, yk_thing *out)
{
    const yk_augment *a = NULL;
    YK_TRY(yk_augment_find(name, &a));
    *out = (yk_thing){ a, a->name, a->opts_size, a->opts };
    return YK_OK;
}

yk_status yk_find_activation(const char *name, yk_thing *out)
{
    const char *names[64] = { "none" };
    int n = 1;
    const yk_op *op;
    for (int64_t i = 0; (op = yk_op_at(i)); i++) {
        if (!op->activation)
            continue;
        if (strcmp(op->name, name) == 0) {
            op_thing(op, out);
            return YK_OK;
        }
        if (n < YK_LEN(names))
            names[n++] = op->name;
    }
    *out = (yk_thing){ NULL, "none", 0, NULL };
    if (strcmp(name, "none") == 0)
        return YK_OK;
    char text[YK_NAMES_TEXT];
    YK_FAIL(YK_ERR_ARG, "no activation is called \"%.80s\"%s", name, yk_names_text(text, name, "there are", names, n));
}

/* Finds the entry that a node names; *child is its map of options, NULL where the node is a name alone. */
static yk_status find_named(yk_yaml *node, yk_find find, yk_thing *out, yk_yaml **child)
{
    *child = NULL;
    if (node->kind == YK_NODE_SCALAR) {
        YK_TRY(yk_yaml_at(node, find(node->text, out)));
        return YK_OK;
    }
    bool overridden = false;
    for (const yk_yaml *c = node->kind == YK_NODE_MAP ? node->child : NULL; c; c = c->next)
        overridden = overridden || (!c->key_line && yk_yaml_overridden(c));
    if (overridden && node->child->next) /* -o optimizer.sgd.lr=0.1 takes the place of adam */
        for (yk_yaml *c = node->child, *next; c; c = next) {
            next = c->next;
            if (c->key_line || !yk_yaml_overridden(c))
                yk_yaml_remove(node, c);
        }
    YK_CHECK_AT(node->kind == YK_NODE_MAP && yk_yaml_count(node) == 1, node,
                "%s%sone name with its options is expected, as in `name` or `{name: {...}}`",
                node->key ? node->key : "", node->key ? ": " : "");
    *child = node->child;
    YK_TRY(yk_yaml_at_key(*child, find((*child)->key, out)));
    return YK_OK;
}

yk_status yk_pick_read(yk_pick *out, yk_yaml *node, yk_find find, const yk_part *common)
{
    yk_status status = YK_OK;
    yk_thing thing = { NULL, NULL, 0, NULL };
    yk_yaml *child = NULL, *empty = NULL;
    YK_TRY(find_named(node, find, &thing, &child));
    YK_TRY(yk_alloc(&out->opts, (int64_t)thing.size, 1));
    out->entry = thing.entry;
    if (!child) {
        YK_TRY_GOTO(yk_yaml_make(&empty, YK_NODE_MAP, NULL, NULL), done);
        child = empty;
        child->file = node->file;
        child->line = node->line;
        child->column = node->column;
    }
    const yk_part parts[] = { { thing.opts, out->opts }, common ? *common : (yk_part){ NULL, NULL } };
    YK_TRY_GOTO(yk_options_read(child, thing.name, 2, parts), done);
done:
    yk_yaml_destroy(&empty);
    if (status != YK_OK)
        yk_pick_destroy(out);
    return status;
}

yk_yaml *yk_pick_options(const yk_yaml *node)
{
    return node->kind == YK_NODE_MAP ? node->child : NULL;
}

yk_status yk_pick_fill(yk_yaml *node, yk_find find, const yk_option *common)
{
    yk_thing thing = { NULL, NULL, 0, NULL };
    yk_yaml *child = NULL;
    YK_TRY(find_named(node, find, &thing, &child));
    if (!child) {
        if (!yk_options_default(thing.opts) && !yk_options_default(common)) /* `accuracy` stays `accuracy` */
            return YK_OK;
        YK_TRY(yk_yaml_wrap(node, thing.name));
        child = node->child;
        child->text[0] = '\0';
    }
    YK_TRY(yk_options_fill(child, 2, (yk_part[]){ { thing.opts, NULL }, { common, NULL } }));
    return YK_OK;
}

void yk_pick_destroy(yk_pick *pick)
{
    yk_free(pick->opts);
    *pick = (yk_pick){ NULL, NULL };
}
