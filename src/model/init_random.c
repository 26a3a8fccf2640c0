/* SPDX-License-Identifier: Apache-2.0 */
/* Initialisers whose spread the user gives: normal, truncated_normal, uniform. */
#include "model/init.h"

typedef struct normal_opts {
    double std, mean;
} normal_opts;

static const yk_option normal_options[] = {
    { "std", YK_OPT_REAL, offsetof(normal_opts, std), "0.05", 0, -1, NULL, "standard deviation" },
    { "mean", YK_OPT_REAL, offsetof(normal_opts, mean), "0", 0, 0, NULL, "mean" },
    { 0 }
};

static yk_status normal(const void *opts, const yk_shape *shape, yk_key key, float *out)
{
    const normal_opts *o = opts;
    yk_init_draw(out, yk_shape_len(shape), yk_draw_normal, key, o->mean, o->std);
    return YK_OK;
}

extern const yk_init yk_init_normal;
const yk_init yk_init_normal = { "normal", "normal with a mean and standard deviation", sizeof(normal_opts),
                                 normal_options, normal };

static yk_status truncated_normal(const void *opts, const yk_shape *shape, yk_key key, float *out)
{
    const normal_opts *o = opts;
    yk_init_draw(out, yk_shape_len(shape), yk_draw_truncated, key, o->mean, o->std);
    return YK_OK;
}

extern const yk_init yk_init_truncated_normal;
const yk_init yk_init_truncated_normal = { "truncated_normal",
                                           "normal, drawn again beyond 2 standard deviations (as they are given: what "
                                           "is left has 0.88 of it)",
                                           sizeof(normal_opts), normal_options, truncated_normal };

typedef struct uniform_opts {
    double limit, mean;
} uniform_opts;

static const yk_option uniform_options[] = {
    { "limit", YK_OPT_REAL, offsetof(uniform_opts, limit), "0.05", 0, -1, NULL, "largest distance from the mean" },
    { "mean", YK_OPT_REAL, offsetof(uniform_opts, mean), "0", 0, 0, NULL, "mean" },
    { 0 }
};

static yk_status uniform(const void *opts, const yk_shape *shape, yk_key key, float *out)
{
    const uniform_opts *o = opts;
    yk_init_draw(out, yk_shape_len(shape), yk_draw_uniform, key, o->mean, o->limit);
    return YK_OK;
}

extern const yk_init yk_init_uniform;
const yk_init yk_init_uniform = { "uniform", "uniform in [mean - limit, mean + limit)", sizeof(uniform_opts),
                                  uniform_options, uniform };
