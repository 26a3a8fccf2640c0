/* SPDX-License-Identifier: Apache-2.0 */
/* Setting a training up. Every stage ends in agreement, so that ranks leave together; the run folder is made last. */
#include "train/trainer.h"

#include <stdio.h>
#include <string.h>

#include "core/clock.h"
#include "core/error.h"
#include "core/log.h"
#include "core/num.h"
#include "data/colours.h"
#include "io/files.h"
#include "io/stage.h"
#include "train/normal.h"
#include "train/text.h"
#include "yoke/version.h"

static bool is_root(const yk_trainer *t)
{
    return yk_comm_rank(t->comm) == 0;
}

/* --- the recipe: from a file, or from the run's newest checkpoint */

static yk_status new_recipe(yk_trainer *t)
{
    const yk_train_request *q = t->request;
    return yk_comm_agree(t->comm, yk_recipe_read(&t->recipe, q->recipe, q->n_overrides, q->overrides));
}

static yk_status open_run(yk_trainer *t)
{
    YK_TRY(yk_run_open(&t->run, t->request->run));
    t->started = true;
    return YK_OK;
}

static void drop(yk_yaml *map, const char *key)
{
    yk_yaml *child = map ? yk_yaml_get(map, key) : NULL;
    if (child)
        yk_yaml_remove(map, child);
}

/* What of a recipe may not differ between a run and its checkpoints, as text. It is read, and so gets the defaults of
 * this version, because the two may have been written by different ones. */
static yk_status fixed_part(const char *name, const char *text, char **out)
{
    yk_recipe *recipe;
    YK_TRY(yk_recipe_parse(&recipe, name, text, 0, NULL));
    drop(yk_yaml_get(recipe->root, "train"), "steps");
    drop(yk_yaml_get(recipe->root, "train"), "epochs");
    drop(recipe->root, "checkpoint");
    drop(recipe->root, "log");
    yk_status status = yk_yaml_text(recipe->root, out);
    yk_recipe_destroy(&recipe);
    return status;
}

/* A checkpoint that somebody put into the folder of another run must not go on unnoticed. */
static yk_status check_recipe(const yk_trainer *t, const yk_trained *from)
{
    char *ours = NULL, *fixed = NULL, *theirs = NULL;
    yk_status status = YK_OK;
    YK_TRY_GOTO(yk_run_recipe(&t->run, &ours), out);
    YK_TRY_GOTO(fixed_part("recipe.yaml", ours, &fixed), out);
    YK_TRY_GOTO(fixed_part(from->path, yk_checkpoint_recipe(from->checkpoint), &theirs), out);
    YK_CHECK_GOTO(strcmp(fixed, theirs) == 0, out, YK_ERR_DATA,
                  "%s: the checkpoint is of another model or recipe than %s/recipe.yaml; move it out of the folder",
                  from->path, t->run.path);
out:
    yk_free(ours);
    yk_free(fixed);
    yk_free(theirs);
    return status;
}

/* The checkpoint stays open on rank 0, for its tensors. */
static yk_status old_recipe(yk_trainer *t, yk_trained *from)
{
    const yk_train_request *q = t->request;
    YK_TRY(yk_comm_agree(t->comm, is_root(t) ? open_run(t) : YK_OK));
    YK_TRY(yk_trained_open(from, t->comm, q->run));
    YK_TRY(yk_comm_agree(t->comm, is_root(t) ? check_recipe(t, from) : YK_OK));
    t->state = from->state;
    for (int i = 0; i < q->n_overrides; i++)
        YK_TRY(yk_comm_agree(t->comm, yk_recipe_may_change(q->overrides[i])));
    char *text;
    YK_TRY(yk_comm_agree(t->comm, yk_recipe_text(from->recipe, &text)));
    yk_status status = yk_recipe_parse(&t->recipe, from->path, text, q->n_overrides, q->overrides);
    yk_free(text);
    return yk_comm_agree(t->comm, status);
}

/* --- data and model */

/* Collective. */
static yk_status open_split(const yk_trainer *t, yk_split *split, const yk_source *source)
{
    yk_status status = yk_split_open_once(split, t->comm, t->recipe, source, true);
    if (status != YK_OK && t->request->recipe) /* a file that the user wrote */
        status = yk_split_place(split, t->recipe, source, status);
    return yk_comm_agree(t->comm, status);
}

/* The source as it is, or the copy of it that each machine's first rank makes. Names are rank 0's: files may look
 * different where a file system's news are late. */
static yk_status stage_split(yk_trainer *t, const yk_source *source, yk_source *out)
{
    char name[YK_STAGE_NAME] = "";
    *out = *source;
    if (!t->request->stage)
        return YK_OK;
    YK_TRY(yk_comm_agree(t->comm, is_root(t) ? yk_stage_name(t->request->stage, source->file, name) : YK_OK));
    YK_TRY(yk_comm_broadcast(t->comm, 0, name, sizeof name));
    YK_TRY(yk_comm_agree(t->comm, yk_comm_leads(t->comm) ? yk_stage_copy(source->file, name) : YK_OK));
    return yk_comm_agree(t->comm, yk_source_file(out, name));
}

static yk_status stage_splits(yk_trainer *t)
{
    YK_TRY(stage_split(t, &t->recipe->train, &t->staged_train));
    return t->recipe->has_dev ? stage_split(t, &t->recipe->dev, &t->staged_dev) : YK_OK;
}

/* Collective. */
static yk_status open_splits(yk_trainer *t)
{
    const yk_recipe *r = t->recipe;
    YK_CHECK(r->has_data, YK_ERR_RECIPE,
             "the recipe names no data: give data: {train: FILE.h5} or -o data.train=FILE.h5");
    YK_TRY(stage_splits(t));
    YK_TRY(open_split(t, &t->train, &t->staged_train));
    if (r->has_dev)
        YK_TRY(open_split(t, &t->dev, &t->staged_dev));
    yk_shape x; /* an augmentation that does not suit is told before the data are read */
    yk_split_augment(&t->train, r, true, NULL);
    YK_TRY(yk_comm_agree(t->comm, yk_split_shape(&t->train, &x)));
    YK_TRY(yk_split_share(&t->train, t->comm, r, &t->staged_train));
    return r->has_dev ? yk_split_share(&t->dev, t->comm, r, &t->staged_dev) : YK_OK;
}

/* Which samples of train are trained on, in which order. */
static yk_status find_order(yk_trainer *t)
{
    const yk_recipe *r = t->recipe;
    const int64_t samples = yk_dataset_samples(t->train.data);
    int64_t taken;
    YK_TRY(yk_recipe_take(r, samples, &taken));
    yk_order_make(&t->order, taken, &r->shuffle, r->seed, YK_FOR_SHUFFLE);
    yk_order_take(&t->order, samples, r->seed);
    return YK_OK;
}

/* The axes of the colours, where an augmentation wants them. */
static yk_status find_axes(yk_trainer *t)
{
    yk_order chosen = t->order;
    chosen.shuffle.mode = YK_SHUFFLE_NONE;
    return yk_augmentation_colours(&t->recipe->augment)
               ? yk_colours_compute(&t->axes, t->train.data, &chosen, 0, t->comm)
               : YK_OK;
}

/* `normalize: true` becomes numbers in the recipe as run. */
static yk_status find_normal(yk_trainer *t)
{
    yk_order chosen = t->order;
    chosen.shuffle.mode = YK_SHUFFLE_NONE;
    if (t->recipe->normalize != YK_NORMALIZE_TRAIN)
        return yk_comm_agree(t->comm, yk_normal_given(&t->normal, t->recipe));
    YK_TRY(yk_normal_compute(&t->normal, t->train.data, &chosen, 0, t->comm));
    return yk_comm_agree(t->comm, yk_normal_write(&t->recipe, &t->normal));
}

/* Rank 0's text to all, which release it; NULL is NULL on all. Collective. */
static yk_status tell_text(const yk_trainer *t, char **text)
{
    int64_t bytes = *text ? (int64_t)strlen(*text) + 1 : 0;
    YK_TRY(yk_comm_broadcast(t->comm, 0, &bytes, sizeof bytes));
    YK_TRY(yk_comm_agree(t->comm, is_root(t) || bytes == 0 ? YK_OK : yk_alloc(text, bytes, 1)));
    return bytes > 0 ? yk_comm_broadcast(t->comm, 0, *text, bytes) : YK_OK;
}

/* The vocabulary of a text becomes part of the recipe as run. Collective. */
static yk_status find_text(yk_trainer *t)
{
    yk_shape x;
    char *setting = NULL;
    yk_split_augment(&t->train, t->recipe, true, t->axes);
    YK_TRY(yk_comm_agree(t->comm, yk_split_shape(&t->train, &x)));
    yk_status status = yk_comm_agree(t->comm, is_root(t) ? yk_text_find(t->recipe, &x, &setting) : YK_OK);
    if (status == YK_OK)
        status = tell_text(t, &setting);
    if (status == YK_OK && setting)
        status = yk_comm_agree(t->comm, yk_recipe_set(&t->recipe, setting));
    yk_free(setting);
    return status;
}

static yk_status build_model(yk_trainer *t)
{
    yk_shape x;
    yk_split_augment(&t->train, t->recipe, true, t->axes);
    yk_split_augment(&t->dev, t->recipe, false, NULL);
    YK_TRY(yk_split_shape(&t->train, &x));
    YK_TRY(yk_model_create(&t->model, t->recipe, &x));
    YK_TRY(yk_split_feed(&t->train, t->model, &t->normal));
    if (t->dev.data)
        YK_TRY(yk_split_feed(&t->dev, t->model, &t->normal));
    YK_TRY(yk_split_check_targets(&t->train, yk_comm_rank(t->comm), yk_comm_size(t->comm)));
    if (t->dev.data)
        YK_TRY(yk_split_check_targets(&t->dev, yk_comm_rank(t->comm), yk_comm_size(t->comm)));
    return YK_OK;
}

/* --- engine, loaders, evaluation */

static int64_t total_steps(const yk_recipe *r, int64_t steps_per_epoch)
{
    return r->train_opts.steps > 0 ? r->train_opts.steps : r->train_opts.epochs * steps_per_epoch;
}

static yk_status build_engine(yk_trainer *t)
{
    const yk_recipe *r = t->recipe;
    const int64_t samples = t->order.n;
    int64_t at_least = 0;
    YK_TRY(yk_io_thread_create(&t->io));
    YK_TRY(yk_engine_create(&t->engine, t->comm, r, t->model, &t->train, samples));
    t->progress.steps_per_epoch = yk_steps_per_epoch(samples, t->engine->batch);
    t->progress.steps = total_steps(r, t->progress.steps_per_epoch);
    t->progress.watched = &t->watched;
    YK_TRY(yk_split_load(&t->train, &t->order, t->engine->batch, t->engine->micro, t->comm, t->io, YK_AHEAD_TRAIN));
    if (t->dev.data) {
        YK_TRY(yk_evaluator_create(&t->evaluator, t->comm, t->io, r, t->model, &t->dev, false));
        at_least = yk_evaluator_bytes(t->evaluator);
    }
    YK_TRY(yk_engine_start(t->engine, at_least));
    if (t->dev.data)
        YK_TRY(yk_evaluator_bind(t->evaluator, yk_engine_shown(t->engine), t->engine->memory));
    return yk_watch_open(&t->watch, r, &t->engine->tally);
}

/* --- the run folder */

static void log_header(const yk_trainer *t, char *text, size_t size)
{
    int n = snprintf(text, size, "step,epoch,split,loss");
    for (int h = 0; t->model->n_heads > 1 && h < t->model->n_heads; h++)
        n += snprintf(text + n, size - (size_t)n, ",loss_%s", t->model->head[h].name);
    n += snprintf(text + n, size - (size_t)n, ",penalty");
    for (int i = 0; i < t->engine->tally.n_values; i++)
        n += snprintf(text + n, size - (size_t)n, ",%s", t->engine->tally.name[i]);
    snprintf(text + n, size - (size_t)n, ",lr,samples_per_s");
}

static yk_status open_folder(yk_trainer *t)
{
    char header[YK_LOG_ROW];
    log_header(t, header, sizeof header);
    if (t->started) {
        YK_TRY(yk_run_write_recipe(&t->run, t->recipe_text)); /* it may have got more steps */
    } else {
        YK_TRY(yk_run_create(&t->run, t->request->run, t->recipe_text));
        t->started = true;
    }
    return yk_run_log_open(&t->run, header, t->state.step);
}

/* The trainer's mark to all ranks: each may have to say that the run has failed. */
static yk_status share_mark(yk_trainer *t)
{
    YK_TRY(yk_comm_broadcast(t->comm, 0, t->run.incarnation, sizeof t->run.incarnation));
    if (t->request->mark)
        memcpy(t->request->mark, t->run.incarnation, sizeof t->run.incarnation);
    return YK_OK;
}

static void new_state(yk_trainer *t)
{
    t->state.seed = t->recipe->seed;
    t->state.best_step = -1;
}

/* The state names who writes from now on. */
static void sign_state(yk_trainer *t)
{
    t->state.numerics = YK_NUMERICS;
    snprintf(t->state.family, sizeof t->state.family, "%s", yk_kernels_family());
    snprintf(t->state.version, sizeof t->state.version, "%s", t->request->version);
}

static void check_numerics(const yk_trainer *t)
{
    if (t->state.numerics != YK_NUMERICS)
        yk_warn("the checkpoint was written under numerics %lld, this program has %d: the result is not what an "
                "uninterrupted run would give",
                (long long)t->state.numerics, YK_NUMERICS);
}

/* Ranks beyond the number of micro-batches have nothing to do; numbers that do not halve evenly cost messages. */
static void judge_ranks(const yk_trainer *t)
{
    const int64_t leaves = t->engine->leaves;
    const int size = yk_comm_size(t->comm);
    if (!is_root(t))
        return;
    if (size > leaves)
        yk_warn("%d ranks, but a batch has %lld micro-batches, so %lld of them idle; use fewer ranks, or a smaller "
                "train.micro_batch",
                size, (long long)leaves, (long long)(size - leaves));
    else if (leaves % size != 0 || ((leaves / size) & (leaves / size - 1)) != 0)
        yk_info("%d ranks share %lld micro-batches: ranges that are no powers of two send more than one node of the "
                "summation tree each",
                size, (long long)leaves);
}

yk_status yk_trainer_read(yk_trainer *t, yk_checkpoint *from)
{
    YK_TRY(yk_snapshot_params(t->comm, t->model, from, false, t->engine->params));
    if (t->engine->average)
        YK_TRY(yk_snapshot_params(t->comm, t->model, from, true, t->engine->average));
    return YK_OK;
}

static yk_status begin_params(yk_trainer *t)
{
    YK_TRY(yk_transfer(t->comm, t->recipe, t->model, t->engine->params, t->init_from));
    yk_engine_begin_average(t->engine);
    return YK_OK;
}

static yk_status build(yk_trainer *t, yk_trained *from)
{
    const bool resume = !t->request->recipe;
    YK_TRY(resume ? old_recipe(t, from) : new_recipe(t));
    YK_TRY(open_splits(t));
    YK_TRY(yk_comm_agree(t->comm, find_order(t)));
    YK_TRY(find_normal(t));
    YK_TRY(find_text(t));
    YK_TRY(find_axes(t));
    YK_TRY(yk_comm_agree(t->comm, build_model(t)));
    YK_TRY(yk_comm_agree(t->comm, build_engine(t)));
    YK_TRY(yk_engine_connect(t->engine));
    YK_TRY(yk_comm_agree(t->comm, yk_saver_create(&t->saver, t->engine, t->io, &t->run)));
    judge_ranks(t);
    if (!resume)
        YK_TRY(begin_params(t));
    YK_TRY(yk_comm_agree(t->comm, yk_recipe_text(t->recipe, &t->recipe_text)));
    if (resume) {
        check_numerics(t);
        YK_TRY(yk_trainer_read(t, from->checkpoint));
        YK_TRY(yk_snapshot_slots(t->engine, from->checkpoint));
        t->watched = yk_watch_seen(&t->state);
        t->saved = t->state;
        snprintf(t->digest, sizeof t->digest, "%s", from->digest);
    } else {
        new_state(t);
    }
    sign_state(t);
    YK_TRY(yk_comm_agree(t->comm, is_root(t) ? open_folder(t) : YK_OK));
    return share_mark(t);
}

yk_status yk_trainer_open(yk_trainer *t, yk_comm *comm, const yk_train_request *request, const yk_observer *observer)
{
    static const yk_observer nobody;
    yk_trained from = { 0 };
    *t = (yk_trainer){ .comm = comm, .request = request, .run = { .lock = -1, .log = -1 }, .saved.step = -1 };
    t->observer = is_root(t) && observer ? observer : &nobody;
    yk_status status = build(t, &from);
    yk_trained_close(&from);
    return status;
}

void yk_trainer_close(yk_trainer *t)
{
    yk_evaluator_destroy(&t->evaluator);
    yk_engine_destroy(&t->engine);
    yk_split_close(&t->train);
    yk_split_close(&t->dev);
    yk_io_thread_destroy(&t->io); /* ends what is being written */
    yk_saver_destroy(&t->saver);
    yk_model_destroy(&t->model);
    yk_recipe_destroy(&t->recipe);
    yk_free(t->recipe_text);
    yk_free(t->axes);
    yk_free(t->normal.mean);
    yk_free(t->normal.std);
    yk_run_close(&t->run);
}
