/* SPDX-License-Identifier: Apache-2.0 */
/* Values of the dev split that decide how a training goes on: which checkpoint is the best, the plateau schedule, early
 * stopping. What they keep is part of the checkpoint's state. */
#ifndef YK_TRAIN_WATCH_H
#define YK_TRAIN_WATCH_H

#include "train/evaluate.h"
#include "io/checkpoint.h"

/** One of the values that an evaluation gives. */
typedef struct yk_monitor {
    int value; /**< of the metrics' values; -1: the loss */
    const char *name;
    bool rises; /**< larger is better */
} yk_monitor;

typedef struct yk_watch {
    yk_monitor best, schedule, stopping;
} yk_watch;

/** Finds the metrics that the recipe names. The best is what early stopping watches; without it the first metric, else
 *  the loss. YK_ERR_RECIPE: not one of `metrics`. */
YK_MUST_CHECK yk_status yk_watch_open(yk_watch *watch, const yk_recipe *recipe, const yk_tally *tally);

/** An evaluation at state->step: notes in the state whether it is the best so far, and returns that. */
bool yk_watch_best(const yk_watch *watch, const yk_scores *dev, yk_state *state);

/** The same evaluation at the end of a whole epoch, for the schedule (base learning rate `lr`) and early stopping. */
void yk_watch_epoch(const yk_watch *watch, const yk_recipe *recipe, double lr, const yk_scores *dev, yk_state *state);

/** What the schedule has seen, of the state. */
yk_watched yk_watch_seen(const yk_state *state);

#endif
