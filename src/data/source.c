/* SPDX-License-Identifier: Apache-2.0 */
/* Where a split lies, and what its fields are called there. */
#include <stdio.h>
#include <string.h>

#include "core/error.h"
#include "data/dataset.h"
#include "data/move.h"
#include "io/datafile.h"

/* One "FIELD=NAME" of `length` characters. */
static yk_status map_one(yk_source *source, const char *text, int length)
{
    const char *equals = memchr(text, '=', (size_t)length);
    int left = equals ? (int)(equals - text) : 0, right = equals ? length - left - 1 : 0;
    YK_CHECK(left > 0 && right > 0, YK_ERR_ARG, "map: \"%.*s\" is not FIELD=NAME (as in x=train_set_x)", length, text);
    YK_CHECK(left < (int)sizeof source->map[0].field && right < (int)sizeof source->map[0].name, YK_ERR_ARG,
             "map: \"%.*s\": a field's name has at most %d characters, a name in a file at most %d", length, text,
             (int)sizeof source->map[0].field - 1, (int)sizeof source->map[0].name - 1);
    int i = 0;
    while (i < source->n_map &&
           (strncmp(source->map[i].field, text, (size_t)left) != 0 || source->map[i].field[left] != '\0'))
        i++;
    YK_CHECK(i < YK_MAX_FIELDS, YK_ERR_ARG, "map: at most %d fields can be mapped", YK_MAX_FIELDS);
    if (i == source->n_map)
        source->n_map++;
    snprintf(source->map[i].field, sizeof source->map[i].field, "%.*s", left, text);
    snprintf(source->map[i].name, sizeof source->map[i].name, "%.*s", right, equals + 1);
    return YK_OK;
}

yk_status yk_source_file(yk_source *source, const char *spec)
{
    YK_CHECK(strlen(spec) < sizeof source->file, YK_ERR_ARG, "the file's name has %zu characters, %zu are the limit",
             strlen(spec), sizeof source->file - 1);
    snprintf(source->file, sizeof source->file, "%s", spec);
    return YK_OK;
}

yk_status yk_source_map(yk_source *source, const char *text)
{
    for (;;) {
        int length = (int)strcspn(text, ",");
        YK_TRY(map_one(source, text, length));
        if (text[length] == '\0')
            return YK_OK;
        text += length + 1;
    }
}

const char *yk_source_name(const yk_source *source, const char *field)
{
    for (int i = 0; i < source->n_map; i++)
        if (strcmp(source->map[i].field, field) == 0)
            return source->map[i].name;
    return field;
}

yk_status yk_source_classes(const yk_source *source, const char *field, char **block, const char ***name, int64_t *n)
{
    yk_status status = YK_OK;
    yk_datafile *file = NULL;
    const char *path = yk_source_name(source, field);
    *block = NULL;
    *name = NULL;
    *n = 0;
    YK_TRY(yk_datafile_open(&file, source->file));
    if (yk_datafile_has(file, path)) /* stacked fields have no classes */
        YK_TRY_GOTO(yk_datafile_classes(file, path, block, n), done);
    YK_TRY_GOTO(yk_block_pointers(*block, *n, name), done);
done:
    yk_datafile_close(&file);
    return status;
}
