/* SPDX-License-Identifier: Apache-2.0 */
/* Metrics against NumPy, over tables of outputs; and the same bits however the rows are cut. */
#include <math.h>

#include "metrics/pick.h"

typedef struct table {
    const char *label;
    yk_scored_kind kind;
    int64_t rows, cols;
    const float *output;
    const int32_t *labels;
    const float *target;
} table;

typedef struct measure {
    int table;
    const char *metric, *options;
    int n;
    const double *want;
    double error;
} measure;

#include "../golden/metrics.inc"

/* Rows first..last-1 of a table. */
static yk_scored rows_of(const table *t, int64_t first, int64_t last)
{
    yk_scored s = { .kind = t->kind, .rows = last - first, .cols = t->cols, .output = t->output + first * t->cols };
    if (t->labels)
        s.label = t->labels + first;
    else
        s.target = t->target + first * t->cols;
    return s;
}

static bool same(double a, double b, double error)
{
    return isnan(b) ? isnan(a) : fabs(a - b) <= error;
}

static void test_values(void)
{
    for (int i = 0; i < LEN(measures); i++) {
        const measure *m = &measures[i];
        const table *t = &tables[m->table];
        const yk_metric *metric;
        void *opts = pick_metric(m->metric, m->options, &metric);
        const yk_scored all = rows_of(t, 0, t->rows);
        CU_ASSERT(metric->kinds & 1u << t->kind);
        CU_ASSERT(!metric->check || metric->check(opts, &all) == YK_OK);
        const int64_t n = metric->counts(opts, &all);
        int64_t *count = calloc((size_t)n, sizeof *count), *pieces = calloc((size_t)n, sizeof *pieces);
        metric->count(opts, &all, count);
        for (int64_t r = t->rows; r > 0; r -= 3) { /* from the end, in threes */
            const yk_scored some = rows_of(t, r > 3 ? r - 3 : 0, r);
            metric->count(opts, &some, pieces);
        }
        CU_ASSERT((metric->columns ? metric->columns(opts, &all) : 1) == m->n);
        for (int c = 0; c < m->n; c++) {
            const double got = metric->value(opts, &all, count, c), cut = metric->value(opts, &all, pieces, c);
            if (!same(got, m->want[c], m->error))
                FAIL_CASE(t->label, "%s %s, value %d: %.17g, want %.17g\n", m->metric, m->options, c, got, m->want[c]);
            if (memcmp(&got, &cut, sizeof got) != 0 && !(isnan(got) && isnan(cut)))
                FAIL_CASE(t->label, "%s %s: %.17g, in pieces %.17g\n", m->metric, m->options, got, cut);
        }
        free(count);
        free(pieces);
        free(opts);
    }
}

/* A metric's value for rows. */
static double value_of(const char *name, const char *options, const yk_scored *s)
{
    const yk_metric *metric;
    void *opts = pick_metric(name, options, &metric);
    int64_t *count = calloc((size_t)metric->counts(opts, s), sizeof *count);
    metric->count(opts, s, count);
    const double value = metric->value(opts, s, count, 0);
    free(count);
    free(opts);
    return value;
}

/* Rows of weight 0 and of labels below 0 count nowhere; of nothing, every metric is NaN. */
static void test_rows_that_do_not_count(void)
{
    for (const yk_metric *const *m = yk_metric_table; *m; m++) {
        for (int i = 0; i < LEN(tables); i++) {
            if (!((*m)->kinds & 1u << tables[i].kind) || tables[i].rows < 5 || tables[i].cols < 2)
                continue;
            float weight[128];
            int32_t label[128];
            yk_scored s = rows_of(&tables[i], 0, tables[i].rows);
            const yk_scored part = rows_of(&tables[i], 2, tables[i].rows - 1);
            const char *options = strcmp((*m)->name, "top_k") ? "" : "k=2";
            for (int64_t r = 0; r < s.rows; r++) {
                const bool in = r >= 2 && r < s.rows - 1;
                weight[r] = in ? 0.25f + (float)r : 0;
                label[r] = in && s.label ? s.label[r] : -1;
            }
            s.weight = weight;
            s.each = 1;
            const double want = value_of((*m)->name, options, &part), got = value_of((*m)->name, options, &s);
            if (!same(got, want, 0))
                FAIL_CASE((*m)->name, "of %s by weight: %.17g, want %.17g\n", tables[i].label, got, want);
            s.weight = NULL;
            if (s.label) {
                s.label = label;
                if (!same(value_of((*m)->name, options, &s), want, 0))
                    FAIL_CASE((*m)->name, "of %s by label\n", tables[i].label);
            }
            s.rows = 0;
            if (!isnan(value_of((*m)->name, options, &s)))
                FAIL_CASE((*m)->name, "of nothing is %g\n", value_of((*m)->name, options, &s));
        }
    }
}

/* A sample's weight is that of all its rows. */
static void test_rows_of_a_sample(void)
{
    static const float logits[] = { 2, 1, /**/ 1, 2, /**/ 2, 1, /**/ 2, 1 }, weight[] = { 0, 3 };
    static const int32_t label[] = { 0, 1, 0, 1 };
    const yk_scored s = {
        .kind = YK_SCORED_CLASSES, .rows = 4, .cols = 2, .output = logits, .label = label, .weight = weight, .each = 2
    };
    CU_ASSERT(value_of("accuracy", "", &s) == 0.5);
}

/* Distributions as targets of classes: the largest share is the label. */
static void test_distributions(void)
{
    static const float logits[] = { 1, 2, 0, /**/ 5, 1, 1 }, target[] = { 0.2f, 0.5f, 0.3f, /**/ 0, 0, 1 };
    const yk_scored s = { .kind = YK_SCORED_CLASSES, .rows = 2, .cols = 3, .output = logits, .target = target };
    CU_ASSERT(value_of("accuracy", "", &s) == 0.5);
    CU_ASSERT(value_of("top_k", "k=3", &s) == 1);
}

/* What is not a number is no hit, and makes real metrics NaN. */
static void test_not_finite(void)
{
    static const float logits[] = { NAN, NAN, NAN, /**/ 1, NAN, 0 }, numbers[] = { 1, INFINITY }, target[] = { 1, 2 };
    static const int32_t label[] = { 1, 2 };
    const yk_scored classes = { .kind = YK_SCORED_CLASSES, .rows = 2, .cols = 3, .output = logits, .label = label };
    const yk_scored real = { .kind = YK_SCORED_NUMBERS, .rows = 2, .cols = 1, .output = numbers, .target = target };
    CU_ASSERT(value_of("accuracy", "", &classes) == 0);
    CU_ASSERT(value_of("top_k", "k=2", &classes) == 0);
    CU_ASSERT(isnan(value_of("roc_auc", "", &classes)));
    CU_ASSERT(isnan(value_of("rmse", "", &real)) && isnan(value_of("mae", "", &real)) &&
              isnan(value_of("r2", "", &real)));
}

/* The bound of roc_auc's bins: half the share of pairs whose logits (here below 4) are within 1/512. */
static void test_bins(void)
{
    enum { N = 2000 };
    static float x[N], t[N];
    uint32_t state = 1;
    for (int i = 0; i < N; i++) {
        state = state * 1664525u + 1013904223u;
        x[i] = (float)((state >> 8) % 65536) / 8192 - 4;
        t[i] = (float)((state >> 24) % 256) / 32 < x[i] + 4;
    }
    double won = 0, pairs = 0, close = 0;
    for (int i = 0; i < N; i++)
        for (int j = 0; j < N; j++)
            if (t[i] > t[j]) {
                won += x[i] > x[j] ? 1 : x[i] == x[j] ? 0.5 : 0;
                close += fabsf(x[i] - x[j]) < 1.0f / 512 && x[i] != x[j];
                pairs++;
            }
    const yk_scored s = { .kind = YK_SCORED_BINARY, .rows = N, .cols = 1, .output = x, .target = t };
    const double got = value_of("roc_auc", "", &s);
    if (fabs(got - won / pairs) > close / pairs / 2)
        FAIL_CASE("bins", "%.9f, exactly %.9f, bound %.9f\n", got, won / pairs, close / pairs / 2);
    CU_ASSERT(fabs(got - won / pairs) < 1e-5); /* pairs lost and won in a bin nearly cancel */
}

static void test_argmax(void)
{
    static const struct {
        const char *label;
        float x[4];
        int64_t n, want;
    } cases[] = {
        { "one", { 3 }, 1, 0 },
        { "last", { 1, 2, 3, 4 }, 4, 3 },
        { "first of equals", { 1, 5, 5, 2 }, 4, 1 },
        { "negative", { -3, -1, -2 }, 3, 1 },
        { "minus zero and zero are equal", { -0.0f, 0.0f }, 2, 0 },
    };
    for (int i = 0; i < LEN(cases); i++)
        if (yk_argmax(cases[i].n, cases[i].x) != cases[i].want)
            FAIL_CASE(cases[i].label, "got %d\n", (int)yk_argmax(cases[i].n, cases[i].x));
}

static void test_titles(void)
{
    static const struct {
        const char *metric, *options, *want;
        int64_t column;
    } cases[] = {
        { "top_k", "", "top_5", 0 },
        { "top_k", "k=12", "top_12", 0 },
        { "binary_accuracy", "", "binary_accuracy", 0 },
        { "binary_accuracy", "threshold=0.25", "binary_accuracy_at_0.25", 0 },
        { "f1", "", "f1_macro", 0 },
        { "recall", "average=micro", "recall_micro", 0 },
        { "precision", "average=none", "precision_3", 3 },
        { "f1", "average=weighted threshold=0.7", "f1_weighted_at_0.7", 0 },
    };
    for (int i = 0; i < LEN(cases); i++) {
        const yk_metric *metric;
        char text[YK_METRIC_NAME];
        void *opts = pick_metric(cases[i].metric, cases[i].options, &metric);
        metric->title(opts, cases[i].column, text);
        if (strcmp(text, cases[i].want) != 0)
            FAIL_CASE(cases[i].want, "it is called %s\n", text);
        free(opts);
    }
}

static void test_checks(void)
{
    const yk_scored four = { .kind = YK_SCORED_CLASSES, .cols = 4 }, many = { .kind = YK_SCORED_CLASSES, .cols = 33 };
    const yk_metric *metric;
    void *opts = pick_metric("top_k", "", &metric);
    CU_ASSERT(metric->check(opts, &four) == YK_ERR_ARG);
    CU_ASSERT(strstr(yk_error_text(), "k is 5, but there are 4 classes") != NULL);
    free(opts);
    opts = pick_metric("f1", "average=none", &metric);
    CU_ASSERT(metric->check(opts, &four) == YK_OK);
    CU_ASSERT(metric->check(opts, &many) == YK_ERR_ARG);
    free(opts);
    CU_ASSERT(yk_metric_find("acuracy", &metric) == YK_ERR_ARG);
    CU_ASSERT(strstr(yk_error_text(), "did you mean \"accuracy\"") != NULL);
}

int main(void)
{
    static const yk_test tests[] = {
        { "values", test_values },
        { "rows that do not count", test_rows_that_do_not_count },
        { "rows of a sample", test_rows_of_a_sample },
        { "distributions", test_distributions },
        { "not finite", test_not_finite },
        { "bins", test_bins },
        { "argmax", test_argmax },
        { "titles", test_titles },
        { "checks", test_checks },
        { 0 },
    };
    return yk_test_main("metrics/metrics", tests);
}
