/* SPDX-License-Identifier: Apache-2.0 */
/* Training: an engine over the network's parameters, fed with fresh samples or from a dataset. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "api/api.h"
#include "core/log.h"
#include "train/snapshot.h"

_Static_assert((int)YK_REPORT_METRICS == (int)YK_MAX_SCORES && (int)YK_REPORT_NAME == (int)YK_METRIC_NAME,
               "a report holds all metrics of a recipe");

/* Sums since an epoch began, for each loss; metrics are the engine's. */
typedef struct sums {
    double loss[YK_MAX_LOSSES], denominator[YK_MAX_LOSSES];
    int64_t samples;
} sums;

struct yk_training {
    yk_net *net;
    bool fresh; /* samples come with every step */
    yk_split split;
    yk_engine *engine;
    yk_state state;
    yk_progress progress;
    sums epoch;
    yk_step_result last;
};

static yk_comm *comm_of(const yk_training *t)
{
    return t->net->context->comm;
}

/* --- creation */

/* Batches of `samples` of the split's samples. */
static yk_status load_split(yk_training *t, const yk_shuffle *shuffle, int64_t samples)
{
    const yk_net *net = t->net;
    yk_comm *comm = comm_of(t);
    yk_order order;
    YK_TRY(yk_split_feed(&t->split, net->model, &net->normal));
    yk_order_make(&order, samples, shuffle, net->recipe->seed, YK_FOR_SHUFFLE);
    yk_order_take(&order, yk_dataset_samples(t->split.data), net->recipe->seed);
    return yk_split_load(&t->split, &order, t->engine->batch, t->engine->micro, comm, NULL, 1);
}

/* Rank-local. */
static yk_status prepare(yk_training *t)
{
    const yk_recipe *r = t->net->recipe;
    yk_comm *comm = comm_of(t);
    const yk_schedule *schedule = r->schedule.entry;
    int64_t samples = r->train_opts.batch, per_epoch = 1;
    YK_CHECK(
        !schedule->observe && !r->has_early_stopping, YK_ERR_RECIPE,
        "%s watches evaluations of data.dev, which a training inside a program does not make; stop it by a callback",
        r->has_early_stopping ? "early_stopping" : schedule->name);
    if (!t->fresh)
        YK_TRY(yk_recipe_take(r, yk_dataset_samples(t->split.data), &samples));
    YK_CHECK(samples > 0, YK_ERR_RECIPE,
             "train.batch: all needs a dataset; for fresh samples say how many a step has at most");
    YK_CHECK(r->augment.n == 0, YK_ERR_RECIPE,
             "%s: a training inside a program takes samples as they are; augment them in the program",
             r->augment.step[0].where);
    YK_TRY(yk_engine_create(&t->engine, comm, r, t->net->model, &t->split, samples));
    yk_engine_share(t->engine, t->net->params, t->net->average);
    YK_TRY(yk_engine_start(t->engine, 0));
    if (!t->fresh) {
        YK_TRY(load_split(t, &r->shuffle, samples));
        YK_TRY(yk_split_check_targets(&t->split, yk_comm_rank(comm), yk_comm_size(comm)));
        per_epoch = yk_steps_per_epoch(samples, t->engine->batch);
    }
    t->progress = (yk_progress){ .steps = r->train_opts.steps ? r->train_opts.steps : r->train_opts.epochs * per_epoch,
                                 .steps_per_epoch = per_epoch };
    t->state = (yk_state){ .seed = r->seed, .numerics = YK_NUMERICS, .best_step = -1 };
    snprintf(t->state.family, sizeof t->state.family, "%s", yk_kernels_family());
    snprintf(t->state.version, sizeof t->state.version, "yoke %s, %.50s", YK_VERSION, yk_comm_version());
    return YK_OK;
}

static yk_status create(yk_training *t, yk_net *net, const yk_data *data)
{
    yk_shape x;
    YK_CHECK(!net->training, YK_ERR_ARG, "the network is being trained already: destroy that training first");
    t->net = net;
    t->fresh = !data;
    if (data)
        YK_TRY(yk_arrays_input(comm_of(t), data->n, data->names, data->array, &x));
    YK_TRY(yk_net_finish(net, data ? &x : NULL));
    if (data)
        YK_TRY(yk_split_spread(&t->split, comm_of(t), net->recipe, data->n, data->names, data->array, true));
    YK_TRY(yk_comm_agree(comm_of(t), prepare(t)));
    YK_TRY(yk_engine_connect(t->engine));
    net->training = t;
    return YK_OK;
}

yk_status yk_training_create(yk_training **out, yk_net *net, const yk_data *data)
{
    yk_context *context = net->context;
    yk_status status = yk_comm_agree(context->comm, yk_alloc(out, 1, sizeof **out));
    yk_door_open(context);
    if (status == YK_OK)
        status = create(*out, net, data);
    yk_door_close(context);
    if (status != YK_OK)
        yk_training_destroy(out);
    return status;
}

void yk_training_destroy(yk_training **training)
{
    if (!training || !*training)
        return;
    yk_training *t = *training;
    if (t->net && t->net->training == t)
        t->net->training = NULL;
    yk_split_close(&t->split);
    yk_engine_destroy(&t->engine);
    yk_free(t);
    *training = NULL;
}

int64_t yk_training_steps(const yk_training *training)
{
    return training->state.step;
}

/* --- steps */

static void report_head(const yk_training *t, yk_report *r)
{
    const yk_tally *tally = &t->engine->tally;
    *r = (yk_report){ .step = t->state.step,
                      .epoch = t->state.epoch,
                      .penalty = t->last.penalty,
                      .lr = t->last.lr,
                      .n_metrics = tally->n_values };
    memcpy(r->metric, tally->name, sizeof r->metric);
}

/* The step on what the split's loader has now. Collective. */
static yk_status one_step(yk_training *t, yk_report *report)
{
    yk_engine *e = t->engine;
    t->progress.step = t->state.step;
    if (t->fresh)
        yk_tally_reset(&e->tally);
    yk_tally_mark(&e->tally);
    YK_TRY(yk_engine_step(e, t->state.step, &t->progress, 0, &t->last));
    YK_TRY(yk_engine_settle(e)); /* the caller may look at them at any time */
    t->state.step++;
    t->state.epoch = t->fresh ? 0 : t->state.step / t->progress.steps_per_epoch;
    if (!report)
        return YK_OK;
    report_head(t, report);
    report->samples = t->last.samples;
    report->loss = t->last.loss;
    return yk_tally_since(&e->tally, comm_of(t), report->value);
}

/* Makes the ranks' arrays the samples of the next step. Collective. */
static yk_status take(yk_training *t, int n, const yk_array *fields)
{
    static const yk_shuffle none = { YK_SHUFFLE_NONE, 0 };
    const char *names[YK_MAX_FIELDS];
    yk_tensor arrays[YK_MAX_FIELDS];
    YK_TRY(yk_comm_agree(comm_of(t), yk_arrays_read(n, fields, names, arrays)));
    if (t->split.loader) {
        YK_TRY(yk_split_replace(&t->split, comm_of(t), n, names, arrays));
    } else {
        yk_split_close(&t->split); /* of an earlier try that failed */
        YK_TRY(yk_split_spread(&t->split, comm_of(t), t->net->recipe, n, names, arrays, true));
        YK_TRY(yk_comm_agree(comm_of(t), load_split(t, &none, yk_dataset_samples(t->split.data))));
    }
    const int64_t samples = yk_dataset_samples(t->split.data);
    YK_CHECK(samples <= t->engine->batch, YK_ERR_ARG,
             "%" PRId64 " samples over all ranks are more than the %" PRId64 " of train.batch, the most of a step",
             samples, t->engine->batch);
    return YK_OK;
}

yk_status yk_training_step(yk_training *t, int n, const yk_array *fields, yk_report *report)
{
    YK_CHECK(t->fresh, YK_ERR_ARG, "this training has a dataset: yk_training_next() makes its steps");
    yk_door_open(t->net->context);
    yk_status status = take(t, n, fields);
    if (status == YK_OK)
        status = one_step(t, report);
    yk_door_close(t->net->context);
    return status;
}

static yk_status check_dataset(const yk_training *t)
{
    YK_CHECK(!t->fresh, YK_ERR_ARG, "this training has no dataset: yk_training_step() makes its steps");
    return YK_OK;
}

yk_status yk_training_next(yk_training *t, yk_report *report)
{
    YK_TRY(check_dataset(t));
    yk_door_open(t->net->context);
    yk_status status = one_step(t, report);
    yk_door_close(t->net->context);
    return status;
}

/* --- a whole training */

static void begin_epoch(yk_training *t)
{
    t->epoch = (sums){ 0 };
    yk_tally_reset(&t->engine->tally);
}

static void add_to_epoch(yk_training *t)
{
    for (int h = 0; h < t->net->model->n_heads; h++) {
        t->epoch.loss[h] += t->last.part[h] * t->last.denominator[h];
        t->epoch.denominator[h] += t->last.denominator[h];
    }
    t->epoch.samples += t->last.samples;
}

/* Means over the steps of the epoch. Collective. */
static yk_status report_epoch(yk_training *t, yk_report *report)
{
    yk_scores s = { 0 };
    yk_scores_set_losses(&s, t->net->model, t->epoch.loss, t->epoch.denominator);
    report_head(t, report);
    report->samples = t->epoch.samples;
    report->loss = s.loss;
    return yk_tally_values(&t->engine->tally, comm_of(t), report->value);
}

/* A callback runs as part of the program: outside of our doors. One rank is enough to stop all. Collective. */
static yk_status call(yk_training *t, yk_callback callback, void *context, const yk_report *report, int *stopped)
{
    yk_door_close(t->net->context);
    int64_t stop = callback(context, report) != 0;
    yk_door_open(t->net->context);
    YK_TRY(yk_comm_max(comm_of(t), 1, &stop));
    *stopped = *stopped || stop;
    return YK_OK;
}

static yk_status step_and_tell(yk_training *t, const yk_callbacks *callbacks, int *stopped)
{
    yk_report report;
    YK_TRY(one_step(t, callbacks->step ? &report : NULL));
    add_to_epoch(t);
    if (callbacks->step)
        YK_TRY(call(t, callbacks->step, callbacks->context, &report, stopped));
    if (t->state.step % t->progress.steps_per_epoch != 0 && t->state.step != t->progress.steps)
        return YK_OK;
    if (callbacks->epoch) {
        YK_TRY(report_epoch(t, &report));
        YK_TRY(call(t, callbacks->epoch, callbacks->context, &report, stopped));
    }
    begin_epoch(t);
    return YK_OK;
}

yk_status yk_training_run(yk_training *t, const yk_callbacks *callbacks, int *stopped)
{
    static const yk_callbacks nobody;
    int stop = 0;
    yk_status status = YK_OK;
    YK_TRY(check_dataset(t));
    yk_door_open(t->net->context);
    while (status == YK_OK && t->state.step < t->progress.steps && !stop)
        status = step_and_tell(t, callbacks ? callbacks : &nobody, &stop);
    yk_door_close(t->net->context);
    if (stopped)
        *stopped = stop;
    return status;
}

/* --- checkpoints */

yk_status yk_training_save(yk_training *t, const char *path)
{
    char digest[YK_SHA256_HEX];
    YK_CHECK(path && *path, YK_ERR_ARG, "the checkpoint has no name");
    yk_door_open(t->net->context);
    yk_status status = yk_snapshot_save(t->engine, NULL, NULL, path, t->net->text, &t->state, digest);
    yk_door_close(t->net->context);
    return status;
}

static yk_status load(yk_training *t, const yk_trained *from)
{
    if (from->state.numerics != YK_NUMERICS)
        yk_warn("%s was written under numerics %" PRId64 ", this library has %d: the result is not what an "
                "uninterrupted training would give",
                from->path, from->state.numerics, YK_NUMERICS);
    YK_TRY(yk_snapshot_params(comm_of(t), t->net->model, from->checkpoint, false, t->net->params));
    if (t->net->average)
        YK_TRY(yk_snapshot_params(comm_of(t), t->net->model, from->checkpoint, true, t->net->average));
    YK_TRY(yk_snapshot_slots(t->engine, from->checkpoint));
    t->state.step = from->state.step;
    t->state.epoch = from->state.epoch;
    begin_epoch(t);
    return YK_OK;
}

yk_status yk_training_load(yk_training *t, const char *path)
{
    yk_trained from;
    YK_CHECK(path && *path, YK_ERR_ARG, "the checkpoint has no name");
    yk_door_open(t->net->context);
    yk_status status = yk_trained_open(&from, comm_of(t), path);
    if (status == YK_OK)
        status = load(t, &from);
    yk_trained_close(&from);
    yk_door_close(t->net->context);
    return status;
}
