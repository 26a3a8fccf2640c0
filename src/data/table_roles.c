/* SPDX-License-Identifier: Apache-2.0 */
/* Columns by name, by number from 1 (or a range, 3-7), FIRST or LAST. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/error.h"
#include "core/mem.h"
#include "core/option.h"
#include "data/table_in.h"

/* What a user says in one option. */
typedef struct wish {
    const char *option;
    yk_column_role role;
} wish;

static yk_status no_such(const yk_csv *csv, const char *option, const char *name)
{
    const char *names[64];
    int n = 0;
    for (int64_t c = 0; csv->header && c < csv->columns && n < 64; c++)
        names[n++] = csv->header[c].text;
    const char *near = yk_nearest(name, names, n);
    YK_FAIL(YK_ERR_ARG, "%s: %s: there is no column \"%s\"%s%s%s; %s 1 to %" PRId64 ", FIRST and LAST", csv->name,
            option, name, near ? " (did you mean \"" : "", near ? near : "", near ? "\"?)" : "",
            csv->header ? "columns have the names of line 1, numbers" : "there is no header, so columns are called",
            csv->columns);
}

/* The first and last column that `name` means. */
static yk_status find_columns(const yk_csv *csv, const char *option, const char *name, int64_t *first, int64_t *last)
{
    char *end;
    *first = *last = -1;
    for (int64_t c = 0; csv->header && c < csv->columns; c++) {
        if (strcmp(csv->header[c].text, name) != 0)
            continue;
        YK_CHECK(*first < 0, YK_ERR_ARG,
                 "%s: %s: columns %" PRId64 " and %" PRId64 " are both called \"%s\"; name them by number", csv->name,
                 option, *first + 1, c + 1, name);
        *first = *last = c;
    }
    if (*first >= 0)
        return YK_OK;
    if (strcmp(name, "FIRST") == 0 || strcmp(name, "LAST") == 0) {
        *first = *last = name[0] == 'F' ? 0 : csv->columns - 1;
        return YK_OK;
    }
    if (name[strspn(name, "0123456789-")] == '\0' && name[0] != '-' && name[0] != '\0') {
        *first = *last = strtoll(name, &end, 10) - 1;
        if (*end == '-')
            *last = strtoll(end + 1, &end, 10) - 1;
        if (*end == '\0' && *first >= 0 && *first <= *last && *last < csv->columns)
            return YK_OK;
    }
    return no_such(csv, option, name);
}

static yk_status assign(yk_table *t, const wish *w, int64_t c)
{
    char text[YK_COLUMN_TEXT];
    if (!w->option)
        return YK_OK;
    YK_CHECK(t->column[c].role == YK_COLUMN_X, YK_ERR_ARG, "%s: %s: %s is named for two uses", t->csv->name, w->option,
             yk_csv_column(t->csv, c, text));
    t->column[c].role = w->role;
    if (w->role == YK_COLUMN_TARGET)
        t->target[t->n_target++] = c;
    if (w->role == YK_COLUMN_LABEL) {
        YK_CHECK(t->label < 0, YK_ERR_ARG, "%s: --label: one column is the label; --target takes several",
                 t->csv->name);
        t->label = c;
    }
    return YK_OK;
}

/* Every column of a list "a,b,LAST"; role YK_COLUMN_X marks it as categorical. */
static yk_status each(yk_table *t, const char *list, const wish *w)
{
    char name[512];
    while (*list) {
        const size_t length = strcspn(list, ",");
        int64_t first, last;
        snprintf(name, sizeof name, "%.*s", (int)length, list);
        YK_TRY(find_columns(t->csv, w->option, name, &first, &last));
        for (int64_t c = first; c <= last; c++)
            if (w->role == YK_COLUMN_X)
                t->column[c].categorical = true;
            else
                YK_TRY(assign(t, w, c));
        list += length;
        list += *list == ',';
    }
    return YK_OK;
}

yk_status yk_table_roles(yk_table *t)
{
    YK_TRY(yk_alloc(&t->column, t->csv->columns, sizeof *t->column));
    YK_TRY(yk_alloc(&t->target, t->csv->columns, sizeof *t->target));
    YK_CHECK(!t->form.label[0] || !t->form.target[0], YK_ERR_ARG,
             "give --label (classes) or --target (numbers), not both");
    YK_TRY(each(t, t->form.label, &(wish){ "--label", YK_COLUMN_LABEL }));
    YK_TRY(each(t, t->form.target, &(wish){ "--target", YK_COLUMN_TARGET }));
    YK_TRY(each(t, t->form.drop, &(wish){ "--drop", YK_COLUMN_DROPPED }));
    YK_TRY(each(t, t->form.categorical, &(wish){ "--categorical", YK_COLUMN_X }));
    return YK_OK;
}
