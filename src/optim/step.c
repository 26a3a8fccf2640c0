/* SPDX-License-Identifier: Apache-2.0 */
/* A staircase: lr factor^k after k periods of `every`, counted from the end of the warm-up. */
#include "core/math.h"
#include "optim/optim.h"

typedef struct step_opts {
    yk_schedule_base base;
    yk_period every;
    double factor;
} step_opts;

static const yk_option options[] = { { "every", YK_OPT_PERIOD, offsetof(step_opts, every), NULL, 0, 0, NULL,
                                       "length of a stair: \"30 epochs\"" },
                                     { "factor", YK_OPT_REAL, offsetof(step_opts, factor), "0.1", 0, 1e30, NULL,
                                       "lr is multiplied by it at each stair" },
                                     YK_SCHEDULE_WARMUP,
                                     { 0 } };

static double factor(const void *opts, const yk_progress *p)
{
    const step_opts *o = opts;
    int64_t every = yk_period_steps(&o->every, p->steps_per_epoch);
    return every > 0 ? yk_pow_int(o->factor, p->step / every) : 1;
}

extern const yk_schedule yk_schedule_step;
const yk_schedule yk_schedule_step = { .name = "step",
                                       .doc = "lr factor^k after k periods of `every`",
                                       .opts_size = sizeof(step_opts),
                                       .opts = options,
                                       .factor = factor };
