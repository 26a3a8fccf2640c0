/* SPDX-License-Identifier: Apache-2.0 */
#include "io/raw.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "core/error.h"
#include "io/patience.h"

/* Bytes that an unprivileged writer may still use where `path` lies (or would lie: its folder is asked then). */
static int64_t bytes_free(const char *path)
{
    struct statvfs fs;
    char folder[4096];
    if (statvfs(path, &fs) == 0)
        return (int64_t)(fs.f_bavail * fs.f_frsize);
    const char *slash = strrchr(path, '/');
    size_t length = slash ? (size_t)(slash - path) + 1 : 0;
    if (length >= sizeof folder)
        return -1;
    memcpy(folder, path, length);
    folder[length] = '\0';
    return statvfs(length ? folder : ".", &fs) == 0 ? (int64_t)(fs.f_bavail * fs.f_frsize) : -1;
}

yk_status yk_raw_error(const char *path, const char *what, int code)
{
    const char *colon = what[0] ? ": " : "";
    yk_patience_note(code);
    if (code == ENOENT)
        YK_FAIL(YK_ERR_IO, "%s: %s%sno such file or folder", path, what, colon);
    if (code == ENOSPC || code == EDQUOT)
        YK_FAIL(YK_ERR_IO, "%s: %s%sno space left: %s (%" PRId64 " bytes free); make room or write elsewhere", path,
                what, colon, strerror(code), bytes_free(path));
    if (code == EFBIG)
        YK_FAIL(YK_ERR_IO, "%s: %s%sno space left: %s (see ulimit -f)", path, what, colon, strerror(code));
    YK_FAIL(YK_ERR_IO, "%s: %s%s%s", path, what, colon, strerror(code));
}

yk_status yk_raw_read(int fd, const char *path, const char *what, struct iovec *pieces, int n, int64_t at)
{
    while (n > 0) {
        ssize_t got = preadv(fd, pieces, n, at);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return yk_raw_error(path, what, errno);
        if (got == 0) {
            struct stat s;
            yk_patience_note(0);
            YK_FAIL(YK_ERR_IO, "%s: %s%struncated: byte %" PRId64 " is needed, the file has %" PRId64, path, what,
                    what[0] ? ": " : "", at, fstat(fd, &s) == 0 ? (int64_t)s.st_size : -1);
        }
        at += got;
        size_t left = (size_t)got;
        while (n > 0 && left >= pieces->iov_len) {
            left -= pieces->iov_len;
            pieces++;
            n--;
        }
        if (n > 0) {
            pieces->iov_base = (char *)pieces->iov_base + left;
            pieces->iov_len -= left;
        }
    }
    return YK_OK;
}

yk_status yk_raw_write(int fd, const char *path, const void *data, int64_t bytes, int64_t at)
{
    const char *from = data;
    while (bytes > 0) {
        ssize_t put = pwrite(fd, from, (size_t)bytes, at);
        if (put < 0 && errno == EINTR)
            continue;
        if (put <= 0)
            return yk_raw_error(path, "", put < 0 ? errno : ENOSPC);
        from += put;
        at += put;
        bytes -= put;
    }
    return YK_OK;
}
