/* SPDX-License-Identifier: Apache-2.0 */
#include "io/files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/error.h"
#include "core/log.h"
#include "core/mem.h"
#include "io/beside.h"
#include "io/raw.h"

yk_status yk_file_write(const char *path, const char *text)
{
    yk_beside beside;
    YK_TRY(yk_beside_open(&beside, path));
    yk_status status = yk_raw_write(beside.fd, beside.tmp, text, (int64_t)strlen(text), 0);
    if (status != YK_OK) {
        yk_beside_discard(&beside);
        return status;
    }
    YK_TRY(yk_beside_commit(&beside));
    return YK_OK;
}

static yk_status read_all(int fd, const char *path, char **text)
{
    struct stat s;
    if (fstat(fd, &s) != 0)
        return yk_raw_error(path, "", errno);
    YK_CHECK(!S_ISDIR(s.st_mode), YK_ERR_IO, "%s: is a folder, not a file", path);
    YK_TRY(yk_alloc(text, (int64_t)s.st_size + 1, 1)); /* zeroed: the end is there */
    struct iovec whole = { *text, (size_t)s.st_size };
    YK_TRY(yk_raw_read(fd, path, "", &whole, s.st_size > 0, 0));
    return YK_OK;
}

yk_status yk_file_read(const char *path, char **text)
{
    *text = NULL;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    YK_CHECK(fd >= 0 || errno != ENOENT, YK_ERR_IO, "%s: no such file", path);
    if (fd < 0)
        return yk_raw_error(path, "", errno);
    yk_status status = read_all(fd, path, text);
    close(fd);
    if (status != YK_OK) {
        yk_free(*text);
        *text = NULL;
    }
    return status;
}

static yk_status make_one(const char *path)
{
    struct stat s;
    if (mkdir(path, 0777) == 0) {
        yk_sync_folder(path); /* else what is synced in it later may still be lost with it */
        return YK_OK;
    }
    int code = errno; /* EEXIST, but also EROFS or EACCES above a folder that exists */
    if (stat(path, &s) == 0 && S_ISDIR(s.st_mode))
        return YK_OK;
    YK_CHECK(code != EEXIST, YK_ERR_IO, "%s: is a file; a folder is needed here", path);
    return yk_raw_error(path, "the folder cannot be made", code);
}

yk_status yk_folder_make(const char *path)
{
    char *part;
    YK_TRY(yk_strdup(&part, path));
    yk_status status = YK_OK;
    for (char *slash = strchr(part + (part[0] == '/'), '/'); slash && status == YK_OK; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        status = make_one(part);
        *slash = '/';
    }
    if (status == YK_OK)
        status = make_one(part);
    yk_free(part);
    return status;
}

/* What the holder wrote of itself, "somebody" where that cannot be read. */
static void holder_of(int fd, char text[256])
{
    ssize_t n = pread(fd, text, 255, 0);
    text[n > 0 ? n : 0] = '\0';
    text[strcspn(text, "\n")] = '\0';
    if (text[0] == '\0')
        snprintf(text, 256, "somebody");
}

/* Takes the lock of an open file, polling until `seconds` are over. */
static yk_status wait_for(int fd, const char *path, double seconds)
{
    double start = yk_clock();
    for (;;) {
        int refused = yk_lock_try(fd);
        if (refused == 0)
            return YK_OK;
        if (refused != EAGAIN && refused != EINTR) {
            yk_warn("%s: this file system has no locks (%s): make sure that nobody else trains here", path,
                    strerror(refused));
            return YK_OK;
        }
        if (yk_clock() - start >= seconds) {
            char holder[256];
            holder_of(fd, holder);
            YK_FAIL(YK_ERR_LOCKED, "%s: locked by %s; wait until it has ended, or end it", path, holder);
        }
        nanosleep(&(struct timespec){ .tv_nsec = 50 * 1000 * 1000 }, NULL);
    }
}

yk_status yk_lock_take(int *lock, const char *path, const char *holder, double seconds)
{
    *lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (*lock < 0)
        return yk_raw_error(path, "", errno);
    yk_status status = wait_for(*lock, path, seconds);
    if (status == YK_OK && ftruncate(*lock, 0) != 0)
        status = yk_raw_error(path, "", errno);
    if (status == YK_OK)
        status = yk_raw_write(*lock, path, holder, (int64_t)strlen(holder), 0);
    if (status != YK_OK) {
        close(*lock);
        *lock = -1;
    }
    return status;
}

void yk_lock_release(int *lock)
{
    if (*lock < 0)
        return;
    if (ftruncate(*lock, 0) != 0) /* the text only helps people; without it the lock is released all the same */
        yk_debug("the lock's text stays: %s", strerror(errno));
    close(*lock);
    *lock = -1;
}
