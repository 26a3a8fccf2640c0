/* SPDX-License-Identifier: Apache-2.0 */
/* Resampling in two passes, along rows, then along columns. Output pixel i is the weighted mean of source pixels under
 * a tent around (i + 1/2) * scale, whose half width is the larger of one source pixel and one output pixel. Weights are
 * made in double with + - * / alone, then rounded to whole numbers of 2^-22; sums are integers, rounded to bytes after
 * each pass. So the bits are the same on every machine. */
#include <math.h>
#include <string.h>

#include "core/error.h"
#include "core/mem.h"
#include "core/num.h"
#include "data/picture.h"

#define ONE 22 /* bits behind the point of a weight */

/* Weights of one direction: output i takes source first[i] + k, k = 0 .. count[i] - 1, by weight[i * most + k]. */
typedef struct taps {
    int64_t n, most;
    int64_t *first, *count;
    int32_t *weight;
} taps;

static void taps_free(taps *t)
{
    yk_free(t->first);
    yk_free(t->count);
    yk_free(t->weight);
}

/* Taps from the part [begin, begin + length) of `size` source pixels to n. */
static yk_status taps_make(taps *t, int64_t n, double begin, double length, int64_t size)
{
    const double scale = length / (double)n, half = scale > 1 ? scale : 1;
    *t = (taps){ .n = n, .most = (int64_t)ceil(half) * 2 + 1 };
    double *w;
    YK_TRY(yk_alloc(&t->first, n, sizeof *t->first));
    YK_TRY(yk_alloc(&t->count, n, sizeof *t->count));
    YK_TRY(yk_alloc(&t->weight, n * t->most, sizeof *t->weight));
    YK_TRY(yk_alloc(&w, t->most, sizeof *w));
    for (int64_t i = 0; i < n; i++) {
        const double centre = begin + ((double)i + 0.5) * scale;
        const int64_t first = yk_max(0, (int64_t)floor(centre - half + 0.5));
        const int64_t last = yk_min(size, (int64_t)floor(centre + half + 0.5));
        double sum = 0;
        t->first[i] = yk_min(first, size - 1);
        t->count[i] = yk_min(yk_max(1, last - t->first[i]), t->most);
        for (int64_t k = 0; k < t->count[i]; k++) {
            const double away = fabs((double)(t->first[i] + k) + 0.5 - centre) / half;
            w[k] = away < 1 ? 1 - away : 0;
            sum += w[k];
        }
        for (int64_t k = 0; k < t->count[i]; k++)
            t->weight[i * t->most + k] =
                sum > 0 ? (int32_t)floor(w[k] / sum * (1 << ONE) + 0.5) : (int32_t)((k == 0) << ONE);
    }
    yk_free(w);
    return YK_OK;
}

static unsigned char to_byte(int64_t sum)
{
    const int64_t value = (sum + (1 << (ONE - 1))) >> ONE;
    return (unsigned char)(value < 0 ? 0 : value > 255 ? 255 : value);
}

/* rows x size x channels to rows x t->n x channels. */
static void along_rows(const taps *t, int64_t rows, int64_t size, int channels, const unsigned char *in,
                       unsigned char *out)
{
    for (int64_t y = 0; y < rows; y++)
        for (int64_t x = 0; x < t->n; x++)
            for (int c = 0; c < channels; c++) {
                const unsigned char *from = in + (y * size + t->first[x]) * channels + c;
                int64_t sum = 0;
                for (int64_t k = 0; k < t->count[x]; k++)
                    sum += (int64_t)t->weight[x * t->most + k] * from[k * channels];
                *out++ = to_byte(sum);
            }
}

/* size rows of `length` bytes to t->n rows. */
static void along_columns(const taps *t, int64_t length, const unsigned char *in, unsigned char *out)
{
    for (int64_t y = 0; y < t->n; y++)
        for (int64_t x = 0; x < length; x++) {
            int64_t sum = 0;
            for (int64_t k = 0; k < t->count[y]; k++)
                sum += (int64_t)t->weight[y * t->most + k] * in[(t->first[y] + k) * length + x];
            *out++ = to_byte(sum);
        }
}

yk_status yk_picture_resize(yk_picture *out, const yk_picture *in, bool crop)
{
    yk_status status = YK_OK;
    taps across = { 0 }, down = { 0 };
    unsigned char *middle = NULL;
    double width = (double)in->width, height = (double)in->height;
    if (crop && width * (double)out->height > height * (double)out->width)
        width = height * (double)out->width / (double)out->height;
    else if (crop)
        height = width * (double)out->height / (double)out->width;
    out->channels = in->channels;
    out->pixel = NULL;
    YK_TRY_GOTO(taps_make(&across, out->width, ((double)in->width - width) / 2, width, in->width), done);
    YK_TRY_GOTO(taps_make(&down, out->height, ((double)in->height - height) / 2, height, in->height), done);
    YK_TRY_GOTO(yk_alloc(&middle, in->height * out->width, (size_t)in->channels), done);
    YK_TRY_GOTO(yk_alloc(&out->pixel, out->height * out->width, (size_t)in->channels), done);
    along_rows(&across, in->height, in->width, in->channels, in->pixel, middle);
    along_columns(&down, out->width * in->channels, middle, out->pixel);
done:
    yk_free(middle);
    taps_free(&across);
    taps_free(&down);
    return status;
}
