/* SPDX-License-Identifier: Apache-2.0 */
/* Datasets from datasets, and looks into them: yoke data join | sample | stats | show. */
#ifndef YK_DATA_TOOLS_H
#define YK_DATA_TOOLS_H

#include "io/datafile.h"

/** Writes the samples of n splits one after the other. All have the same fields, types and shapes of a sample; names of
 *  classes, columns and vocabulary are the same where several have them. YK_ERR_DATA names what differs. */
YK_MUST_CHECK yk_status yk_data_join(int n, const char *const *spec, const char *out);

typedef struct yk_sampling {
    int64_t n;           /**< samples in all; 0: all */
    int64_t per_class;   /**< of each class; 0: any number */
    const char *classes; /**< "cat,dog" or "3,5": only these, and their labels become 0, 1, ...; NULL: all */
    const char *label;   /**< field of the classes: "y" */
    uint64_t seed;
} yk_sampling;

/** Writes some samples of a split, in its order. A keyed permutation says which: the first that are wanted.
 * YK_ERR_DATA: there are not so many. */
YK_MUST_CHECK yk_status yk_data_sample(const char *spec, const yk_sampling *sampling, const char *out);

/** Numbers of one field, or of one column of it. */
typedef struct yk_field_stats {
    int64_t count, nans, infinite; /**< the finite ones are count - nans - infinite */
    double min, max, mean, std;    /**< of the finite ones; std of the population */
} yk_field_stats;

/** All numbers of field `name`; with by_column one entry for each index of the last dimension, else one. *stats:
 * release with yk_free(). */
YK_MUST_CHECK yk_status yk_data_stats(yk_datafile *file, const char *name, bool by_column, yk_field_stats **stats,
                                      int64_t *n);

/** Samples of each label 0 .. *n - 1 of an integer field with one number a sample; *n = 0 where it is none (other
 *  shapes and types, labels below 0 or beyond 10^6). Release *count with yk_free(). */
YK_MUST_CHECK yk_status yk_data_labels(yk_datafile *file, const char *name, int64_t **count, int64_t *n);

typedef struct yk_sheet {
    int64_t n;         /**< images */
    int64_t columns;   /**< 0: so that the sheet is about square */
    const char *field; /**< of the images: "x" */
    const char *label; /**< whose class stands beneath: "y"; a file without it has numbers of samples there */
    const char *shape; /**< "8x8" or "64x64x3", height x width, for flat samples; "": as the field is */
    bool random;       /**< chosen by a keyed permutation, else the first ones */
    uint64_t seed;
} yk_sheet;

/** Draws images of a split side by side, with their labels, as a PNG. Bytes are shown as they are; other numbers so
 * that 0 to 1 is black to white where they lie in there, else from their smallest to their largest. */
YK_MUST_CHECK yk_status yk_data_show(const char *spec, const yk_sheet *sheet, const char *out);

#endif
