/* SPDX-License-Identifier: Apache-2.0 */
/* Schedules at chosen points; lr is 2, an epoch has 10 steps, training 100. */
#include <math.h>

#include "core/error.h"
#include "optim/optim.h"
#include "test.h"

#define OPTS_MAX 1024

/* Options from "name=value,name=value": periods contain blanks, and a list's commas are written as ;. */
static yk_status parse(const yk_schedule *schedule, const char *text, void *opts)
{
    char name[64], value[64];
    int used;
    YK_TRY(yk_option_defaults(schedule->opts, opts));
    for (; sscanf(text, " %63[^=]=%63[^,]%n", name, value, &used) == 2; text += used + (text[used] == ',')) {
        const yk_option *option;
        for (char *c = value; (c = strchr(c, ';'));)
            *c = ',';
        YK_TRY(yk_option_find(schedule->opts, schedule->name, name, &option));
        YK_TRY(yk_option_set(option, opts, value));
    }
    return YK_OK;
}

static void test_learning_rates(void)
{
    static const struct {
        const char *name, *opts;
        int64_t step;
        double lr;
    } cases[] = {
        { "constant", "", 0, 2 },
        { "constant", "", 99, 2 },
        { "constant", "warmup=3 steps", 0, 0.5 },
        { "constant", "warmup=3 steps", 2, 1.5 },
        { "constant", "warmup=3 steps", 3, 2 },
        { "constant", "warmup=1 epoch", 9, 2.0 * 10 / 11 },
        { "constant", "warmup=1 epoch", 10, 2 },
        { "step", "every=30 steps", 0, 2 },
        { "step", "every=30 steps", 29, 2 },
        { "step", "every=30 steps", 30, 0.2 },
        { "step", "every=30 steps", 60, 0.02 },
        { "step", "every=3 epochs,factor=0.5", 59, 1 },
        { "step", "every=3 epochs,factor=0.5", 60, 0.5 },
        { "step", "every=30 steps,warmup=5 steps", 0, 2.0 / 6 },
        { "step", "every=30 steps,warmup=5 steps", 34, 2 },
        { "step", "every=30 steps,warmup=5 steps", 35, 0.2 },
        { "step", "every=none", 99, 2 },
        { "cosine", "", 0, 2 },
        { "cosine", "", 25, 1.7071067811865475 },
        { "cosine", "", 50, 1 },
        { "cosine", "", 75, 0.2928932188134525 },
        { "cosine", "", 100, 0 },
        { "cosine", "", 200, 0 },
        { "cosine", "final=0.1", 50, 1.1 },
        { "cosine", "final=0.1", 100, 0.2 },
        { "cosine", "warmup=2 epochs", 0, 2.0 / 21 },
        { "cosine", "warmup=2 epochs", 20, 2 },
        { "cosine", "warmup=2 epochs", 60, 1 },
        { "cosine", "warmup=2 epochs", 100, 0 },
        { "cosine", "warmup=20 epochs", 99, 2.0 * 100 / 201 },
        { "multistep", "milestones=[2;4],warmup=10 steps", 4, 2.0 * 5 / 11 },
        { "multistep", "milestones=[2;4],warmup=10 steps", 29, 2 },
        { "multistep", "milestones=[2;4],warmup=10 steps", 30, 0.2 },
        { "multistep", "milestones=[0;0],every=none", 99, 0.02 },
        { "exponential", "gamma=0.5,warmup=1 epoch", 20, 1 },
        { "exponential", "gamma=0.5,every=none", 99, 2 },
        { "inverse_time", "decay=1,warmup=1 epoch", 20, 1 },
        { "polynomial", "warmup=20 steps", 60, 1 },
        { "polynomial", "power=0", 100, 2 },
        { "cosine_restarts", "t0=1 epoch,warmup=5 steps", 15, 2 },
        { "cosine_restarts", "t0=none", 50, 2 },
        { "one_cycle", "warmup=20 steps,anneal=linear,pct_start=0.5,div=2", 59, 2 },
        { "one_cycle", "pct_start=0", 99, 2 / 25e4 },
        { "one_cycle", "pct_start=1", 99, 2 },
        { "plateau", "warmup=3 steps", 0, 0.5 },
        { "plateau", "warmup=3 steps", 50, 2 },
    };
    for (int i = 0; i < LEN(cases); i++) {
        const yk_schedule *schedule;
        _Alignas(16) char opts[OPTS_MAX] = { 0 };
        MUST(yk_schedule_find(cases[i].name, &schedule));
        MUST(parse(schedule, cases[i].opts, opts));
        yk_progress p = { .step = cases[i].step, .steps = 100, .steps_per_epoch = 10 };
        double lr = yk_schedule_lr(schedule, opts, 2, &p);
        if (!(fabs(lr - cases[i].lr) <= 1e-15))
            FAIL_CASE(cases[i].opts, "%s, step %d: %.17g, not %.17g", cases[i].name, (int)p.step, lr, cases[i].lr);
    }
}

static const struct golden {
    const char *name, *opts;
    double lr[100];
} golden[] = {
#include "golden/schedule.inc"
};

/* Rate of step i, or what plateau makes of value i; *watched goes on from value to value. */
static double rate(const yk_schedule *schedule, const void *opts, bool rises, int i, yk_watched *watched)
{
    const yk_progress p = { .step = i, .steps = 100, .steps_per_epoch = 10, .watched = watched };
    if (schedule->observe)
        schedule->observe(opts, 2, 37 * i % 97 / 97.0 + 4.0 / (i + 1), rises, watched);
    return yk_schedule_lr(schedule, opts, 2, &p);
}

static void test_follows_pytorch_for_100_steps(void)
{
    for (int k = 0; k < LEN(golden); k++) {
        const yk_schedule *schedule;
        _Alignas(16) char opts[OPTS_MAX] = { 0 };
        yk_watched watched = { 0 };
        const bool rises = strncmp(golden[k].opts, "rises ", 6) == 0;
        MUST(yk_schedule_find(golden[k].name, &schedule));
        MUST(parse(schedule, golden[k].opts + (rises ? 6 : 0), opts));
        for (int i = 0; i < 100; i++) {
            const double lr = rate(schedule, opts, rises, i, &watched), want = golden[k].lr[i];
            if (!(fabs(lr - want) <= 2e-14 * (want + 1e-4))) {
                FAIL_CASE(golden[k].opts, "%s, step %d: %.17g, not %.17g", golden[k].name, i, lr, want);
                break;
            }
        }
    }
}

static void test_plateau_and_nan(void)
{
    const yk_schedule *schedule;
    _Alignas(16) char opts[OPTS_MAX] = { 0 };
    yk_watched w = { 0 };
    MUST(yk_schedule_find("plateau", &schedule));
    MUST(parse(schedule, "patience=1,factor=0.5", opts));
    CU_ASSERT_STRING_EQUAL(schedule->monitor(opts), "loss");
    schedule->observe(opts, 1, NAN, false, &w);
    CU_ASSERT(w.seen == 1 && w.factor == 1);
    schedule->observe(opts, 1, 5, false, &w); /* any number is better than none */
    CU_ASSERT(w.best == 5 && w.bad == 0);
    schedule->observe(opts, 1, NAN, false, &w);
    schedule->observe(opts, 1, NAN, false, &w);
    CU_ASSERT(w.best == 5 && w.factor == 0.5);
    schedule->observe(opts, 0, 9, false, &w); /* an lr of 0 stays */
    schedule->observe(opts, 0, 9, false, &w);
    CU_ASSERT(w.factor == 0.5);
}

static void test_no_schedule_leaves_lr(void)
{
    yk_progress p = { .step = 3, .steps = 100, .steps_per_epoch = 10 };
    CU_ASSERT(yk_schedule_lr(NULL, NULL, 0.3, &p) == 0.3);
}

static void test_tables_are_complete(void)
{
    for (const yk_schedule *const *s = yk_schedule_table; *s; s++) {
        const yk_schedule *found;
        const yk_option *warmup;
        CU_ASSERT((*s)->opts_size <= OPTS_MAX);
        MUST(yk_schedule_find((*s)->name, &found));
        CU_ASSERT(found == *s);
        MUST(yk_option_find((*s)->opts, (*s)->name, "warmup", &warmup));
        CU_ASSERT(warmup->offset == 0 && warmup->type == YK_OPT_PERIOD);
        CU_ASSERT(strlen((*s)->doc) > 0);
        CU_ASSERT(!(*s)->monitor == !(*s)->observe);
    }
}

static void test_unknown_names(void)
{
    const yk_schedule *s;
    CU_ASSERT(yk_schedule_find("cosin", &s) == YK_ERR_ARG);
    CU_ASSERT_STRING_EQUAL(
        yk_error_text(),
        "no schedule is called \"cosin\" (did you mean \"cosine\"?); there are constant, step, cosine, "
        "multistep, exponential, inverse_time, polynomial, cosine_restarts, one_cycle, plateau");
}

static void test_periods_in_steps(void)
{
    CU_ASSERT(yk_period_steps(&(yk_period){ YK_NEVER, 0 }, 10) == 0);
    CU_ASSERT(yk_period_steps(&(yk_period){ YK_STEPS, 7 }, 10) == 7);
    CU_ASSERT(yk_period_steps(&(yk_period){ YK_EPOCHS, 7 }, 10) == 70);
}

int main(void)
{
    static const yk_test tests[] = {
        { "learning rates", test_learning_rates },
        { "follows PyTorch for 100 steps", test_follows_pytorch_for_100_steps },
        { "plateau and NaN", test_plateau_and_nan },
        { "no schedule leaves lr", test_no_schedule_leaves_lr },
        { "tables are complete", test_tables_are_complete },
        { "unknown names", test_unknown_names },
        { "periods in steps", test_periods_in_steps },
        { 0 },
    };
    return yk_test_main("optim/schedule", tests);
}
