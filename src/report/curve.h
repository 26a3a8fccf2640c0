/* SPDX-License-Identifier: Apache-2.0 */
/* A learning curve: a recipe trained on growing parts of its training data. Each size is a run of its own in
 * FOLDER/size-N (the samples of a smaller one are among those of a larger one: `data.take`), what came out stands in
 * FOLDER/curve.csv, the recipe in FOLDER/curve.yaml. */
#ifndef YK_REPORT_CURVE_H
#define YK_REPORT_CURVE_H

#include "train/train.h"

typedef struct yk_curve_request {
    const char *recipe, *folder;
    const char *sizes; /**< "10%,50%,100%", or numbers of samples; any order */
    int n_overrides;
    const char *const *overrides;
    const volatile sig_atomic_t *signal;
    const char *version;
} yk_curve_request;

/** Told on every rank before a size: `run` is its folder; done: it is finished, and not trained again. */
typedef struct yk_curve_observer {
    void *context;
    void (*size)(void *context, const char *run, int64_t samples, int64_t of, bool done);
    yk_observer train;
} yk_curve_observer;

/** Trains the sizes that are not finished; one that was stopped goes on. YK_ERR_ARG: sizes that cannot be, or a folder
 *  with the curve of another recipe. outcome->signal: it was stopped; call it again to go on. Collective. */
YK_MUST_CHECK yk_status yk_curve(yk_comm *comm, const yk_curve_request *request, const yk_curve_observer *observer,
                                 yk_outcome *outcome);

#endif
