/* SPDX-License-Identifier: Apache-2.0 */
/* lr gamma^k after k periods of `every`, counted from the end of the warm-up; smooth: k is no whole number. */
#include "core/math.h"
#include "optim/optim.h"

typedef struct exponential_opts {
    yk_schedule_base base;
    double gamma;
    yk_period every;
    bool smooth;
} exponential_opts;

static const yk_option options[] = { { "gamma", YK_OPT_REAL, offsetof(exponential_opts, gamma), NULL, YK_ABOVE_0, 1e30,
                                       NULL, "lr is multiplied by it after each period" },
                                     { "every", YK_OPT_PERIOD, offsetof(exponential_opts, every), "1 epoch", 0, 0, NULL,
                                       "the period: \"1 epoch\", \"1 steps\"" },
                                     { "smooth", YK_OPT_BOOL, offsetof(exponential_opts, smooth), "false", 0, 0, NULL,
                                       "lr falls with every step, not at the end of a period" },
                                     YK_SCHEDULE_WARMUP,
                                     { 0 } };

static double factor(const void *opts, const yk_progress *p)
{
    const exponential_opts *o = opts;
    const double done = yk_periods_done(&o->every, o->smooth, p);
    return o->smooth ? yk_pow(o->gamma, done) : yk_pow_int(o->gamma, (int64_t)done);
}

extern const yk_schedule yk_schedule_exponential;
const yk_schedule yk_schedule_exponential = { .name = "exponential",
                                              .doc = "lr gamma^k after k periods of `every`",
                                              .opts_size = sizeof(exponential_opts),
                                              .opts = options,
                                              .factor = factor };
