/* SPDX-License-Identifier: Apache-2.0 */
/* Opening a split and finding its fields, in one file or over all that a pattern matches. */
#include <stdio.h>
#include <string.h>

#include "core/error.h"
#include "core/mem.h"
#include "core/option.h"
#include "io/datafile_in.h"
#include "io/patience.h"
#include "io/pattern.h"
#include "io/probe.h"
#include "io/spec.h"

#define LIST_MAX 512
#define NAMES_MAX 64

/* Appends ", name" to a list for a message; what does not fit becomes "...". */
static void list_add(char list[LIST_MAX], const char *name)
{
    size_t used = strlen(list), need = strlen(name) + 2;
    if (used + need + sizeof ", ..." < LIST_MAX)
        snprintf(list + used, LIST_MAX - used, "%s%s", used ? ", " : "", name);
    else if (used < 3 || strcmp(list + used - 3, "...") != 0)
        snprintf(list + used, LIST_MAX - used, ", ...");
}

static yk_status list_group(void *list, const char *group)
{
    list_add(list, group);
    return YK_OK;
}

/* --- opening */

/* A dimension's values and not samples (NetCDF-4 keeps its coordinates so). */
static bool is_scale(hid_t group, const char *name)
{
    bool scale = false;
    char *kind = NULL;
    int64_t n = 0;
    if (H5Aexists_by_name(group, name, "CLASS", H5P_DEFAULT) <= 0)
        return false;
    hid_t id = H5Aopen_by_name(group, name, "CLASS", H5P_DEFAULT, H5P_DEFAULT);
    if (id >= 0 && yk_h5_strings(id, &kind, &n) == YK_OK && n == 1)
        scale = strcmp(kind, "DIMENSION_SCALE") == 0;
    yk_free(kind);
    yk_h5_drop(&id);
    return scale;
}

/* Every dataset that lies in the group itself, as part 0 has it. */
static yk_status list_fields(yk_datafile *f)
{
    char name[YK_H5_NAME];
    const yk_part *part = &f->part[0];
    int64_t n = yk_h5_links(part->group);
    for (int64_t i = 0; i < n; i++) {
        bool usable;
        if (yk_h5_link(part->group, i, name) && yk_part_has(part, name) && !is_scale(part->group, name))
            YK_TRY(yk_column_keep(f, name, &usable));
    }
    return YK_OK;
}

static yk_status open_group(yk_datafile *f, int64_t p)
{
    const yk_part *part = &f->part[p];
    YK_TRY(yk_part_group(f, p));
    if (part->group >= 0 && H5Iget_type(part->group) == H5I_GROUP)
        return YK_OK;
    char there[LIST_MAX] = "";
    YK_TRY(yk_datafile_visit(part->path, list_group, there));
    YK_CHECK(part->group < 0, YK_ERR_DATA, "%s: %s is a field; name the group that it lies in", part->path,
             f->group_path);
    YK_FAIL(YK_ERR_DATA, "%s: no group %s; fields are in: %s", part->path, f->group_path, there[0] ? there : "none");
}

/* Columns that are whole first, in the order of their names. */
static void sort_out(yk_datafile *f)
{
    f->listed = 0;
    for (int64_t k = 0; k < f->n_column; k++)
        if (!f->column[k]->differs) {
            yk_column *c = f->column[k];
            for (int64_t i = k; i > f->listed; i--)
                f->column[i] = f->column[i - 1];
            f->column[f->listed++] = c;
        }
}

/* Each file is opened once, for all of its fields. */
static yk_status open_parts(yk_datafile *f)
{
    bool usable = true;
    YK_TRY(open_group(f, 0));
    YK_TRY(list_fields(f));
    for (int64_t p = 1; p < f->n_part; p++) {
        YK_TRY(open_group(f, p));
        for (int64_t k = 0; k < f->n_column; k++)
            YK_TRY(yk_column_append(f, p, k, &usable));
    }
    sort_out(f);
    return YK_OK;
}

static yk_status open_split(yk_datafile *f, const char *spec)
{
    char **paths;
    int64_t n;
    YK_TRY(yk_strdup(&f->spec, spec));
    YK_TRY(yk_spec_split(spec, &f->path, &f->group_path));
    YK_TRY(yk_pattern_files(f->path, &paths, &n));
    yk_status status = yk_probe(n, paths, YK_ERR_IO);
    if (status == YK_OK)
        status = yk_parts_create(f, n, paths);
    yk_pattern_free(&paths, n);
    YK_TRY(status);
    YK_TRY(open_parts(f));
    return YK_OK;
}

static yk_status try_open(yk_datafile **out, const char *spec)
{
    yk_status status;
    YK_TRY(yk_alloc(out, 1, sizeof **out));
    yk_patience_note(0);
    YK_H5_QUIET(status, open_split(*out, spec));
    if (status != YK_OK)
        yk_datafile_close(out);
    return status;
}

yk_status yk_datafile_open(yk_datafile **out, const char *spec)
{
    yk_patience wait = { 0 };
    yk_status status;
    *out = NULL;
    do
        status = try_open(out, spec);
    while (yk_patience_wait(&wait, status, spec));
    return status;
}

void yk_datafile_close(yk_datafile **file)
{
    yk_datafile *f = *file;
    if (!f)
        return;
    YK_H5_DO(yk_parts_destroy(f));
    for (int64_t i = 0; i < f->n_column; i++)
        yk_column_destroy(f->column[i]);
    yk_free(f->column);
    yk_free(f->pick);
    yk_free(f->spec);
    yk_free(f->path);
    yk_free(f->group_path);
    yk_free(f);
    *file = NULL;
}

void yk_datafile_rest(yk_datafile *f)
{
    YK_H5_DO(yk_parts_close(f));
}

/* --- what is in it */

const char *yk_datafile_spec(const yk_datafile *f)
{
    return f->spec;
}

int64_t yk_datafile_parts(const yk_datafile *f)
{
    return f->n_part;
}

const char *yk_datafile_part(const yk_datafile *f, int64_t p)
{
    return f->n_part == 1 ? f->spec : f->part[p].spec;
}

int yk_datafile_count(const yk_datafile *f)
{
    return (int)f->listed;
}

static void describe(const yk_column *c, yk_field *out)
{
    *out = (yk_field){ .name = c->name, .dtype = c->dtype, .shape = c->shape };
}

void yk_datafile_at(const yk_datafile *f, int i, yk_field *out)
{
    describe(f->column[i], out);
}

const char *yk_datafile_differs(const yk_datafile *f, int i)
{
    for (int64_t k = f->listed; k < f->n_column; k++)
        if (f->column[k]->differs && i-- == 0)
            return f->column[k]->differs;
    return NULL;
}

/* A field that was not listed: further down, or a scale. It becomes the last column. */
static yk_status open_by_path(yk_datafile *f, const char *name)
{
    char there[LIST_MAX] = "";
    bool usable = false;
    YK_TRY(yk_part_group(f, 0));
    const bool dataset = yk_part_has(&f->part[0], name);
    if (dataset)
        YK_TRY(yk_column_keep(f, name, &usable));
    for (int64_t p = 1; usable && p < f->n_part; p++) {
        bool there_too = true;
        yk_status status = yk_column_append(f, p, f->n_column - 1, &there_too);
        if (status != YK_OK)
            yk_column_destroy(f->column[--f->n_column]);
        YK_TRY(status);
    }
    if (usable)
        return YK_OK;
    for (int64_t i = 0; i < f->listed; i++)
        list_add(there, f->column[i]->name);
    YK_CHECK(
        !dataset, YK_ERR_DATA,
        "%s: field \"%s\" does not hold numbers with samples first (it is a text, a record, a single value, or has "
        "more than %d dimensions); usable fields: %s",
        f->part[0].spec, name, YK_MAX_DIMS, there[0] ? there : "none");
    const char *names[NAMES_MAX];
    int n = 0;
    for (; n < NAMES_MAX && n < f->listed; n++)
        names[n] = f->column[n]->name;
    const char *near = yk_nearest(name, names, n);
    YK_FAIL(YK_ERR_DATA, "%s: no field \"%s\"%s%s%s; fields: %s", f->part[0].spec, name,
            near ? " (did you mean \"" : "", near ? near : "", near ? "\"?)" : "", there[0] ? there : "none");
}

static yk_column *known(const yk_datafile *f, const char *name)
{
    for (int64_t i = 0; i < f->n_column; i++)
        if (strcmp(f->column[i]->name, name) == 0)
            return f->column[i];
    return NULL;
}

yk_status yk_datafile_find(yk_datafile *f, const char *name, yk_column **out)
{
    *out = known(f, name);
    if (!*out) {
        YK_TRY(open_by_path(f, name));
        *out = f->column[f->n_column - 1];
    }
    YK_CHECK(!(*out)->differs, YK_ERR_DATA, "%s; the files of %s must hold the same fields", (*out)->differs, f->spec);
    return YK_OK;
}

yk_status yk_datafile_field(yk_datafile *f, const char *name, yk_field *out)
{
    yk_column *c = NULL;
    yk_status status;
    YK_H5_QUIET(status, yk_datafile_find(f, name, &c));
    if (status == YK_OK)
        describe(c, out);
    return status;
}

bool yk_datafile_has(yk_datafile *f, const char *name)
{
    bool has = known(f, name) != NULL;
    if (!has)
        YK_H5_QUIET(has, yk_part_group(f, 0) == YK_OK && yk_part_has(&f->part[0], name));
    return has;
}

yk_status yk_datafile_aligned(yk_datafile *f, const char *name, const char *other)
{
    yk_column *a = NULL, *b = NULL;
    YK_TRY(yk_datafile_find(f, name, &a));
    YK_TRY(yk_datafile_find(f, other, &b));
    for (int64_t p = 0; p < f->n_part; p++) {
        const long long n = a->first[p + 1] - a->first[p], m = b->first[p + 1] - b->first[p];
        YK_CHECK(n == m, YK_ERR_DATA, "%s: field %s has %lld samples, but field %s has %lld", f->part[p].spec, name, n,
                 other, m);
    }
    return YK_OK;
}

int64_t yk_datafile_begin(const yk_datafile *f, const char *name, int64_t p)
{
    return known(f, name)->first[p];
}

const char *yk_datafile_place(const yk_datafile *f, const char *name, int64_t *sample)
{
    const yk_column *c = known(f, name);
    if (f->n_part == 1 || !c)
        return f->spec;
    const int64_t p = yk_column_part(f, c, *sample);
    *sample -= c->first[p];
    return f->part[p].spec;
}
