/* SPDX-License-Identifier: Apache-2.0 */
/* contrast: x = mean + factor (x - mean), the mean of each channel. */
#include "augment/augment.h"

typedef struct contrast_opts {
    yk_augment_common common;
    double range;
} contrast_opts;

static const yk_option opts[] = {
    { "range", YK_OPT_REAL, offsetof(contrast_opts, range), NULL, 0, 1, NULL,
      "the factor is in [1 - range, 1 + range]" },
    YK_AUGMENT_COMMON("1"),
};

static void paint(const yk_turn *t, float *x)
{
    const double range = ((const contrast_opts *)t->opts)->range;
    const float factor = (float)yk_turn_between(t, 0, 1 - range, 1 + range);
    const int64_t n = t->h * t->w;
    for (int64_t c = 0; c < t->c; c++) {
        double sum = 0;
        for (int64_t i = 0; i < n; i++)
            sum += (double)x[i * t->c + c];
        const float mean = (float)(sum / (double)n);
        for (int64_t i = 0; i < n; i++)
            x[i * t->c + c] = mean + factor * (x[i * t->c + c] - mean);
    }
}

const yk_augment yk_augment_contrast = {
    .name = "contrast",
    .doc = "moves the values of each channel away from their mean, or towards it.",
    .opts_size = sizeof(contrast_opts),
    .opts = opts,
    .paint = paint,
};
