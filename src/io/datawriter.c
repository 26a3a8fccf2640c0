/* SPDX-License-Identifier: Apache-2.0 */
/* Writing splits. A file that exists is copied beside first, byte by byte, so that everything in it stays as it is;
 * what a replaced split had is given to the new fields. */
#include <inttypes.h>
#include <string.h>

#include "core/error.h"
#include "core/mem.h"
#include "io/datafile.h"
#include "io/h5_writer.h"
#include "io/raw.h"
#include "io/spec.h"

typedef struct out_field {
    char *name; /**< whole path, "/train/x" */
    hid_t id;
    yk_dtype dtype;
    yk_shape shape;
    int64_t offset, rows; /**< place in the file; rows written so far */
} out_field;

struct yk_datawriter {
    yk_h5_writer out;
    char *group_path;
    hid_t group;
    out_field *field;
    int64_t n_field;
};

static void free_all(yk_datawriter *w)
{
    for (int64_t i = 0; i < w->n_field; i++) {
        yk_h5_drop(&w->field[i].id);
        yk_free(w->field[i].name);
    }
    yk_h5_drop(&w->group);
    yk_h5_writer_discard(&w->out);
    yk_free(w->field);
    yk_free(w->group_path);
    yk_free(w);
}

/* Removes the fields of the current split (not the groups below it), or says that there are some. */
static yk_status clear(yk_datawriter *w, bool replace)
{
    char name[YK_H5_NAME];
    for (int64_t i = yk_h5_links(w->group) - 1; i >= 0; i--) {
        hid_t object = yk_h5_link(w->group, i, name) ? H5Oopen(w->group, name, H5P_DEFAULT) : -1;
        bool is_field = object >= 0 && H5Iget_type(object) == H5I_DATASET;
        yk_h5_drop(&object);
        if (!is_field)
            continue;
        YK_CHECK(replace, YK_ERR_DATA, "%s: %s holds fields already (\"%s\"); choose another group or file",
                 w->out.beside.path, w->group_path, name);
        if (H5Ldelete(w->group, name, H5P_DEFAULT) < 0)
            return yk_h5_writer_error(&w->out, name);
    }
    /* attributes of a split go with it (until there is no first one); those of the root may be about the whole file */
    while (replace && strcmp(w->group_path, "/") != 0 &&
           H5Adelete_by_idx(w->group, ".", H5_INDEX_NAME, H5_ITER_INC, 0, H5P_DEFAULT) >= 0)
        continue;
    return YK_OK;
}

/* Makes `path` the current split; takes it over. */
static yk_status enter(yk_datawriter *w, char *path, bool replace)
{
    yk_h5_drop(&w->group);
    yk_free(w->group_path);
    w->group_path = path;
    YK_TRY(yk_h5_writer_group(&w->out, path, &w->group));
    YK_TRY(clear(w, replace));
    return YK_OK;
}

static yk_status start(yk_datawriter *w, const char *spec, bool replace)
{
    char *path, *group;
    YK_TRY(yk_spec_split(spec, &path, &group));
    yk_status status = yk_h5_writer_open(&w->out, path, true, false);
    yk_free(path);
    if (status != YK_OK) {
        yk_free(group);
        return status;
    }
    YK_TRY(enter(w, group, replace));
    return YK_OK;
}

yk_status yk_datawriter_create(yk_datawriter **out, const char *spec, bool replace)
{
    yk_status status;
    yk_datawriter *w;
    *out = NULL;
    YK_TRY(yk_alloc(&w, 1, sizeof *w));
    w->out = (yk_h5_writer)YK_H5_WRITER_NONE;
    w->group = -1;
    YK_H5_QUIET(status, start(w, spec, replace));
    if (status != YK_OK)
        yk_datawriter_discard(&w);
    *out = w;
    return status;
}

yk_status yk_datawriter_group(yk_datawriter *w, const char *group, bool replace)
{
    yk_status status;
    char *path;
    YK_TRY(yk_spec_join(&path, "/", group + strspn(group, "/")));
    YK_H5_QUIET(status, enter(w, path, replace));
    return status;
}

static yk_status find(yk_datawriter *w, const char *name, out_field **out)
{
    char *path;
    *out = NULL;
    YK_TRY(yk_spec_join(&path, w->group_path, name));
    for (int64_t i = 0; i < w->n_field && !*out; i++)
        if (strcmp(w->field[i].name, path) == 0)
            *out = &w->field[i];
    yk_free(path);
    YK_CHECK(*out, YK_ERR_INTERNAL, "%s: field \"%s\" was not started", w->out.beside.path, name);
    return YK_OK;
}

static yk_status write_rows(yk_datawriter *w, const char *name, int64_t first, int64_t count, const void *rows)
{
    out_field *f;
    YK_TRY(find(w, name, &f));
    YK_CHECK(first >= 0 && count >= 0 && first <= f->shape.dim[0] - count, YK_ERR_INTERNAL,
             "%s: field \"%s\" has %" PRId64 " samples; %" PRId64 " from %" PRId64 " on do not fit", w->out.beside.path,
             name, f->shape.dim[0], count, first);
    int64_t bytes = yk_shape_len_from(&f->shape, 1) * yk_dtype_size(f->dtype);
    YK_TRY(yk_raw_write(w->out.beside.fd, w->out.beside.tmp, rows, count * bytes, f->offset + first * bytes));
    f->rows += count;
    return YK_OK;
}

yk_status yk_datawriter_rows(yk_datawriter *w, const char *name, int64_t first, int64_t count, const void *rows)
{
    YK_TRY(write_rows(w, name, first, count, rows)); /* plain writes: nothing of HDF5 */
    return YK_OK;
}

static yk_status add_field(yk_datawriter *w, const char *name, const yk_tensor *t)
{
    YK_CHECK(t->shape.ndim > 0, YK_ERR_SHAPE, "field \"%s\" has no dimension that counts samples", name);
    YK_CHECK(!yk_h5_exists(w->group, name), YK_ERR_DATA, "%s: %s has a \"%s\" already", w->out.beside.path,
             w->group_path, name);
    YK_TRY(yk_realloc(&w->field, w->n_field + 1, sizeof *w->field));
    out_field *f = &w->field[w->n_field];
    *f = (out_field){ .id = -1, .dtype = t->dtype, .shape = t->shape };
    YK_TRY(yk_spec_join(&f->name, w->group_path, name));
    w->n_field++; /* from here on free_all() knows it */
    YK_TRY(yk_h5_writer_dataset(&w->out, w->group, name, t->dtype, &t->shape, &f->id, &f->offset));
    if (t->data)
        YK_TRY(write_rows(w, name, 0, t->shape.dim[0], t->data));
    return YK_OK;
}

yk_status yk_datawriter_field(yk_datawriter *w, const char *name, const yk_tensor *field)
{
    yk_status status;
    YK_H5_QUIET(status, add_field(w, name, field));
    return status;
}

/* The names as the lines of one string; release with yk_free(). */
static yk_status join_lines(const yk_datawriter *w, const char *attribute, int64_t n, const char *const *names,
                            int64_t bytes, char **lines)
{
    YK_TRY(yk_alloc(lines, bytes, 1));
    char *at = *lines;
    for (int64_t i = 0; i < n; i++) {
        const size_t length = strlen(names[i]);
        YK_CHECK(!strchr(names[i], '\n'), YK_ERR_DATA,
                 "%s: attribute \"%s\": name %" PRId64 " has a line end in it, which more than %d names may not",
                 w->out.beside.path, attribute, i, YK_NAMES_MAX);
        memcpy(at, names[i], length);
        at += length;
        *at++ = i + 1 < n ? '\n' : '\0';
    }
    return YK_OK;
}

static yk_status put_strings(yk_datawriter *w, const char *field, const char *attribute, int64_t n,
                             const char *const *names)
{
    out_field *f;
    int64_t bytes = 0;
    char *lines = NULL;
    yk_status status = YK_OK;
    YK_TRY(find(w, field, &f));
    for (int64_t i = 0; i < n; i++)
        bytes += 64 + (int64_t)strlen(names[i]);
    YK_TRY(yk_h5_writer_reserve(&w->out, 2 * bytes)); /* strings lie in heaps that are filled to the half at least */
    if (n > YK_NAMES_MAX)
        status = join_lines(w, attribute, n, names, bytes, &lines);
    if (status == YK_OK && (lines ? yk_h5_put_strings(f->id, attribute, -1, &(const char *){ lines })
                                  : yk_h5_put_strings(f->id, attribute, n, names)) < 0)
        status = yk_h5_writer_error(&w->out, attribute);
    yk_free(lines);
    return status;
}

yk_status yk_datawriter_strings(yk_datawriter *w, const char *field, const char *attribute, int64_t n,
                                const char *const *names)
{
    yk_status status;
    YK_H5_QUIET(status, put_strings(w, field, attribute, n, names));
    return status;
}

yk_status yk_datawriter_classes(yk_datawriter *w, const char *field, int64_t n, const char *const *names)
{
    YK_TRY(yk_datawriter_strings(w, field, "classes", n, names));
    return YK_OK;
}

static yk_status put_reals(yk_datawriter *w, const char *field, const char *attribute, int64_t n, const double *values)
{
    out_field *f;
    YK_TRY(find(w, field, &f));
    YK_TRY(yk_h5_writer_reserve(&w->out, 8 * n));
    hid_t type = yk_h5_type(YK_F64);
    herr_t got = yk_h5_put_numbers(f->id, attribute, type, n, values);
    yk_h5_drop(&type);
    if (got < 0)
        return yk_h5_writer_error(&w->out, attribute);
    return YK_OK;
}

yk_status yk_datawriter_reals(yk_datawriter *w, const char *field, const char *attribute, int64_t n,
                              const double *values)
{
    yk_status status;
    YK_H5_QUIET(status, put_reals(w, field, attribute, n, values));
    return status;
}

static yk_status finish(yk_datawriter *w)
{
    for (int64_t i = 0; i < w->n_field; i++) {
        out_field *f = &w->field[i];
        YK_CHECK(f->rows == f->shape.dim[0], YK_ERR_INTERNAL, "%s: %s: %" PRId64 " of %" PRId64 " samples were written",
                 w->out.beside.path, f->name, f->rows, f->shape.dim[0]);
        yk_h5_drop(&f->id);
    }
    yk_h5_drop(&w->group);
    YK_TRY(yk_h5_writer_end(&w->out));
    YK_TRY(yk_beside_commit(&w->out.beside));
    return YK_OK;
}

yk_status yk_datawriter_commit(yk_datawriter **writer)
{
    yk_status status;
    YK_H5_QUIET(status, finish(*writer));
    yk_datawriter_discard(writer);
    return status;
}

void yk_datawriter_discard(yk_datawriter **writer)
{
    if (!*writer)
        return;
    YK_H5_DO(free_all(*writer));
    *writer = NULL;
}
