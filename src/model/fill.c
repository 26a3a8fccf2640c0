/* SPDX-License-Identifier: Apache-2.0 */
/* The defaults of all layers' attributes written into the recipe itself: what a run keeps says all that it depends on,
 * and is as short as the recipe, since blocks stay blocks. Parameters ($filters) stay as they are. */
#include <string.h>

#include "core/error.h"
#include "core/mem.h"
#include "model/layers.h"

static yk_status fill_list(yk_yaml *list, const yk_yaml *blocks);

/* The options of what `activation`, and the initialisers, name. */
static yk_status fill_picks(yk_yaml *body)
{
    static const struct {
        const char *key;
        yk_find find;
    } picks[] = { { "activation", yk_find_activation },
                  { "init", yk_find_init },
                  { "bias_init", yk_find_init },
                  { "recurrent_init", yk_find_init } };
    for (int i = 0; i < YK_LEN(picks); i++) {
        yk_yaml *node = yk_yaml_get(body, picks[i].key);
        if (node && !(node->kind == YK_NODE_SCALAR && node->text[0] == '$'))
            YK_TRY(yk_pick_fill(node, picks[i].find, NULL));
    }
    return YK_OK;
}

static yk_status fill_layer(yk_yaml *element, yk_yaml *body, const yk_op *op)
{
    if (!body && !yk_options_default(op->attrs) &&
        !yk_options_default(yk_layer_common(op, NULL))) /* `relu` stays `relu` */
        return YK_OK;
    if (!body) {
        YK_TRY(yk_yaml_wrap(element, op->name));
        body = element->child;
        body->text[0] = '\0';
    }
    YK_TRY(yk_options_fill(body, 2, (yk_part[]){ { op->attrs, NULL }, { yk_layer_common(op, body), NULL } }));
    YK_TRY(fill_picks(body));
    return YK_OK;
}

/* What an override left without a key, `residual: 64` and another parameter, is the first parameter. */
static yk_status name_first(const yk_yaml *body, const yk_yaml *with)
{
    yk_yaml *nameless = body ? yk_yaml_get(body, "") : NULL;
    if (nameless && with && with->child)
        YK_TRY(yk_yaml_rename(nameless, with->child->key));
    return YK_OK;
}

static yk_status fill_element(yk_yaml *element, const yk_yaml *blocks)
{
    const char *kind;
    yk_yaml *body = NULL;
    const yk_op *op = NULL;
    YK_TRY(yk_layer_form(element, &kind, &body));
    if (kind[0] == '$')
        return YK_OK;
    if (strcmp(kind, "block") == 0) {
        yk_yaml *layers = body ? yk_yaml_get(body, "layers") : NULL;
        if (layers)
            YK_TRY(fill_list(layers, blocks));
        return YK_OK;
    }
    if (blocks && yk_yaml_get(blocks, kind)) {
        YK_TRY(name_first(body, yk_yaml_get(yk_yaml_get(blocks, kind), "with")));
        return YK_OK;
    }
    YK_TRY(yk_yaml_at(element, yk_op_find(kind, YK_OP_LAYER, &op)));
    YK_TRY(fill_layer(element, body, op));
    return YK_OK;
}

static yk_status fill_list(yk_yaml *list, const yk_yaml *blocks)
{
    for (yk_yaml *e = list->child; e; e = e->next)
        YK_TRY(fill_element(e, blocks));
    return YK_OK;
}

yk_status yk_specs_fill(yk_yaml *model, yk_yaml *blocks)
{
    YK_TRY(fill_list(model, blocks));
    for (yk_yaml *b = blocks ? blocks->child : NULL; b; b = b->next) {
        yk_yaml *layers = yk_yaml_get(b, "layers");
        if (layers)
            YK_TRY(fill_list(layers, blocks));
    }
    return YK_OK;
}
