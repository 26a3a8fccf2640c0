/* SPDX-License-Identifier: Apache-2.0 */
/* colour: each channel shifted by a number of its own; with three channels also saturation, the distance from grey
 * (the mean of the channels), and hue, an angle about the axis of greys. */
#include <math.h>

#include "augment/augment.h"
#include "core/error.h"
#include "core/math.h"

typedef struct colour_opts {
    yk_augment_common common;
    double shift, saturation, hue;
} colour_opts;

static const yk_option opts[] = {
    { "shift", YK_OPT_REAL, offsetof(colour_opts, shift), "0", 0, 1e6, NULL,
      "what is added to a channel is in [-shift, shift]; bytes are values in [0, 1]" },
    { "saturation", YK_OPT_REAL, offsetof(colour_opts, saturation), "0", 0, 1, NULL,
      "three channels: the factor of the distance from grey is in [1 - saturation, 1 + saturation]" },
    { "hue", YK_OPT_REAL, offsetof(colour_opts, hue), "0", 0, 0.5, NULL,
      "three channels: share of a whole turn of the colours, in both directions" },
    YK_AUGMENT_COMMON("1"),
};

static yk_status check(const void *options, int64_t c, int64_t *h, int64_t *w)
{
    const colour_opts *o = options;
    (void)h;
    (void)w;
    YK_CHECK(c == 3 || (o->saturation == 0 && o->hue == 0), YK_ERR_ARG,
             "saturation and hue are of images with 3 channels (red, green, blue); these have %lld", (long long)c);
    return YK_OK;
}

/* Rotation by `angle` about (1, 1, 1) with what is across the axis times `factor`: m = grey + factor turn. */
static void matrix(double factor, double angle, float m[3][3])
{
    const double cosine = factor * yk_cos(angle), sine = factor * yk_sin(angle) * sqrt(1.0 / 3);
    for (int i = 0; i < 3; i++)
        for (int j = 0; j < 3; j++) {
            const double across = i == j ? 2.0 / 3 : -1.0 / 3;
            const double turn = i == j ? 0 : (j == (i + 1) % 3 ? -sine : sine);
            m[i][j] = (float)(1.0 / 3 + cosine * across + turn);
        }
}

static void paint(const yk_turn *t, float *x)
{
    const colour_opts *o = t->opts;
    const int64_t n = t->h * t->w;
    if (o->saturation > 0 || o->hue > 0) {
        float m[3][3];
        matrix(yk_turn_between(t, 0, 1 - o->saturation, 1 + o->saturation),
               yk_turn_between(t, 1, -o->hue, o->hue) * 0x1.921fb54442d18p+2, m); /* 2 pi */
        for (int64_t i = 0; i < n; i++) {
            float *p = x + 3 * i;
            const float r = p[0], g = p[1], b = p[2];
            for (int k = 0; k < 3; k++)
                p[k] = m[k][0] * r + m[k][1] * g + m[k][2] * b;
        }
    }
    for (int64_t c = 0; o->shift > 0 && c < t->c; c++) {
        const float more = (float)yk_turn_between(t, 2 + c, -o->shift, o->shift);
        for (int64_t i = 0; i < n; i++)
            x[i * t->c + c] += more;
    }
}

const yk_augment yk_augment_colour = {
    .name = "colour",
    .doc = "shifts each channel by a number of its own; changes saturation and hue.",
    .opts_size = sizeof(colour_opts),
    .opts = opts,
    .check = check,
    .paint = paint,
};
