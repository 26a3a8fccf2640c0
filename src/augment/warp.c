/* SPDX-License-Identifier: Apache-2.0 */
/* Moving pixels. A motion by whole pixels (flips, shifts, crops) copies them; any other one takes four neighbours,
 *   (1 - v) ((1 - u) p00 + u p01) + v ((1 - u) p10 + u p11), in float, in this order,
 * or the nearest one of label images. Places are computed in double. */
#include <math.h>
#include <string.h>

#include "augment/augment.h"

/* The pixel that stands at place `i` of n; -1 where the constant does. */
static int64_t inside(int64_t i, int64_t n, int fill)
{
    if (i >= 0 && i < n)
        return i;
    if (fill == YK_FILL_CONSTANT)
        return -1;
    if (fill == YK_FILL_EDGE || n == 1)
        return i < 0 ? 0 : n - 1;
    const int64_t period = 2 * (n - 1); /* a b c d c b: the last pixel stands once */
    i %= period;
    if (i < 0)
        i += period;
    return i < n ? i : period - i;
}

static bool is_whole(double x)
{
    return x == floor(x);
}

/* Each row and column comes from one row and column. */
static bool by_whole_pixels(const yk_motion *m)
{
    return fabs(m->row[0]) == 1 && m->row[1] == 0 && is_whole(m->row[2]) && m->column[0] == 0 &&
           fabs(m->column[1]) == 1 && is_whole(m->column[2]);
}

/* n pixels of the constant; every element has 32 bits. */
static void put_constant(int64_t n, const void *constant, char *out)
{
    for (int64_t i = 0; i < n; i++)
        memcpy(out + 4 * i, constant, 4);
}

/* Runs of neighbours are copied at once: a shift's rows are one run each. */
static void copy_row(const yk_turn *t, const char *row, const int64_t *at, const void *constant, char *out)
{
    const size_t pixel = 4 * (size_t)t->c;
    for (int64_t x = 0, n; x < t->w; x += n) {
        n = 1;
        if (at[x] < 0) {
            put_constant(t->c, constant, out + x * (int64_t)pixel);
            continue;
        }
        while (x + n < t->w && at[x + n] == at[x] + n)
            n++;
        memcpy(out + x * (int64_t)pixel, row + at[x] * (int64_t)pixel, (size_t)n * pixel);
    }
}

/* The same where pixels come one by one from the right: three channels are the usual case. */
static void copy_row_3(const yk_turn *t, const char *row, const int64_t *at, const void *constant, char *out)
{
    for (int64_t x = 0; x < t->w; x++)
        if (at[x] < 0)
            put_constant(3, constant, out + 12 * x);
        else
            memcpy(out + 12 * x, row + 12 * at[x], 12);
}

static void copy_pixels(const yk_turn *t, const yk_motion *m, const void *constant, const char *image, int64_t *at,
                        char *out)
{
    for (int64_t x = 0; x < t->w; x++)
        at[x] = inside((int64_t)(m->column[1] * (double)x + m->column[2]), t->in_w, m->border.fill);
    for (int64_t y = 0; y < t->h; y++, out += 4 * t->w * t->c) {
        const int64_t from = inside((int64_t)(m->row[0] * (double)y + m->row[2]), t->in_h, m->border.fill);
        const char *row = image + 4 * from * t->in_w * t->c;
        if (from < 0)
            put_constant(t->w * t->c, constant, out);
        else if (t->c == 3 && m->column[1] < 0)
            copy_row_3(t, row, at, constant, out);
        else
            copy_row(t, row, at, constant, out);
    }
}

/* The pixel at (y, x), or NULL where the constant stands. */
static const char *pixel_at(const yk_turn *t, const yk_motion *m, const char *image, int64_t y, int64_t x)
{
    y = inside(y, t->in_h, m->border.fill);
    x = inside(x, t->in_w, m->border.fill);
    return y < 0 || x < 0 ? NULL : image + 4 * (y * t->in_w + x) * t->c;
}

static void nearest(const yk_turn *t, const yk_motion *m, const void *constant, const char *image, double y, double x,
                    char *out)
{
    const char *p = pixel_at(t, m, image, (int64_t)floor(y + 0.5), (int64_t)floor(x + 0.5));
    if (p)
        memcpy(out, p, 4 * (size_t)t->c);
    else
        put_constant(t->c, constant, out);
}

static void bilinear(const yk_turn *t, const yk_motion *m, const char *image, double y, double x, float *out)
{
    const int64_t top = (int64_t)floor(y), left = (int64_t)floor(x);
    const float v = (float)(y - floor(y)), u = (float)(x - floor(x)), constant = (float)m->border.value;
    const float *p[4];
    for (int k = 0; k < 4; k++)
        p[k] = (const float *)(const void *)pixel_at(t, m, image, top + k / 2, left + k % 2);
    for (int64_t c = 0; c < t->c; c++) {
        const float a = p[0] ? p[0][c] : constant, b = p[1] ? p[1][c] : constant;
        const float d = p[2] ? p[2][c] : constant, e = p[3] ? p[3][c] : constant;
        out[c] = (1 - v) * ((1 - u) * a + u * b) + v * ((1 - u) * d + u * e);
    }
}

void yk_warp(const yk_turn *t, const yk_motion *m, yk_image_kind kind, const void *image, int64_t *at, void *result)
{
    const float value = (float)(kind == YK_IMAGE_NUMBERS ? m->border.value : (double)m->border.label);
    const int32_t label = (int32_t)m->border.label;
    const void *constant = kind == YK_IMAGE_LABELS ? (const void *)&label : (const void *)&value;
    char *out = result;
    if (by_whole_pixels(m)) {
        copy_pixels(t, m, constant, image, at, out);
        return;
    }
    for (int64_t i = 0; i < t->h; i++)
        for (int64_t j = 0; j < t->w; j++, out += 4 * t->c) {
            const double y = m->row[0] * (double)i + m->row[1] * (double)j + m->row[2];
            const double x = m->column[0] * (double)i + m->column[1] * (double)j + m->column[2];
            if (kind != YK_IMAGE_NUMBERS)
                nearest(t, m, constant, image, y, x, out);
            else
                bilinear(t, m, image, y, x, (float *)(void *)out);
        }
}
