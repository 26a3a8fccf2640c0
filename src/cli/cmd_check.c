/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>

#include "cli/cli.h"
#include "core/error.h"
#include "train/train.h"

#define LIMIT 1e-6

static void print_row(void *context, const yk_check_row *r)
{
    (void)context;
    printf("%-40s %8" PRId64 " %8" PRId64 "   %.1e%s\n", r->name, r->checked, r->kinks, r->worst,
           r->worst < LIMIT ? "" : "  TOO LARGE");
}

static yk_status run(yk_cli *cli, int *exit_code)
{
    yk_recipe *recipe;
    int64_t most;
    double worst;
    int threads, cores;
    (void)exit_code;
    YK_TRY(yk_args_int(&cli->args, "--elements", 1, INT64_MAX, 20, &most));
    YK_TRY(yk_cli_compute(cli, &threads, &cores));
    YK_TRY(yk_cli_recipe(cli, &recipe));
    printf("%-40s %8s %8s   %s\n", "parameter", "elements", "kinks", "worst relative error");
    yk_status status = yk_check_gradients(recipe, most, print_row, NULL, &worst);
    yk_recipe_destroy(&recipe);
    YK_TRY(status);
    YK_CHECK(worst < LIMIT, YK_ERR_NUMERIC,
             "%s: gradients differ from finite differences by %.1e (limit %.0e): a backward is wrong",
             cli->args.word[0], worst, LIMIT);
    printf("all gradients agree with finite differences (limit %.0e)\n", LIMIT);
    return YK_OK;
}

static const yk_flag flags[] = {
    { "--elements", "N", "elements of each parameter that are compared (default: 20)", false },
    YK_OVERRIDE_FLAG,
    YK_THREADS_FLAG,
    YK_PLUGIN_FLAG,
    { 0 },
};

const yk_command yk_command_check = {
    .name = "check",
    .words = "RECIPE",
    .doc = "checks the gradients of a recipe's model by finite differences, in double",
    .flags = flags,
    .least = 1,
    .most = 1,
    .run = run,
};
