/* SPDX-License-Identifier: Apache-2.0 */
#include "data/gallery.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/error.h"
#include "core/mem.h"
#include "core/num.h"
#include "data/archive.h"
#include "data/picture.h"
#include "data/unpack.h"

/* The path behind "below/"; NULL where it lies elsewhere. */
static const char *inside(const yk_gallery *g, const char *path)
{
    const size_t n = strlen(g->below);
    if (n == 0)
        return path;
    return strncmp(path, g->below, n) == 0 && path[n] == '/' ? path + n + 1 : NULL;
}

/* Takes "CLASS/FILE" into the list, if it is an image; *room is that of the list. */
static yk_status add(yk_gallery *g, const char *path, int64_t *room)
{
    const char *slash = strchr(path, '/'), *last = strrchr(path, '/'), *file = last ? last + 1 : path;
    if (file[0] == '.' || path[0] == '.') /* .DS_Store and its kind */
        return YK_OK;
    if (!yk_picture_is_name(file)) {
        g->others++;
        return YK_OK;
    }
    YK_CHECK(slash, YK_ERR_DATA, "%s: %s lies in no folder of a class; images are expected as CLASS/IMAGE", g->path,
             path);
    YK_CHECK(slash == last, YK_ERR_DATA,
             "%s: %s lies deeper than CLASS/IMAGE; --below %s%s%.*s takes what is in that folder", g->path, path,
             g->below, g->below[0] ? "/" : "", (int)(slash - path), path);
    if (g->n == *room) {
        *room = yk_max(256, 2 * *room);
        YK_TRY(yk_realloc(&g->exhibit, *room, sizeof *g->exhibit));
    }
    YK_TRY(yk_strdup(&g->exhibit[g->n].path, path));
    g->n++;
    return YK_OK;
}

static yk_status list_archive(yk_gallery *g)
{
    yk_status status = YK_OK;
    yk_archive *in;
    const char *name;
    int64_t room = 0, bytes;
    YK_TRY(yk_archive_open(&in, g->path));
    for (;;) {
        YK_TRY_GOTO(yk_archive_next(in, &name, &bytes), done);
        if (!name)
            break;
        if (inside(g, name))
            YK_TRY_GOTO(add(g, inside(g, name), &room), done);
    }
done:
    yk_archive_close(&in);
    return status;
}

/* Everything in path/`within` ("" or "cat"), two levels deep and no deeper than to find that there is more. */
static yk_status list_folder(yk_gallery *g, const char *root, const char *within, int depth, int64_t *room)
{
    yk_status status = YK_OK;
    char *path = NULL, *below = NULL;
    DIR *dir = NULL;
    YK_TRY_GOTO(yk_format(&path, "%s/%s", root, within), done);
    dir = opendir(path);
    YK_CHECK_GOTO(dir, done, YK_ERR_IO, "%s: %s", path, strerror(errno));
    for (struct dirent *e = readdir(dir); e; e = readdir(dir)) {
        struct stat s;
        if (e->d_name[0] == '.')
            continue;
        yk_free(path);
        yk_free(below);
        path = below = NULL;
        YK_TRY_GOTO(yk_format(&below, "%s%s%s", within, within[0] ? "/" : "", e->d_name), done);
        YK_TRY_GOTO(yk_format(&path, "%s/%s", root, below), done);
        YK_CHECK_GOTO(stat(path, &s) == 0, done, YK_ERR_IO, "%s: %s", path, strerror(errno));
        if (!S_ISDIR(s.st_mode)) {
            YK_TRY_GOTO(add(g, below, room), done);
        } else if (depth < 2) {
            YK_TRY_GOTO(list_folder(g, root, below, depth + 1, room), done);
        }
    }
done:
    if (dir)
        closedir(dir);
    yk_free(path);
    yk_free(below);
    return status;
}

static int by_path(const void *a, const void *b)
{
    const yk_exhibit *x = a, *y = b;
    const size_t m = strcspn(x->path, "/"), n = strcspn(y->path, "/");
    const int order = strncmp(x->path, y->path, m < n ? m : n); /* the class first: "a-b/" stands behind "a/" */
    if (order)
        return order;
    return m != n ? (m > n) - (m < n) : strcmp(x->path, y->path);
}

static yk_status add_class(yk_gallery *g, const char *name, int length)
{
    YK_TRY(yk_realloc(&g->class_name, g->n_class + 1, sizeof *g->class_name));
    YK_TRY(yk_format(&g->class_name[g->n_class], "%.*s", length, name));
    g->n_class++;
    return YK_OK;
}

/* The classes that the user names, which need not have images here. */
static yk_status name_classes(yk_gallery *g)
{
    for (const char *at = g->classes; *at; at += strcspn(at, ","), at += *at == ',')
        YK_TRY(add_class(g, at, (int)strcspn(at, ",")));
    return YK_OK;
}

/* Number of the class whose name begins `path`; -1: none. */
static int32_t find_class(const yk_gallery *g, const char *path)
{
    const size_t length = strcspn(path, "/");
    for (int64_t c = g->n_class - 1; c >= 0; c--)
        if (strlen(g->class_name[c]) == length && strncmp(g->class_name[c], path, length) == 0)
            return (int32_t)c;
    return -1;
}

/* Sorts, and gives every class its number. */
static yk_status sort(yk_gallery *g)
{
    YK_CHECK(g->n > 0, YK_ERR_DATA,
             "%s%s%s: no images here (folders of a class each with .jpg, .png, .pgm or .ppm files)", g->path,
             g->below[0] ? "/" : "", g->below);
    qsort(g->exhibit, (size_t)g->n, sizeof *g->exhibit, by_path);
    YK_TRY(name_classes(g));
    for (int64_t i = 0; i < g->n; i++) {
        const char *path = g->exhibit[i].path;
        const int length = (int)strcspn(path, "/");
        const bool new_class = i == 0 || strncmp(path, g->exhibit[i - 1].path, (size_t)length + 1) != 0;
        YK_CHECK(i == 0 || strcmp(path, g->exhibit[i - 1].path) != 0, YK_ERR_DATA, "%s: holds %s twice", g->path, path);
        if (new_class && !g->classes[0])
            YK_TRY(add_class(g, path, length));
        g->exhibit[i].label = new_class ? find_class(g, path) : g->exhibit[i - 1].label;
        YK_CHECK(g->exhibit[i].label >= 0, YK_ERR_DATA, "%s: %s is of a class that --classes does not name", g->path,
                 path);
    }
    return YK_OK;
}

static yk_status list(yk_gallery *g)
{
    struct stat s;
    YK_CHECK(stat(g->path, &s) == 0, YK_ERR_IO, "%s: %s", g->path,
             errno == ENOENT ? "no such file or folder" : strerror(errno));
    g->folder = S_ISDIR(s.st_mode);
    if (g->folder) {
        char *root;
        int64_t room = 0;
        YK_TRY(yk_format(&root, "%s%s%s", g->path, g->below[0] ? "/" : "", g->below));
        yk_status status = list_folder(g, root, "", 0, &room);
        yk_free(root);
        YK_TRY(status);
    } else {
        YK_TRY(list_archive(g));
    }
    YK_TRY(sort(g));
    return YK_OK;
}

yk_status yk_gallery_open(yk_gallery *out, const char *path, const char *below, const char *classes)
{
    *out = (yk_gallery){ .path = path, .below = below, .classes = classes };
    yk_status status = list(out);
    if (status != YK_OK)
        yk_gallery_close(out);
    return status;
}

void yk_gallery_close(yk_gallery *g)
{
    for (int64_t i = 0; i < g->n; i++)
        yk_free(g->exhibit[i].path);
    for (int64_t i = 0; i < g->n_class; i++)
        yk_free(g->class_name[i]);
    yk_free(g->exhibit);
    yk_free(g->class_name);
    *g = (yk_gallery){ 0 };
}

static yk_status visit_folder(const yk_gallery *g, yk_gallery_visitor visit, void *context)
{
    for (int64_t i = 0; i < g->n; i++) {
        char *path, *data = NULL;
        int64_t bytes;
        yk_unpack *in = NULL;
        struct stat s;
        YK_TRY(yk_format(&path, "%s/%s%s%s", g->path, g->below, g->below[0] ? "/" : "", g->exhibit[i].path));
        yk_status status = YK_OK;
        YK_CHECK_GOTO(stat(path, &s) == 0, next, YK_ERR_IO, "%s: %s", path, strerror(errno));
        YK_CHECK_GOTO(s.st_size <= YK_GALLERY_FILE_MAX, next, YK_ERR_DATA,
                      "%s: a file of %" PRId64 " bytes is too large", path, (int64_t)s.st_size);
        YK_TRY_GOTO(yk_unpack_open(&in, path), next);
        YK_TRY_GOTO(yk_alloc(&data, s.st_size + 1, 1), next);
        YK_TRY_GOTO(yk_unpack_read(in, s.st_size, data, &bytes), next);
        YK_TRY_GOTO(visit(context, i, path, (unsigned char *)data, bytes), next);
    next:
        yk_unpack_close(&in);
        yk_free(data);
        yk_free(path);
        YK_TRY(status);
    }
    return YK_OK;
}

/* The current file of an archive into *data, which grows. */
static yk_status read_member(yk_archive *in, const char *name, int64_t promised, char **data, int64_t *room,
                             int64_t *bytes)
{
    int64_t got;
    if (promised > *room && promised <= (int64_t)1 << 20) {
        YK_TRY(yk_realloc(data, promised, 1));
        *room = promised;
    }
    *bytes = 0;
    do {
        if (*bytes == *room) {
            YK_CHECK(*room < YK_GALLERY_FILE_MAX, YK_ERR_DATA, "%s: more than %" PRId64 " bytes are too large", name,
                     *room);
            YK_TRY(yk_realloc(data, yk_max(2 * *room, 65536), 1));
            *room = yk_max(2 * *room, 65536);
        }
        YK_TRY(yk_archive_read(in, *room - *bytes, *data + *bytes, &got));
        *bytes += got;
    } while (got > 0);
    return YK_OK;
}

static yk_status visit_archive(const yk_gallery *g, yk_gallery_visitor visit, void *context)
{
    yk_status status = YK_OK;
    yk_archive *in;
    const char *name;
    char *data = NULL, *full = NULL;
    int64_t promised, room = 0, bytes = 0;
    YK_TRY(yk_archive_open(&in, g->path));
    for (;;) {
        YK_TRY_GOTO(yk_archive_next(in, &name, &promised), done);
        if (!name)
            break;
        yk_exhibit key = { (char *)(uintptr_t)inside(g, name), 0 };
        const yk_exhibit *found = key.path ? bsearch(&key, g->exhibit, (size_t)g->n, sizeof key, by_path) : NULL;
        if (!found)
            continue;
        yk_free(full);
        full = NULL;
        YK_TRY_GOTO(yk_format(&full, "%s: %s", g->path, name), done);
        YK_TRY_GOTO(read_member(in, full, promised, &data, &room, &bytes), done);
        YK_TRY_GOTO(visit(context, found - g->exhibit, full, (unsigned char *)data, bytes), done);
    }
done:
    yk_free(full);
    yk_free(data);
    yk_archive_close(&in);
    return status;
}

yk_status yk_gallery_visit(const yk_gallery *g, yk_gallery_visitor visit, void *context)
{
    if (g->folder)
        YK_TRY(visit_folder(g, visit, context));
    else
        YK_TRY(visit_archive(g, visit, context));
    return YK_OK;
}
