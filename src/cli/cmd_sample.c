/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>

#include "cli/cli.h"
#include "core/error.h"
#include "train/train.h"

static void print(void *context, const char *text, size_t bytes)
{
    (void)context;
    fwrite(text, 1, bytes, stdout);
    fflush(stdout);
}

static yk_status read_temperature(const yk_args *args, double *out)
{
    const yk_option option = { "--temperature", YK_OPT_REAL, 0, NULL, 0, 1e6, NULL, NULL };
    const char *text = yk_args_get(args, option.name);
    *out = 1;
    return text ? yk_option_set(&option, out, text) : YK_OK;
}

static yk_status run(yk_cli *cli, int *exit_code)
{
    yk_trained trained;
    yk_sample_request q = { .prompt = yk_args_get(&cli->args, "--prompt"), .write = print };
    int threads, cores;
    int64_t seed;
    (void)exit_code;
    YK_CHECK(q.prompt, YK_ERR_ARG, "give --prompt TEXT, which the model goes on from");
    YK_TRY(yk_args_int(&cli->args, "-n", 0, INT32_MAX, 200, &q.n));
    YK_TRY(yk_args_int(&cli->args, "--top-k", 1, INT32_MAX, 0, &q.top));
    YK_TRY(yk_args_int(&cli->args, "--seed", 0, INT64_MAX, 1, &seed));
    YK_TRY(read_temperature(&cli->args, &q.temperature));
    q.seed = (uint64_t)seed;
    YK_TRY(yk_cli_compute(cli, &threads, &cores));
    YK_TRY(yk_trained_open(&trained, cli->comm, cli->args.word[0]));
    yk_status status = yk_trained_sample(&trained, cli->comm, &q);
    yk_trained_close(&trained);
    if (status == YK_OK)
        printf("\n");
    return status;
}

static const yk_flag flags[] = {
    { "--prompt", "TEXT", "what the model goes on from", false },
    { "-n", "N", "characters to write (default: 200)", false },
    { "--temperature", "T", "1 (default): as trained; below 1 likelier characters, above 1 wilder; 0: the likeliest",
      false },
    { "--top-k", "K", "only the K likeliest characters are drawn (default: all)", false },
    { "--seed", "N", "chooses the text (default: 1)", false },
    YK_THREADS_FLAG,
    YK_PLUGIN_FLAG,
    { 0 },
};

const yk_command yk_command_sample = {
    .name = "sample",
    .words = "RUN --prompt TEXT",
    .doc = "writes text, character by character, by a model that was trained on text",
    .more = "RUN is a run folder (its newest checkpoint), FOLDER:best, or a checkpoint's file. Its data were made by\n"
            "`yoke data import text`. Printed is what follows the prompt; the same seed gives the same text on every "
            "machine.",
    .flags = flags,
    .least = 1,
    .most = 1,
    .run = run,
};
