/* SPDX-License-Identifier: Apache-2.0 */
/* An LD_PRELOAD library that models a shared file system whose server goes away. While the file YOKE_BAD_WHEN is there,
 * whatever reads or writes files below YOKE_BAD_ROOT fails with EIO ("fail" stands in it), or does not return ("hang").
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

static const char *root, *when;

__attribute__((constructor)) static void start(void)
{
    root = getenv("YOKE_BAD_ROOT");
    when = getenv("YOKE_BAD_WHEN");
}

static ssize_t (*next_read(void))(int, void *, size_t)
{
    static ssize_t (*next)(int, void *, size_t);
    if (!next)
        *(void **)&next = dlsym(RTLD_NEXT, "read");
    return next;
}

/* Whether the call is to fail; waits while it is to hang. */
static bool is_bad(int fd)
{
    char link[64], path[PATH_MAX], mode = 'f';
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    while (root && when && access(when, F_OK) == 0) {
        const ssize_t n = readlink(link, path, sizeof path - 1);
        path[n < 0 ? 0 : n] = '\0';
        if (n <= 0 || strncmp(path, root, strlen(root)) != 0)
            return false;
        const int look = open(when, O_RDONLY);
        const bool known = look >= 0 && next_read()(look, &mode, 1) == 1;
        if (look >= 0)
            close(look);
        if (known && mode == 'f') {
            errno = EIO;
            return true;
        }
        usleep(20000);
    }
    return false;
}

#define STAND_IN(type, name, parameters, arguments)                                                                    \
    type name parameters                                                                                               \
    {                                                                                                                  \
        static type(*next) parameters;                                                                                 \
        if (!next)                                                                                                     \
            *(void **)&next = dlsym(RTLD_NEXT, #name);                                                                 \
        return is_bad(fd) ? -1 : next arguments;                                                                       \
    }

STAND_IN(ssize_t, preadv, (int fd, const struct iovec *v, int n, off_t at), (fd, v, n, at))
STAND_IN(ssize_t, preadv64, (int fd, const struct iovec *v, int n, off64_t at), (fd, v, n, at))
STAND_IN(ssize_t, pread, (int fd, void *to, size_t n, off_t at), (fd, to, n, at))
STAND_IN(ssize_t, pread64, (int fd, void *to, size_t n, off64_t at), (fd, to, n, at))
STAND_IN(ssize_t, pwrite, (int fd, const void *from, size_t n, off_t at), (fd, from, n, at))
STAND_IN(ssize_t, pwrite64, (int fd, const void *from, size_t n, off64_t at), (fd, from, n, at))
STAND_IN(ssize_t, write, (int fd, const void *from, size_t n), (fd, from, n))
STAND_IN(int, fsync, (int fd), (fd))
