/* SPDX-License-Identifier: Apache-2.0 */
/* "mnist.h5:/train" is the group /train of the file mnist.h5, "mnist.h5" its root. */
#ifndef YK_IO_SPEC_H
#define YK_IO_SPEC_H

#include "yoke/status.h"

/** Cuts a specification at its last ":/" (a file whose name is the whole of it comes first). *path and *group ("/" or
 *  "/a/b", without a slash at the end) are blocks to release with yk_free(); on error both are NULL. */
YK_MUST_CHECK yk_status yk_spec_split(const char *spec, char **path, char **group);

/** "/" + "train" and "/a" + "b": the path of something in a group, in a block to release with yk_free(). */
YK_MUST_CHECK yk_status yk_spec_join(char **out, const char *group, const char *name);

#endif
