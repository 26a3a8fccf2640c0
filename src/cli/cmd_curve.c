/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <math.h>

#include "cli/cli.h"
#include "cli/progress.h"
#include "cli/signals.h"
#include "core/error.h"
#include "core/mem.h"
#include "report/curve.h"
#include "report/history.h"

enum { SHOWN = 3 }; /* measures that fit a line */

static void print_size(void *context, const char *run, int64_t samples, int64_t of, bool done)
{
    if (*(const int *)context == 0)
        printf("--- %" PRId64 " of %" PRId64 " samples: %s%s\n", samples, of, run, done ? " is finished" : "");
    fflush(stdout);
}

static void print_value(double value)
{
    if (isnan(value))
        printf(" %10s", "-");
    else
        printf(" %10.4f", value);
}

/* A row a size: train and dev of the loss and the first metrics. */
static yk_status print_table(const char *folder)
{
    yk_history h;
    yk_point *point;
    int64_t n;
    YK_TRY(yk_history_read(&h, folder));
    yk_status status = yk_history_points(&h, &point, &n);
    const int shown = h.n_measures < SHOWN ? h.n_measures : SHOWN;
    printf("\n%10s", "samples");
    for (int m = 0; m < shown; m++)
        printf(" %21s", h.measure[m].name);
    printf("\n%10s", "");
    for (int m = 0; m < shown; m++)
        printf(" %10s %10s", "train", "dev");
    for (int64_t i = 0; status == YK_OK && i < n; i++) {
        printf("\n%10" PRId64, point[i].at);
        for (int m = 0; m < shown; m++) {
            print_value(point[i].train[m]);
            print_value(point[i].dev[m]);
        }
    }
    printf("\nyoke plot %s -o curve.svg draws it\n", folder);
    yk_free(point);
    yk_history_free(&h);
    return status;
}

static yk_status run(yk_cli *cli, int *exit_code)
{
    const char *folder = yk_args_get(&cli->args, "--run"), *sizes = yk_args_get(&cli->args, "--sizes");
    const char *overrides[YK_ARGS_MAX];
    yk_progress_view view;
    yk_outcome outcome;
    int threads, cores, rank = yk_comm_rank(cli->comm);
    YK_CHECK(folder, YK_ERR_ARG, "give --run FOLDER: each size gets a run in it");
    YK_TRY(yk_comm_agree(cli->comm, yk_cli_compute(cli, &threads, &cores)));
    const yk_curve_request request = { .recipe = cli->args.word[0],
                                       .folder = folder,
                                       .sizes = sizes ? sizes : "10%,20%,50%,100%",
                                       .n_overrides = yk_args_all(&cli->args, "-o", overrides),
                                       .overrides = overrides,
                                       .signal = yk_signals_catch(),
                                       .version = yk_version_line() };
    const yk_curve_observer observer = { .context = &rank, .size = print_size, .train = yk_progress_observer(&view) };
    yk_status status = yk_curve(cli->comm, &request, &observer, &outcome);
    if (rank == 0)
        yk_progress_end(&view);
    YK_TRY(status);
    *exit_code = outcome.exit_code;
    if (rank == 0 && outcome.signal)
        printf("stopped by %s; the same command goes on\n", yk_signal_name(outcome.signal));
    else if (rank == 0)
        YK_TRY(print_table(folder));
    return YK_OK;
}

static const yk_flag flags[] = {
    { "--run", "FOLDER", "gets a run for each size, curve.csv and curve.yaml", false },
    { "--sizes", "LIST", "sizes of the training set: shares or numbers (default 10%,20%,50%,100%)", false },
    YK_OVERRIDE_FLAG,
    YK_THREADS_FLAG,
    { 0 },
};

const yk_command yk_command_curve = {
    .name = "curve",
    .words = "RECIPE --run FOLDER",
    .doc = "learning curve: trains on growing parts of the training data; finished sizes are not trained again",
    .more = "The parts are chosen by the recipe's seed, smaller ones are parts of larger ones (data.take). Everything "
            "else\n"
            "is the recipe's: with epochs, a smaller part gets fewer steps.",
    .flags = flags,
    .least = 1,
    .most = 1,
    .ranks = true,
    .run = run,
};
