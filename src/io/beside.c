/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE /* F_OFD_SETLK */
#include "io/beside.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/error.h"
#include "core/log.h"
#include "core/mem.h"
#include "io/raw.h"

int yk_lock_try(int fd)
{
    struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
#ifdef F_OFD_SETLK
    int got = fcntl(fd, F_OFD_SETLK, &lock);
#else
    int got = fcntl(fd, F_SETLK, &lock);
#endif
    if (got == 0)
        return 0;
    return errno == EACCES ? EAGAIN : errno; /* POSIX allows both for "held by another" */
}

/* Opens and locks `tmp`. Between the two its last writer may have renamed it into place or removed it: then the
 * locked file is not the one of this name any more, and the next attempt makes a new one. */
static yk_status open_locked(const char *tmp, const char *path, int *fd)
{
    for (;;) {
        struct stat mine, there;
        *fd = open(tmp, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
        if (*fd < 0)
            return yk_raw_error(tmp, "", errno);
        /* A file system without locks: nothing to be had, the rename still is atomic. */
        YK_CHECK(yk_lock_try(*fd) != EAGAIN, YK_ERR_LOCKED, "%s: another process is writing it (%s is locked)", path,
                 tmp);
        if (fstat(*fd, &mine) != 0)
            return yk_raw_error(tmp, "", errno);
        if (stat(tmp, &there) == 0 && mine.st_ino == there.st_ino && mine.st_dev == there.st_dev)
            return YK_OK;
        close(*fd);
    }
}

/* An existing file passes its permissions on, and PATH.tmp starts empty. */
static yk_status begin(yk_beside *b)
{
    struct stat s;
    if (ftruncate(b->fd, 0) != 0)
        return yk_raw_error(b->tmp, "", errno);
    if (stat(b->path, &s) == 0) {
        YK_CHECK(S_ISREG(s.st_mode), YK_ERR_IO, "%s: is not a regular file", b->path);
        if (fchmod(b->fd, s.st_mode & 0777) != 0)
            return yk_raw_error(b->tmp, "", errno);
    }
    return YK_OK;
}

yk_status yk_beside_open(yk_beside *b, const char *path)
{
    *b = (yk_beside)YK_BESIDE_NONE;
    yk_status status = YK_OK;
    char real[PATH_MAX];
    YK_TRY_GOTO(yk_strdup(&b->path, realpath(path, real) ? real : path), fail);
    YK_TRY_GOTO(yk_format(&b->tmp, "%s.tmp", b->path), fail);
    status = open_locked(b->tmp, b->path, &b->fd);
    if (status != YK_OK) {
        if (b->fd >= 0)
            close(b->fd); /* another's file: it stays */
        b->fd = -1;
        goto fail;
    }
    YK_TRY_GOTO(begin(b), fail);
    return YK_OK;
fail:
    yk_beside_discard(b);
    return status;
}

void yk_sync_folder(const char *path)
{
    char folder[PATH_MAX];
    const char *slash = strrchr(path, '/');
    snprintf(folder, sizeof folder, "%.*s", slash ? (int)(slash - path) + 1 : 1, slash ? path : ".");
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0 || (fsync(fd) != 0 && errno != EINVAL)) /* EINVAL: this file system has no such thing */
        yk_warn("%s: the folder's entry may be lost in a power cut: %s", path, strerror(errno));
    if (fd >= 0)
        close(fd);
}

static void release(yk_beside *b)
{
    if (b->fd >= 0)
        close(b->fd);
    yk_free(b->path);
    yk_free(b->tmp);
    *b = (yk_beside)YK_BESIDE_NONE;
}

yk_status yk_beside_commit(yk_beside *b)
{
    if (fsync(b->fd) != 0 || rename(b->tmp, b->path) != 0) {
        yk_status status = yk_raw_error(b->tmp, "", errno);
        yk_beside_discard(b);
        return status;
    }
    yk_sync_folder(b->path);
    release(b);
    return YK_OK;
}

void yk_beside_discard(yk_beside *b)
{
    if (b->fd >= 0)
        unlink(b->tmp); /* while the lock is held: nobody else's file can have this name */
    release(b);
}
