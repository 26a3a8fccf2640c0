/* SPDX-License-Identifier: Apache-2.0 */
#include "data/moments.h"

#include <string.h>

#include "comm/tree.h"
#include "core/error.h"
#include "core/mem.h"
#include "core/num.h"

#define BLOCK 4096
#define PIECE_ELEMENTS ((int64_t)1 << 20)

typedef struct pass {
    const yk_statistic *statistic;
    int64_t size; /* doubles of it */
    yk_dataset *dataset;
    const yk_order *order;                    /* NULL: all samples */
    yk_feed feed;                             /* converts the field without normalising it */
    int64_t samples, length, channels, piece; /* piece: samples read at once */
    int64_t *sample;                          /* [piece] their numbers */
    void *raw;                                /* [piece * length] as in the file */
    float *x;                                 /* [piece * length] */
    double *moments;                          /* [blocks][size] */
    double *part;                             /* [size] of a piece */
} pass;

static yk_status block_moments(pass *p, int64_t block)
{
    double *sum = p->moments + block * p->size;
    const int64_t rows_each = p->length / p->channels; /* of a sample */
    const int64_t first = block * BLOCK, last = yk_min(first + BLOCK, p->samples);
    for (int64_t at = first; at < last; at += p->piece) {
        int64_t count = yk_min(p->piece, last - at);
        for (int64_t i = 0; i < count; i++)
            p->sample[i] = p->order ? yk_order_at(p->order, 0, at + i) : at + i;
        YK_TRY(yk_dataset_fetch(p->dataset, p->feed.index, count, p->sample, p->raw));
        YK_TRY(yk_feed_convert(&p->feed, p->dataset, count, p->sample, p->raw, p->x));
        p->statistic->of(count * rows_each, p->channels, p->x, p->part);
        p->statistic->join(p->channels, sum, (at - first) * rows_each, p->part, count * rows_each);
    }
    return YK_OK;
}

static yk_status pass_begin(pass *p, yk_dataset *dataset, const yk_order *order, int index)
{
    yk_field field;
    yk_dataset_field(dataset, index, &field);
    const yk_shape *s = &field.shape;
    p->dataset = dataset;
    p->order = order;
    p->feed = (yk_feed){ .index = index, .want = YK_F32 };
    size_t name = yk_min((int64_t)strlen(field.name), (int64_t)sizeof p->feed.field - 1);
    memcpy(p->feed.field, field.name, name);
    p->samples = order ? order->n : s->dim[0];
    p->length = yk_shape_len_from(s, 1);
    p->channels = s->ndim > 1 ? s->dim[s->ndim - 1] : 1;
    p->size = p->statistic->size(p->channels);
    YK_CHECK(p->length > 0, YK_ERR_DATA, "%s: a sample of %s has no elements to normalise", yk_dataset_name(dataset),
             field.name);
    p->piece = yk_max(1, yk_min(BLOCK, PIECE_ELEMENTS / p->length));
    YK_TRY(yk_alloc(&p->sample, p->piece, sizeof *p->sample));
    YK_TRY(yk_alloc(&p->raw, p->piece * p->length, (size_t)yk_dtype_size(field.dtype)));
    YK_TRY(yk_alloc(&p->x, p->piece * p->length, sizeof *p->x));
    YK_TRY(yk_alloc(&p->moments, yk_div_up(p->samples, BLOCK), (size_t)p->size * sizeof *p->moments));
    YK_TRY(yk_alloc(&p->part, p->size, sizeof *p->part));
    return YK_OK;
}

static void pass_end(pass *p)
{
    yk_free(p->sample);
    yk_free(p->raw);
    yk_free(p->x);
    yk_free(p->moments);
    yk_free(p->part);
}

/* This rank's blocks. */
static yk_status pass_local(pass *p, yk_dataset *dataset, const yk_order *order, int index, yk_comm *comm,
                            int64_t **offset)
{
    const int rank = yk_comm_rank(comm), size = yk_comm_size(comm);
    YK_TRY(pass_begin(p, dataset, order, index));
    YK_TRY(yk_alloc(offset, size + 1, sizeof **offset));
    for (int r = 0; r < size; r++)
        yk_tree_range(yk_div_up(p->samples, BLOCK), r, size, *offset + r, *offset + r + 1);
    for (int64_t b = (*offset)[rank]; b < (*offset)[rank + 1]; b++)
        YK_TRY(block_moments(p, b));
    return YK_OK;
}

yk_status yk_statistic_compute(const yk_statistic *s, yk_dataset *dataset, const yk_order *order, int index,
                               yk_comm *comm, double **out, int64_t *channels, int64_t *rows)
{
    yk_status status = YK_OK;
    pass p = { .statistic = s };
    int64_t *offset = NULL;
    *out = NULL;
    YK_TRY_GOTO(yk_comm_agree(comm, pass_local(&p, dataset, order, index, comm, &offset)), done);
    YK_TRY_GOTO(yk_comm_all_gather(comm, offset, (size_t)p.size * sizeof(double), p.moments), done);
    const int64_t rows_each = p.length / p.channels;
    for (int64_t b = 1; b < yk_div_up(p.samples, BLOCK); b++)
        s->join(p.channels, p.moments, b * BLOCK * rows_each, p.moments + b * p.size,
                yk_min(BLOCK, p.samples - b * BLOCK) * rows_each);
    *channels = p.channels;
    *rows = p.samples * rows_each;
    *out = p.moments;
    p.moments = NULL;
done:
    yk_free(offset);
    pass_end(&p);
    return status;
}
