/* SPDX-License-Identifier: Apache-2.0 */
#include "io/stage.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/error.h"
#include "core/mem.h"
#include "core/num.h"
#include "core/sha256.h"
#include "io/files.h"
#include "io/patience.h"
#include "io/pattern.h"
#include "io/raw.h"

enum { BLOCK = 4 << 20, PATH = 1024, HASH = 16 };

/* The files of a spec, and its group: "" or ":/train". */
typedef struct files {
    char path[PATH];
    const char *group;
    char **name;
    int64_t n;
} files;

static yk_status find(const char *spec, files *f)
{
    const char *colon = strstr(spec, ":/");
    f->group = colon ? colon : "";
    snprintf(f->path, sizeof f->path, "%.*s", colon ? (int)(colon - spec) : (int)strlen(spec), spec);
    return yk_pattern_files(f->path, &f->name, &f->n);
}

static yk_status look_at(const char *path, struct stat *s)
{
    return stat(path, s) == 0 ? YK_OK : yk_raw_error(path, "", errno);
}

/* --- names */

static yk_status add_file(yk_sha256 *sha, const char *path)
{
    struct stat s;
    char text[PATH + 100], *whole = realpath(path, NULL);
    YK_TRY(look_at(path, &s));
    const int n = snprintf(text, sizeof text, "%s %lld %lld.%09ld\n", whole ? whole : path, (long long)s.st_size,
                           (long long)s.st_mtim.tv_sec, s.st_mtim.tv_nsec);
    free(whole);
    yk_sha256_add(sha, text, (size_t)yk_min(n, (int)sizeof text - 1));
    return YK_OK;
}

static yk_status hash(const files *f, char hex[YK_SHA256_HEX])
{
    yk_sha256 sha;
    yk_sha256_begin(&sha);
    for (int64_t i = 0; i < f->n; i++)
        YK_TRY(add_file(&sha, f->name[i]));
    yk_sha256_end(&sha, hex);
    return YK_OK;
}

/* Many files are numbered: "*" finds them in the order that they had. */
yk_status yk_stage_name(const char *folder, const char *spec, char name[YK_STAGE_NAME])
{
    files f = { .n = 0 };
    char hex[YK_SHA256_HEX];
    YK_TRY(find(spec, &f));
    yk_status status = hash(&f, hex);
    const char *slash = strrchr(f.path, '/'), *base = slash ? slash + 1 : f.path;
    if (status == YK_OK)
        snprintf(name, YK_STAGE_NAME, "%.600s/yoke-%.*s/%.200s%.200s", folder, HASH, hex,
                 yk_pattern_is(f.path) ? "*.h5" : base, f.group);
    yk_pattern_free(&f.name, f.n);
    return status;
}

/* --- copies */

/* Where file i goes; those of a pattern by their number. */
static void place(const files *to, int64_t i, bool numbered, char path[PATH])
{
    const char *slash = strrchr(to->path, '/');
    if (numbered)
        snprintf(path, PATH, "%.*s/%09" PRId64 ".h5", (int)(slash - to->path), to->path, i);
    else
        snprintf(path, PATH, "%s", to->path);
}

static yk_status copy_bytes(int in, int out, const char *from, const char *to, int64_t size, char *buffer)
{
    int64_t done = 0;
    while (done < size) {
        const ssize_t got = pread(in, buffer, BLOCK, done);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return yk_raw_error(from, "", errno);
        YK_CHECK(got > 0, YK_ERR_IO, "%s: it is shorter than it was", from);
        for (ssize_t at = 0; at < got;) {
            const ssize_t put = write(out, buffer + at, (size_t)(got - at));
            if (put < 0 && errno != EINTR)
                return yk_raw_error(to, "", errno);
            at += put > 0 ? put : 0;
        }
        done += got;
    }
    return YK_OK;
}

static yk_status copy_open(int in, const char *from, int out, const char *to)
{
    struct stat s;
    char *buffer;
    if (fstat(in, &s) != 0)
        return yk_raw_error(from, "", errno);
    const int refused = s.st_size > 0 ? posix_fallocate(out, 0, s.st_size) : 0;
    YK_CHECK(!refused, YK_ERR_IO, "%s: no room for a copy of %s (%lld bytes): %s", to, from, (long long)s.st_size,
             strerror(refused));
    YK_TRY(yk_alloc(&buffer, BLOCK, 1));
    yk_status status = copy_bytes(in, out, from, to, s.st_size, buffer);
    yk_free(buffer);
    return status;
}

static yk_status copy_file(const char *from, const char *to)
{
    char tmp[PATH + 32];
    snprintf(tmp, sizeof tmp, "%s.%ld.tmp", to, (long)getpid());
    const int in = open(from, O_RDONLY | O_CLOEXEC);
    if (in < 0)
        return yk_raw_error(from, "", errno);
    const int out = open(tmp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    yk_status status = out < 0 ? yk_raw_error(tmp, "", errno) : copy_open(in, from, out, tmp);
    close(in);
    if (out >= 0 && close(out) != 0 && status == YK_OK)
        status = yk_raw_error(tmp, "", errno);
    if (status == YK_OK && rename(tmp, to) != 0)
        status = yk_raw_error(to, "", errno);
    if (status != YK_OK)
        unlink(tmp);
    return status;
}

/* A server that is away for a while is waited for. */
static yk_status copy_with_patience(const char *from, const char *to)
{
    yk_patience wait = { 0 };
    yk_status status;
    do {
        yk_patience_note(0);
        status = copy_file(from, to);
    } while (yk_patience_wait(&wait, status, from));
    return status;
}

static yk_status copy_all(const files *from, const files *to)
{
    char path[PATH];
    const bool numbered = yk_pattern_is(from->path);
    for (int64_t i = 0; i < from->n; i++) {
        place(to, i, numbered, path);
        if (access(path, F_OK) != 0)
            YK_TRY(copy_with_patience(from->name[i], path));
    }
    return YK_OK;
}

yk_status yk_stage_copy(const char *spec, const char *name)
{
    files from = { .n = 0 }, to = { .n = 0 };
    char folder[PATH];
    const char *colon = strstr(name, ":/");
    snprintf(to.path, sizeof to.path, "%.*s", colon ? (int)(colon - name) : (int)strlen(name), name);
    snprintf(folder, sizeof folder, "%.*s", (int)(strrchr(to.path, '/') - to.path), to.path);
    YK_TRY(yk_folder_make(folder));
    YK_TRY(find(spec, &from));
    yk_status status = copy_all(&from, &to);
    yk_pattern_free(&from.name, from.n);
    return status;
}
