/* SPDX-License-Identifier: Apache-2.0 */
/* Tables as text: the first two bytes are options, the rest is the table. Everything is read but nothing is written. */
#include <stdlib.h>

#include "core/c_locale.h"
#include "core/mem.h"
#include "data/table.h"
#include "fuzz.h"

/* What an importer does with a table that was understood. */
static void use(yk_table *t, float *x, float *y, int64_t *row)
{
    int64_t n = 0;
    bool complete;
    for (int64_t r = 0; r < t->csv->rows; r++) {
        if (yk_table_complete(t, r, &complete) != YK_OK)
            return;
        if (complete || t->form.missing == YK_MISSING_MEAN)
            row[n++] = r;
    }
    if (t->form.missing == YK_MISSING_MEAN && (n == 0 || yk_table_fill(t, n, row) != YK_OK))
        return;
    for (int64_t i = 0; i < n; i++) {
        yk_table_x(t, row[i], x);
        yk_table_targets(t, row[i], y);
        if (t->label >= 0) {
            const int32_t label = yk_table_label(t, row[i]);
            if (label < 0 || label >= t->column[t->label].n)
                abort();
        }
    }
}

static void try_table(const yk_csv *csv, unsigned bits)
{
    const yk_table_form form = { .label = bits & 1 ? "LAST" : "",
                                 .target = bits & 2 ? "1" : "",
                                 .drop = bits & 4 ? "2" : "",
                                 .categorical = bits & 8 ? "FIRST" : "",
                                 .classes = bits & 16 ? "a,b" : "",
                                 .codes = (bits & 32) != 0,
                                 .missing = (yk_missing)((bits >> 6) % 3) };
    yk_table t;
    float *x = NULL, *y = NULL;
    int64_t *row = NULL;
    if (yk_table_make(&t, csv, &form) != YK_OK)
        return;
    if (yk_alloc(&x, t.width, sizeof *x) == YK_OK && yk_alloc(&y, t.n_target, sizeof *y) == YK_OK &&
        yk_alloc(&row, csv->rows, sizeof *row) == YK_OK)
        use(&t, x, y, row);
    yk_free(x);
    yk_free(y);
    yk_free(row);
    yk_table_free(&t);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char separators[] = { 0, ',', ';', '\t', ' ' };
    yk_csv csv;
    if (size < 2)
        return 0;
    yk_csv_form form = { .separator = separators[data[0] % 5], .comment = data[0] & 64 ? 0 : '#' };
    form.header = (data[0] / 5) % 3;
    char *text = fuzz_text(data + 2, size - 2);
    locale_t c, old = yk_c_locale_enter(&c);
    if (yk_csv_parse(&csv, "table", text, (int64_t)size - 2, &form) == YK_OK) {
        try_table(&csv, data[1]);
        yk_csv_free(&csv);
    }
    yk_c_locale_leave(c, old);
    free(text);
    return 0;
}
