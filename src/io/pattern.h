/* SPDX-License-Identifier: Apache-2.0 */
/* Names with *, ? or [a-z] in them: all files that match, in C order of their names. */
#ifndef YK_IO_PATTERN_H
#define YK_IO_PATTERN_H

#include <stdbool.h>
#include <stdint.h>

#include "yoke/status.h"

/** Whether `path` is a pattern. A file of that very name comes first: then it is none. */
bool yk_pattern_is(const char *path);

/** The files that a pattern matches; of a plain path itself. *names is a block of *n blocks, to release with
 *  yk_pattern_free(). YK_ERR_IO: no file matches. */
YK_MUST_CHECK yk_status yk_pattern_files(const char *path, char ***names, int64_t *n);
void yk_pattern_free(char ***names, int64_t n);

#endif
