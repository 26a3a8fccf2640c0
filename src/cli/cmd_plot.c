/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "cli/cli.h"
#include "core/error.h"
#include "core/mem.h"
#include "report/plot.h"

static yk_status plot(const yk_cli *cli, yk_history *h)
{
    const yk_args *args = &cli->args;
    const char *file = yk_args_get(args, "-o");
    const yk_plot_opts opts = { .measures = yk_args_get(args, "--measures"),
                                .linear = yk_args_get(args, "--linear") != NULL };
    YK_CHECK(file, YK_ERR_ARG, "give -o FILE.svg or -o FILE.png");
    for (int i = 0; i < args->n; i++)
        YK_TRY(yk_history_read(&h[i], args->word[i]));
    YK_TRY(yk_plot(args->n, h, &opts, file));
    printf("%s\n", file);
    return YK_OK;
}

static yk_status run(yk_cli *cli, int *exit_code)
{
    yk_history *h;
    (void)exit_code;
    YK_TRY(yk_alloc(&h, cli->args.n, sizeof *h));
    yk_status status = plot(cli, h);
    for (int i = 0; i < cli->args.n; i++)
        yk_history_free(&h[i]);
    yk_free(h);
    return status;
}

static const yk_flag flags[] = {
    { "-o", "FILE", "FILE.svg or FILE.png", false },
    { "--measures", "NAME,...", "what to draw: loss, and metrics by their names in log.csv (default: the first six)",
      false },
    { "--linear", NULL, "no logarithmic axes (which a loss gets that falls far)", false },
    { 0 },
};

const yk_command yk_command_plot = {
    .name = "plot",
    .words = "RUN [RUN ...] -o FILE",
    .doc = "draws loss and metrics of runs, train and dev, or learning curves, as SVG or PNG",
    .more = "Reads the run folder only, also of a run that goes on. RUN may be the folder of yoke curve.",
    .flags = flags,
    .least = 1,
    .most = 64,
    .run = run,
};
