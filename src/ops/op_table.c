/* SPDX-License-Identifier: Apache-2.0 */
/* The tables of all ops, made from op_list.h, and the search in them. */
#include "ops/op.h"

#include <stdio.h>
#include <string.h>

#include "core/mem.h"

#define YK_OP(name) extern const yk_op yk_op_##name, yk_op_double_##name;
#include "ops/op_list.h"
#undef YK_OP

#define YK_OP(name) &yk_op_##name,
const yk_op *const yk_op_table[] = {
#include "ops/op_list.h"
    NULL
};
#undef YK_OP

#define YK_OP(name) &yk_op_double_##name,
const yk_op *const yk_op_table_double[] = {
#include "ops/op_list.h"
    NULL
};
#undef YK_OP

yk_status yk_op_find(const char *name, yk_op_kind kind, const yk_op **out)
{
    const char *names[YK_LEN(yk_op_table)];
    int n = 0;
    for (const yk_op *const *op = yk_op_table; *op; op++) {
        if ((*op)->kind != kind)
            continue;
        if (strcmp((*op)->name, name) == 0) {
            *out = *op;
            return YK_OK;
        }
        names[n++] = (*op)->name;
    }
    char all[1024] = "";
    for (int i = 0; i < n; i++)
        snprintf(all + strlen(all), sizeof all - strlen(all), "%s%s", i ? ", " : "", names[i]);
    char hint[128] = "";
    const char *near = yk_nearest(name, names, n);
    if (near)
        snprintf(hint, sizeof hint, " (did you mean \"%s\"?)", near);
    YK_FAIL(YK_ERR_ARG, "no %s is called \"%.80s\"%s; there are %s", kind == YK_OP_LOSS ? "loss" : "layer", name, hint,
            all);
}

const yk_op *yk_op_double(const yk_op *op)
{
    int64_t i = 0;
    while (yk_op_table[i] != op && yk_op_table_double[i] != op)
        i++;
    return yk_op_table_double[i];
}

/* "name=value": cuts the pair in two and sets the attribute. */
static yk_status set_pair(const yk_op *op, char *pair, void *attr)
{
    char *equal = strchr(pair, '=');
    YK_CHECK(equal, YK_ERR_ARG, "%s: \"%s\" is not of the form name=value", op->name, pair);
    *equal = '\0';
    const yk_option *option = NULL;
    YK_TRY(yk_option_find(op->attrs, op->name, pair, &option));
    YK_TRY(yk_option_set(option, attr, equal + 1));
    return YK_OK;
}

yk_status yk_op_attrs_parse(const yk_op *op, const char *pairs, void *attr)
{
    YK_TRY(yk_option_defaults(op->attrs, attr));
    char *copy = NULL;
    YK_TRY(yk_strdup(&copy, pairs ? pairs : ""));
    yk_status status = YK_OK;
    char *rest = NULL;
    for (char *pair = strtok_r(copy, " ", &rest); pair; pair = strtok_r(NULL, " ", &rest))
        YK_TRY_GOTO(set_pair(op, pair, attr), done);
done:
    yk_free(copy);
    return status;
}
