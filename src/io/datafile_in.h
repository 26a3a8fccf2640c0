/* SPDX-License-Identifier: Apache-2.0 */
/* The inside of an open split, shared by datafile.c (what is in it), dataread.c (samples) and datameta.c
 * (attributes). */
#ifndef YK_IO_DATAFILE_IN_H
#define YK_IO_DATAFILE_IN_H

#include "io/datafile.h"
#include "io/h5.h"

typedef struct yk_datafile_set {
    char *name;
    yk_h5_dataset set;
} yk_datafile_set;

/** A sample to fetch and where it goes. */
typedef struct yk_pick {
    int64_t sample, place;
} yk_pick;

struct yk_datafile {
    char *spec, *path, *group_path;
    yk_h5_file file;
    hid_t group;
    yk_datafile_set **set; /**< the fields of the split in name order, then others that were asked for by path */
    int64_t n_set, listed;
    yk_pick *pick; /**< scratch of yk_datafile_gather(), kept: reading allocates nothing after the first batch */
    int64_t n_pick;
};

/** The opened field of that name; opens one by its path below the split. */
YK_MUST_CHECK yk_status yk_datafile_find(yk_datafile *file, const char *name, yk_datafile_set **out);

#endif
