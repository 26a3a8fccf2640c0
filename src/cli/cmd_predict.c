/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <string.h>

#include "cli/cli.h"
#include "core/error.h"
#include "train/train.h"

static yk_status run(yk_cli *cli, int *exit_code)
{
    yk_trained trained;
    yk_source source;
    int threads, cores;
    int64_t samples;
    const char *out = yk_args_get(&cli->args, "-o");
    (void)exit_code;
    YK_CHECK(out, YK_ERR_ARG, "give -o FILE.h5 for the predictions");
    YK_TRY(yk_args_source(&cli->args, &source));
    YK_TRY(yk_comm_agree(cli->comm, yk_cli_compute(cli, &threads, &cores)));
    YK_TRY(yk_trained_open(&trained, cli->comm, cli->args.word[0]));
    yk_status status = yk_trained_predict(&trained, cli->comm, &source, out, &samples);
    if (status == YK_OK && yk_comm_rank(cli->comm) == 0)
        printf("%s: predictions of %" PRId64 " samples of %s\n", out, samples, source.file);
    yk_trained_close(&trained);
    return status;
}

static const yk_flag flags[] = {
    { "--data", "FILE[:/GROUP]", "the split to predict; only x is read", false },
    { "-o", "FILE[:/GROUP]",
      "the file to write: y (softmax or sigmoid applied where the loss has it), label; of further losses y_NAME, "
      "label_NAME",
      false },
    YK_MAP_FLAG,
    YK_THREADS_FLAG,
    YK_PLUGIN_FLAG,
    { 0 },
};

const yk_command yk_command_predict = {
    .name = "predict",
    .words = "RUN --data FILE[:/GROUP] -o FILE",
    .doc = "writes a trained model's predictions to an HDF5 file",
    .more = "RUN is a run folder (its newest checkpoint), FOLDER:best, or a checkpoint's file.",
    .flags = flags,
    .least = 1,
    .most = 1,
    .ranks = true,
    .run = run,
};
