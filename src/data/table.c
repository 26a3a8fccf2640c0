/* SPDX-License-Identifier: Apache-2.0 */
#include "data/table.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/error.h"
#include "core/mem.h"
#include "core/num.h"
#include "data/table_in.h"

static int64_t width_of(const yk_table *t, const yk_column *column)
{
    if (column->role != YK_COLUMN_X)
        return 0;
    return column->categorical && !t->form.codes ? column->n : 1;
}

/* Puts the classes that the user names in the place of those that occur; one of them need not occur here. */
static yk_status name_classes(yk_table *t)
{
    yk_column *column = &t->column[t->label];
    char name[YK_COLUMN_TEXT];
    double value;
    int64_t n = 1;
    for (const char *c = t->form.classes; *c; c++)
        n += *c == ',';
    YK_TRY(yk_strdup(&column->listed, t->form.classes));
    YK_TRY(yk_alloc(&column->listed_cell, n, sizeof *column->listed_cell));
    YK_TRY(yk_realloc(&column->value, n, sizeof *column->value));
    char *at = column->listed;
    for (column->n = 0; column->n < n; at += column->listed_cell[column->n++].length + 1) {
        const size_t length = strcspn(at, ",");
        at[length] = '\0';
        column->listed_cell[column->n] = (yk_cell){ at, (int64_t)length };
        column->value[column->n] = &column->listed_cell[column->n];
        column->numeric = column->numeric && yk_csv_number(&column->listed_cell[column->n], &value);
    }
    YK_TRY(yk_table_categories(column));
    for (int64_t i = 0; i < column->text.n; i++)
        YK_CHECK(column->category[i] >= 0, YK_ERR_DATA,
                 "%s:%" PRId64 ": %s: the class \"%.80s\" is not among those that --classes names", t->csv->name,
                 t->csv->line[(column->text.cell[i] - t->csv->cell) / t->csv->columns],
                 yk_csv_column(t->csv, t->label, name), column->text.cell[i]->text);
    return YK_OK;
}

static yk_status make(yk_table *t)
{
    YK_TRY(yk_table_roles(t));
    for (int64_t c = 0; c < t->csv->columns; c++) {
        YK_TRY(yk_table_kind(t, c));
        t->width += width_of(t, &t->column[c]);
    }
    YK_CHECK(t->width > 0, YK_ERR_ARG, "%s: no columns are left for x", t->csv->name);
    YK_CHECK(t->label >= 0 || !t->form.classes[0], YK_ERR_ARG, "--classes orders the classes of --label");
    if (t->form.classes[0])
        YK_TRY(name_classes(t));
    return YK_OK;
}

yk_status yk_table_make(yk_table *out, const yk_csv *csv, const yk_table_form *form)
{
    *out = (yk_table){ .csv = csv, .form = *form, .label = -1 };
    yk_status status = make(out);
    if (status != YK_OK)
        yk_table_free(out);
    return status;
}

void yk_table_free(yk_table *t)
{
    for (int64_t c = 0; t->column && c < t->csv->columns; c++) {
        yk_free(t->column[c].value);
        yk_free(t->column[c].category);
        yk_free(t->column[c].listed);
        yk_free(t->column[c].listed_cell);
        yk_distinct_free(&t->column[c].text);
    }
    yk_free(t->column);
    yk_free(t->target);
    *t = (yk_table){ 0 };
}

yk_status yk_table_complete(const yk_table *t, int64_t row, bool *complete)
{
    char name[YK_COLUMN_TEXT];
    *complete = true;
    for (int64_t c = 0; c < t->csv->columns; c++) {
        const yk_column *column = &t->column[c];
        const yk_cell *cell = yk_table_cell(t, row, c);
        if (column->role == YK_COLUMN_DROPPED || !yk_csv_missing(cell))
            continue;
        *complete = false;
        YK_CHECK(t->form.missing != YK_MISSING_ERROR, YK_ERR_DATA,
                 "%s:%" PRId64 ": %s: no value (\"%s\"); --missing drop leaves such rows out, --missing mean fills in",
                 t->csv->name, t->csv->line[row], yk_csv_column(t->csv, c, name), cell->text);
        YK_CHECK(t->form.missing != YK_MISSING_MEAN || column->role == YK_COLUMN_X, YK_ERR_DATA,
                 "%s:%" PRId64 ": %s: no value (\"%s\"), and what is to be learned cannot be filled in; --missing drop "
                 "leaves such rows out",
                 t->csv->name, t->csv->line[row], yk_csv_column(t->csv, c, name), cell->text);
    }
    return YK_OK;
}

static yk_status fill_number(yk_table *t, int64_t c, int64_t count, const int64_t *row)
{
    char name[YK_COLUMN_TEXT];
    double sum = 0, value;
    int64_t n = 0;
    for (int64_t i = 0; i < count; i++)
        if (yk_csv_number(yk_table_cell(t, row[i], c), &value)) {
            sum += value;
            n++;
        }
    YK_CHECK(n > 0, YK_ERR_DATA,
             "%s: %s has no value in the training part, so it has no mean; leave it out with --drop", t->csv->name,
             yk_csv_column(t->csv, c, name));
    t->column[c].fill = sum / (double)n;
    return YK_OK;
}

/* The most frequent category, the first of several. */
static yk_status fill_category(yk_table *t, int64_t c, int64_t count, const int64_t *row)
{
    char name[YK_COLUMN_TEXT];
    yk_column *column = &t->column[c];
    int64_t *seen, best = 0;
    YK_TRY(yk_alloc(&seen, column->n, sizeof *seen));
    for (int64_t i = 0; i < count; i++)
        if (!yk_csv_missing(yk_table_cell(t, row[i], c)))
            seen[yk_table_category(column, yk_table_cell(t, row[i], c))]++;
    for (int64_t k = 1; k < column->n; k++)
        if (seen[k] > seen[best])
            best = k;
    const bool any = seen[best] > 0;
    yk_free(seen);
    YK_CHECK(any, YK_ERR_DATA, "%s: %s has no value in the training part; leave it out with --drop", t->csv->name,
             yk_csv_column(t->csv, c, name));
    column->fill = (double)best;
    return YK_OK;
}

yk_status yk_table_fill(yk_table *t, int64_t count, const int64_t *row)
{
    for (int64_t c = 0; c < t->csv->columns; c++) {
        if (t->column[c].role != YK_COLUMN_X)
            continue;
        if (t->column[c].categorical)
            YK_TRY(fill_category(t, c, count, row));
        else
            YK_TRY(fill_number(t, c, count, row));
    }
    return YK_OK;
}

/* The number of a cell, or the index of its category. */
static double value_of(const yk_table *t, int64_t row, int64_t c)
{
    const yk_column *column = &t->column[c];
    const yk_cell *cell = yk_table_cell(t, row, c);
    double value = column->fill;
    if (yk_csv_missing(cell))
        return value;
    if (column->categorical)
        return (double)yk_table_category(column, cell);
    (void)yk_csv_number(cell, &value);
    return value;
}

void yk_table_x(const yk_table *t, int64_t row, float *x)
{
    for (int64_t c = 0; c < t->csv->columns; c++) {
        const int64_t width = width_of(t, &t->column[c]);
        if (width == 0)
            continue;
        const double value = value_of(t, row, c);
        if (t->column[c].categorical && !t->form.codes)
            for (int64_t k = 0; k < width; k++)
                x[k] = (int64_t)value == k ? 1.0f : 0.0f;
        else
            x[0] = (float)value;
        x += width;
    }
}

int32_t yk_table_label(const yk_table *t, int64_t row)
{
    return yk_table_category(&t->column[t->label], yk_table_cell(t, row, t->label));
}

void yk_table_targets(const yk_table *t, int64_t row, float *y)
{
    for (int64_t i = 0; i < t->n_target; i++)
        y[i] = (float)value_of(t, row, t->target[i]);
}

yk_status yk_table_names(const yk_table *t, char **names)
{
    int64_t at = 0;
    for (int64_t c = 0; c < t->csv->columns; c++) {
        const int64_t width = width_of(t, &t->column[c]);
        char number[32];
        snprintf(number, sizeof number, "%" PRId64, c + 1);
        const char *name = t->csv->header && t->csv->header[c].length ? t->csv->header[c].text : number;
        for (int64_t k = 0; k < width; k++)
            if (width_of(t, &t->column[c]) > 0 && t->column[c].categorical && !t->form.codes)
                YK_TRY(yk_format(&names[at++], "%s=%s", name, t->column[c].value[k]->text));
            else
                YK_TRY(yk_strdup(&names[at++], name));
    }
    return YK_OK;
}
