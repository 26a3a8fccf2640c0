/* SPDX-License-Identifier: Apache-2.0 */
#include "train/watch.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "core/error.h"
#include "model/options.h"

static yk_monitor monitor_at(const yk_tally *tally, int value)
{
    if (value < 0)
        return (yk_monitor){ -1, "loss", false };
    return (yk_monitor){ value, tally->name[value], tally->rises[value] };
}

/* The value of that name; `owner` is the map of the recipe that has `monitor`. */
static yk_status find(yk_monitor *out, const yk_tally *tally, const char *name, const yk_yaml *owner)
{
    const char *names[YK_MAX_SCORES + 1] = { "loss" };
    for (int i = -1; i < tally->n_values; i++) {
        *out = monitor_at(tally, i);
        names[i + 1] = out->name;
        if (strcmp(name, out->name) == 0)
            return YK_OK;
    }
    char text[YK_NAMES_TEXT];
    YK_FAIL_AT(yk_yaml_get(owner, "monitor"), "monitor: \"%.80s\" is neither the loss nor one of `metrics`%s", name,
               yk_names_text(text, name, "there are", names, tally->n_values + 1));
}

yk_status yk_watch_open(yk_watch *watch, const yk_recipe *recipe, const yk_tally *tally)
{
    const yk_schedule *schedule = recipe->schedule.entry;
    *watch = (yk_watch){ .best = monitor_at(tally, tally->n > 0 ? 0 : -1) };
    if (schedule->observe)
        YK_TRY(find(&watch->schedule, tally, schedule->monitor(recipe->schedule.opts),
                    yk_yaml_get(yk_yaml_get(recipe->root, "schedule"), schedule->name)));
    if (recipe->has_early_stopping) {
        YK_TRY(
            find(&watch->stopping, tally, recipe->early_stopping.monitor, yk_yaml_get(recipe->root, "early_stopping")));
        watch->best = watch->stopping;
    }
    return YK_OK;
}

static double value_of(const yk_monitor *m, const yk_scores *dev)
{
    return m->value < 0 ? dev->loss : dev->value[m->value];
}

/* Whether `value` is better than `best` by more than `margin`; any number is better than none. */
static bool is_better(const yk_monitor *m, double value, double best, double margin)
{
    if (isnan(best))
        return !isnan(value);
    return m->rises ? value > best + margin : value < best - margin;
}

bool yk_watch_best(const yk_watch *watch, const yk_scores *dev, yk_state *state)
{
    const double value = value_of(&watch->best, dev);
    if (state->best_step >= 0 && !is_better(&watch->best, value, state->best, 0))
        return false;
    snprintf(state->metric, sizeof state->metric, "%s", watch->best.name);
    state->best = value;
    state->best_step = state->step;
    return true;
}

yk_watched yk_watch_seen(const yk_state *s)
{
    return (yk_watched){ s->plateau_seen, s->plateau_best, s->plateau_bad, s->plateau_cooldown, s->plateau_factor };
}

static void observe_stopping(const yk_watch *watch, const yk_early_stopping *o, double value, yk_state *s)
{
    const bool better = s->stopping_seen == 0 || is_better(&watch->stopping, value, s->stopping_best, o->min_delta);
    s->stopping_seen++;
    s->stopping_bad = better ? 0 : s->stopping_bad + 1;
    if (better)
        s->stopping_best = value;
    s->stopped = s->stopping_bad >= o->patience;
}

void yk_watch_epoch(const yk_watch *watch, const yk_recipe *recipe, double lr, const yk_scores *dev, yk_state *state)
{
    const yk_schedule *schedule = recipe->schedule.entry;
    if (schedule->observe) {
        yk_watched w = yk_watch_seen(state);
        schedule->observe(recipe->schedule.opts, lr, value_of(&watch->schedule, dev), watch->schedule.rises, &w);
        state->plateau_seen = w.seen;
        state->plateau_best = w.best;
        state->plateau_bad = w.bad;
        state->plateau_cooldown = w.cooldown;
        state->plateau_factor = w.factor;
    }
    if (recipe->has_early_stopping)
        observe_stopping(watch, &recipe->early_stopping, value_of(&watch->stopping, dev), state);
}
