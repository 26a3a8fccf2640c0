/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE /* memfd_create */
#include "io/h5_writer.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/error.h"
#include "core/mem.h"
#include "core/num.h"
#include "io/raw.h"

#define STRUCTURE (64 * 1024) /* reserved for headers, names and attributes between two calls; a few KB are used */
#define COPY_BYTES (1 << 20)

yk_status yk_h5_writer_error(const yk_h5_writer *w, const char *what)
{
    char reason[YK_H5_REASON];
    YK_FAIL(YK_ERR_IO, "%s: %s: %s", w->beside.tmp, what, yk_h5_reason(reason));
}

/* Makes PATH.tmp `need` bytes long with blocks behind all of them. */
static yk_status reserve_to(yk_h5_writer *w, int64_t need)
{
    if (need <= w->reserved)
        return YK_OK;
    int code;
    do
        code = posix_fallocate(w->beside.fd, w->reserved, need - w->reserved);
    while (code == EINTR);
    if (code != 0 && code != EOPNOTSUPP && code != EINVAL && code != ENOSYS) /* those: it has no reservations */
        return yk_raw_error(w->beside.tmp, "", code);
    w->reserved = need;
    return YK_OK;
}

yk_status yk_h5_writer_reserve(yk_h5_writer *w, int64_t bytes)
{
    hsize_t size = 0;
    if (H5Fget_filesize(w->file, &size) < 0)
        return yk_h5_writer_error(w, "its size");
    YK_TRY(reserve_to(w, (int64_t)size + bytes + STRUCTURE));
    return YK_OK;
}

/* Copies the file that is there into PATH.tmp; a writer of others must not have it open. */
static yk_status copy_old(yk_h5_writer *w)
{
    yk_h5_file old;
    char *buffer = NULL;
    YK_TRY(yk_h5_open(&old, w->beside.path, true, YK_ERR_IO));
    yk_status status = YK_OK;
    YK_TRY_GOTO(yk_alloc(&buffer, COPY_BYTES, 1), done);
    for (int64_t at = 0; at < old.bytes; at += COPY_BYTES) {
        int64_t n = yk_min(COPY_BYTES, old.bytes - at);
        struct iovec piece = { buffer, (size_t)n };
        YK_TRY_GOTO(yk_raw_read(old.fd, old.path, "", &piece, 1, at), done);
        YK_TRY_GOTO(yk_raw_write(w->beside.fd, w->beside.tmp, buffer, n, at), done);
    }
    w->reserved = old.bytes;
done:
    yk_free(buffer);
    yk_h5_close(&old);
    return status;
}

/* Newer structure carries checksums of its own; HDF5 before 1.10.2 has no name for the version that is meant. */
static herr_t with_sums(hid_t access)
{
#if H5_VERSION_GE(1, 10, 2)
    return H5Pset_libver_bounds(access, H5F_LIBVER_V18, H5F_LIBVER_V18);
#else
    return access < 0 ? -1 : 0;
#endif
}

static yk_status open_hdf5(yk_h5_writer *w, bool copied, bool sums)
{
    hid_t access = yk_h5_access(), create = H5Pcreate(H5P_FILE_CREATE);
    /* no times in the file: the same contents are the same bytes */
    if (access >= 0 && create >= 0 && H5Pset_obj_track_times(create, 0) >= 0 && (!sums || with_sums(access) >= 0))
        w->file = copied ? H5Fopen(w->beside.tmp, H5F_ACC_RDWR, access)
                         : H5Fcreate(w->beside.tmp, H5F_ACC_TRUNC, create, access);
    if (!copied)
        w->reserved = 0; /* creating has cut it */
    yk_h5_drop(&create);
    yk_h5_drop(&access);
    if (w->file < 0)
        return yk_h5_writer_error(w, "HDF5 cannot open it");
    return YK_OK;
}

yk_status yk_h5_writer_open(yk_h5_writer *w, const char *path, bool keep, bool sums)
{
    *w = (yk_h5_writer)YK_H5_WRITER_NONE;
    YK_TRY(yk_beside_open(&w->beside, path));
    yk_status status = YK_OK;
    bool copied = keep && access(w->beside.path, F_OK) == 0;
    if (copied)
        YK_TRY_GOTO(copy_old(w), fail);
    else
        YK_TRY_GOTO(reserve_to(w, STRUCTURE), fail); /* a full disk is met before HDF5 holds anything */
    YK_TRY_GOTO(open_hdf5(w, copied, sums), fail);
    YK_TRY_GOTO(yk_h5_writer_reserve(w, 0), fail);
    return YK_OK;
fail:
    yk_h5_writer_discard(w);
    return status;
}

/* Opens or makes the group `part`, a path whose parents exist. */
static hid_t group_at(hid_t file, const char *part)
{
    if (yk_h5_exists(file, part))
        return H5Gopen2(file, part, H5P_DEFAULT);
    hid_t list = H5Pcreate(H5P_GROUP_CREATE), group = -1;
    if (list >= 0 && H5Pset_obj_track_times(list, 0) >= 0)
        group = H5Gcreate2(file, part, H5P_DEFAULT, list, H5P_DEFAULT);
    yk_h5_drop(&list);
    return group;
}

yk_status yk_h5_writer_group(yk_h5_writer *w, const char *path, hid_t *group)
{
    char part[YK_H5_NAME];
    *group = H5Gopen2(w->file, "/", H5P_DEFAULT);
    YK_CHECK(strlen(path) < sizeof part, YK_ERR_ARG, "%s: the name %s is longer than %d bytes", w->beside.path, path,
             YK_H5_NAME - 1);
    for (const char *end = path; *group >= 0 && *end;) {
        end += strspn(end, "/");
        if (*end == '\0')
            break;
        end += strcspn(end, "/");
        snprintf(part, sizeof part, "%.*s", (int)(end - path), path);
        yk_h5_drop(group);
        YK_TRY(yk_h5_writer_reserve(w, 0));
        *group = group_at(w->file, part);
    }
    if (*group < 0)
        return yk_h5_writer_error(w, path);
    return YK_OK;
}

/* How every dataset is laid out: one piece, whose place is fixed at once and that HDF5 does not fill, without times. */
static hid_t layout(void)
{
    hid_t list = H5Pcreate(H5P_DATASET_CREATE);
    if (list >= 0 && (H5Pset_layout(list, H5D_CONTIGUOUS) < 0 || H5Pset_alloc_time(list, H5D_ALLOC_TIME_EARLY) < 0 ||
                      H5Pset_fill_time(list, H5D_FILL_TIME_NEVER) < 0 || H5Pset_obj_track_times(list, 0) < 0))
        yk_h5_drop(&list);
    return list;
}

yk_status yk_h5_writer_dataset(yk_h5_writer *w, hid_t group, const char *name, yk_dtype dtype, const yk_shape *shape,
                               hid_t *id, int64_t *offset)
{
    hsize_t size[YK_MAX_DIMS];
    for (int i = 0; i < shape->ndim; i++)
        size[i] = (hsize_t)shape->dim[i];
    *id = -1;
    *offset = -1;
    YK_TRY(yk_h5_writer_reserve(w, yk_shape_len(shape) * yk_dtype_size(dtype)));
    hid_t type = yk_h5_type(dtype), list = layout();
    hid_t space = shape->ndim ? H5Screate_simple(shape->ndim, size, NULL) : H5Screate(H5S_SCALAR);
    if (type >= 0 && list >= 0 && space >= 0)
        *id = H5Dcreate2(group, name, type, space, H5P_DEFAULT, list, H5P_DEFAULT);
    haddr_t at = *id < 0 ? HADDR_UNDEF : H5Dget_offset(*id);
    if (at != HADDR_UNDEF)
        *offset = (int64_t)at;
    bool good = *id >= 0 && (*offset >= 0 || yk_shape_len(shape) == 0);
    yk_status status = good ? YK_OK : yk_h5_writer_error(w, name);
    yk_h5_drop(&space);
    yk_h5_drop(&list);
    yk_h5_drop(&type);
    if (!good)
        yk_h5_drop(id);
    return status;
}

yk_status yk_h5_writer_end(yk_h5_writer *w)
{
    struct stat s;
    hsize_t size = 0;
    YK_TRY(yk_h5_writer_reserve(w, 0));
    if (H5Fflush(w->file, H5F_SCOPE_GLOBAL) < 0 || H5Fget_filesize(w->file, &size) < 0)
        return yk_h5_writer_error(w, "writing");
    herr_t closed = H5Fclose(w->file);
    w->file = -1; /* also after an error: closing once more would fail once more */
    if (closed < 0)
        return yk_h5_writer_error(w, "closing");
    /* what was reserved and not used is given back; HDF5 itself cuts the file only where its last piece is data */
    if (fstat(w->beside.fd, &s) != 0 || (s.st_size > (off_t)size && ftruncate(w->beside.fd, (off_t)size) != 0))
        return yk_raw_error(w->beside.tmp, "", errno);
    return YK_OK;
}

/* Closing writes what HDF5 still holds. Where the disk takes no more that fails, and HDF5 1.10 keeps the file for ever
 * and crashes at its own end: let it write to memory that is given back. */
static void divert(hid_t file)
{
#ifdef MFD_CLOEXEC
    void *handle;
    const int nowhere = memfd_create("yoke", MFD_CLOEXEC);
    if (nowhere >= 0 && H5Fget_vfd_handle(file, H5P_DEFAULT, &handle) >= 0)
        (void)dup2(nowhere, *(int *)handle);
    if (nowhere >= 0)
        close(nowhere);
#else
    (void)file;
#endif
}

void yk_h5_writer_discard(yk_h5_writer *w)
{
    if (w->file >= 0) {
        divert(w->file);
        H5Fclose(w->file);
    }
    w->file = -1;
    yk_beside_discard(&w->beside);
}
