/* SPDX-License-Identifier: Apache-2.0 */
/* Opening a split and finding its fields. */
#include "io/datafile_in.h"

#include <stdio.h>
#include <string.h>

#include "core/error.h"
#include "core/mem.h"
#include "core/option.h"
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

/* Opens a field and keeps it as the next one. *usable: as yk_h5_dataset_open(), false for scalars too. */
static yk_status keep(yk_datafile *f, const char *name, bool *usable)
{
    yk_datafile_set *s = NULL;
    yk_status status = YK_OK;
    YK_TRY(yk_realloc(&f->set, f->n_set + 1, sizeof(yk_datafile_set *)));
    YK_TRY(yk_alloc(&s, 1, sizeof *s));
    s->set = (yk_h5_dataset){ .id = -1, .type = -1 };
    YK_TRY_GOTO(yk_strdup(&s->name, name), fail);
    YK_TRY_GOTO(yk_h5_dataset_open(&s->set, &f->file, f->group, name, usable), fail);
    *usable = *usable && s->set.shape.ndim > 0;
    if (!*usable)
        goto fail;
    f->set[f->n_set++] = s;
    return YK_OK;
fail:
    yk_h5_dataset_close(&s->set);
    yk_free(s->name);
    yk_free(s);
    return status;
}

/* Every dataset that lies in the group itself. */
static yk_status list_fields(yk_datafile *f)
{
    char name[YK_H5_NAME];
    int64_t n = yk_h5_links(f->group);
    for (int64_t i = 0; i < n; i++) {
        if (!yk_h5_link(f->group, i, name) || !yk_h5_exists(f->group, name))
            continue;
        hid_t object = H5Oopen(f->group, name, H5P_DEFAULT);
        bool is_field = object >= 0 && H5Iget_type(object) == H5I_DATASET;
        yk_h5_drop(&object);
        if (is_field)
            YK_TRY(keep(f, name, &is_field));
    }
    f->listed = f->n_set;
    return YK_OK;
}

static yk_status open_group(yk_datafile *f)
{
    if (yk_h5_exists(f->file.id, f->group_path))
        f->group = H5Oopen(f->file.id, f->group_path, H5P_DEFAULT);
    if (f->group >= 0 && H5Iget_type(f->group) == H5I_GROUP)
        return YK_OK;
    char there[LIST_MAX] = "";
    YK_TRY(yk_datafile_visit(f->path, list_group, there));
    YK_CHECK(f->group < 0, YK_ERR_DATA, "%s: %s is a field; name the group that it lies in", f->path, f->group_path);
    YK_FAIL(YK_ERR_DATA, "%s: no group %s; fields are in: %s", f->path, f->group_path, there[0] ? there : "none");
}

static yk_status open_split(yk_datafile *f, const char *spec)
{
    YK_TRY(yk_strdup(&f->spec, spec));
    YK_TRY(yk_spec_split(spec, &f->path, &f->group_path));
    YK_TRY(yk_probe(f->path, YK_ERR_IO));
    YK_TRY(yk_h5_open(&f->file, f->path, true, YK_ERR_IO));
    YK_TRY(open_group(f));
    YK_TRY(list_fields(f));
    return YK_OK;
}

yk_status yk_datafile_open(yk_datafile **out, const char *spec)
{
    yk_status status;
    *out = NULL;
    yk_datafile *f;
    YK_TRY(yk_alloc(&f, 1, sizeof *f));
    f->file = (yk_h5_file)YK_H5_FILE_NONE;
    f->group = -1;
    YK_H5_QUIET(status, open_split(f, spec));
    if (status != YK_OK)
        yk_datafile_close(&f);
    *out = f;
    return status;
}

static void close_all(yk_datafile *f)
{
    for (int64_t i = 0; i < f->n_set; i++) {
        yk_h5_dataset_close(&f->set[i]->set);
        yk_free(f->set[i]->name);
        yk_free(f->set[i]);
    }
    yk_h5_drop(&f->group);
    yk_h5_close(&f->file);
}

void yk_datafile_close(yk_datafile **file)
{
    yk_datafile *f = *file;
    if (!f)
        return;
    close_all(f);
    yk_free(f->set);
    yk_free(f->pick);
    yk_free(f->spec);
    yk_free(f->path);
    yk_free(f->group_path);
    yk_free(f);
    *file = NULL;
}

const char *yk_datafile_spec(const yk_datafile *f)
{
    return f->spec;
}

int yk_datafile_count(const yk_datafile *f)
{
    return (int)f->listed;
}

static void describe(const yk_datafile_set *s, yk_field *out)
{
    *out = (yk_field){ .name = s->name, .dtype = s->set.dtype, .shape = s->set.shape };
}

void yk_datafile_at(const yk_datafile *f, int i, yk_field *out)
{
    describe(f->set[i], out);
}

static yk_status open_by_path(yk_datafile *f, const char *name)
{
    char there[LIST_MAX] = "";
    bool usable = false, dataset = false;
    if (name[0] && yk_h5_exists(f->group, name)) {
        hid_t object = H5Oopen(f->group, name, H5P_DEFAULT);
        dataset = object >= 0 && H5Iget_type(object) == H5I_DATASET;
        yk_h5_drop(&object);
    }
    if (dataset)
        YK_TRY(keep(f, name, &usable));
    if (usable)
        return YK_OK;
    for (int64_t i = 0; i < f->listed; i++)
        list_add(there, f->set[i]->name);
    YK_CHECK(
        !dataset, YK_ERR_DATA,
        "%s: field \"%s\" does not hold numbers with samples first (it is a text, a record, a single value, or has "
        "more than %d dimensions); usable fields: %s",
        f->spec, name, YK_MAX_DIMS, there[0] ? there : "none");
    const char *names[NAMES_MAX];
    int n = 0;
    for (; n < NAMES_MAX && n < f->listed; n++)
        names[n] = f->set[n]->name;
    const char *near = yk_nearest(name, names, n);
    YK_FAIL(YK_ERR_DATA, "%s: no field \"%s\"%s%s%s; fields: %s", f->spec, name, near ? " (did you mean \"" : "",
            near ? near : "", near ? "\"?)" : "", there[0] ? there : "none");
}

yk_status yk_datafile_find(yk_datafile *f, const char *name, yk_datafile_set **out)
{
    for (int round = 0; round < 2; round++) {
        for (int64_t i = 0; i < f->n_set; i++)
            if (strcmp(f->set[i]->name, name) == 0) {
                *out = f->set[i];
                return YK_OK;
            }
        if (round == 0)
            YK_TRY(open_by_path(f, name));
    }
    YK_FAIL(YK_ERR_INTERNAL, "%s: field \"%s\" was opened and is not there", f->spec, name);
}

yk_status yk_datafile_field(yk_datafile *f, const char *name, yk_field *out)
{
    yk_datafile_set *s = NULL;
    yk_status status;
    YK_H5_QUIET(status, yk_datafile_find(f, name, &s));
    if (status == YK_OK)
        describe(s, out);
    return status;
}
