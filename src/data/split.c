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
#include "data/move.h"
#include "data/parts.h"
#include "io/datafile.h"
#include "io/pattern.h"
#include "io/spec.h"

#define PARTS_MAX YK_PARTS_MAX

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

static yk_status assign(cut *c, uint64_t seed)
{
    int64_t count[PARTS_MAX];
    YK_TRY(yk_alloc(&c->list, c->samples, sizeof *c->list));
    for (int i = 1; i < c->n; i++)
        count[i - 1] = c->part[i].count;
    count[c->n - 1] = c->part[0].count;
    YK_TRY(yk_parts_draw(&c->owner, c->samples, c->n, count, seed));
    for (int64_t s = 0; s < c->samples; s++)
        c->owner[s] = (unsigned char)((c->owner[s] + 1) % c->n); /* what is left over stays: part 0 */
    return YK_OK;
}

/* Writes the `count` samples of c->list of one field. */
static yk_status copy_field(cut *c, const yk_field *field, int64_t count)
{
    yk_tensor tensor = { .dtype = field->dtype, .shape = field->shape };
    tensor.shape.dim[0] = count;
    YK_TRY(yk_datawriter_field(c->out, field->name, &tensor));
    YK_TRY(yk_move_rows(c->in, field->name, count, c->list, c->out, 0));
    YK_TRY(yk_move_attributes(c->in, field->name, c->out));
    return YK_OK;
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
    YK_CHECK_GOTO(!yk_pattern_is(path), done, YK_ERR_ARG, "split: \"%s\" is a pattern; a split is cut out of one file",
                  spec);
    YK_TRY_GOTO(yk_datafile_open(&c.in, spec), done);
    YK_TRY_GOTO(yk_move_samples(c.in, &c.samples), done);
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
