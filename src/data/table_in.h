/* SPDX-License-Identifier: Apache-2.0 */
/* Shared by table.c (what a table is) and table_kinds.c (which columns have which role and kind). */
#ifndef YK_DATA_TABLE_IN_H
#define YK_DATA_TABLE_IN_H

#include "data/table.h"

/** Roles of columns, from their names in form. */
YK_MUST_CHECK yk_status yk_table_roles(yk_table *table);

/** Kind of one column and its categories. */
YK_MUST_CHECK yk_status yk_table_kind(yk_table *table, int64_t column);

/** Fills column->category, when column->value has its order. */
YK_MUST_CHECK yk_status yk_table_categories(yk_column *column);

/** Index of the category of a cell that is not missing. */
static inline int32_t yk_table_category(const yk_column *column, const yk_cell *cell)
{
    return column->category[yk_distinct_find(&column->text, cell)];
}

static inline const yk_cell *yk_table_cell(const yk_table *t, int64_t row, int64_t column)
{
    return &t->csv->cell[row * t->csv->columns + column];
}

#endif
