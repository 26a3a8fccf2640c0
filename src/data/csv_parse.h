/* SPDX-License-Identifier: Apache-2.0 */
/* A table in text form as rows of cells. The rules:
 * - Lines end in LF, CR LF or CR; blank lines are left out, and so are lines that begin with the comment's sign. A
 *   byte-order mark of UTF-8 is skipped.
 * - The separator is what the first line has outside of quotes: a tab, else a semicolon, else a comma, else blanks (any
 *   number of blanks and tabs, also before the first and behind the last cell). Blanks around a cell do not count.
 * - A cell that begins with " goes on to the next " that is not doubled; it may hold separators and line ends.
 * - Every row has as many cells as the first.
 * - The first row holds names when none of its cells is a number, not all are missing, and some cell of the second row
 * is one. */
#ifndef YK_DATA_CSV_PARSE_H
#define YK_DATA_CSV_PARSE_H

#include <stdbool.h>
#include <stdint.h>

#include "yoke/status.h"

#define YK_CELL_MAX 65535 /* bytes of a cell */

typedef struct yk_csv_form {
    char separator; /**< ' ' for blanks; 0: detected */
    char comment;   /**< 0: there are none */
    enum { YK_HEADER_AUTO, YK_HEADER_YES, YK_HEADER_NO } header;
} yk_csv_form;

typedef struct yk_cell {
    char *text; /**< ends in '\0' */
    int64_t length;
} yk_cell;

typedef struct yk_csv {
    const char *name; /**< of the file, for messages; borrowed */
    int64_t rows, columns;
    const yk_cell *cell;   /**< [rows * columns] */
    const int64_t *line;   /**< [rows] line on which each begins, from 1 */
    const yk_cell *header; /**< [columns] names; NULL: none */
    yk_cell *all_cells;    /**< with the header's */
    int64_t *all_lines;
} yk_csv;

/** Cuts `bytes` bytes of text into cells; text[bytes] is '\0'. The text is changed and must outlive *out. Takes less
 *  than 64 bytes of memory a byte of text. YK_ERR_DATA: "iris.csv:7: ...". Release with yk_csv_free(). */
YK_MUST_CHECK yk_status yk_csv_parse(yk_csv *out, const char *name, char *text, int64_t bytes, const yk_csv_form *form);
void yk_csv_free(yk_csv *csv);

/** Whether the cell is a decimal number ("-1.5e3"; not inf, nan or hexadecimal), and which. The calling thread has the
 *  C locale (core/c_locale.h). */
bool yk_csv_number(const yk_cell *cell, double *value);

/** Whether a value is missing: nothing, ?, NA, N/A, NaN, nan, null, NULL, None. */
bool yk_csv_missing(const yk_cell *cell);

#define YK_COLUMN_TEXT 120
/** 'column 3 ("age")' into text; column counts from 0. Returns text. */
const char *yk_csv_column(const yk_csv *csv, int64_t column, char text[YK_COLUMN_TEXT]);

#endif
