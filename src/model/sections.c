/* SPDX-License-Identifier: Apache-2.0 */
/* The table of a recipe's sections, and those that take a line or two. Data and training have files of their own. */
#include "model/sections.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "core/error.h"
#include "core/num.h"
#include "model/layers.h"

yk_status yk_section_options(yk_yaml *node, const char *owner, const yk_option *table, void *object)
{
    yk_part part = { table, object };
    YK_TRY(yk_options_read(node, owner, 1, &part));
    YK_TRY(yk_options_fill(node, 1, &part));
    return YK_OK;
}

typedef struct seed_opts {
    int64_t seed;
} seed_opts;

static const yk_option seed_option = { "seed", YK_OPT_INT, offsetof(seed_opts, seed),  "0", 0,
                                       -1,     NULL,       "fixes every random number" };

static yk_status read_seed(yk_recipe *r, yk_yaml *node)
{
    seed_opts opts = { 0 };
    YK_TRY(yk_options_read_value(node, &seed_option, &opts));
    r->seed = (uint64_t)opts.seed;
    return YK_OK;
}

static const char *file_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

static bool plugin_loaded(const char *path)
{
    const yk_op *op;
    for (int64_t i = 0; (op = yk_op_at(i)); i++)
        if (yk_op_plugin(op) && strcmp(file_of(yk_op_plugin(op)), file_of(path)) == 0)
            return true;
    return false;
}

/* A list of names. Nothing is loaded because a file says so: who runs it gives --plugin. */
static yk_status read_plugins(yk_recipe *r, yk_yaml *node)
{
    (void)r;
    YK_CHECK_AT(node->kind == YK_NODE_LIST, node, "plugins: a list of files is expected, as in [libmine.so]");
    for (const yk_yaml *c = node->child; c; c = c->next) {
        YK_CHECK_AT(c->kind == YK_NODE_SCALAR && *c->text, c,
                    "plugins: a list of files is expected, as in [libmine.so]");
        YK_CHECK_AT(plugin_loaded(c->text), c,
                    "this needs the plug-in %s, which is not loaded: give --plugin %s (a program: yk_plugin_load())",
                    c->text, c->text);
    }
    return YK_OK;
}

/* Notes the op's plug-in in the recipe, unless it is there. */
static yk_status note_plugin(yk_yaml *root, const yk_op *op)
{
    const char *path = op ? yk_op_plugin(op) : NULL;
    yk_yaml *list = yk_yaml_get(root, "plugins"), *entry;
    if (!path)
        return YK_OK;
    for (const yk_yaml *c = list ? list->child : NULL; c; c = c->next)
        if (strcmp(file_of(c->text), file_of(path)) == 0)
            return YK_OK;
    if (!list) {
        YK_TRY(yk_yaml_make(&list, YK_NODE_LIST, "plugins", NULL));
        yk_yaml_append(root, list);
    }
    YK_TRY(yk_yaml_make(&entry, YK_NODE_SCALAR, NULL, path));
    yk_yaml_append(list, entry);
    return YK_OK;
}

yk_status yk_note_plugins(yk_recipe *r)
{
    for (int i = 0; i < r->layers->n; i++)
        YK_TRY(note_plugin(r->root, r->layers->at[i].op));
    for (int i = 0; i < r->n_losses; i++)
        YK_TRY(note_plugin(r->root, r->loss[i].pick.entry));
    return YK_OK;
}

/* Names of blocks must not hide layers. */
static yk_status read_blocks(yk_recipe *r, yk_yaml *node)
{
    (void)r;
    YK_CHECK_AT(node->kind == YK_NODE_MAP, node,
                "blocks: names with their layers are expected, as in `blocks: {name: {layers: [...]}}`");
    for (const yk_yaml *b = node->child; b; b = b->next) {
        const yk_op *op = NULL;
        bool word = isalpha((unsigned char)b->key[0]);
        for (const char *c = b->key; *c && word; c++)
            word = isalnum((unsigned char)*c) || *c == '_' || *c == '-';
        YK_CHECK_AT_KEY(word && strlen(b->key) <= 64, b,
                        "\"%s\" cannot be a block's name: letters, digits, _ and - make one", b->key);
        bool taken = strcmp(b->key, "block") == 0 || yk_op_find(b->key, YK_OP_LAYER, &op) == YK_OK;
        YK_CHECK_AT_KEY(!taken, b, "\"%s\" is a layer's name; give the block another one", b->key);
    }
    return YK_OK;
}

static yk_status read_model(yk_recipe *r, yk_yaml *node)
{
    bool empty = node->kind == YK_NODE_SCALAR ? !*node->text : !node->child;
    YK_CHECK_AT(!empty, node, "model: it is empty; a list of layers is expected");
    YK_CHECK_AT(node->kind == YK_NODE_LIST, node, "model: a list of layers is expected");
    YK_TRY(yk_specs_create(&r->layers, node, yk_yaml_get(r->root, "blocks")));
    return YK_OK;
}

static yk_status read_pick(yk_pick *out, yk_yaml *node, yk_find find)
{
    YK_TRY(yk_pick_read(out, node, find, NULL));
    YK_TRY(yk_pick_fill(node, find, NULL));
    return YK_OK;
}

static yk_status read_optimizer(yk_recipe *r, yk_yaml *node)
{
    YK_TRY(read_pick(&r->optimizer, node, yk_find_optimizer));
    return YK_OK;
}

static yk_status read_schedule(yk_recipe *r, yk_yaml *node)
{
    YK_TRY(read_pick(&r->schedule, node, yk_find_schedule));
    YK_TRY(yk_check_schedule(r, node));
    return YK_OK;
}

typedef struct metric_common {
    char of[YK_OPT_TEXT_MAX];
} metric_common;

const yk_option yk_metric_options[] = {
    { "of", YK_OPT_TEXT, offsetof(metric_common, of), YK_OPTIONAL, 0, 0, NULL,
      "name of the loss whose output it measures, where there are several; without it the first" },
    { 0 }
};

static yk_status read_metric(yk_metric_spec *spec, yk_yaml *node)
{
    metric_common common = { "" };
    YK_TRY(yk_pick_read(&spec->pick, node, yk_find_metric, &(yk_part){ yk_metric_options, &common }));
    YK_CHECK_AT(strlen(common.of) < YK_NAME_BYTES, node, "of: a loss's name has at most %d bytes", YK_NAME_BYTES - 1);
    snprintf(spec->of, sizeof spec->of, "%.*s", YK_NAME_BYTES - 1, common.of);
    YK_TRY(yk_pick_fill(node, yk_find_metric, yk_metric_options));
    return YK_OK;
}

/* A list of metrics, or one. */
static yk_status read_metrics(yk_recipe *r, yk_yaml *node)
{
    if (node->kind == YK_NODE_MAP || (node->kind == YK_NODE_SCALAR && *node->text)) {
        YK_TRY(yk_yaml_wrap(node, NULL));
        node->kind = YK_NODE_LIST;
    }
    YK_CHECK_AT(node->kind == YK_NODE_LIST && yk_yaml_count(node) <= YK_MAX_METRICS, node,
                "metrics: a list of up to %d is expected, as in [accuracy, {top_k: 5}]", YK_MAX_METRICS);
    for (yk_yaml *c = node->child; c; c = c->next)
        YK_TRY(read_metric(&r->metric[r->n_metrics++], c));
    return YK_OK;
}

static yk_status read_clip(yk_recipe *r, yk_yaml *node)
{
    YK_TRY(yk_section_options(node, "clip", yk_clip_options, &r->clip));
    return YK_OK;
}

const yk_option yk_checkpoint_options[] = { { "every", YK_OPT_PERIOD, offsetof(yk_checkpoint_opts, every), "1 epoch", 0,
                                              0, NULL, "time between checkpoints: \"30 steps\", \"1 epoch\" or none" },
                                            { "keep", YK_OPT_INT, offsetof(yk_checkpoint_opts, keep), "3", 1, -1, NULL,
                                              "how many of the newest are kept, beside step 0 and the best" },
                                            { 0 } };

static yk_status read_checkpoint(yk_recipe *r, yk_yaml *node)
{
    YK_TRY(yk_section_options(node, "checkpoint", yk_checkpoint_options, &r->checkpoint));
    return YK_OK;
}

const yk_option yk_log_options[] = { { "every", YK_OPT_PERIOD, offsetof(yk_log_opts, every), "10 steps", 0, 0, NULL,
                                       "time between rows of log.csv" },
                                     { 0 } };

static yk_status read_log(yk_recipe *r, yk_yaml *node)
{
    YK_TRY(yk_section_options(node, "log", yk_log_options, &r->log));
    return YK_OK;
}

const yk_section yk_section_table[] = {
    { "seed", "a whole number >= 0 that fixes every random number", YK_SECTION_DEFAULT, "0", NULL, read_seed },
    { "plugins", "a list of plug-ins whose ops it uses; filled in by itself", YK_SECTION_OPTIONAL, NULL, NULL,
      read_plugins },
    { "data", "where the samples are", YK_SECTION_OPTIONAL, NULL, yk_data_options, yk_read_data },
    { "input", "shapes of a sample, where there are no data", YK_SECTION_OPTIONAL, NULL, yk_input_options,
      yk_read_input },
    { "blocks", "groups of layers with names and parameters", YK_SECTION_OPTIONAL, NULL, NULL, read_blocks },
    { "model", "a list of layers", YK_SECTION_NEEDED, NULL, NULL, read_model },
    { "loss", "what is made small: a loss, or a list of several", YK_SECTION_NEEDED, NULL, NULL, yk_read_loss },
    { "metrics", "a list of what is measured beside the loss", YK_SECTION_DEFAULT, "[]", NULL, read_metrics },
    { "optimizer", "how the parameters follow the gradient", YK_SECTION_NEEDED, NULL, NULL, read_optimizer },
    { "schedule", "how the learning rate changes", YK_SECTION_DEFAULT, "constant", NULL, read_schedule },
    { "clip", "bounds of the gradient", YK_SECTION_DEFAULT, "{}", yk_clip_options, read_clip },
    { "regularize", "penalties of every kernel whose layer has none of its own", YK_SECTION_DEFAULT, "{}",
      yk_regularize_options, yk_read_regularize },
    { "freeze", "layers or parameters that stay as they are: a list of names, * for any letters", YK_SECTION_OPTIONAL,
      NULL, NULL, yk_read_freeze },
    { "init_from", "a run or checkpoint whose parameters are taken over, by name and shape", YK_SECTION_OPTIONAL, NULL,
      yk_init_from_options, yk_read_init_from },
    { "ema", "moving average of the parameters, which evaluation and prediction use", YK_SECTION_OPTIONAL, NULL,
      yk_ema_options, yk_read_ema },
    { "early_stopping", "ends the training when a value of the dev split no longer gets better", YK_SECTION_OPTIONAL,
      NULL, yk_early_stopping_options, yk_read_early_stopping },
    { "train", "how long, and in which batches", YK_SECTION_NEEDED, NULL, yk_train_options, yk_read_train },
    { "checkpoint", "when the state of the run is kept", YK_SECTION_DEFAULT, "{}", yk_checkpoint_options,
      read_checkpoint },
    { "log", "when a row of log.csv is written", YK_SECTION_DEFAULT, "{}", yk_log_options, read_log },
    { 0 }
};
