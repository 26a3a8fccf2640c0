/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>
#include <string.h>

#include "core/error.h"
#include "core/mem.h"
#include "core/num.h"
#include "data/convert.h"
#include "data/tools.h"

#define PIECE_ELEMENTS ((int64_t)1 << 18)
#define LABELS_MAX 1000000

/* Welford's update: mean and sum of squared distances, number by number. */
static void add(yk_field_stats *s, double value)
{
    s->count++;
    if (value != value) {
        s->nans++;
        return;
    }
    if (isinf(value)) {
        s->infinite++;
        return;
    }
    const int64_t n = s->count - s->nans - s->infinite;
    const double before = value - s->mean;
    s->mean += before / (double)n;
    s->std += before * (value - s->mean); /* the sum, until the end */
    s->min = n == 1 || value < s->min ? value : s->min;
    s->max = n == 1 || value > s->max ? value : s->max;
}

/* All samples as doubles, in pieces of whole samples, to add(). */
static yk_status walk(yk_datafile *file, const yk_field *f, int64_t length, int64_t n, yk_field_stats *stats)
{
    yk_status status = YK_OK;
    const int64_t samples = f->shape.dim[0], piece = yk_max(1, yk_min(samples, PIECE_ELEMENTS / yk_max(1, length)));
    void *raw = NULL;
    double *x = NULL;
    YK_TRY_GOTO(yk_alloc(&raw, piece * length, (size_t)yk_dtype_size(f->dtype)), done);
    YK_TRY_GOTO(yk_alloc(&x, piece * length, sizeof *x), done);
    for (int64_t at = 0; at < samples; at += piece) {
        const int64_t now = yk_min(piece, samples - at);
        YK_TRY_GOTO(yk_datafile_read(file, f->name, at, now, raw), done);
        yk_convert_f64(f->dtype, now * length, raw, x);
        for (int64_t i = 0; i < now * length; i++)
            add(&stats[i % n], x[i]);
    }
done:
    yk_free(x);
    yk_free(raw);
    return status;
}

yk_status yk_data_stats(yk_datafile *file, const char *name, bool by_column, yk_field_stats **stats, int64_t *n)
{
    yk_field f;
    *stats = NULL;
    YK_TRY(yk_datafile_field(file, name, &f));
    *n = by_column && f.shape.ndim > 1 ? yk_max(1, f.shape.dim[f.shape.ndim - 1]) : 1;
    YK_TRY(yk_alloc(stats, *n, sizeof **stats));
    yk_status status = walk(file, &f, yk_shape_len_from(&f.shape, 1), *n, *stats);
    for (int64_t i = 0; i < *n; i++) {
        yk_field_stats *s = &(*stats)[i];
        s->std = sqrt(s->std / (double)yk_max(1, s->count - s->nans - s->infinite));
    }
    if (status != YK_OK) {
        yk_free(*stats);
        *stats = NULL;
    }
    return status;
}

static yk_status count_labels(const int32_t *label, int64_t samples, int64_t **count, int64_t *n)
{
    int64_t most = -1;
    for (int64_t i = 0; i < samples; i++) {
        if (label[i] < 0 || label[i] >= LABELS_MAX)
            return YK_OK;
        most = yk_max(most, label[i]);
    }
    YK_TRY(yk_alloc(count, most + 1, sizeof **count));
    for (int64_t i = 0; i < samples; i++)
        (*count)[label[i]]++;
    *n = most + 1;
    return YK_OK;
}

yk_status yk_data_labels(yk_datafile *file, const char *name, int64_t **count, int64_t *n)
{
    yk_status status = YK_OK;
    yk_field f;
    void *raw;
    int32_t *label = NULL;
    *count = NULL;
    *n = 0;
    YK_TRY(yk_datafile_field(file, name, &f));
    if (!yk_dtype_is_integer(f.dtype) || yk_shape_len_from(&f.shape, 1) != 1 || f.shape.dim[0] == 0)
        return YK_OK;
    YK_TRY(yk_alloc(&raw, f.shape.dim[0], (size_t)yk_dtype_size(f.dtype)));
    YK_TRY_GOTO(yk_alloc(&label, f.shape.dim[0], sizeof *label), done);
    YK_TRY_GOTO(yk_datafile_read(file, name, 0, f.shape.dim[0], raw), done);
    if (yk_convert_i32(f.dtype, f.shape.dim[0], raw, label) == f.shape.dim[0])
        YK_TRY_GOTO(count_labels(label, f.shape.dim[0], count, n), done);
done:
    yk_free(label);
    yk_free(raw);
    return status;
}
