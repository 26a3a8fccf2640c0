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
    const yk_shape has = squeezed(&field.shape, 1), wants = squeezed(&feed->sample, 0);
    const bool flat = has.ndim <= 1 || wants.ndim <= 1;
    char have[YK_SHAPE_TEXT], want[YK_SHAPE_TEXT];
    YK_CHECK(yk_shape_equal(&has, &wants) || (flat && yk_shape_len(&has) == yk_shape_len(&wants)), YK_ERR_DATA,
             "%s: a sample of %s has shape %s, but the model wants %s", yk_dataset_name(dataset), field.name,
             yk_shape_text(&field.shape, 1, have), yk_shape_text(&feed->sample, 0, want));
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
        YK_CHECK(bad == n, YK_ERR_DATA,
                 "%s: %s of sample %" PRId64 " is %s%s (element %" PRId64 "); repair or remove it",
                 yk_dataset_name(dataset), feed->field, sample[bad / length], out[bad] != out[bad] ? "NaN" : "infinite",
                 dtype == YK_F64 ? " in float32" : "", bad % length);
    }
    for (int64_t i = 0; feed->not_negative && i < n; i++)
        YK_CHECK(out[i] >= 0, YK_ERR_DATA,
                 "%s: %s of sample %" PRId64 " is %g (element %" PRId64 "), but must not be negative",
                 yk_dataset_name(dataset), feed->field, sample[i / length], (double)out[i], i % length);
    if (feed->normal.n > 0)
        normalise(&feed->normal, n, out);
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
        YK_FAIL(YK_ERR_DATA, "%s: %s of sample %" PRId64 " is %g, but %s are whole numbers below 2^31",
                yk_dataset_name(dataset), feed->field, sample[bad / length], (double)value,
                feed->tokens ? "tokens" : "labels");
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
        YK_CHECK(out[i] >= 0 && out[i] < feed->classes, YK_ERR_DATA,
                 "%s: %s of sample %" PRId64 " is %" PRId32 ", but the model has %" PRId64
                 " classes (labels 0 to %" PRId64 ")",
                 yk_dataset_name(dataset), feed->field, sample[i / length], out[i], feed->classes, feed->classes - 1);
    }
    return YK_OK;
}

yk_status yk_feed_convert(const yk_feed *feed, const yk_dataset *dataset, int64_t count, const int64_t *sample,
                          const void *raw, void *out)
{
    yk_field field;
    yk_dataset_field(dataset, feed->index, &field);
    int64_t length = yk_shape_len_from(&field.shape, 1);
    if (feed->want == YK_I32)
        YK_TRY(labels(feed, dataset, field.dtype, count * length, length, sample, raw, out));
    else
        YK_TRY(numbers(feed, dataset, field.dtype, count * length, length, sample, raw, out));
    return YK_OK;
}
