/* SPDX-License-Identifier: Apache-2.0 */
#include "io/spec.h"

#include <string.h>
#include <unistd.h>

#include "core/error.h"
#include "core/mem.h"

static const char *last_cut(const char *spec)
{
    const char *cut = NULL;
    for (const char *c = strstr(spec, ":/"); c; c = strstr(c + 1, ":/"))
        cut = c;
    return cut && cut > spec && access(spec, F_OK) != 0 ? cut : NULL;
}

yk_status yk_spec_split(const char *spec, char **path, char **group)
{
    *path = *group = NULL;
    YK_CHECK(spec[0], YK_ERR_ARG, "an empty name is no data file; give FILE.h5 or FILE.h5:/GROUP");
    const char *cut = last_cut(spec);
    yk_status status = YK_OK;
    YK_TRY_GOTO(yk_strdup(path, spec), fail);
    YK_TRY_GOTO(yk_strdup(group, cut ? cut + 1 : "/"), fail);
    if (cut)
        (*path)[cut - spec] = '\0';
    for (size_t n = strlen(*group); n > 1 && (*group)[n - 1] == '/'; n--)
        (*group)[n - 1] = '\0';
    return YK_OK;
fail:
    yk_free(*path);
    *path = NULL;
    return status;
}

yk_status yk_spec_join(char **out, const char *group, const char *name)
{
    YK_TRY(yk_format(out, "%s%s%s", group, group[strlen(group) - 1] == '/' ? "" : "/", name));
    return YK_OK;
}
