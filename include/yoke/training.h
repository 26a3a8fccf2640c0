/* SPDX-License-Identifier: Apache-2.0 */
/* Training a network: on samples that the program has just made, step by step, or over a dataset in epochs.
 *
 * Contract R: the parameters after step k are a function of the recipe, its seed and the sequences of samples of the
 * steps so far (yoke/data.h), and not of the number of ranks or threads, nor of which rank held a sample, nor of
 * interruptions. Fresh samples are taken in their order, never shuffled; epochs are shuffled as the recipe says. A
 * batch of B samples is cut into micro-batches of `train.micro_batch` consecutive ones; ranks beyond their number idle.
 */
#ifndef YOKE_TRAINING_H
#define YOKE_TRAINING_H

#include "yoke/net.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct yk_training yk_training;

/** Prepares to train `net`, which is built if it was not: optimizer, schedule, clipping and batches are its recipe's.
 *  One training of a network at a time. No file is touched, but by `init_from` of the recipe. What watches data.dev
 *  (early_stopping, schedule plateau) and augmentation are YK_ERR_RECIPE: a callback can evaluate, and stop, and the
 *  program can augment.
 *
 *  @param[out] out   release it with yk_training_destroy(), before the network
 *  @param[in]  net   borrowed; its parameters change with every step
 *  @param[in]  data  borrowed: its batches are trained by yk_training_next() and yk_training_run(). NULL: fresh samples
 *                    come with every yk_training_step(), and train.batch is the most that one may have, over all ranks
 *  @return YK_ERR_RECIPE, YK_ERR_SHAPE, YK_ERR_DATA (labels out of range are found here), YK_ERR_NOMEM. Collective. */
YK_MUST_CHECK yk_status yk_training_create(yk_training **out, yk_net *net, const yk_data *data);

/** Frees *training and sets it to NULL; the network keeps its parameters. Accepts NULL. */
void yk_training_destroy(yk_training **training);

/** One update from the samples that the ranks hold now: between 1 and train.batch over all ranks, on some ranks maybe
 *  none. Fields are borrowed for the call; types and shapes of samples stay those of the first step. A short batch is
 *  exact: its loss is the mean of its own samples. Allocates nothing once it has seen its largest share of samples.
 *
 *  @param[out] report  of this step; may be NULL
 *  @return YK_ERR_DATA: fields that do not fit, or a bad sample; YK_ERR_NUMERIC: the loss is not finite, and which op
 *          made it so. After an error no parameter has changed. Collective. */
YK_MUST_CHECK yk_status yk_training_step(yk_training *training, int n, const yk_array *fields, yk_report *report);

/** One update from the next batch of the training's data. Otherwise as yk_training_step(). Collective. */
YK_MUST_CHECK yk_status yk_training_next(yk_training *training, yk_report *report);

/** Called on every rank with the same report; a rank that returns other than 0 stops the training, on all ranks. It may
 *  call yk_net_predict(), yk_net_evaluate() and yk_training_save(), on all ranks alike. */
typedef int (*yk_callback)(void *context, const yk_report *report);

typedef struct yk_callbacks {
    void *context;
    yk_callback step;  /**< after every update; NULL: none */
    yk_callback epoch; /**< after every epoch and at the end: means over its steps; NULL: none */
} yk_callbacks;

/** Trains to the end that the recipe names (train.steps or train.epochs), or until a callback stops it: then *stopped
 *  (may be NULL) is 1, and calling it again goes on. `callbacks` may be NULL. Collective. */
YK_MUST_CHECK yk_status yk_training_run(yk_training *training, const yk_callbacks *callbacks, int *stopped);

/** Updates done so far. */
int64_t yk_training_steps(const yk_training *training);

/** Writes a checkpoint (parameters, optimizer state, recipe, step) to the file `path`, whole or not at all: rank 0
 *  writes, on the calling thread. `yoke info`, `digest`, `eval` and `predict` read it, and yk_net_load().
 *  YK_ERR_IO; YK_ERR_NUMERIC: a parameter is not finite, and nothing is written. Collective. */
YK_MUST_CHECK yk_status yk_training_save(yk_training *training, const char *path);

/** Goes on from a checkpoint of the same network and optimizer, on any number of ranks: parameters, optimizer state and
 *  step become those of the file, and the steps to come give the bits that they would have given without the
 *  interruption. YK_ERR_IO, YK_ERR_DATA: another model or a damaged file; parameters may have changed then.
 *  Collective. */
YK_MUST_CHECK yk_status yk_training_load(yk_training *training, const char *path);

#ifdef __cplusplus
}
#endif
#endif
