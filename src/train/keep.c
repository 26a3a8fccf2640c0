/* SPDX-License-Identifier: Apache-2.0 */
/* What a training leaves behind: checkpoints, the parameters of the best one, status.json. */
#include "comm/stall.h"
#include "core/clock.h"
#include "core/error.h"
#include "core/log.h"
#include "train/trainer.h"

static bool is_root(const yk_trainer *t)
{
    return yk_comm_rank(t->comm) == 0;
}

typedef struct best_file {
    char path[YK_PATH_MAX];
    yk_checkpoint *checkpoint;
} best_file;

static yk_status open_best(void *context)
{
    best_file *best = context;
    return yk_checkpoint_open(&best->checkpoint, best->path);
}

static yk_status close_best(void *context)
{
    best_file *best = context;
    yk_checkpoint_close(&best->checkpoint);
    return YK_OK;
}

/* Runs a job on the I/O thread, on rank 0 only. */
static yk_status on_root(yk_trainer *t, yk_status (*run)(void *), void *context)
{
    yk_io_job job = { .run = run, .context = context };
    if (!is_root(t))
        return YK_OK;
    yk_io_submit(t->io, &job);
    return yk_io_wait(t->io, &job);
}

yk_status yk_trainer_restore_best(yk_trainer *t)
{
    best_file best = { .checkpoint = NULL };
    YK_TRY(yk_trainer_saved(t));
    yk_run_checkpoint(&t->run, t->state.best_step, best.path);
    YK_TRY(yk_comm_agree(t->comm, on_root(t, open_best, &best)));
    yk_status status = yk_trainer_read(t, best.checkpoint);
    yk_status closed = on_root(t, close_best, &best);
    return status == YK_OK ? closed : status;
}

void yk_trainer_news(yk_trainer *t)
{
    double seconds;
    if (!yk_saver_news(t->saver, t->digest, &seconds))
        return;
    yk_debug("checkpoint of step %lld: training waited %.4f s, it was written after %.4f s", (long long)t->saved.step,
             t->save_waited, seconds);
    yk_deadline_saved(&t->deadline, seconds);
    yk_stall_mark(t->comm, YK_AT_LOG);
    yk_run_prune(&t->run, t->recipe->checkpoint.keep, t->saved.best_step);
    yk_trainer_status(t, "running", -1, "");
    yk_stall_mark(t->comm, YK_AT_UPDATE);
}

yk_status yk_trainer_saved(yk_trainer *t)
{
    YK_TRY(yk_saver_end(t->saver));
    yk_trainer_news(t);
    return YK_OK;
}

yk_status yk_trainer_save(yk_trainer *t)
{
    char path[YK_PATH_MAX];
    const double began = yk_clock();
    YK_TRY(yk_trainer_saved(t));
    yk_run_checkpoint(&t->run, t->state.step, path);
    YK_TRY(yk_saver_begin(t->saver, path, t->recipe_text, &t->state));
    t->saved = t->state;
    t->save_waited = yk_clock() - began;
    return YK_OK;
}

void yk_trainer_status(yk_trainer *t, const char *state, int exit_code, const char *message)
{
    if (!is_root(t) || !t->started || yk_run_still_ours(&t->run) == YK_ERR_LOCKED)
        return;                                                 /* the run is another trainer's now */
    const yk_state *of = exit_code < 0 ? &t->saved : &t->state; /* a run is where its last checkpoint is */
    const yk_run_status s = { .state = state,
                              .exit_code = exit_code,
                              .step = of->step,
                              .steps = t->progress.steps,
                              .epoch = of->epoch,
                              .message = message,
                              .digest = t->digest };
    if (yk_run_write_status(&t->run, &s) != YK_OK)
        yk_warn("%s", yk_error_text());
}
