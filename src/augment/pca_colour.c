/* SPDX-License-Identifier: Apache-2.0 */
/* pca_colour: colours moved along the main axes of the training data's colours, a number of its own for each axis,
 * normal, in units of the deviation along it.
 * Source: Krizhevsky, Sutskever, Hinton, "ImageNet classification with deep convolutional neural networks", 2012. */
#include "augment/augment.h"
#include "core/error.h"

enum { CHANNELS_MAX = 16, FIRST_NORMAL = 16 }; /* groups of random bits behind those of the uniform numbers */

typedef struct pca_opts {
    yk_augment_common common;
    double std;
} pca_opts;

static const yk_option opts[] = {
    { "std", YK_OPT_REAL, offsetof(pca_opts, std), "0.1", 0, 1e3, NULL,
      "standard deviation of the numbers, in units of the training data's along each axis" },
    YK_AUGMENT_COMMON("1"),
};

static yk_status check(const void *options, int64_t c, int64_t *h, int64_t *w)
{
    (void)options;
    (void)h;
    (void)w;
    YK_CHECK(c <= CHANNELS_MAX, YK_ERR_ARG, "%lld channels; up to %d are possible", (long long)c, CHANNELS_MAX);
    return YK_OK;
}

static void paint(const yk_turn *t, float *x)
{
    const double std = ((const pca_opts *)t->opts)->std;
    float more[CHANNELS_MAX] = { 0 };
    for (int64_t k = 0; k < t->c; k++) {
        const float far = (float)(std * yk_random_normal(t->key, t->epoch, t->sample, FIRST_NORMAL + k));
        for (int64_t c = 0; c < t->c; c++)
            more[c] += far * t->axes[k * t->c + c];
    }
    for (int64_t i = 0; i < t->h * t->w; i++)
        for (int64_t c = 0; c < t->c; c++)
            x[i * t->c + c] += more[c];
}

const yk_augment yk_augment_pca_colour = {
    .name = "pca_colour",
    .doc = "moves the colours along the main axes of the training data's colours.",
    .opts_size = sizeof(pca_opts),
    .opts = opts,
    .colours = true,
    .check = check,
    .paint = paint,
};
