/* SPDX-License-Identifier: Apache-2.0 */
/* Writing a checkpoint: tensors one after the other in pieces, their sums taken on the way. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/error.h"
#include "core/mem.h"
#include "io/checkpoint_in.h"
#include "io/h5_writer.h"
#include "io/raw.h"
#include "yoke/version.h"

struct yk_checkpoint_writer {
    yk_h5_writer out;
    char *recipe;
    yk_state state;
    yk_saved_table table;
    hid_t tensor;      /* dataset of the last tensor until it is complete */
    yk_sha256 sha;     /* over what it has so far */
    int64_t left;      /* elements that it still needs */
    int64_t at, bytes; /* where its next one goes; bytes an element */
    bool sealed;
    char digest[YK_SHA256_HEX]; /* when it is sealed */
};

static void free_all(yk_checkpoint_writer *w)
{
    yk_h5_drop(&w->tensor);
    yk_h5_writer_discard(&w->out);
    yk_saved_free(&w->table);
    yk_free(w->recipe);
    yk_free(w);
}

static herr_t put_text(hid_t where, const char *name, const char *text)
{
    return yk_h5_put_strings(where, name, -1, &text);
}

static herr_t put_integer(hid_t where, const char *name, int64_t value)
{
    return yk_h5_put_numbers(where, name, H5T_NATIVE_INT64, -1, &value);
}

/* /recipe: one string of variable length. */
static yk_status put_recipe(yk_checkpoint_writer *w)
{
    YK_TRY(yk_h5_writer_reserve(&w->out, 2 * (int64_t)strlen(w->recipe)));
    hid_t type = H5Tcopy(H5T_C_S1), space = H5Screate(H5S_SCALAR), list = H5Pcreate(H5P_DATASET_CREATE), id = -1;
    const char *text = w->recipe;
    herr_t got = -1;
    if (type >= 0 && space >= 0 && list >= 0 && H5Tset_size(type, H5T_VARIABLE) >= 0 &&
        H5Tset_cset(type, H5T_CSET_UTF8) >= 0 && H5Pset_obj_track_times(list, 0) >= 0)
        id = H5Dcreate2(w->out.file, "recipe", type, space, H5P_DEFAULT, list, H5P_DEFAULT);
    if (id >= 0)
        got = H5Dwrite(id, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, &text);
    yk_h5_drop(&id);
    yk_h5_drop(&list);
    yk_h5_drop(&space);
    yk_h5_drop(&type);
    return got < 0 ? yk_h5_writer_error(&w->out, "recipe") : YK_OK;
}

static herr_t put_item(hid_t group, const yk_state_item *item, const yk_state *state)
{
    const char *field = (const char *)state + item->offset;
    switch (item->kind) {
    case YK_STATE_INT:
        return yk_h5_put_numbers(group, item->name, H5T_NATIVE_INT64, -1, field);
    case YK_STATE_UINT:
        return yk_h5_put_numbers(group, item->name, H5T_NATIVE_UINT64, -1, field);
    case YK_STATE_REAL:
        return yk_h5_put_numbers(group, item->name, H5T_NATIVE_DOUBLE, -1, field);
    case YK_STATE_TEXT:
        return put_text(group, item->name, field);
    }
    return -1;
}

static yk_status put_state(yk_checkpoint_writer *w)
{
    hid_t group;
    yk_status status = YK_OK;
    YK_TRY(yk_h5_writer_group(&w->out, "/state", &group));
    YK_TRY_GOTO(yk_h5_writer_reserve(&w->out, sizeof w->state), done);
    for (const yk_state_item *item = yk_state_items; item->name && status == YK_OK; item++)
        if (yk_state_has(&w->state, item) && put_item(group, item, &w->state) < 0)
            status = yk_h5_writer_error(&w->out, item->name);
done:
    yk_h5_drop(&group);
    return status;
}

static yk_status start(yk_checkpoint_writer *w, const char *path, const char *recipe)
{
    YK_TRY(yk_strdup(&w->recipe, recipe));
    YK_TRY(yk_h5_writer_open(&w->out, path, false, true));
    YK_TRY(put_recipe(w));
    YK_TRY(put_state(w));
    return YK_OK;
}

yk_status yk_checkpoint_create(yk_checkpoint_writer **out, const char *path, const char *recipe, const yk_state *state)
{
    yk_status status;
    yk_checkpoint_writer *w;
    *out = NULL;
    YK_TRY(yk_alloc(&w, 1, sizeof *w));
    w->out = (yk_h5_writer)YK_H5_WRITER_NONE;
    w->state = *state;
    w->tensor = -1;
    YK_H5_QUIET(status, start(w, path, recipe));
    if (status != YK_OK)
        yk_checkpoint_discard(&w);
    *out = w;
    return status;
}

/* The last tensor has all its elements: its sum becomes its attribute. */
static yk_status complete(yk_checkpoint_writer *w)
{
    yk_saved *last = &w->table.at[w->table.n - 1];
    yk_sha256_end(&w->sha, last->sha256);
    YK_TRY(yk_h5_writer_reserve(&w->out, 0));
    if (put_text(w->tensor, "sha256", last->sha256) < 0)
        return yk_h5_writer_error(&w->out, last->name);
    yk_h5_drop(&w->tensor);
    return YK_OK;
}

static yk_status expect_complete(const yk_checkpoint_writer *w)
{
    YK_CHECK(w->tensor < 0, YK_ERR_INTERNAL, "%s: %s still needs %" PRId64 " elements", w->out.beside.path,
             w->table.at[w->table.n - 1].name, w->left);
    return YK_OK;
}

static yk_status begin_tensor(yk_checkpoint_writer *w, const char *name, yk_dtype dtype, const yk_shape *shape)
{
    hid_t root;
    yk_saved *saved;
    YK_TRY(expect_complete(w));
    YK_TRY(yk_saved_add(&w->table, name, dtype, shape, &saved));
    const char *slash = strrchr(name, '/');
    char parent[YK_H5_NAME];
    YK_CHECK(slash && strlen(name) < sizeof parent, YK_ERR_ARG,
             "%s: \"%s\" does not name a tensor in a group, in less than %d bytes", w->out.beside.path, name,
             YK_H5_NAME);
    snprintf(parent, sizeof parent, "%.*s", (int)(slash - name), name);
    YK_TRY(yk_h5_writer_group(&w->out, parent, &root));
    yk_status status = yk_h5_writer_dataset(&w->out, root, slash + 1, dtype, shape, &w->tensor, &saved->offset);
    yk_h5_drop(&root);
    YK_TRY(status);
    yk_sha256_begin(&w->sha);
    w->left = yk_shape_len(shape);
    w->at = saved->offset;
    w->bytes = yk_dtype_size(dtype);
    if (w->left == 0)
        YK_TRY(complete(w));
    return YK_OK;
}

yk_status yk_checkpoint_tensor(yk_checkpoint_writer *w, const char *name, yk_dtype dtype, const yk_shape *shape)
{
    yk_status status;
    YK_H5_QUIET(status, begin_tensor(w, name, dtype, shape));
    return status;
}

static yk_status add_piece(yk_checkpoint_writer *w, int64_t count, const void *data)
{
    YK_CHECK(count >= 0 && count <= w->left, YK_ERR_INTERNAL,
             "%s: a piece of %" PRId64 " elements where the tensor needs %" PRId64 " more", w->out.beside.path, count,
             w->left);
    if (count == 0)
        return YK_OK;
    int64_t bytes = count * w->bytes;
    YK_TRY(yk_raw_write(w->out.beside.fd, w->out.beside.tmp, data, bytes, w->at));
    yk_sha256_add(&w->sha, data, (size_t)bytes);
    w->at += bytes;
    w->left -= count;
    if (w->left == 0)
        YK_TRY(complete(w));
    return YK_OK;
}

yk_status yk_checkpoint_piece(yk_checkpoint_writer *w, int64_t count, const void *data)
{
    yk_status status;
    YK_H5_QUIET(status, add_piece(w, count, data));
    return status;
}

/* Attributes of the root; digests of the whole are taken over the table in name order. */
static yk_status put_root(yk_checkpoint_writer *w, char digest[YK_SHA256_HEX])
{
    char sha256[YK_SHA256_HEX];
    yk_saved_sort(&w->table);
    YK_TRY(yk_saved_digest(&w->table, digest));
    yk_saved_sum(&w->table, w->recipe, &w->state, sha256);
    YK_TRY(yk_h5_writer_reserve(&w->out, 0));
    if (put_text(w->out.file, "yoke", YK_VERSION) < 0 || put_integer(w->out.file, "format", YK_CHECKPOINT_FORMAT) < 0 ||
        put_integer(w->out.file, "guard", 1) < 0 || put_text(w->out.file, "digest", digest) < 0 ||
        put_text(w->out.file, "sha256", sha256) < 0)
        return yk_h5_writer_error(&w->out, "attributes of the root");
    return YK_OK;
}

/* Adds the guard and makes everything durable. */
static yk_status guard(const yk_checkpoint_writer *w)
{
    int fd = w->out.beside.fd;
    struct stat s;
    if (fstat(fd, &s) != 0)
        return yk_raw_error(w->out.beside.tmp, "", errno);
    YK_TRY(yk_guard_append(fd, w->out.beside.tmp, &w->table, s.st_size));
    if (fsync(fd) != 0)
        return yk_raw_error(w->out.beside.tmp, "", errno);
    return YK_OK;
}

/* Reads PATH.tmp back, from the disk where the system lets go of its copy in memory: opening checks every sum. */
static yk_status verify(const yk_checkpoint_writer *w, const char *digest)
{
    yk_checkpoint *back;
    (void)posix_fadvise(w->out.beside.fd, 0, 0, POSIX_FADV_DONTNEED);
    YK_TRY(yk_checkpoint_open(&back, w->out.beside.tmp));
    bool same = strcmp(yk_checkpoint_digest(back), digest) == 0 && yk_checkpoint_count(back) == w->table.n;
    yk_checkpoint_close(&back);
    YK_CHECK(same, YK_ERR_IO, "%s: what was read back is not what was written", w->out.beside.tmp);
    return YK_OK;
}

static yk_status seal(yk_checkpoint_writer *w)
{
    YK_TRY(expect_complete(w));
    YK_TRY(put_root(w, w->digest));
    YK_TRY(yk_h5_writer_end(&w->out));
    YK_TRY(guard(w));
    YK_TRY(verify(w, w->digest));
    w->sealed = true;
    return YK_OK;
}

yk_status yk_checkpoint_seal(yk_checkpoint_writer *w)
{
    yk_status status;
    YK_H5_QUIET(status, seal(w));
    return status;
}

yk_status yk_checkpoint_commit(yk_checkpoint_writer **writer, char digest[YK_SHA256_HEX])
{
    yk_checkpoint_writer *w = *writer;
    yk_status status = w->sealed ? YK_OK : yk_checkpoint_seal(w);
    if (status == YK_OK)
        status = yk_beside_commit(&w->out.beside);
    if (status == YK_OK && digest)
        memcpy(digest, w->digest, sizeof w->digest);
    yk_checkpoint_discard(writer);
    return status;
}

void yk_checkpoint_discard(yk_checkpoint_writer **writer)
{
    if (!*writer)
        return;
    YK_H5_DO(free_all(*writer));
    *writer = NULL;
}
