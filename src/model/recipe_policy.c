/* SPDX-License-Identifier: Apache-2.0 */
/* The sections that say how parameters start, move and are kept: regularize, freeze, init_from, ema, early_stopping. */
#include <string.h>

#include "core/error.h"
#include "core/num.h"
#include "model/sections.h"

const yk_option yk_regularize_options[] = { { "l1", YK_OPT_REAL, offsetof(yk_regularize, l1), "0", 0, -1, NULL,
                                              "penalty: l1 times the kernels' sum of sizes" },
                                            { "l2", YK_OPT_REAL, offsetof(yk_regularize, l2), "0", 0, -1, NULL,
                                              "penalty: l2 / 2 times the kernels' sum of squares" },
                                            { 0 } };

yk_status yk_read_regularize(yk_recipe *r, yk_yaml *node)
{
    YK_TRY(yk_section_options(node, "regularize", yk_regularize_options, &r->regularize));
    return YK_OK;
}

const yk_option yk_early_stopping_options[] = {
    { "patience", YK_OPT_INT, offsetof(yk_early_stopping, patience), NULL, 1, -1, NULL,
      "epochs without a better value after which training ends" },
    { "monitor", YK_OPT_TEXT, offsetof(yk_early_stopping, monitor), "loss", 0, 0, NULL,
      "what must get better on the dev split: loss, or one of `metrics`" },
    { "min_delta", YK_OPT_REAL, offsetof(yk_early_stopping, min_delta), "0", 0, -1, NULL,
      "how much better it must be to count" },
    { "restore_best", YK_OPT_BOOL, offsetof(yk_early_stopping, restore_best), "false", 0, 0, NULL,
      "the training ends with the parameters of its best epoch" },
    { 0 }
};

/* What watches a value needs a split whose values nobody trains on. */
static yk_status need_dev(const yk_recipe *r, const yk_yaml *node, const char *what)
{
    YK_CHECK_AT(!r->has_data || r->has_dev, node, "%s watches a value of the dev split: give data.dev", what);
    return YK_OK;
}

yk_status yk_read_early_stopping(yk_recipe *r, yk_yaml *node)
{
    YK_TRY(yk_section_options(node, "early_stopping", yk_early_stopping_options, &r->early_stopping));
    YK_TRY(need_dev(r, node, "early_stopping"));
    r->has_early_stopping = true;
    return YK_OK;
}

yk_status yk_check_schedule(const yk_recipe *r, const yk_yaml *node)
{
    const yk_schedule *schedule = r->schedule.entry;
    if (schedule->observe)
        YK_TRY(need_dev(r, node, schedule->name));
    return YK_OK;
}

const yk_option yk_ema_options[] = { { "decay", YK_OPT_REAL, offsetof(yk_ema_opts, decay), "0.999", 0, YK_BELOW_1, NULL,
                                       "share of the old average when a step's parameters enter" },
                                     { 0 } };

yk_status yk_read_ema(yk_recipe *r, yk_yaml *node)
{
    YK_TRY(yk_section_options(node, "ema", yk_ema_options, &r->ema));
    r->has_ema = true;
    return YK_OK;
}

const yk_option yk_init_from_options[] = {
    { "run", YK_OPT_TEXT, offsetof(yk_init_from, run), NULL, 0, 0, NULL,
      "a run's folder (runs/a: its newest checkpoint, runs/a:best: its best), or a checkpoint's file" },
    { "map", YK_OPT_TEXT, YK_READ_BY_OWNER, YK_OPTIONAL, 0, 0, NULL,
      "names here and there: {\"new/*\": \"old/*\"}; the first that fits counts" },
    { "strict", YK_OPT_BOOL, offsetof(yk_init_from, strict), "false", 0, 0, NULL,
      "every parameter of the model must be found" },
    { "digest", YK_OPT_TEXT, offsetof(yk_init_from, digest), YK_OPTIONAL, 0, 0, NULL,
      "digest that the checkpoint must have; the recipe as run says it" },
    { 0 }
};

/* Names or patterns; a * on one side stands for what the * on the other fits. */
static yk_status check_map(const yk_yaml *map)
{
    YK_CHECK_AT(map->kind == YK_NODE_MAP && map->child, map,
                "map: names here and there are expected, as in `{\"new/*\": \"old/*\"}`");
    for (const yk_yaml *c = map->child; c; c = c->next) {
        YK_CHECK_AT(c->kind == YK_NODE_SCALAR && *c->text, c, "map: \"%s\": a name is expected", c->key);
        const char *here = strchr(c->key, '*'), *there = strchr(c->text, '*');
        YK_CHECK_AT_KEY(!here == !there && (!here || (!strchr(here + 1, '*') && !strchr(there + 1, '*'))), c,
                        "map: \"%s\" and \"%s\": both have one *, or none has", c->key, c->text);
    }
    return YK_OK;
}

yk_status yk_read_init_from(yk_recipe *r, yk_yaml *node)
{
    YK_TRY(yk_section_options(node, "init_from", yk_init_from_options, &r->init_from));
    const yk_yaml *map = yk_yaml_get(node, "map");
    YK_CHECK_AT(*r->init_from.run, node, "init_from: the name of a run or checkpoint is expected");
    if (map)
        YK_TRY(check_map(map));
    r->has_init_from = true;
    return YK_OK;
}

yk_status yk_read_freeze(yk_recipe *r, yk_yaml *node)
{
    (void)r;
    if (node->kind == YK_NODE_SCALAR && *node->text) {
        YK_TRY(yk_yaml_wrap(node, NULL));
        node->kind = YK_NODE_LIST;
    }
    YK_CHECK_AT(node->kind == YK_NODE_LIST, node, "freeze: a list of names is expected, as in [\"conv2d_*\", stem]");
    for (const yk_yaml *c = node->child; c; c = c->next)
        YK_CHECK_AT(c->kind == YK_NODE_SCALAR && *c->text, c, "freeze: a name is expected, as in \"conv2d_*\"");
    return YK_OK;
}
