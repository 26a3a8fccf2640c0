/* SPDX-License-Identifier: Apache-2.0 */
/* The run folder: recipe.yaml (as run), log.csv, status.json, lock, incarnation, checkpoints/step-00000120.h5. Only
 * rank 0 touches it, except where a function says otherwise. */
#ifndef YK_TRAIN_RUN_H
#define YK_TRAIN_RUN_H

#include <stdbool.h>

#include "io/checkpoint.h"

#define YK_PATH_MAX 1024

#define YK_RUN_MARK 160 /**< bytes of a trainer's mark */

typedef struct yk_run {
    char path[YK_PATH_MAX];
    int lock;                      /**< open file; -1: not held */
    int log;                       /**< log.csv; -1: not open */
    char incarnation[YK_RUN_MARK]; /**< this trainer's mark in the folder; "": none */
} yk_run;

/** Starts a new run: makes the folder, takes the lock, writes recipe.yaml. YK_ERR_ARG if a run is there (names
 *  --resume). On error nothing is held. */
YK_MUST_CHECK yk_status yk_run_create(yk_run *run, const char *path, const char *recipe);

/** Takes the lock of an existing run, waiting up to 10 s for a trainer that is still dying. */
YK_MUST_CHECK yk_status yk_run_open(yk_run *run, const char *path);

/** YK_ERR_LOCKED where another trainer has begun on this run since: the lock was lost (a network that was cut, a file
 *  system without locks). Asked before anything in the folder is replaced. From any thread. */
YK_MUST_CHECK yk_status yk_run_still_ours(const yk_run *run);

/** recipe.yaml of the run, in a block to release with yk_free(); and its replacement. */
YK_MUST_CHECK yk_status yk_run_recipe(const yk_run *run, char **text);
YK_MUST_CHECK yk_status yk_run_write_recipe(const yk_run *run, const char *text);

/** Releases the lock and closes the log. Accepts a run that holds nothing (lock and log -1). */
void yk_run_close(yk_run *run);

/** Path of the checkpoint of a step. */
void yk_run_checkpoint(const yk_run *run, int64_t step, char path[YK_PATH_MAX]);

/** Opens the newest whole checkpoint of a run folder; damaged ones are skipped, each with a warning. YK_ERR_DATA: it
 *  has none. */
YK_MUST_CHECK yk_status yk_run_newest(const char *path, yk_checkpoint **out);

/** Opens what the user named: a run folder ("runs/a": its newest checkpoint; "runs/a:best": its best) or a checkpoint's
 *  file. */
YK_MUST_CHECK yk_status yk_run_find(const char *name, yk_checkpoint **out);

/** Removes checkpoints beyond the newest `keep`, but never step 0, nor `best_step` (-1: none). */
void yk_run_prune(const yk_run *run, int64_t keep, int64_t best_step);

/** How a run ended or goes on, for launchers: mpirun replaces exit codes. */
typedef struct yk_run_status {
    const char *state; /**< running, finished, stopped, failed */
    int exit_code;     /**< of the program; -1 while running */
    int64_t step, steps, epoch;
    const char *message; /**< why it failed; "" otherwise */
    const char *digest;  /**< of the last checkpoint; "" for none */
} yk_run_status;
YK_MUST_CHECK yk_status yk_run_write_status(const yk_run *run, const yk_run_status *status);

/** Notes in the status of the run at `path`, from any rank and thread, that it has failed; nothing where there is no
 *  status, or where `mark`, the trainer's, is not the run's any more: a rank that comes back to life after others have
 *  gone on without it must not end them. The rest stays as it was last written. */
YK_MUST_CHECK yk_status yk_run_note_failure(const char *path, const char *mark, int exit_code, const char *message);

/** Opens log.csv: writes `header` to a new one; cuts an old one back to rows of at most `step`. */
YK_MUST_CHECK yk_status yk_run_log_open(yk_run *run, const char *header, int64_t step);

/** Appends one line (with its newline). Allocates nothing. */
YK_MUST_CHECK yk_status yk_run_log(const yk_run *run, const char *line);

#endif
