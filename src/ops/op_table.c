/* SPDX-License-Identifier: Apache-2.0 */
/* The tables of all ops, made from op_list.h, and the search in them. */
#include "ops/plugin.h"

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

enum { OWN = YK_LEN(yk_op_table) - 1, MAX_ADDED = 256 };

/* Ops of plug-ins. */
static struct added {
    const yk_op *op, *twin;
    char *path;
} added[MAX_ADDED];
static int64_t n_added;

const yk_op *yk_op_at(int64_t i)
{
    return i < OWN ? yk_op_table[i] : i < OWN + n_added ? added[i - OWN].op : NULL;
}

const yk_op *yk_op_named(const char *name)
{
    const yk_op *op;
    for (int64_t i = 0; (op = yk_op_at(i)); i++)
        if (strcmp(op->name, name) == 0)
            return op;
    return NULL;
}

const char *yk_op_plugin(const yk_op *op)
{
    for (int64_t i = 0; i < n_added; i++)
        if (added[i].op == op || added[i].twin == op)
            return added[i].path;
    return NULL;
}

yk_status yk_op_register(const char *path, int n, const struct yk_plugin_op *ops)
{
    YK_CHECK(n_added + n <= MAX_ADDED, YK_ERR_NOMEM, "%s: more than %d ops from plug-ins", path, MAX_ADDED);
    for (int i = 0; i < n; i++) {
        YK_TRY(yk_strdup(&added[n_added].path, path));
        added[n_added].op = ops[i].op;
        added[n_added++].twin = ops[i].twin;
    }
    return YK_OK;
}

yk_status yk_op_find(const char *name, yk_op_kind kind, const yk_op **out)
{
    const char *names[OWN + MAX_ADDED];
    int n = 0;
    const yk_op *op;
    for (int64_t i = 0; (op = yk_op_at(i)); i++) {
        if (op->kind != kind)
            continue;
        if (strcmp(op->name, name) == 0) {
            *out = op;
            return YK_OK;
        }
        names[n++] = op->name;
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
    for (int64_t i = 0; i < n_added; i++)
        if (added[i].op == op || added[i].twin == op)
            return added[i].twin;
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
