/* SPDX-License-Identifier: Apache-2.0 */
/* A trained model from its checkpoint, which is all that evaluation and prediction need. */
#include <stdio.h>
#include <string.h>

#include "core/error.h"
#include "train/normal.h"
#include "train/snapshot.h"
#include "train/train.h"

/* Rank 0's text to all, in a block of each rank's own. */
static yk_status spread_text(yk_comm *comm, const char *mine, char **out)
{
    int64_t length = mine ? (int64_t)strlen(mine) + 1 : 0;
    YK_TRY(yk_comm_broadcast(comm, 0, &length, sizeof length));
    YK_TRY(yk_comm_agree(comm, yk_alloc(out, length, 1)));
    if (mine)
        memcpy(*out, mine, (size_t)length);
    yk_status status = yk_comm_broadcast(comm, 0, *out, length);
    if (status != YK_OK)
        yk_free(*out);
    return status;
}

static yk_status open_trained(yk_trained *t, yk_comm *comm, const char *name)
{
    const bool root = yk_comm_rank(comm) == 0;
    YK_TRY(yk_comm_agree(comm, root ? yk_run_find(name, &t->checkpoint) : YK_OK));
    if (root) {
        t->state = *yk_checkpoint_state(t->checkpoint);
        snprintf(t->path, sizeof t->path, "%s", yk_checkpoint_path(t->checkpoint));
        snprintf(t->digest, sizeof t->digest, "%s", yk_checkpoint_digest(t->checkpoint));
    }
    YK_TRY(yk_comm_broadcast(comm, 0, &t->state, sizeof t->state));
    YK_TRY(yk_comm_broadcast(comm, 0, t->path, sizeof t->path));
    YK_TRY(yk_comm_broadcast(comm, 0, t->digest, sizeof t->digest));
    char *text;
    YK_TRY(spread_text(comm, root ? yk_checkpoint_recipe(t->checkpoint) : NULL, &text));
    yk_status status = yk_recipe_parse(&t->recipe, t->path, text, 0, NULL);
    yk_free(text);
    return yk_comm_agree(comm, status);
}

yk_status yk_trained_open(yk_trained *trained, yk_comm *comm, const char *name)
{
    *trained = (yk_trained){ 0 };
    yk_status status = open_trained(trained, comm, name);
    if (status != YK_OK)
        yk_trained_close(trained);
    return status;
}

void yk_trained_close(yk_trained *trained)
{
    yk_recipe_destroy(&trained->recipe);
    yk_checkpoint_close(&trained->checkpoint);
}

/* --- a trained model at work on a split */

typedef struct runner {
    const yk_trained *trained;
    yk_comm *comm;
    yk_split split;
    yk_normal normal;
    yk_model *model;
    float *params;
    yk_io_thread *io;
} runner;

static yk_status build(runner *s)
{
    const yk_recipe *recipe = s->trained->recipe;
    yk_shape x;
    yk_split_augment(&s->split, recipe, false, NULL);
    YK_TRY(yk_split_shape(&s->split, &x));
    YK_TRY(yk_model_create(&s->model, recipe, &x));
    YK_TRY(yk_normal_given(&s->normal, recipe));
    YK_TRY(yk_split_feed(&s->split, s->model, &s->normal));
    YK_TRY(yk_alloc(&s->params, s->model->layout->length, sizeof *s->params));
    return yk_io_thread_create(&s->io);
}

/* Collective. */
static yk_status open_runner(runner *s, const yk_trained *trained, yk_comm *comm, const yk_source *source, bool targets)
{
    *s = (runner){ .trained = trained, .comm = comm };
    YK_TRY(yk_comm_agree(comm, yk_split_open_once(&s->split, comm, trained->recipe, source, targets)));
    YK_TRY(yk_comm_agree(comm, build(s)));
    YK_TRY(yk_split_share(&s->split, comm, trained->recipe, source));
    return yk_snapshot_params(comm, s->model, trained->checkpoint, trained->recipe->has_ema, s->params);
}

static void close_runner(runner *s)
{
    yk_split_close(&s->split);
    yk_io_thread_destroy(&s->io);
    yk_model_destroy(&s->model);
    yk_free(s->normal.mean);
    yk_free(s->normal.std);
    yk_free(s->params);
}

/* *block, of the evaluator, becomes a copy of the caller's. */
static yk_status keep(void *block, int64_t n, size_t size)
{
    void **at = block;
    const void *theirs = *at;
    *at = NULL;
    if (!theirs)
        return YK_OK;
    YK_TRY(yk_alloc(at, n, size));
    memcpy(*at, theirs, (size_t)n * size);
    return YK_OK;
}

static yk_status keep_detail(yk_scores *s)
{
    const yk_status confusion = keep(&s->confusion, s->classes * s->classes, sizeof *s->confusion);
    const yk_status of_class = keep(&s->of_class, s->n_of_class * s->cols, sizeof *s->of_class);
    return confusion != YK_OK ? confusion : of_class;
}

static yk_status evaluate(runner *s, yk_scores *scores)
{
    yk_evaluator *ev = NULL;
    yk_status status = yk_evaluator_create(&ev, s->comm, s->io, s->trained->recipe, s->model, &s->split, true);
    if (status == YK_OK)
        status = yk_evaluator_bind(ev, s->params, NULL);
    YK_TRY_GOTO(yk_comm_agree(s->comm, status), out);
    YK_TRY_GOTO(yk_evaluate(ev, scores), out);
    YK_TRY_GOTO(yk_comm_agree(s->comm, keep_detail(scores)), out);
out:
    yk_evaluator_destroy(&ev);
    return status;
}

yk_status yk_trained_evaluate(const yk_trained *trained, yk_comm *comm, const yk_source *source, yk_scores *scores)
{
    runner s;
    yk_status status = open_runner(&s, trained, comm, source, true);
    if (status == YK_OK)
        status = evaluate(&s, scores);
    close_runner(&s);
    return status;
}

yk_status yk_trained_evaluate_train(const yk_trained *trained, yk_comm *comm, yk_scores *scores)
{
    runner s;
    yk_status status = open_runner(&s, trained, comm, &trained->recipe->train, true);
    s.split.take = trained->recipe->take;
    s.split.seed = trained->recipe->seed;
    if (status == YK_OK)
        status = evaluate(&s, scores);
    close_runner(&s);
    return status;
}

yk_status yk_trained_predict(const yk_trained *trained, yk_comm *comm, const yk_source *source, const char *out,
                             int64_t *samples)
{
    runner s;
    yk_status status = open_runner(&s, trained, comm, source, false);
    if (status == YK_OK)
        status = yk_predict(comm, s.io, s.model, &s.split, s.params, out, samples);
    close_runner(&s);
    return status;
}
