/* SPDX-License-Identifier: Apache-2.0 */
/* A training in progress: everything that yk_train() builds before the first step. */
#ifndef YK_TRAIN_TRAINER_H
#define YK_TRAIN_TRAINER_H

#include "train/deadline.h"
#include "train/engine.h"
#include "train/saver.h"
#include "train/train.h"
#include "train/transfer.h"
#include "train/watch.h"

/** Sums since a row of log.csv, since an epoch, or since this process began. */
typedef struct yk_sums {
    double loss[YK_MAX_LOSSES], denominator[YK_MAX_LOSSES]; /**< of each head: sum, and what it is to be divided by */
    int64_t samples, steps;
    double began; /**< clock */
} yk_sums;

/** Bytes that hold a row of log.csv. */
#define YK_LOG_ROW (256 + YK_MAX_LOSSES * (YK_NAME_BYTES + 8) + YK_MAX_SCORES * YK_METRIC_NAME)

typedef struct yk_trainer {
    yk_comm *comm;
    const yk_train_request *request;
    const yk_observer *observer; /**< on rank 0; else all NULL */
    yk_recipe *recipe;
    char *recipe_text;
    yk_model *model;
    yk_source staged_train, staged_dev; /**< where they are read from */
    yk_split train, dev;
    yk_order order;   /**< of the samples of train */
    yk_normal normal; /**< owned; n = 0: none */
    float *axes;      /**< of the training data's colours, where an augmentation wants them; owned */
    yk_io_thread *io;
    yk_engine *engine;
    yk_evaluator *evaluator; /**< NULL without dev */
    yk_run run;
    bool started; /**< the run folder is ours: failures go to status.json */
    yk_state state;
    yk_watch watch;
    yk_watched watched; /**< what the schedule has seen: of the state */
    char init_from[YK_TRANSFER_TEXT];
    yk_progress progress;
    yk_deadline deadline;
    yk_saver *saver;
    yk_state saved;             /**< of the last checkpoint: written, or being written; step -1: none */
    double save_waited;         /**< seconds that the step waited for it: for the one before, and for the copy */
    char digest[YK_SHA256_HEX]; /**< of the last one that is written */
} yk_trainer;

/** Builds it all, up to parameters loaded or initialised. Collective. Whatever happens, release with
 *  yk_trainer_close(). */
YK_MUST_CHECK yk_status yk_trainer_open(yk_trainer *t, yk_comm *comm, const yk_train_request *request,
                                        const yk_observer *observer);
void yk_trainer_close(yk_trainer *t);

/** Reads the parameters of a checkpoint (NULL but on rank 0), and their average. Collective. */
YK_MUST_CHECK yk_status yk_trainer_read(yk_trainer *t, yk_checkpoint *from);

/** Takes the parameters of the best checkpoint, and their average. Collective. */
YK_MUST_CHECK yk_status yk_trainer_restore_best(yk_trainer *t);

/** Begins a checkpoint of the current state, when the one before is written. Collective. */
YK_MUST_CHECK yk_status yk_trainer_save(yk_trainer *t);

/** Waits until the last one is written. Collective. */
YK_MUST_CHECK yk_status yk_trainer_saved(yk_trainer *t);

/** Where a checkpoint has been written since the last call: removes old ones, writes status.json. On rank 0. */
void yk_trainer_news(yk_trainer *t);

/** Writes status.json, on rank 0. Not being able to is a warning. */
void yk_trainer_status(yk_trainer *t, const char *state, int exit_code, const char *message);

#endif
