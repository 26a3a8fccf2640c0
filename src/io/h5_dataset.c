/* SPDX-License-Identifier: Apache-2.0 */
/* Datasets: what they are, where their bytes lie, and reading them through HDF5 where plain reads cannot. */
#include <string.h>

#include "core/error.h"
#include "core/num.h"
#include "io/h5.h"

/* Cuts dims into a yk_shape; false for ranks and sizes that yoke has none for. */
static bool shape_of(hid_t id, yk_shape *shape)
{
    hsize_t dim[H5S_MAX_RANK];
    bool fits = false;
    hid_t space = H5Dget_space(id);
    int ndim = space < 0 ? -1 : H5Sget_simple_extent_dims(space, dim, NULL);
    if (ndim >= 0 && ndim <= YK_MAX_DIMS && H5Sget_simple_extent_type(space) != H5S_NULL) {
        int64_t bytes = 8; /* of the largest type: every product of sizes and bytes fits */
        *shape = (yk_shape){ .ndim = ndim };
        fits = true;
        for (int i = 0; i < ndim; i++) {
            fits = fits && dim[i] <= INT64_MAX && yk_mul(&bytes, bytes, dim[i] ? (int64_t)dim[i] : 1);
            shape->dim[i] = (int64_t)dim[i];
        }
    }
    yk_h5_drop(&space);
    return fits;
}

/* Type of the elements in memory: of an enumeration the same one in native order (HDF5 converts it to no integer). */
static hid_t memory_type(hid_t file_type, yk_dtype dtype)
{
    return H5Tget_class(file_type) == H5T_ENUM ? H5Tget_native_type(file_type, H5T_DIR_ASCEND) : yk_h5_type(dtype);
}

/* Whether elements in the file are those of memory, bit by bit. */
static bool same_bits(hid_t file_type, yk_dtype dtype)
{
    hid_t base = H5Tget_class(file_type) == H5T_ENUM ? H5Tget_super(file_type) : H5Tcopy(file_type);
    hid_t wanted = yk_h5_type(dtype);
    bool same = base >= 0 && wanted >= 0 && H5Tequal(base, wanted) > 0;
    yk_h5_drop(&wanted);
    yk_h5_drop(&base);
    return same;
}

/* An external link leads into another file: its offsets are not ours. */
static bool in_this_file(hid_t id, const yk_h5_file *file)
{
    char a[4096], b[4096];
    ssize_t n = H5Fget_name(id, a, sizeof a), m = H5Fget_name(file->id, b, sizeof b);
    return n > 0 && n == m && n < (ssize_t)sizeof a && strcmp(a, b) == 0;
}

/* Room for all chunks that one row crosses, so that reading rows in order unpacks each chunk once. */
static hid_t reopen_with_cache(hid_t id, hid_t where, const char *path, hid_t create, const yk_h5_dataset *set,
                               int64_t cache)
{
    hsize_t chunk[H5S_MAX_RANK];
    int ndim = H5Pget_chunk(create, H5S_MAX_RANK, chunk);
    hid_t list = H5Pcreate(H5P_DATASET_ACCESS);
    size_t bytes = (size_t)yk_dtype_size(set->dtype), crossed = 1;
    for (int i = 0; i < ndim && i < set->shape.ndim; i++) {
        bytes *= (size_t)chunk[i];
        if (i > 0)
            crossed *= (size_t)yk_div_up(set->shape.dim[i], (int64_t)chunk[i]);
    }
    size_t room = (size_t)yk_min((int64_t)(bytes * crossed), cache);
    size_t slots = (size_t)yk_min((int64_t)crossed, 1 << 13) * 100 + 1; /* a hundred a chunk, as HDF5 advises */
    if (list >= 0 && room > ((size_t)1 << 20) && H5Pset_chunk_cache(list, slots, room, 1.0) >= 0) {
        hid_t again = H5Dopen2(where, path, list);
        if (again >= 0) {
            yk_h5_drop(&id);
            id = again;
        }
    }
    yk_h5_drop(&list);
    return id;
}

/* Fills in where the bytes lie; false on an error of HDF5. */
static bool locate(yk_h5_dataset *set, const yk_h5_file *file, hid_t where, const char *path, int64_t cache, hid_t type)
{
    hid_t create = H5Dget_create_plist(set->id);
    H5D_layout_t layout = create < 0 ? H5D_LAYOUT_ERROR : H5Pget_layout(create);
    set->offset = -1;
    if (layout == H5D_CONTIGUOUS && same_bits(type, set->dtype) && in_this_file(set->id, file)) {
        haddr_t at = H5Dget_offset(set->id); /* undefined: nothing was written, or it lies in files of its own */
        if (at != HADDR_UNDEF && at <= INT64_MAX)
            set->offset = (int64_t)at;
    }
    if (layout == H5D_CHUNKED)
        set->id = reopen_with_cache(set->id, where, path, create, set, cache);
    yk_h5_drop(&create);
    return layout != H5D_LAYOUT_ERROR;
}

yk_status yk_h5_dataset_open(yk_h5_dataset *set, const yk_h5_file *file, hid_t where, const char *path, int64_t cache,
                             bool *usable)
{
    char reason[YK_H5_REASON];
    *set = (yk_h5_dataset){ .id = H5Dopen2(where, path, H5P_DEFAULT), .type = -1, .offset = -1 };
    hid_t type = set->id < 0 ? -1 : H5Dget_type(set->id);
    set->dtype = type < 0 ? YK_NO_DTYPE : yk_h5_dtype(type);
    bool good = type >= 0;
    *usable = good && set->dtype != YK_NO_DTYPE && shape_of(set->id, &set->shape);
    if (*usable) {
        set->type = memory_type(type, set->dtype);
        good = set->type >= 0 && locate(set, file, where, path, cache, type);
    }
    if (!good)
        yk_h5_reason(reason);
    yk_h5_drop(&type);
    if (!good || !*usable)
        yk_h5_dataset_close(set);
    YK_CHECK(good, YK_ERR_DATA, "%s: \"%s\" cannot be opened: %s", file->path, path, reason);
    return YK_OK;
}

void yk_h5_dataset_close(yk_h5_dataset *set)
{
    yk_h5_drop(&set->type);
    yk_h5_drop(&set->id);
}

herr_t yk_h5_dataset_read(const yk_h5_dataset *set, int64_t first, int64_t count, void *out, char reason[YK_H5_REASON])
{
    hsize_t start[YK_MAX_DIMS] = { (hsize_t)first }, size[YK_MAX_DIMS] = { (hsize_t)count };
    for (int i = 1; i < set->shape.ndim; i++)
        size[i] = (hsize_t)set->shape.dim[i];
    hid_t in_file = H5Dget_space(set->id), in_memory = H5Screate_simple(set->shape.ndim, size, NULL);
    herr_t got = -1;
    if (in_file >= 0 && in_memory >= 0 && H5Sselect_hyperslab(in_file, H5S_SELECT_SET, start, NULL, size, NULL) >= 0)
        got = H5Dread(set->id, set->type, in_memory, in_file, H5P_DEFAULT, out);
    if (got < 0)
        yk_h5_reason(reason); /* the next call forgets it */
    yk_h5_drop(&in_memory);
    yk_h5_drop(&in_file);
    return got;
}
