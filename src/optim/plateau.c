/* SPDX-License-Identifier: Apache-2.0 */
/* Lowers the rate when a value of the dev split no longer gets better: after `patience` epochs without a new best one,
 * lr is multiplied by `factor`, as PyTorch's ReduceLROnPlateau does. */
#include <math.h>

#include "core/num.h"
#include "optim/optim.h"

typedef struct plateau_opts {
    yk_schedule_base base;
    char monitor[YK_OPT_TEXT_MAX];
    double factor, threshold, min_lr, epsilon;
    int64_t patience, cooldown;
    int threshold_mode; /* index into its words */
} plateau_opts;

static const yk_option options[] = {
    { "monitor", YK_OPT_TEXT, offsetof(plateau_opts, monitor), "loss", 0, 0, NULL,
      "what must get better on the dev split: loss, or one of `metrics`" },
    { "factor", YK_OPT_REAL, offsetof(plateau_opts, factor), "0.1", 0, YK_BELOW_1, NULL, "lr is multiplied by it" },
    { "patience", YK_OPT_INT, offsetof(plateau_opts, patience), "10", 0, -1, NULL,
      "epochs without a new best that are allowed" },
    { "threshold", YK_OPT_REAL, offsetof(plateau_opts, threshold), "1e-4", 0, 1e30, NULL,
      "how much better a new best must be" },
    { "threshold_mode", YK_OPT_CHOICE, offsetof(plateau_opts, threshold_mode), "rel", 0, 0, "rel abs",
      "threshold is a share of the best, or an amount" },
    { "cooldown", YK_OPT_INT, offsetof(plateau_opts, cooldown), "0", 0, -1, NULL,
      "epochs after a change that do not count" },
    { "min_lr", YK_OPT_REAL, offsetof(plateau_opts, min_lr), "0", 0, 1e30, NULL, "lr is not made smaller than this" },
    { "epsilon", YK_OPT_REAL, offsetof(plateau_opts, epsilon), "1e-8", 0, 1e30, NULL,
      "changes of lr that are not larger are left out" },
    YK_SCHEDULE_WARMUP,
    { 0 }
};

static double factor(const void *opts, const yk_progress *p)
{
    (void)opts;
    return p->watched && p->watched->seen > 0 ? p->watched->factor : 1;
}

static const char *monitor(const void *opts)
{
    return ((const plateau_opts *)opts)->monitor;
}

static bool is_better(const plateau_opts *o, double value, double best, bool rises)
{
    if (isnan(best))
        return !isnan(value);
    const double margin = o->threshold_mode ? o->threshold : o->threshold * best;
    return rises ? value > best + margin : value < best - margin;
}

static void lower(const plateau_opts *o, double lr, yk_watched *w)
{
    const double least = lr > 0 ? o->min_lr / lr : 0, next = fmax(w->factor * o->factor, least);
    if (lr * (w->factor - next) > o->epsilon)
        w->factor = next;
}

static void observe(const void *opts, double lr, double value, bool rises, yk_watched *w)
{
    const plateau_opts *o = opts;
    if (w->seen++ == 0)
        *w = (yk_watched){ .seen = 1, .best = value, .factor = 1 };
    else if (is_better(o, value, w->best, rises))
        w->best = value, w->bad = 0;
    else
        w->bad++;
    if (w->cooldown > 0)
        w->cooldown--, w->bad = 0;
    if (w->bad > o->patience) {
        lower(o, lr, w);
        w->cooldown = o->cooldown;
        w->bad = 0;
    }
}

extern const yk_schedule yk_schedule_plateau;
const yk_schedule yk_schedule_plateau = {
    .name = "plateau",
    .doc = "lr is multiplied by `factor` when a value of the dev split has not got better for `patience` epochs",
    .opts_size = sizeof(plateau_opts),
    .opts = options,
    .factor = factor,
    .monitor = monitor,
    .observe = observe
};
