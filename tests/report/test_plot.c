/* SPDX-License-Identifier: Apache-2.0 */
/* What a plot shows: panels, lines, axes; logs of every strange shape are drawn; what cannot be is refused. */
#include <math.h>
#include <sys/stat.h>

#include "report/folder.h"
#include "report/series.h"

static const yk_plot_opts plain = { NULL, false };

static yk_history read_run(const folder *f)
{
    yk_history h;
    MUST(yk_history_read(&h, f->path));
    return h;
}

static void test_figure(void)
{
    const folder f =
        make_folder(HEADER "1,1,train,2,0,0.2,0.5,0.1,9\n2,1,train,1,0,0.4,0.6,0.1,9\n2,1,dev,1.25,,0.375,0.625,,\n"
                           "3,2,train,0.5,0,nan,1,0.1,9\n4,2,train,0.01,0,0.9,1,0.1,9\n4,2,dev,1.5,,0.5,0.75,,\n");
    yk_history h[2] = { read_run(&f), read_run(&f) };
    yk_figure figure;
    MUST(yk_figure_make(&figure, 2, h, &plain));
    CU_ASSERT_FATAL(figure.n == 3 && figure.any_dev && !figure.is_curve);
    CU_ASSERT_STRING_EQUAL(figure.panel[2].title, "top_2");
    const yk_panel *p = &figure.panel[0];
    CU_ASSERT_FATAL(p->n == 6); /* two runs: rows, behind them; then train and dev */
    CU_ASSERT(p->series[0].faint && p->series[1].faint && p->series[1].run == 1 && p->series[1].n == 4);
    CU_ASSERT(p->series[3].dev && p->series[3].n == 2 && p->series[3].x[1] == 4 && p->series[3].y[1] == 1.5);
    CU_ASSERT(!p->series[2].dev && p->series[2].x[0] == 1.5 && p->series[2].y[0] == 1.5);
    CU_ASSERT(figure.panel[1].series[0].n == 3); /* without the NaN */
    CU_ASSERT(p->x.low == 0 && p->x.high >= 4);
    yk_figure_free(&figure);
    MUST(yk_figure_make(&figure, 2, h, &(yk_plot_opts){ .measures = "top_2,loss" }));
    CU_ASSERT(figure.n == 2 && strcmp(figure.panel[1].title, "loss") == 0);
    yk_figure_free(&figure);
    CU_ASSERT(yk_figure_make(&figure, 2, h, &(yk_plot_opts){ .measures = "los" }) == YK_ERR_ARG);
    CU_ASSERT(strstr(yk_error_text(), "did you mean loss") != NULL);
    h[1].is_curve = true;
    CU_ASSERT(yk_figure_make(&figure, 2, h, &plain) == YK_ERR_ARG && strstr(yk_error_text(), "different axes"));
    yk_history_free(&h[0]);
    yk_history_free(&h[1]);
    remove_folder(&f);
}

static void test_log_axis(void)
{
    char text[4096] = HEADER;
    for (int i = 1; i <= 20; i++)
        snprintf(text + strlen(text), 200, "%d,%d,train,%g,0,%g,0.5,1,1\n%d,%d,dev,%g,,%g,0.5,,\n", i, i, pow(0.5, i),
                 1 - pow(0.5, i), i, i, pow(0.6, i), 0.001 * i);
    const folder f = make_folder(text);
    yk_history h = read_run(&f);
    yk_figure figure;
    MUST(yk_figure_make(&figure, 1, &h, &plain));
    CU_ASSERT(figure.panel[0].y.log && !figure.panel[1].y.log); /* an accuracy never */
    yk_figure_free(&figure);
    MUST(yk_figure_make(&figure, 1, &h, &(yk_plot_opts){ .linear = true }));
    CU_ASSERT(!figure.panel[0].y.log);
    yk_figure_free(&figure);
    yk_history_free(&h);
    remove_folder(&f);
}

static void test_strange_logs(void)
{
    static const char *const logs[] = {
        HEADER "1,1,train,2,0,0.2,0.5,0.1,9\n",
        HEADER "0,0,dev,nan,,nan,nan,,\n",
        HEADER "1,1,train,1e300,0,-1e300,inf,0,0\n1,1,dev,-1e300,,1e300,-inf,,\n",
        HEADER "1,1,train,0,0,0,0,0,0\n2,1,train,1e-300,0,0,0,0,0\n2,1,dev,1e-308,,0,0,,\n",
        HEADER "5,1,train,1,0,1,1,0,0\n3,1,train,1,0,1,1,0,0\n3,1,dev,1,,1,1,,\n3,1,dev,1,,1,1,,\n",
        HEADER "999999999999999,1,train,1,0,1,1,0,0\n",
        HEADER "1,1,train,1e99,0,1,1,0,0\n2,1,train,-1e99,0,1,1,0,0\n3,1,dev,1,,1,1,,\n",
        HEADER "1,1,train,1e-99,0,1,1,0,0\n2,2,train,1e99,0,1,1,0,0\n",
    };
    for (int i = 0; i < LEN(logs); i++) {
        const folder f = make_folder(logs[i]);
        yk_history h = read_run(&f);
        for (int png = 0; png < 2; png++) {
            char path[128];
            struct stat s;
            snprintf(path, sizeof path, "%s/a.%s", f.path, png ? "png" : "svg");
            yk_status status = yk_plot(1, &h, &plain, path);
            if (status == YK_OK)
                CU_ASSERT(stat(path, &s) == 0 && s.st_size > 100);
            if (status != YK_OK && !strstr(yk_error_text(), "without cairo"))
                FAIL_CASE(logs[i], "%s\n", yk_error_text());
        }
        yk_history_free(&h);
        remove_folder(&f);
    }
}

int main(void)
{
    static const yk_test tests[] = {
        { "figure", test_figure }, { "log axis", test_log_axis }, { "strange logs", test_strange_logs }, { 0 }
    };
    return yk_test_main("report/plot", tests);
}
