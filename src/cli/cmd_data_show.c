/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli.h"
#include "core/error.h"
#include "data/tools.h"

static const char *get(const yk_cli *cli, const char *flag, const char *initial)
{
    const char *value = yk_args_get(&cli->args, flag);
    return value ? value : initial;
}

static yk_status run(yk_cli *cli, int *exit_code)
{
    const char *out = yk_args_get(&cli->args, "-o");
    int64_t seed;
    yk_sheet s = { .field = get(cli, "--field", "x"),
                   .label = get(cli, "--label", "y"),
                   .shape = get(cli, "--shape", ""),
                   .random = yk_args_get(&cli->args, "--seed") != NULL };
    (void)exit_code;
    YK_CHECK(out, YK_ERR_ARG, "give -o FILE.png, the picture to write");
    YK_TRY(yk_args_int(&cli->args, "-n", 1, 1000000, 64, &s.n));
    YK_TRY(yk_args_int(&cli->args, "--columns", 1, 100000, 0, &s.columns));
    YK_TRY(yk_args_int(&cli->args, "--seed", 0, INT64_MAX, 1, &seed));
    s.seed = (uint64_t)seed;
    return yk_data_show(cli->args.word[0], &s, out);
}

static const yk_flag flags[] = {
    { "-o", "FILE.png", "the picture to write", false },
    { "-n", "N", "images (default: 64)", false },
    { "--columns", "N", "images in a row (default: so that the sheet is about square)", false },
    { "--seed", "N", "takes images from anywhere (else the first ones)", false },
    { "--field", "NAME", "the field of the images (default: x)", false },
    { "--label", "NAME", "the field whose classes stand beneath (default: y)", false },
    { "--shape", "HxW[xC]", "height, width and channels of flat samples, as 8x8", false },
    { 0 },
};

const yk_command yk_command_data_show = {
    .name = "data show",
    .words = "FILE:/SPLIT -o FILE.png",
    .doc = "draws images of a split as a contact sheet, with their labels",
    .flags = flags,
    .least = 1,
    .most = 1,
    .run = run,
};
