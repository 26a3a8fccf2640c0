/* SPDX-License-Identifier: Apache-2.0 */
#include "train/preview.h"

#include <stdio.h>

#include "core/error.h"
#include "core/mem.h"
#include "core/num.h"
#include "data/colours.h"
#include "data/feed.h"

/* Field i of the dataset, `field` in the recipe, into *out. */
static yk_status make_field(yk_preview *p, yk_dataset *data, int i, const char *field, const yk_pipeline_opts *common,
                            int64_t epoch, yk_tensor *out)
{
    yk_status status = YK_OK;
    yk_pipeline_opts opts = *common;
    yk_pipeline *pipeline = NULL;
    void *raw = NULL;
    yk_field f;
    yk_dataset_field(data, i, &f);
    yk_feed feed = { .index = i, .unscaled = i > 0, .want = i > 0 && yk_dtype_is_integer(f.dtype) ? YK_I32 : YK_F32 };
    snprintf(feed.field, sizeof feed.field, "%s", field);
    opts.field = field;
    opts.labels = feed.want == YK_I32;
    opts.axes = i == 0 ? common->axes : NULL;
    opts.sample.ndim = f.shape.ndim - 1;
    for (int k = 0; k < opts.sample.ndim; k++)
        opts.sample.dim[k] = f.shape.dim[k + 1];
    YK_TRY(yk_pipeline_create(&pipeline, &opts));
    feed.augment = pipeline;
    feed.sample = pipeline ? *yk_pipeline_shape(pipeline) : opts.sample;
    out->dtype = feed.want;
    out->shape = (yk_shape){ .ndim = feed.sample.ndim + 1, .dim = { p->n } };
    for (int k = 0; k < feed.sample.ndim; k++)
        out->shape.dim[k + 1] = feed.sample.dim[k];
    YK_TRY_GOTO(yk_alloc(&raw, p->n * yk_shape_len_from(&f.shape, 1), (size_t)yk_dtype_size(f.dtype)), done);
    YK_TRY_GOTO(yk_alloc(&out->data, yk_shape_len(&out->shape), (size_t)yk_dtype_size(feed.want)), done);
    YK_TRY_GOTO(yk_dataset_fetch(data, i, p->n, p->sample, raw), done);
    if (pipeline)
        YK_TRY_GOTO(yk_feed_augment(&feed, data, epoch, p->n, p->sample, raw, out->data), done);
    else
        YK_TRY_GOTO(yk_feed_convert(&feed, data, p->n, p->sample, raw, out->data), done);
done:
    yk_pipeline_destroy(&pipeline);
    yk_free(raw);
    return status;
}

/* The numbers of the samples, and both fields of them. */
static yk_status make(yk_preview *p, yk_dataset *data, int n_fields, const yk_recipe *recipe, const yk_order *order,
                      const float *axes, int64_t epoch, int64_t n)
{
    const yk_pipeline_opts opts = {
        .augmentation = &recipe->augment, .seed = recipe->seed, .train = true, .axes = axes
    };
    p->n = yk_min(n, order->n);
    YK_TRY(yk_alloc(&p->sample, p->n, sizeof *p->sample));
    for (int64_t i = 0; i < p->n; i++)
        p->sample[i] = yk_order_at(order, epoch, i);
    YK_TRY(make_field(p, data, 0, "x", &opts, epoch, &p->x));
    if (n_fields > 1)
        YK_TRY(make_field(p, data, 1, "y", &opts, epoch, &p->y));
    return YK_OK;
}

/* The samples that are trained on, in the order of training. */
static yk_status find_order(const yk_dataset *data, const yk_recipe *recipe, yk_order *order)
{
    int64_t taken;
    YK_TRY(yk_recipe_take(recipe, yk_dataset_samples(data), &taken));
    yk_order_make(order, taken, &recipe->shuffle, recipe->seed, YK_FOR_SHUFFLE);
    yk_order_take(order, yk_dataset_samples(data), recipe->seed);
    return YK_OK;
}

/* x and y, or x alone. */
static yk_status open_data(yk_dataset **data, const yk_recipe *recipe, int *n_fields)
{
    static const char *const fields[] = { "x", "y" };
    YK_CHECK(recipe->has_data, YK_ERR_RECIPE, "the recipe names no data: give data: {train: FILE.h5}");
    *n_fields = 2;
    if (yk_dataset_open(data, &recipe->train, 2, fields, 0) == YK_OK)
        return YK_OK;
    *n_fields = 1;
    return yk_dataset_open(data, &recipe->train, 1, fields, 0);
}

yk_status yk_preview_make(yk_preview *preview, yk_comm *comm, const yk_recipe *recipe, int64_t epoch, int64_t n)
{
    yk_status status = YK_OK;
    yk_dataset *data = NULL;
    float *axes = NULL;
    int n_fields = 0;
    yk_order order, chosen;
    *preview = (yk_preview){ 0 };
    YK_TRY_GOTO(yk_comm_agree(comm, open_data(&data, recipe, &n_fields)), done);
    YK_TRY_GOTO(yk_comm_agree(comm, find_order(data, recipe, &order)), done);
    chosen = order;
    chosen.shuffle.mode = YK_SHUFFLE_NONE;
    if (yk_augmentation_colours(&recipe->augment))
        YK_TRY_GOTO(yk_colours_compute(&axes, data, &chosen, 0, comm), done);
    YK_TRY_GOTO(yk_comm_agree(comm, make(preview, data, n_fields, recipe, &order, axes, epoch, n)), done);
done:
    yk_dataset_close(&data);
    yk_free(axes);
    if (status != YK_OK)
        yk_preview_free(preview);
    return status;
}

void yk_preview_free(yk_preview *p)
{
    yk_free(p->sample);
    yk_free(p->x.data);
    yk_free(p->y.data);
    *p = (yk_preview){ 0 };
}
