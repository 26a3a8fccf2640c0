/* SPDX-License-Identifier: Apache-2.0 */
/* Writing HDF5 files beside, for datasets and checkpoints. HDF5 makes the structure and says where the bytes of a
 * dataset go; plain writes put them there.
 *
 * HDF5 writes its structure late, and when that meets a full disk its closing calls fail, keep the id, and fail again
 * at the exit of the program. So the space is reserved in the file system (posix_fallocate) before HDF5 hears of it:
 * a full disk is met there, where nothing is pending that does not fit. */
#ifndef YK_IO_H5_WRITER_H
#define YK_IO_H5_WRITER_H

#include "io/beside.h"
#include "io/h5.h"

typedef struct yk_h5_writer {
    yk_beside beside;
    hid_t file;
    int64_t reserved; /**< bytes of PATH.tmp that the file system has promised */
} yk_h5_writer;

#define YK_H5_WRITER_NONE                                                                                              \
    {                                                                                                                  \
        YK_BESIDE_NONE, -1, 0                                                                                          \
    }

/** Starts PATH.tmp: with `keep`, and where PATH exists, as a copy of PATH; else as an empty file, whose structure has
 *  checksums with `sums` (readable from HDF5 1.8 on). On error *writer is YK_H5_WRITER_NONE. */
YK_MUST_CHECK yk_status yk_h5_writer_open(yk_h5_writer *writer, const char *path, bool keep, bool sums);

/** Makes room for `bytes` bytes more than the file has, and for some structure. To be called before everything that
 *  makes the file grow. */
YK_MUST_CHECK yk_status yk_h5_writer_reserve(yk_h5_writer *writer, int64_t bytes);

/** Message and status of an HDF5 call that refused. */
yk_status yk_h5_writer_error(const yk_h5_writer *writer, const char *what);

/** Opens a group, made with its parents where it is missing; *group is -1 on error. */
YK_MUST_CHECK yk_status yk_h5_writer_group(yk_h5_writer *writer, const char *path, hid_t *group);

/** Creates a dataset in a group, in one piece: *offset is its place in the file (-1: it has no elements), *id must be
 *  closed and is -1 on error. The bytes at *offset are the caller's to write. */
YK_MUST_CHECK yk_status yk_h5_writer_dataset(yk_h5_writer *writer, hid_t group, const char *name, yk_dtype dtype,
                                             const yk_shape *shape, hid_t *id, int64_t *offset);

/** Ends the HDF5 side of PATH.tmp: all ids in it are closed before. To be followed by yk_beside_commit(). */
YK_MUST_CHECK yk_status yk_h5_writer_end(yk_h5_writer *writer);

/** Removes PATH.tmp, ended or not; does nothing after a commit. */
void yk_h5_writer_discard(yk_h5_writer *writer);

#endif
