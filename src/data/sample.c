/* SPDX-License-Identifier: Apache-2.0 */
/* Some samples of a split. One walk through a keyed permutation takes what is wanted until there is enough; so the
 * choice for n samples is part of that for more. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/error.h"
#include "core/mem.h"
#include "core/num.h"
#include "core/option.h"
#include "data/convert.h"
#include "data/move.h"
#include "data/order.h"
#include "data/tools.h"

#define CLASSES_MAX 100000 /* labels 0 .. CLASSES_MAX - 1 */
#define NAMES_SHOWN 64

typedef struct job {
    const yk_sampling *s;
    yk_datafile *in;
    yk_datawriter *out;
    int64_t samples, wanted; /* in the split; that are taken */
    unsigned char *taken;    /* [samples] */
    int64_t *list;           /* [wanted] ascending */
    int32_t *label;          /* [samples]; NULL: classes do not matter */
    int64_t n_class;
    int64_t *count;    /* [n_class] taken of each */
    int32_t *renumber; /* [n_class] new labels, -1: not wanted; NULL: as they are */
    int64_t n_new;
    int32_t *old; /* [n_new] their old labels */
    char *names;
    const char **name; /* [n_name] of the classes in the file */
    int64_t n_name;
} job;

static yk_status read_labels(job *j)
{
    yk_field field;
    yk_status status = YK_OK;
    void *raw;
    YK_TRY(yk_datafile_field(j->in, j->s->label, &field));
    YK_CHECK(yk_shape_len_from(&field.shape, 1) == 1, YK_ERR_DATA,
             "%s: field %s has several numbers a sample, so it names no class; --label names another field",
             yk_datafile_spec(j->in), j->s->label);
    YK_TRY(yk_alloc(&j->label, j->samples, sizeof *j->label));
    YK_TRY(yk_alloc(&raw, j->samples, (size_t)yk_dtype_size(field.dtype)));
    YK_TRY_GOTO(yk_datafile_read(j->in, j->s->label, 0, j->samples, raw), done);
    int64_t bad = yk_convert_i32(field.dtype, j->samples, raw, j->label);
    for (int64_t i = 0; i < bad; i++) {
        if (j->label[i] < 0 || j->label[i] >= CLASSES_MAX)
            bad = i;
        else
            j->n_class = yk_max(j->n_class, j->label[i] + 1);
    }
    YK_CHECK_GOTO(bad == j->samples, done, YK_ERR_DATA, "%s: %s of sample %" PRId64 " is no class (0 to %d)",
                  yk_datafile_spec(j->in), j->s->label, bad, CLASSES_MAX - 1);
    YK_TRY_GOTO(yk_datafile_classes(j->in, j->s->label, &j->names, &j->n_name), done);
    YK_TRY_GOTO(yk_block_pointers(j->names, j->n_name, &j->name), done);
    j->n_class = yk_max(j->n_class, j->n_name);
    YK_TRY_GOTO(yk_alloc(&j->count, j->n_class, sizeof *j->count), done);
done:
    yk_free(raw);
    return status;
}

/* The label that a word of --classes means: a name, else a number. */
static yk_status class_of(const job *j, const char *word, int32_t *label)
{
    char *end;
    for (int64_t i = 0; i < j->n_name; i++)
        if (strcmp(j->name[i], word) == 0) {
            *label = (int32_t)i;
            return YK_OK;
        }
    const long number = strtol(word, &end, 10);
    if (*word && !*end && number >= 0 && number < j->n_class) {
        *label = (int32_t)number;
        return YK_OK;
    }
    const char *near = yk_nearest(word, j->name, (int)yk_min(j->n_name, NAMES_SHOWN));
    YK_FAIL(YK_ERR_ARG, "--classes: %s has no class \"%s\"%s%s%s; there are %" PRId64 " (yoke info shows their names)",
            yk_datafile_spec(j->in), word, near ? " (did you mean \"" : "", near ? near : "", near ? "\"?)" : "",
            j->n_class);
}

static yk_status parse_classes(job *j)
{
    char word[256];
    YK_TRY(yk_alloc(&j->renumber, j->n_class, sizeof *j->renumber));
    YK_TRY(yk_alloc(&j->old, j->n_class, sizeof *j->old));
    for (int64_t i = 0; i < j->n_class; i++)
        j->renumber[i] = -1;
    for (const char *at = j->s->classes; *at; at += strcspn(at, ","), at += *at == ',') {
        int32_t label = 0;
        snprintf(word, sizeof word, "%.*s", (int)strcspn(at, ","), at);
        YK_TRY(class_of(j, word, &label));
        YK_CHECK(j->renumber[label] < 0, YK_ERR_ARG, "--classes: %s is named twice", word);
        j->renumber[label] = (int32_t)j->n_new;
        j->old[j->n_new++] = label;
    }
    YK_CHECK(j->n_new > 0, YK_ERR_ARG, "--classes names no class");
    return YK_OK;
}

static yk_status check_counts(const job *j)
{
    const yk_sampling *s = j->s;
    for (int64_t c = 0; s->per_class > 0 && c < j->n_class; c++)
        if (!j->renumber || j->renumber[c] >= 0)
            YK_CHECK(j->count[c] == s->per_class, YK_ERR_DATA,
                     "%s: class %" PRId64 "%s%s%s has %" PRId64 " samples; --per-class asks for %" PRId64,
                     yk_datafile_spec(j->in), c, c < j->n_name ? " (" : "", c < j->n_name ? j->name[c] : "",
                     c < j->n_name ? ")" : "", j->count[c], s->per_class);
    YK_CHECK(s->n == 0 || j->wanted == s->n, YK_ERR_DATA, "%s: %" PRId64 " samples can be had, -n asks for %" PRId64,
             yk_datafile_spec(j->in), j->wanted, s->n);
    YK_CHECK(j->wanted > 0, YK_ERR_DATA, "%s: has no samples of the classes that are wanted", yk_datafile_spec(j->in));
    return YK_OK;
}

static yk_status choose(job *j)
{
    const yk_sampling *s = j->s;
    yk_order order;
    yk_order_make(&order, j->samples, &(yk_shuffle){ .mode = YK_SHUFFLE_FULL }, s->seed, YK_FOR_SPLIT);
    YK_TRY(yk_alloc(&j->taken, j->samples, 1));
    for (int64_t i = 0; i < j->samples && (s->n == 0 || j->wanted < s->n); i++) {
        const int64_t at = yk_order_at(&order, 0, i);
        if (j->renumber && j->renumber[j->label[at]] < 0)
            continue;
        if (s->per_class > 0 && j->count[j->label[at]] == s->per_class)
            continue;
        if (j->label)
            j->count[j->label[at]]++;
        j->taken[at] = 1;
        j->wanted++;
    }
    YK_TRY(check_counts(j));
    YK_TRY(yk_alloc(&j->list, j->wanted, sizeof *j->list));
    int64_t n = 0;
    for (int64_t i = 0; i < j->samples; i++)
        if (j->taken[i])
            j->list[n++] = i;
    return YK_OK;
}

/* The labels with their new numbers, and their names. */
static yk_status write_labels(job *j)
{
    yk_status status = YK_OK;
    int32_t *label;
    const char **name = NULL;
    YK_TRY(yk_alloc(&label, j->wanted, sizeof *label));
    for (int64_t i = 0; i < j->wanted; i++)
        label[i] = j->renumber[j->label[j->list[i]]];
    const yk_tensor field = { YK_I32, yk_shape_of(1, j->wanted), label };
    YK_TRY_GOTO(yk_datawriter_field(j->out, j->s->label, &field), done);
    YK_TRY_GOTO(yk_alloc(&name, j->n_new, sizeof *name), done);
    for (int64_t i = 0; i < j->n_new; i++)
        name[i] = j->old[i] < j->n_name ? j->name[j->old[i]] : "";
    if (j->n_name > 0)
        YK_TRY_GOTO(yk_datawriter_classes(j->out, j->s->label, j->n_new, name), done);
done:
    yk_free(name);
    yk_free(label);
    return status;
}

static yk_status write_field(job *j, const yk_field *field)
{
    yk_tensor tensor = { field->dtype, field->shape, NULL };
    tensor.shape.dim[0] = j->wanted;
    YK_TRY(yk_datawriter_field(j->out, field->name, &tensor));
    YK_TRY(yk_move_rows(j->in, field->name, j->wanted, j->list, j->out, 0));
    YK_TRY(yk_move_attributes(j->in, field->name, j->out));
    return YK_OK;
}

static yk_status run(job *j, const char *spec, const char *out)
{
    YK_TRY(yk_datafile_open(&j->in, spec));
    YK_TRY(yk_move_samples(j->in, &j->samples));
    if (j->s->classes || j->s->per_class > 0)
        YK_TRY(read_labels(j));
    if (j->s->classes)
        YK_TRY(parse_classes(j));
    YK_TRY(choose(j));
    YK_TRY(yk_datawriter_create(&j->out, out, false));
    for (int f = 0; f < yk_datafile_count(j->in); f++) {
        yk_field field;
        yk_datafile_at(j->in, f, &field);
        if (j->renumber && strcmp(field.name, j->s->label) == 0)
            YK_TRY(write_labels(j));
        else
            YK_TRY(write_field(j, &field));
    }
    YK_TRY(yk_datawriter_commit(&j->out));
    return YK_OK;
}

yk_status yk_data_sample(const char *spec, const yk_sampling *sampling, const char *out)
{
    job j = { .s = sampling };
    yk_status status = run(&j, spec, out);
    yk_datawriter_discard(&j.out);
    yk_datafile_close(&j.in);
    yk_free(j.taken);
    yk_free(j.list);
    yk_free(j.label);
    yk_free(j.count);
    yk_free(j.renumber);
    yk_free(j.old);
    yk_free(j.name);
    yk_free(j.names);
    return status;
}
