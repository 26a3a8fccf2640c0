/* SPDX-License-Identifier: Apache-2.0 */
/* What a file says about its fields besides their samples, and which groups hold fields. */
#include "io/datafile_in.h"

#include <stdio.h>
#include <string.h>

#include "core/error.h"
#include "core/mem.h"
#include "io/pattern.h"
#include "io/probe.h"

/* What the first file says holds for all. */
static yk_status open_first(yk_datafile *f, const char *field, const yk_part **out)
{
    yk_column *c;
    YK_TRY(yk_datafile_find(f, field, &c));
    YK_TRY(yk_part_group(f, 0));
    *out = &f->part[0];
    return YK_OK;
}

/* Opens an attribute of the field, else of its group, else of the file's root; -1 where none has it. */
static hid_t find_attribute(const yk_part *part, const char *field, const char *name)
{
    const struct {
        hid_t at;
        const char *path;
    } places[] = { { part->group, field }, { part->group, "." }, { part->file.id, "/" } };
    for (size_t i = 0; i < sizeof places / sizeof *places; i++)
        if (H5Aexists_by_name(places[i].at, places[i].path, name, H5P_DEFAULT) > 0)
            return H5Aopen_by_name(places[i].at, places[i].path, name, H5P_DEFAULT, H5P_DEFAULT);
    return -1;
}

/* One string that is no array holds a name a line. */
static void split_lines(hid_t id, char *names, int64_t *n)
{
    hid_t space = H5Iget_type(id) == H5I_ATTR ? H5Aget_space(id) : -1;
    if (space >= 0 && H5Sget_simple_extent_type(space) == H5S_SCALAR && *n == 1)
        for (char *end = names; (end = strchr(end, '\n')); (*n)++)
            *end++ = '\0';
    yk_h5_drop(&space);
}

/* `instead` is a dataset beside the field for files without the attribute, or NULL. */
static yk_status read_strings(yk_datafile *f, const char *field, const char *attribute, const char *instead,
                              char **names, int64_t *n)
{
    const yk_part *part = NULL;
    YK_TRY(open_first(f, field, &part));
    hid_t id = find_attribute(part, field, attribute);
    if (id < 0 && instead && yk_h5_exists(part->group, instead))
        id = H5Dopen2(part->group, instead, H5P_DEFAULT);
    if (id < 0)
        return YK_OK;
    yk_status status = yk_h5_strings(id, names, n);
    if (status != YK_OK)
        yk_error_prefix(status, "%s: attribute \"%s\" of \"%s\": ", part->spec, attribute, field);
    else
        split_lines(id, *names, n);
    yk_h5_drop(&id);
    return status;
}

yk_status yk_datafile_classes(yk_datafile *f, const char *field, char **names, int64_t *n)
{
    yk_status status;
    *names = NULL;
    *n = 0;
    YK_H5_QUIET(status, read_strings(f, field, "classes", "list_classes", names, n));
    return status;
}

yk_status yk_datafile_strings(yk_datafile *f, const char *field, const char *attribute, char **names, int64_t *n)
{
    yk_status status;
    *names = NULL;
    *n = 0;
    YK_H5_QUIET(status, read_strings(f, field, attribute, NULL, names, n));
    return status;
}

static yk_status read_attribute(const char *spec, hid_t id, const char *name, double **values, int64_t *n)
{
    char reason[YK_H5_REASON];
    hid_t type = H5Aget_type(id), space = H5Aget_space(id);
    bool number = type >= 0 && (H5Tget_class(type) == H5T_INTEGER || H5Tget_class(type) == H5T_FLOAT);
    hssize_t count = space < 0 ? -1 : H5Sget_simple_extent_npoints(space);
    yk_status status = YK_OK;
    YK_CHECK_GOTO(number && count >= 0, done, YK_ERR_DATA, "%s: attribute \"%s\" does not hold numbers", spec, name);
    if (count == 0)
        goto done;
    YK_TRY_GOTO(yk_alloc(values, count, sizeof **values), done);
    YK_CHECK_GOTO(H5Aread(id, H5T_NATIVE_DOUBLE, *values) >= 0, done, YK_ERR_DATA, "%s: attribute \"%s\": %s", spec,
                  name, yk_h5_reason(reason));
    *n = count;
done:
    if (status != YK_OK) {
        yk_free(*values);
        *values = NULL;
    }
    yk_h5_drop(&space);
    yk_h5_drop(&type);
    return status;
}

static yk_status read_reals(yk_datafile *f, const char *field, const char *attribute, double **values, int64_t *n)
{
    const yk_part *part = NULL;
    YK_TRY(open_first(f, field, &part));
    hid_t id = find_attribute(part, field, attribute);
    yk_status status = id < 0 ? YK_OK : read_attribute(part->spec, id, attribute, values, n);
    yk_h5_drop(&id);
    return status;
}

yk_status yk_datafile_reals(yk_datafile *f, const char *field, const char *attribute, double **values, int64_t *n)
{
    yk_status status;
    *values = NULL;
    *n = 0;
    YK_H5_QUIET(status, read_reals(f, field, attribute, values, n));
    return status;
}

/* A number of the field's own attribute; false where it has none. */
static bool own_number(const yk_part *part, const char *field, const char *name, double *value)
{
    double *values = NULL;
    int64_t n = 0;
    if (H5Aexists_by_name(part->group, field, name, H5P_DEFAULT) <= 0)
        return false;
    hid_t id = H5Aopen_by_name(part->group, field, name, H5P_DEFAULT, H5P_DEFAULT);
    bool has = id >= 0 && read_attribute(part->spec, id, name, &values, &n) == YK_OK && n > 0;
    if (has)
        *value = values[0];
    yk_free(values);
    yk_h5_drop(&id);
    return has;
}

/* What the NetCDF library has filled a field with that nobody wrote; it names no attribute for that. */
static bool netcdf_fill(const yk_part *part, const char *field, double *value)
{
    H5D_fill_value_t defined = H5D_FILL_VALUE_UNDEFINED;
    if (H5Aexists_by_name(part->file.id, "/", "_NCProperties", H5P_DEFAULT) <= 0)
        return false;
    hid_t id = H5Dopen2(part->group, field, H5P_DEFAULT), type = id < 0 ? -1 : H5Dget_type(id);
    hid_t create = id < 0 ? -1 : H5Dget_create_plist(id);
    bool has = create >= 0 && type >= 0 && H5Tget_size(type) > 1 && /* of bytes every value is in use */
               H5Pfill_value_defined(create, &defined) >= 0 && defined == H5D_FILL_VALUE_USER_DEFINED &&
               H5Pget_fill_value(create, H5T_NATIVE_DOUBLE, value) >= 0;
    yk_h5_drop(&create);
    yk_h5_drop(&type);
    yk_h5_drop(&id);
    return has;
}

static yk_status read_missing(yk_datafile *f, const char *field, bool *has, double *value)
{
    const yk_part *part = NULL;
    YK_TRY(open_first(f, field, &part));
    *has = own_number(part, field, "_FillValue", value) || own_number(part, field, "missing_value", value) ||
           netcdf_fill(part, field, value);
    return YK_OK;
}

yk_status yk_datafile_missing(yk_datafile *f, const char *field, bool *has, double *value)
{
    yk_status status;
    *has = false;
    YK_H5_QUIET(status, read_missing(f, field, has, value));
    return status;
}

typedef struct walk {
    const yk_h5_file *file;
    yk_datafile_visitor visit;
    void *context;
} walk;

/* A group on the way from the root, for links that lead back up. */
typedef struct level {
    hid_t group;
    const char *path;
    const struct level *above;
} level;

static bool same_object(hid_t a, hid_t b)
{
#if H5_VERSION_GE(1, 12, 0)
    H5O_info2_t x, y;
    int order = 1;
    return H5Oget_info3(a, &x, H5O_INFO_BASIC) >= 0 && H5Oget_info3(b, &y, H5O_INFO_BASIC) >= 0 &&
           x.fileno == y.fileno && H5Otoken_cmp(a, &x.token, &y.token, &order) >= 0 && order == 0;
#else
    H5O_info_t x, y;
    return H5Oget_info(a, &x) >= 0 && H5Oget_info(b, &y) >= 0 && x.fileno == y.fileno && x.addr == y.addr;
#endif
}

static yk_status walk_group(const walk *w, const level *here);

/* Walks into one group below `here`, unless it is one of those that lead to it. */
static yk_status walk_into(const walk *w, const level *here, hid_t group, const char *name)
{
    char below[YK_H5_NAME];
    int length = snprintf(below, sizeof below, "%s/%s", here->path[1] ? here->path : "", name);
    if (length >= (int)sizeof below)
        return YK_OK;
    for (const level *l = here; l; l = l->above)
        if (same_object(l->group, group))
            return YK_OK;
    return walk_group(w, &(level){ group, below, here });
}

/* Whether a dataset counts as a field; one that cannot be opened does not. */
static bool is_field(const walk *w, hid_t group, const char *name)
{
    yk_h5_dataset set;
    bool usable;
    if (yk_h5_dataset_open(&set, w->file, group, name, YK_H5_CACHE, &usable) != YK_OK || !usable)
        return false;
    yk_h5_dataset_close(&set);
    return set.shape.ndim > 0;
}

/* Visits the group if it holds a field, then the groups in it, in name order. */
static yk_status walk_group(const walk *w, const level *here)
{
    char name[YK_H5_NAME];
    int64_t n = yk_h5_links(here->group);
    for (int groups = 0; groups < 2; groups++)
        for (int64_t i = 0; i < n; i++) {
            hid_t object = -1;
            if (yk_h5_link(here->group, i, name) && yk_h5_exists(here->group, name))
                object = H5Oopen(here->group, name, H5P_DEFAULT);
            H5I_type_t kind = object < 0 ? H5I_BADID : H5Iget_type(object);
            yk_status status = YK_OK;
            bool found = !groups && kind == H5I_DATASET && is_field(w, here->group, name);
            if (found)
                status = w->visit(w->context, here->path);
            else if (groups && kind == H5I_GROUP)
                status = walk_into(w, here, object, name);
            yk_h5_drop(&object);
            YK_TRY(status);
            if (found)
                break;
        }
    return YK_OK;
}

static yk_status visit_file(const char *path, yk_datafile_visitor visit, void *context)
{
    yk_h5_file file;
    YK_TRY(yk_probe(1, (char *const[]){ (char *)(uintptr_t)path }, YK_ERR_IO));
    YK_TRY(yk_h5_open(&file, path, true, YK_ERR_IO));
    hid_t root = H5Gopen2(file.id, "/", H5P_DEFAULT);
    walk w = { &file, visit, context };
    char reason[YK_H5_REASON];
    yk_status status = YK_OK;
    YK_CHECK_GOTO(root >= 0, done, YK_ERR_IO, "%s: damaged: %s", path, yk_h5_reason(reason));
    YK_TRY_GOTO(walk_group(&w, &(level){ root, "/", NULL }), done);
done:
    yk_h5_drop(&root);
    yk_h5_close(&file);
    return status;
}

yk_status yk_datafile_visit(const char *path, yk_datafile_visitor visit, void *context)
{
    char **files;
    int64_t n;
    yk_status status;
    YK_TRY(yk_pattern_files(path, &files, &n));
    YK_H5_QUIET(status, visit_file(files[0], visit, context));
    yk_pattern_free(&files, n);
    return status;
}
