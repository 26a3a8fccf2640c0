/* SPDX-License-Identifier: Apache-2.0 */
/* Half a cosine from lr down to final lr, again and again (SGDR): the first lasts t0, each next one t_mult times as
 * long as the one before. Source: Loshchilov, Hutter, arXiv:1608.03983, equation 5. */
#include "optim/optim.h"

typedef struct cosine_restarts_opts {
    yk_schedule_base base;
    yk_period t0;
    int64_t t_mult;
    double final;
} cosine_restarts_opts;

static const yk_option options[] = { { "t0", YK_OPT_PERIOD, offsetof(cosine_restarts_opts, t0), NULL, 0, 0, NULL,
                                       "length of the first cosine: \"10 epochs\"" },
                                     { "t_mult", YK_OPT_INT, offsetof(cosine_restarts_opts, t_mult), "1", 1, 1000, NULL,
                                       "each cosine is this many times as long as the one before" },
                                     { "final", YK_OPT_REAL, offsetof(cosine_restarts_opts, final), "0", 0, 1, NULL,
                                       "share of lr that is left at the end of a cosine" },
                                     YK_SCHEDULE_WARMUP,
                                     { 0 } };

static double factor(const void *opts, const yk_progress *p)
{
    const cosine_restarts_opts *o = opts;
    int64_t length = yk_period_steps(&o->t0, p->steps_per_epoch), at = p->step;
    if (length <= 0)
        return 1;
    if (o->t_mult == 1)
        at %= length;
    for (; at >= length; length *= o->t_mult) /* at most as often as a number has bits */
        at -= length;
    return yk_anneal(1, o->final, (double)at / (double)length, false);
}

extern const yk_schedule yk_schedule_cosine_restarts;
const yk_schedule yk_schedule_cosine_restarts = {
    .name = "cosine_restarts",
    .doc = "half a cosine from lr to final lr, which starts again after t0, t0 t_mult, ...",
    .opts_size = sizeof(cosine_restarts_opts),
    .opts = options,
    .factor = factor
};
