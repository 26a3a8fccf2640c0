/* SPDX-License-Identifier: Apache-2.0 */
/* How parameters start. Element i of a parameter draws number i of the parameter's own key, in double, and is rounded
 * to float once.
 *
 * Fans are Keras': of a shape (..., in, out) they are in and out times the product of the dimensions before (the
 * receptive field of a convolution); of a vector both are its length. glorot: Glorot and Bengio, AISTATS 2010; he: He
 * et al., arXiv:1502.01852. The normal ones are plainly normal; Keras cuts theirs off at two standard deviations. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "core/error.h"
#include "core/num.h"
#include "core/parallel.h"
#include "model/model.h"
#include "model/options.h"

static void fill(float *out, int64_t n, double value)
{
    for (int64_t i = 0; i < n; i++)
        out[i] = (float)value;
}

/* Numbers to be drawn: mean + width times a random one. A job is a block of BLOCK. */
typedef struct draw {
    float *out;
    int64_t n;
    yk_key key;
    double mean, width;
} draw;

enum { BLOCK = 1024, WORK = 32 }; /* WORK: what a number costs, in additions */

static void normal_block(const void *context, int64_t block)
{
    const draw *d = context;
    for (int64_t i = block * BLOCK; i < yk_min(block * BLOCK + BLOCK, d->n); i++)
        d->out[i] = (float)(d->mean + d->width * yk_random_normal(d->key, 0, 0, i));
}

static void fill_normal(float *out, int64_t n, yk_key key, double mean, double std)
{
    yk_parallel(yk_div_up(n, BLOCK), n * WORK, normal_block, &(draw){ out, n, key, mean, std });
}

static void uniform_block(const void *context, int64_t block)
{
    const draw *d = context;
    for (int64_t i = block * BLOCK; i < yk_min(block * BLOCK + BLOCK, d->n); i++)
        d->out[i] = (float)(d->mean + d->width * (2 * yk_random_uniform(d->key, 0, 0, i) - 1));
}

/* Numbers in [mean - limit, mean + limit). */
static void fill_uniform(float *out, int64_t n, yk_key key, double mean, double limit)
{
    yk_parallel(yk_div_up(n, BLOCK), n * WORK, uniform_block, &(draw){ out, n, key, mean, limit });
}

static void fans(const yk_shape *shape, double *in, double *out)
{
    int n = shape->ndim;
    double field = 1;
    for (int i = 0; i < n - 2; i++)
        field *= (double)shape->dim[i];
    *out = n > 0 ? (double)shape->dim[n - 1] * field : 1;
    *in = n > 1 ? (double)shape->dim[n - 2] * field : *out;
}

static double glorot(const yk_shape *shape)
{
    double in, out;
    fans(shape, &in, &out);
    return in + out;
}

static double he(const yk_shape *shape)
{
    double in, out;
    fans(shape, &in, &out);
    return in;
}

static void zeros(const void *opts, const yk_shape *shape, yk_key key, float *out)
{
    (void)opts, (void)key;
    fill(out, yk_shape_len(shape), 0);
}

static void ones(const void *opts, const yk_shape *shape, yk_key key, float *out)
{
    (void)opts, (void)key;
    fill(out, yk_shape_len(shape), 1);
}

typedef struct constant_opts {
    double value;
} constant_opts;

static const yk_option constant_options[] = {
    { "value", YK_OPT_REAL, offsetof(constant_opts, value), NULL, 0, 0, NULL, "of every element" }, { 0 }
};

static void constant(const void *opts, const yk_shape *shape, yk_key key, float *out)
{
    (void)key;
    fill(out, yk_shape_len(shape), ((const constant_opts *)opts)->value);
}

typedef struct normal_opts {
    double std, mean;
} normal_opts;

static const yk_option normal_options[] = {
    { "std", YK_OPT_REAL, offsetof(normal_opts, std), "0.05", 0, -1, NULL, "standard deviation" },
    { "mean", YK_OPT_REAL, offsetof(normal_opts, mean), "0", 0, 0, NULL, "mean" },
    { 0 }
};

static void normal(const void *opts, const yk_shape *shape, yk_key key, float *out)
{
    const normal_opts *o = opts;
    fill_normal(out, yk_shape_len(shape), key, o->mean, o->std);
}

typedef struct uniform_opts {
    double limit, mean;
} uniform_opts;

static const yk_option uniform_options[] = {
    { "limit", YK_OPT_REAL, offsetof(uniform_opts, limit), "0.05", 0, -1, NULL, "largest distance from the mean" },
    { "mean", YK_OPT_REAL, offsetof(uniform_opts, mean), "0", 0, 0, NULL, "mean" },
    { 0 }
};

static void uniform(const void *opts, const yk_shape *shape, yk_key key, float *out)
{
    const uniform_opts *o = opts;
    fill_uniform(out, yk_shape_len(shape), key, o->mean, o->limit);
}

static void glorot_uniform(const void *opts, const yk_shape *shape, yk_key key, float *out)
{
    (void)opts;
    fill_uniform(out, yk_shape_len(shape), key, 0, sqrt(6 / glorot(shape)));
}

static void glorot_normal(const void *opts, const yk_shape *shape, yk_key key, float *out)
{
    (void)opts;
    fill_normal(out, yk_shape_len(shape), key, 0, sqrt(2 / glorot(shape)));
}

static void he_uniform(const void *opts, const yk_shape *shape, yk_key key, float *out)
{
    (void)opts;
    fill_uniform(out, yk_shape_len(shape), key, 0, sqrt(6 / he(shape)));
}

static void he_normal(const void *opts, const yk_shape *shape, yk_key key, float *out)
{
    (void)opts;
    fill_normal(out, yk_shape_len(shape), key, 0, sqrt(2 / he(shape)));
}

#define INIT(NAME, DOC, SIZE, OPTIONS)                                                                                 \
    &(const yk_init)                                                                                                   \
    {                                                                                                                  \
#NAME, DOC, SIZE, OPTIONS, NAME                                                                                \
    }

const yk_init *const yk_init_table[] = {
    INIT(zeros, "0", 0, NULL),
    INIT(ones, "1", 0, NULL),
    INIT(constant, "one number", sizeof(constant_opts), constant_options),
    INIT(normal, "normal with a mean and standard deviation", sizeof(normal_opts), normal_options),
    INIT(uniform, "uniform in [mean - limit, mean + limit)", sizeof(uniform_opts), uniform_options),
    INIT(glorot_uniform, "uniform with limit sqrt(6 / (fan in + fan out))", 0, NULL),
    INIT(glorot_normal, "normal with standard deviation sqrt(2 / (fan in + fan out))", 0, NULL),
    INIT(he_uniform, "uniform with limit sqrt(6 / fan in)", 0, NULL),
    INIT(he_normal, "normal with standard deviation sqrt(2 / fan in)", 0, NULL),
    NULL,
};

yk_status yk_init_find(const char *name, const yk_init **out)
{
    const char *names[YK_LEN(yk_init_table)];
    int n = 0;
    for (; yk_init_table[n]; n++) {
        names[n] = yk_init_table[n]->name;
        if (strcmp(names[n], name) == 0) {
            *out = yk_init_table[n];
            return YK_OK;
        }
    }
    char text[YK_NAMES_TEXT];
    YK_FAIL(YK_ERR_ARG, "no initialiser is called \"%.80s\"%s", name, yk_names_text(text, name, "there are", names, n));
}
