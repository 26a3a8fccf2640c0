/* SPDX-License-Identifier: Apache-2.0 */
/* File systems of clusters fail for a while: a server restarts, a network is down. What then fails in a way that may
 * pass is tried again, and a line tells what is waited for. A full disk or a truncated file does not pass: that is told
 * at once. */
#ifndef YK_IO_PATIENCE_H
#define YK_IO_PATIENCE_H

#include <stdbool.h>

#include "yoke/status.h"

/** One wait: zero it before the first try. */
typedef struct yk_patience {
    double since; /**< clock of the first failure; 0: none yet */
    double pause; /**< seconds before the next try */
} yk_patience;

/** How long a file system is waited for, in seconds; 300 at first. For the whole process, before there are threads. */
void yk_patience_limit(double seconds);

/** Notes the errno behind an error of this thread, for yk_patience_again(); 0 before a try. yk_raw_error() and
 *  yk_h5_reason() do that. */
void yk_patience_note(int code);

/** After a try gave `status`: whether to try again, and when: in wait->pause seconds. False where it went well, where
 *  the cause is none that passes, or the time is over. `path` is for the lines: of the first failure, and of the end of
 *  the wait. Does not wait itself. */
bool yk_patience_again(yk_patience *wait, yk_status status, const char *path);

/** The same, and waits on the calling thread. */
bool yk_patience_wait(yk_patience *wait, yk_status status, const char *path);

#endif
