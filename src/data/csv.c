/* SPDX-License-Identifier: Apache-2.0 */
/* Importer of tables in text form (csv_parse.h has the rules): float32 x (N, d) with the attribute `columns`, and int32
 * y with `classes`, or float32 y. Everything is checked before anything is written. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/c_locale.h"
#include "core/error.h"
#include "core/mem.h"
#include "core/num.h"
#include "data/importers.h"
#include "data/parts.h"
#include "data/table.h"
#include "data/unpack.h"

#define PIECE_BYTES ((int64_t)1 << 20)

typedef char text[YK_OPT_TEXT_MAX];

typedef struct csv_opts {
    text label, target, drop, categorical, classes, rows, split, comment;
    int separator, header, missing, encode;
    int64_t seed;
} csv_opts;

#define TEXT(name, help)                                                                                               \
    {                                                                                                                  \
#name, YK_OPT_TEXT, offsetof(csv_opts, name), "", 0, 0, NULL, help                                             \
    }
static const yk_option options[] = {
    TEXT(label, "the column of classes, by name, number from 1, FIRST or LAST: int32 y with names of the classes"),
    TEXT(target, "columns of numbers to learn, as a,b or 3-5: float32 y"),
    TEXT(drop, "columns to leave out"),
    TEXT(categorical, "columns of numbers that are categories; columns of texts are"),
    TEXT(classes, "the classes in their order, as a,b,c (else sorted)"),
    { "encode", YK_OPT_CHOICE, offsetof(csv_opts, encode), "onehot", 0, 0, "onehot codes",
      "a category as a column of 0 and 1 each, or as its number in one column" },
    { "missing", YK_OPT_CHOICE, offsetof(csv_opts, missing), "error", 0, 0, "error drop mean",
      "what to do where a value is missing: drop the row, or take the mean of the training part" },
    TEXT(rows, "a file with the numbers of the rows to take, from 0, in their order"),
    TEXT(split, "shares of /train, /dev and /test, as 0.6,0.2,0.2; or train=0.8,test=0.2"),
    { "seed", YK_OPT_INT, offsetof(csv_opts, seed), "1", 0, 9e15, NULL, "chooses the rows of each part" },
    { "header", YK_OPT_CHOICE, offsetof(csv_opts, header), "auto", 0, 0, "auto yes no",
      "whether the first row holds names; auto: when it has no number, and the second row has one" },
    { "separator", YK_OPT_CHOICE, offsetof(csv_opts, separator), "auto", 0, 0, "auto comma semicolon tab blanks",
      "between cells; auto: what the first row has of tab, semicolon, comma, blanks" },
    { "comment", YK_OPT_TEXT, offsetof(csv_opts, comment), "#", 0, 0, NULL,
      "lines that begin with this sign are left out; \"\": none" },
    { 0 }
};
#undef TEXT

typedef struct job {
    const char *file, *out;
    const csv_opts *o;
    char *data;
    yk_csv csv;
    yk_table table;
    int64_t n, *row; /* rows that are taken */
    yk_parts parts;
    yk_datawriter *writer;
} job;

static yk_status form_of(const csv_opts *o, yk_csv_form *form)
{
    static const char separators[] = { 0, ',', ';', '\t', ' ' };
    YK_CHECK(strlen(o->comment) <= 1, YK_ERR_ARG, "--comment: \"%s\" is more than one sign", o->comment);
    *form = (yk_csv_form){ .separator = separators[o->separator], .comment = o->comment[0] };
    form->header = o->header;
    return YK_OK;
}

/* The numbers in a file of --rows. */
static yk_status read_rows(job *j, char *data)
{
    int64_t line = 1, room = 0;
    for (char *at = data, *end; *at; at = end) {
        for (; *at == ' ' || *at == '\t' || *at == '\r' || *at == '\n'; at++)
            line += *at == '\n';
        if (*at == '\0')
            break;
        errno = 0;
        const int64_t row = strtoll(at, &end, 10);
        YK_CHECK(end > at && errno == 0 && strchr(" \t\r\n", *end), YK_ERR_DATA,
                 "%s:%" PRId64 ": \"%.*s\" is not the number of a row", j->o->rows, line,
                 (int)yk_min(40, (int64_t)strcspn(at, " \t\r\n")), at);
        YK_CHECK(row >= 0 && row < j->csv.rows, YK_ERR_DATA,
                 "%s:%" PRId64 ": row %" PRId64 ", but %s has rows 0 to %" PRId64, j->o->rows, line, row, j->file,
                 j->csv.rows - 1);
        if (j->n == room) {
            room = yk_max(64, 2 * room);
            YK_TRY(yk_realloc(&j->row, room, sizeof *j->row));
        }
        j->row[j->n++] = row;
    }
    YK_CHECK(j->n > 0, YK_ERR_DATA, "%s: names no rows", j->o->rows);
    return YK_OK;
}

static yk_status choose_rows(job *j)
{
    if (!j->o->rows[0]) {
        YK_TRY(yk_alloc(&j->row, j->csv.rows, sizeof *j->row));
        for (j->n = 0; j->n < j->csv.rows; j->n++)
            j->row[j->n] = j->n;
        return YK_OK;
    }
    char *data;
    int64_t bytes;
    YK_TRY(yk_unpack_all(j->o->rows, &data, &bytes));
    yk_status status = memchr(data, 0, (size_t)bytes)
                           ? yk_error_set(YK_ERR_DATA, __FILE__, __LINE__, __func__, "%s: is no text", j->o->rows)
                           : read_rows(j, data);
    yk_free(data);
    YK_TRY(status);
    return YK_OK;
}

/* Leaves out rows with missing values, or says where one is. */
static yk_status check_rows(job *j)
{
    int64_t kept = 0;
    bool complete;
    for (int64_t i = 0; i < j->n; i++) {
        YK_TRY(yk_table_complete(&j->table, j->row[i], &complete));
        if (complete || j->o->missing == YK_MISSING_MEAN)
            j->row[kept++] = j->row[i];
    }
    YK_CHECK(kept > 0, YK_ERR_DATA, "%s: no row is left: every one has a missing value", j->file);
    j->n = kept;
    return YK_OK;
}

/* The rows of part p, in their order, in list; *count is their number. */
static void rows_of(const job *j, int p, int64_t *list, int64_t *count)
{
    *count = 0;
    for (int64_t i = 0; i < j->n; i++)
        if (j->parts.owner[i] == p)
            list[(*count)++] = j->row[i];
}

static yk_status check(job *j)
{
    const csv_opts *o = j->o;
    yk_csv_form form;
    int64_t bytes, *train, count;
    YK_TRY(form_of(o, &form));
    YK_TRY(yk_unpack_all(j->file, &j->data, &bytes));
    YK_TRY(yk_csv_parse(&j->csv, j->file, j->data, bytes, &form));
    YK_TRY(yk_table_make(&j->table, &j->csv,
                         &(yk_table_form){ .label = o->label,
                                           .target = o->target,
                                           .drop = o->drop,
                                           .categorical = o->categorical,
                                           .classes = o->classes,
                                           .codes = o->encode == 1,
                                           .missing = (yk_missing)o->missing }));
    YK_TRY(choose_rows(j));
    YK_TRY(check_rows(j));
    YK_TRY(yk_parts_make(&j->parts, j->out, o->split, j->n, true, (uint64_t)o->seed));
    if (o->missing != YK_MISSING_MEAN)
        return YK_OK;
    YK_TRY(yk_alloc(&train, j->n, sizeof *train));
    rows_of(j, 0, train, &count);
    yk_status status = yk_table_fill(&j->table, count, train);
    yk_free(train);
    YK_TRY(status);
    return YK_OK;
}

/* Starts the fields of a part, with their attributes. */
static yk_status begin_fields(job *j, int64_t count, const char *const *names)
{
    const yk_table *t = &j->table;
    yk_datawriter *w = j->writer;
    yk_status status = YK_OK;
    const char **name = NULL;
    const bool label = t->label >= 0;
    const int64_t n = label ? t->column[t->label].n : t->n_target;
    YK_TRY(yk_datawriter_field(w, "x", &(yk_tensor){ YK_F32, yk_shape_of(2, count, t->width), NULL }));
    if (t->width <= YK_NAMES_MAX)
        YK_TRY(yk_datawriter_strings(w, "x", "columns", t->width, names));
    if (n == 0)
        return YK_OK;
    YK_TRY_GOTO(yk_alloc(&name, n, sizeof *name), done);
    for (int64_t i = 0; i < n; i++)
        if (label)
            name[i] = t->column[t->label].value[i]->text;
        else if (t->csv->header)
            name[i] = t->csv->header[t->target[i]].text;
    if (label) {
        YK_TRY_GOTO(yk_datawriter_field(w, "y", &(yk_tensor){ YK_I32, yk_shape_of(1, count), NULL }), done);
        YK_TRY_GOTO(yk_datawriter_classes(w, "y", n, name), done);
    } else {
        const yk_shape shape = n > 1 ? yk_shape_of(2, count, n) : yk_shape_of(1, count);
        YK_TRY_GOTO(yk_datawriter_field(w, "y", &(yk_tensor){ YK_F32, shape, NULL }), done);
        if (name[0] && n <= YK_NAMES_MAX)
            YK_TRY_GOTO(yk_datawriter_strings(w, "y", "columns", n, name), done);
    }
done:
    yk_free(name);
    return status;
}

/* Rows first .. first+now-1 of a part. */
static yk_status write_piece(job *j, const int64_t *row, int64_t first, int64_t now, float *x, void *y)
{
    const yk_table *t = &j->table;
    for (int64_t i = 0; i < now; i++) {
        yk_table_x(t, row[i], x + i * t->width);
        if (t->label >= 0)
            ((int32_t *)y)[i] = yk_table_label(t, row[i]);
        else
            yk_table_targets(t, row[i], (float *)y + i * t->n_target);
    }
    YK_TRY(yk_datawriter_rows(j->writer, "x", first, now, x));
    if (t->label >= 0 || t->n_target > 0)
        YK_TRY(yk_datawriter_rows(j->writer, "y", first, now, y));
    return YK_OK;
}

static yk_status write_part(job *j, int p, const char *const *names, int64_t *row, float *x, void *y, int64_t piece)
{
    int64_t count;
    YK_TRY(yk_parts_enter(&j->parts, p, &j->writer));
    rows_of(j, p, row, &count);
    YK_TRY(begin_fields(j, count, names));
    for (int64_t at = 0; at < count; at += piece)
        YK_TRY(write_piece(j, row + at, at, yk_min(piece, count - at), x, y));
    return YK_OK;
}

static yk_status write_all(job *j)
{
    yk_status status = YK_OK;
    const int64_t width = j->table.width, piece = yk_max(1, yk_min(j->n, PIECE_BYTES / (4 * width)));
    int64_t *row = NULL;
    float *x = NULL, *y = NULL;
    char **names = NULL;
    YK_TRY_GOTO(yk_alloc(&row, j->n, sizeof *row), done);
    YK_TRY_GOTO(yk_alloc(&x, piece * width, sizeof *x), done);
    YK_TRY_GOTO(yk_alloc(&y, piece * yk_max(1, j->table.n_target), sizeof *y), done);
    YK_TRY_GOTO(yk_alloc(&names, width, sizeof *names), done);
    YK_TRY_GOTO(yk_table_names(&j->table, names), done);
    for (int p = 0; p < j->parts.n; p++)
        YK_TRY_GOTO(write_part(j, p, (const char *const *)names, row, x, y, piece), done);
    YK_TRY_GOTO(yk_datawriter_commit(&j->writer), done);
done:
    for (int64_t i = 0; names && i < width; i++)
        yk_free(names[i]);
    yk_free(names);
    yk_free(row);
    yk_free(x);
    yk_free(y);
    return status;
}

static yk_status run(const void *opts, int n, const char *const *files, const char *out)
{
    (void)n;
    job j = { .file = files[0], .out = out, .o = opts };
    locale_t c, old = yk_c_locale_enter(&c);
    yk_status status = check(&j);
    if (status == YK_OK)
        status = write_all(&j);
    yk_c_locale_leave(c, old);
    yk_datawriter_discard(&j.writer);
    yk_parts_free(&j.parts);
    yk_table_free(&j.table);
    yk_csv_free(&j.csv);
    yk_free(j.row);
    yk_free(j.data);
    return status;
}

const yk_importer yk_importer_csv = {
    .name = "csv",
    .kind = YK_IMPORT,
    .doc = "a table as text, plain or gzip: float32 x with the names of its columns, y as classes or numbers",
    .usage = "FILE",
    .least = 1,
    .most = 1,
    .opts_size = sizeof(csv_opts),
    .opts = options,
    .run = run,
};
