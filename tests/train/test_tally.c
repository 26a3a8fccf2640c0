/* SPDX-License-Identifier: Apache-2.0 */
/* The tally of a recipe's metrics: names, parts, classes, what does not fit; and confusion. */
#include <math.h>
#include <stdlib.h>

#include "test.h"
#include "core/error.h"
#include "train/tally.h"

static const char recipe[] = "input: {x: 4, y: {classes: 3}}\nmodel: [dense: 3]\nloss: softmax_cross_entropy\n"
                             "metrics: %s\noptimizer: {sgd: 0.1}\ntrain: {steps: 1, batch: 1}\n";

static const float logits[] = { 1, 2, 0, /**/ 5, 1, 1, /**/ 0, 0, 1, /**/ 3, 4, 5 };
static const int32_t label[] = { 1, 0, 0, 2 };
static const yk_scored like = { .kind = YK_SCORED_CLASSES, .cols = 3 };

static yk_recipe *read(const char *metrics)
{
    char text[1024];
    yk_recipe *r;
    snprintf(text, sizeof text, recipe, metrics);
    MUST(yk_recipe_parse(&r, "r.yaml", text, 0, NULL));
    return r;
}

static void test_parts(void)
{
    yk_recipe *r = read("[accuracy, {top_k: 2}, {recall: {average: none}}, f1]");
    yk_tally t;
    yk_comm *self;
    double value[YK_MAX_SCORES];
    MUST(yk_comm_create_self(&self));
    MUST(yk_tally_create(&t, r, 1, &(yk_measured){ "loss", "softmax_cross_entropy", like }));
    static const char *const names[] = { "accuracy", "top_2", "recall_0", "recall_1", "recall_2", "f1_macro" };
    CU_ASSERT_FATAL(t.n == 4 && t.n_values == LEN(names));
    for (int i = 0; i < LEN(names); i++)
        CU_ASSERT_STRING_EQUAL(t.name[i], names[i]);

    yk_scored s = like;
    s.rows = 2, s.output = logits, s.label = label;
    yk_tally_add(&t, 0, &s);
    yk_tally_mark(&t);
    s.output += 6, s.label += 2;
    yk_tally_add(&t, 0, &s);
    MUST(yk_tally_since(&t, self, value));
    CU_ASSERT(value[0] == 0.5 && value[2] == 0 && value[4] == 1);
    MUST(yk_tally_values(&t, self, value));
    CU_ASSERT(value[0] == 0.75 && value[1] == 1 && value[2] == 0.5 && value[3] == 1);
    yk_tally_here(&t, value);
    CU_ASSERT(value[0] == 0.75);

    int entry[YK_MAX_METRICS];
    double of_class[2 * 3];
    CU_ASSERT_FATAL(yk_tally_classes(&t, entry, of_class) == 2);
    CU_ASSERT(entry[0] == 2 && entry[1] == 3);
    CU_ASSERT(of_class[0] == 0.5 && of_class[1] == 1 && fabs(of_class[3] - 2 / 3.0) < 1e-15);

    yk_tally_reset(&t);
    yk_tally_here(&t, value);
    CU_ASSERT(isnan(value[0]));
    yk_tally_destroy(&t);
    yk_recipe_destroy(&r);
    yk_comm_destroy(&self);
}

static void test_refused(void)
{
    static const struct {
        const char *metrics, *want;
        yk_scored_kind kind;
    } cases[] = {
        { "[accuracy, rmse]", "r.yaml:4:21: metric rmse needs a loss on numbers", YK_SCORED_CLASSES },
        { "[r2, accuracy]",
          "r.yaml:4:15: metric accuracy needs class labels or binary_cross_entropy, and the loss is L",
          YK_SCORED_NUMBERS },
        { "[binary_accuracy]", "metric binary_accuracy needs binary_cross_entropy", YK_SCORED_CLASSES },
        { "[top_k]", "r.yaml:4:11: top_k: k is 5, but there are 3 classes", YK_SCORED_CLASSES },
        { "[f1, accuracy, {f1: {average: macro}}]", "r.yaml:4:25: metric f1_macro is there twice", YK_SCORED_CLASSES },
        { "[accuracy, {f1: {of: frist}}]", "r.yaml:4:21: of: no loss is called \"frist\"", YK_SCORED_CLASSES },
    };
    for (int i = 0; i < LEN(cases); i++) {
        yk_recipe *r = read(cases[i].metrics);
        yk_tally t;
        yk_scored s = like;
        s.kind = cases[i].kind;
        if (yk_tally_create(&t, r, 1, &(yk_measured){ "first", "L", s }) != YK_ERR_RECIPE ||
            !strstr(yk_error_text(), cases[i].want))
            FAIL_CASE(cases[i].want, "%s\n", yk_error_text());
        yk_tally_destroy(&t);
        yk_recipe_destroy(&r);
    }
}

/* A metric measures the head that it names, by its kind, and its values are called after it. */
static void test_heads(void)
{
    static const yk_measured heads[] = { { "kinds", "softmax_cross_entropy", { .kind = YK_SCORED_CLASSES, .cols = 3 } },
                                         { "size", "huber", { .kind = YK_SCORED_NUMBERS, .cols = 1 } } };
    yk_recipe *r = read("[accuracy, {mae: {of: size}}, {f1: {of: kinds}}]");
    yk_tally t;
    double value[YK_MAX_SCORES];
    MUST(yk_tally_create(&t, r, LEN(heads), heads));
    CU_ASSERT_FATAL(t.n_values == 3);
    CU_ASSERT_STRING_EQUAL(t.name[0], "accuracy");
    CU_ASSERT_STRING_EQUAL(t.name[1], "mae_size");
    CU_ASSERT_STRING_EQUAL(t.name[2], "f1_macro_kinds");
    CU_ASSERT(yk_tally_measures(&t, 0) && yk_tally_measures(&t, 1));
    yk_scored s = heads[0].like, sizes = heads[1].like;
    s.rows = 4, s.output = logits, s.label = label;
    sizes.rows = 2, sizes.output = logits, sizes.target = (const float[]){ 3, 5 };
    yk_tally_add(&t, 0, &s);
    yk_tally_add(&t, 1, &sizes);
    yk_tally_here(&t, value);
    CU_ASSERT(value[0] == 0.75 && value[1] == 2.5);
    int entry[YK_MAX_METRICS];
    CU_ASSERT(yk_tally_classes(&t, entry, NULL) == 1 && entry[0] == 2);
    yk_tally_destroy(&t);
    yk_recipe_destroy(&r);
}

static void test_confusion(void)
{
    static const float two[] = { 1, 0, /**/ 0, 1, /**/ 0, 1, /**/ 0, 1 };
    static const int32_t labels[] = { 0, 0, 1, -1 };
    const yk_scored s = { .kind = YK_SCORED_CLASSES, .rows = 4, .cols = 2, .output = two, .label = labels };
    int64_t counts[4] = { 0 };
    yk_confusion_add(&s, counts);
    CU_ASSERT(counts[0] == 1 && counts[1] == 1 && counts[2] == 0 && counts[3] == 1);
}

int main(void)
{
    static const yk_test tests[] = {
        { "parts", test_parts },
        { "refused", test_refused },
        { "heads", test_heads },
        { "confusion", test_confusion },
        { 0 },
    };
    return yk_test_main("train/tally", tests);
}
