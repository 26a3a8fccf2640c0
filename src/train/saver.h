/* SPDX-License-Identifier: Apache-2.0 */
/* Checkpoints that are written while training goes on: the state is copied to rank 0's memory, and its I/O thread
 * writes it in pieces, between what it reads ahead. Where that memory cannot be had the state is written at once, piece
 * by piece, as yk_snapshot_save() does. */
#ifndef YK_TRAIN_SAVER_H
#define YK_TRAIN_SAVER_H

#include "train/snapshot.h"

typedef struct yk_saver yk_saver;

/** Of an engine that has started; all are borrowed. run: NULL for files in no run's folder. Rank-local. YK_ERR_NOMEM.
 */
YK_MUST_CHECK yk_status yk_saver_create(yk_saver **out, yk_engine *engine, yk_io_thread *io, const yk_run *run);

/** After the I/O thread has ended, which finishes what is being written. Sets to NULL; accepts NULL. */
void yk_saver_destroy(yk_saver **saver);

/** Bytes of rank 0's copy, for the plan. */
int64_t yk_saver_bytes(const yk_engine *engine);

/** Copies the state and begins to write it to `path`, after yk_saver_end() for the one before. recipe (kept by the
 *  caller until then) and state are read on rank 0. YK_ERR_NUMERIC and YK_ERR_LOCKED as in yk_snapshot_save().
 *  Collective. */
YK_MUST_CHECK yk_status yk_saver_begin(yk_saver *saver, const char *path, const char *recipe, const yk_state *state);

/** True once after a checkpoint is whole on the disk: digest of its parameters and buffers, seconds since it was begun.
 *  On rank 0; false on others. */
bool yk_saver_news(yk_saver *saver, char digest[YK_SHA256_HEX], double *seconds);

/** Writing has failed: yk_saver_end() will say why, on all ranks. On rank 0; false on others. */
bool yk_saver_failed(const yk_saver *saver);

/** Waits for it. YK_ERR_IO, and all that writing may end with. Collective. */
YK_MUST_CHECK yk_status yk_saver_end(yk_saver *saver);

#endif
