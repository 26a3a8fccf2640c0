/* SPDX-License-Identifier: Apache-2.0 */
#include "train/split.h"

#include <stdio.h>
#include <string.h>

#include "core/error.h"
#include "core/mem.h"
#include "core/num.h"

/* An empty split with the fields that the model is fed with. */
static void name_fields(yk_split *split, const yk_recipe *recipe, bool targets, const char *names[YK_MAX_FIELDS])
{
    *split = (yk_split){ .n_field = yk_recipe_fields(recipe, targets, names) };
    for (int i = 0; i < split->n_field; i++)
        snprintf(split->field[i], sizeof split->field[i], "%s", names[i]);
}

yk_status yk_split_open(yk_split *split, const yk_recipe *recipe, const yk_source *source, bool targets, int64_t memory)
{
    const char *names[YK_MAX_FIELDS];
    name_fields(split, recipe, targets, names);
    YK_TRY(yk_dataset_open(&split->data, source, split->n_field, names, memory));
    return YK_OK;
}

yk_status yk_split_open_once(yk_split *split, yk_comm *comm, const yk_recipe *recipe, const yk_source *source,
                             bool targets)
{
    const char *names[YK_MAX_FIELDS];
    name_fields(split, recipe, targets, names);
    return yk_dataset_open_once(&split->data, comm, source, split->n_field, names, recipe->memory);
}

yk_status yk_split_share(yk_split *split, yk_comm *comm, const yk_recipe *recipe, const yk_source *source)
{
    YK_TRY(yk_dataset_same(split->data, comm));
    return yk_dataset_share(split->data, comm, source, recipe->memory);
}

yk_status yk_split_place(const yk_split *split, const yk_recipe *recipe, const yk_source *source, yk_status status)
{
    for (int i = 0; status == YK_ERR_DATA && i < split->n_field; i++) {
        char where[YK_WHERE + 32];
        const char *name = split->field[i];
        yk_dataset *alone = NULL;
        yk_status here = yk_dataset_open(&alone, source, 1, &name, 0);
        yk_dataset_close(&alone);
        if (here != YK_OK)
            return yk_error_prefix(here, "%s", yk_recipe_field_where(recipe, name, where, sizeof where));
    }
    return status;
}

/* Of n arrays those that the split has for fields, in its order. */
static yk_status pick(const yk_split *split, int n, const char *const *names, const yk_tensor *arrays, yk_tensor *out)
{
    for (int f = 0; f < split->n_field; f++) {
        int i = 0;
        while (i < n && strcmp(names[i], split->field[f]) != 0)
            i++;
        char text[512] = "";
        for (int k = 0; i == n && k < split->n_field; k++)
            snprintf(text + strlen(text), sizeof text - strlen(text), "%s%s", k ? ", " : "", split->field[k]);
        YK_CHECK(i < n, YK_ERR_DATA, "no array is called \"%s\"; the model needs %s", split->field[f], text);
        out[f] = arrays[i];
    }
    return YK_OK;
}

yk_status yk_split_wrap(yk_split *split, const yk_recipe *recipe, int n, const char *const *names,
                        const yk_tensor *arrays)
{
    const char *fields[YK_MAX_FIELDS];
    yk_tensor chosen[YK_MAX_FIELDS];
    name_fields(split, recipe, true, fields);
    YK_TRY(pick(split, n, names, arrays, chosen));
    return yk_dataset_wrap(&split->data, split->n_field, fields, chosen);
}

yk_status yk_split_spread(yk_split *split, yk_comm *comm, const yk_recipe *recipe, int n, const char *const *names,
                          const yk_tensor *arrays, bool targets)
{
    const char *fields[YK_MAX_FIELDS];
    yk_tensor chosen[YK_MAX_FIELDS];
    name_fields(split, recipe, targets, fields);
    YK_TRY(yk_comm_agree(comm, pick(split, n, names, arrays, chosen)));
    return yk_dataset_spread(&split->data, comm, split->n_field, fields, chosen);
}

yk_status yk_split_replace(yk_split *split, yk_comm *comm, int n, const char *const *names, const yk_tensor *arrays)
{
    yk_tensor chosen[YK_MAX_FIELDS];
    YK_TRY(yk_comm_agree(comm, pick(split, n, names, arrays, chosen)));
    return yk_dataset_replace(split->data, chosen);
}

void yk_split_close(yk_split *split)
{
    yk_loader_destroy(&split->loader);
    for (int i = 0; i < YK_MAX_FIELDS; i++)
        yk_pipeline_destroy(&split->pipeline[i]);
    yk_dataset_close(&split->data);
}

void yk_split_augment(yk_split *split, const yk_recipe *recipe, bool train, const float *axes)
{
    split->augment =
        (yk_pipeline_opts){ .augmentation = &recipe->augment, .seed = recipe->seed, .train = train, .axes = axes };
}

/* Shape of a sample of field i as it is stored. */
static void stored_shape(const yk_split *split, int i, yk_field *field, yk_shape *out)
{
    yk_dataset_field(split->data, i, field);
    out->ndim = field->shape.ndim - 1;
    for (int k = 0; k < out->ndim; k++)
        out->dim[k] = field->shape.dim[k + 1];
}

yk_status yk_split_shape(const yk_split *split, yk_shape *out)
{
    yk_field x;
    stored_shape(split, 0, &x, out);
    return split->augment.augmentation ? yk_augmentation_shape(split->augment.augmentation, split->field[0], out)
                                       : YK_OK;
}

/* The pipeline of a feed, where an augmentation concerns its field. Targets that are whole numbers are labels. */
static yk_status augment_feed(yk_split *split, yk_feed *feed)
{
    yk_pipeline **pipeline = &split->pipeline[feed - split->feed];
    yk_pipeline_opts opts = split->augment;
    yk_field field;
    yk_shape made;
    if (!opts.augmentation)
        return YK_OK;
    stored_shape(split, feed->index, &field, &opts.sample);
    made = opts.sample;
    YK_TRY(yk_augmentation_shape(opts.augmentation, feed->field, &made));
    /* where samples are mixed, class numbers become what the loss wants: distributions */
    feed->one_hot = yk_augmentation_mixes(opts.augmentation, feed->field) && feed->unscaled && feed->want == YK_F32 &&
                    yk_dtype_is_integer(field.dtype) && yk_shape_len(&feed->sample) != yk_shape_len(&made);
    opts.field = feed->field;
    opts.labels = feed->want == YK_I32 || feed->one_hot;
    if (feed->index > 0)
        opts.axes = NULL; /* they are those of the first field */
    opts.nearest = feed->unscaled && yk_dtype_is_integer(field.dtype);
    YK_TRY(yk_pipeline_create(pipeline, &opts));
    feed->augment = *pipeline;
    return YK_OK;
}

/* How the dataset serves one of the fields that the model is fed with. */
static void feed_value(const yk_split *split, const yk_fed *fed, const yk_value *v, yk_feed *feed)
{
    *feed = (yk_feed){ .want = v->dtype,
                       .unscaled = fed->kind != YK_FED_INPUT, /* targets mean what they say: byte 1 stays 1 */
                       .classes = fed->classes,
                       .tokens = v->tokens,
                       .ignore = fed->ignore,
                       .not_negative = fed->not_negative };
    snprintf(feed->field, sizeof feed->field, "%s", fed->field);
    while (strcmp(split->field[feed->index], fed->field) != 0)
        feed->index++;
    feed->sample.ndim = v->shape.ndim - 1;
    for (int i = 0; i < feed->sample.ndim; i++)
        feed->sample.dim[i] = v->shape.dim[i + 1];
}

static bool is_open(const yk_split *split, const char *field)
{
    for (int i = 0; i < split->n_field; i++)
        if (strcmp(split->field[i], field) == 0)
            return true;
    return false;
}

yk_status yk_split_feed(yk_split *split, const yk_model *model, const yk_normal *normal)
{
    const char *names[YK_MAX_FIELDS];
    for (int i = 0; i < split->n_field; i++)
        names[i] = split->field[i];
    if (split->augment.augmentation && split->augment.train)
        YK_TRY(yk_augmentation_fields(split->augment.augmentation, split->n_field, names));
    for (int i = 0; i < model->n_fed && is_open(split, model->fed[i].field); i++) { /* inputs come first */
        const yk_fed *fed = &model->fed[i];
        yk_feed *feed = &split->feed[split->n_feed++];
        feed_value(split, fed, yk_graph_value(model->graph, fed->value), feed);
        if (fed->kind == YK_FED_INPUT && normal && normal->n > 0)
            feed->normal = *normal;
        YK_TRY(augment_feed(split, feed));
        YK_TRY(yk_feed_check(feed, split->data));
    }
    return YK_OK;
}

static yk_status check_targets(yk_split *split, const yk_feed *feed, int64_t first, int64_t last)
{
    enum { PIECE = 65536 };
    yk_field field;
    yk_dataset_field(split->data, feed->index, &field);
    const int64_t each = yk_shape_len_from(&field.shape, 1);
    const int64_t made =
        feed->one_hot ? each * feed->sample.dim[feed->sample.ndim - 1] : each; /* elements of a sample */
    const int64_t piece = yk_max(1, PIECE / yk_max(made, 1));
    yk_status status = YK_OK;
    char *raw = NULL;
    int32_t *out = NULL; /* or floats */
    int64_t *sample = NULL;
    YK_TRY_GOTO(yk_alloc(&raw, piece * each, (size_t)yk_dtype_size(field.dtype)), out);
    YK_TRY_GOTO(yk_alloc(&out, piece * made, sizeof *out), out);
    YK_TRY_GOTO(yk_alloc(&sample, piece, sizeof *sample), out);
    for (int64_t at = first; at < last; at += piece) {
        int64_t count = yk_min(piece, last - at);
        for (int64_t i = 0; i < count; i++)
            sample[i] = at + i;
        YK_TRY_GOTO(yk_dataset_fetch(split->data, feed->index, count, sample, raw), out);
        YK_TRY_GOTO(yk_feed_convert(feed, split->data, count, sample, raw, out), out);
    }
out:
    yk_free(raw);
    yk_free(out);
    yk_free(sample);
    return status;
}

yk_status yk_split_check_targets(yk_split *split, int rank, int size)
{
    int64_t first, last;
    yk_dataset_part(split->data, rank, size, &first, &last);
    for (int i = 0; i < split->n_feed; i++)
        if (split->feed[i].classes > 0 || split->feed[i].not_negative || split->feed[i].one_hot)
            YK_TRY(check_targets(split, &split->feed[i], first, last));
    return YK_OK;
}

const void *yk_split_data(const yk_split *split, const yk_batch *batch, int i, int64_t row)
{
    const yk_feed *feed = &split->feed[i];
    return (const char *)batch->data[i] + row * yk_shape_len(&feed->sample) * yk_dtype_size(feed->want);
}

void yk_split_feed_program(const yk_split *split, const yk_model *model, yk_program *program, const yk_batch *batch,
                           int64_t row)
{
    for (int i = 0; i < split->n_feed; i++)
        yk_program_feed(program, model->fed[i].value, yk_split_data(split, batch, i, row));
}

static yk_loader_opts loader_opts(const yk_split *split, const yk_order *order, int64_t batch, int64_t micro,
                                  const yk_comm *comm, yk_io_thread *io, int depth)
{
    return (yk_loader_opts){ .dataset = split->data,
                             .order = *order,
                             .n_feed = split->n_feed,
                             .feed = split->feed,
                             .batch = batch,
                             .micro = micro,
                             .mix = split->augment.train ? split->augment.augmentation : NULL,
                             .seed = split->augment.seed,
                             .rank = yk_comm_rank(comm),
                             .size = yk_comm_size(comm),
                             .io = io,
                             .depth = depth };
}

yk_status yk_split_load(yk_split *split, const yk_order *order, int64_t batch, int64_t micro, const yk_comm *comm,
                        yk_io_thread *io, int depth)
{
    const yk_loader_opts opts = loader_opts(split, order, batch, micro, comm, io, depth);
    return yk_loader_create(&split->loader, &opts);
}

int64_t yk_split_bytes(const yk_split *split, const yk_order *order, int64_t batch, int64_t micro, const yk_comm *comm,
                       int depth)
{
    const yk_loader_opts opts = loader_opts(split, order, batch, micro, comm, NULL, depth);
    return yk_dataset_kept(split->data) + yk_loader_bytes(&opts, depth);
}
