/* SPDX-License-Identifier: Apache-2.0 */
/* A staircase with steps at chosen places: lr gamma^k, k the milestones reached, counted from the end of the warm-up.
 */
#include "core/math.h"
#include "optim/optim.h"

typedef struct multistep_opts {
    yk_schedule_base base;
    yk_ints milestones;
    double gamma;
    yk_period every;
} multistep_opts;

static const yk_option options[] = { { "milestones", YK_OPT_INTS, offsetof(multistep_opts, milestones), NULL, 0, -1,
                                       NULL, "periods of `every` after which lr changes: [30, 60, 80]" },
                                     { "gamma", YK_OPT_REAL, offsetof(multistep_opts, gamma), "0.1", 0, 1e30, NULL,
                                       "lr is multiplied by it at each milestone" },
                                     { "every", YK_OPT_PERIOD, offsetof(multistep_opts, every), "1 epoch", 0, 0, NULL,
                                       "what the milestones count: \"1 epoch\", \"100 steps\"" },
                                     YK_SCHEDULE_WARMUP,
                                     { 0 } };

static double factor(const void *opts, const yk_progress *p)
{
    const multistep_opts *o = opts;
    const double done = yk_periods_done(&o->every, false, p);
    int64_t reached = 0;
    for (int i = 0; i < o->milestones.n; i++)
        reached += done >= (double)o->milestones.at[i];
    return yk_pow_int(o->gamma, reached);
}

extern const yk_schedule yk_schedule_multistep;
const yk_schedule yk_schedule_multistep = { .name = "multistep",
                                            .doc = "lr gamma^k after k of the milestones",
                                            .opts_size = sizeof(multistep_opts),
                                            .opts = options,
                                            .factor = factor };
