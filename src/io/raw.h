/* SPDX-License-Identifier: Apache-2.0 */
/* Plain reads and writes of whole ranges, and messages of the system in one form for this room. `what` may be "" or
 * say which part of the file is meant: `field "x"`. */
#ifndef YK_IO_RAW_H
#define YK_IO_RAW_H

#include <stdint.h>
#include <sys/uio.h>

#include "yoke/status.h"

/** Sets the message of a system call that gave `code` (an errno): a full disk is told with the bytes that are free.
 *  Returns YK_ERR_IO. */
yk_status yk_raw_error(const char *path, const char *what, int code);

/** Reads bytes at, at+1, ... into n pieces of memory (changes `pieces`). YK_ERR_IO, also where the file ends before. */
YK_MUST_CHECK yk_status yk_raw_read(int fd, const char *path, const char *what, struct iovec *pieces, int n,
                                    int64_t at);

/** Writes `bytes` bytes at `at`. YK_ERR_IO. */
YK_MUST_CHECK yk_status yk_raw_write(int fd, const char *path, const void *data, int64_t bytes, int64_t at);

#endif
