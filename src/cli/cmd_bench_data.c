/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli.h"
#include "core/error.h"
#include "kernels/kernels.h"
#include "train/bench.h"

static yk_status write(yk_comm *comm, const yk_recipe *recipe, int64_t batches, const char *out)
{
    yk_bench b;
    yk_status status = yk_bench_open(&b, comm, recipe, batches);
    if (status == YK_OK)
        status = yk_bench_write(&b, out);
    yk_bench_close(&b);
    return status;
}

static yk_status run(yk_cli *cli, int *exit_code)
{
    const char *out = yk_args_get(&cli->args, "--out");
    yk_recipe *recipe;
    int64_t batches;
    int threads, cores;
    (void)exit_code;
    YK_CHECK(out, YK_ERR_ARG, "give --out FILE.h5:/train, the split to write");
    YK_TRY(yk_args_int(&cli->args, "--batches", 1, INT32_MAX, 1, &batches));
    YK_TRY(yk_cli_compute(cli, &threads, &cores));
    YK_TRY(yk_cli_recipe(cli, &recipe));
    yk_status status = write(cli->comm, recipe, batches, out);
    yk_recipe_destroy(&recipe);
    return status;
}

static const yk_flag flags[] = {
    { "--out", "FILE[:/GROUP]", "the split to write", false },
    { "--batches", "N", "different batches (default: 1)", false },
    YK_OVERRIDE_FLAG,
    YK_PLUGIN_FLAG,
    { 0 },
};

const yk_command yk_command_bench_data = {
    .name = "bench data",
    .words = "RECIPE --out FILE.h5:/train",
    .doc = "writes the samples of `yoke bench train` as a dataset",
    .more =
        "Trained on in this order (-o data.train=FILE.h5:/train -o data.shuffle=none), with neither augmentation nor\n"
        "normalisation, they give the digest of `yoke bench train --digest`.",
    .flags = flags,
    .least = 1,
    .most = 1,
    .run = run,
};
