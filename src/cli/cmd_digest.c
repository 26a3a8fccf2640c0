/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli.h"
#include "core/error.h"
#include "train/run.h"

static yk_status run(yk_cli *cli, int *exit_code)
{
    yk_checkpoint *checkpoint;
    (void)exit_code;
    YK_TRY(yk_run_find(cli->args.word[0], &checkpoint));
    printf("%s\n", yk_checkpoint_digest(checkpoint));
    yk_checkpoint_close(&checkpoint);
    return YK_OK;
}

const yk_command yk_command_digest = {
    .name = "digest",
    .words = "RUN",
    .doc = "prints the digest of a checkpoint's parameters and buffers",
    .more = "RUN is a run folder (its newest checkpoint), FOLDER:best, or a checkpoint's file.",
    .least = 1,
    .most = 1,
    .run = run,
};
