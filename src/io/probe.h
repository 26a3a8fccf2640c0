/* SPDX-License-Identifier: Apache-2.0 */
/* A look at a file by a child process, before this one gives it to HDF5. */
#ifndef YK_IO_PROBE_H
#define YK_IO_PROBE_H

#include <stdint.h>

#include "yoke/status.h"

/** `damaged`: a child that read all descriptions in one of the files died of it. YK_OK otherwise, where
 *  yk_datafile_probe() has not been switched on, and for files that were looked at already and have not changed. One
 *  child looks at all of them; where it dies, one at each. */
YK_MUST_CHECK yk_status yk_probe(int64_t n, char *const *paths, yk_status damaged);

#endif
