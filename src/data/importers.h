/* SPDX-License-Identifier: Apache-2.0 */
/* What `yoke data make` and `yoke data import` know. An importer or maker is one file with one constant struct and one
 * line of importer_list.h. */
#ifndef YK_DATA_IMPORTERS_H
#define YK_DATA_IMPORTERS_H

#include "core/option.h"
#include "yoke/status.h"

typedef enum yk_importer_kind { YK_IMPORT, YK_MAKE } yk_importer_kind;

typedef struct yk_importer {
    const char *name; /**< "idx", "digits" */
    yk_importer_kind kind;
    const char *doc;   /**< one line for --help */
    const char *usage; /**< positional arguments for --help: "IMAGES LABELS"; "" for none */
    int least, most;   /**< positional arguments */
    size_t opts_size;
    const yk_option *opts; /**< its --options; NULL: none */
    /** Reads `n` files, writes the split or file `out`. Errors name file and place; nothing is written then. */
    yk_status (*run)(const void *opts, int n, const char *const *files, const char *out);
} yk_importer;

extern const yk_importer *const yk_importer_table[]; /**< ended by NULL */
YK_MUST_CHECK yk_status yk_importer_find(const char *name, yk_importer_kind kind, const yk_importer **out);

/** `yoke data split FILE:/train dev=5000 --seed 1`: moves samples, chosen by a keyed permutation, out of `spec` into
 *  new splits beside it, in the same file. part[i] is "dev=5000" (samples) or "dev=10%". Order within each part is as
 *  in the file. Nothing changes on error. */
YK_MUST_CHECK yk_status yk_data_split(const char *spec, int n, const char *const *part, uint64_t seed);

#endif
