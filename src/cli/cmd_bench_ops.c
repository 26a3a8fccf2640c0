/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "core/error.h"
#include "core/mem.h"
#include "kernels/kernels.h"
#include "train/bench.h"

static const char *const part_name[YK_PARTS] = { [YK_PART_SAMPLES] = "samples",
                                                 [YK_PART_LOSSES] = "losses and metrics",
                                                 [YK_PART_SUM] = "sum of gradients",
                                                 [YK_PART_WAIT] = "waiting for other ranks' gradients",
                                                 [YK_PART_AGREE] = "agreement of ranks",
                                                 [YK_PART_UPDATE] = "update",
                                                 [YK_PART_GATHER] = "parameters to all ranks" };

static int slower_first(const void *a, const void *b)
{
    const double x = (*(const yk_bench_op *const *)a)->seconds, y = (*(const yk_bench_op *const *)b)->seconds;
    return (x < y) - (x > y);
}

/* What no instruction and no part accounts for. */
static double rest_of(const yk_bench_ops *ops)
{
    double rest = ops->step;
    for (int i = 0; i < ops->n; i++)
        rest -= ops->op[i].seconds;
    for (int p = 0; p < YK_PARTS; p++)
        rest -= ops->part[p];
    return fmax(rest, 0);
}

static void print_head(const yk_bench_ops *ops, int threads)
{
    printf("a step takes %.4g ms (median of %" PRId64 "); %d thread%s, kernels %s; roofs: %.1f GFLOP/s, %.1f GB/s\n\n",
           1e3 * ops->step, ops->steps, threads, threads == 1 ? "" : "s", yk_kernels_family(), ops->peak_flops / 1e9,
           ops->peak_bytes / 1e9);
    printf("%10s %6s %9s %6s %9s %6s   %-28s %-24s %s\n", "ms", "share", "GFLOP/s", "roof", "GB/s", "roof",
           "instruction", "layer", "output");
}

static void print_op(const yk_bench_ops *ops, const yk_bench_op *op)
{
    char shape[YK_SHAPE_TEXT], name[80];
    const double s = fmax(op->seconds, 1e-9);
    snprintf(name, sizeof name, "%.50s%s", op->info.op, op->info.backward ? " backward" : "");
    printf("%10.4f %5.1f%% %9.1f %5.0f%% %9.1f %5.0f%%   %-28s %-24s %s\n", 1e3 * op->seconds,
           100 * op->seconds / ops->step, op->flops / s / 1e9, 100 * op->flops / s / ops->peak_flops,
           op->bytes / s / 1e9, 100 * op->bytes / s / ops->peak_bytes, name, op->info.layer,
           yk_shape_text(&op->info.out, 0, shape));
}

static void print_part(const yk_bench_ops *ops, double seconds, const char *name)
{
    printf("%10.4f %5.1f%% %33s   %s\n", 1e3 * seconds, 100 * seconds / ops->step, "", name);
}

/* One line an op: all its layers, forward and backward. */
static void print_kinds(const yk_bench_ops *ops)
{
    printf("\n%10s %10s %6s %9s   %s\n", "forward", "backward", "share", "GFLOP/s", "op");
    for (int i = 0; i < ops->n; i++) {
        double seconds[2] = { 0 }, flops = 0;
        bool seen = false;
        for (int k = 0; k < ops->n; k++) {
            if (strcmp(ops->op[k].info.op, ops->op[i].info.op) != 0)
                continue;
            seen = seen || k < i;
            seconds[ops->op[k].info.backward] += ops->op[k].seconds;
            flops += ops->op[k].flops;
        }
        const double sum = seconds[0] + seconds[1];
        if (!seen)
            printf("%10.4f %10.4f %5.1f%% %9.1f   %s\n", 1e3 * seconds[0], 1e3 * seconds[1], 100 * sum / ops->step,
                   flops / fmax(sum, 1e-9) / 1e9, ops->op[i].info.op);
    }
}

static yk_status print_people(const yk_bench_ops *ops, bool in_order, int threads)
{
    const yk_bench_op **row;
    int n = 0;
    YK_TRY(yk_alloc(&row, ops->n, sizeof *row));
    for (int i = 0; i < ops->n; i++)
        if (!ops->op[i].info.view)
            row[n++] = &ops->op[i];
    if (!in_order)
        qsort(row, (size_t)n, sizeof *row, slower_first);
    print_head(ops, threads);
    for (int i = 0; i < n; i++)
        print_op(ops, row[i]);
    yk_free(row);
    for (int p = 0; p < YK_PARTS; p++)
        print_part(ops, ops->part[p], part_name[p]);
    print_part(ops, rest_of(ops), "rest");
    print_kinds(ops);
    return YK_OK;
}

static void print_json(const yk_bench_ops *ops, int threads)
{
    printf("{\"step_s\": %.6g, \"steps\": %" PRId64 ", \"threads\": %d, \"kernels\": \"%s\", \"peak_gflops\": %.6g, "
           "\"peak_gbytes_per_s\": %.6g, \"parts\": {",
           ops->step, ops->steps, threads, yk_kernels_family(), ops->peak_flops / 1e9, ops->peak_bytes / 1e9);
    for (int p = 0; p < YK_PARTS; p++)
        printf("\"%s\": %.6g, ", part_name[p], ops->part[p]);
    printf("\"rest\": %.6g}, \"instructions\": [", rest_of(ops));
    for (int i = 0; i < ops->n; i++) {
        const yk_bench_op *op = &ops->op[i];
        printf("%s{\"op\": \"%s\", \"layer\": ", i ? ", " : "", op->info.op);
        yk_print_json(op->info.layer);
        printf(", \"backward\": %s, \"view\": %s, \"seconds\": %.6g, \"flops\": %.6g, \"bytes\": %.6g}",
               op->info.backward ? "true" : "false", op->info.view ? "true" : "false", op->seconds, op->flops,
               op->bytes);
    }
    printf("]}\n");
}

static yk_status bench(const yk_cli *cli, const yk_recipe *recipe, double seconds, int threads)
{
    yk_bench b;
    yk_bench_ops ops = { 0 };
    const bool root = yk_comm_rank(cli->comm) == 0, json = yk_args_get(&cli->args, "--json");
    yk_status status = yk_bench_open(&b, cli->comm, recipe, 1);
    if (status == YK_OK)
        status = yk_bench_watch(&b, seconds, &ops);
    if (status == YK_OK && root && json)
        print_json(&ops, threads);
    else if (status == YK_OK && root)
        status = print_people(&ops, yk_args_get(&cli->args, "--in-order"), threads);
    yk_bench_ops_free(&ops);
    yk_bench_close(&b);
    return status;
}

static yk_status run(yk_cli *cli, int *exit_code)
{
    yk_recipe *recipe;
    double seconds;
    int threads, cores;
    (void)exit_code;
    YK_TRY(yk_args_real(&cli->args, "--seconds", 0, 1e6, 5, &seconds));
    YK_TRY(yk_comm_agree(cli->comm, yk_cli_compute(cli, &threads, &cores)));
    YK_TRY(yk_cli_recipe(cli, &recipe));
    yk_status status = bench(cli, recipe, seconds, threads);
    yk_recipe_destroy(&recipe);
    return status;
}

static const yk_flag flags[] = {
    { "--seconds", "S", "measures for so long, after two steps that do not count (default: 5)", false },
    { "--in-order", NULL, "instructions in the program's order instead of the slowest first", false },
    { "--json", NULL, "one JSON object", false },
    YK_OVERRIDE_FLAG,
    YK_THREADS_FLAG,
    YK_PLUGIN_FLAG,
    { 0 },
};

const yk_command yk_command_bench_ops = {
    .name = "bench ops",
    .words = "RECIPE",
    .doc = "shows where the training step of a recipe goes: time, FLOPs and bytes of each instruction",
    .more = "The roofs are measured in the same run: multiply-adds on registers alone, and the sum of arrays that no "
            "cache\n"
            "holds. Bytes are what an instruction reads and writes, each once; from a cache they may come faster than "
            "that.",
    .flags = flags,
    .least = 1,
    .most = 1,
    .ranks = true,
    .run = run,
};
