/* SPDX-License-Identifier: Apache-2.0 */
/* Half a cosine from lr down to final lr: lr (final + (1 - final) (1 + cos(pi step / steps)) / 2), over the steps that
 * remain after the warm-up. Source: Loshchilov, Hutter, arXiv:1608.03983, equation 5, without restarts. */
#include "core/math.h"
#include "core/num.h"
#include "optim/optim.h"

#define PI 3.14159265358979323846

typedef struct cosine_opts {
    yk_schedule_base base;
    double final;
} cosine_opts;

static const yk_option options[] = { { "final", YK_OPT_REAL, offsetof(cosine_opts, final), "0", 0, 1, NULL,
                                       "share of lr that is left at the end" },
                                     YK_SCHEDULE_WARMUP,
                                     { 0 } };

static double factor(const void *opts, const yk_progress *p)
{
    const cosine_opts *o = opts;
    double done = p->steps > 0 ? (double)yk_min(p->step, p->steps) / (double)p->steps : 0;
    return o->final + (1 - o->final) * (1 + yk_cos(PI * done)) / 2;
}

extern const yk_schedule yk_schedule_cosine;
const yk_schedule yk_schedule_cosine = { .name = "cosine",
                                         .doc = "half a cosine from lr to final lr over the training",
                                         .opts_size = sizeof(cosine_opts),
                                         .opts = options,
                                         .factor = factor };
