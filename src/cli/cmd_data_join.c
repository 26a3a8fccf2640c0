/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli.h"
#include "core/error.h"
#include "data/tools.h"

static yk_status run(yk_cli *cli, int *exit_code)
{
    const char *out = yk_args_get(&cli->args, "-o");
    (void)exit_code;
    YK_CHECK(out, YK_ERR_ARG, "give -o FILE.h5:/SPLIT, the split to write");
    return yk_data_join(cli->args.n, cli->args.word, out);
}

static const yk_flag flags[] = {
    { "-o", "FILE[:/GROUP]", "the split to write", false },
    { 0 },
};

const yk_command yk_command_data_join = {
    .name = "data join",
    .words = "FILE:/SPLIT FILE:/SPLIT... -o FILE:/SPLIT",
    .doc = "writes the samples of several splits, one after the other, as one",
    .flags = flags,
    .least = 2,
    .most = YK_ARGS_MAX,
    .run = run,
};
