/* SPDX-License-Identifier: Apache-2.0 */
#include "data/csv_parse.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/error.h"
#include "core/mem.h"
#include "core/num.h"

typedef struct reader {
    const char *name;
    char *at, *end;
    int64_t line;
    char separator, comment;
    yk_csv *out;
    int64_t cells, cells_room, rows_room;
} reader;

static bool is_blank(const reader *r, char c)
{
    return c == ' ' || (c == '\t' && r->separator != '\t');
}

static bool ends_line(const reader *r)
{
    return r->at == r->end || *r->at == '\n' || *r->at == '\r';
}

static void skip_blanks(reader *r)
{
    while (r->at < r->end && is_blank(r, *r->at))
        r->at++;
}

static void skip_line_end(reader *r)
{
    if (r->at < r->end && *r->at == '\r' && r->at + 1 < r->end && r->at[1] == '\n')
        r->at++;
    if (r->at < r->end)
        r->at++;
    r->line++;
}

/* To the first line that is neither blank nor a comment; false at the end of the text. */
static bool next_line(reader *r)
{
    while (r->at < r->end) {
        char *start = r->at;
        while (!ends_line(r) && (*r->at == ' ' || *r->at == '\t'))
            r->at++;
        const bool comment = r->comment && !ends_line(r) && *r->at == r->comment;
        if (!comment && !ends_line(r)) {
            r->at = start;
            return true;
        }
        while (!ends_line(r))
            r->at++;
        skip_line_end(r);
    }
    return false;
}

/* What separates cells, told by the line at r->at. */
static char detect(const reader *r)
{
    bool tab = false, semicolon = false, comma = false, blank = false, quoted = false;
    const char *at = r->at;
    while (at < r->end && (*at == ' ' || *at == '\t'))
        at++;
    for (; at < r->end && *at != '\n' && *at != '\r'; at++) {
        quoted ^= *at == '"';
        tab |= !quoted && *at == '\t';
        semicolon |= !quoted && *at == ';';
        comma |= !quoted && *at == ',';
        blank |= !quoted && *at == ' ';
    }
    return tab ? '\t' : semicolon ? ';' : comma || !blank ? ',' : ' ';
}

static yk_status add_cell(reader *r, char *text, int64_t length)
{
    if (r->cells == r->cells_room) {
        r->cells_room = yk_max(16, 2 * r->cells_room);
        YK_TRY(yk_realloc(&r->out->all_cells, r->cells_room, sizeof *r->out->all_cells));
    }
    YK_CHECK(length <= YK_CELL_MAX, YK_ERR_DATA, "%s:%" PRId64 ": a cell of %" PRId64 " bytes; at most %d are possible",
             r->name, r->line, length, YK_CELL_MAX);
    r->out->all_cells[r->cells++] = (yk_cell){ text, length };
    return YK_OK;
}

/* A cell in quotes, which are taken away in place; r->at is behind the first one. The end is written by read_row(). */
static yk_status read_quoted(reader *r, char **end)
{
    const int64_t line = r->line;
    char *to = r->at;
    for (;;) {
        YK_CHECK(r->at < r->end, YK_ERR_DATA, "%s:%" PRId64 ": the quote that begins here is never closed", r->name,
                 line);
        if (*r->at == '"') {
            if (r->at + 1 == r->end || r->at[1] != '"')
                break;
            r->at++;
        }
        r->line += *r->at == '\n' || (*r->at == '\r' && r->at + 1 < r->end && r->at[1] != '\n');
        *to++ = *r->at++;
    }
    r->at++;
    *end = to;
    char *behind = r->at;
    skip_blanks(r);
    const bool cut = ends_line(r) || *r->at == r->separator || (r->separator == ' ' && r->at > behind);
    YK_CHECK(cut, YK_ERR_DATA, "%s:%" PRId64 ": \"%.*s\" follows a closing quote; double quotes inside of a cell",
             r->name, r->line, (int)yk_min(20, (int64_t)strcspn(behind, "\r\n")), behind);
    return YK_OK;
}

/* The cells of the line at r->at. */
static yk_status read_row(reader *r)
{
    for (;;) {
        char *begin, *end = r->at;
        skip_blanks(r);
        if (r->at < r->end && *r->at == '"') {
            begin = ++r->at;
            YK_TRY(read_quoted(r, &end));
        } else {
            begin = r->at;
            while (!ends_line(r) && *r->at != r->separator && !(r->separator == ' ' && *r->at == '\t'))
                r->at++;
            for (end = r->at; end > begin && is_blank(r, end[-1]);)
                end--;
            if (r->separator == ' ')
                skip_blanks(r);
        }
        YK_TRY(add_cell(r, begin, end - begin));
        const bool last = ends_line(r);
        if (last)
            skip_line_end(r);
        else if (r->separator != ' ')
            r->at++;
        *end = '\0'; /* may be the separator or line end that was just passed */
        if (last)
            return YK_OK;
    }
}

static const char *separator_name(char separator)
{
    return separator == '\t' ? "tabs" : separator == ' ' ? "blanks" : separator == ';' ? "semicolons" : "commas";
}

static yk_status read_rows(reader *r)
{
    yk_csv *t = r->out;
    while (next_line(r)) {
        const int64_t line = r->line, before = r->cells;
        if (!r->separator)
            r->separator = detect(r);
        YK_TRY(read_row(r));
        if (t->rows == 0)
            t->columns = r->cells;
        YK_CHECK(r->cells - before == t->columns, YK_ERR_DATA,
                 "%s:%" PRId64 ": has %" PRId64 " columns, but line %" PRId64 " has %" PRId64
                 " (separated by %s; --separator says otherwise)",
                 r->name, line, r->cells - before, t->all_lines ? t->all_lines[0] : line, t->columns,
                 separator_name(r->separator));
        if (t->rows == r->rows_room) {
            r->rows_room = yk_max(16, 2 * r->rows_room);
            YK_TRY(yk_realloc(&t->all_lines, r->rows_room, sizeof *t->all_lines));
        }
        t->all_lines[t->rows++] = line;
    }
    return YK_OK;
}

/* The same bytes as text of another kind are refused before they look like a damaged table. */
static yk_status check_text(const char *name, const char *text, int64_t bytes)
{
    const unsigned char *b = (const unsigned char *)text;
    YK_CHECK(bytes < 2 || !((b[0] == 0xff && b[1] == 0xfe) || (b[0] == 0xfe && b[1] == 0xff)), YK_ERR_DATA,
             "%s: is UTF-16; save it as UTF-8", name);
    const char *zero = memchr(text, 0, (size_t)bytes);
    int64_t line = 1;
    for (const char *c = text; zero && c < zero; c++)
        line += *c == '\n';
    YK_CHECK(!zero, YK_ERR_DATA, "%s:%" PRId64 ": holds a NUL byte (byte %td), so it is no text", name, line,
             zero - text);
    return YK_OK;
}

static bool has_number(const yk_cell *cell, int64_t n)
{
    double value;
    for (int64_t i = 0; i < n; i++)
        if (yk_csv_number(&cell[i], &value))
            return true;
    return false;
}

static bool has_text(const yk_cell *cell, int64_t n)
{
    for (int64_t i = 0; i < n; i++)
        if (!yk_csv_missing(&cell[i]))
            return true;
    return false;
}

static yk_status find_header(yk_csv *t, const yk_csv_form *form)
{
    YK_CHECK(t->rows > 0, YK_ERR_DATA, "%s: is empty: it has no rows", t->name);
    bool header = form->header == YK_HEADER_YES;
    if (form->header == YK_HEADER_AUTO)
        header = has_text(t->all_cells, t->columns) && !has_number(t->all_cells, t->columns) &&
                 (t->rows == 1 || has_number(t->all_cells + t->columns, t->columns));
    t->cell = t->all_cells;
    t->line = t->all_lines;
    if (header) {
        t->header = t->all_cells;
        t->cell += t->columns;
        t->line++;
        t->rows--;
    }
    YK_CHECK(t->rows > 0, YK_ERR_DATA, "%s:%" PRId64 ": is a header, and no rows follow it%s", t->name, t->all_lines[0],
             form->header == YK_HEADER_AUTO ? " (--header no makes it a row)" : "");
    return YK_OK;
}

yk_status yk_csv_parse(yk_csv *out, const char *name, char *text, int64_t bytes, const yk_csv_form *form)
{
    yk_status status = YK_OK;
    *out = (yk_csv){ .name = name };
    YK_TRY(check_text(name, text, bytes));
    reader r = { .name = name, .at = text, .end = text + bytes, .line = 1, .separator = form->separator };
    r.comment = form->comment;
    r.out = out;
    if (bytes >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0)
        r.at += 3;
    YK_TRY_GOTO(read_rows(&r), fail);
    YK_TRY_GOTO(find_header(out, form), fail);
    return YK_OK;
fail:
    yk_csv_free(out);
    return status;
}

void yk_csv_free(yk_csv *csv)
{
    yk_free(csv->all_cells);
    yk_free(csv->all_lines);
    *csv = (yk_csv){ 0 };
}

bool yk_csv_number(const yk_cell *cell, double *value)
{
    char *end;
    if (cell->length == 0 || cell->text[strspn(cell->text, "+-.0123456789eE")] != '\0')
        return false;
    *value = strtod(cell->text, &end);
    return end != cell->text && *end == '\0';
}

bool yk_csv_missing(const yk_cell *cell)
{
    static const char *const signs[] = { "", "?", "NA", "N/A", "NaN", "nan", "null", "NULL", "None" };
    for (int i = 0; cell->length <= 4 && i < YK_LEN(signs); i++)
        if (strcmp(cell->text, signs[i]) == 0)
            return true;
    return false;
}

const char *yk_csv_column(const yk_csv *csv, int64_t column, char text[YK_COLUMN_TEXT])
{
    if (csv->header && csv->header[column].length > 0)
        snprintf(text, YK_COLUMN_TEXT, "column %" PRId64 " (\"%.80s\")", column + 1, csv->header[column].text);
    else
        snprintf(text, YK_COLUMN_TEXT, "column %" PRId64, column + 1);
    return text;
}
