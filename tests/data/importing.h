/* SPDX-License-Identifier: Apache-2.0 */
/* Importers as the program calls them, and what they wrote. */
#ifndef YK_TESTS_DATA_IMPORTING_H
#define YK_TESTS_DATA_IMPORTING_H

#include <stdint.h>

#include "core/error.h"
#include "core/mem.h"
#include "core/option.h"
#include "data/importers.h"
#include "io/datafile.h"
#include "io/scratch.h"

/* Runs an importer; options are "label=LAST seed=2", separated by blanks ("" for none). */
static inline yk_status import_files(const char *importer, int n, const char *const *files, const char *options,
                                     const char *out)
{
    static char object[16384];
    const yk_importer *i;
    char text[1024], *save = NULL;
    MUST(yk_importer_find(importer, YK_IMPORT, &i));
    CU_ASSERT_FATAL(i->opts_size <= sizeof object && n >= i->least && n <= i->most);
    memset(object, 0, sizeof object);
    MUST(yk_option_defaults(i->opts, object));
    snprintf(text, sizeof text, "%s", options);
    for (char *word = strtok_r(text, " ", &save); word; word = strtok_r(NULL, " ", &save)) {
        const yk_option *o;
        char *equals = strchr(word, '=');
        *equals = '\0';
        MUST(yk_option_find(i->opts, importer, word, &o));
        MUST(yk_option_set(o, object, equals + 1));
    }
    return i->run(object, n, files, out);
}

static inline yk_status import_one(const char *importer, const char *file, const char *options, const char *out)
{
    return import_files(importer, 1, &file, options, out);
}

/* Fails where an importer that refused left anything behind. */
static inline void check_nothing_left(const char *label, const char *out)
{
    char path[2 * PATH + 8];
    snprintf(path, sizeof path, "%s.tmp", out);
    if (there(out) || there(path) || yk_mem_live() != 0)
        FAIL_CASE(label, "something is left behind (%d blocks)", (int)yk_mem_live());
}

/* Runs the call with the first, second, ... allocation failing, until none does: no leak, no file left. */
#define CHECK_NO_MEMORY(call, out)                                                                                     \
    do {                                                                                                               \
        yk_status nm_ = YK_ERR_NOMEM;                                                                                  \
        for (int64_t at_ = 1; nm_ != YK_OK && at_ < 3000; at_++) {                                                     \
            unlink(out);                                                                                               \
            yk_mem_fail_at(at_);                                                                                       \
            nm_ = (call);                                                                                              \
            yk_mem_fail_at(0);                                                                                         \
            CU_ASSERT_FATAL(nm_ == YK_OK || (nm_ == YK_ERR_NOMEM && !there(out)));                                     \
            CU_ASSERT(yk_mem_live() == 0);                                                                             \
        }                                                                                                              \
        CU_ASSERT(nm_ == YK_OK);                                                                                       \
    } while (0)

/* Strings of an attribute joined by "|". */
static inline const char *strings_of(const char *spec, const char *field, const char *attribute)
{
    static char text[4096];
    yk_datafile *file;
    char *block;
    int64_t n;
    MUST(yk_datafile_open(&file, spec));
    MUST(yk_datafile_strings(file, field, attribute, &block, &n));
    text[0] = '\0';
    const char *at = block;
    for (int64_t i = 0; i < n; i++, at += strlen(at) + 1)
        snprintf(text + strlen(text), sizeof text - strlen(text), "%s%s", i ? "|" : "", at);
    yk_free(block);
    yk_datafile_close(&file);
    return text;
}

/* A whole field into out (large enough); returns its type, and its shape in *shape. */
static inline yk_dtype read_field(const char *spec, const char *name, void *out, yk_shape *shape)
{
    yk_datafile *file;
    yk_field field;
    MUST(yk_datafile_open(&file, spec));
    MUST(yk_datafile_field(file, name, &field));
    MUST(yk_datafile_read(file, name, 0, field.shape.dim[0], out));
    *shape = field.shape;
    yk_datafile_close(&file);
    return field.dtype;
}

#endif
