/* SPDX-License-Identifier: Apache-2.0 */
/* Splits: fields of files, mapped to the names of the recipe and stacked where a name stands for several; or arrays of
 * the caller. */
#include "data/dataset.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/error.h"
#include "core/mem.h"
#include "comm/shared.h"
#include "comm/tree.h"
#include "core/num.h"
#include "data/places.h"
#include "data/reader.h"
#include "data/stack.h"

typedef struct column {
    char name[64];          /* as the recipe says */
    char path[YK_NAME_MAX]; /* as the file says: "images", "u+v+p" */
    yk_dtype dtype;
    yk_shape shape;
    int64_t sample_bytes;
    yk_stack *stack; /* of the fields in the file; NULL where it is not open, and for wrapped arrays */
    void *memory;    /* all samples, or NULL */
    bool owned;      /* it is freed with the column */
} column;

struct yk_dataset {
    char name[sizeof((yk_source *)0)->file]; /* for messages */
    yk_datafile *file;                       /* NULL: arrays, or another rank of this machine has it open */
    yk_places places;                        /* of samples in files */
    int64_t samples;
    bool keep; /* read into memory by yk_dataset_load() */
    int n;
    column column[YK_MAX_FIELDS];
    yk_shared *shared; /* one copy in memory for the ranks of this machine; NULL: each has its own */
    yk_reader *reader; /* one rank of this machine reads for all as they go; NULL: each for itself */
    yk_spread *spread; /* NULL: every rank has all samples; else memory holds this rank's */
    yk_comm *comm;     /* of them */
};

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

static yk_status column_open(yk_dataset *d, const char *name, const char *path)
{
    column *c = &d->column[d->n];
    yk_dtype dtype;
    yk_shape shape;
    yk_status status = YK_OK;
    YK_TRY(yk_stack_open(&c->stack, d->file, path, &dtype, &shape));
    if (d->n > 0)
        status = yk_datafile_aligned(d->file, yk_stack_first(d->column[0].stack), yk_stack_first(c->stack));
    if (status == YK_OK)
        status = column_set(d, name, path, dtype, &shape);
    if (status != YK_OK)
        yk_stack_close(&c->stack);
    return status;
}

/* Columns from the files. */
static yk_status open_files(yk_dataset *d, const yk_source *source, int n, const char *const *fields, int64_t memory)
{
    const char *first[YK_MAX_FIELDS];
    int64_t bytes = 0;
    snprintf(d->name, sizeof d->name, "%s", source->file);
    YK_CHECK(n >= 1 && n <= YK_MAX_FIELDS, YK_ERR_ARG, "%s: %d fields are asked for; 1 to %d are possible",
             source->file, n, YK_MAX_FIELDS);
    YK_TRY(yk_datafile_open(&d->file, source->file));
    for (int i = 0; i < n; i++) {
        YK_TRY(column_open(d, fields[i], yk_source_name(source, fields[i])));
        first[i] = yk_stack_first(d->column[i].stack);
        bytes += d->column[i].sample_bytes * d->samples;
    }
    d->keep = bytes <= memory;
    return yk_places_find(&d->places, d->file, n, first);
}

static void close_files(yk_dataset *d)
{
    for (int i = 0; i < d->n; i++)
        yk_stack_close(&d->column[i].stack);
    yk_datafile_close(&d->file);
    yk_places_free(&d->places);
    d->n = 0;
}

yk_status yk_dataset_open(yk_dataset **out, const yk_source *source, int n, const char *const *fields, int64_t memory)
{
    *out = NULL;
    YK_TRY(yk_alloc(out, 1, sizeof **out));
    yk_status status = open_files(*out, source, n, fields, memory);
    if (status != YK_OK)
        yk_dataset_close(out);
    return status;
}

/* Does this rank open files, or another one for it? */
static bool opens(const yk_comm *comm)
{
    return yk_comm_leader(comm, yk_comm_rank(comm)) == yk_comm_rank(comm);
}

/* Rank 0's columns to the ranks that have the files not open. */
static yk_status tell_columns(yk_dataset *d, yk_comm *comm)
{
    yk_dataset told = *d;
    YK_TRY(yk_comm_broadcast(comm, 0, &told, sizeof told));
    if (!opens(comm)) {
        snprintf(d->name, sizeof d->name, "%s", told.name);
        d->samples = told.samples;
        d->keep = told.keep;
        d->n = told.n;
        for (int i = 0; i < d->n; i++) {
            d->column[i] = told.column[i];
            d->column[i].stack = NULL;
        }
    }
    return yk_places_broadcast(&d->places, comm, !opens(comm));
}

yk_status yk_dataset_open_once(yk_dataset **out, yk_comm *comm, const yk_source *source, int n,
                               const char *const *fields, int64_t memory)
{
    const bool first = opens(comm);
    *out = NULL;
    yk_status status = yk_comm_agree(comm, yk_alloc(out, 1, sizeof **out));
    if (status == YK_OK) {
        status = first ? open_files(*out, source, n, fields, memory) : YK_OK;
        int64_t failed = status != YK_OK;
        const yk_status told = yk_comm_max(comm, 1, &failed);
        if (told == YK_OK && !failed)
            status = tell_columns(*out, comm);
        else if (told == YK_OK && !first) /* says itself what is wrong, as if all had looked */
            status = open_files(*out, source, n, fields, memory);
        else if (told != YK_OK)
            status = told;
    }
    if (status != YK_OK)
        yk_dataset_close(out);
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

/* Whether `arrays` can be this rank's samples of the columns; `count` is their number. */
static yk_status check_local(const yk_dataset *d, const yk_tensor *arrays, int64_t *count)
{
    char text[2][YK_SHAPE_TEXT];
    *count = arrays[0].shape.ndim > 0 ? arrays[0].shape.dim[0] : 0;
    for (int i = 0; i < d->n; i++) {
        const column *c = &d->column[i];
        const yk_shape *s = &arrays[i].shape;
        yk_shape with = *s;
        YK_CHECK(s->ndim > 0, YK_ERR_DATA, "field %s is a single number; its first dimension must count samples",
                 c->name);
        YK_CHECK(s->dim[0] == *count && *count >= 0, YK_ERR_DATA,
                 "field %s has %" PRId64 " samples, but field %s has %" PRId64, d->column[0].name, *count, c->name,
                 s->dim[0]);
        with.dim[0] = c->shape.dim[0];
        YK_CHECK(yk_shape_equal(&with, &c->shape) && arrays[i].dtype == c->dtype, YK_ERR_DATA,
                 "field %s: a sample has shape %s and type %s, but before (or on rank 0) %s and %s", c->name,
                 yk_shape_text(s, 1, text[0]), yk_dtype_name(arrays[i].dtype), yk_shape_text(&c->shape, 1, text[1]),
                 yk_dtype_name(c->dtype));
        YK_CHECK(arrays[i].data || *count == 0, YK_ERR_ARG, "field %s: its samples are a NULL pointer", c->name);
    }
    return YK_OK;
}

yk_status yk_dataset_replace(yk_dataset *d, const yk_tensor *arrays)
{
    int64_t count, first, last;
    const void *memory[YK_MAX_FIELDS];
    YK_TRY(yk_comm_agree(d->comm, check_local(d, arrays, &count)));
    for (int i = 0; i < d->n; i++)
        memory[i] = d->column[i].memory = arrays[i].data;
    YK_TRY(yk_spread_set(d->spread, count, memory));
    d->samples = yk_spread_range(d->spread, &first, &last);
    for (int i = 0; i < d->n; i++)
        d->column[i].shape.dim[0] = d->samples;
    YK_CHECK(d->samples > 0, YK_ERR_DATA, "there are no samples on any rank");
    return YK_OK;
}

/* What rank 0's arrays look like is what all ranks' must. */
static yk_status spread_columns(yk_dataset *d, int n, const char *const *fields, const yk_tensor *arrays)
{
    int64_t bytes[YK_MAX_FIELDS];
    for (int i = 0; i < n; i++) {
        yk_tensor like = arrays[i];
        YK_TRY(yk_comm_broadcast(d->comm, 0, &like, sizeof like));
        like.shape.dim[0] = 1; /* a rank may have none */
        YK_TRY(yk_comm_agree(d->comm, column_set(d, fields[i], fields[i], like.dtype, &like.shape)));
        bytes[i] = d->column[i].sample_bytes;
    }
    YK_TRY(yk_comm_agree(d->comm, yk_spread_create(&d->spread, d->comm, n, bytes)));
    return yk_dataset_replace(d, arrays);
}

yk_status yk_dataset_spread(yk_dataset **out, yk_comm *comm, int n, const char *const *fields, const yk_tensor *arrays)
{
    *out = NULL;
    yk_status status = n >= 1 && n <= YK_MAX_FIELDS
                           ? yk_alloc(out, 1, sizeof **out)
                           : yk_error_set(YK_ERR_ARG, __FILE__, __LINE__, __func__,
                                          "%d fields are given; 1 to %d are possible", n, YK_MAX_FIELDS);
    status = yk_comm_agree(comm, status);
    if (status == YK_OK) {
        (*out)->comm = comm;
        status = spread_columns(*out, n, fields, arrays);
    }
    if (status != YK_OK)
        yk_dataset_close(out);
    return status;
}

yk_spread *yk_dataset_ranks(yk_dataset *dataset)
{
    return dataset->spread;
}

void yk_dataset_part(yk_dataset *d, int rank, int size, int64_t *first, int64_t *last)
{
    if (d->spread)
        yk_spread_range(d->spread, first, last);
    else
        yk_tree_range(d->samples, rank, size, first, last);
}

void yk_dataset_close(yk_dataset **dataset)
{
    yk_dataset *d = *dataset;
    if (!d)
        return;
    yk_reader_destroy(&d->reader);
    for (int i = 0; i < d->n; i++)
        if (d->column[i].owned)
            yk_free(d->column[i].memory);
    close_files(d);
    yk_shared_destroy(&d->shared);
    yk_spread_destroy(&d->spread);
    yk_free(d);
    *dataset = NULL;
}

int64_t yk_dataset_samples(const yk_dataset *dataset)
{
    return dataset->samples;
}

const char *yk_dataset_name(const yk_dataset *dataset)
{
    return dataset->name[0] ? dataset->name : "arrays in memory";
}

const char *yk_dataset_place(const yk_dataset *dataset, int i, int64_t *sample)
{
    return dataset->places.parts ? yk_places_at(&dataset->places, i, sample) : yk_dataset_name(dataset);
}

void yk_dataset_field(const yk_dataset *dataset, int i, yk_field *out)
{
    assert(i >= 0 && i < dataset->n);
    const column *c = &dataset->column[i];
    *out = (yk_field){ .name = c->path, .dtype = c->dtype, .shape = c->shape };
}

int64_t yk_dataset_scratch(const yk_dataset *dataset, int i)
{
    const column *c = &dataset->column[i];
    return c->stack && !dataset->keep ? yk_stack_scratch(c->stack) : 0;
}

int64_t yk_dataset_kept(const yk_dataset *d)
{
    int64_t bytes = 0;
    for (int i = 0; d->keep && i < d->n; i++)
        bytes += d->samples * d->column[i].sample_bytes;
    return bytes;
}

yk_status yk_dataset_load(yk_dataset *d)
{
    for (int i = 0; d->keep && i < d->n; i++) {
        column *c = &d->column[i];
        if (c->memory)
            continue;
        void *memory;
        YK_TRY(yk_alloc(&memory, d->samples, (size_t)c->sample_bytes));
        yk_status status = yk_stack_read(c->stack, d->samples, memory);
        if (status != YK_OK) {
            yk_free(memory);
            return yk_error_trace(status, __FILE__, __LINE__, __func__);
        }
        c->memory = memory;
        c->owned = true;
    }
    if (d->keep && d->file)
        yk_datafile_rest(d->file);
    return YK_OK;
}

/* Where a column begins in the copy that is shared. */
static int64_t place_of(const yk_dataset *d, int i)
{
    int64_t at = 0;
    for (int k = 0; k < i; k++)
        at += yk_div_up(d->samples * d->column[k].sample_bytes, YK_ALIGN) * YK_ALIGN;
    return at;
}

/* Memory on the machine's first rank; d->shared stays NULL where there is none. */
static yk_status share_memory(yk_dataset *d, yk_comm *comm)
{
    int *leader, mine = yk_comm_rank(comm);
    YK_TRY(yk_comm_agree(comm, yk_alloc(&leader, yk_comm_size(comm), sizeof *leader)));
    for (int r = 0; r < yk_comm_size(comm); r++)
        leader[r] = yk_comm_leader(comm, r);
    yk_status status = yk_shared_create(&d->shared, comm, leader, leader[mine] == mine ? place_of(d, d->n) : 0);
    for (int i = 0; status == YK_OK && d->shared && i < d->n; i++)
        d->column[i].memory = (char *)yk_shared_piece(d->shared, leader[mine]) + place_of(d, i);
    yk_free(leader);
    return status;
}

static yk_status read_columns(yk_dataset *d)
{
    for (int i = 0; i < d->n; i++)
        YK_TRY(yk_stack_read(d->column[i].stack, d->samples, d->column[i].memory));
    return YK_OK;
}

static yk_status share_kept(yk_dataset *d, yk_comm *comm)
{
    YK_TRY(share_memory(d, comm));
    const bool reads = d->shared && opens(comm);
    YK_TRY(yk_comm_agree(comm, reads ? read_columns(d) : YK_OK));
    if (reads)
        yk_datafile_rest(d->file);
    return YK_OK;
}

static yk_status read_samples(void *context, int i, int64_t count, const int64_t *sample, void *out)
{
    yk_dataset *d = context;
    YK_TRY(yk_stack_gather(d->column[i].stack, count, sample, out));
    return YK_OK;
}

static yk_status share_reading(yk_dataset *d, yk_comm *comm)
{
    int64_t longest = 0;
    for (int i = 0; i < d->n; i++)
        longest = yk_max(longest, d->column[i].sample_bytes);
    return yk_reader_create(&d->reader, comm, longest, read_samples, d);
}

/* The files after all, for a rank that shares no memory with the one that has them open. */
static yk_status open_late(yk_dataset *d, const yk_source *source, int64_t memory)
{
    char name[YK_MAX_FIELDS][sizeof d->column->name];
    const char *fields[YK_MAX_FIELDS];
    const int n = d->n;
    for (int i = 0; i < n; i++) {
        snprintf(name[i], sizeof name[i], "%s", d->column[i].name);
        fields[i] = name[i];
    }
    close_files(d);
    return open_files(d, source, n, fields, memory);
}

yk_status yk_dataset_share(yk_dataset *d, yk_comm *comm, const yk_source *source, int64_t memory)
{
    if (!d->places.parts || d->column[0].memory)
        return YK_OK;
    YK_TRY(d->keep ? share_kept(d, comm) : share_reading(d, comm));
    const bool served = d->file || d->shared || d->reader;
    return yk_comm_agree(comm, served ? YK_OK : open_late(d, source, memory));
}

yk_status yk_dataset_fetch(yk_dataset *d, int i, int64_t count, const int64_t *sample, void *out)
{
    assert(i >= 0 && i < d->n);
    const column *c = &d->column[i];
    if (!c->memory) {
        YK_TRY(d->reader ? yk_reader_fetch(d->reader, i, count, sample, c->sample_bytes, out)
                         : read_samples(d, i, count, sample, out));
        return YK_OK;
    }
    const char *from = c->memory;
    char *to = out;
    if (d->spread) {
        int64_t first, last;
        yk_spread_range(d->spread, &first, &last);
        from -= first * c->sample_bytes;
    }
    for (int64_t k = 0; k < count; k++)
        memcpy(to + k * c->sample_bytes, from + sample[k] * c->sample_bytes, (size_t)c->sample_bytes);
    return YK_OK;
}

yk_status yk_dataset_same(const yk_dataset *dataset, yk_comm *comm)
{
    const int64_t n = dataset->samples;
    int64_t most[2] = { n, -n };
    YK_TRY(yk_comm_max(comm, 2, most));
    YK_CHECK(most[0] == -most[1], YK_ERR_DATA,
             "%s: one rank finds %" PRId64 " samples, another %" PRId64 ": are files still being written?",
             yk_dataset_name(dataset), -most[1], most[0]);
    return YK_OK;
}
