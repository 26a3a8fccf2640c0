/* SPDX-License-Identifier: Apache-2.0 */
/* Counting: argmax, accuracy of classes and of binary outputs, confusion. */
#include <math.h>

#include "test.h"
#include "train/metrics.h"

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

static void test_accuracy(void)
{
    static const float logits[] = { 1, 2, 0, /**/ 5, 1, 1, /**/ 0, 0, 1, /**/ 3, 4, 5 };
    static const int32_t label[] = { 1, 0, 0, 2 };
    static const int32_t ignored[] = { YK_IGNORED, 0, 0, YK_IGNORED };
    static const float shares[] = { 0.1f, 0.7f, 0.2f, /**/ 0.1f, 0.2f, 0.7f };
    static const float binary[] = { 0.5f, -0.1f, 0, 2 }, target[] = { 1, 0, 0, 0 };
    static const struct {
        const char *label;
        yk_scored scored;
        double want;
    } cases[] = {
        { "classes", { 4, 3, logits, label, NULL, false }, 0.75 },
        { "one class right", { 1, 3, logits, label, NULL, false }, 1 },
        { "binary, 0 is the lower side", { 4, 1, binary, NULL, target, false }, 0.75 },
        { "ignored labels do not count", { 4, 3, logits, ignored, NULL, false }, 0.5 },
        { "distributions", { 2, 3, logits, NULL, shares, true }, 0.5 },
        { "several outputs a sample", { 2, 2, binary, NULL, target, false }, 0.75 },
    };
    const yk_metric *accuracy;
    MUST(yk_metric_find("accuracy", &accuracy));
    for (int i = 0; i < LEN(cases); i++) {
        int64_t count[YK_METRIC_COUNTS] = { 0 };
        accuracy->count(&cases[i].scored, count);
        if (accuracy->value(count) != cases[i].want)
            FAIL_CASE(cases[i].label, "got %g\n", accuracy->value(count));
    }
    int64_t none[YK_METRIC_COUNTS] = { 0 };
    CU_ASSERT(isnan(accuracy->value(none)));
    CU_ASSERT(yk_metric_find("acuracy", &accuracy) == YK_ERR_RECIPE);
    CU_ASSERT_PTR_NOT_NULL(strstr(yk_error_text(), "did you mean \"accuracy\""));
}

static void test_confusion(void)
{
    static const float logits[] = { 1, 0, /**/ 0, 1, /**/ 0, 1, /**/ 0, 1 };
    static const int32_t label[] = { 0, 0, 1, YK_IGNORED };
    const yk_scored s = { 4, 2, logits, label, NULL, false };
    int64_t counts[4] = { 0 };
    yk_confusion_add(&s, counts);
    CU_ASSERT(counts[0] == 1 && counts[1] == 1 && counts[2] == 0 && counts[3] == 1);
}

int main(void)
{
    static const yk_test tests[] = {
        { "argmax", test_argmax },
        { "accuracy", test_accuracy },
        { "confusion", test_confusion },
        { 0 },
    };
    return yk_test_main("train/metrics", tests);
}
