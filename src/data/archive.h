/* SPDX-License-Identifier: Apache-2.0 */
/* The files in a tar or zip, one after the other, whatever compresses it; by libarchive, where the build has it. */
#ifndef YK_DATA_ARCHIVE_H
#define YK_DATA_ARCHIVE_H

#include <stdbool.h>
#include <stdint.h>

#include "yoke/status.h"

typedef struct yk_archive yk_archive;

/** Reads at most 64 MB and 1032 times the size of the archive, however often it is packed: YK_ERR_DATA beyond that.
 *  YK_ERR_IO: cannot be opened; YK_ERR_DATA: no archive; YK_ERR_ARG: this yoke was built without libarchive. `path` is
 *  borrowed. */
YK_MUST_CHECK yk_status yk_archive_open(yk_archive **out, const char *path);
void yk_archive_close(yk_archive **archive);

/** Goes to the next regular file: its path in the archive without "./" (borrowed until the next call) and its bytes
 * (-1: the archive does not say). *name is NULL at the end. YK_ERR_DATA: damaged. */
YK_MUST_CHECK yk_status yk_archive_next(yk_archive *archive, const char **name, int64_t *bytes);

/** Up to `bytes` bytes of the current file; *got is smaller only at its end. */
YK_MUST_CHECK yk_status yk_archive_read(yk_archive *archive, int64_t bytes, void *out, int64_t *got);

#endif
