/* SPDX-License-Identifier: Apache-2.0 */
#include "train/split.h"

#include <stdio.h>
#include <string.h>

#include "core/mem.h"
#include "core/num.h"

static const char *const fields[YK_FIELDS] = { "x", "y" };

yk_status yk_split_open(yk_split *split, const yk_source *source, bool targets, int64_t memory)
{
    *split = (yk_split){ .n_feed = targets ? 2 : 1 };
    return yk_dataset_open(&split->data, source, split->n_feed, fields, memory);
}

void yk_split_close(yk_split *split)
{
    yk_loader_destroy(&split->loader);
    yk_dataset_close(&split->data);
}

void yk_split_shape(const yk_split *split, yk_shape *out)
{
    yk_field x;
    yk_dataset_field(split->data, YK_FIELD_X, &x);
    out->ndim = x.shape.ndim - 1;
    for (int i = 0; i < out->ndim; i++)
        out->dim[i] = x.shape.dim[i + 1];
}

/* Feed of field f for graph value v. */
static void feed_value(yk_feed *feed, int f, const yk_value *v)
{
    *feed = (yk_feed){ .index = f, .want = v->dtype };
    snprintf(feed->field, sizeof feed->field, "%s", fields[f]);
    feed->sample.ndim = v->shape.ndim - 1;
    for (int i = 0; i < feed->sample.ndim; i++)
        feed->sample.dim[i] = v->shape.dim[i + 1];
}

yk_status yk_split_feed(yk_split *split, const yk_model *model, const yk_normal *normal)
{
    feed_value(&split->feed[YK_FIELD_X], YK_FIELD_X, yk_graph_value(model->graph, model->input));
    if (normal && normal->n > 0)
        split->feed[YK_FIELD_X].normal = *normal;
    if (split->n_feed > YK_FIELD_Y) {
        feed_value(&split->feed[YK_FIELD_Y], YK_FIELD_Y, yk_graph_value(model->graph, model->target));
        split->feed[YK_FIELD_Y].classes = model->classes;
        split->feed[YK_FIELD_Y].unscaled = true; /* targets mean what they say: bytes 0 and 1 stay 0 and 1 */
    }
    for (int i = 0; i < split->n_feed; i++)
        YK_TRY(yk_feed_check(&split->feed[i], split->data));
    return YK_OK;
}

yk_status yk_split_check_labels(yk_split *split, int rank, int size)
{
    if (split->n_feed <= YK_FIELD_Y || split->feed[YK_FIELD_Y].want != YK_I32)
        return YK_OK;
    enum { PIECE = 65536 };
    const yk_feed *feed = &split->feed[YK_FIELD_Y];
    yk_field field;
    yk_dataset_field(split->data, YK_FIELD_Y, &field);
    int64_t each = yk_shape_len_from(&field.shape, 1), n = yk_dataset_samples(split->data), first, last;
    yk_tree_range(n, rank, size, &first, &last);
    yk_status status = YK_OK;
    char *raw = NULL;
    int32_t *label = NULL;
    int64_t *sample = NULL;
    YK_TRY_GOTO(yk_alloc(&raw, PIECE * each, (size_t)yk_dtype_size(field.dtype)), out);
    YK_TRY_GOTO(yk_alloc(&label, PIECE * each, sizeof *label), out);
    YK_TRY_GOTO(yk_alloc(&sample, PIECE, sizeof *sample), out);
    for (int64_t at = first; at < last; at += PIECE) {
        int64_t count = yk_min(PIECE, last - at);
        for (int64_t i = 0; i < count; i++)
            sample[i] = at + i;
        YK_TRY_GOTO(yk_dataset_fetch(split->data, YK_FIELD_Y, count, sample, raw), out);
        YK_TRY_GOTO(yk_feed_convert(feed, split->data, count, sample, raw, label), out);
    }
out:
    yk_free(raw);
    yk_free(label);
    yk_free(sample);
    return status;
}

void yk_split_loader_opts(const yk_split *split, const yk_order *order, int64_t batch, int64_t micro,
                          const yk_comm *comm, yk_io_thread *io, int depth, yk_loader_opts *out)
{
    *out = (yk_loader_opts){ .dataset = split->data,
                             .order = *order,
                             .n_feed = split->n_feed,
                             .feed = split->feed,
                             .batch = batch,
                             .micro = micro,
                             .rank = yk_comm_rank(comm),
                             .size = yk_comm_size(comm),
                             .io = io,
                             .depth = depth };
}

yk_status yk_split_load(yk_split *split, const yk_order *order, int64_t batch, int64_t micro, const yk_comm *comm,
                        yk_io_thread *io, int depth)
{
    yk_loader_opts opts;
    yk_split_loader_opts(split, order, batch, micro, comm, io, depth, &opts);
    return yk_loader_create(&split->loader, &opts);
}
