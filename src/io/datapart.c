/* SPDX-License-Identifier: Apache-2.0 */
/* The files of a split: opened when they are needed, closed when too many are open. */
#include <string.h>
#include <sys/stat.h>

#include "core/error.h"
#include "core/mem.h"
#include "core/num.h"
#include "io/datafile_in.h"
#include "io/spec.h"

yk_status yk_parts_create(yk_datafile *f, int64_t n, char *const *paths)
{
    YK_TRY(yk_alloc(&f->part, n, sizeof *f->part));
    for (int64_t p = 0; p < n; p++) {
        f->part[p] = (yk_part){ .file = YK_H5_FILE_NONE, .group = -1, .bytes = -1 };
        f->n_part = p + 1;
        YK_TRY(yk_strdup(&f->part[p].path, paths[p]));
        if (n == 1)
            YK_TRY(yk_strdup(&f->part[p].spec, f->spec));
        else if (f->group_path[1])
            YK_TRY(yk_format(&f->part[p].spec, "%s:%s", paths[p], f->group_path));
        else
            YK_TRY(yk_strdup(&f->part[p].spec, paths[p]));
    }
    return YK_OK;
}

static void part_close(yk_part *part)
{
    for (int64_t k = 0; k < part->n_set; k++)
        yk_h5_dataset_close(&part->set[k]);
    yk_free(part->set);
    part->set = NULL;
    part->n_set = 0;
    yk_h5_drop(&part->group);
    yk_h5_close(&part->file);
}

void yk_parts_destroy(yk_datafile *f)
{
    for (int64_t p = 0; p < f->n_part; p++) {
        part_close(&f->part[p]);
        yk_free(f->part[p].path);
        yk_free(f->part[p].spec);
    }
    yk_free(f->part);
}

/* What was learned of a part when it was opened first holds as long as nobody writes to it. */
static yk_status same_as_before(yk_part *part)
{
    struct stat now;
    const int fd = part->file.fd;
    YK_CHECK(fstat(fd, &now) == 0, YK_ERR_IO, "%s: cannot be looked at", part->path);
    const int64_t second = now.st_mtim.tv_sec, nanosecond = now.st_mtim.tv_nsec;
    if (part->bytes < 0) {
        part->bytes = now.st_size;
        part->second = second;
        part->nanosecond = nanosecond;
    }
    YK_CHECK(now.st_size >= part->bytes, YK_ERR_IO,
             "%s: truncated: the file had %lld bytes when it was opened first and has %lld", part->path,
             (long long)part->bytes, (long long)now.st_size);
    YK_CHECK(now.st_size == part->bytes && second == part->second && nanosecond == part->nanosecond, YK_ERR_IO,
             "%s: was written to after it was opened first; start again when the files are complete", part->path);
    return YK_OK;
}

/* Closes the i-th of those that are open. */
static void close_open(yk_datafile *f, int i)
{
    part_close(&f->part[f->open[i]]);
    f->open[i] = f->open[--f->n_open];
}

void yk_parts_close(yk_datafile *f)
{
    while (f->n_open > 0)
        close_open(f, f->n_open - 1);
}

static void close_oldest(yk_datafile *f)
{
    int oldest = 0;
    for (int i = 1; i < f->n_open; i++)
        if (f->part[f->open[i]].used < f->part[f->open[oldest]].used)
            oldest = i;
    close_open(f, oldest);
}

/* Opens a part as one more. */
static yk_status open_part(yk_datafile *f, int64_t p)
{
    int number;
    YK_TRY(yk_to_int(&number, p, "the number of files"));
    YK_TRY(yk_h5_open_plain(&f->part[p].file, f->part[p].path, true, YK_ERR_IO));
    f->open[f->n_open++] = number;
    yk_status status = same_as_before(&f->part[p]);
    if (status != YK_OK)
        close_open(f, f->n_open - 1);
    return status;
}

yk_status yk_part_use(yk_datafile *f, int64_t p)
{
    yk_part *part = &f->part[p];
    part->used = ++f->uses;
    if (part->file.fd >= 0)
        return YK_OK;
    if (f->n_open == YK_PARTS_OPEN)
        close_oldest(f);
    const bool again = part->bytes >= 0;
    yk_status status = open_part(f, p);
    if (status != YK_OK && again)
        yk_error_prefix(status, "the data's files must stay while they are read: ");
    return status;
}

yk_status yk_part_group(yk_datafile *f, int64_t p)
{
    yk_part *part = &f->part[p];
    YK_TRY(yk_part_use(f, p));
    if (part->file.id < 0) {
        yk_status status = yk_h5_open_hdf5(&part->file, YK_ERR_IO);
        for (int i = f->n_open - 1; status != YK_OK && i >= 0; i--)
            if (f->open[i] == p)
                close_open(f, i);
        YK_TRY(status);
    }
    if (part->group < 0 && yk_h5_exists(part->file.id, f->group_path))
        part->group = H5Oopen(part->file.id, f->group_path, H5P_DEFAULT);
    return YK_OK;
}

bool yk_part_has(const yk_part *part, const char *name)
{
    bool dataset = false;
    if (part->group >= 0 && name[0] && yk_h5_exists(part->group, name)) {
        hid_t object = H5Oopen(part->group, name, H5P_DEFAULT);
        dataset = object >= 0 && H5Iget_type(object) == H5I_DATASET;
        yk_h5_drop(&object);
    }
    return dataset;
}

yk_status yk_part_set(yk_datafile *f, int64_t p, int64_t k, yk_h5_dataset **out, bool *usable)
{
    yk_part *part = &f->part[p];
    *usable = true;
    YK_TRY(yk_part_group(f, p));
    if (k >= part->n_set) {
        YK_TRY(yk_realloc(&part->set, k + 1, sizeof *part->set));
        for (; part->n_set <= k; part->n_set++)
            part->set[part->n_set] = (yk_h5_dataset){ .id = -1, .type = -1 };
    }
    *out = &part->set[k];
    if (part->set[k].id < 0) {
        yk_status status = yk_h5_dataset_open(&part->set[k], &part->file, part->group, f->column[k]->name,
                                              YK_H5_CACHE / yk_min(f->n_part, YK_PARTS_OPEN), usable);
        if (status != YK_OK)
            YK_TRY(same_as_before(part)); /* a better reason than HDF5's */
        YK_TRY(status);
    }
    if (*usable && part->set[k].shape.ndim == 0) {
        yk_h5_dataset_close(&part->set[k]);
        *usable = false;
    }
    if (!*usable)
        *out = NULL;
    return YK_OK;
}
