/* SPDX-License-Identifier: Apache-2.0 */
/* brightness: the same number added to all values. */
#include "augment/augment.h"

typedef struct brightness_opts {
    yk_augment_common common;
    double range;
} brightness_opts;

static const yk_option opts[] = {
    { "range", YK_OPT_REAL, offsetof(brightness_opts, range), NULL, 0, 1e6, NULL,
      "what is added is in [-range, range]; bytes are values in [0, 1]" },
    YK_AUGMENT_COMMON("1"),
};

static void paint(const yk_turn *t, float *x)
{
    const double range = ((const brightness_opts *)t->opts)->range;
    const float more = (float)yk_turn_between(t, 0, -range, range);
    for (int64_t i = 0; i < t->h * t->w * t->c; i++)
        x[i] += more;
}

const yk_augment yk_augment_brightness = {
    .name = "brightness",
    .doc = "adds the same number to all values of the image.",
    .opts_size = sizeof(brightness_opts),
    .opts = opts,
    .paint = paint,
};
