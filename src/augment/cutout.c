/* SPDX-License-Identifier: Apache-2.0 */
/* cutout: a window about a pixel by chance gets one value; it may reach beyond the border.
 * Source: DeVries, Taylor, "Improved regularization of convolutional neural networks with cutout", 2017. */
#include "augment/augment.h"
#include "core/error.h"
#include "core/num.h"

typedef struct cutout_opts {
    yk_augment_common common;
    yk_ints size;
    double value;
} cutout_opts;

static const yk_option opts[] = {
    { "size", YK_OPT_INTS, offsetof(cutout_opts, size), NULL, 1, 1e6, NULL,
      "of the window in pixels: one number, or [height, width]" },
    { "value", YK_OPT_REAL, offsetof(cutout_opts, value), "0", 0, 0, NULL,
      "what it is filled with, before the data are normalised" },
    YK_AUGMENT_COMMON("1"),
};

static yk_status check(const void *options, int64_t c, int64_t *h, int64_t *w)
{
    (void)c;
    (void)h;
    (void)w;
    YK_CHECK(((const cutout_opts *)options)->size.n <= 2, YK_ERR_ARG,
             "size: one number, or [height, width] is expected");
    return YK_OK;
}

static void paint(const yk_turn *t, float *x)
{
    const cutout_opts *o = t->opts;
    const int64_t height = o->size.at[0], width = o->size.at[o->size.n - 1];
    const int64_t top = yk_turn_below(t, 0, t->h) - height / 2, left = yk_turn_below(t, 1, t->w) - width / 2;
    for (int64_t i = yk_max(top, 0); i < yk_min(top + height, t->h); i++)
        for (int64_t j = yk_max(left, 0); j < yk_min(left + width, t->w); j++)
            for (int64_t c = 0; c < t->c; c++)
                x[(i * t->w + j) * t->c + c] = (float)o->value;
}

const yk_augment yk_augment_cutout = {
    .name = "cutout",
    .doc = "covers a window of the image with one value.",
    .opts_size = sizeof(cutout_opts),
    .opts = opts,
    .check = check,
    .paint = paint,
};
