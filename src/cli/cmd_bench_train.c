/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <math.h>

#include "cli/cli.h"
#include "core/error.h"
#include "kernels/kernels.h"
#include "train/bench.h"
#include "yoke/version.h"

static double gflops(const yk_bench_report *r)
{
    return r->flops * r->samples_per_s / 1e9;
}

static void print_people(const yk_bench *b, const yk_bench_report *r, int threads)
{
    char text[3][32];
    printf("%.6g samples/s: a step of %" PRId64 " samples takes %.4g ms (median of %" PRId64
           "; best %.4g ms), %.1f GFLOP/s\n",
           r->samples_per_s, b->engine->batch, 1e3 * r->median, r->steps, 1e3 * r->best, gflops(r));
    printf("batch %" PRId64 " in micro-batches of %" PRId64 ", %" PRId64
           " at once; %s parameters; %d rank%s, %d thread%s a "
           "rank, kernels %s\n",
           b->engine->batch, b->engine->micro, b->engine->chunk,
           yk_count_text(yk_model_count(b->model, yk_param_counts), text[0]), yk_comm_size(b->comm),
           yk_comm_size(b->comm) == 1 ? "" : "s", threads, threads == 1 ? "" : "s", yk_kernels_family());
    printf("memory of the largest rank %s, of all %s; loss %.6g\n", yk_bytes_text(r->peak_bytes, text[1]),
           yk_bytes_text(r->total_bytes, text[2]), r->loss);
}

/* What is left of a median step without reading, waiting for other ranks, update and gather. */
static double computed_of(const yk_bench_report *r)
{
    return fmax(0, r->median - r->part[YK_PART_SAMPLES] - r->part[YK_PART_WAIT] - r->part[YK_PART_AGREE] -
                       r->part[YK_PART_UPDATE] - r->part[YK_PART_GATHER]);
}

static void print_json(const yk_bench *b, const yk_bench_report *r, int threads)
{
    printf("{\"samples_per_s\": %.6g, \"step_s\": %.6g, \"best_step_s\": %.6g, \"steps\": %" PRId64
           ", \"gflops\": %.6g, \"flops_per_sample\": %.0f, \"batch\": %" PRId64 ", \"micro_batch\": %" PRId64
           ", \"parameters\": %" PRId64 ", \"ranks\": %d, \"threads\": %d, \"peak_bytes\": %" PRId64
           ", \"total_bytes\": %" PRId64 ", \"kernels\": \"%s\", \"yoke\": \"%s\", \"loss\": ",
           r->samples_per_s, r->median, r->best, r->steps, gflops(r), r->flops, b->engine->batch, b->engine->micro,
           yk_model_count(b->model, yk_param_counts), yk_comm_size(b->comm), threads, r->peak_bytes, r->total_bytes,
           yk_kernels_family(), YK_VERSION);
    yk_print_json_real(r->loss);
    printf(
        ", \"input_s\": %.6g, \"exposed_s\": %.6g, \"optimizer_s\": %.6g, \"gather_s\": %.6g, \"compute_s\": %.6g}\n",
        r->part[YK_PART_SAMPLES], r->part[YK_PART_WAIT] + r->part[YK_PART_AGREE], r->part[YK_PART_UPDATE],
        r->part[YK_PART_GATHER], computed_of(r));
}

typedef struct request {
    int64_t steps, batches;
    double seconds;
    bool digest, json;
} request;

static yk_status read_request(const yk_args *args, request *q)
{
    q->digest = yk_args_get(args, "--digest");
    q->json = yk_args_get(args, "--json");
    YK_TRY(yk_args_int(args, "--steps", 1, INT64_MAX, 0, &q->steps));
    YK_TRY(yk_args_int(args, "--batches", 1, INT32_MAX, 1, &q->batches));
    YK_TRY(yk_args_real(args, "--seconds", 0, 1e6, 5, &q->seconds));
    YK_CHECK((q->steps > 0) == q->digest, YK_ERR_ARG,
             "--steps N and --digest go together; without them --seconds says how long is measured");
    YK_CHECK(!q->digest || !yk_args_get(args, "--seconds"), YK_ERR_ARG,
             "--digest is of so many steps, whatever they take: leave out --seconds");
    return YK_OK;
}

static yk_status bench(const yk_cli *cli, const yk_recipe *recipe, const request *q, int threads)
{
    yk_bench b;
    yk_bench_report report;
    const bool root = yk_comm_rank(cli->comm) == 0;
    yk_status status = yk_bench_open(&b, cli->comm, recipe, q->batches);
    if (status == YK_OK)
        status = q->digest ? yk_bench_train(&b, q->steps, &report) : yk_bench_measure(&b, q->seconds, &report);
    if (status == YK_OK && root && q->digest)
        printf("%s\n", report.digest);
    else if (status == YK_OK && root && q->json)
        print_json(&b, &report, threads);
    else if (status == YK_OK && root)
        print_people(&b, &report, threads);
    yk_bench_close(&b);
    return status;
}

static yk_status run(yk_cli *cli, int *exit_code)
{
    yk_recipe *recipe;
    request q;
    int threads, cores;
    (void)exit_code;
    YK_TRY(read_request(&cli->args, &q));
    YK_TRY(yk_comm_agree(cli->comm, yk_cli_compute(cli, &threads, &cores)));
    YK_TRY(yk_cli_recipe(cli, &recipe));
    yk_status status = bench(cli, recipe, &q, threads);
    yk_recipe_destroy(&recipe);
    return status;
}

static const yk_flag flags[] = {
    { "--seconds", "S", "measures for so long, after two steps that do not count (default: 5)", false },
    { "--steps", "N", "with --digest: trains N steps instead", false },
    { "--digest", NULL, "prints the digest of parameters and buffers after --steps steps", false },
    { "--batches", "N", "different batches, which take turns (default: 1)", false },
    { "--json", NULL, "one JSON object", false },
    YK_OVERRIDE_FLAG,
    YK_THREADS_FLAG,
    YK_PLUGIN_FLAG,
    { 0 },
};

const yk_command yk_command_bench_train = {
    .name = "bench train",
    .words = "RECIPE",
    .doc = "measures the training step of a recipe on random samples in memory",
    .more =
        "The step is that of `yoke train`: nothing is left out but reading, augmenting and normalising samples. Their\n"
        "shapes are those of `input:`, or of the recipe's data.",
    .flags = flags,
    .least = 1,
    .most = 1,
    .ranks = true,
    .run = run,
};
