/* SPDX-License-Identifier: Apache-2.0 */
/* A sweep: a forward program run over a whole split in file order, batch by batch. What evaluation and prediction have
 * in common. */
#ifndef YK_TRAIN_SWEEP_H
#define YK_TRAIN_SWEEP_H

#include "core/mem.h"
#include "train/split.h"

typedef struct yk_sweep {
    yk_comm *comm;
    const yk_model *model;
    yk_split *split;
    yk_program *program;
    yk_arena own;                         /**< used when the caller gives no memory */
    int64_t samples, batch, micro, steps; /**< of the split; of one batch over all ranks; batches */
    int64_t done;                         /**< batches that the loader has given so far: its steps go on rising */
} yk_sweep;

/** Plans a program for the values out[0..n), and reserves nothing. Rank-local. Whatever happens, release with
 *  yk_sweep_destroy(). */
YK_MUST_CHECK yk_status yk_sweep_plan(yk_sweep *sweep, yk_comm *comm, const yk_model *model, yk_split *split, int n,
                                      const int *out);

/** The same, and starts the split's loader. */
YK_MUST_CHECK yk_status yk_sweep_create(yk_sweep *sweep, yk_comm *comm, yk_io_thread *io, const yk_model *model,
                                        yk_split *split, int n, const int *out);
void yk_sweep_destroy(yk_sweep *sweep);

/** Bytes of memory that the program needs; and those of its samples (yk_split_bytes()). */
int64_t yk_sweep_bytes(const yk_sweep *sweep);
int64_t yk_sweep_input_bytes(const yk_sweep *sweep);

/** Gives the parameter vector (borrowed) and memory of yk_sweep_bytes(), 64-byte aligned, whose contents need not
 *  outlive a run; NULL: memory of its own. Rank-local. */
YK_MUST_CHECK yk_status yk_sweep_bind(yk_sweep *sweep, const float *params, void *memory);

/** Runs the next batch of this rank: batch->rows may be 0. Rank-local. */
YK_MUST_CHECK yk_status yk_sweep_next(yk_sweep *sweep, yk_batch *batch);

#endif
