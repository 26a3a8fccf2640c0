/* SPDX-License-Identifier: Apache-2.0 */
/* The table of optimizers. */
#include "core/names.h"
#include "optim/optim.h"

#define YK_OPTIMIZER(name) extern const yk_optimizer yk_optimizer_##name;
#include "optim/optimizer_list.h"
#undef YK_OPTIMIZER

#define YK_OPTIMIZER(name) &yk_optimizer_##name,
const yk_optimizer *const yk_optimizer_table[] = {
#include "optim/optimizer_list.h"
    NULL
};
#undef YK_OPTIMIZER

yk_status yk_optimizer_find(const char *name, const yk_optimizer **out)
{
    const char *names[YK_NAMES_MAX];
    int n = 0, index = 0;
    for (; yk_optimizer_table[n]; n++)
        names[n] = yk_optimizer_table[n]->name;
    yk_status status = yk_names_find("optimizer", name, names, n, &index);
    *out = status == YK_OK ? yk_optimizer_table[index] : NULL;
    return status;
}
