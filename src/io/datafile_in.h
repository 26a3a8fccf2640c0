/* SPDX-License-Identifier: Apache-2.0 */
/* The inside of an open split, shared by datafile.c (its fields), datapart.c (its files), dataread.c (samples) and
 * datameta.c (attributes).
 *
 * A split has one file, or as many as a pattern matches: its parts, whose samples follow each other. Of thousands of
 * parts only YK_PARTS_OPEN are open at a time. What reading needs is kept of all: how many samples a part has, and
 * where a field's bytes lie if they lie in one piece; then a part is opened again without HDF5. */
#ifndef YK_IO_DATAFILE_IN_H
#define YK_IO_DATAFILE_IN_H

#include "io/datafile.h"
#include "io/h5.h"

#define YK_PARTS_OPEN 32

/** A file of the split. */
typedef struct yk_part {
    char *path, *spec; /**< "out/a.h5", and with its group for messages: "out/a.h5:/train" */
    yk_h5_file file;   /**< fd -1: closed; id -1: HDF5 does not hold it */
    hid_t group;
    yk_h5_dataset *set; /**< [n_set] HDF5's side of the fields, id -1 where it is not open */
    int64_t n_set;
    int64_t bytes, second, nanosecond; /**< size and time when it was opened first; bytes -1: not yet */
    int64_t used;                      /**< when last, counted in uses */
} yk_part;

/** A field over all parts. */
typedef struct yk_column {
    char *name;
    yk_dtype dtype;
    yk_shape shape;
    int64_t *first;  /**< [parts + 1] samples before each part */
    int64_t *offset; /**< [parts] of its first byte in the part, or -1: read through HDF5 */
    char *differs;   /**< why the parts' fields of this name are not one field; NULL: they are */
} yk_column;

/** A sample to fetch and where it goes. */
typedef struct yk_pick {
    int64_t sample, place;
} yk_pick;

struct yk_datafile {
    char *spec, *path, *group_path;
    int64_t n_part;
    yk_part *part;
    int n_open, open[YK_PARTS_OPEN]; /**< numbers of the parts that are open */
    int64_t uses;
    yk_column **column;       /**< the fields of the split in name order, then others that were asked for by path */
    int64_t n_column, listed; /**< listed: in the split itself */
    yk_pick *pick; /**< scratch of yk_datafile_gather(), kept: reading allocates nothing after the first batch */
    int64_t n_pick;
};

/** Sets the parts up, closed. */
YK_MUST_CHECK yk_status yk_parts_create(yk_datafile *file, int64_t n, char *const *paths);
void yk_parts_destroy(yk_datafile *file);

/** Closes all parts. */
void yk_parts_close(yk_datafile *file);

/** Makes sure that the part's descriptor is open; closes the one that was used longest ago where too many are. */
YK_MUST_CHECK yk_status yk_part_use(yk_datafile *file, int64_t part);

/** The same, with its group open in HDF5. */
YK_MUST_CHECK yk_status yk_part_group(yk_datafile *file, int64_t part);

/** HDF5's side of a column in a part, opened where it is not. *usable: as yk_h5_dataset_open(), false for scalars too;
 *  then *out is NULL. */
YK_MUST_CHECK yk_status yk_part_set(yk_datafile *file, int64_t part, int64_t column, yk_h5_dataset **out, bool *usable);

/** Whether a dataset of that name is in the part's group, which is open. */
bool yk_part_has(const yk_part *part, const char *name);

/** Adds the field of that name as the last column if part 0 has it as numbers (else *usable is false). */
YK_MUST_CHECK yk_status yk_column_keep(yk_datafile *file, const char *name, bool *usable);

/** Appends a part's samples to a column, in the order of parts; what does not fit becomes its `differs`. *usable is
 * false where part 0 has no such field. */
YK_MUST_CHECK yk_status yk_column_append(yk_datafile *file, int64_t part, int64_t column, bool *usable);
void yk_column_destroy(yk_column *column);

/** The column of that name; opens one by its path below the split. */
YK_MUST_CHECK yk_status yk_datafile_find(yk_datafile *file, const char *name, yk_column **out);

/** Number of the part that holds a sample. */
int64_t yk_column_part(const yk_datafile *file, const yk_column *column, int64_t sample);

#endif
