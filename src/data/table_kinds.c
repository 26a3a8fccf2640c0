/* SPDX-License-Identifier: Apache-2.0 */
/* What the cells of a column are: numbers, or categories and which. */
#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/error.h"
#include "core/log.h"
#include "core/mem.h"
#include "data/table_in.h"
#include "io/datafile.h"

#define ONE_HOT_MAX 1000 /* categories that become a column each */
#define MANY 20          /* from here on texts that hardly repeat are worth a warning */

/* What was seen in a column; rows are -1 where there is none. */
typedef struct seen {
    int64_t numbers, texts, number_row, text_row, fraction_row;
} seen;

static yk_status look(const yk_table *t, int64_t c, seen *s)
{
    char name[YK_COLUMN_TEXT];
    double value;
    *s = (seen){ .number_row = -1, .text_row = -1, .fraction_row = -1 };
    for (int64_t row = 0; row < t->csv->rows; row++) {
        const yk_cell *cell = yk_table_cell(t, row, c);
        if (yk_csv_missing(cell))
            continue;
        if (!yk_csv_number(cell, &value)) {
            if (s->texts++ == 0)
                s->text_row = row;
            continue;
        }
        if (s->numbers++ == 0)
            s->number_row = row;
        if (value != floor(value) && s->fraction_row < 0)
            s->fraction_row = row;
        YK_CHECK(fabs(value) <= (double)FLT_MAX, YK_ERR_DATA, "%s:%" PRId64 ": %s: %.40s is beyond float32",
                 t->csv->name, t->csv->line[row], yk_csv_column(t->csv, c, name), cell->text);
    }
    YK_CHECK(s->numbers + s->texts > 0, YK_ERR_DATA, "%s: %s has no values at all; leave it out with --drop",
             t->csv->name, yk_csv_column(t->csv, c, name));
    return YK_OK;
}

static int by_text(const void *a, const void *b)
{
    return strcmp((*(const yk_cell *const *)a)->text, (*(const yk_cell *const *)b)->text);
}

static double number_of(const yk_cell *cell)
{
    double value = 0;
    (void)yk_csv_number(cell, &value);
    return value;
}

static int by_number(const void *a, const void *b)
{
    const double x = number_of(*(const yk_cell *const *)a), y = number_of(*(const yk_cell *const *)b);
    return (x > y) - (x < y);
}

/* As by_number(); cells of one value ("1" and "1.0") in the order of their texts, so that the name is no accident. */
static int by_number_and_text(const void *a, const void *b)
{
    const int order = by_number(a, b);
    return order ? order : by_text(a, b);
}

/* Sorts the texts that occur and keeps one of each value. */
static yk_status sort_categories(yk_table *t, int64_t c)
{
    yk_column *column = &t->column[c];
    int (*same)(const void *, const void *) = column->numeric ? by_number : by_text;
    for (int64_t row = 0; row < t->csv->rows; row++)
        if (!yk_csv_missing(yk_table_cell(t, row, c)))
            YK_TRY(yk_distinct_add(&column->text, yk_table_cell(t, row, c)));
    const int64_t found = column->text.n;
    YK_TRY(yk_alloc(&column->value, found, sizeof *column->value));
    memcpy(column->value, column->text.cell, (size_t)found * sizeof *column->value);
    qsort(column->value, (size_t)found, sizeof *column->value, column->numeric ? by_number_and_text : by_text);
    for (int64_t i = 0; i < found; i++)
        if (column->n == 0 || same(&column->value[column->n - 1], &column->value[i]) != 0)
            column->value[column->n++] = column->value[i];
    YK_TRY(yk_table_categories(column));
    return YK_OK;
}

/* Index of a category; -1: none. */
static int32_t find_value(const yk_column *column, const yk_cell *cell)
{
    int (*order)(const void *, const void *) = column->numeric ? by_number : by_text;
    for (int64_t i = 0; column->listed && i < column->n; i++) /* not sorted */
        if (order(&cell, &column->value[i]) == 0)
            return (int32_t)i;
    if (column->listed)
        return -1;
    const yk_cell *const *found = bsearch(&cell, column->value, (size_t)column->n, sizeof *column->value, order);
    return found ? (int32_t)(found - (const yk_cell *const *)column->value) : -1;
}

yk_status yk_table_categories(yk_column *column)
{
    yk_free(column->category);
    YK_TRY(yk_alloc(&column->category, column->text.n, sizeof *column->category));
    for (int64_t i = 0; i < column->text.n; i++)
        column->category[i] = find_value(column, column->text.cell[i]);
    return YK_OK;
}

static yk_status label_kind(yk_table *t, int64_t c, const seen *s)
{
    char name[YK_COLUMN_TEXT];
    yk_column *column = &t->column[c];
    column->categorical = true;
    column->numeric = s->texts == 0;
    YK_CHECK(!column->numeric || s->fraction_row < 0, YK_ERR_DATA,
             "%s:%" PRId64 ": %s: %s is no class; --target takes a column as a number", t->csv->name,
             t->csv->line[s->fraction_row < 0 ? 0 : s->fraction_row], yk_csv_column(t->csv, c, name),
             yk_table_cell(t, s->fraction_row < 0 ? 0 : s->fraction_row, c)->text);
    YK_TRY(sort_categories(t, c));
    YK_CHECK(column->n <= YK_NAMES_MAX, YK_ERR_DATA,
             "%s: %s has %" PRId64 " classes; at most %d are possible (--target takes a column as a number)",
             t->csv->name, yk_csv_column(t->csv, c, name), column->n, YK_NAMES_MAX);
    return YK_OK;
}

static yk_status number_kind(const yk_table *t, int64_t c, const seen *s)
{
    char name[YK_COLUMN_TEXT];
    const bool feature = t->column[c].role == YK_COLUMN_X;
    YK_CHECK(s->texts == 0, YK_ERR_DATA,
             "%s:%" PRId64 ": %s: \"%.40s\" is not a number (line %" PRId64 " has %.40s); repair it%s", t->csv->name,
             t->csv->line[s->text_row], yk_csv_column(t->csv, c, name), yk_table_cell(t, s->text_row, c)->text,
             t->csv->line[s->number_row < 0 ? 0 : s->number_row],
             s->number_row < 0 ? "none either" : yk_table_cell(t, s->number_row, c)->text,
             feature ? ", or name the column in --categorical or --drop" : "");
    return YK_OK;
}

yk_status yk_table_kind(yk_table *t, int64_t c)
{
    char name[YK_COLUMN_TEXT];
    yk_column *column = &t->column[c];
    seen s;
    if (column->role == YK_COLUMN_DROPPED)
        return YK_OK;
    YK_TRY(look(t, c, &s));
    if (column->role == YK_COLUMN_LABEL) {
        YK_TRY(label_kind(t, c, &s));
        return YK_OK;
    }
    if (column->role == YK_COLUMN_X && s.numbers == 0)
        column->categorical = true;
    if (column->role == YK_COLUMN_TARGET || !column->categorical) {
        column->categorical = false;
        YK_TRY(number_kind(t, c, &s));
        return YK_OK;
    }
    column->numeric = s.texts == 0;
    YK_TRY(sort_categories(t, c));
    YK_CHECK(t->form.codes || column->n <= ONE_HOT_MAX, YK_ERR_DATA,
             "%s: %s holds %" PRId64 " different texts, too many for a column each; leave it out with --drop, or take "
             "--encode codes",
             t->csv->name, yk_csv_column(t->csv, c, name), column->n);
    if (!t->form.codes && column->n > MANY && 2 * column->n > t->csv->rows)
        yk_warn("%s: %s holds %" PRId64 " different texts in %" PRId64
                " rows, and each becomes a column of x; --drop leaves it out",
                t->csv->name, yk_csv_column(t->csv, c, name), column->n, t->csv->rows);
    return YK_OK;
}
