/* SPDX-License-Identifier: Apache-2.0 */
/* Loading a checkpoint: everything is taken out of HDF5 at once and every sum is checked. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/error.h"
#include "core/mem.h"
#include "core/num.h"
#include "io/checkpoint_in.h"
#include "io/raw.h"

#define CHECK_BYTES (1 << 20) /* read at once while checking */
#define DEPTH_MAX 16          /* groups in groups: a damaged link may run in a circle */

/* The one string of an attribute (of `where`) or of the dataset `name`. */
static yk_status get_text(const yk_checkpoint *c, hid_t id, const char *name, char **text)
{
    int64_t n = 0;
    *text = NULL;
    yk_status status = id < 0 ? YK_OK : yk_h5_strings(id, text, &n);
    yk_h5_drop(&id);
    if (status != YK_OK)
        return yk_error_prefix(status, "%s: damaged: \"%s\": ", c->path, name);
    if (n != 1) {
        yk_free(*text);
        *text = NULL;
        YK_FAIL(YK_ERR_DATA, "%s: damaged: no text \"%s\"", c->path, name);
    }
    return YK_OK;
}

static yk_status get_attribute_text(const yk_checkpoint *c, hid_t where, const char *name, char *out, size_t size)
{
    char *text;
    hid_t id = H5Aexists(where, name) > 0 ? H5Aopen(where, name, H5P_DEFAULT) : -1;
    YK_TRY(get_text(c, id, name, &text));
    bool fits = strlen(text) < size;
    if (fits)
        snprintf(out, size, "%s", text);
    yk_free(text);
    YK_CHECK(fits, YK_ERR_DATA, "%s: damaged: \"%s\" is longer than %zu bytes", c->path, name, size - 1);
    return YK_OK;
}

static yk_status get_number(const yk_checkpoint *c, hid_t where, const char *name, hid_t type, void *out)
{
    hid_t id = H5Aexists(where, name) > 0 ? H5Aopen(where, name, H5P_DEFAULT) : -1;
    hid_t space = id < 0 ? -1 : H5Aget_space(id);
    bool good = space >= 0 && H5Sget_simple_extent_npoints(space) == 1 && H5Aread(id, type, out) >= 0;
    yk_h5_drop(&space);
    yk_h5_drop(&id);
    YK_CHECK(good, YK_ERR_DATA, "%s: damaged: no number \"%s\"", c->path, name);
    return YK_OK;
}

static yk_status get_item(yk_checkpoint *c, hid_t group, const yk_state_item *item)
{
    char *field = (char *)&c->state + item->offset;
    switch (item->kind) {
    case YK_STATE_TEXT:
        return get_attribute_text(c, group, item->name, field, item->size);
    case YK_STATE_INT:
        return get_number(c, group, item->name, H5T_NATIVE_INT64, field);
    case YK_STATE_UINT:
        return get_number(c, group, item->name, H5T_NATIVE_UINT64, field);
    case YK_STATE_REAL:
        return get_number(c, group, item->name, H5T_NATIVE_DOUBLE, field);
    }
    return YK_OK;
}

static yk_status get_state(yk_checkpoint *c)
{
    hid_t group = yk_h5_exists(c->file.id, "state") ? H5Gopen2(c->file.id, "state", H5P_DEFAULT) : -1;
    YK_CHECK(group >= 0, YK_ERR_DATA, "%s: damaged: no group /state", c->path);
    yk_status status = YK_OK;
    for (const yk_state_item *item = yk_state_items; item->name && status == YK_OK; item++)
        if (!item->optional || H5Aexists(group, item->name) > 0)
            status = get_item(c, group, item);
    yk_h5_drop(&group);
    return status;
}

/* One dataset becomes one entry of the table. */
static yk_status get_tensor(yk_checkpoint *c, hid_t group, const char *link, const char *name)
{
    yk_h5_dataset set;
    yk_saved *saved;
    bool usable;
    YK_TRY(yk_h5_dataset_open(&set, &c->file, group, link, YK_H5_CACHE, &usable));
    YK_CHECK(usable, YK_ERR_DATA, "%s: damaged: %s is no tensor", c->path, name);
    yk_status status = YK_OK;
    int64_t bytes = yk_shape_len(&set.shape) * yk_dtype_size(set.dtype);
    YK_TRY_GOTO(yk_saved_add(&c->table, name, set.dtype, &set.shape, &saved), done);
    YK_TRY_GOTO(get_attribute_text(c, set.id, "sha256", saved->sha256, YK_SHA256_HEX), done);
    saved->offset = set.offset;
    YK_CHECK_GOTO(bytes == 0 || set.offset >= 0, done, YK_ERR_DATA,
                  "%s: %s is not stored in one piece (chunked, compressed or of foreign byte order); h5repack -l CONTI "
                  "changes that",
                  c->path, name);
    YK_CHECK_GOTO(bytes == 0 || bytes <= c->file.bytes - set.offset, done, YK_ERR_DATA,
                  "%s: damaged: %s needs bytes up to %" PRId64 ", the file has %" PRId64, c->path, name,
                  set.offset + bytes, c->file.bytes);
done:
    yk_h5_dataset_close(&set);
    return status;
}

static yk_status get_group(yk_checkpoint *c, hid_t group, const char *path, int depth);

static yk_status get_object(yk_checkpoint *c, hid_t group, const char *link, const char *path, int depth)
{
    char name[YK_H5_NAME], reason[YK_H5_REASON];
    int length = snprintf(name, sizeof name, "%s/%s", path, link);
    YK_CHECK(length < (int)sizeof name && depth < DEPTH_MAX, YK_ERR_DATA, "%s: %s: too many groups in groups", c->path,
             path);
    hid_t object = H5Oopen(group, link, H5P_DEFAULT);
    YK_CHECK(object >= 0, YK_ERR_DATA, "%s: damaged: %s: %s", c->path, name, yk_h5_reason(reason));
    bool is_group = H5Iget_type(object) == H5I_GROUP;
    yk_status status = is_group ? get_group(c, object, name, depth + 1) : get_tensor(c, group, link, name);
    yk_h5_drop(&object);
    return status;
}

static yk_status get_group(yk_checkpoint *c, hid_t group, const char *path, int depth)
{
    char link[YK_H5_NAME];
    int64_t n = yk_h5_links(group);
    for (int64_t i = 0; i < n; i++) {
        YK_CHECK(yk_h5_link(group, i, link), YK_ERR_DATA, "%s: damaged: the names in /%s", c->path, path);
        YK_TRY(get_object(c, group, link, path, depth));
    }
    return YK_OK;
}

static yk_status get_tensors(yk_checkpoint *c)
{
    static const char *const roots[] = { "params", "buffers", "slots", "ema" };
    for (size_t i = 0; i < sizeof roots / sizeof *roots; i++) {
        if (!yk_h5_exists(c->file.id, roots[i]))
            continue;
        hid_t group = H5Gopen2(c->file.id, roots[i], H5P_DEFAULT);
        YK_CHECK(group >= 0, YK_ERR_DATA, "%s: damaged: no group /%s", c->path, roots[i]);
        yk_status status = get_group(c, group, roots[i], 0);
        yk_h5_drop(&group);
        YK_TRY(status);
    }
    yk_saved_sort(&c->table);
    return YK_OK;
}

static yk_status check_tensor(const yk_checkpoint *c, const yk_saved *s, char *buffer)
{
    yk_sha256 sha;
    char hex[YK_SHA256_HEX];
    int64_t bytes = yk_shape_len(&s->shape) * yk_dtype_size(s->dtype);
    yk_sha256_begin(&sha);
    for (int64_t at = 0; at < bytes; at += CHECK_BYTES) {
        struct iovec piece = { buffer, (size_t)yk_min(CHECK_BYTES, bytes - at) };
        size_t length = piece.iov_len;
        YK_TRY(yk_raw_read(c->file.fd, c->path, s->name, &piece, 1, s->offset + at));
        yk_sha256_add(&sha, buffer, length);
    }
    yk_sha256_end(&sha, hex);
    YK_CHECK(strcmp(hex, s->sha256) == 0, YK_ERR_DATA, "%s: damaged: the bytes of %s do not have its sha256", c->path,
             s->name);
    return YK_OK;
}

/* Sums of the tensors, then the two over the whole, against the attributes of the root. */
static yk_status check(yk_checkpoint *c)
{
    char *buffer, said[YK_SHA256_HEX], sum[YK_SHA256_HEX];
    yk_status status = YK_OK;
    YK_TRY(yk_alloc(&buffer, CHECK_BYTES, 1));
    for (int64_t i = 0; i < c->table.n && status == YK_OK; i++)
        status = check_tensor(c, &c->table.at[i], buffer);
    yk_free(buffer);
    YK_TRY(status);
    YK_TRY(get_attribute_text(c, c->file.id, "sha256", said, sizeof said));
    yk_saved_sum(&c->table, c->recipe, &c->state, sum);
    YK_CHECK(strcmp(said, sum) == 0, YK_ERR_DATA,
             "%s: damaged: recipe, state and tensors do not have the sha256 of the file", c->path);
    YK_TRY(get_attribute_text(c, c->file.id, "digest", said, sizeof said));
    YK_TRY(yk_saved_digest(&c->table, c->digest));
    YK_CHECK(strcmp(said, c->digest) == 0, YK_ERR_DATA, "%s: damaged: parameters and buffers do not have the digest",
             c->path);
    return YK_OK;
}

static yk_status get_recipe(yk_checkpoint *c)
{
    hid_t id = yk_h5_exists(c->file.id, "recipe") ? H5Dopen2(c->file.id, "recipe", H5P_DEFAULT) : -1;
    YK_TRY(get_text(c, id, "recipe", &c->recipe));
    return YK_OK;
}

yk_status yk_checkpoint_load(yk_checkpoint *c, const char *path)
{
    int64_t format, guard = 0;
    bool guarded;
    YK_TRY(yk_strdup(&c->path, path));
    YK_TRY(yk_h5_open_plain(&c->file, c->path, false, YK_ERR_DATA));
    YK_TRY(yk_guard_check(c->file.fd, path, c->file.bytes, &guarded)); /* before HDF5 reads what may be damaged */
    YK_TRY(yk_h5_open_hdf5(&c->file, YK_ERR_DATA));
    YK_CHECK(H5Aexists(c->file.id, "yoke") > 0, YK_ERR_DATA, "%s: not a checkpoint (it has no attribute \"yoke\")",
             path);
    YK_TRY(get_number(c, c->file.id, "format", H5T_NATIVE_INT64, &format));
    YK_CHECK(format == YK_CHECKPOINT_FORMAT, YK_ERR_DATA,
             "%s: is of checkpoint format %" PRId64 "; this yoke reads format %d", path, format, YK_CHECKPOINT_FORMAT);
    if (H5Aexists(c->file.id, "guard") > 0)
        YK_TRY(get_number(c, c->file.id, "guard", H5T_NATIVE_INT64, &guard));
    YK_CHECK(guarded || !guard, YK_ERR_DATA, "%s: damaged: its last lines, which guard the others, are missing", path);
    YK_TRY(get_recipe(c));
    YK_TRY(get_state(c));
    YK_TRY(get_tensors(c));
    YK_TRY(check(c));
    return YK_OK;
}
