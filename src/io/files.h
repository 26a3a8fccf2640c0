/* SPDX-License-Identifier: Apache-2.0 */
/* Small files that must never be half-written, and locks. */
#ifndef YK_IO_FILES_H
#define YK_IO_FILES_H

#include "yoke/status.h"

/** Version of the HDF5 library, "1.10.8". */
const char *yk_io_hdf5_version(void);

/** For a program whose HDF5 is yoke's alone, before anything is opened: HDF5 does nothing at the end of the process.
 * All files are closed by then, and where a file system failed its own clearing up would crash. */
void yk_io_hdf5_ends_plainly(void);

/** Writes text to PATH.tmp, syncs, renames to PATH. */
YK_MUST_CHECK yk_status yk_file_write(const char *path, const char *text);

/** Whole contents of a text file, with an end, in a block to release with yk_free(). YK_ERR_IO. */
YK_MUST_CHECK yk_status yk_file_read(const char *path, char **text);

/** Makes a folder and its parents; one that exists is fine. YK_ERR_IO names the part that cannot be. */
YK_MUST_CHECK yk_status yk_folder_make(const char *path);

/** Takes an exclusive lock on PATH (fcntl, so it works over NFS and goes away with the process), writes `holder` into
 *  it; waits up to `seconds` for another holder, then YK_ERR_LOCKED with the holder's text. *lock is the open file. */
YK_MUST_CHECK yk_status yk_lock_take(int *lock, const char *path, const char *holder, double seconds);
void yk_lock_release(int *lock);

#endif
