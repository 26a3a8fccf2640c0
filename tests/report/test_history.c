/* SPDX-License-Identifier: Apache-2.0 */
/* Logs: read, refused, joined to points; and the conclusions. */
#include <math.h>

#include "core/mem.h"
#include "report/folder.h"
#include "report/summary.h"

static const char log_text[] = HEADER "10,1,train,2,0,0.2,0.5,0.1,9\n"
                                      "14,1,train,1,0,0.4,0.6,0.1,9\n"
                                      "14,1,dev,1.25,,0.375,0.625,,\n"
                                      "20,2,train,0.5,0,0.8,nan,0.1,9\n"
                                      "28,2,train,0.25,0,0.9,1,0.1,9\n"
                                      "28,2,dev,1.5,,0.5,0.75,,\n"
                                      "30,3,train,0.125,0,1,1,0.1,9\n";

static void test_points(void)
{
    const folder f = make_folder(log_text);
    yk_history h;
    yk_point *p;
    int64_t n;
    put(&f, "status.json",
        "{\"state\": \"running\", \"exit_code\": -1, \"resumable\": true, \"step\": 28, \"steps\": 42}\n");
    MUST(yk_history_read(&h, f.path));
    CU_ASSERT(h.n_rows == 7 && h.n_measures == 3 && !h.is_curve);
    CU_ASSERT_STRING_EQUAL(h.state, "running");
    CU_ASSERT(h.step == 30 && h.steps == 42);
    CU_ASSERT_STRING_EQUAL(h.measure[2].name, "top_2");
    CU_ASSERT(h.measure[2].rises && h.measure[2].share && !h.measure[0].rises);
    MUST(yk_history_points(&h, &p, &n));
    CU_ASSERT_FATAL(n == 2);
    CU_ASSERT(p[0].at == 14 && p[0].epoch == 1 && p[0].has_dev && p[0].dev[0] == 1.25);
    CU_ASSERT(fabs(p[0].train[0] - (10 * 2 + 4 * 1) / 14.0) < 1e-12 && p[0].middle == 7.5);
    CU_ASSERT(fabs(p[1].train[0] - (6 * 0.5 + 8 * 0.25) / 14.0) < 1e-12);
    CU_ASSERT(p[1].train[2] == 1 && p[1].dev[2] == 0.75); /* the NaN is left out */
    yk_free(p);
    yk_history_free(&h);
    remove_folder(&f);
}

/* Without dev: ends of epochs, and the end of the log. */
static void test_train_only(void)
{
    const folder f = make_folder(HEADER "10,1,train,2,0,0.2,0.5,0.1,9\n14,1,train,1,0,0.4,0.6,0.1,9\n"
                                        "20,2,train,0.5,0,0.8,1,0.1,9\n21,2,train,0.5");
    yk_history h;
    yk_point *p;
    int64_t n;
    MUST(yk_history_read(&h, f.path));
    CU_ASSERT(h.n_rows == 3); /* the torn row is left out */
    MUST(yk_history_points(&h, &p, &n));
    CU_ASSERT_FATAL(n == 2);
    CU_ASSERT(p[0].at == 14 && p[1].at == 20 && !p[1].has_dev && isnan(p[1].dev[0]) && p[1].train[0] == 0.5);
    yk_free(p);
    yk_summary s;
    MUST(yk_summarise(&h, &(yk_rules){ 0, 0.02 }, &s));
    CU_ASSERT(!s.has_dev && s.verdict == YK_VERDICT_BIAS && isnan(s.of[0].gap) && s.of[0].best == 0.5);
    yk_history_free(&h);
    remove_folder(&f);
}

static void test_learning_curve(void)
{
    const folder f = make_folder("");
    char path[128];
    yk_history h;
    yk_point *p;
    int64_t n;
    snprintf(path, sizeof path, "%s/log.csv", f.path);
    unlink(path);
    put(&f, "curve.yaml", RECIPE);
    put(&f, "curve.csv", "samples,split,loss,accuracy\n10,train,1,0.9\n10,dev,3,0.3\n20,train,1.5,0.8\n20,dev,2,0.5\n");
    MUST(yk_history_read(&h, f.path));
    CU_ASSERT(h.is_curve);
    MUST(yk_history_points(&h, &p, &n));
    CU_ASSERT_FATAL(n == 2);
    CU_ASSERT(p[1].at == 20 && p[1].middle == 20 && p[1].train[1] == 0.8 && p[1].dev[1] == 0.5 && p[0].dev[0] == 3);
    yk_free(p);
    yk_history_free(&h);
    remove_folder(&f);
}

static void test_refused(void)
{
    static const struct {
        const char *log, *want;
    } cases[] = {
        { "", "log.csv: the log is empty" },
        { HEADER, "log.csv: no rows yet" },
        { "a,b,c\n1,2,3\n", "log.csv:1: this is no log of yoke's" },
        { "step,split,accuracy\n", "log.csv:1: this is no log of yoke's" },
        { HEADER "10,1,train,2,0,0.2,0.5,0.1\n", "log.csv:2: the row has not the 9 fields" },
        { HEADER "10,1,train,2,0,0.2,0.5,0.1,9,9\n", "log.csv:2: the row has not the 9 fields" },
        { HEADER "10,1,train,2,0,0.2,0.5,0.1,9\n11,1,train,2x,0,0.2,0.5,0.1,9\n", "log.csv:3: \"2x\" is not a number" },
        { HEADER ",1,train,2,0,0.2,0.5,0.1,9\n", "log.csv:2: \"\" is no step" },
        { HEADER "10,-inf,train,2,0,0.2,0.5,0.1,9\n", "log.csv:2: \"-inf\" is no step" },
        { HEADER "10,1,test,2,0,0.2,0.5,0.1,9\n", "log.csv:2: \"test\" is not train or dev" },
    };
    yk_history h;
    for (int i = 0; i < LEN(cases); i++) {
        const folder f = make_folder(cases[i].log);
        if (yk_history_read(&h, f.path) != YK_ERR_DATA || !strstr(yk_error_text(), cases[i].want))
            FAIL_CASE(cases[i].want, "%s\n", yk_error_text());
        remove_folder(&f);
    }
    CU_ASSERT(yk_history_read(&h, "/tmp/no-such-run") == YK_ERR_IO && strstr(yk_error_text(), "no such run"));
    CU_ASSERT(yk_history_read(&h, "/tmp") == YK_ERR_IO && strstr(yk_error_text(), "not the folder of a run"));
}

static void test_verdicts(void)
{
    static const struct {
        const char *label;
        double optimal;
        const char *train, *dev; /* loss,penalty,accuracy,top_2 of the last epoch */
        yk_verdict want;
        const char *why;
    } cases[] = {
        { "fine", 0, "0.1,0,0.99,1", "0.1,,0.985,1", YK_VERDICT_FINE,
          "accuracy on train is 1.0 points from 1, and dev is 0.5" },
        { "bias", 0, "0.5,0,0.8,1", "0.5,,0.79,1", YK_VERDICT_BIAS, "a larger model" },
        { "variance", 0, "0.1,0,1,1", "0.5,,0.9,1", YK_VERDICT_VARIANCE, "more data" },
        { "both", 0, "0.1,0,0.9,1", "0.5,,0.7,1", YK_VERDICT_BOTH, "dev is 20.0 points worse" },
        { "as good as can be", 0.2, "0.5,0,0.8,1", "0.5,,0.79,1", YK_VERDICT_FINE, "nothing stands out" },
        { "dev is better", 0, "0.1,0,0.99,1", "0.1,,1,1", YK_VERDICT_FINE, "dev is 1.0 points better" },
        { "unknown", 0, "0.1,0,nan,1", "0.1,,1,1", YK_VERDICT_NONE, "do not tell" },
    };
    for (int i = 0; i < LEN(cases); i++) {
        char text[512];
        yk_history h;
        yk_summary s;
        snprintf(text, sizeof text,
                 HEADER "1,1,train,1,0,0.5,1,1,1\n1,1,dev,1,,0.95,1,,\n9,2,train,%s,1,1\n9,2,dev,%s,,\n",
                 cases[i].train, cases[i].dev);
        const folder f = make_folder(text);
        MUST(yk_history_read(&h, f.path));
        MUST(yk_summarise(&h, &(yk_rules){ cases[i].optimal, 0.02 }, &s));
        if (s.verdict != cases[i].want || !strstr(s.why, cases[i].why))
            FAIL_CASE(cases[i].label, "%s: %s\n", yk_verdict_text(s.verdict), s.why);
        const bool late = strstr(s.why, "dev was best at epoch 1") != NULL;
        CU_ASSERT(late == (cases[i].want != YK_VERDICT_FINE && cases[i].want != YK_VERDICT_NONE) ||
                  cases[i].optimal > 0);
        yk_history_free(&h);
        remove_folder(&f);
    }
}

/* A loss alone is judged by what is left of it. */
static void test_loss_alone(void)
{
    const folder f = make_folder("step,epoch,split,loss,penalty,lr,samples_per_s\n1,1,train,4,0,1,1\n1,1,dev,3,,,\n"
                                 "9,2,train,0.04,0,1,1\n9,2,dev,1,,,\n");
    yk_history h;
    yk_summary s;
    MUST(yk_history_read(&h, f.path));
    MUST(yk_summarise(&h, &(yk_rules){ 0, 0.02 }, &s));
    CU_ASSERT(s.judged == 0 && s.verdict == YK_VERDICT_VARIANCE && fabs(s.bias - 0.01) < 1e-12);
    CU_ASSERT(fabs(s.of[0].gap - 0.96) < 1e-12 && s.of[0].best_epoch == 2);
    yk_history_free(&h);
    remove_folder(&f);
}

int main(void)
{
    static const yk_test tests[] = {
        { "points", test_points },
        { "train only", test_train_only },
        { "learning curve", test_learning_curve },
        { "refused", test_refused },
        { "verdicts", test_verdicts },
        { "loss alone", test_loss_alone },
        { 0 },
    };
    return yk_test_main("report/history", tests);
}
