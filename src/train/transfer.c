/* SPDX-License-Identifier: Apache-2.0 */
#include "train/transfer.h"

#include <stdio.h>
#include <string.h>

#include "core/error.h"
#include "model/freeze.h"
#include "train/run.h"

#define NAME_MAX_LENGTH 1024

typedef struct transfer {
    const yk_model *model;
    const yk_yaml *map; /* NULL: names are the same */
    yk_checkpoint *from;
    float *params;
    int loaded, missed, shown;
    char text[YK_TRANSFER_TEXT]; /* what was missed */
} transfer;

/* What `pattern` makes of `name`, by `there`: the names with a * stand for each other, a name without means itself and
 * what is below it. False where it does not fit. */
static bool translate(const char *pattern, const char *there, const char *name, char out[NAME_MAX_LENGTH])
{
    const char *star = strchr(pattern, '*'), *their_star = strchr(there, '*');
    const size_t length = strlen(name), head = star ? (size_t)(star - pattern) : strlen(pattern);
    const size_t tail = star ? strlen(star + 1) : 0;
    if (length < head + tail || strncmp(name, pattern, head) != 0)
        return false;
    if (!star) {
        if (name[head] != '\0' && name[head] != '/')
            return false;
        snprintf(out, NAME_MAX_LENGTH, "%s%s", there, name + head);
        return true;
    }
    if (strcmp(name + length - tail, star + 1) != 0)
        return false;
    snprintf(out, NAME_MAX_LENGTH, "%.*s%.*s%s", (int)(their_star - there), there, (int)(length - head - tail),
             name + head, their_star + 1);
    return true;
}

/* A name in the map that fits no parameter is a mistake. */
static yk_status check_map(const transfer *t)
{
    char name[NAME_MAX_LENGTH];
    for (const yk_yaml *c = t->map ? t->map->child : NULL; c; c = c->next) {
        bool any = false;
        for (int p = 0; p < yk_graph_params(t->model->graph) && !any; p++)
            any = translate(c->key, c->text, yk_graph_param(t->model->graph, p)->name, name);
        if (!any)
            return yk_pattern_unknown(t->model->graph, c, "init_from.map", c->key);
    }
    return YK_OK;
}

/* The checkpoint's name for a parameter: its moving average where there is one. */
static void their_name(const transfer *t, const yk_param *param, char name[NAME_MAX_LENGTH], yk_checkpoint_entry *entry,
                       bool *found)
{
    char mapped[NAME_MAX_LENGTH];
    bool fits = false;
    for (const yk_yaml *c = t->map ? t->map->child : NULL; c && !fits; c = c->next)
        fits = translate(c->key, c->text, param->name, mapped);
    if (!fits)
        snprintf(mapped, sizeof mapped, "%s", param->name);
    const char *const roots[] = { yk_role_is_buffer(param->role) ? "buffers" : "ema", "params" };
    *found = false;
    for (int i = 0; i < 2 && !*found; i++) {
        snprintf(name, NAME_MAX_LENGTH, "%s/%.1000s", roots[i], mapped);
        yk_checkpoint_find(t->from, name, entry, found);
        if (yk_role_is_buffer(param->role))
            break;
    }
}

static void miss(transfer *t, const yk_param *param, const char *why)
{
    const size_t used = strlen(t->text);
    t->missed++;
    if (used + strlen(param->name) + strlen(why) + 64 > sizeof t->text) /* the end says how many more */
        return;
    snprintf(t->text + used, sizeof t->text - used, "%s%.200s %.200s", used ? ", " : "", param->name, why);
    t->shown++;
}

static yk_status load_param(transfer *t, const yk_param *param)
{
    char name[NAME_MAX_LENGTH], why[2 * YK_SHAPE_TEXT + 32], text[2][YK_SHAPE_TEXT];
    yk_checkpoint_entry entry;
    bool found;
    their_name(t, param, name, &entry, &found);
    if (!found) {
        miss(t, param, "(not there)");
    } else if (!yk_shape_equal(&entry.shape, &param->shape) || entry.dtype != YK_F32) {
        snprintf(why, sizeof why, "(%s there, %s here)", yk_shape_text(&entry.shape, 0, text[0]),
                 yk_shape_text(&param->shape, 0, text[1]));
        miss(t, param, why);
    } else {
        YK_TRY(yk_checkpoint_read(t->from, name, 0, yk_shape_len(&param->shape), t->params + param->offset));
        t->loaded++;
    }
    return YK_OK;
}

static yk_status load(transfer *t, const yk_init_from *from)
{
    const char *path = yk_checkpoint_path(t->from), *digest = yk_checkpoint_digest(t->from);
    YK_CHECK(!*from->digest || strcmp(digest, from->digest) == 0, YK_ERR_DATA,
             "init_from: %s has digest %.16s..., but the recipe wants %.16s...; name that checkpoint, or leave out "
             "init_from.digest",
             path, digest, from->digest);
    YK_TRY(check_map(t));
    for (int p = 0; p < yk_graph_params(t->model->graph); p++)
        YK_TRY(load_param(t, yk_graph_param(t->model->graph, p)));
    const size_t used = strlen(t->text);
    if (t->missed > t->shown)
        snprintf(t->text + used, sizeof t->text - used, " and %d more", t->missed - t->shown);
    YK_CHECK(
        t->loaded > 0, YK_ERR_DATA,
        "init_from: %s has no parameter of this model's names and shapes (%s); init_from.map says how names belong "
        "together",
        path, t->text);
    YK_CHECK(!from->strict || t->missed == 0, YK_ERR_DATA,
             "init_from: strict, but of %s's parameters these do not fit: %s", path, t->text);
    return YK_OK;
}

/* On rank 0. */
static yk_status open_and_load(transfer *t, const yk_init_from *from, char digest[YK_SHA256_HEX],
                               char text[YK_TRANSFER_TEXT])
{
    YK_TRY(yk_run_find(from->run, &t->from));
    yk_status status = load(t, from);
    snprintf(digest, YK_SHA256_HEX, "%s", yk_checkpoint_digest(t->from));
    snprintf(text, YK_TRANSFER_TEXT, "%.80s: %d of %d parameters and buffers loaded%s%.380s",
             yk_checkpoint_path(t->from), t->loaded, t->loaded + t->missed, t->missed ? "; not " : "", t->text);
    yk_checkpoint_close(&t->from);
    return status;
}

/* The recipe as run says what was taken. */
static yk_status note_digest(yk_recipe *recipe, const char *digest)
{
    yk_yaml *node = yk_yaml_get(recipe->root, "init_from"), *child = NULL;
    snprintf(recipe->init_from.digest, sizeof recipe->init_from.digest, "%s", digest);
    if (yk_yaml_get(node, "digest"))
        return YK_OK;
    YK_TRY(yk_yaml_make(&child, YK_NODE_SCALAR, "digest", digest));
    yk_yaml_append(node, child);
    return YK_OK;
}

yk_status yk_transfer(yk_comm *comm, yk_recipe *recipe, const yk_model *model, float *params,
                      char text[YK_TRANSFER_TEXT])
{
    transfer t = { .model = model, .params = params };
    char digest[YK_SHA256_HEX] = "";
    *text = '\0';
    if (!recipe->has_init_from)
        return YK_OK;
    t.map = yk_yaml_get(yk_yaml_get(recipe->root, "init_from"), "map");
    YK_TRY(yk_comm_agree(comm, yk_comm_rank(comm) ? YK_OK : open_and_load(&t, &recipe->init_from, digest, text)));
    YK_TRY(yk_comm_broadcast(comm, 0, digest, sizeof digest));
    YK_TRY(yk_comm_broadcast(comm, 0, params, model->layout->length * (int64_t)sizeof *params));
    return yk_comm_agree(comm, note_digest(recipe, digest));
}
