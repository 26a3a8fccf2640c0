/* SPDX-License-Identifier: Apache-2.0 */
/* Dataset files: an HDF5 file, or a split group in it, given as "mnist.h5" or "mnist.h5:/train". Every dataset in the
 * group is a field; its first dimension counts samples. A pattern, "out/step_*.h5:/train", is all files that it
 * matches, in C order of their names, one after the other: their samples are numbered through. HDF5 says where the
 * bytes lie; contiguous fields are read with pread, which also notices a file that was cut short while open. HDF5's own
 * error stack never reaches the user: one line names the file, the field and the cause.
 *
 * Calls may come from several threads of a process: one at a time gets to HDF5, which is not safe for threads. A split
 * itself is one thread's at a time. */
#ifndef YK_IO_DATAFILE_H
#define YK_IO_DATAFILE_H

#include <stdbool.h>

#include "tensor/tensor.h"

typedef struct yk_datafile yk_datafile;

typedef struct yk_field {
    const char *name; /**< borrowed from the file */
    yk_dtype dtype;
    yk_shape shape; /**< shape.dim[0] counts samples */
} yk_field;

/** Whether files are looked at by a child process before they are opened: HDF5 believes what a damaged file says, and
 *  may crash, hang or ask for all memory. Off at first, since a host program may not want to be forked; the program
 *  switches it on. A file that a child dies of is YK_ERR_IO, "damaged". */
void yk_datafile_probe(bool yes);

/** Opens a split read-only. YK_ERR_IO: no such file, not HDF5, empty, truncated; YK_ERR_DATA: no such group (names the
 *  groups there are). Each file of a pattern is looked into once; few are open at a time, and none may change until the
 *  split is closed. Release with yk_datafile_close(). */
YK_MUST_CHECK yk_status yk_datafile_open(yk_datafile **out, const char *spec);

/** Closes and sets to NULL; accepts NULL. */
void yk_datafile_close(yk_datafile **file);

/** Closes its files until something is read of them again. */
void yk_datafile_rest(yk_datafile *file);

/** The specification it was opened with, for messages. */
const char *yk_datafile_spec(const yk_datafile *file);

/** Files of the split. */
int64_t yk_datafile_parts(const yk_datafile *file);

/** The p-th file as messages name it. */
const char *yk_datafile_part(const yk_datafile *file, int64_t p);

/** Number of the first sample of a field in the p-th file; of the file after the last: how many there are. The field
 * has been found. */
int64_t yk_datafile_begin(const yk_datafile *file, const char *name, int64_t p);

/** Fields of the split, in name order. Datasets of types that yoke has none for (strings), scales of dimensions, and
 *  fields that differ in type or shape from file to file are not counted. */
int yk_datafile_count(const yk_datafile *file);
void yk_datafile_at(const yk_datafile *file, int i, yk_field *out);

/** What differs of the i-th field that is not the same in all files: "b.h5: field "p" is of float32, but ..."; NULL
 * after the last. */
const char *yk_datafile_differs(const yk_datafile *file, int i);

/** Finds a field by name or path below the split ("x", "train_set_x"). YK_ERR_DATA names the fields there are, or two
 *  files and what differs. */
YK_MUST_CHECK yk_status yk_datafile_field(yk_datafile *file, const char *name, yk_field *out);

/** Whether there is something of that name. */
bool yk_datafile_has(yk_datafile *file, const char *name);

/** YK_ERR_DATA where two fields have different numbers of samples in one of the files. */
YK_MUST_CHECK yk_status yk_datafile_aligned(yk_datafile *file, const char *name, const char *other);

/** The file that holds a sample of a field, for messages; *sample becomes its number in that file. */
const char *yk_datafile_place(const yk_datafile *file, const char *name, int64_t *sample);

/** Reads samples first .. first+count-1 of a field into `out` (count * sample bytes, native byte order). */
YK_MUST_CHECK yk_status yk_datafile_read(yk_datafile *file, const char *name, int64_t first, int64_t count, void *out);

/** Reads the samples whose numbers stand in sample[0..count), in that order. */
YK_MUST_CHECK yk_status yk_datafile_gather(yk_datafile *file, const char *name, int64_t count, const int64_t *sample,
                                           void *out);

/** Names of the classes of a label field: attribute `classes` of the field, its group or the file's root, or a dataset
 *  `list_classes` beside it. *names is a block of strings separated by '\0' (release with yk_free()), *n their number;
 *  NULL and 0 where the file has none. */
YK_MUST_CHECK yk_status yk_datafile_classes(yk_datafile *file, const char *field, char **names, int64_t *n);

/** Strings of any attribute of a field, its group or the file, as yk_datafile_classes() gives them. */
YK_MUST_CHECK yk_status yk_datafile_strings(yk_datafile *file, const char *field, const char *attribute, char **names,
                                            int64_t *n);

/** Real-valued attribute (any length) of a field, its group or the file; *n = 0 and NULL where there is none. */
YK_MUST_CHECK yk_status yk_datafile_reals(yk_datafile *file, const char *field, const char *attribute, double **values,
                                          int64_t *n);

/** The value that stands for a missing one: attribute _FillValue or missing_value of the field, or what the NetCDF
 * library fills with. */
YK_MUST_CHECK yk_status yk_datafile_missing(yk_datafile *file, const char *field, bool *has, double *value);

/** Visits every group that holds fields, for `yoke info`: path "/train". Of a pattern: those of the first file. */
typedef yk_status (*yk_datafile_visitor)(void *context, const char *group);
YK_MUST_CHECK yk_status yk_datafile_visit(const char *path, yk_datafile_visitor visit, void *context);

/* --- writing: a file is written beside, synced and renamed, so that an interrupted command loses nothing */

typedef struct yk_datawriter yk_datawriter;

/** Starts to write the split `spec`. An existing file keeps its other contents; YK_ERR_DATA if the split is there
 *  already. With `replace`, an existing split is replaced. */
YK_MUST_CHECK yk_status yk_datawriter_create(yk_datawriter **out, const char *spec, bool replace);

/** Another split of the same file, written by the same commit: later fields go there. */
YK_MUST_CHECK yk_status yk_datawriter_group(yk_datawriter *writer, const char *group, bool replace);

/** Adds a field and writes all of it (data may be NULL: then yk_datawriter_rows() follows). */
YK_MUST_CHECK yk_status yk_datawriter_field(yk_datawriter *writer, const char *name, const yk_tensor *field);
YK_MUST_CHECK yk_status yk_datawriter_rows(yk_datawriter *writer, const char *name, int64_t first, int64_t count,
                                           const void *rows);

/** Attribute of a field: n strings of variable length. More than YK_NAMES_MAX, which a header of HDF5 does not hold,
 * are written as one string, a line each (YK_ERR_DATA: one has lines itself); yk_datafile_strings() reads both.
 *  yk_datawriter_classes() writes the attribute `classes`. */
#define YK_NAMES_MAX 4000
YK_MUST_CHECK yk_status yk_datawriter_strings(yk_datawriter *writer, const char *field, const char *attribute,
                                              int64_t n, const char *const *names);
YK_MUST_CHECK yk_status yk_datawriter_classes(yk_datawriter *writer, const char *field, int64_t n,
                                              const char *const *names);
YK_MUST_CHECK yk_status yk_datawriter_reals(yk_datawriter *writer, const char *field, const char *attribute, int64_t n,
                                            const double *values);

/** Closes, syncs and renames into place. Frees the writer whatever happens and sets it to NULL. */
YK_MUST_CHECK yk_status yk_datawriter_commit(yk_datawriter **writer);

/** Gives up: nothing of it remains. Accepts NULL. */
void yk_datawriter_discard(yk_datawriter **writer);

#endif
