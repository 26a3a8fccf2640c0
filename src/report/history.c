/* SPDX-License-Identifier: Apache-2.0 */
#include "report/history.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/c_locale.h"
#include "core/error.h"
#include "core/mem.h"
#include "core/num.h"
#include "io/files.h"

enum { FIELDS_MAX = YK_MAX_MEASURES + 8 };

/* What a column of a log is. */
typedef enum column { COLUMN_AT, COLUMN_EPOCH, COLUMN_SPLIT, COLUMN_OTHER, COLUMN_MEASURE } column;

typedef struct table {
    char file[YK_PATH_MAX];
    int n;
    column kind[FIELDS_MAX];
} table;

static bool exists(const char *path)
{
    struct stat s;
    return stat(path, &s) == 0;
}

/* Cuts a line at its commas; returns the number of fields, at most FIELDS_MAX + 1. */
static int cut(char *line, char *field[FIELDS_MAX])
{
    int n = 0;
    for (char *at = line; at; n++) {
        if (n == FIELDS_MAX)
            return n + 1;
        field[n] = at;
        at = strchr(at, ',');
        if (at)
            *at++ = '\0';
    }
    return n;
}

static column kind_of(const char *name)
{
    static const char *const others[] = { "penalty", "lr", "samples_per_s" };
    if (strcmp(name, "step") == 0 || strcmp(name, "samples") == 0)
        return COLUMN_AT;
    if (strcmp(name, "epoch") == 0)
        return COLUMN_EPOCH;
    if (strcmp(name, "split") == 0)
        return COLUMN_SPLIT;
    for (int i = 0; i < YK_LEN(others); i++)
        if (strcmp(name, others[i]) == 0)
            return COLUMN_OTHER;
    return COLUMN_MEASURE;
}

static yk_status read_header(yk_history *h, table *t, char *line)
{
    char *name[FIELDS_MAX];
    int splits = 0, ats = 0;
    t->n = cut(line, name);
    YK_CHECK(t->n <= FIELDS_MAX, YK_ERR_DATA, "%s:1: more than %d columns", t->file, FIELDS_MAX);
    for (int i = 0; i < t->n; i++) {
        t->kind[i] = kind_of(name[i]);
        ats += t->kind[i] == COLUMN_AT;
        splits += t->kind[i] == COLUMN_SPLIT;
        if (t->kind[i] == COLUMN_MEASURE && h->n_measures < YK_MAX_MEASURES) {
            yk_measure *m = &h->measure[h->n_measures++];
            *m = (yk_measure){ .rises = false };
            snprintf(m->name, sizeof m->name, "%.63s", name[i]);
        }
    }
    YK_CHECK(ats == 1 && splits == 1 && h->n_measures > 0 && strcmp(h->measure[0].name, "loss") == 0, YK_ERR_DATA,
             "%s:1: this is no log of yoke's: columns step (or samples), split and loss are expected", t->file);
    return YK_OK;
}

/* A number, or nothing (NaN). */
static bool read_number(const char *text, double *out)
{
    char *end;
    *out = *text ? strtod(text, &end) : NAN;
    return !*text || *end == '\0';
}

static yk_status read_row(yk_history *h, const table *t, char *line, int64_t number)
{
    char *field[FIELDS_MAX];
    yk_history_row *row = &h->row[h->n_rows];
    int measure = 0;
    YK_CHECK(cut(line, field) == t->n, YK_ERR_DATA, "%s:%" PRId64 ": the row has not the %d fields of the header",
             t->file, number, t->n);
    row->value = h->value + h->n_rows * h->n_measures;
    for (int i = 0; i < t->n; i++) {
        double value = 0;
        const bool word = t->kind[i] == COLUMN_SPLIT;
        YK_CHECK(word ? strcmp(field[i], "train") == 0 || strcmp(field[i], "dev") == 0 : read_number(field[i], &value),
                 YK_ERR_DATA, "%s:%" PRId64 ": \"%.40s\" is not %s", t->file, number, field[i],
                 word ? "train or dev" : "a number");
        const bool counts = t->kind[i] == COLUMN_AT || t->kind[i] == COLUMN_EPOCH;
        YK_CHECK(!counts || (value >= 0 && value < 1e15), YK_ERR_DATA,
                 "%s:%" PRId64 ": \"%.40s\" is no step, epoch or number of samples", t->file, number, field[i]);
        if (t->kind[i] == COLUMN_AT)
            row->at = (int64_t)value;
        else if (t->kind[i] == COLUMN_EPOCH)
            row->epoch = (int64_t)value;
        else if (word)
            row->dev = strcmp(field[i], "dev") == 0;
        else if (t->kind[i] == COLUMN_MEASURE && measure < h->n_measures)
            row->value[measure++] = value;
    }
    h->n_rows++;
    return YK_OK;
}

/* The text is cut into lines; one without its end is being written. */
static yk_status read_table(yk_history *h, table *t, char *text)
{
    int64_t lines = 0, number = 1;
    for (const char *p = text; (p = strchr(p, '\n')); p++)
        lines++;
    YK_CHECK(lines > 0, YK_ERR_DATA, "%s: the log is empty", t->file);
    for (char *line = text, *end; (end = strchr(line, '\n')); line = end + 1, number++) {
        *end = '\0';
        if (number == 1) {
            YK_TRY(read_header(h, t, line));
            YK_TRY(yk_alloc(&h->row, lines, sizeof *h->row));
            YK_TRY(yk_alloc(&h->value, lines * h->n_measures, sizeof *h->value));
        } else if (*line) {
            YK_TRY(read_row(h, t, line, number));
        }
    }
    YK_CHECK(h->n_rows > 0, YK_ERR_DATA, "%s: no rows yet; look again when some steps are done", t->file);
    return YK_OK;
}

static yk_status read_log(yk_history *h)
{
    table t = { .n = 0 };
    char *text;
    locale_t c;
    snprintf(t.file, sizeof t.file, "%.900s/log.csv", h->path);
    if (!exists(t.file)) {
        snprintf(t.file, sizeof t.file, "%.900s/curve.csv", h->path);
        h->is_curve = true;
    }
    YK_CHECK(exists(t.file), YK_ERR_IO,
             exists(h->path) ? "%s: neither log.csv nor curve.csv is there; it is not the folder of a run"
                             : "%s: no such run",
             h->path);
    YK_TRY(yk_file_read(t.file, &text));
    const locale_t old = yk_c_locale_enter(&c);
    const yk_status status = read_table(h, &t, text);
    yk_c_locale_leave(c, old);
    yk_free(text);
    return status;
}

/* --- which metric a column is of */

static void know(yk_measure *m, const yk_recipe *r)
{
    for (int i = 0; i < r->n_metrics; i++) {
        const yk_metric *metric = r->metric[i].pick.entry;
        for (int64_t c = 0; c < YK_MAX_SCORES; c++) {
            char name[YK_METRIC_NAME];
            yk_metric_column(metric, r->metric[i].pick.opts, c, r->metric[i].of, name);
            if (strcmp(m->name, name) == 0) {
                m->rises = metric->rises;
                m->share = metric->share;
                m->perfect = metric->perfect;
                return;
            }
        }
    }
}

static yk_status read_measures(yk_history *h)
{
    char path[YK_PATH_MAX];
    yk_recipe *recipe;
    snprintf(path, sizeof path, "%.900s/%s.yaml", h->path, h->is_curve ? "curve" : "recipe");
    YK_TRY(yk_recipe_read(&recipe, path, 0, NULL));
    for (int i = 0; i < h->n_measures; i++)
        know(&h->measure[i], recipe);
    yk_recipe_destroy(&recipe);
    return YK_OK;
}

/* --- status.json, as yk_run_write_status() writes it */

static int64_t status_number(const char *text, const char *key)
{
    const char *at = strstr(text, key);
    return at ? strtoll(at + strlen(key), NULL, 10) : 0;
}

static yk_status read_status(yk_history *h)
{
    char path[YK_PATH_MAX], *text;
    snprintf(path, sizeof path, "%.900s/status.json", h->path);
    if (!exists(path))
        return YK_OK;
    YK_TRY(yk_file_read(path, &text));
    const char *state = strstr(text, "\"state\": \"");
    if (state)
        sscanf(state, "\"state\": \"%15[a-z]", h->state);
    h->step = yk_max(status_number(text, "\"step\": "), h->row[h->n_rows - 1].at); /* it is written at checkpoints */
    h->steps = status_number(text, "\"steps\": ");
    yk_free(text);
    return YK_OK;
}

yk_status yk_history_read(yk_history *out, const char *path)
{
    yk_status status;
    size_t n = strlen(path);
    *out = (yk_history){ .n_rows = 0 };
    YK_CHECK(n < YK_PATH_MAX - 128, YK_ERR_ARG, "the run's path has %zu characters", n);
    while (n > 1 && path[n - 1] == '/')
        n--;
    memcpy(out->path, path, n);
    YK_TRY_GOTO(read_log(out), fail);
    YK_TRY_GOTO(read_measures(out), fail);
    YK_TRY_GOTO(read_status(out), fail);
    return YK_OK;
fail:
    yk_history_free(out);
    return status;
}

void yk_history_free(yk_history *h)
{
    yk_free(h->row);
    yk_free(h->value);
    *h = (yk_history){ .n_rows = 0 };
}

yk_status yk_history_measure(const yk_history *h, const char *name, int *out)
{
    const char *names[YK_MAX_MEASURES];
    for (int i = 0; i < h->n_measures; i++) {
        names[i] = h->measure[i].name;
        if (strcmp(names[i], name) == 0) {
            *out = i;
            return YK_OK;
        }
    }
    const char *near = yk_nearest(name, names, h->n_measures);
    YK_FAIL(YK_ERR_ARG, "%s measures no \"%.80s\"; %s %s", h->path, name, near ? "did you mean" : "it has",
            near ? near : names[0]);
}
