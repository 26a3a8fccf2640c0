/* SPDX-License-Identifier: Apache-2.0 */
/* Optimizers, schedules, clipping. An optimizer is one file with one constant struct and one line of
 * optimizer_list.h; a schedule likewise (schedule_list.h). All work on any range of elements of the parameter vector,
 * so an update can be shared out among ranks. */
#ifndef YK_OPTIM_OPTIM_H
#define YK_OPTIM_OPTIM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/option.h"
#include "yoke/status.h"

#define YK_MAX_SLOTS 4

/** One update of n elements: parameters w and slots are changed in place, by the gradient g (summed, penalised,
 *  clipped), which an optimizer with layer-wise rates may change, too. */
typedef struct yk_update {
    int64_t n;
    float *g;
    float *w;
    float *slot[YK_MAX_SLOTS];
    double lr;    /**< of this step, schedule included */
    int64_t step; /**< 1 for the first update */
    bool adapts;  /**< the elements are of a parameter that has a rate of its own: one of two dimensions or more */
    double ratio; /**< then what the optimizer's ratio() gave; else 1 */
} yk_update;

typedef struct yk_optimizer {
    const char *name, *doc; /**< doc: the formula, one line */
    size_t opts_size;
    const yk_option *opts;          /**< an option `lr` (REAL) is among them */
    size_t lr_offset;               /**< of the double `lr` in the options' struct */
    const char *slot[YK_MAX_SLOTS]; /**< names in checkpoints: "m", "v" */
    int (*slots)(const void *opts); /**< how many of them are used with these options */
    void (*update)(const void *opts, const yk_update *u);
    /** Of an optimizer with layer-wise rates (else NULL): the factor on a parameter's lr from the norms of the whole
     *  parameter and of what `direction` left in g. */
    double (*ratio)(const void *opts, double w, double g);
    /** Comes before the norms are taken: may move the slots on and leave in g what `update` steps along. NULL: g stays
     *  the gradient. */
    void (*direction)(const void *opts, const yk_update *u);
} yk_optimizer;

extern const yk_optimizer *const yk_optimizer_table[]; /**< ended by NULL */
YK_MUST_CHECK yk_status yk_optimizer_find(const char *name, const yk_optimizer **out);

/** What a schedule that watches a value keeps; part of a checkpoint. All zero at the start. */
typedef struct yk_watched {
    int64_t seen;     /**< values so far; 0: the others mean nothing yet */
    double best;      /**< of them */
    int64_t bad;      /**< values since the best one, or since the rate was last lowered */
    int64_t cooldown; /**< values that do not count yet */
    double factor;    /**< on the optimizer's lr */
} yk_watched;

/** Where in training a step is. */
typedef struct yk_progress {
    int64_t step;  /**< 0 for the first update */
    int64_t steps; /**< of the whole training */
    int64_t steps_per_epoch;
    const yk_watched *watched; /**< of a schedule that watches; NULL: nothing seen yet */
} yk_progress;

typedef struct yk_schedule {
    const char *name, *doc;
    size_t opts_size;
    const yk_option *opts;
    /** Factor on the optimizer's lr. `p` counts steps after the warm-up: p->step = 0 is the first one after it, and
     *  p->steps those that remain after it. */
    double (*factor)(const void *opts, const yk_progress *p);
    /** The two of a schedule that watches a value of each epoch (else NULL): its name, "loss" or a metric's; and the
     *  value itself, larger being better where it `rises`; lr is the optimizer's. */
    const char *(*monitor)(const void *opts);
    void (*observe)(const void *opts, double lr, double value, bool rises, yk_watched *watched);
} yk_schedule;

extern const yk_schedule *const yk_schedule_table[];
YK_MUST_CHECK yk_status yk_schedule_find(const char *name, const yk_schedule **out);

/** Option `warmup` (a period), which every schedule has beside its own: the first options of each schedule's struct. */
typedef struct yk_schedule_base {
    yk_period warmup; /**< the factor rises linearly: (step+1)/(warmup+1) of the schedule's first value */
} yk_schedule_base;
#define YK_SCHEDULE_WARMUP                                                                                             \
    {                                                                                                                  \
        "warmup", YK_OPT_PERIOD, offsetof(yk_schedule_base, warmup), "none", 0, 0, NULL,                               \
            "linear warm-up before the schedule: \"500 steps\", \"1 epoch\""                                           \
    }

/** Steps of a period: epochs times steps_per_epoch. */
int64_t yk_period_steps(const yk_period *period, int64_t steps_per_epoch);

/** Periods of `every` that are over (none: 0): a whole number, or with `smooth` what has passed of one counts too. */
double yk_periods_done(const yk_period *every, bool smooth, const yk_progress *p);

/** Half a cosine, or with `linear` a line, from `from` down (or up) to `to` while `part` goes from 0 to 1. */
double yk_anneal(double from, double to, double part, bool linear);

/** Learning rate of a step: lr times warm-up times the schedule's factor. schedule NULL: lr. */
double yk_schedule_lr(const yk_schedule *schedule, const void *opts, double lr, const yk_progress *p);

/** Gradient clipping, `clip:` of a recipe; 0 means none. */
typedef struct yk_clip {
    double norm;  /**< the global norm is scaled down to this */
    double value; /**< every element is cut to [-value, value] */
} yk_clip;
extern const yk_option yk_clip_options[];

/** Sums of squares (what = 2) or sizes (what = 1) of n elements cut into quanta: piece i is elements cut[i] ..
 *  cut[i+1]-1 of x; out[i] gets its sum. The sum over quanta is the tree's (comm/tree.h): bits do not depend on who
 *  computes which quantum. */
void yk_norm_quanta(int what, int64_t pieces, const int64_t *cut, const float *x, float *out);

/** Factor on the gradient for a global norm whose square is `square`: norm / sqrt(square), at most 1. */
float yk_clip_factor(const yk_clip *clip, float square);

/** g = clip(factor g) for n elements. */
void yk_clip_apply(const yk_clip *clip, float factor, int64_t n, float *g);

#endif
