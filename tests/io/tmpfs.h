/* SPDX-License-Identifier: Apache-2.0 */
/* A disk that is nearly full: a small tmpfs. Mounting needs root (and in some containers even root may not). */
#ifndef YK_TESTS_IO_TMPFS_H
#define YK_TESTS_IO_TMPFS_H

#include <stdbool.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/stat.h>

/* Mounts `kilobytes` at `path`; says loudly what is not tested when that is not possible. */
static inline bool tmpfs_mount(const char *path, int kilobytes)
{
    char options[32];
    snprintf(options, sizeof options, "size=%dk", kilobytes);
    mkdir(path, 0777);
    if (mount("none", path, "tmpfs", 0, options) == 0)
        return true;
    printf("\n  NOT TESTED: behaviour on a full disk: no tmpfs can be mounted at %s (root is needed)\n", path);
    return false;
}

#endif
