/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "augment/augment.h"
#include "core/error.h"

#define YK_AUGMENT(symbol) extern const yk_augment yk_augment_##symbol;
#include "augment/augment_list.h"
#undef YK_AUGMENT

#define YK_AUGMENT(symbol) &yk_augment_##symbol,
const yk_augment *const yk_augment_table[] = {
#include "augment/augment_list.h"
    NULL
};
#undef YK_AUGMENT

yk_status yk_augment_find(const char *name, const yk_augment **out)
{
    const char *names[64];
    int n = 0;
    for (const yk_augment *const *a = yk_augment_table; *a; a++) {
        *out = *a;
        if (strcmp((*a)->name, name) == 0)
            return YK_OK;
        names[n++] = (*a)->name;
    }
    *out = NULL;
    char list[512] = "";
    for (int i = 0; i < n; i++) {
        strncat(list, i ? ", " : "", sizeof list - strlen(list) - 1);
        strncat(list, names[i], sizeof list - strlen(list) - 1);
    }
    const char *near = yk_nearest(name, names, n);
    YK_FAIL(YK_ERR_ARG, "no augmentation is called \"%.80s\"%s%s%s; there are %s", name,
            near ? " (did you mean \"" : "", near ? near : "", near ? "\"?)" : "", list);
}

double yk_turn_uniform(const yk_turn *t, int64_t k)
{
    return yk_random_uniform(t->key, t->epoch, t->sample, k + 1); /* number 0 decides whether there is a turn */
}

double yk_turn_between(const yk_turn *t, int64_t k, double low, double high)
{
    return low + (high - low) * yk_turn_uniform(t, k);
}

int64_t yk_turn_below(const yk_turn *t, int64_t k, int64_t n)
{
    return (int64_t)(yk_turn_uniform(t, k) * (double)n);
}
