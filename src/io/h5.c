/* SPDX-License-Identifier: Apache-2.0 */
#include "io/h5.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/error.h"
#include "io/files.h"
#include "io/patience.h"
#include "io/raw.h"

#define TEXT(x) #x
#define NUMBER(x) TEXT(x)

const char *yk_io_hdf5_version(void)
{
    static char text[32];
    unsigned major, minor, release;
    if (H5get_libversion(&major, &minor, &release) < 0)
        return NUMBER(H5_VERS_MAJOR) "." NUMBER(H5_VERS_MINOR) "." NUMBER(H5_VERS_RELEASE);
    snprintf(text, sizeof text, "%u.%u.%u", major, minor, release);
    return text;
}

void yk_io_hdf5_ends_plainly(void)
{
    H5dont_atexit();
}

static pthread_mutex_t one_at_a_time = PTHREAD_MUTEX_INITIALIZER;
static _Thread_local int depth; /* a recursive mutex would not know the child of a fork for its owner */

void yk_h5_enter(void)
{
    if (depth++ == 0)
        pthread_mutex_lock(&one_at_a_time);
}

void yk_h5_leave(void)
{
    if (--depth == 0)
        pthread_mutex_unlock(&one_at_a_time);
}

static herr_t keep_first(unsigned n, const H5E_error2_t *error, void *text)
{
    if (n == 0 && error->desc)
        snprintf(text, YK_H5_REASON, "%s", error->desc);
    return 0;
}

const char *yk_h5_reason(char text[YK_H5_REASON])
{
    text[0] = '\0';
    H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, keep_first, text); /* upward: the innermost cause comes first */
    for (char *c = text; *c; c++)
        if (*c == '\n' || *c == '\r' || *c == '\t')
            *c = ' ';
    const char *at = strstr(text, "errno = ");
    yk_patience_note(at ? (int)strtol(at + strlen("errno = "), NULL, 10) : 0);
    if (text[0] == '\0')
        snprintf(text, YK_H5_REASON, "HDF5 gives no reason");
    return text;
}

void yk_h5_drop(hid_t *id)
{
    if (*id >= 0)
        H5Idec_ref(*id);
    *id = -1;
}

hid_t yk_h5_access(void)
{
    hid_t list = H5Pcreate(H5P_FILE_ACCESS);
    if (list >= 0 && H5Pset_fapl_sec2(list) < 0)
        yk_h5_drop(&list);
#if H5_VERSION_GE(1, 10, 7) && !(H5_VERS_MAJOR == 1 && H5_VERS_MINOR == 12 && H5_VERS_RELEASE == 0)
    if (list >= 0 && H5Pset_file_locking(list, 0, 1) < 0)
        yk_h5_drop(&list);
#endif
    return list;
}

/* The signature stands at byte 0, 512, 1024, 2048, ...: before it is a block of the user's. */
static yk_status find_signature(const yk_h5_file *f, bool *found)
{
    static const char signature[8] = { '\211', 'H', 'D', 'F', '\r', '\n', '\032', '\n' };
    char look[8];
    *found = false;
    for (int64_t at = 0; at + 8 <= f->bytes && !*found; at = at ? 2 * at : 512) {
        const ssize_t got = pread(f->fd, look, sizeof look, at);
        if (got < 0)
            return yk_raw_error(f->path, "", errno);
        *found = got == sizeof look && memcmp(look, signature, sizeof look) == 0;
    }
    return YK_OK;
}

/* Keeps writers out while the file is read, as HDF5's own locks do (flock), where the file system has locks: any
 * refusal but "held by another" means that it has none. HDF5's variable switches this off too. */
static yk_status lock_shared(int fd, const char *path)
{
    const char *use = getenv("HDF5_USE_FILE_LOCKING");
    if (use && (strcmp(use, "FALSE") == 0 || strcmp(use, "0") == 0))
        return YK_OK;
    YK_CHECK(flock(fd, LOCK_SH | LOCK_NB) == 0 || errno != EWOULDBLOCK, YK_ERR_IO,
             "%s: another process has it open for writing; close it there first", path);
    return YK_OK;
}

/* Everything that can be said of a file before HDF5 sees it. */
static yk_status look_at(yk_h5_file *f, bool lock, yk_status damaged)
{
    struct stat s;
    bool found;
    if (fstat(f->fd, &s) != 0)
        return yk_raw_error(f->path, "", errno);
    YK_CHECK(!S_ISDIR(s.st_mode), YK_ERR_IO, "%s: is a folder, not a file", f->path);
    YK_CHECK(S_ISREG(s.st_mode), YK_ERR_IO, "%s: is not a regular file", f->path);
    f->bytes = s.st_size;
    if (lock)
        YK_TRY(lock_shared(f->fd, f->path));
    YK_CHECK(f->bytes > 0, damaged, "%s: the file is empty (0 bytes)", f->path);
    YK_TRY(find_signature(f, &found));
    YK_CHECK(found, damaged, "%s: not an HDF5 file", f->path);
    return YK_OK;
}

/* HDF5 refused the file: its text for a truncated one holds the length that the header states. */
static yk_status explain(const yk_h5_file *f, yk_status damaged)
{
    char reason[YK_H5_REASON];
    long long stated;
    const char *says = strstr(yk_h5_reason(reason), "stored_eo"); /* stored_eof or stored_eoa */
    if (strstr(reason, "truncated") && says && sscanf(says, "stored_eo%*1[fa] = %lld", &stated) == 1)
        YK_FAIL(damaged, "%s: truncated: the file has %" PRId64 " bytes, its header says %lld", f->path, f->bytes,
                stated);
    YK_FAIL(damaged, "%s: damaged: %s", f->path, reason);
}

/* The descriptor and HDF5 opened the file by name, one after the other: it must not have been replaced in between. */
static yk_status same_file(const yk_h5_file *f)
{
    void *handle;
    struct stat mine, theirs;
    YK_CHECK(H5Fget_vfd_handle(f->id, H5P_DEFAULT, &handle) >= 0 && fstat(*(int *)handle, &theirs) == 0 &&
                 fstat(f->fd, &mine) == 0 && mine.st_ino == theirs.st_ino && mine.st_dev == theirs.st_dev,
             YK_ERR_IO, "%s: was replaced while it was opened; start again", f->path);
    return YK_OK;
}

yk_status yk_h5_open_plain(yk_h5_file *f, const char *path, bool lock, yk_status damaged)
{
    *f = (yk_h5_file){ .path = path, .id = -1 };
    f->fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* a pipe must not make us wait */
    YK_CHECK(f->fd >= 0 || errno != ENOENT, YK_ERR_IO, "%s: no such file", path);
    if (f->fd < 0)
        return yk_raw_error(path, "", errno);
    yk_status status = look_at(f, lock, damaged);
    if (status != YK_OK)
        yk_h5_close(f);
    return status;
}

yk_status yk_h5_open_hdf5(yk_h5_file *f, yk_status damaged)
{
    hid_t access = yk_h5_access();
    f->id = H5Fopen(f->path, H5F_ACC_RDONLY, access);
    yk_status status = f->id < 0 ? explain(f, damaged) : same_file(f);
    yk_h5_drop(&access);
    if (status != YK_OK)
        yk_h5_close(f);
    return status;
}

yk_status yk_h5_open(yk_h5_file *f, const char *path, bool lock, yk_status damaged)
{
    YK_TRY(yk_h5_open_plain(f, path, lock, damaged));
    YK_TRY(yk_h5_open_hdf5(f, damaged));
    return YK_OK;
}

void yk_h5_close(yk_h5_file *f)
{
    yk_h5_drop(&f->id);
    if (f->fd >= 0)
        close(f->fd);
    f->fd = -1;
}

int64_t yk_h5_links(hid_t group)
{
    H5G_info_t info;
    return H5Gget_info(group, &info) < 0 ? 0 : (int64_t)info.nlinks;
}

bool yk_h5_link(hid_t group, int64_t i, char name[YK_H5_NAME])
{
    ssize_t n = H5Lget_name_by_idx(group, ".", H5_INDEX_NAME, H5_ITER_INC, (hsize_t)i, name, YK_H5_NAME, H5P_DEFAULT);
    return n > 0 && n < YK_H5_NAME;
}

bool yk_h5_exists(hid_t where, const char *path)
{
    char part[YK_H5_NAME];
    if (strlen(path) >= sizeof part)
        return false;
    for (const char *end = path; *end;) { /* HDF5 wants every part on the way asked for in turn */
        end += strspn(end, "/");
        end += strcspn(end, "/");
        snprintf(part, sizeof part, "%.*s", (int)(end - path), path);
        if (part[strspn(part, "/")] != '\0' && H5Lexists(where, part, H5P_DEFAULT) <= 0)
            return false;
    }
    return path[strspn(path, "/")] == '\0' || H5Oexists_by_name(where, path, H5P_DEFAULT) > 0; /* not a dangling link */
}
