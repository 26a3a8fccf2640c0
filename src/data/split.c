/* SPDX-License-Identifier: Apache-2.0 */
/* Cutting splits out of a split. Positions of a keyed permutation choose the samples: the first part gets the first
 * positions, and so on; the rest stays. The whole change is one commit of the file's writer. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/c_locale.h"
#include "core/error.h"
#include "core/mem.h"
#include "core/num.h"
#include "data/importers.h"
#include "data/order.h"
#include "io/datafile.h"
#include "io/spec.h"

#define PARTS_MAX 16
#define PIECE_BYTES ((int64_t)1 << 22)

typedef struct part {
    char group[256]; /* "/dev" */
    int64_t count;
} part;

typedef struct cut {
    yk_datafile *in;
    yk_datawriter *out;
    int64_t samples;
    int n; /* parts; part 0 is what stays */
    part part[PARTS_MAX];
    unsigned char *owner; /* [samples] part of each sample */
    int64_t *list;        /* [samples] numbers of one part's samples */
} cut;

static double number_parse(const char *text, char **end)
{
    locale_t c, old = yk_c_locale_enter(&c);
    double number = strtod(text, end);
    yk_c_locale_leave(c, old);
    return number;
}

/* "dev=5000" or "dev=10%": the new split lies beside `group`. */
static yk_status part_parse(const char *text, const char *group, int64_t samples, part *out)
{
    const char *equals = strchr(text, '='), *slash = strrchr(group, '/');
    char *end = NULL;
    int name = equals ? (int)(equals - text) : 0, parent = (int)(slash - group) + 1;
    double number = equals ? number_parse(equals + 1, &end) : 0;
    bool percent = end && *end == '%';
    YK_CHECK(name > 0 && !memchr(text, '/', (size_t)name) && end != equals + 1 && end[percent] == '\0', YK_ERR_ARG,
             "split: \"%s\" is not NAME=SAMPLES or NAME=PERCENT%% (as in dev=5000 or dev=10%%)", text);
    YK_CHECK(parent + name < (int)sizeof out->group, YK_ERR_ARG, "split: the name in \"%s\" is too long", text);
    snprintf(out->group, sizeof out->group, "%.*s%.*s", parent, group, name, text);
    if (percent)
        number = number * (double)samples / 100;
    YK_CHECK(number >= 1 && number < (double)samples && (percent || number == (double)(int64_t)number), YK_ERR_ARG,
             "split: %s asks for %.15g of %" PRId64 " samples; it must be a whole number, 1 or more, and leave some",
             text, number, samples);
    out->count = (int64_t)number;
    return YK_OK;
}

/* The parts, with what stays as part 0. */
static yk_status parts_parse(cut *c, const char *group, int n, const char *const *text)
{
    YK_CHECK(n >= 1 && n < PARTS_MAX, YK_ERR_ARG, "split: %d parts are asked for; 1 to %d are possible", n,
             PARTS_MAX - 1);
    YK_CHECK(strlen(group) < sizeof c->part[0].group, YK_ERR_ARG, "split: the name \"%s\" is too long", group);
    snprintf(c->part[0].group, sizeof c->part[0].group, "%s", group);
    c->part[0].count = c->samples;
    c->n = n + 1;
    for (int i = 1; i < c->n; i++) {
        YK_TRY(part_parse(text[i - 1], group, c->samples, &c->part[i]));
        for (int k = 0; k < i; k++)
            YK_CHECK(strcmp(c->part[i].group, c->part[k].group) != 0, YK_ERR_ARG, "split: %s is named twice",
                     c->part[i].group);
        c->part[0].count -= c->part[i].count;
    }
    YK_CHECK(c->part[0].count > 0, YK_ERR_ARG,
             "split: the parts take %" PRId64 " samples, but %s has %" PRId64 "; it must keep some",
             c->samples - c->part[0].count, group, c->samples);
    return YK_OK;
}

static yk_status samples_count(cut *c)
{
    yk_field first, field;
    YK_CHECK(yk_datafile_count(c->in) > 0, YK_ERR_DATA, "%s: holds no fields to split", yk_datafile_spec(c->in));
    yk_datafile_at(c->in, 0, &first);
    for (int i = 0; i < yk_datafile_count(c->in); i++) {
        yk_datafile_at(c->in, i, &field);
        YK_CHECK(field.shape.ndim > 0 && field.shape.dim[0] == first.shape.dim[0], YK_ERR_DATA,
                 "%s: field %s has not as many samples as field %s (%" PRId64 "), so the split cannot be cut",
                 yk_datafile_spec(c->in), field.name, first.name, first.shape.ndim ? first.shape.dim[0] : 0);
    }
    c->samples = first.shape.dim[0];
    return YK_OK;
}

static yk_status assign(cut *c, uint64_t seed)
{
    yk_order order;
    yk_order_make(&order, c->samples, &(yk_shuffle){ .mode = YK_SHUFFLE_FULL }, seed, YK_FOR_SPLIT);
    YK_TRY(yk_alloc(&c->owner, c->samples, 1));
    YK_TRY(yk_alloc(&c->list, c->samples, sizeof *c->list));
    int64_t position = 0;
    for (int i = 1; i < c->n; i++)
        for (int64_t k = 0; k < c->part[i].count; k++)
            c->owner[yk_order_at(&order, 0, position++)] = (unsigned char)i;
    return YK_OK;
}

/* Attributes that describe the field travel with it. */
static yk_status copy_attributes(cut *c, const char *field)
{
    static const char *const reals[] = { "mean", "std" };
    yk_status status = YK_OK;
    char *names;
    const char **name = NULL;
    int64_t n;
    YK_TRY(yk_datafile_classes(c->in, field, &names, &n));
    if (n > 0) {
        YK_TRY_GOTO(yk_alloc(&name, n, sizeof *name), done);
        const char *at = names;
        for (int64_t i = 0; i < n; i++, at += strlen(at) + 1)
            name[i] = at;
        YK_TRY_GOTO(yk_datawriter_classes(c->out, field, n, name), done);
    }
    for (int i = 0; i < YK_LEN(reals); i++) {
        double *values;
        YK_TRY_GOTO(yk_datafile_reals(c->in, field, reals[i], &values, &n), done);
        if (n > 0)
            status = yk_datawriter_reals(c->out, field, reals[i], n, values);
        yk_free(values);
        YK_TRY_GOTO(status, done);
    }
done:
    yk_free(name);
    yk_free(names);
    return status;
}

/* Writes the `count` samples of c->list of one field. */
static yk_status copy_field(cut *c, const yk_field *field, int64_t count)
{
    yk_status status = YK_OK;
    yk_tensor tensor = { .dtype = field->dtype, .shape = field->shape };
    tensor.shape.dim[0] = count;
    YK_TRY(yk_datawriter_field(c->out, field->name, &tensor));
    int64_t bytes = yk_shape_len_from(&field->shape, 1) * yk_dtype_size(field->dtype);
    int64_t rows = yk_max(1, yk_min(count, PIECE_BYTES / yk_max(bytes, 1)));
    char *piece;
    YK_TRY(yk_alloc(&piece, rows, (size_t)bytes));
    for (int64_t at = 0; at < count; at += rows) {
        int64_t now = yk_min(rows, count - at);
        YK_TRY_GOTO(yk_datafile_gather(c->in, field->name, now, c->list + at, piece), done);
        YK_TRY_GOTO(yk_datawriter_rows(c->out, field->name, at, now, piece), done);
    }
    YK_TRY_GOTO(copy_attributes(c, field->name), done);
done:
    yk_free(piece);
    return status;
}

static yk_status copy_part(cut *c, int i)
{
    int64_t count = 0;
    for (int64_t s = 0; s < c->samples; s++)
        if (c->owner[s] == i)
            c->list[count++] = s;
    for (int f = 0; f < yk_datafile_count(c->in); f++) {
        yk_field field;
        yk_datafile_at(c->in, f, &field);
        YK_TRY(copy_field(c, &field, count));
    }
    return YK_OK;
}

yk_status yk_data_split(const char *spec, int n, const char *const *text, uint64_t seed)
{
    yk_status status = YK_OK;
    cut c = { 0 };
    char *path, *group;
    YK_TRY(yk_spec_split(spec, &path, &group));
    YK_CHECK_GOTO(strcmp(group, "/") != 0, done, YK_ERR_ARG,
                  "split: \"%s\" names no split in a file (as in mnist.h5:/train)", spec);
    YK_TRY_GOTO(yk_datafile_open(&c.in, spec), done);
    YK_TRY_GOTO(samples_count(&c), done);
    YK_TRY_GOTO(parts_parse(&c, group, n, text), done);
    YK_TRY_GOTO(assign(&c, seed), done);
    YK_TRY_GOTO(yk_datawriter_create(&c.out, spec, true), done);
    YK_TRY_GOTO(copy_part(&c, 0), done);
    for (int i = 1; i < c.n; i++) {
        YK_TRY_GOTO(yk_datawriter_group(c.out, c.part[i].group, false), done);
        YK_TRY_GOTO(copy_part(&c, i), done);
    }
    YK_TRY_GOTO(yk_datawriter_commit(&c.out), done);
done:
    yk_datawriter_discard(&c.out);
    yk_datafile_close(&c.in);
    yk_free(c.owner);
    yk_free(c.list);
    yk_free(path);
    yk_free(group);
    return status;
}
