/* SPDX-License-Identifier: Apache-2.0 */
/* mixup: a sample times its share plus another one times the rest, inputs and targets alike. The share has the
 * distribution Beta(alpha, alpha): g / (g + h) of two gamma numbers, whose logarithms are taken because those of a
 * small alpha have no double. Sources: Zhang, Cisse, Dauphin, Lopez-Paz, "mixup: Beyond empirical risk minimization",
 * ICLR 2018; Marsaglia, Tsang, "A simple method for generating gamma variables", 2000. */
#include <math.h>

#include "augment/augment.h"
#include "core/math.h"

enum { TRIES = 1000 }; /* 19 of 20 succeed */

typedef struct mixup_opts {
    yk_augment_common common;
    double alpha;
} mixup_opts;

static const yk_option opts[] = {
    { "alpha", YK_OPT_REAL, offsetof(mixup_opts, alpha), "0.2", 1e-3, 1e3, NULL,
      "the share is Beta(alpha, alpha): near 0 or 1 for a small alpha, any for 1, near 1/2 for a large one" },
    YK_AUGMENT_PROBABILITY("1"),
    YK_AUGMENT_FIELDS("[x, y]", "what is mixed: inputs and their targets, which are numbers or distributions"),
    { 0 }
};

/* Logarithm of a gamma number of shape a; `stream` tells the two of a turn apart. */
static double ln_gamma_number(const yk_turn *t, double a, int64_t stream)
{
    const int64_t first = 16 + stream * (2 * TRIES + 2); /* groups of random bits */
    const double d = (a < 1 ? a + 1 : a) - 1.0 / 3, c = 1 / sqrt(9 * d);
    double value = d;
    for (int64_t k = 0; k < TRIES; k++) {
        const double x = yk_random_normal(t->key, t->epoch, t->sample, first + 2 * k), root = 1 + c * x;
        const double u = yk_random_uniform53(t->key, t->epoch, t->sample, 2 * (first + 2 * k + 1));
        const double v = root * root * root;
        if (v > 0 && yk_ln(1 - u) < x * x / 2 + d - d * v + d * yk_ln(v)) {
            value = d * v;
            break;
        }
    }
    double result = yk_ln(value);
    if (a < 1) /* shape a is shape a + 1 times u^(1/a) */
        result += yk_ln(1 - yk_random_uniform53(t->key, t->epoch, t->sample, 2 * (first + 2 * TRIES))) / a;
    return result;
}

static double share(const yk_turn *t)
{
    const double alpha = ((const mixup_opts *)t->opts)->alpha;
    return 1 / (1 + yk_exp(ln_gamma_number(t, alpha, 1) - ln_gamma_number(t, alpha, 0)));
}

const yk_augment yk_augment_mixup = {
    .name = "mixup",
    .doc = "mixes each sample with another of its micro-batch, inputs and targets; class numbers become distributions, "
           "which the loss must take.",
    .opts_size = sizeof(mixup_opts),
    .opts = opts,
    .mixes = true,
    .share = share,
};
