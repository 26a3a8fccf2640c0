/* SPDX-License-Identifier: Apache-2.0 */
#include "augment/steps.h"

#include <string.h>

#include "core/error.h"

/* The next name of "x" or "[x, y]" from *at on. */
static bool next_name(const char **at, size_t *length)
{
    *at += strspn(*at, "[], ");
    *length = strcspn(*at, "[], ");
    return *length > 0;
}

bool yk_step_concerns(const struct yk_augment_step *s, const char *field)
{
    size_t length;
    for (const char *at = ((const yk_augment_common *)s->opts)->fields; next_name(&at, &length); at += length)
        if (strlen(field) == length && strncmp(at, field, length) == 0)
            return true;
    return false;
}

yk_status yk_augmentation_fields(const yk_augmentation *a, int n, const char *const *fields)
{
    for (int i = 0; i < a->n; i++) {
        size_t length;
        for (const char *at = ((const yk_augment_common *)a->step[i].opts)->fields; next_name(&at, &length);
             at += length) {
            bool found = false;
            for (int k = 0; k < n; k++)
                found = found || (strlen(fields[k]) == length && strncmp(at, fields[k], length) == 0);
            YK_CHECK(found, YK_ERR_RECIPE, "%s: %s: the model is not fed with a field \"%.*s\"", a->step[i].where,
                     a->step[i].augment->name, (int)length, at);
        }
    }
    return YK_OK;
}

bool yk_augmentation_colours(const yk_augmentation *a)
{
    for (int i = 0; i < a->n; i++)
        if (a->step[i].augment->colours)
            return true;
    return false;
}
