/* SPDX-License-Identifier: Apache-2.0 */
/* The bytes of a file one after the other, inflated where the file is gzip (told by its first bytes). */
#ifndef YK_DATA_UNPACK_H
#define YK_DATA_UNPACK_H

#include <stdint.h>

#include "yoke/status.h"

typedef struct yk_unpack yk_unpack;

/** YK_ERR_IO: the file cannot be opened or read. `path` is borrowed. */
YK_MUST_CHECK yk_status yk_unpack_open(yk_unpack **out, const char *path);
void yk_unpack_close(yk_unpack **in);

/** Up to `bytes` bytes into `out`; *got is smaller only at the end of the file. YK_ERR_DATA: damaged gzip data. */
YK_MUST_CHECK yk_status yk_unpack_read(yk_unpack *in, int64_t bytes, void *out, int64_t *got);

/** The whole file, with a '\0' behind it, in a block to release with yk_free(). gzip data may unfold to 1 MB and 100
 * times the file's size: beyond that YK_ERR_DATA. */
YK_MUST_CHECK yk_status yk_unpack_all(const char *path, char **data, int64_t *bytes);

/** Most bytes that the file can give, judged by its size (INT64_MAX where that is unknown): deflate packs at most 1032
 *  bytes into one. */
int64_t yk_unpack_most(const yk_unpack *in);

#endif
