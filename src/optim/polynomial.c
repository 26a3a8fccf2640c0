/* SPDX-License-Identifier: Apache-2.0 */
/* lr (final + (1 - final) (1 - done)^power), done the part of the time that is over: of `over`, or of the steps that
 * remain after the warm-up. */
#include "core/math.h"
#include "core/num.h"
#include "optim/optim.h"

typedef struct polynomial_opts {
    yk_schedule_base base;
    double power, final;
    yk_period over;
} polynomial_opts;

static const yk_option options[] = {
    { "power", YK_OPT_REAL, offsetof(polynomial_opts, power), "1", 0, 1e3, NULL, "1: a straight line" },
    { "final", YK_OPT_REAL, offsetof(polynomial_opts, final), "0", 0, 1, NULL, "share of lr that is left at the end" },
    { "over", YK_OPT_PERIOD, offsetof(polynomial_opts, over), "none", 0, 0, NULL,
      "how long lr falls: \"30 epochs\"; none: to the end of the training" },
    YK_SCHEDULE_WARMUP,
    { 0 }
};

static double factor(const void *opts, const yk_progress *p)
{
    const polynomial_opts *o = opts;
    int64_t over = yk_period_steps(&o->over, p->steps_per_epoch);
    if (over <= 0)
        over = p->steps;
    const double left = over > 0 ? 1 - (double)yk_min(p->step, over) / (double)over : 0;
    return o->final + (1 - o->final) * yk_pow(left, o->power);
}

extern const yk_schedule yk_schedule_polynomial;
const yk_schedule yk_schedule_polynomial = { .name = "polynomial",
                                             .doc = "lr falls with (1 - done)^power to final lr",
                                             .opts_size = sizeof(polynomial_opts),
                                             .opts = options,
                                             .factor = factor };
