/* SPDX-License-Identifier: Apache-2.0 */
#include "data/feed.h"

#include <inttypes.h>
#include <string.h>

#include "core/error.h"
#include "data/convert.h"

/* `shape` from dimension `from` on, without dimensions of length 1. */
static yk_shape squeezed(const yk_shape *shape, int from)
{
    yk_shape out = { 0 };
    for (int i = from; i < shape->ndim; i++)
        if (shape->dim[i] != 1)
            out.dim[out.ndim++] = shape->dim[i];
    return out;
}

yk_status yk_feed_check(const yk_feed *feed, const yk_dataset *dataset)
{
    yk_field field;
    yk_dataset_field(dataset, feed->index, &field);
    const yk_shape *made = feed->augment ? yk_pipeline_shape(feed->augment) : NULL;
    const yk_shape has = made ? squeezed(made, 0) : squeezed(&field.shape, 1);
    yk_shape wants = squeezed(&feed->sample, 0);
    if (feed->one_hot && wants.ndim > 0)
        wants.ndim--; /* of the classes */
    const bool flat = has.ndim <= 1 || wants.ndim <= 1;
    char have[YK_SHAPE_TEXT], want[YK_SHAPE_TEXT];
    YK_CHECK(yk_shape_equal(&has, &wants) || (flat && yk_shape_len(&has) == yk_shape_len(&wants)), YK_ERR_DATA,
             "%s: a sample of %s has shape %s, but the model wants %s", yk_dataset_name(dataset), field.name,
             made ? yk_shape_text(made, 0, have) : yk_shape_text(&field.shape, 1, have),
             yk_shape_text(&feed->sample, 0, want));
    int64_t last = feed->sample.ndim ? feed->sample.dim[feed->sample.ndim - 1] : 1;
    YK_CHECK(feed->normal.n <= 1 || feed->normal.n == last, YK_ERR_DATA,
             "%s: normalisation of %s has %" PRId64 " values, but the last dimension of a sample is %" PRId64,
             yk_dataset_name(dataset), field.name, feed->normal.n, last);
    return YK_OK;
}

/* x = (x - mean[c]) / std[c], c the index in the last dimension; n a multiple of its length. */
static void normalise(const yk_normal *normal, int64_t n, float *x)
{
    for (int64_t at = 0; at < n; at += normal->n)
        for (int64_t c = 0; c < normal->n; c++) {
            float std = normal->std[c];
            x[at + c] = (x[at + c] - normal->mean[c]) / (std != 0 ? std : 1);
        }
}

static yk_status numbers(const yk_feed *feed, const yk_dataset *dataset, yk_dtype dtype, int64_t n, int64_t length,
                         const int64_t *sample, const void *raw, float *out)
{
    yk_convert_f32(dtype, n, raw, !feed->unscaled, out);
    if (!yk_dtype_is_integer(dtype)) {
        int64_t bad = yk_first_not_finite(n, out);
        if (bad < n) {
            int64_t number = sample[bad / length];
            const char *file = yk_dataset_place(dataset, feed->index, &number);
            YK_FAIL(YK_ERR_DATA, "%s: %s of sample %" PRId64 " is %s%s (element %" PRId64 "); repair or remove it",
                    file, feed->field, number, out[bad] != out[bad] ? "NaN" : "infinite",
                    dtype == YK_F64 ? " in float32" : "", bad % length);
        }
    }
    for (int64_t i = 0; feed->not_negative && i < n; i++) {
        if (out[i] >= 0)
            continue;
        int64_t number = sample[i / length];
        const char *file = yk_dataset_place(dataset, feed->index, &number);
        YK_FAIL(YK_ERR_DATA, "%s: %s of sample %" PRId64 " is %g (element %" PRId64 "), but must not be negative", file,
                feed->field, number, (double)out[i], i % length);
    }
    return YK_OK;
}

static bool is_ignored(const yk_feed *feed, int32_t label)
{
    for (int k = 0; k < feed->ignore.n; k++)
        if (feed->ignore.at[k] == label)
            return true;
    return false;
}

static yk_status labels(const yk_feed *feed, const yk_dataset *dataset, yk_dtype dtype, int64_t n, int64_t length,
                        const int64_t *sample, const void *raw, int32_t *out)
{
    int64_t bad = yk_convert_i32(dtype, n, raw, out);
    if (bad < n) {
        float value;
        yk_convert_f32(dtype, 1, (const char *)raw + bad * yk_dtype_size(dtype), false, &value);
        int64_t number = sample[bad / length];
        const char *file = yk_dataset_place(dataset, feed->index, &number);
        YK_FAIL(YK_ERR_DATA, "%s: %s of sample %" PRId64 " is %g, but %s are whole numbers below 2^31", file,
                feed->field, number, (double)value, feed->tokens ? "tokens" : "labels");
    }
    for (int64_t i = 0; feed->tokens > 0 && i < n; i++)
        YK_CHECK(out[i] >= 0 && out[i] < feed->tokens, YK_ERR_DATA,
                 "%s: %s of sample %" PRId64 " holds the token %" PRId32 ", but the model's vocabulary is %" PRId64
                 " (tokens 0 to %" PRId64 ")",
                 yk_dataset_name(dataset), feed->field, sample[i / length], out[i], feed->tokens, feed->tokens - 1);
    for (int64_t i = 0; feed->classes > 0 && i < n; i++) {
        if (is_ignored(feed, out[i])) {
            out[i] = YK_IGNORED;
            continue;
        }
        if (out[i] >= 0 && out[i] < feed->classes)
            continue;
        int64_t number = sample[i / length];
        const char *file = yk_dataset_place(dataset, feed->index, &number);
        YK_FAIL(YK_ERR_DATA,
                "%s: %s of sample %" PRId64 " is %" PRId32 ", but the model has %" PRId64
                " classes (labels 0 to %" PRId64 ")",
                file, feed->field, number, out[i], feed->classes, feed->classes - 1);
    }
    return YK_OK;
}

static int64_t classes_of(const yk_feed *feed)
{
    return feed->sample.dim[feed->sample.ndim - 1];
}

/* n class numbers at `out` become n distributions, 1 at the class and else 0, in their place: from the last one on,
 * none is written over before it is read. */
static void expand(int64_t n, int64_t classes, void *out)
{
    float *to = out;
    for (int64_t i = n - 1; i >= 0; i--) {
        int32_t label;
        memcpy(&label, to + i, sizeof label);
        memset(to + i * classes, 0, (size_t)classes * sizeof *to);
        to[i * classes + label] = 1;
    }
}

/* Converted: numbers that are not normalised yet, or class numbers. */
static yk_status convert(const yk_feed *feed, const yk_dataset *dataset, const yk_field *field, int64_t count,
                         const int64_t *sample, const void *raw, void *out)
{
    const int64_t length = yk_shape_len_from(&field->shape, 1);
    yk_feed number = *feed;
    if (feed->one_hot) {
        number.classes = classes_of(feed);
        number.ignore.n = 0; /* a distribution has no label that could be ignored */
    }
    if (feed->want == YK_I32 || feed->one_hot)
        YK_TRY(labels(&number, dataset, field->dtype, count * length, length, sample, raw, out));
    else
        YK_TRY(numbers(feed, dataset, field->dtype, count * length, length, sample, raw, out));
    return YK_OK;
}

/* What follows for n elements that were made: distributions, or normalised numbers. */
static void finish(const yk_feed *feed, int64_t n, void *out)
{
    if (feed->one_hot)
        expand(n, classes_of(feed), out);
    else if (feed->want == YK_F32 && feed->normal.n > 0)
        normalise(&feed->normal, n, out);
}

yk_status yk_feed_convert(const yk_feed *feed, const yk_dataset *dataset, int64_t count, const int64_t *sample,
                          const void *raw, void *out)
{
    yk_field field;
    yk_dataset_field(dataset, feed->index, &field);
    YK_TRY(convert(feed, dataset, &field, count, sample, raw, out));
    finish(feed, count * yk_shape_len_from(&field.shape, 1), out);
    return YK_OK;
}

yk_status yk_feed_augment(const yk_feed *feed, const yk_dataset *dataset, int64_t epoch, int64_t count,
                          const int64_t *sample, const void *raw, void *out)
{
    yk_field field;
    yk_dataset_field(dataset, feed->index, &field);
    const int64_t bytes = yk_shape_len_from(&field.shape, 1) * yk_dtype_size(field.dtype);
    const int64_t made = yk_shape_len(yk_pipeline_shape(feed->augment)), length = yk_shape_len(&feed->sample);
    for (int64_t i = 0; i < count; i++) {
        float *to = (float *)out + i * length; /* or labels, which are as long */
        YK_TRY(convert(feed, dataset, &field, 1, sample + i, (const char *)raw + i * bytes,
                       yk_pipeline_input(feed->augment)));
        yk_pipeline_run(feed->augment, epoch, sample[i], to);
        finish(feed, made, to);
    }
    return YK_OK;
}
