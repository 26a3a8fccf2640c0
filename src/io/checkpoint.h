/* SPDX-License-Identifier: Apache-2.0 */
/* Checkpoint files (docs/checkpoint-format.md): one HDF5 file that h5py reads without us. /recipe (text),
 * /params/<layer>/<name>, /buffers/<layer>/<name>, /slots/<optimizer>/<layer>/<name>.<slot>, attributes of /state, the
 * SHA-256 of each tensor as its attribute `sha256`, the digest of parameters and buffers as attribute `digest` of the
 * root, and `sha256` of the root over all tensors, the recipe and the state. Behind HDF5's last byte stands a guard
 * (checkpoint_guard.c) that is checked before HDF5 reads the file.
 *
 * A file is written as PATH.tmp, closed, synced, read back and checked, renamed, its folder synced: PATH is whole or
 * it is the one of before. Every open checks the digests: a damaged file is YK_ERR_DATA. */
#ifndef YK_IO_CHECKPOINT_H
#define YK_IO_CHECKPOINT_H

#include "core/sha256.h"
#include "tensor/tensor.h"

/** Everything about a training besides tensors and recipe. */
typedef struct yk_state {
    int64_t step;  /**< updates done */
    int64_t epoch; /**< epochs completed */
    uint64_t seed;
    int64_t numerics;
    char family[32];   /**< kernel family that wrote it */
    char version[128]; /**< of yoke and its libraries */
    char metric[64];   /**< name of the best metric so far; "" for none */
    double best;
    int64_t best_step; /**< -1: none */

    /* What a schedule and early stopping have seen. In the file only where not 0. */
    int64_t plateau_seen, plateau_bad, plateau_cooldown;
    double plateau_best, plateau_factor;
    int64_t stopping_seen, stopping_bad;
    double stopping_best;
    int64_t stopped; /**< 1: early stopping has ended the training */
} yk_state;

typedef struct yk_checkpoint_writer yk_checkpoint_writer;

/** Starts PATH.tmp. YK_ERR_IO. */
YK_MUST_CHECK yk_status yk_checkpoint_create(yk_checkpoint_writer **out, const char *path, const char *recipe,
                                             const yk_state *state);

/** Starts the next tensor, e.g. "params/dense_1/kernel"; the one before must be complete. */
YK_MUST_CHECK yk_status yk_checkpoint_tensor(yk_checkpoint_writer *writer, const char *name, yk_dtype dtype,
                                             const yk_shape *shape);

/** The next `count` elements of it, in row-major order: pieces of any size. */
YK_MUST_CHECK yk_status yk_checkpoint_piece(yk_checkpoint_writer *writer, int64_t count, const void *data);

/** Ends, makes durable and reads back what is in PATH.tmp: yk_checkpoint_commit() has only its name to change then. The
 *  writer stays, also after an error. */
YK_MUST_CHECK yk_status yk_checkpoint_seal(yk_checkpoint_writer *writer);

/** Seals where that was not done, and renames; frees the writer whatever happens and sets it to NULL. After an error
 * PATH is what it was and PATH.tmp is gone. `digest` (may be NULL) gets the digest of parameters and buffers. */
YK_MUST_CHECK yk_status yk_checkpoint_commit(yk_checkpoint_writer **writer, char digest[YK_SHA256_HEX]);

/** Gives up and removes PATH.tmp. Accepts NULL. */
void yk_checkpoint_discard(yk_checkpoint_writer **writer);

typedef struct yk_checkpoint yk_checkpoint;

/** Opens for reading and checks every digest. YK_ERR_IO: not there, not readable; YK_ERR_DATA: damaged or not a
 *  checkpoint (the message names the file and what is wrong). */
YK_MUST_CHECK yk_status yk_checkpoint_open(yk_checkpoint **out, const char *path);
void yk_checkpoint_close(yk_checkpoint **checkpoint);

const char *yk_checkpoint_path(const yk_checkpoint *checkpoint);
const char *yk_checkpoint_recipe(const yk_checkpoint *checkpoint);
const yk_state *yk_checkpoint_state(const yk_checkpoint *checkpoint);
const char *yk_checkpoint_digest(const yk_checkpoint *checkpoint);

typedef struct yk_checkpoint_entry {
    const char *name; /**< "params/dense_1/kernel", borrowed */
    yk_dtype dtype;
    yk_shape shape;
    const char *sha256;
} yk_checkpoint_entry;

/** Tensors in name order. */
int64_t yk_checkpoint_count(const yk_checkpoint *checkpoint);
void yk_checkpoint_at(const yk_checkpoint *checkpoint, int64_t i, yk_checkpoint_entry *out);

/** *out = the tensor of that name, or *found = false. */
void yk_checkpoint_find(const yk_checkpoint *checkpoint, const char *name, yk_checkpoint_entry *out, bool *found);

/** Reads elements first .. first+count-1 of a tensor: plain reads, on any thread. */
YK_MUST_CHECK yk_status yk_checkpoint_read(yk_checkpoint *checkpoint, const char *name, int64_t first, int64_t count,
                                           void *out);

/** Whether a file is a checkpoint by its look (root attribute `yoke`), without checking it: for `yoke info`. */
bool yk_checkpoint_is(const char *path);

#endif
