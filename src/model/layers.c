/* SPDX-License-Identifier: Apache-2.0 */
/* One layer of a recipe: `relu`, `dense: 10`, `conv2d: {filters: 32, kernel: 3, name: stem, activation: relu}`. A layer
 * with an activation gives two entries; its name means the second to those that come later. */
#include "model/layers.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "core/error.h"
#include "core/mem.h"

#define LAYERS_MAX 10000
#define NAME_BYTES_MAX 64

typedef struct layer_common {
    char name[YK_OPT_TEXT_MAX];
    double l1, l2, max_norm, lr_factor;
    bool unit_norm;
} layer_common;

#define OWN(option, help)                                                                                              \
    {                                                                                                                  \
        option, YK_OPT_TEXT, YK_READ_BY_OWNER, YK_OPTIONAL, 0, 0, NULL, help                                           \
    }
#define NAME_AND_FROM                                                                                                  \
    { "name",                                                                                                          \
      YK_OPT_TEXT,                                                                                                     \
      offsetof(layer_common, name),                                                                                    \
      YK_OPTIONAL,                                                                                                     \
      0,                                                                                                               \
      0,                                                                                                               \
      NULL,                                                                                                            \
      "what others call it; without one it is its kind and its place among its kind: conv2d_1" },                      \
        OWN("from", "name of the earlier layer that it takes, or a list of several; without it the layer before")
#define SHARE OWN("share", "name of an earlier layer whose parameters it uses")
#define LR_FACTOR                                                                                                      \
    {                                                                                                                  \
        "lr_factor", YK_OPT_REAL, offsetof(layer_common, lr_factor), "1", YK_ABOVE_0, 1e30, NULL,                      \
            "the layer's learning rate is this times lr"                                                               \
    }
#define ACTIVATION                                                                                                     \
    {                                                                                                                  \
        "activation", YK_OPT_TEXT, YK_READ_BY_OWNER, "none", 0, 0, NULL,                                               \
            "layer applied to the output: relu, ..., none"                                                             \
    }

static const yk_option layer_options[] = { NAME_AND_FROM, { 0 } };
static const yk_option param_options[] = { NAME_AND_FROM, SHARE, LR_FACTOR, { 0 } };
#define ENTRY(option, type, place, initial, low, high, help)                                                           \
    {                                                                                                                  \
        option, type, place, initial, low, high, NULL, help                                                            \
    }
#define INIT(option, initial, help) ENTRY(option, YK_OPT_TEXT, YK_READ_BY_OWNER, initial, 0, 0, help)
#define OF_KERNEL                                                                                                      \
    SHARE, LR_FACTOR, ACTIVATION, INIT("init", "glorot_uniform", "how the kernel starts: an initialiser"),             \
        INIT("bias_init", "zeros", "how the bias starts: an initialiser"),                                             \
        ENTRY("l1", YK_OPT_REAL, offsetof(layer_common, l1), YK_OPTIONAL, 0, -1,                                       \
              "penalty: l1 times the kernel's sum of sizes (default: regularize.l1)"),                                 \
        ENTRY("l2", YK_OPT_REAL, offsetof(layer_common, l2), YK_OPTIONAL, 0, -1,                                       \
              "penalty: l2 / 2 times the kernel's sum of squares (default: regularize.l2)"),                           \
        ENTRY("max_norm", YK_OPT_REAL, offsetof(layer_common, max_norm), YK_OPTIONAL, YK_ABOVE_0, 1e30,                \
              "after every update, the norm of what leads to one output is cut to this"),                              \
        ENTRY("unit_norm", YK_OPT_BOOL, offsetof(layer_common, unit_norm), "false", 0, 0,                              \
              "after every update, the norm of what leads to one output is made 1")

static const yk_option kernel_options[] = { NAME_AND_FROM, OF_KERNEL, { 0 } };
static const yk_option recurrent_options[] = { NAME_AND_FROM,
                                               OF_KERNEL,
                                               INIT("recurrent_init", "orthogonal",
                                                    "how the state's kernel starts: an initialiser"),
                                               { 0 } };
static const yk_option table_options[] = {
    NAME_AND_FROM,
    SHARE,
    LR_FACTOR,
    { "init", YK_OPT_TEXT, YK_READ_BY_OWNER, "uniform", 0, 0, NULL, "how the table starts: an initialiser" },
    { "l1", YK_OPT_REAL, offsetof(layer_common, l1), YK_OPTIONAL, 0, -1, NULL,
      "penalty: l1 times the table's sum of sizes (default: regularize.l1)" },
    { "l2", YK_OPT_REAL, offsetof(layer_common, l2), YK_OPTIONAL, 0, -1, NULL,
      "penalty: l2 / 2 times the table's sum of squares (default: regularize.l2)" },
    { 0 }
};
/* What is said of parameters is said by the layer that has them. */
static const yk_option sharing_options[] = { NAME_AND_FROM, SHARE, { 0 } };
static const yk_option sharing_kernel_options[] = { NAME_AND_FROM, SHARE, ACTIVATION, { 0 } };

static bool has_role(const yk_op *op, yk_role role)
{
    for (int i = 0; i < YK_OP_MAX_PARAM; i++)
        if (op->param[i].name && op->param[i].role == role)
            return true;
    return false;
}

const yk_option *yk_layer_common(const yk_op *op, const yk_yaml *body)
{
    const bool shares = body && yk_yaml_get(body, "share"), kernel = has_role(op, YK_ROLE_KERNEL);
    if (!op->param[0].name)
        return layer_options;
    if (shares)
        return kernel ? sharing_kernel_options : sharing_options;
    if (has_role(op, YK_ROLE_RECURRENT))
        return recurrent_options;
    return kernel ? kernel_options : has_role(op, YK_ROLE_TABLE) ? table_options : param_options;
}

yk_status yk_layer_form(yk_yaml *element, const char **kind, yk_yaml **body)
{
    *body = NULL;
    *kind = element->text;
    const yk_yaml *c = element->kind == YK_NODE_MAP ? element->child : NULL;
    YK_CHECK_AT(c || (element->kind == YK_NODE_SCALAR && *element->text), element,
                "a layer is expected here, as in `relu` or `dense: {units: 10}`");
    if (!c)
        return YK_OK;
    YK_CHECK_AT(!c->next, element,
                "a layer is one key with its attributes below it, as in `dense: {units: 10}`; here are \"%s\" and "
                "\"%s\" side by side",
                c->key, c->next->key);
    *body = element->child;
    *kind = c->key;
    return YK_OK;
}

yk_status yk_specs_add(yk_specs *specs, yk_spec **out)
{
    YK_CHECK(specs->n < LAYERS_MAX, YK_ERR_RECIPE, "a model of more than %d layers", LAYERS_MAX);
    if (specs->n == specs->room) {
        YK_TRY(yk_realloc(&specs->at, 2 * specs->room + 16, sizeof *specs->at));
        specs->room = 2 * specs->room + 16;
    }
    *out = &specs->at[specs->n];
    **out = (yk_spec){ .output = specs->n, .counted = -1, .kind = "" };
    specs->n++;
    return YK_OK;
}

yk_status yk_specs_add_scope(yk_specs *specs, int outer, const char *name, int *out)
{
    if (specs->n_scopes == specs->room_scopes) {
        YK_TRY(yk_realloc(&specs->scope, 2 * specs->room_scopes + 16, sizeof *specs->scope));
        specs->room_scopes = 2 * specs->room_scopes + 16;
    }
    yk_scope *s = &specs->scope[specs->n_scopes];
    *s = (yk_scope){ outer, NULL };
    YK_TRY(yk_format(&s->prefix, "%s%s%s", outer < 0 ? "" : specs->scope[outer].prefix, name, *name ? "/" : ""));
    *out = specs->n_scopes++;
    return YK_OK;
}

yk_status yk_specs_add_name(yk_specs *specs, int named, const char *name, const yk_yaml *node, yk_spec **out)
{
    YK_TRY(yk_yaml_at(node, yk_specs_add(specs, out)));
    (*out)->node = node;
    (*out)->n_from = 1;
    (*out)->scope = named;
    YK_TRY(yk_format(&(*out)->name, "%s%s", specs->scope[named].prefix, name));
    return YK_OK;
}

int yk_specs_place(const yk_specs *specs, int scope, const char *kind)
{
    int place = 1;
    for (int i = 0; i < specs->n; i++)
        place += specs->at[i].counted == scope && strcmp(specs->at[i].kind, kind) == 0;
    return place;
}

static yk_status check_name(const char *name)
{
    size_t n = strlen(name);
    YK_CHECK(n > 0 && n <= NAME_BYTES_MAX, YK_ERR_RECIPE, "a name has 1 to %d letters, not %zu", NAME_BYTES_MAX, n);
    for (size_t i = 0; i < n; i++)
        YK_CHECK(isalnum((unsigned char)name[i]) || strchr("_-", name[i]), YK_ERR_RECIPE,
                 "\"%s\" cannot be a name: letters, digits, _ and - make one", name);
    YK_CHECK(strcmp(name, "input") != 0 && strcmp(name, "in") != 0 && strncmp(name, "in_", 3) != 0, YK_ERR_RECIPE,
             "\"%s\" cannot be a layer's name: it means the input of the model or block", name);
    return YK_OK;
}

yk_status yk_layer_check_name(const yk_yaml *name)
{
    YK_CHECK_AT(name->kind == YK_NODE_SCALAR, name, "name: a word is expected");
    YK_TRY(yk_yaml_at(name, check_name(name->text)));
    return YK_OK;
}

yk_status yk_layer_from(const yk_yaml *from, int *n, const yk_yaml *at[YK_OP_MAX_IN])
{
    *n = 0;
    bool good = from->kind == YK_NODE_SCALAR ? *from->text != '\0' : from->kind == YK_NODE_LIST && from->child;
    const yk_yaml *c = from->kind == YK_NODE_LIST ? from->child : from;
    for (; c && good; c = from->kind == YK_NODE_LIST ? c->next : NULL) {
        good = c->kind == YK_NODE_SCALAR && *n < YK_OP_MAX_IN;
        if (good)
            at[(*n)++] = c;
    }
    YK_CHECK_AT(good, from, "from: the name of a layer is expected, or a list of 1 to %d names", YK_OP_MAX_IN);
    return YK_OK;
}

/* Inputs of the entry: what `from` says, else the layer before. */
static yk_status set_inputs(yk_spec *spec, const yk_yaml *body, int before)
{
    const yk_yaml *from = yk_yaml_get(body, "from");
    spec->n_from = 1;
    spec->from[0] = before;
    if (from)
        YK_TRY(yk_layer_from(from, &spec->n_from, spec->from_at));
    int want = spec->op->n_in, n = spec->n_from;
    const yk_yaml *node = from ? from : spec->node;
    YK_CHECK_AT(want < 0 || n == want, node, "%s takes %d input%s, not %d", spec->op->name, want, want == 1 ? "" : "s",
                n);
    YK_CHECK_AT(want >= 0 || n >= -want, node, "%s takes %d or more inputs; name them, as in `from: [a, b]`",
                spec->op->name, -want);
    return YK_OK;
}

/* Reads an initialiser below `key`, or the default one, where the layer has such an option. */
static yk_status read_init(yk_pick *out, yk_yaml *body, const char *key, const yk_option *options)
{
    while (options->name && strcmp(options->name, key) != 0)
        options++;
    if (!options->name)
        return YK_OK;
    yk_yaml *node = yk_yaml_get(body, key);
    if (!node) {
        YK_TRY(yk_yaml_make(&node, YK_NODE_SCALAR, key, options->initial));
        yk_yaml_append(body, node);
    }
    YK_TRY(yk_pick_read(out, node, yk_find_init, NULL));
    return YK_OK;
}

/* The entry behind a layer with an activation. */
static yk_status add_activation(yk_specs *specs, yk_yaml *node)
{
    yk_pick pick = { NULL, NULL };
    yk_status status = YK_OK;
    yk_spec *spec = NULL;
    int layer = specs->n - 1;
    YK_TRY(yk_pick_read(&pick, node, yk_find_activation, NULL));
    if (!pick.entry)
        goto done;
    YK_TRY_GOTO(yk_specs_add(specs, &spec), done);
    spec->op = pick.entry;
    spec->attr = pick.opts;
    pick.opts = NULL;
    spec->node = node;
    spec->n_from = 1;
    spec->from[0] = layer;
    spec->scope = specs->at[layer].scope;
    specs->at[layer].output = specs->n - 1;
    YK_TRY_GOTO(yk_format(&spec->name, "%s/%s", specs->at[layer].name, spec->op->name), done);
done:
    yk_pick_destroy(&pick);
    return status;
}

/* Reads attributes, common options and the name. */
static yk_status read_body(yk_specs *specs, yk_spec *spec, yk_yaml *body)
{
    layer_common common = { .l1 = -1, .l2 = -1, .lr_factor = 1 };
    yk_part parts[] = { { spec->op->attrs, spec->attr }, { yk_layer_common(spec->op, body), &common } };
    YK_TRY(yk_options_read(body, spec->op->name, 2, parts));
    spec->share_at = yk_yaml_get(body, "share");
    YK_CHECK_AT(!spec->share_at || spec->share_at->kind == YK_NODE_SCALAR, spec->share_at,
                "share: the name of a layer is expected");
    YK_CHECK_AT(!common.unit_norm || common.max_norm == 0, yk_yaml_get(body, "unit_norm"),
                "unit_norm and max_norm are given; one of them bounds the kernel");
    const yk_yaml *name = yk_yaml_get(body, "name");
    const char *prefix = specs->scope[spec->scope].prefix;
    if (name) {
        YK_TRY(yk_layer_check_name(name));
        YK_TRY(yk_format(&spec->name, "%s%s", prefix, name->text));
    } else {
        int place = yk_specs_place(specs, spec->scope, spec->kind);
        YK_TRY(yk_format(&spec->name, "%s%s_%d", prefix, spec->kind, place));
    }
    spec->counted = spec->scope;
    spec->l1 = common.l1;
    spec->l2 = common.l2;
    spec->max_norm = common.max_norm;
    spec->unit_norm = common.unit_norm;
    spec->lr_factor = common.lr_factor;
    return YK_OK;
}

yk_status yk_specs_add_layer(yk_specs *specs, yk_yaml *element, int scope, int before)
{
    const char *kind;
    yk_yaml *body = NULL;
    yk_spec *spec = NULL;
    const yk_op *op = NULL;
    YK_TRY(yk_layer_form(element, &kind, &body));
    YK_TRY(yk_yaml_at(element, yk_op_find(kind, YK_OP_LAYER, &op)));
    YK_TRY(yk_yaml_at(element, yk_specs_add(specs, &spec)));
    spec->op = op;
    spec->node = element;
    spec->scope = scope;
    spec->kind = op->name;
    YK_TRY(yk_alloc(&spec->attr, (int64_t)op->attr_size, 1));
    if (!body) { /* `relu` is {relu: } */
        YK_TRY(yk_yaml_wrap(element, op->name));
        body = element->child;
        body->text[0] = '\0';
    }
    YK_TRY(read_body(specs, spec, body)); /* of the keys below, the layer has what yk_layer_common() lists */
    YK_TRY(set_inputs(spec, body, before));
    YK_TRY(read_init(&spec->init, body, "init", yk_layer_common(op, body)));
    YK_TRY(read_init(&spec->bias_init, body, "bias_init", yk_layer_common(op, body)));
    YK_TRY(read_init(&spec->recurrent_init, body, "recurrent_init", yk_layer_common(op, body)));
    yk_yaml *activation = yk_yaml_get(body, "activation");
    if (activation)
        YK_TRY(add_activation(specs, activation));
    return YK_OK;
}

yk_status yk_specs_create(yk_specs **out, const yk_yaml *model, const yk_yaml *blocks)
{
    yk_status status = YK_OK;
    yk_specs *specs = NULL;
    int scope;
    *out = NULL;
    YK_TRY(yk_alloc(&specs, 1, sizeof *specs));
    YK_TRY_GOTO(yk_yaml_make(&specs->copies, YK_NODE_LIST, NULL, NULL), fail);
    YK_TRY_GOTO(yk_specs_add_scope(specs, -1, "", &scope), fail);
    YK_TRY_GOTO(yk_blocks_expand(specs, model, blocks, NULL, scope, YK_MODEL_INPUT, 0), fail);
    YK_TRY_GOTO(yk_specs_resolve(specs), fail);
    *out = specs;
    return YK_OK;
fail:
    yk_specs_destroy(&specs);
    return status;
}

void yk_specs_destroy(yk_specs **specs)
{
    if (!specs || !*specs)
        return;
    yk_specs *s = *specs;
    for (int i = 0; i < s->n; i++) {
        yk_free(s->at[i].name);
        yk_free(s->at[i].attr);
        yk_pick_destroy(&s->at[i].init);
        yk_pick_destroy(&s->at[i].bias_init);
        yk_pick_destroy(&s->at[i].recurrent_init);
    }
    for (int i = 0; i < s->n_scopes; i++)
        yk_free(s->scope[i].prefix);
    yk_free(s->at);
    yk_free(s->scope);
    yk_yaml_destroy(&s->copies);
    yk_free(s);
    *specs = NULL;
}
