/* SPDX-License-Identifier: Apache-2.0 */
/* Snapshots: a training's state to and from a checkpoint file. Rank 0 writes; the shares of the others come to it in
 * pieces of bounded size. Reading goes the same way back, so any number of ranks can go on. */
#ifndef YK_TRAIN_SNAPSHOT_H
#define YK_TRAIN_SNAPSHOT_H

#include "io/checkpoint.h"
#include "io/io_thread.h"
#include "train/engine.h"
#include "train/run.h"

/** Writes parameters, buffers and slots to `path`, unless another trainer has taken over `run` (NULL: the file is in no
 *  run's folder): YK_ERR_LOCKED. recipe (text) and state are read on rank 0. YK_ERR_NUMERIC, before
 *  anything is written, when a parameter is not finite. digest: of parameters and buffers, on rank 0. Collective. */
YK_MUST_CHECK yk_status yk_snapshot_save(yk_engine *engine, yk_io_thread *io, const yk_run *run, const char *path,
                                         const char *recipe, const yk_state *state, char digest[YK_SHA256_HEX]);

/** The digest that a checkpoint of these parameters and buffers has. Rank-local. */
YK_MUST_CHECK yk_status yk_params_digest(const yk_model *model, const float *params, char digest[YK_SHA256_HEX]);

/** Reads parameters and buffers of `checkpoint` (on rank 0; NULL elsewhere) into the parameter vectors of all ranks;
 *  averaged: of the parameters their moving average, which it must have. YK_ERR_DATA: it is of another model (the
 * message names the parameter and both shapes). Collective. */
YK_MUST_CHECK yk_status yk_snapshot_params(yk_comm *comm, const yk_model *model, yk_checkpoint *checkpoint,
                                           bool averaged, float *params);

/** The same for the optimizer's slots of each rank's share. Collective. */
YK_MUST_CHECK yk_status yk_snapshot_slots(yk_engine *engine, yk_checkpoint *checkpoint);

#endif
