/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/progress.h"
#include "cli/signals.h"
#include "cli/timelimit.h"
#include "core/clock.h"
#include "core/error.h"
#include "core/log.h"
#include "kernels/kernels.h"
#include "yoke/version.h"

static void print_placement(const yk_comm *comm, int threads, int cores)
{
    const int ranks = yk_comm_size(comm), nodes = yk_comm_nodes(comm);
    printf("yoke %s: %d rank%s on %d node%s, %d thread%s a rank, %d core%s a rank, kernels %s\n", YK_VERSION, ranks,
           ranks == 1 ? "" : "s", nodes, nodes == 1 ? "" : "s", threads, threads == 1 ? "" : "s", cores,
           cores == 1 ? "" : "s", yk_kernels_family());
    fflush(stdout);
}

static yk_status check_placement(yk_comm *comm, int threads, int cores)
{
    int64_t worst = threads > cores ? threads - cores : 0;
    YK_TRY(yk_comm_max(comm, 1, &worst));
    if (worst > 0)
        yk_warn(
            "%d threads a rank share %d core%s: this is slow; bind ranks to more cores (mpirun --map-by slot:PE=%d, "
            "or --bind-to none), or lower OMP_NUM_THREADS",
            threads, cores, cores == 1 ? "" : "s", threads);
    return YK_OK;
}

static yk_status read_request(const yk_cli *cli, yk_train_request *q, const char *overrides[YK_ARGS_MAX])
{
    const char *run = yk_args_get(&cli->args, "--run"), *resume = yk_args_get(&cli->args, "--resume");
    YK_CHECK(!(run && resume), YK_ERR_ARG, "--run starts a run and --resume goes on with one: give one of them");
    YK_CHECK(run || resume, YK_ERR_ARG, "give --run FOLDER for a new run, or --resume FOLDER to go on with one");
    YK_CHECK(!run || cli->args.n == 1, YK_ERR_ARG, "a new run needs a recipe: yoke train RECIPE --run %s", run);
    YK_CHECK(!resume || cli->args.n == 0, YK_ERR_ARG, "--resume takes the recipe from the run; leave out %s",
             cli->args.word[0]);
    *q = (yk_train_request){ .recipe = run ? cli->args.word[0] : NULL,
                             .run = run ? run : resume,
                             .n_overrides = yk_args_all(&cli->args, "-o", overrides),
                             .overrides = overrides,
                             .stage = yk_args_get(&cli->args, "--stage"),
                             .signal = yk_signals_catch(),
                             .version = yk_version_line() };
    return YK_OK;
}

static void print_outcome(const yk_train_request *q, const yk_outcome *o)
{
    if (o->signal == YK_SIGNAL_DEADLINE)
        printf("stopped before the time limit at step %" PRId64 " of %" PRId64 "; go on with: yoke train --resume %s\n",
               o->step, o->steps, q->run);
    else if (o->signal)
        printf("stopped by %s at step %" PRId64 " of %" PRId64 "; go on with: yoke train --resume %s\n",
               yk_signal_name(o->signal), o->step, o->steps, q->run);
    if (*o->stopped_early)
        printf("%s\n", o->stopped_early);
    printf("digest %s\n", o->digest);
}

static yk_status run(yk_cli *cli, int *exit_code)
{
    yk_train_request request;
    yk_outcome outcome;
    yk_progress_view view;
    const char *overrides[YK_ARGS_MAX];
    int threads, cores;
    const double began = yk_clock();
    const bool root = yk_comm_rank(cli->comm) == 0;
    YK_TRY(read_request(cli, &request, overrides));
    YK_TRY(yk_timelimit(cli, began, &request.deadline));
    YK_TRY(yk_comm_agree(cli->comm, yk_cli_compute(cli, &threads, &cores)));
    if (root)
        print_placement(cli->comm, threads, cores);
    YK_TRY(check_placement(cli->comm, threads, cores));
    const yk_observer observer = yk_progress_observer(&view);
    YK_TRY(yk_cli_watch(cli, request.run, &request.mark));
    yk_status status = yk_train(cli->comm, &request, &observer, &outcome);
    yk_cli_unwatch(cli, status);
    if (root)
        yk_progress_end(&view);
    YK_TRY(status);
    *exit_code = outcome.exit_code;
    if (root)
        print_outcome(&request, &outcome);
    return YK_OK;
}

static const yk_flag flags[] = {
    { "--run", "FOLDER", "starts a new run there", false },
    { "--stage", "FOLDER",
      "copies the data there first, once on each machine (a disk of its own), and reads the copies", false },
    { "--resume", "FOLDER", "goes on with a run from its newest checkpoint, on any number of ranks and threads",
      false },
    YK_STOP_AFTER_FLAG,
    YK_STALL_FLAG,
    YK_OVERRIDE_FLAG,
    YK_THREADS_FLAG,
    YK_PLUGIN_FLAG,
    { 0 },
};

const yk_command yk_command_train = {
    .name = "train",
    .words = "RECIPE --run FOLDER | --resume FOLDER",
    .doc = "trains a recipe's model; the run folder gets recipe, log.csv, status.json and checkpoints",
    .more =
        "SIGINT, SIGTERM and SIGUSR1 write a checkpoint at the next step and end with exit code 75 (docs/errors.md).\n"
        "So does a time limit that comes near: --stop-after, or that of a Slurm, PBS or LSF job.\n"
        "With --resume, -o may change train.steps, train.epochs, checkpoint and log.",
    .flags = flags,
    .least = 0,
    .most = 1,
    .ranks = true,
    .run = run,
};
