/* SPDX-License-Identifier: Apache-2.0 */
/* Optimizers: their table, PyTorch's numbers over 100 steps, and updates of any range by any number of threads. */
#include <math.h>

#include "core/cpu.h"
#include "core/error.h"
#include "core/mem.h"
#include "core/num.h"
#include "kernels/kernels.h"
#include "optim/optim.h"
#include "test.h"

#define PARAMETERS 7
#define OPTS_MAX 256

/* Options from "name=value name=value". */
static yk_status parse(const char *owner, const yk_option *table, const char *text, void *opts)
{
    char name[64], value[64];
    int used;
    YK_TRY(yk_option_defaults(table, opts));
    for (; sscanf(text, " %63[^=]=%63s%n", name, value, &used) == 2; text += used) {
        const yk_option *option;
        YK_TRY(yk_option_find(table, owner, name, &option));
        YK_TRY(yk_option_set(option, opts, value));
    }
    return YK_OK;
}

static void test_tables_are_complete(void)
{
    for (const yk_optimizer *const *o = yk_optimizer_table; *o; o++) {
        const yk_option *lr;
        const yk_optimizer *found;
        _Alignas(16) char opts[OPTS_MAX] = { 0 };
        CU_ASSERT_FATAL((*o)->opts_size <= OPTS_MAX);
        MUST(yk_optimizer_find((*o)->name, &found));
        CU_ASSERT(found == *o);
        MUST(yk_option_find((*o)->opts, (*o)->name, "lr", &lr));
        CU_ASSERT(lr == (*o)->opts); /* a scalar in a recipe stands for the first option */
        CU_ASSERT(lr->type == YK_OPT_REAL && lr->offset == (*o)->lr_offset);
        CU_ASSERT(strlen((*o)->doc) > 0);
        MUST(parse((*o)->name, (*o)->opts, "", opts));
        for (int i = 0; i < (*o)->slots(opts); i++)
            CU_ASSERT((*o)->slot[i] != NULL);
    }
}

static void test_unknown_names(void)
{
    const yk_optimizer *o;
    CU_ASSERT(yk_optimizer_find("adan", &o) == YK_ERR_ARG);
    CU_ASSERT(o == NULL);
    CU_ASSERT_STRING_EQUAL(yk_error_text(),
                           "no optimizer is called \"adan\" (did you mean \"adam\"?); there are sgd, adagrad, "
                           "adadelta, rmsprop, adam, adamw, adamax, nadam, lars, lamb");
    CU_ASSERT(yk_optimizer_find("lion's tail", &o) == YK_ERR_ARG);
    CU_ASSERT_STRING_EQUAL(yk_error_text(), "no optimizer is called \"lion's tail\"; there are sgd, adagrad, adadelta, "
                                            "rmsprop, adam, adamw, adamax, nadam, lars, lamb");
}

static void test_options_out_of_range(void)
{
    static const struct {
        const char *name, *opts, *text;
    } cases[] = {
        { "sgd", "momentum=-1", "momentum" },     { "sgd", "lr=-0.1", "lr" },
        { "adam", "beta1=1", "beta1" },           { "adam", "beta2=1.5", "beta2" },
        { "adamw", "epsilon=x", "epsilon" },      { "rmsprop", "rho=1.1", "rho" },
        { "adagrad", "lr_decay=-1", "lr_decay" }, { "adadelta", "rho=-0.1", "rho" },
        { "adamax", "beta2=1", "beta2" },         { "nadam", "decoupled=1", "decoupled" },
        { "adam", "amsgrad=maybe", "amsgrad" },   { "lars", "trust=-1", "trust" },
        { "lamb", "amsgrad=true", "amsgrad" },
    };
    for (int i = 0; i < LEN(cases); i++) {
        const yk_optimizer *o;
        _Alignas(16) char opts[OPTS_MAX];
        MUST(yk_optimizer_find(cases[i].name, &o));
        if (parse(o->name, o->opts, cases[i].opts, opts) != YK_ERR_ARG || !strstr(yk_error_text(), cases[i].text))
            FAIL_CASE(cases[i].opts, "%s", yk_error_text());
    }
}

static void test_slots_that_the_options_need(void)
{
    static const struct {
        const char *name, *opts;
        int slots;
    } cases[] = { { "sgd", "lr=1", 0 },
                  { "sgd", "lr=1 momentum=0.9", 1 },
                  { "sgd", "lr=1 nesterov=true", 0 },
                  { "adam", "", 2 },
                  { "adamw", "", 2 },
                  { "adamw", "amsgrad=true", 3 },
                  { "adagrad", "", 1 },
                  { "rmsprop", "", 1 },
                  { "rmsprop", "momentum=0.9", 2 },
                  { "rmsprop", "centered=true", 3 },
                  { "lars", "lr=1", 1 },
                  { "lars", "lr=1 momentum=0", 0 },
                  { "lamb", "", 2 } };
    for (int i = 0; i < LEN(cases); i++) {
        const yk_optimizer *o;
        _Alignas(16) char opts[OPTS_MAX];
        MUST(yk_optimizer_find(cases[i].name, &o));
        MUST(parse(o->name, o->opts, cases[i].opts, opts));
        if (o->slots(opts) != cases[i].slots)
            FAIL_CASE(cases[i].opts, "%d slots", o->slots(opts));
    }
}

static double lr_of(const yk_optimizer *o, const void *opts)
{
    double lr;
    memcpy(&lr, (const char *)opts + o->lr_offset, sizeof lr);
    return lr;
}

static float start(int64_t i)
{
    return (float)(7 * i % 11 - 5) / 4;
}

static float gradient(int64_t step, int64_t i)
{
    return (float)((37 * step + 101 * i + 13 * step * i) % 97 - 48) / 32;
}

static const int steps[] = { 1, 10, 100 };
static const struct golden {
    const char *name, *opts;
    double w[3][PARAMETERS];
} golden[] = {
#include "golden/optim.inc"
};

/* One step on n elements, in ranges of `cut`, as one parameter of two dimensions. */
static void step_by(const yk_optimizer *o, const void *opts, yk_update whole, int64_t cut)
{
    const int64_t n = whole.n;
    yk_update u[64];
    CU_ASSERT_FATAL(n <= cut * LEN(u));
    for (int64_t first = 0, i = 0; first < n; first += cut, i++) {
        u[i] = whole;
        u[i].n = yk_min(cut, n - first);
        u[i].g += first;
        u[i].w += first;
        for (int s = 0; s < o->slots(opts); s++)
            u[i].slot[s] += first;
        if (o->direction)
            o->direction(opts, &u[i]);
    }
    for (int64_t i = 0; i * cut < n; i++) {
        if (o->ratio && i == 0) { /* before anything is updated */
            const double square_w = (double)yk_k->sum_of_squares(n, whole.w);
            whole.ratio = o->ratio(opts, sqrt(square_w), sqrt((double)yk_k->sum_of_squares(n, whole.g)));
        }
        u[i].ratio = o->ratio ? whole.ratio : 1;
        o->update(opts, &u[i]);
    }
}

static void follow(const struct golden *c)
{
    const yk_optimizer *o;
    _Alignas(16) char opts[OPTS_MAX];
    float w[PARAMETERS], g[PARAMETERS], slot[YK_MAX_SLOTS][PARAMETERS] = { { 0 } };
    MUST(yk_optimizer_find(c->name, &o));
    MUST(parse(o->name, o->opts, c->opts, opts));
    for (int i = 0; i < PARAMETERS; i++)
        w[i] = start(i);
    for (int step = 1, k = 0; k < LEN(steps); step++) {
        for (int i = 0; i < PARAMETERS; i++)
            g[i] = gradient(step, i);
        yk_update u = { .n = PARAMETERS, .g = g, .w = w, .lr = lr_of(o, opts), .step = step, .adapts = o->ratio };
        for (int s = 0; s < o->slots(opts); s++)
            u.slot[s] = slot[s];
        step_by(o, opts, u, PARAMETERS);
        if (step != steps[k])
            continue;
        for (int i = 0; i < PARAMETERS; i++)
            if (!(fabs((double)w[i] - c->w[k][i]) <= 2e-6 * (1 + fabs(c->w[k][i]))))
                FAIL_CASE(c->opts, "%s, step %d: w[%d] = %.9g, not %.9g", c->name, step, i, (double)w[i], c->w[k][i]);
        k++;
    }
}

static void test_follows_pytorch_for_100_steps(void)
{
    for (int i = 0; i < LEN(golden); i++)
        follow(&golden[i]);
}

/* Three steps on n parameters, cut into ranges at `cut`. */
static void three_steps(const struct golden *c, int64_t n, int64_t cut, float *w, float *slots)
{
    const yk_optimizer *o;
    _Alignas(16) char opts[OPTS_MAX];
    float *g;
    MUST(yk_alloc(&g, n, sizeof *g));
    MUST(yk_optimizer_find(c->name, &o));
    MUST(parse(o->name, o->opts, c->opts, opts));
    memset(slots, 0, (size_t)(YK_MAX_SLOTS * n) * sizeof *slots);
    for (int64_t i = 0; i < n; i++)
        w[i] = start(i);
    for (int step = 1; step <= 3; step++) {
        for (int64_t i = 0; i < n; i++)
            g[i] = gradient(step, i);
        yk_update u = { .n = n, .g = g, .w = w, .lr = 0.1, .step = step, .adapts = o->ratio };
        for (int s = 0; s < o->slots(opts); s++)
            u.slot[s] = slots + s * n;
        step_by(o, opts, u, cut);
    }
    yk_free(g);
}

static void test_ranges_and_threads_give_the_same_bits(void)
{
    enum { N = 50001 };
    static const int64_t cuts[] = { N, 801, 1017, 4096, 30000 };
    static float want[N], got[N], slots[YK_MAX_SLOTS * N];
    for (int i = 0; i < LEN(golden); i++) {
        yk_threads_set(1);
        three_steps(&golden[i], N, N, want, slots);
        for (int c = 0; c < LEN(cuts); c++) {
            yk_threads_set(1 + c % 3);
            three_steps(&golden[i], N, cuts[c], got, slots);
            if (memcmp(want, got, sizeof want) != 0)
                FAIL_CASE(golden[i].opts, "%s: other bits in ranges of %d", golden[i].name, (int)cuts[c]);
        }
    }
}

int main(void)
{
    static const yk_test tests[] = {
        { "tables are complete", test_tables_are_complete },
        { "unknown names", test_unknown_names },
        { "options out of range", test_options_out_of_range },
        { "slots that the options need", test_slots_that_the_options_need },
        { "follows PyTorch for 100 steps", test_follows_pytorch_for_100_steps },
        { "ranges and threads give the same bits", test_ranges_and_threads_give_the_same_bits },
        { 0 },
    };
    if (yk_kernels_choose(NULL) != YK_OK)
        return 2;
    return yk_test_main("optim/optimizer", tests);
}
