/* SPDX-License-Identifier: Apache-2.0 */
#include "core/names.h"

#include <stdio.h>
#include <string.h>

#include "core/error.h"
#include "core/option.h"

yk_status yk_names_find(const char *kind, const char *name, const char *const *names, int n, int *index)
{
    char list[512] = "";
    for (int i = 0; i < n; i++) {
        if (strcmp(name, names[i]) == 0) {
            *index = i;
            return YK_OK;
        }
        size_t used = strlen(list);
        snprintf(list + used, sizeof list - used, "%s%s", i ? ", " : "", names[i]);
    }
    const char *near = yk_nearest(name, names, n);
    YK_FAIL(YK_ERR_ARG, "no %s is called \"%.80s\"%s%s%s; there are %s", kind, name, near ? " (did you mean \"" : "",
            near ? near : "", near ? "\"?)" : "", list);
}
