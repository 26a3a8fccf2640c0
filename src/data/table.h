/* SPDX-License-Identifier: Apache-2.0 */
/* From cells of text to numbers: what each column of a table is, and how its values become x and y. */
#ifndef YK_DATA_TABLE_H
#define YK_DATA_TABLE_H

#include "data/csv_parse.h"
#include "data/distinct.h"

typedef enum yk_missing { YK_MISSING_ERROR, YK_MISSING_DROP, YK_MISSING_MEAN } yk_missing;

typedef struct yk_table_form {
    const char *label, *target, *drop, *categorical; /**< columns; "": none */
    const char *classes;                             /**< names in their order; "": sorted */
    bool codes; /**< a category is its number in one column; else a column for each category */
    yk_missing missing;
} yk_table_form;

typedef enum yk_column_role { YK_COLUMN_X, YK_COLUMN_LABEL, YK_COLUMN_TARGET, YK_COLUMN_DROPPED } yk_column_role;

typedef struct yk_column {
    yk_column_role role;
    bool categorical;      /**< as the user says, or because no cell is a number */
    bool numeric;          /**< categories are numbers: sorted as such */
    int64_t n;             /**< of categories */
    const yk_cell **value; /**< [n] in their order: sorted, or as form.classes says */
    yk_distinct text;      /**< texts that occur; "1" and "1.0" are one category where categories are numbers */
    int32_t *category;     /**< [text.n] of each text */
    char *listed;          /**< names that form.classes gives */
    yk_cell *listed_cell;  /**< the same as cells; NULL: value points to cells of the table */
    double fill;           /**< what stands for a missing value: a number, or the index of a category */
} yk_column;

typedef struct yk_table {
    const yk_csv *csv;
    yk_table_form form;
    yk_column *column;       /**< [csv->columns] */
    int64_t *target;         /**< [n_target] columns, as they were named */
    int64_t n_target, label; /**< -1: no label */
    int64_t width;           /**< numbers of x a row */
} yk_table;

/** Finds out what every column is, over all rows: a column of the features is categorical when none of its cells is a
 *  number; one that mixes numbers and texts is an error. YK_ERR_DATA: "iris.csv:7: column 3 (...): ..."; YK_ERR_ARG: a
 *  column that there is not. csv is borrowed. Release with yk_table_free(). The thread has the C locale. */
YK_MUST_CHECK yk_status yk_table_make(yk_table *out, const yk_csv *csv, const yk_table_form *form);
void yk_table_free(yk_table *table);

/** Whether every value of a row that is used is there. With YK_MISSING_DROP the caller leaves such rows out;
 *  YK_MISSING_ERROR says where (YK_ERR_DATA), YK_MISSING_MEAN too for labels and targets. */
YK_MUST_CHECK yk_status yk_table_complete(const yk_table *table, int64_t row, bool *complete);

/** With YK_MISSING_MEAN: the mean, or the most frequent category, of the `count` rows row[] (the training part). */
YK_MUST_CHECK yk_status yk_table_fill(yk_table *table, int64_t count, const int64_t *row);

/** The `width` features of a row; its class; its n_target targets. */
void yk_table_x(const yk_table *table, int64_t row, float *x);
int32_t yk_table_label(const yk_table *table, int64_t row);
void yk_table_targets(const yk_table *table, int64_t row, float *y);

/** Names of the `width` features, one block each to release with yk_free(): the header's or the column's number;
 *  "sex=F" for a category. */
YK_MUST_CHECK yk_status yk_table_names(const yk_table *table, char **names);

#endif
