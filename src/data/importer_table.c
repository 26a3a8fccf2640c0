/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "core/error.h"
#include "core/num.h"
#include "data/importers.h"

#define YK_IMPORTER(symbol) extern const yk_importer yk_importer_##symbol;
#include "data/importer_list.h"
#undef YK_IMPORTER

#define YK_IMPORTER(symbol) &yk_importer_##symbol,
const yk_importer *const yk_importer_table[] = {
#include "data/importer_list.h"
    NULL
};
#undef YK_IMPORTER

/* The names of a kind, joined by ", ". */
static void names_of(yk_importer_kind kind, char *text, size_t size)
{
    text[0] = '\0';
    for (const yk_importer *const *i = yk_importer_table; *i; i++) {
        if ((*i)->kind != kind)
            continue;
        if (text[0] != '\0')
            strncat(text, ", ", size - strlen(text) - 1);
        strncat(text, (*i)->name, size - strlen(text) - 1);
    }
}

yk_status yk_importer_find(const char *name, yk_importer_kind kind, const yk_importer **out)
{
    *out = NULL;
    for (const yk_importer *const *i = yk_importer_table; *i; i++)
        if ((*i)->kind == kind && strcmp((*i)->name, name) == 0) {
            *out = *i;
            return YK_OK;
        }
    char names[256];
    names_of(kind, names, sizeof names);
    YK_FAIL(YK_ERR_ARG, "nothing called \"%s\" can be %s (there is: %s)", name, kind == YK_IMPORT ? "imported" : "made",
            names);
}
