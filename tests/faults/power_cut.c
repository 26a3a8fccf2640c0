/* SPDX-License-Identifier: Apache-2.0 */
/* An LD_PRELOAD library that models a power cut. Of the files below a folder it keeps what a disk would have: a file's
 * contents as of its last fsync(), a folder's entries as of its own. Before the n-th call that brings something onto
 * the disk or changes a name (fsync, fdatasync, rename, unlink), the process is killed; power_cut.py then builds the
 * folder that the next start would find.
 *
 * YOKE_CUT_ROOT: the folder; YOKE_CUT_DISK: where to keep it, on the same file system; YOKE_CUT_AT: n, 0 for never.
 * DISK/data-INODE: contents; DISK/dir-INODE: lines "INODE NAME"; DISK/keep-INODE: a link, so that no inode's number is
 * given to another file; DISK/calls: how many calls there were. */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *root, *disk;
static long cut_at, calls;
static pthread_mutex_t one = PTHREAD_MUTEX_INITIALIZER;

__attribute__((constructor)) static void start(void)
{
    root = getenv("YOKE_CUT_ROOT");
    disk = getenv("YOKE_CUT_DISK");
    cut_at = getenv("YOKE_CUT_AT") ? atol(getenv("YOKE_CUT_AT")) : 0;
}

static bool is_below(const char *path)
{
    char whole[PATH_MAX];
    if (!root || !disk)
        return false;
    if (path[0] != '/') {
        char here[PATH_MAX / 2];
        if (!getcwd(here, sizeof here) || snprintf(whole, sizeof whole, "%s/%s", here, path) >= (int)sizeof whole)
            return false;
        path = whole;
    }
    return strncmp(path, root, strlen(root)) == 0;
}

static bool is_below_fd(int fd)
{
    char link[64], path[PATH_MAX];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    const ssize_t n = readlink(link, path, sizeof path - 1);
    path[n < 0 ? 0 : n] = '\0';
    return n > 0 && is_below(path);
}

/* A file of the disk, for writing. */
static FILE *on_disk(const char *kind, unsigned long inode)
{
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/%s-%lu", disk, kind, inode);
    FILE *f = fopen(path, "w");
    if (!f)
        abort();
    return f;
}

static void count(void)
{
    pthread_mutex_lock(&one);
    if (++calls == cut_at)
        kill(getpid(), SIGKILL);
    FILE *f = on_disk("calls", 0);
    fprintf(f, "%ld\n", calls);
    fclose(f);
    pthread_mutex_unlock(&one);
}

static void keep_folder(int fd, unsigned long inode)
{
    DIR *d = fdopendir(openat(fd, ".", O_RDONLY | O_DIRECTORY));
    FILE *f = on_disk("dir", inode);
    for (struct dirent *e; d && (e = readdir(d));)
        if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
            fprintf(f, "%lu %s\n", (unsigned long)e->d_ino, e->d_name);
    fclose(f);
    if (d)
        closedir(d);
}

static void keep_file(int fd, unsigned long inode)
{
    static char piece[1 << 16];
    char from[64], link[PATH_MAX];
    ssize_t n;
    FILE *f = on_disk("data", inode);
    for (off_t at = 0; (n = pread(fd, piece, sizeof piece, at)) > 0; at += n)
        fwrite(piece, 1, (size_t)n, f);
    fclose(f);
    snprintf(from, sizeof from, "/proc/self/fd/%d", fd);
    snprintf(link, sizeof link, "%s/keep-%lu", disk, inode);
    (void)!linkat(AT_FDCWD, from, AT_FDCWD, link, AT_SYMLINK_FOLLOW); /* it may be there */
}

static int sync_to_disk(int fd, const char *name)
{
    int (*next)(int);
    struct stat s;
    *(void **)&next = dlsym(RTLD_NEXT, name);
    if (!is_below_fd(fd) || fstat(fd, &s) != 0)
        return next(fd);
    count();
    pthread_mutex_lock(&one);
    if (S_ISDIR(s.st_mode))
        keep_folder(fd, (unsigned long)s.st_ino);
    else
        keep_file(fd, (unsigned long)s.st_ino);
    pthread_mutex_unlock(&one);
    return 0; /* the real disk's turn does not matter here */
}

int fsync(int fd)
{
    return sync_to_disk(fd, "fsync");
}

int fdatasync(int fd)
{
    return sync_to_disk(fd, "fdatasync");
}

int rename(const char *from, const char *to)
{
    int (*next)(const char *, const char *);
    *(void **)&next = dlsym(RTLD_NEXT, "rename");
    if (is_below(to))
        count();
    return next(from, to);
}

int unlink(const char *path)
{
    int (*next)(const char *);
    *(void **)&next = dlsym(RTLD_NEXT, "unlink");
    if (is_below(path))
        count();
    return next(path);
}
