/* SPDX-License-Identifier: Apache-2.0 */
/* Splits: fields of a file, mapped to the names of the recipe, or arrays of the caller. */
#include "data/dataset.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/error.h"
#include "core/mem.h"
#include "core/num.h"

typedef struct column {
    char name[64];  /* as the recipe says */
    char path[192]; /* as the file says */
    yk_dtype dtype;
    yk_shape shape;
    int64_t sample_bytes;
    void *memory; /* all samples, or NULL */
} column;

struct yk_dataset {
    yk_datafile *file; /* NULL: wrapped arrays, whose memory is the caller's */
    int64_t samples;
    bool keep; /* read into memory by yk_dataset_load() */
    int n;
    column column[YK_MAX_FIELDS];
};

/* One "FIELD=NAME" of `length` characters. */
static yk_status map_one(yk_source *source, const char *text, int length)
{
    const char *equals = memchr(text, '=', (size_t)length);
    int left = equals ? (int)(equals - text) : 0, right = equals ? length - left - 1 : 0;
    YK_CHECK(left > 0 && right > 0, YK_ERR_ARG, "map: \"%.*s\" is not FIELD=NAME (as in x=train_set_x)", length, text);
    YK_CHECK(left < (int)sizeof source->map[0].field && right < (int)sizeof source->map[0].name, YK_ERR_ARG,
             "map: \"%.*s\": a field's name has at most %d characters, a name in a file at most %d", length, text,
             (int)sizeof source->map[0].field - 1, (int)sizeof source->map[0].name - 1);
    int i = 0;
    while (i < source->n_map &&
           (strncmp(source->map[i].field, text, (size_t)left) != 0 || source->map[i].field[left] != '\0'))
        i++;
    YK_CHECK(i < YK_MAX_FIELDS, YK_ERR_ARG, "map: at most %d fields can be mapped", YK_MAX_FIELDS);
    if (i == source->n_map)
        source->n_map++;
    snprintf(source->map[i].field, sizeof source->map[i].field, "%.*s", left, text);
    snprintf(source->map[i].name, sizeof source->map[i].name, "%.*s", right, equals + 1);
    return YK_OK;
}

yk_status yk_source_file(yk_source *source, const char *spec)
{
    YK_CHECK(strlen(spec) < sizeof source->file, YK_ERR_ARG, "the file's name has %zu characters, %zu are the limit",
             strlen(spec), sizeof source->file - 1);
    snprintf(source->file, sizeof source->file, "%s", spec);
    return YK_OK;
}

yk_status yk_source_map(yk_source *source, const char *text)
{
    for (;;) {
        int length = (int)strcspn(text, ",");
        YK_TRY(map_one(source, text, length));
        if (text[length] == '\0')
            return YK_OK;
        text += length + 1;
    }
}

/* The name in the file of field `name`. */
static const char *mapped(const yk_source *source, const char *name)
{
    for (int i = 0; i < source->n_map; i++)
        if (strcmp(source->map[i].field, name) == 0)
            return source->map[i].name;
    return name;
}

/* Adds a column; all have the same number of samples. */
static yk_status column_set(yk_dataset *d, const char *name, const char *path, yk_dtype dtype, const yk_shape *shape)
{
    column *c = &d->column[d->n];
    YK_CHECK(strlen(name) < sizeof c->name && strlen(path) < sizeof c->path, YK_ERR_ARG,
             "the field's name \"%s\" is too long (at most %d characters, %d in the file)", name,
             (int)sizeof c->name - 1, (int)sizeof c->path - 1);
    snprintf(c->name, sizeof c->name, "%s", name);
    snprintf(c->path, sizeof c->path, "%s", path);
    c->dtype = dtype;
    c->shape = *shape;
    YK_CHECK(shape->ndim > 0, YK_ERR_DATA, "%s: field %s is a single number; its first dimension must count samples",
             yk_dataset_name(d), path);
    YK_CHECK(shape->dim[0] > 0, YK_ERR_DATA, "%s: field %s has no samples", yk_dataset_name(d), path);
    YK_CHECK(d->n == 0 || shape->dim[0] == d->samples, YK_ERR_DATA,
             "%s: field %s has %" PRId64 " samples, but field %s has %" PRId64, yk_dataset_name(d), d->column[0].path,
             d->samples, path, shape->dim[0]);
    c->sample_bytes = yk_shape_len_from(shape, 1) * yk_dtype_size(dtype);
    d->samples = shape->dim[0];
    d->n++;
    return YK_OK;
}

yk_status yk_dataset_open(yk_dataset **out, const yk_source *source, int n, const char *const *fields, int64_t memory)
{
    yk_status status = YK_OK;
    yk_dataset *d;
    *out = NULL;
    YK_CHECK(n >= 1 && n <= YK_MAX_FIELDS, YK_ERR_ARG, "%s: %d fields are asked for; 1 to %d are possible",
             source->file, n, YK_MAX_FIELDS);
    YK_TRY(yk_alloc(&d, 1, sizeof *d));
    YK_TRY_GOTO(yk_datafile_open(&d->file, source->file), fail);
    int64_t bytes = 0;
    for (int i = 0; i < n; i++) {
        const char *path = mapped(source, fields[i]);
        yk_field field;
        YK_TRY_GOTO(yk_datafile_field(d->file, path, &field), fail);
        YK_TRY_GOTO(column_set(d, fields[i], path, field.dtype, &field.shape), fail);
        bytes += d->column[i].sample_bytes * d->samples;
    }
    d->keep = bytes <= memory;
    *out = d;
    return YK_OK;
fail:
    yk_dataset_close(&d);
    return status;
}

yk_status yk_dataset_wrap(yk_dataset **out, int n, const char *const *fields, const yk_tensor *arrays)
{
    yk_status status = YK_OK;
    yk_dataset *d;
    *out = NULL;
    YK_CHECK(n >= 1 && n <= YK_MAX_FIELDS, YK_ERR_ARG, "%d fields are given; 1 to %d are possible", n, YK_MAX_FIELDS);
    YK_TRY(yk_alloc(&d, 1, sizeof *d));
    for (int i = 0; i < n; i++) {
        YK_TRY_GOTO(column_set(d, fields[i], fields[i], arrays[i].dtype, &arrays[i].shape), fail);
        d->column[i].memory = arrays[i].data;
    }
    *out = d;
    return YK_OK;
fail:
    yk_dataset_close(&d);
    return status;
}

void yk_dataset_close(yk_dataset **dataset)
{
    yk_dataset *d = *dataset;
    if (!d)
        return;
    for (int i = 0; d->file && i < d->n; i++)
        yk_free(d->column[i].memory);
    yk_datafile_close(&d->file);
    yk_free(d);
    *dataset = NULL;
}

int64_t yk_dataset_samples(const yk_dataset *dataset)
{
    return dataset->samples;
}

const char *yk_dataset_name(const yk_dataset *dataset)
{
    return dataset->file ? yk_datafile_spec(dataset->file) : "arrays in memory";
}

void yk_dataset_field(const yk_dataset *dataset, int i, yk_field *out)
{
    assert(i >= 0 && i < dataset->n);
    const column *c = &dataset->column[i];
    *out = (yk_field){ .name = c->path, .dtype = c->dtype, .shape = c->shape };
}

yk_datafile *yk_dataset_file(yk_dataset *dataset)
{
    return dataset->file;
}

yk_status yk_dataset_load(yk_dataset *d)
{
    for (int i = 0; d->keep && i < d->n; i++) {
        column *c = &d->column[i];
        if (c->memory)
            continue;
        void *memory;
        YK_TRY(yk_alloc(&memory, d->samples, (size_t)c->sample_bytes));
        yk_status status = yk_datafile_read(d->file, c->path, 0, d->samples, memory);
        if (status != YK_OK) {
            yk_free(memory);
            return yk_error_trace(status, __FILE__, __LINE__, __func__);
        }
        c->memory = memory;
    }
    return YK_OK;
}

yk_status yk_dataset_fetch(yk_dataset *d, int i, int64_t count, const int64_t *sample, void *out)
{
    assert(i >= 0 && i < d->n);
    const column *c = &d->column[i];
    if (!c->memory) {
        YK_TRY(yk_datafile_gather(d->file, c->path, count, sample, out));
        return YK_OK;
    }
    const char *from = c->memory;
    char *to = out;
    for (int64_t k = 0; k < count; k++)
        memcpy(to + k * c->sample_bytes, from + sample[k] * c->sample_bytes, (size_t)c->sample_bytes);
    return YK_OK;
}
