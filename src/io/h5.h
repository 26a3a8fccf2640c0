/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of this room share about HDF5: opening a file for reading, reasons in one line, types, strings, and
 * datasets whose bytes are fetched without HDF5 where they lie in one piece.
 *
 * HDF5 gives an id or -1 for everything. An id of ours is closed on every way out: at a label, by yk_h5_drop(). */
#ifndef YK_IO_H5_H
#define YK_IO_H5_H

#include <hdf5.h>

#include "tensor/tensor.h"

#define YK_H5_NAME 512 /**< longest path inside a file that yoke reads */
#define YK_H5_REASON 256

/** HDF5 may not be built for threads: whoever calls it holds this lock. A thread may take it again, and so may the
 * child of a fork in between. */
void yk_h5_enter(void);
void yk_h5_leave(void);

/** status = call, while no other thread of ours calls HDF5, and with HDF5's own printing of errors off; a host
 * program's setting comes back afterwards. */
#define YK_H5_QUIET(status, call)                                                                                      \
    do {                                                                                                               \
        yk_h5_enter();                                                                                                 \
        H5E_BEGIN_TRY                                                                                                  \
        {                                                                                                              \
            (status) = (call);                                                                                         \
        }                                                                                                              \
        H5E_END_TRY                                                                                                    \
        yk_h5_leave();                                                                                                 \
    } while (0)

/** The same for a call that gives nothing. */
#define YK_H5_DO(call)                                                                                                 \
    do {                                                                                                               \
        int ignored_;                                                                                                  \
        YK_H5_QUIET(ignored_, ((call), 0));                                                                            \
        (void)ignored_;                                                                                                \
    } while (0)

#define YK_H5_CACHE ((int64_t)1 << 28) /**< bytes of unpacked chunks that a dataset may keep */

/** Why the last HDF5 call refused: the innermost description in one line, whose errno is noted (io/patience.h). Returns
 *  text. */
const char *yk_h5_reason(char text[YK_H5_REASON]);

/** Closes an id of any kind and sets it to -1; does nothing for one below 0. For ids whose closing cannot fail: read
 *  files, groups, types, spaces, lists. */
void yk_h5_drop(hid_t *id);

/** An access list: the plain POSIX driver, HDF5's file locks off where the library can be told so. */
hid_t yk_h5_access(void);

/** A file that is open for reading: HDF5's id of it and a descriptor of the same file. */
typedef struct yk_h5_file {
    const char *path; /**< borrowed */
    hid_t id;
    int fd;
    int64_t bytes;
} yk_h5_file;

#define YK_H5_FILE_NONE                                                                                                \
    {                                                                                                                  \
        NULL, -1, -1, 0                                                                                                \
    }

/** Opens an HDF5 file for reading: first the file alone, then HDF5's side of it. YK_ERR_IO: not there, not readable,
 *  held by a writer (asked only with `lock`, which keeps a shared lock on it); `damaged` is the status for empty,
 *  foreign and truncated files. On error nothing is open. */
YK_MUST_CHECK yk_status yk_h5_open_plain(yk_h5_file *file, const char *path, bool lock, yk_status damaged);
YK_MUST_CHECK yk_status yk_h5_open_hdf5(yk_h5_file *file, yk_status damaged);
YK_MUST_CHECK yk_status yk_h5_open(yk_h5_file *file, const char *path, bool lock, yk_status damaged);
void yk_h5_close(yk_h5_file *file);

/** Number of links in a group, and the name of the i-th in name order; false where it is longer than YK_H5_NAME. */
int64_t yk_h5_links(hid_t group);
bool yk_h5_link(hid_t group, int64_t i, char name[YK_H5_NAME]);

/** Whether the object at a path of one or several parts is there; false too where a part on the way is missing. */
bool yk_h5_exists(hid_t where, const char *path);

/** The type of the elements in memory, to be closed by the caller; -1 on error. */
hid_t yk_h5_type(yk_dtype dtype);

/** yoke's type for a type in a file, of any byte order; enumerations (h5py's bool) count as their integer. YK_NO_DTYPE
 *  where there is none. */
yk_dtype yk_h5_dtype(hid_t type);

/** Reads the strings of an attribute or dataset, of fixed or variable length: *block holds them, separated by '\0', *n
 *  their number (0 and NULL where it does not hold strings). Release with yk_free(). YK_ERR_DATA: damaged. */
YK_MUST_CHECK yk_status yk_h5_strings(hid_t id, char **block, int64_t *n);

/** Writes an attribute of n strings of variable length (n = -1: one string, no array). Negative on error. */
herr_t yk_h5_put_strings(hid_t where, const char *name, int64_t n, const char *const *text);

/** Writes an attribute of numbers: n = -1 for one number, no array. Negative on error. */
herr_t yk_h5_put_numbers(hid_t where, const char *name, hid_t type, int64_t n, const void *values);

/** A dataset of an open file. */
typedef struct yk_h5_dataset {
    hid_t id;
    hid_t type; /**< of its elements in memory */
    yk_dtype dtype;
    yk_shape shape;
    int64_t
        offset; /**< of its first byte in the file, where it lies in one piece in the byte order of memory; else -1 */
} yk_h5_dataset;

/** Describes the dataset `path` below `where`. Unpacked chunks of it are kept in up to `cache` bytes. *usable is false
 *  (and nothing is held) for types, ranks or sizes that yoke has none for. YK_ERR_DATA: cannot be opened. */
YK_MUST_CHECK yk_status yk_h5_dataset_open(yk_h5_dataset *set, const yk_h5_file *file, hid_t where, const char *path,
                                           int64_t cache, bool *usable);
void yk_h5_dataset_close(yk_h5_dataset *set);

/** Reads rows first .. first+count-1 (of the first dimension) through HDF5. Negative on error: `reason` says why. */
herr_t yk_h5_dataset_read(const yk_h5_dataset *set, int64_t first, int64_t count, void *out, char reason[YK_H5_REASON]);

#endif
