/* SPDX-License-Identifier: Apache-2.0 */
/* The table of schedules, and the learning rate of a step: lr x warm-up x the schedule's factor. */
#include "core/math.h"
#include "core/num.h"
#include "core/names.h"
#include "optim/optim.h"

#define PI 3.14159265358979323846

#define YK_SCHEDULE(name) extern const yk_schedule yk_schedule_##name;
#include "optim/schedule_list.h"
#undef YK_SCHEDULE

#define YK_SCHEDULE(name) &yk_schedule_##name,
const yk_schedule *const yk_schedule_table[] = {
#include "optim/schedule_list.h"
    NULL
};
#undef YK_SCHEDULE

yk_status yk_schedule_find(const char *name, const yk_schedule **out)
{
    const char *names[YK_NAMES_MAX];
    int n = 0, index = 0;
    for (; yk_schedule_table[n]; n++)
        names[n] = yk_schedule_table[n]->name;
    yk_status status = yk_names_find("schedule", name, names, n, &index);
    *out = status == YK_OK ? yk_schedule_table[index] : NULL;
    return status;
}

int64_t yk_period_steps(const yk_period *period, int64_t steps_per_epoch)
{
    switch (period->unit) {
    case YK_STEPS:
        return period->count;
    case YK_EPOCHS:
        return period->count * steps_per_epoch;
    default:
        return 0;
    }
}

double yk_periods_done(const yk_period *every, bool smooth, const yk_progress *p)
{
    int64_t n = yk_period_steps(every, p->steps_per_epoch);
    if (n <= 0)
        return 0;
    return smooth ? (double)p->step / (double)n : (double)(p->step / n);
}

double yk_anneal(double from, double to, double part, bool linear)
{
    return linear ? from + (to - from) * part : to + (from - to) * (1 + yk_cos(PI * part)) / 2;
}

double yk_schedule_lr(const yk_schedule *schedule, const void *opts, double lr, const yk_progress *p)
{
    if (!schedule)
        return lr;
    const yk_schedule_base *base = opts;
    int64_t warmup = yk_period_steps(&base->warmup, p->steps_per_epoch);
    yk_progress after = { .step = yk_max(0, p->step - warmup),
                          .steps = yk_max(0, p->steps - warmup),
                          .steps_per_epoch = p->steps_per_epoch,
                          .watched = p->watched };
    double rise = p->step < warmup ? (double)(p->step + 1) / (double)(warmup + 1) : 1;
    return lr * rise * schedule->factor(opts, &after);
}
