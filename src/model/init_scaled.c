/* SPDX-License-Identifier: Apache-2.0 */
/* Initialisers whose spread follows from the fans: glorot (Glorot, Bengio, AISTATS 2010), he (He et al.,
 * arXiv:1502.01852), lecun (LeCun et al., Efficient backprop, 1998). The normal ones are plainly normal, as PyTorch's;
 * with `truncated` they are Keras': drawn again beyond two standard deviations, and widened so that what is left has
 * the standard deviation that is meant. */
#include <math.h>

#include "model/init.h"

/* Standard deviation of a normal number that is cut off at 2. */
#define TRUNCATED_STD 0.87962566103423978

typedef struct scaled_opts {
    bool truncated;
} scaled_opts;

static const yk_option scaled_options[] = { { "truncated", YK_OPT_BOOL, offsetof(scaled_opts, truncated), "false", 0, 0,
                                              NULL, "as Keras: nothing beyond 2 standard deviations" },
                                            { 0 } };

static double fan_sum(const yk_shape *shape)
{
    double in, out;
    yk_init_fans(shape, &in, &out);
    return in + out;
}

static double fan_in(const yk_shape *shape)
{
    double in, out;
    yk_init_fans(shape, &in, &out);
    return in;
}

static yk_status scaled_uniform(const yk_shape *shape, yk_key key, double limit, float *out)
{
    yk_init_draw(out, yk_shape_len(shape), yk_draw_uniform, key, 0, limit);
    return YK_OK;
}

static yk_status scaled_normal(const void *opts, const yk_shape *shape, yk_key key, double std, float *out)
{
    if (((const scaled_opts *)opts)->truncated)
        yk_init_draw(out, yk_shape_len(shape), yk_draw_truncated, key, 0, std / TRUNCATED_STD);
    else
        yk_init_draw(out, yk_shape_len(shape), yk_draw_normal, key, 0, std);
    return YK_OK;
}

#define UNIFORM(NAME, DOC, VARIANCE)                                                                                   \
    static yk_status NAME(const void *opts, const yk_shape *shape, yk_key key, float *out)                             \
    {                                                                                                                  \
        (void)opts;                                                                                                    \
        return scaled_uniform(shape, key, sqrt(VARIANCE), out);                                                        \
    }                                                                                                                  \
    extern const yk_init yk_init_##NAME;                                                                               \
    const yk_init yk_init_##NAME = { #NAME, DOC, 0, NULL, NAME };

#define NORMAL(NAME, DOC, VARIANCE)                                                                                    \
    static yk_status NAME(const void *opts, const yk_shape *shape, yk_key key, float *out)                             \
    {                                                                                                                  \
        return scaled_normal(opts, shape, key, sqrt(VARIANCE), out);                                                   \
    }                                                                                                                  \
    extern const yk_init yk_init_##NAME;                                                                               \
    const yk_init yk_init_##NAME = { #NAME, DOC, sizeof(scaled_opts), scaled_options, NAME };

UNIFORM(glorot_uniform, "uniform with limit sqrt(6 / (fan in + fan out))", 6 / fan_sum(shape))
NORMAL(glorot_normal, "normal with standard deviation sqrt(2 / (fan in + fan out))", 2 / fan_sum(shape))
UNIFORM(he_uniform, "uniform with limit sqrt(6 / fan in)", 6 / fan_in(shape))
NORMAL(he_normal, "normal with standard deviation sqrt(2 / fan in)", 2 / fan_in(shape))
UNIFORM(lecun_uniform, "uniform with limit sqrt(3 / fan in)", 3 / fan_in(shape))
NORMAL(lecun_normal, "normal with standard deviation sqrt(1 / fan in)", 1 / fan_in(shape))
