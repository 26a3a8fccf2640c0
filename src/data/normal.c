/* SPDX-License-Identifier: Apache-2.0 */
/* Mean and standard deviation of a field by channels. The samples are cut into blocks of 4096 and these into pieces
 * that fit in memory; both cuts follow from the shape alone. Moments of a piece come from two passes, moments of two
 * sets are joined by
 *     mean = mean_a + d n_b / n,  M2 = M2_a + M2_b + d^2 n_a n_b / n,  d = mean_b - mean_a
 * in ascending order, so the bits do not depend on which rank did which block.
 * Source: Chan, Golub, LeVeque, "Algorithms for computing the sample variance", 1983. */
#include <assert.h>
#include <math.h>
#include <string.h>

#include "comm/tree.h"
#include "core/error.h"
#include "core/mem.h"
#include "core/num.h"
#include "data/feed.h"

#define BLOCK 4096
#define PIECE_ELEMENTS ((int64_t)1 << 20)

typedef struct pass {
    yk_dataset *dataset;
    const yk_order *order;                    /* NULL: all samples */
    yk_feed feed;                             /* converts the field without normalising it */
    int64_t samples, length, channels, piece; /* piece: samples read at once */
    int64_t *sample;                          /* [piece] their numbers */
    void *raw;                                /* [piece * length] as in the file */
    float *x;                                 /* [piece * length] */
    double *moments;                          /* [blocks][2 channels]: means, then M2 */
    double *part;                             /* [2 channels] of a piece */
} pass;

/* Joins the moments of n_b values a channel to those of n_a. */
static void join(int64_t channels, double *a, int64_t n_a, const double *b, int64_t n_b)
{
    const double n = (double)(n_a + n_b);
    for (int64_t c = 0; c < channels; c++) {
        double d = b[c] - a[c];
        a[c] += d * ((double)n_b / n);
        a[channels + c] += b[channels + c] + d * d * ((double)n_a * ((double)n_b / n));
    }
}

/* Moments of `rows` values a channel. */
static void moments_of(int64_t rows, int64_t channels, const float *x, double *out)
{
    double *mean = out, *m2 = out + channels;
    memset(out, 0, 2 * (size_t)channels * sizeof *out);
    for (int64_t r = 0; r < rows; r++)
        for (int64_t c = 0; c < channels; c++)
            mean[c] += (double)x[r * channels + c];
    for (int64_t c = 0; c < channels; c++)
        mean[c] /= (double)rows;
    for (int64_t r = 0; r < rows; r++)
        for (int64_t c = 0; c < channels; c++) {
            double d = (double)x[r * channels + c] - mean[c];
            m2[c] += d * d;
        }
}

static yk_status block_moments(pass *p, int64_t block)
{
    double *sum = p->moments + block * 2 * p->channels;
    const int64_t rows_each = p->length / p->channels; /* of a sample */
    const int64_t first = block * BLOCK, last = yk_min(first + BLOCK, p->samples);
    for (int64_t at = first; at < last; at += p->piece) {
        int64_t count = yk_min(p->piece, last - at);
        for (int64_t i = 0; i < count; i++)
            p->sample[i] = p->order ? yk_order_at(p->order, 0, at + i) : at + i;
        YK_TRY(yk_dataset_fetch(p->dataset, p->feed.index, count, p->sample, p->raw));
        YK_TRY(yk_feed_convert(&p->feed, p->dataset, count, p->sample, p->raw, p->x));
        moments_of(count * rows_each, p->channels, p->x, p->part);
        join(p->channels, sum, (at - first) * rows_each, p->part, count * rows_each);
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
    YK_CHECK(p->length > 0, YK_ERR_DATA, "%s: a sample of %s has no elements to normalise", yk_dataset_name(dataset),
             field.name);
    p->piece = yk_max(1, yk_min(BLOCK, PIECE_ELEMENTS / p->length));
    YK_TRY(yk_alloc(&p->sample, p->piece, sizeof *p->sample));
    YK_TRY(yk_alloc(&p->raw, p->piece * p->length, (size_t)yk_dtype_size(field.dtype)));
    YK_TRY(yk_alloc(&p->x, p->piece * p->length, sizeof *p->x));
    YK_TRY(yk_alloc(&p->moments, yk_div_up(p->samples, BLOCK), 2 * (size_t)p->channels * sizeof *p->moments));
    YK_TRY(yk_alloc(&p->part, 2 * p->channels, sizeof *p->part));
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

/* This rank's blocks, and room for the result. */
static yk_status pass_local(pass *p, yk_normal *normal, yk_dataset *dataset, const yk_order *order, int index,
                            yk_comm *comm, int64_t **offset)
{
    const int rank = yk_comm_rank(comm), size = yk_comm_size(comm);
    YK_TRY(pass_begin(p, dataset, order, index));
    YK_TRY(yk_alloc(offset, size + 1, sizeof **offset));
    YK_TRY(yk_alloc(&normal->mean, p->channels, sizeof *normal->mean));
    YK_TRY(yk_alloc(&normal->std, p->channels, sizeof *normal->std));
    for (int r = 0; r < size; r++)
        yk_tree_range(yk_div_up(p->samples, BLOCK), r, size, *offset + r, *offset + r + 1);
    for (int64_t b = (*offset)[rank]; b < (*offset)[rank + 1]; b++)
        YK_TRY(block_moments(p, b));
    return YK_OK;
}

yk_status yk_normal_compute(yk_normal *normal, yk_dataset *dataset, const yk_order *order, int index, yk_comm *comm)
{
    yk_status status = YK_OK;
    pass p = { 0 };
    int64_t *offset = NULL;
    *normal = (yk_normal){ 0 };
    YK_TRY_GOTO(yk_comm_agree(comm, pass_local(&p, normal, dataset, order, index, comm, &offset)), fail);
    YK_TRY_GOTO(yk_comm_all_gather(comm, offset, 2 * (size_t)p.channels * sizeof(double), p.moments), fail);
    const int64_t rows_each = p.length / p.channels;
    for (int64_t b = 1; b < yk_div_up(p.samples, BLOCK); b++)
        join(p.channels, p.moments, b * BLOCK * rows_each, p.moments + b * 2 * p.channels,
             yk_min(BLOCK, p.samples - b * BLOCK) * rows_each);
    normal->n = p.channels;
    for (int64_t c = 0; c < p.channels; c++) {
        normal->mean[c] = (float)p.moments[c];
        normal->std[c] = (float)sqrt(p.moments[p.channels + c] / (double)(p.samples * rows_each));
    }
    goto done;
fail:
    yk_free(normal->mean);
    yk_free(normal->std);
    *normal = (yk_normal){ 0 };
done:
    yk_free(offset);
    pass_end(&p);
    return status;
}
