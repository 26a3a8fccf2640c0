/* SPDX-License-Identifier: Apache-2.0 */
/* Copies of data files on a disk of this machine. */
#ifndef YK_IO_STAGE_H
#define YK_IO_STAGE_H

#include "yoke/status.h"

#define YK_STAGE_NAME 1100

/** What the copy of `spec` ("FILE.h5", "FILE.h5:/group", "out/step_*.h5") in `folder` is called, as a spec: a name that
 *  follows from the files' paths, sizes and times of change, so that files that changed are copied anew. YK_ERR_IO: no
 *  such file. */
YK_MUST_CHECK yk_status yk_stage_name(const char *folder, const char *spec, char name[YK_STAGE_NAME]);

/** Makes the copy of that name where it is not there yet: each file is copied beside and renamed, so that two processes
 *  may do it. YK_ERR_IO: no room (said before anything is copied), or a file cannot be read or written. */
YK_MUST_CHECK yk_status yk_stage_copy(const char *spec, const char *name);

#endif
