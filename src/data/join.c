/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <string.h>

#include "core/error.h"
#include "core/mem.h"
#include "core/num.h"
#include "data/move.h"
#include "data/tools.h"

#define PIECE ((int64_t)1 << 16) /* samples whose numbers are written down at once */

typedef struct join {
    int n;
    yk_datafile **in;
    int64_t *samples, total; /* [n]; their sum */
    yk_datawriter *out;
} join;

static yk_status same_strings(const join *j, int i, const char *field, const char *attribute)
{
    yk_status status = YK_OK;
    char *a = NULL, *b = NULL;
    int64_t n, m;
    YK_TRY_GOTO(yk_datafile_strings(j->in[0], field, attribute, &a, &n), done);
    YK_TRY_GOTO(yk_datafile_strings(j->in[i], field, attribute, &b, &m), done);
    bool same = n == 0 || m == 0 || n == m;
    const char *x = a, *y = b;
    for (int64_t k = 0; same && k < yk_min(n, m); k++, x += strlen(x) + 1, y += strlen(y) + 1)
        same = strcmp(x, y) == 0;
    YK_CHECK_GOTO(same, done, YK_ERR_DATA, "%s: %s of %s are not those of %s", yk_datafile_spec(j->in[i]), attribute,
                  field, yk_datafile_spec(j->in[0]));
done:
    yk_free(a);
    yk_free(b);
    return status;
}

/* Split i has the fields of the first. */
static yk_status same_fields(const join *j, int i)
{
    static const char *const strings[] = { "classes", "columns", "vocabulary", "words" };
    const int count = yk_datafile_count(j->in[0]);
    YK_CHECK(yk_datafile_count(j->in[i]) == count, YK_ERR_DATA, "%s: has %d fields, but %s has %d",
             yk_datafile_spec(j->in[i]), yk_datafile_count(j->in[i]), yk_datafile_spec(j->in[0]), count);
    for (int f = 0; f < count; f++) {
        yk_field a, b;
        char s[YK_SHAPE_TEXT], t[YK_SHAPE_TEXT];
        yk_datafile_at(j->in[0], f, &a);
        YK_TRY(yk_datafile_field(j->in[i], a.name, &b));
        yk_shape shape = b.shape;
        shape.dim[0] = a.shape.dim[0];
        YK_CHECK(a.dtype == b.dtype && yk_shape_equal(&a.shape, &shape), YK_ERR_DATA,
                 "%s: a sample of %s is %s %s, but in %s it is %s %s", yk_datafile_spec(j->in[i]), a.name,
                 yk_dtype_name(b.dtype), yk_shape_text(&b.shape, 1, s), yk_datafile_spec(j->in[0]),
                 yk_dtype_name(a.dtype), yk_shape_text(&a.shape, 1, t));
        for (int k = 0; k < YK_LEN(strings); k++)
            YK_TRY(same_strings(j, i, a.name, strings[k]));
    }
    return YK_OK;
}

static yk_status copy_split(join *j, int i, const char *field, int64_t at, int64_t *list)
{
    for (int64_t first = 0; first < j->samples[i]; first += PIECE) {
        const int64_t now = yk_min(PIECE, j->samples[i] - first);
        for (int64_t k = 0; k < now; k++)
            list[k] = first + k;
        YK_TRY(yk_move_rows(j->in[i], field, now, list, j->out, at + first));
    }
    return YK_OK;
}

static yk_status copy_field(join *j, int f, int64_t *list)
{
    yk_field field;
    int64_t at = 0;
    yk_datafile_at(j->in[0], f, &field);
    yk_tensor all = { field.dtype, field.shape, NULL };
    all.shape.dim[0] = j->total;
    YK_TRY(yk_datawriter_field(j->out, field.name, &all));
    YK_TRY(yk_move_attributes(j->in[0], field.name, j->out));
    for (int i = 0; i < j->n; at += j->samples[i++])
        YK_TRY(copy_split(j, i, field.name, at, list));
    return YK_OK;
}

static yk_status run(join *j, const char *const *spec, const char *out)
{
    yk_status status = YK_OK;
    int64_t *list = NULL;
    YK_TRY(yk_alloc(&j->in, j->n, sizeof *j->in));
    YK_TRY(yk_alloc(&j->samples, j->n, sizeof *j->samples));
    for (int i = 0; i < j->n; i++) {
        YK_TRY(yk_datafile_open(&j->in[i], spec[i]));
        YK_TRY(yk_move_samples(j->in[i], &j->samples[i]));
        YK_TRY(same_fields(j, i));
        j->total += j->samples[i];
    }
    YK_TRY(yk_datawriter_create(&j->out, out, false));
    YK_TRY(yk_alloc(&list, PIECE, sizeof *list));
    for (int f = 0; f < yk_datafile_count(j->in[0]); f++)
        YK_TRY_GOTO(copy_field(j, f, list), done);
    YK_TRY_GOTO(yk_datawriter_commit(&j->out), done);
done:
    yk_free(list);
    return status;
}

yk_status yk_data_join(int n, const char *const *spec, const char *out)
{
    join j = { .n = n };
    yk_status status = run(&j, spec, out);
    yk_datawriter_discard(&j.out);
    for (int i = 0; j.in && i < n; i++)
        yk_datafile_close(&j.in[i]);
    yk_free(j.in);
    yk_free(j.samples);
    return status;
}
