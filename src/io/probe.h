/* SPDX-License-Identifier: Apache-2.0 */
/* A look at a file by a child process, before this one gives it to HDF5. */
#ifndef YK_IO_PROBE_H
#define YK_IO_PROBE_H

#include "yoke/status.h"

/** `damaged`: a child that read all descriptions in the file died of it. YK_OK otherwise, where yk_datafile_probe() has
 *  not been switched on, and for files that were looked at already and have not changed. */
YK_MUST_CHECK yk_status yk_probe(const char *path, yk_status damaged);

#endif
