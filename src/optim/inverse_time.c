/* SPDX-License-Identifier: Apache-2.0 */
/* lr / (1 + decay k) after k periods of `every`, counted from the end of the warm-up; smooth: k is no whole number. */
#include "optim/optim.h"

typedef struct inverse_time_opts {
    yk_schedule_base base;
    double decay;
    yk_period every;
    bool smooth;
} inverse_time_opts;

static const yk_option options[] = { { "decay", YK_OPT_REAL, offsetof(inverse_time_opts, decay), NULL, 0, 1e30, NULL,
                                       "how fast lr falls: to half of it after 1 / decay periods" },
                                     { "every", YK_OPT_PERIOD, offsetof(inverse_time_opts, every), "1 epoch", 0, 0,
                                       NULL, "the period: \"1 epoch\", \"1 steps\"" },
                                     { "smooth", YK_OPT_BOOL, offsetof(inverse_time_opts, smooth), "false", 0, 0, NULL,
                                       "lr falls with every step, not at the end of a period" },
                                     YK_SCHEDULE_WARMUP,
                                     { 0 } };

static double factor(const void *opts, const yk_progress *p)
{
    const inverse_time_opts *o = opts;
    return 1 / (1 + o->decay * yk_periods_done(&o->every, o->smooth, p));
}

extern const yk_schedule yk_schedule_inverse_time;
const yk_schedule yk_schedule_inverse_time = { .name = "inverse_time",
                                               .doc = "lr / (1 + decay k) after k periods of `every`",
                                               .opts_size = sizeof(inverse_time_opts),
                                               .opts = options,
                                               .factor = factor };
