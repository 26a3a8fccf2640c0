/* SPDX-License-Identifier: Apache-2.0 */
/* The inside of checkpoints: the table of tensors, the attributes of /state, the digests, the guard. */
#ifndef YK_IO_CHECKPOINT_IN_H
#define YK_IO_CHECKPOINT_IN_H

#include "io/checkpoint.h"
#include "io/h5.h"

#define YK_CHECKPOINT_FORMAT 1 /* attribute `format` of the root */

typedef struct yk_saved {
    char *name; /**< "params/dense_1/kernel" */
    yk_dtype dtype;
    yk_shape shape;
    char sha256[YK_SHA256_HEX];
    int64_t offset; /**< of its bytes in the file; -1: it has none */
} yk_saved;

typedef struct yk_saved_table {
    yk_saved *at;
    int64_t n;
} yk_saved_table;

/** Appends a tensor; *out points to it until the next call. */
YK_MUST_CHECK yk_status yk_saved_add(yk_saved_table *table, const char *name, yk_dtype dtype, const yk_shape *shape,
                                     yk_saved **out);
void yk_saved_sort(yk_saved_table *table);
void yk_saved_free(yk_saved_table *table);

/** One attribute of /state: the field of yk_state at `offset`. */
typedef struct yk_state_item {
    const char *name;
    enum { YK_STATE_INT, YK_STATE_UINT, YK_STATE_REAL, YK_STATE_TEXT } kind;
    size_t offset, size;
    bool optional; /**< a number that is left out where all its bits are 0 */
} yk_state_item;

/** Whether the item is in the file of this state. */
bool yk_state_has(const yk_state *state, const yk_state_item *item);

/** In the order in which the sum of the file takes them; the last one has no name. */
extern const yk_state_item yk_state_items[];

/** Attribute `digest` of the root: parameters and buffers (tensor/digest.h). The table is sorted. */
YK_MUST_CHECK yk_status yk_saved_digest(const yk_saved_table *table, char hex[YK_SHA256_HEX]);

/** Attribute `sha256` of the root, over recipe, state and the lines of all tensors. The table is sorted. */
void yk_saved_sum(const yk_saved_table *table, const char *recipe, const yk_state *state, char hex[YK_SHA256_HEX]);

/** Appends the guard (checkpoint_guard.c) behind the `end` bytes that HDF5 wrote. */
YK_MUST_CHECK yk_status yk_guard_append(int fd, const char *path, const yk_saved_table *table, int64_t end);

/** Checks the guard of a file of `bytes` bytes; *guarded is false where it has none. YK_ERR_DATA. */
YK_MUST_CHECK yk_status yk_guard_check(int fd, const char *path, int64_t bytes, bool *guarded);

struct yk_checkpoint {
    char *path;
    yk_h5_file file;
    char *recipe;
    yk_state state;
    yk_saved_table table;
    char digest[YK_SHA256_HEX];
};

/** Fills a checkpoint that is all zero but for its file, which is YK_H5_FILE_NONE; what it holds after an error is
 *  released by yk_checkpoint_close(). */
YK_MUST_CHECK yk_status yk_checkpoint_load(yk_checkpoint *checkpoint, const char *path);

#endif
