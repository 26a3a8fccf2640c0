/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli.h"
#include "core/error.h"
#include "data/tools.h"

static yk_status run(yk_cli *cli, int *exit_code)
{
    const char *out = yk_args_get(&cli->args, "-o"), *label = yk_args_get(&cli->args, "--label");
    yk_sampling s = { .classes = yk_args_get(&cli->args, "--classes"), .label = label ? label : "y" };
    int64_t seed;
    (void)exit_code;
    YK_CHECK(out, YK_ERR_ARG, "give -o FILE.h5:/SPLIT, the split to write");
    YK_TRY(yk_args_int(&cli->args, "-n", 1, INT64_MAX, 0, &s.n));
    YK_TRY(yk_args_int(&cli->args, "--per-class", 1, INT64_MAX, 0, &s.per_class));
    YK_TRY(yk_args_int(&cli->args, "--seed", 0, INT64_MAX, 1, &seed));
    YK_CHECK(s.n || s.per_class || s.classes, YK_ERR_ARG, "say which samples: -n, --per-class or --classes");
    s.seed = (uint64_t)seed;
    return yk_data_sample(cli->args.word[0], &s, out);
}

static const yk_flag flags[] = {
    { "-o", "FILE[:/GROUP]", "the split to write", false },
    { "-n", "N", "samples in all", false },
    { "--per-class", "N", "samples of each class", false },
    { "--classes", "A,B,...", "only these, by name or number; their labels become 0, 1, ...", false },
    { "--label", "FIELD", "the field that holds the classes (default: y)", false },
    { "--seed", "N", "chooses the samples (default: 1)", false },
    { 0 },
};

const yk_command yk_command_data_sample = {
    .name = "data sample",
    .words = "FILE:/SPLIT -o FILE:/SPLIT",
    .doc = "writes some samples of a split: so many, so many a class, of some classes",
    .flags = flags,
    .least = 1,
    .most = 1,
    .run = run,
};
