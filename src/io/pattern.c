/* SPDX-License-Identifier: Apache-2.0 */
#include "io/pattern.h"

#include <errno.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/error.h"
#include "core/mem.h"
#include "io/patience.h"

bool yk_pattern_is(const char *path)
{
    return strpbrk(path, "*?[") && access(path, F_OK) != 0;
}

void yk_pattern_free(char ***names, int64_t n)
{
    for (int64_t i = 0; *names && i < n; i++)
        yk_free((*names)[i]);
    yk_free(*names);
    *names = NULL;
}

/* Bytes, and not what the locale makes of them: samples have the same numbers everywhere. */
static int by_bytes(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* A folder that is not there, or closed to us, holds no files of the pattern; of others it is not known. */
static int cannot_read(const char *folder, int code)
{
    (void)folder;
    yk_patience_note(code);
    return code != ENOENT && code != ENOTDIR && code != EACCES;
}

static yk_status copy_names(const glob_t *found, char ***names, int64_t *n)
{
    YK_TRY(yk_alloc(names, (int64_t)found->gl_pathc, sizeof **names));
    *n = (int64_t)found->gl_pathc;
    for (int64_t i = 0; i < *n; i++)
        YK_TRY(yk_strdup(&(*names)[i], found->gl_pathv[i]));
    return YK_OK;
}

yk_status yk_pattern_files(const char *path, char ***names, int64_t *n)
{
    yk_status status = YK_OK;
    glob_t found = { .gl_pathc = 1, .gl_pathv = (char *[]){ (char *)(uintptr_t)path } };
    const bool pattern = yk_pattern_is(path);
    *names = NULL;
    *n = 0;
    int got = pattern ? glob(path, GLOB_NOSORT, cannot_read, &found) : 0;
    YK_CHECK(got != GLOB_NOSPACE, YK_ERR_NOMEM, "%s: no memory for the names of all files", path);
    YK_CHECK(got != GLOB_ABORTED, YK_ERR_IO, "%s: a folder of it cannot be read", path);
    YK_CHECK(got == 0, YK_ERR_IO, "%s: no file matches this pattern", path);
    YK_TRY_GOTO(copy_names(&found, names, n), done);
    qsort(*names, (size_t)*n, sizeof **names, by_bytes);
done:
    if (pattern)
        globfree(&found);
    if (status != YK_OK)
        yk_pattern_free(names, *n);
    return status;
}
