/* SPDX-License-Identifier: Apache-2.0 */
/* The section `loss:`: one loss, or a list of several, with what each takes and what it counts. */
#include <stdio.h>
#include <string.h>

#include "core/error.h"
#include "model/layers.h"
#include "model/sections.h"

typedef struct loss_common {
    double weight;
    char target[YK_OPT_TEXT_MAX], sample_weight[YK_OPT_TEXT_MAX], name[YK_OPT_TEXT_MAX];
} loss_common;

const yk_option yk_loss_options[] = {
    { "target", YK_OPT_TEXT, offsetof(loss_common, target), "y", 0, 0, NULL, "field that the output should be like" },
    { "weight", YK_OPT_REAL, offsetof(loss_common, weight), "1", 0, -1, NULL,
      "factor of this loss in the total, where there are several" },
    { "sample_weight", YK_OPT_TEXT, offsetof(loss_common, sample_weight), YK_OPTIONAL, 0, 0, NULL,
      "field of one weight >= 0 a sample; without it all count the same" },
    { "from", YK_OPT_TEXT, YK_READ_BY_OWNER, YK_OPTIONAL, 0, 0, NULL,
      "name of the layer that it takes; without it the last" },
    { "name", YK_OPT_TEXT, offsetof(loss_common, name), YK_OPTIONAL, 0, 0, NULL,
      "what logs and predictions call it, where there are several; without it its kind" },
    { 0 }
};

static yk_status copy_field(char out[YK_NAME_BYTES], const yk_yaml *node, const char *key, const char *text)
{
    YK_CHECK_AT(strlen(text) < YK_NAME_BYTES, node, "%s: a field's name has at most %d bytes", key, YK_NAME_BYTES - 1);
    snprintf(out, YK_NAME_BYTES, "%s", text);
    return YK_OK;
}

static const yk_loss_spec *find(const yk_recipe *r, const char *name)
{
    for (int i = 0; i < r->n_losses; i++)
        if (strcmp(r->loss[i].name, name) == 0)
            return &r->loss[i];
    return NULL;
}

/* The given name, or the kind, made unique by its place among its kind. */
static yk_status set_name(yk_recipe *r, yk_loss_spec *spec, const yk_yaml *given)
{
    const char *kind = ((const yk_op *)spec->pick.entry)->name;
    if (!given) {
        snprintf(spec->name, sizeof spec->name, "%s", kind);
        for (int place = 2; find(r, spec->name); place++)
            snprintf(spec->name, sizeof spec->name, "%s_%d", kind, place);
        return YK_OK;
    }
    YK_TRY(yk_layer_check_name(given));
    YK_CHECK_AT(strlen(given->text) < YK_NAME_BYTES, given, "name: at most %d bytes", YK_NAME_BYTES - 1);
    const yk_loss_spec *twin = find(r, given->text);
    char where[YK_WHERE];
    YK_CHECK_AT(!twin, given, "a second loss is called \"%s\" (the first: %s); give one of them another name",
                given->text, yk_yaml_where(twin->node, where, sizeof where));
    snprintf(spec->name, sizeof spec->name, "%s", given->text);
    return YK_OK;
}

static yk_status read_one(yk_recipe *r, yk_yaml *node)
{
    loss_common common = { 0 };
    yk_loss_spec *spec = &r->loss[r->n_losses];
    *spec = (yk_loss_spec){ .node = node, .from_last = true };
    YK_TRY(yk_pick_read(&spec->pick, node, yk_find_loss, &(yk_part){ yk_loss_options, &common }));
    const yk_yaml *options = yk_pick_options(node), *from = options ? yk_yaml_get(options, "from") : NULL;
    yk_status status = set_name(r, spec, options ? yk_yaml_get(options, "name") : NULL);
    r->n_losses++;
    YK_TRY(status);
    spec->weight = common.weight;
    YK_CHECK_AT(*common.target, node, "target: the name of a field is expected");
    YK_TRY(copy_field(spec->target, node, "target", common.target));
    YK_TRY(copy_field(spec->sample_weight, node, "sample_weight", common.sample_weight));
    if (from) {
        spec->from_last = false;
        YK_TRY(yk_specs_find(r->layers, from, &spec->from));
    }
    YK_TRY(yk_pick_fill(node, yk_find_loss, yk_loss_options));
    return YK_OK;
}

/* Appends a name that is not among the n yet; n + 1 may be one more than there is room for. */
static int add_field(int n, const char *names[YK_MAX_FIELDS], const char *name)
{
    for (int i = 0; i < n && i < YK_MAX_FIELDS; i++)
        if (strcmp(names[i], name) == 0)
            return n;
    if (n < YK_MAX_FIELDS)
        names[n] = name;
    return n + 1;
}

int yk_recipe_fields(const yk_recipe *r, bool targets, const char *names[YK_MAX_FIELDS])
{
    int n = add_field(0, names, "x");
    for (int i = 0; targets && i < r->n_losses; i++) {
        n = add_field(n, names, r->loss[i].target);
        if (*r->loss[i].sample_weight)
            n = add_field(n, names, r->loss[i].sample_weight);
    }
    return n;
}

const char *yk_recipe_field_where(const yk_recipe *r, const char *field, char *text, size_t size)
{
    static const char *const keys[] = { "target", "sample_weight" };
    char where[YK_WHERE];
    snprintf(text, size, "%s", "");
    for (int i = 0; i < r->n_losses; i++) {
        const yk_yaml *options = yk_pick_options(r->loss[i].node);
        for (size_t k = 0; options && k < sizeof keys / sizeof *keys; k++) {
            const yk_yaml *given = yk_yaml_get(options, keys[k]);
            if (given && given->file && yk_yaml_is(given, field))
                snprintf(text, size, "%s: %s: ", yk_yaml_where(given, where, sizeof where), keys[k]);
        }
    }
    return text;
}

yk_status yk_read_loss(yk_recipe *r, yk_yaml *node)
{
    const bool list = node->kind == YK_NODE_LIST;
    const char *names[YK_MAX_FIELDS];
    YK_CHECK_AT(!list || node->child, node, "loss: the list is empty; a loss or several are expected");
    yk_yaml *c = list ? node->child : node;
    for (; c; c = list ? c->next : NULL) {
        YK_CHECK_AT(r->n_losses < YK_MAX_LOSSES, c, "loss: more than %d losses", YK_MAX_LOSSES);
        YK_TRY(read_one(r, c));
    }
    const int n = yk_recipe_fields(r, true, names);
    YK_CHECK_AT(n <= YK_MAX_FIELDS, node, "loss: %d fields with x; %d are possible", n, YK_MAX_FIELDS);
    return YK_OK;
}
