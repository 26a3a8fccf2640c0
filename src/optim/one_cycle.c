/* SPDX-License-Identifier: Apache-2.0 */
/* One cycle: from lr / div up to lr, and down to lr / (div final_div) at the last step; the rate rises for the part
 * pct_start of the training. Steps are counted as PyTorch's OneCycleLR does: the top is at step pct_start steps - 1.
 * The learning rate alone: the momentum stays as it is (PyTorch's cycle_momentum=False).
 * three_phase: down to lr / div again as long as it rose, and in the rest to the end.
 * Source: Smith, Topin, arXiv:1708.07120. */
#include "core/num.h"
#include "optim/optim.h"

typedef struct one_cycle_opts {
    yk_schedule_base base;
    double pct_start, div, final_div, max;
    int anneal; /* index into its words */
    bool three_phase;
} one_cycle_opts;

static const yk_option options[] = {
    { "pct_start", YK_OPT_REAL, offsetof(one_cycle_opts, pct_start), "0.3", 0, 1, NULL,
      "part of the training in which lr rises" },
    { "div", YK_OPT_REAL, offsetof(one_cycle_opts, div), "25", YK_ABOVE_0, 1e30, NULL, "it begins at the top / this" },
    { "final_div", YK_OPT_REAL, offsetof(one_cycle_opts, final_div), "1e4", YK_ABOVE_0, 1e30, NULL,
      "it ends at the beginning / this" },
    { "max", YK_OPT_REAL, offsetof(one_cycle_opts, max), "1", 0, 1e30, NULL, "the top is this times lr" },
    { "anneal", YK_OPT_CHOICE, offsetof(one_cycle_opts, anneal), "cos", 0, 0, "cos linear", "the form of both slopes" },
    { "three_phase", YK_OPT_BOOL, offsetof(one_cycle_opts, three_phase), "false", 0, 0, NULL,
      "lr goes back to where it began, and then to the end" },
    YK_SCHEDULE_WARMUP,
    { 0 }
};

static double factor(const void *opts, const yk_progress *p)
{
    const one_cycle_opts *o = opts;
    const double begin = o->max / o->div, end = begin / o->final_div, step = (double)yk_min(p->step, p->steps - 1);
    const double last = (double)p->steps - 1, top = o->pct_start * (double)p->steps - 1;
    const double down = o->three_phase ? 2 * top : last; /* where the second slope ends */
    const double low = o->three_phase ? begin : end;
    if (step <= top && top > 0)
        return yk_anneal(begin, o->max, step / top, o->anneal);
    if (step <= down && down > top)
        return yk_anneal(o->max, low, (step - top) / (down - top), o->anneal);
    return yk_anneal(low, end, last > down ? (step - down) / (last - down) : 1, o->anneal);
}

extern const yk_schedule yk_schedule_one_cycle;
const yk_schedule yk_schedule_one_cycle = {
    .name = "one_cycle",
    .doc = "from lr / div up to lr, then down to almost nothing at the end of the training",
    .opts_size = sizeof(one_cycle_opts),
    .opts = options,
    .factor = factor
};
