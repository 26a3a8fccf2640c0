/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "core/error.h"
#include "core/mem.h"
#include "core/num.h"
#include "report/summary.h"

typedef struct run_report {
    yk_history history;
    yk_summary summary;
} run_report;

/* A number in a column, or "-". */
static const char *cell(double value, const char *format, char text[32])
{
    if (isnan(value))
        snprintf(text, 32, "-");
    else
        snprintf(text, 32, format, value);
    return text;
}

static void place(int64_t epoch, int64_t at, char text[48])
{
    if (epoch)
        snprintf(text, 48, "epoch %" PRId64 ", step %" PRId64, epoch, at);
    else
        snprintf(text, 48, "%" PRId64 " samples", at);
}

static void print_one(const run_report *r)
{
    const yk_history *h = &r->history;
    const yk_summary *s = &r->summary;
    char a[32], b[32], c[32], d[32], where[48];
    place(s->epoch, s->at, where);
    if (h->is_curve)
        printf("%s: learning curve, up to %s\n", h->path, where);
    else
        printf("%s: %s, step %" PRId64 " of %" PRId64 "; measured at %s\n", h->path, *h->state ? h->state : "no status",
               h->step, h->steps, where);
    printf("  %-20s %10s %10s %10s %12s\n", "", "train", "dev", "gap", s->has_dev ? "best on dev" : "best");
    for (int i = 0; i < h->n_measures; i++) {
        place(s->of[i].best_epoch, s->of[i].best_at, where);
        printf("  %-20s %10s %10s %10s %12s  %s\n", h->measure[i].name, cell(s->of[i].train, "%.4f", a),
               cell(s->of[i].dev, "%.4f", b), cell(s->of[i].gap, "%+.4f", c), cell(s->of[i].best, "%.4f", d), where);
    }
    printf("%s: %s\n", yk_verdict_text(s->verdict), s->why);
}

/* A measure of a run in the table of several; the first one names the run. */
static void print_row(int width, const run_report *r, int m)
{
    char a[32], b[32], c[32], d[32], epoch[24] = "";
    const yk_summary *s = &r->summary;
    if (m == 0)
        snprintf(epoch, sizeof epoch, "%" PRId64, s->epoch);
    printf("%-*s %-9s %7s  %-16s %10s %10s %10s %12s  %s\n", width, m ? "" : r->history.path, m ? "" : r->history.state,
           epoch, r->history.measure[m].name, cell(s->of[m].train, "%.4f", a), cell(s->of[m].dev, "%.4f", b),
           cell(s->of[m].gap, "%+.4f", c), cell(s->of[m].best, "%.4f", d),
           m == s->judged ? yk_verdict_text(s->verdict) : "");
}

/* Several runs: the loss, and the measure that a run is judged by. */
static void print_table(int n, const run_report *r)
{
    int width = 3;
    for (int i = 0; i < n; i++)
        width = (int)yk_max(width, (int64_t)strlen(r[i].history.path));
    printf("%-*s %-9s %7s  %-16s %10s %10s %10s %12s  %s\n", width, "run", "state", "epoch", "measure", "train", "dev",
           "gap", "best on dev", "verdict");
    for (int i = 0; i < n; i++) {
        print_row(width, &r[i], 0);
        if (r[i].summary.judged > 0)
            print_row(width, &r[i], r[i].summary.judged);
    }
}

static void print_value(const char *key, double value)
{
    printf(", \"%s\": ", key);
    yk_print_json_real(value);
}

static void print_json(int n, const run_report *r)
{
    for (int i = 0; i < n; i++) {
        const yk_history *h = &r[i].history;
        const yk_summary *s = &r[i].summary;
        printf(i ? ", {\"run\": " : "{\"runs\": [{\"run\": ");
        yk_print_json(h->path);
        printf(", \"state\": ");
        yk_print_json(h->state);
        printf(", \"%s\": %" PRId64 ", \"steps\": %" PRId64 ", \"epoch\": %" PRId64 ", \"measures\": {",
               h->is_curve ? "samples" : "step", s->at, h->steps, s->epoch);
        for (int m = 0; m < h->n_measures; m++) {
            printf(m ? ", " : "");
            yk_print_json(h->measure[m].name);
            printf(": {\"train\": ");
            yk_print_json_real(s->of[m].train);
            print_value("dev", s->of[m].dev);
            print_value("gap", s->of[m].gap);
            print_value("best", s->of[m].best);
            printf(", \"best_%s\": %" PRId64 ", \"best_epoch\": %" PRId64 "}", h->is_curve ? "samples" : "step",
                   s->of[m].best_at, s->of[m].best_epoch);
        }
        printf("}, \"judged_by\": ");
        yk_print_json(h->measure[s->judged].name);
        print_value("bias", s->bias);
        print_value("variance", s->has_dev ? s->variance : NAN);
        printf(", \"verdict\": ");
        yk_print_json(yk_verdict_text(s->verdict));
        printf(", \"why\": ");
        yk_print_json(s->why);
        printf("}");
    }
    printf("]}\n");
}

/* An option that is a share; `initial` when it was not given. */
static yk_status read_share(const yk_args *args, const char *flag, const char *initial, double *out)
{
    const yk_option option = { flag, YK_OPT_REAL, 0, NULL, 0, 1e6, NULL, NULL };
    const char *text = yk_args_get(args, flag);
    return yk_option_set(&option, out, text ? text : initial);
}

static yk_status report(const yk_cli *cli, run_report *r)
{
    yk_rules rules;
    const int n = cli->args.n;
    YK_TRY(read_share(&cli->args, "--optimal", "0", &rules.optimal));
    YK_TRY(read_share(&cli->args, "--threshold", "0.02", &rules.threshold));
    for (int i = 0; i < n; i++) {
        YK_TRY(yk_history_read(&r[i].history, cli->args.word[i]));
        YK_TRY(yk_summarise(&r[i].history, &rules, &r[i].summary));
    }
    if (yk_args_get(&cli->args, "--json"))
        print_json(n, r);
    else if (n == 1)
        print_one(r);
    else
        print_table(n, r);
    return YK_OK;
}

static yk_status run(yk_cli *cli, int *exit_code)
{
    run_report *r;
    (void)exit_code;
    YK_TRY(yk_alloc(&r, cli->args.n, sizeof *r));
    yk_status status = report(cli, r);
    for (int i = 0; i < cli->args.n; i++)
        yk_history_free(&r[i].history);
    yk_free(r);
    return status;
}

static const yk_flag flags[] = {
    { "--optimal", "E", "error that nobody could do better than (default 0); bias counts from there", false },
    { "--threshold", "S", "bias and variance above this are called high (default 0.02: two points)", false },
    { "--json", NULL, "one JSON object: runs, each with its measures and the verdict", false },
    { 0 },
};

const yk_command yk_command_report = {
    .name = "report",
    .words = "RUN [RUN ...]",
    .doc = "train and dev side by side with their gap, the best epoch, and what to conclude",
    .more =
        "Reads the run folder only, also of a run that goes on. The gap is how much worse dev is than train.\n"
        "Bias is what train misses (of accuracy: the distance from 1; of a loss: the part left of its first value),\n"
        "variance what dev loses against train (docs/looking-at-runs.md).",
    .flags = flags,
    .least = 1,
    .most = 64,
    .run = run,
};
