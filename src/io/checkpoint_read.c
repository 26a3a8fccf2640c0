/* SPDX-License-Identifier: Apache-2.0 */
/* An open checkpoint: after loading, HDF5's side of it is closed again and reading tensors is plain reads. */
#include <inttypes.h>
#include <string.h>

#include "core/error.h"
#include "core/mem.h"
#include "io/checkpoint_in.h"
#include "io/patience.h"
#include "io/raw.h"

static yk_status try_open(yk_checkpoint **out, const char *path)
{
    yk_status status;
    yk_checkpoint *c;
    YK_TRY(yk_alloc(&c, 1, sizeof *c));
    c->file = (yk_h5_file)YK_H5_FILE_NONE;
    yk_patience_note(0);
    YK_H5_QUIET(status, yk_checkpoint_load(c, path));
    if (status == YK_OK)
        YK_H5_DO(yk_h5_drop(&c->file.id)); /* the descriptor is all that reading needs */
    else
        yk_checkpoint_close(&c);
    *out = c;
    return status;
}

yk_status yk_checkpoint_open(yk_checkpoint **out, const char *path)
{
    yk_patience wait = { 0 };
    yk_status status;
    *out = NULL;
    do
        status = try_open(out, path);
    while (yk_patience_wait(&wait, status, path));
    return status;
}

void yk_checkpoint_close(yk_checkpoint **checkpoint)
{
    yk_checkpoint *c = *checkpoint;
    if (!c)
        return;
    YK_H5_DO(yk_h5_close(&c->file));
    yk_saved_free(&c->table);
    yk_free(c->recipe);
    yk_free(c->path);
    yk_free(c);
    *checkpoint = NULL;
}

const char *yk_checkpoint_path(const yk_checkpoint *c)
{
    return c->path;
}

const char *yk_checkpoint_recipe(const yk_checkpoint *c)
{
    return c->recipe;
}

const yk_state *yk_checkpoint_state(const yk_checkpoint *c)
{
    return &c->state;
}

const char *yk_checkpoint_digest(const yk_checkpoint *c)
{
    return c->digest;
}

int64_t yk_checkpoint_count(const yk_checkpoint *c)
{
    return c->table.n;
}

void yk_checkpoint_at(const yk_checkpoint *c, int64_t i, yk_checkpoint_entry *out)
{
    const yk_saved *s = &c->table.at[i];
    *out = (yk_checkpoint_entry){ .name = s->name, .dtype = s->dtype, .shape = s->shape, .sha256 = s->sha256 };
}

/* Index by name, -1 where there is none; the table is sorted. */
static int64_t index_of(const yk_checkpoint *c, const char *name)
{
    int64_t low = 0, high = c->table.n;
    while (low < high) {
        int64_t middle = low + (high - low) / 2;
        int order = strcmp(c->table.at[middle].name, name);
        if (order == 0)
            return middle;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return -1;
}

void yk_checkpoint_find(const yk_checkpoint *c, const char *name, yk_checkpoint_entry *out, bool *found)
{
    int64_t i = index_of(c, name);
    *found = i >= 0;
    if (*found)
        yk_checkpoint_at(c, i, out);
}

yk_status yk_checkpoint_read(yk_checkpoint *c, const char *name, int64_t first, int64_t count, void *out)
{
    int64_t i = index_of(c, name);
    YK_CHECK(i >= 0, YK_ERR_DATA, "%s: holds no %s", c->path, name);
    const yk_saved *s = &c->table.at[i];
    int64_t bytes = yk_dtype_size(s->dtype), there = yk_shape_len(&s->shape);
    YK_CHECK(first >= 0 && count >= 0 && first <= there - count, YK_ERR_ARG,
             "%s: %s has %" PRId64 " elements; %" PRId64 " from %" PRId64 " on are not there", c->path, name, there,
             count, first);
    struct iovec piece = { out, (size_t)(count * bytes) };
    YK_TRY(yk_raw_read(c->file.fd, c->path, name, &piece, count > 0, s->offset + first * bytes));
    return YK_OK;
}

static bool looks_like(const char *path)
{
    yk_h5_file file;
    if (yk_h5_open(&file, path, false, YK_ERR_DATA) != YK_OK)
        return false;
    bool is = H5Aexists(file.id, "yoke") > 0;
    yk_h5_close(&file);
    return is;
}

bool yk_checkpoint_is(const char *path)
{
    bool is;
    YK_H5_QUIET(is, looks_like(path));
    return is;
}
