/* SPDX-License-Identifier: Apache-2.0 */
#include "data/archive.h"

#include "core/error.h"
#include "core/mem.h"
#include "core/num.h"

#ifdef YK_HAVE_LIBARCHIVE
#include <archive.h>
#include <archive_entry.h>
#include <string.h>
#include <sys/stat.h>

#define BLOCK ((size_t)1 << 16)
#define LEAST ((int64_t)1 << 26)
#define MOST_PACKED 1032 /* bytes that deflate can pack into one */

struct yk_archive {
    const char *path;
    struct archive *in;
    int64_t left; /* bytes that may still come out */
};

static yk_status failed(const yk_archive *a)
{
    const char *why = archive_error_string(a->in);
    YK_FAIL(YK_ERR_DATA, "%s: damaged archive: %s; fetch the file again", a->path, why ? why : "it ends too early");
}

yk_status yk_archive_open(yk_archive **out, const char *path)
{
    yk_status status = YK_OK;
    yk_archive *a;
    *out = NULL;
    YK_TRY(yk_alloc(&a, 1, sizeof *a));
    a->path = path;
    a->in = archive_read_new();
    YK_CHECK_GOTO(a->in, fail, YK_ERR_NOMEM, "%s: no memory to unpack it", path);
    archive_read_support_filter_gzip(a->in);
    archive_read_support_filter_bzip2(a->in);
    archive_read_support_filter_xz(a->in);
    archive_read_support_filter_zstd(a->in);
    archive_read_support_format_tar(a->in);
    archive_read_support_format_zip(a->in);
    if (archive_read_open_filename(a->in, path, BLOCK) != ARCHIVE_OK) {
        const char *why = archive_error_string(a->in);
        YK_FAIL_GOTO(fail, YK_ERR_IO, "%s: no tar or zip: %s", path, why ? why : "cannot be opened");
    }
    struct stat about;
    a->left = stat(path, &about) == 0 ? LEAST + MOST_PACKED * (int64_t)about.st_size : LEAST;
    *out = a;
    return YK_OK;
fail:
    yk_archive_close(&a);
    return status;
}

void yk_archive_close(yk_archive **archive)
{
    if (!*archive)
        return;
    archive_read_free((*archive)->in);
    yk_free(*archive);
    *archive = NULL;
}

static yk_status count(yk_archive *a, int64_t bytes)
{
    a->left -= bytes;
    YK_CHECK(a->left >= 0, YK_ERR_DATA,
             "%s: unfolds to more than %d times its size; unpack it yourself if it is to be trusted", a->path,
             MOST_PACKED);
    return YK_OK;
}

/* Reads the rest of the current file of a tar, counting: the library would go over it without asking. */
static yk_status pass_over(yk_archive *a)
{
    const void *block;
    size_t n;
    la_int64_t at;
    if ((archive_format(a->in) & ARCHIVE_FORMAT_BASE_MASK) != ARCHIVE_FORMAT_TAR)
        return YK_OK;
    while (archive_read_data_block(a->in, &block, &n, &at) == ARCHIVE_OK)
        YK_TRY(count(a, (int64_t)n));
    return YK_OK;
}

yk_status yk_archive_next(yk_archive *a, const char **name, int64_t *bytes)
{
    struct archive_entry *entry;
    *name = NULL;
    for (;;) {
        YK_TRY(pass_over(a));
        YK_TRY(count(a, 512)); /* of a head */
        const int code = archive_read_next_header(a->in, &entry);
        if (code == ARCHIVE_EOF)
            return YK_OK;
        if (code < ARCHIVE_WARN)
            return failed(a);
        if (archive_entry_filetype(entry) != AE_IFREG || archive_entry_hardlink(entry))
            continue;
        *name = archive_entry_pathname(entry);
        if (!*name)
            *name = archive_entry_pathname_utf8(entry);
        YK_CHECK(*name, YK_ERR_DATA, "%s: holds a file whose name cannot be read", a->path);
        while (strncmp(*name, "./", 2) == 0)
            *name += 2;
        *bytes = archive_entry_size_is_set(entry) ? (int64_t)archive_entry_size(entry) : -1;
        return YK_OK;
    }
}

yk_status yk_archive_read(yk_archive *a, int64_t bytes, void *out, int64_t *got)
{
    *got = 0;
    while (*got < bytes) {
        const la_ssize_t n = archive_read_data(a->in, (char *)out + *got, (size_t)(bytes - *got));
        if (n < 0)
            return failed(a);
        if (n == 0)
            break;
        *got += n;
        YK_TRY(count(a, n));
    }
    return YK_OK;
}

#else

yk_status yk_archive_open(yk_archive **out, const char *path)
{
    *out = NULL;
    YK_FAIL(YK_ERR_ARG,
            "%s: this yoke was built without libarchive, which archives need; install it and build again, or "
            "unpack the file",
            path);
}

void yk_archive_close(yk_archive **archive)
{
    *archive = NULL;
}

yk_status yk_archive_next(yk_archive *archive, const char **name, int64_t *bytes)
{
    (void)archive;
    (void)bytes;
    *name = NULL;
    return YK_OK;
}

yk_status yk_archive_read(yk_archive *archive, int64_t bytes, void *out, int64_t *got)
{
    (void)archive;
    (void)bytes;
    (void)out;
    *got = 0;
    return YK_OK;
}

#endif
