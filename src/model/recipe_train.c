/* SPDX-License-Identifier: Apache-2.0 */
/* The section `train:`: steps or epochs, batch and micro-batch. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/error.h"
#include "core/num.h"
#include "model/sections.h"

#define MICRO_BATCH_MOST 32

const yk_option yk_train_options[] = {
    { "steps", YK_OPT_INT, offsetof(yk_train_opts, steps), YK_OPTIONAL, 1, -1, NULL,
      "number of updates; this or epochs" },
    { "epochs", YK_OPT_INT, offsetof(yk_train_opts, epochs), YK_OPTIONAL, 1, -1, NULL,
      "number of passes over the training data; this or steps" },
    { "batch", YK_OPT_INT, YK_READ_BY_OWNER, NULL, 1, -1, NULL,
      "samples of an update, over all ranks; `all`: the whole split" },
    { "micro_batch", YK_OPT_INT, offsetof(yk_train_opts, micro_batch), YK_OPTIONAL, 1, -1, NULL,
      "samples whose gradients are summed as one; a divisor of batch (default: the largest up to 32)" },
    { "lr_batch", YK_OPT_INT, offsetof(yk_train_opts, lr_batch), YK_OPTIONAL, 1, -1, NULL,
      "the batch that the optimizer's lr is meant for: lr is multiplied by batch / lr_batch (default: as it is)" },
    { "fusion", YK_OPT_BOOL, offsetof(yk_train_opts, fusion), "true", 0, 0, NULL,
      "layers that follow each other are computed in one pass where there is one for them; the bits are the same" },
    { "wire", YK_OPT_CHOICE, offsetof(yk_train_opts, wire), "f32", 0, 0, "f32 bf16",
      "in which form gradients travel between machines: bf16 are half the bytes, and all sums of gradients are rounded "
      "to "
      "it, on any number of ranks alike" },
    { 0 }
};

/* -o train.steps takes the place of epochs, and the reverse. */
static void drop_overridden(yk_yaml *node)
{
    yk_yaml *steps = yk_yaml_get(node, "steps"), *epochs = yk_yaml_get(node, "epochs");
    if (!steps || !epochs || yk_yaml_overridden(steps) == yk_yaml_overridden(epochs))
        return;
    yk_yaml_remove(node, yk_yaml_overridden(steps) ? epochs : steps);
}

/* The divisors of batch nearest to micro, for the message. */
static yk_status check_micro(int64_t batch, int64_t micro)
{
    if (batch % micro == 0)
        return YK_OK;
    int64_t below = yk_min(micro, batch), above = micro;
    while (batch % below != 0)
        below--;
    while (above <= batch && batch % above != 0)
        above++;
    if (above > batch)
        YK_FAIL(YK_ERR_RECIPE,
                "train: a batch of %" PRId64 " samples cannot be cut into micro-batches of %" PRId64 "; %" PRId64
                " divides it",
                batch, micro, below);
    YK_FAIL(YK_ERR_RECIPE,
            "train: a batch of %" PRId64 " samples cannot be cut into micro-batches of %" PRId64 "; %" PRId64
            " and %" PRId64 " divide it",
            batch, micro, below, above);
}

static int64_t default_micro(int64_t batch)
{
    int64_t micro = yk_min(batch, MICRO_BATCH_MOST);
    while (batch % micro != 0)
        micro--;
    return micro;
}

/* A number, or `all`. */
static yk_status read_batch(yk_train_opts *out, const yk_yaml *node)
{
    const yk_option option = { "batch", YK_OPT_INT, offsetof(yk_train_opts, batch), NULL, 1, -1, NULL, NULL };
    if (yk_yaml_is(node, "all")) {
        out->batch = 0;
        return YK_OK;
    }
    bool good = node->kind == YK_NODE_SCALAR && yk_option_set(&option, out, node->text) == YK_OK;
    YK_CHECK_AT(good, node, "batch: \"%s\" is not a whole number >= 1, or `all`", node->text ? node->text : "...");
    return YK_OK;
}

yk_status yk_read_train(yk_recipe *r, yk_yaml *node)
{
    yk_train_opts *t = &r->train_opts;
    drop_overridden(node);
    YK_TRY(yk_options_read(node, "train", 1, &(yk_part){ yk_train_options, t }));
    const yk_yaml *batch = yk_yaml_get(node, "batch"), *micro = yk_yaml_get(node, "micro_batch");
    const yk_yaml *epochs = yk_yaml_get(node, "epochs");
    YK_CHECK_AT(t->steps || t->epochs, node, "train needs steps or epochs");
    YK_CHECK_AT(!t->steps || !t->epochs, epochs, "train: steps and epochs are given; one of them says how long");
    YK_CHECK_AT(batch, node, "train needs batch (samples of an update; `all` for the whole split)");
    YK_TRY(read_batch(t, batch));
    if (t->batch && t->micro_batch)
        YK_TRY(yk_yaml_at(micro, check_micro(t->batch, t->micro_batch)));
    if (t->batch && !t->micro_batch) { /* `all` is only known with the data */
        yk_yaml *child = NULL;
        char text[32];
        t->micro_batch = default_micro(t->batch);
        snprintf(text, sizeof text, "%" PRId64, t->micro_batch);
        YK_TRY(yk_yaml_make(&child, YK_NODE_SCALAR, "micro_batch", text));
        yk_yaml_append(node, child);
    }
    return YK_OK;
}

yk_status yk_recipe_batch(const yk_recipe *recipe, int64_t samples, int64_t *batch, int64_t *micro)
{
    const yk_train_opts *t = &recipe->train_opts;
    const yk_yaml *node = yk_yaml_get(yk_yaml_get(recipe->root, "train"), "batch");
    YK_CHECK_AT(samples > 0 || t->batch, node, "train: `batch: all` needs data; give a number of samples");
    YK_CHECK_AT(samples == 0 || t->batch <= samples, node,
                "train: a batch of %" PRId64 " samples is more than the %" PRId64
                " that there are; `all` takes all of them",
                t->batch, samples);
    *batch = t->batch ? t->batch : samples;
    *micro = t->micro_batch ? t->micro_batch : default_micro(*batch);
    YK_TRY(yk_yaml_at(node, check_micro(*batch, *micro)));
    return YK_OK;
}
