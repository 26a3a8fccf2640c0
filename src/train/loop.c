/* SPDX-License-Identifier: Apache-2.0 */
/* The loop: steps, rows of log.csv, evaluation at the end of each epoch, checkpoints, and how it ends. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "comm/stall.h"
#include "core/clock.h"
#include "core/error.h"
#include "core/log.h"
#include "core/num.h"
#include "train/trainer.h"

int yk_exit_code(yk_status status)
{
    switch (status) {
    case YK_OK:
        return YK_EXIT_DONE;
    case YK_ERR_ARG:
    case YK_ERR_RECIPE:
    case YK_ERR_SHAPE:
        return YK_EXIT_USAGE;
    case YK_ERR_DATA:
        return YK_EXIT_DATA;
    case YK_ERR_NUMERIC:
        return YK_EXIT_NUMERIC;
    case YK_ERR_LOCKED:
        return YK_EXIT_LOCKED;
    default:
        return YK_EXIT_ERROR;
    }
}

/* --- sums */

static void begin(yk_sums *s)
{
    *s = (yk_sums){ .began = yk_clock() };
}

static void add_step(yk_sums *s, const yk_model *model, const yk_step_result *r)
{
    for (int h = 0; h < model->n_heads; h++) {
        s->loss[h] += r->part[h] * r->denominator[h];
        s->denominator[h] += r->denominator[h];
    }
    s->samples += r->samples;
    s->steps++;
}

static double rate(const yk_sums *s)
{
    return (double)s->samples / fmax(yk_clock() - s->began, 1e-9);
}

/* The mean losses of the steps that were summed; metrics are the caller's to fill in. */
static void means(const yk_sums *s, const yk_trainer *t, yk_scores *out)
{
    out->samples = s->samples;
    yk_scores_set_losses(out, t->model, s->loss, s->denominator);
    out->n_metrics = t->engine->tally.n_values;
    memcpy(out->metric, t->engine->tally.name, sizeof out->metric);
}

/* --- where in training a step is */

static int64_t epoch_of(const yk_trainer *t, int64_t done)
{
    return (done - 1) / t->progress.steps_per_epoch + 1;
}

static bool is_due(const yk_period *every, const yk_trainer *t)
{
    const int64_t n = yk_period_steps(every, t->progress.steps_per_epoch);
    return n > 0 && t->state.step % n == 0;
}

/* --- reports */

static void report_start(const yk_trainer *t)
{
    const yk_start_report r = { .samples = t->order.n,
                                .batch = t->engine->batch,
                                .micro = t->engine->micro,
                                .chunk = t->engine->chunk,
                                .leaves = t->engine->leaves,
                                .step = t->state.step,
                                .steps = t->progress.steps,
                                .steps_per_epoch = t->progress.steps_per_epoch,
                                .parameters = yk_model_count(t->model, yk_param_counts),
                                .frozen = yk_model_count(t->model, yk_param_rests),
                                .init_from = t->init_from };
    if (t->observer->start)
        t->observer->start(t->observer->context, &r);
}

static void report_step(const yk_trainer *t, const yk_sums *epoch, const yk_sums *all, const yk_step_result *r)
{
    if (!t->observer->step)
        return;
    const int64_t done = t->state.step, per = t->progress.steps_per_epoch;
    const double each = (yk_clock() - all->began) / (double)all->steps;
    const yk_step_report report = { .step = done,
                                    .steps = t->progress.steps,
                                    .epoch = epoch_of(t, done),
                                    .epochs = epoch_of(t, t->progress.steps),
                                    .step_in_epoch = (done - 1) % per + 1,
                                    .steps_per_epoch = per,
                                    .loss = r->loss,
                                    .tally = &t->engine->tally,
                                    .lr = r->lr,
                                    .samples_per_s = rate(epoch),
                                    .seconds_left = each * (double)(t->progress.steps - done) };
    yk_stall_mark(t->comm, YK_AT_REPORT);
    t->observer->step(t->observer->context, &report);
    yk_stall_mark(t->comm, YK_AT_UPDATE);
}

/* One row of log.csv; fields that do not apply to the split stay empty. */
static yk_status log_row(const yk_trainer *t, const char *split, const yk_scores *s, const yk_step_result *last,
                         double samples_per_s)
{
    char row[YK_LOG_ROW];
    if (yk_comm_rank(t->comm) != 0)
        return YK_OK;
    yk_stall_mark(t->comm, YK_AT_LOG);
    int n = snprintf(row, sizeof row, "%" PRId64 ",%" PRId64 ",%s,%.9g,", t->state.step, epoch_of(t, t->state.step),
                     split, s->loss);
    for (int i = 0; i < s->n_parts; i++)
        n += snprintf(row + n, sizeof row - (size_t)n, "%.9g,", s->part[i]);
    if (last)
        n += snprintf(row + n, sizeof row - (size_t)n, "%.9g", last->penalty);
    for (int i = 0; i < s->n_metrics; i++)
        n += snprintf(row + n, sizeof row - (size_t)n, ",%.9g", s->value[i]);
    if (last)
        snprintf(row + n, sizeof row - (size_t)n, ",%.9g,%.1f\n", last->lr, samples_per_s);
    else
        snprintf(row + n, sizeof row - (size_t)n, ",,\n");
    yk_status status = yk_run_log(&t->run, row);
    yk_stall_mark(t->comm, YK_AT_UPDATE);
    return status;
}

/* --- the loop */

typedef struct loop {
    yk_trainer *t;
    yk_sums row, epoch, all; /* since the last row, since the epoch began, since this process began */
    yk_step_result last;
} loop;

static yk_status end_row(loop *l)
{
    yk_scores s = { 0 };
    yk_tally *tally = &l->t->engine->tally;
    means(&l->row, l->t, &s);
    YK_TRY(yk_tally_since(tally, l->t->comm, s.value));
    YK_TRY(yk_comm_agree(l->t->comm, log_row(l->t, "train", &s, &l->last, rate(&l->row))));
    yk_tally_mark(tally);
    begin(&l->row);
    return YK_OK;
}

static void watch_epoch(yk_trainer *t, const yk_scores *dev)
{
    yk_watch_epoch(&t->watch, t->recipe, yk_engine_base_lr(t->engine), dev, &t->state);
    t->watched = yk_watch_seen(&t->state);
}

static yk_status end_epoch(loop *l)
{
    yk_trainer *t = l->t;
    yk_epoch_report r = { .step = t->state.step,
                          .epoch = epoch_of(t, t->state.step),
                          .epochs = epoch_of(t, t->progress.steps),
                          .seconds = yk_clock() - l->epoch.began,
                          .samples_per_s = rate(&l->epoch),
                          .penalty = l->last.penalty,
                          .has_dev = t->evaluator != NULL,
                          .rises = t->engine->tally.rises };
    yk_tally *tally = &t->engine->tally;
    means(&l->epoch, t, &r.train);
    YK_TRY(yk_tally_values(tally, t->comm, r.train.value));
    if (r.has_dev) {
        YK_TRY(yk_evaluate(t->evaluator, &r.dev));
        YK_TRY(yk_comm_agree(t->comm, log_row(t, "dev", &r.dev, NULL, 0)));
        r.best = yk_watch_best(&t->watch, &r.dev, &t->state);
        if (t->state.step % t->progress.steps_per_epoch == 0)
            watch_epoch(t, &r.dev);
        if (r.best)
            YK_TRY(yk_trainer_save(t));
    }
    yk_stall_mark(t->comm, YK_AT_REPORT);
    if (t->observer->epoch)
        t->observer->epoch(t->observer->context, &r);
    yk_stall_mark(t->comm, YK_AT_UPDATE);
    yk_tally_reset(tally);
    begin(&l->epoch);
    return YK_OK;
}

/* What follows a step: rows, evaluation, checkpoint. */
static yk_status after_step(loop *l)
{
    yk_trainer *t = l->t;
    if (l->last.signal == YK_SIGNAL_SAVE)
        return yk_trainer_saved(t);
    const bool last = t->state.step == t->progress.steps, due = is_due(&t->recipe->checkpoint.every, t);
    const bool epoch_end = t->state.step % t->progress.steps_per_epoch == 0;
    if (last || l->last.signal || due || epoch_end || is_due(&t->recipe->log.every, t))
        YK_TRY(end_row(l));
    if (last || l->last.signal || due || epoch_end) /* what follows looks at parameters */
        YK_TRY(yk_engine_settle(t->engine));
    if (epoch_end || last)
        YK_TRY(end_epoch(l));
    const bool end = last || t->state.stopped, leave = end || l->last.signal;
    if (end && t->recipe->early_stopping.restore_best && t->state.best_step != t->state.step)
        YK_TRY(yk_trainer_restore_best(t));
    if ((leave || due) && t->saved.step != t->state.step)
        YK_TRY(yk_trainer_save(t));
    if (leave)
        YK_TRY(yk_trainer_saved(t));
    yk_trainer_news(t);
    return YK_OK;
}

/* What this rank has to say to the others with the step. */
static int pending_signal(yk_trainer *t)
{
    if (yk_saver_failed(t->saver))
        return YK_SIGNAL_SAVE;
    const bool over = yk_deadline_step(&t->deadline, yk_clock());
    if (over && yk_comm_rank(t->comm) == 0)
        return YK_SIGNAL_DEADLINE;
    return t->request->signal ? (int)*t->request->signal : 0;
}

static yk_status one_step(loop *l)
{
    yk_trainer *t = l->t;
    yk_engine *e = t->engine;
    const int signal = pending_signal(t);
    t->progress.step = t->state.step;
    YK_TRY(yk_engine_step(e, t->state.step, &t->progress, signal, &l->last));
    t->state.step++;
    t->state.epoch = t->state.step / t->progress.steps_per_epoch;
    add_step(&l->row, t->model, &l->last);
    add_step(&l->epoch, t->model, &l->last);
    add_step(&l->all, t->model, &l->last);
    report_step(t, &l->epoch, &l->all, &l->last);
    return after_step(l);
}

static bool goes_on(const yk_trainer *t)
{
    return t->state.step < t->progress.steps && !t->state.stopped;
}

/* Where the time of the steps after the first went that is spent beside computing. */
static void report_parts(const yk_trainer *t, const double first[YK_PARTS], double seconds)
{
    double share[YK_PARTS];
    for (int i = 0; i < YK_PARTS; i++)
        share[i] = 100 * (t->engine->spent[i] - first[i]) / fmax(seconds, 1e-9);
    yk_debug("of %.4g s after the first step rank %d waited %.3g %% for samples, %.3g %% for gradients, %.3g %% for "
             "parameters",
             seconds, yk_comm_rank(t->comm), share[YK_PART_SAMPLES], share[YK_PART_WAIT] + share[YK_PART_AGREE],
             share[YK_PART_GATHER]);
}

static yk_status all_steps(yk_trainer *t, loop *l)
{
    double first[YK_PARTS], began = 0;
    for (int64_t i = 0; goes_on(t) && !l->last.signal; i++) {
        YK_TRY(one_step(l));
        if (i > 0)
            continue;
        memcpy(first, t->engine->spent, sizeof first); /* nothing was read ahead for it */
        began = yk_clock();
    }
    if (began > 0)
        report_parts(t, first, yk_clock() - began);
    return YK_OK;
}

static yk_status run(yk_trainer *t, yk_outcome *outcome)
{
    loop l = { .t = t };
    report_start(t);
    yk_deadline_start(&t->deadline, t->request->deadline, yk_clock());
    if (t->saved.step < 0) {
        YK_TRY(yk_trainer_save(t)); /* step 0 */
        YK_TRY(yk_trainer_saved(t));
    }
    yk_trainer_status(t, "running", -1, "");
    begin(&l.row);
    begin(&l.epoch);
    begin(&l.all);
    YK_TRY(all_steps(t, &l));
    outcome->signal = goes_on(t) ? l.last.signal : 0;
    if (t->state.stopped)
        snprintf(outcome->stopped_early, sizeof outcome->stopped_early,
                 "stopped early at step %" PRId64 ": %.40s has not got better for %" PRId64
                 " epochs; the best was %.6g at step %" PRId64 "%s",
                 t->state.step, t->watch.stopping.name, t->state.stopping_bad, t->state.best, t->state.best_step,
                 t->recipe->early_stopping.restore_best ? ", whose parameters are restored" : "");
    return YK_OK;
}

yk_status yk_train(yk_comm *comm, const yk_train_request *request, const yk_observer *observer, yk_outcome *outcome)
{
    yk_trainer t;
    *outcome = (yk_outcome){ 0 };
    yk_status status = yk_trainer_open(&t, comm, request, observer);
    if (status == YK_OK)
        status = run(&t, outcome);
    outcome->exit_code = outcome->signal ? YK_EXIT_STOPPED : yk_exit_code(status);
    outcome->step = t.state.step;
    outcome->steps = t.progress.steps;
    memcpy(outcome->digest, t.digest, sizeof outcome->digest);
    if (status != YK_OK)
        yk_trainer_status(&t, "failed", outcome->exit_code, yk_error_text());
    else
        yk_trainer_status(&t, outcome->signal ? "stopped" : "finished", outcome->exit_code, outcome->stopped_early);
    yk_trainer_close(&t);
    return status;
}
