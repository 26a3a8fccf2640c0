/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>

#include "cli/cli.h"
#include "cli/plan_nodes.h"
#include "core/error.h"
#include "core/num.h"
#include "train/engine.h"
#include "train/saver.h"
#include "train/train.h"

typedef struct plan {
    yk_recipe *recipe;
    yk_split split, dev; /* no data behind them where the recipe gives shapes only */
    yk_model *model;
    yk_engine *engine;
    yk_engine_bytes bytes;
    int64_t input;  /* bytes of samples: kept in memory, and read ahead */
    int64_t copy;   /* of the state, while a checkpoint is written: on rank 0 */
    int64_t memory; /* all that rank 0 reserves */
    double flops;   /* of one sample, forward and backward */
} plan;

/* Samples of train and dev, and what a rank needs in all. Evaluation has the program's memory between steps. */
static yk_status add_up(plan *p, yk_comm *comm, int64_t samples)
{
    const yk_recipe *r = p->recipe;
    int64_t arena = 0, input = 0;
    if (p->split.data) {
        yk_order order;
        yk_order_make(&order, samples, &r->shuffle, r->seed, YK_FOR_SHUFFLE);
        yk_order_take(&order, yk_dataset_samples(p->split.data), r->seed);
        YK_TRY(yk_split_feed(&p->split, p->model, NULL));
        p->input = yk_split_bytes(&p->split, &order, p->engine->batch, p->engine->micro, comm, YK_AHEAD_TRAIN);
    }
    if (r->has_dev) {
        YK_TRY(yk_split_open(&p->dev, r, &r->dev, true, r->memory));
        yk_split_augment(&p->dev, r, false, NULL);
        YK_TRY(yk_split_feed(&p->dev, p->model, NULL));
        YK_TRY(yk_evaluator_plan(comm, p->model, &p->dev, &arena, &input));
    }
    p->input += input;
    p->bytes.arena = yk_max(p->bytes.arena, arena);
    p->copy = yk_saver_bytes(p->engine);
    p->memory = p->copy + p->bytes.parameters + p->bytes.gradients + p->bytes.slots + p->bytes.arena + p->input;
    return YK_OK;
}

/* Stands for the axes of the colours, which take a pass over the data: no sample is augmented here. */
static const float no_axes[1];

static yk_status build(plan *p, yk_cli *cli)
{
    yk_shape x;
    int64_t samples = 0;
    YK_TRY(yk_cli_recipe(cli, &p->recipe));
    YK_TRY(yk_recipe_input(p->recipe, &x));
    if (p->recipe->has_data) {
        YK_TRY(yk_split_open(&p->split, p->recipe, &p->recipe->train, true, p->recipe->memory));
        yk_split_augment(&p->split, p->recipe, true, no_axes);
        YK_TRY(yk_recipe_take(p->recipe, yk_dataset_samples(p->split.data), &samples));
    }
    YK_TRY(yk_model_create(&p->model, p->recipe, &x));
    YK_TRY(yk_engine_create(&p->engine, cli->comm, p->recipe, p->model, &p->split, samples));
    yk_engine_plan(p->engine, &p->bytes);
    YK_TRY(add_up(p, cli->comm, samples));
    for (int i = 0; i < yk_program_instructions(p->engine->program); i++) {
        yk_instruction_info info;
        yk_program_instruction(p->engine->program, i, &info);
        p->flops += info.flops;
    }
    return YK_OK;
}

static void destroy(plan *p)
{
    yk_engine_destroy(&p->engine);
    yk_model_destroy(&p->model);
    yk_split_close(&p->split);
    yk_split_close(&p->dev);
    yk_recipe_destroy(&p->recipe);
}

static void print_people(const plan *p)
{
    char text[6][32];
    printf("%3s %-32s %-20s %-22s %12s %10s %14s\n", "", "instruction", "layer", "output", "bytes", "parameters",
           "FLOPs/sample");
    for (int i = 0; i < yk_program_instructions(p->engine->program); i++) {
        yk_instruction_info info;
        char shape[YK_SHAPE_TEXT], name[64];
        yk_program_instruction(p->engine->program, i, &info);
        snprintf(name, sizeof name, "%s%s%s", info.op, info.backward ? " backward" : "",
                 info.view       ? " (view)"
                 : info.in_place ? " (in place)"
                                 : "");
        printf("%3d %-32s %-20s %-22s %12s %10s %14s\n", i, name, info.layer, yk_shape_text(&info.out, 0, shape),
               yk_bytes_text(info.out_bytes, text[0]), yk_count_text(info.parameters, text[1]),
               yk_count_text((int64_t)info.flops, text[2]));
    }
    printf("\nbatch %" PRId64 " in %" PRId64 " micro-batches of %" PRId64 ", %" PRId64 " at once\n", p->engine->batch,
           p->engine->leaves, p->engine->micro, p->engine->chunk);
    const int64_t frozen = yk_model_count(p->model, yk_param_rests);
    printf("%s parameters", yk_count_text(yk_model_count(p->model, yk_param_counts), text[0]));
    if (frozen > 0)
        printf(" (%s trainable, %s frozen)", yk_count_text(yk_model_count(p->model, yk_param_trains), text[1]),
               yk_count_text(frozen, text[2]));
    printf(": %s; gradients %s; optimizer slots %s; activations %s (%s without reuse), workspace %s of it\n",
           yk_bytes_text(p->bytes.parameters, text[1]), yk_bytes_text(p->bytes.gradients, text[2]),
           yk_bytes_text(p->bytes.slots, text[3]), yk_bytes_text(p->bytes.arena, text[4]),
           yk_bytes_text(p->bytes.activations, text[5]), yk_bytes_text(p->bytes.workspace, text[0]));
    printf("samples kept in memory (one copy a machine) and read ahead %s; rank 0's copy for checkpoints %s; in all %s "
           "on one rank\n",
           yk_bytes_text(p->input, text[0]), yk_bytes_text(p->copy, text[1]), yk_bytes_text(p->memory, text[2]));
    printf("%s FLOPs a sample, forward and backward\n", yk_count_text((int64_t)p->flops, text[0]));
}

static void print_instruction(const yk_program *program, int i)
{
    yk_instruction_info info;
    yk_program_instruction(program, i, &info);
    printf("%s{\"op\": \"%s\", \"layer\": ", i ? ", " : "", info.op);
    yk_print_json(info.layer);
    printf(", \"backward\": %s, \"in_place\": %s, \"view\": %s, \"shape\": [", info.backward ? "true" : "false",
           info.in_place ? "true" : "false", info.view ? "true" : "false");
    for (int d = 0; d < info.out.ndim; d++)
        printf("%s%" PRId64, d ? ", " : "", info.out.dim[d]);
    printf("], \"bytes\": %" PRId64 ", \"parameters\": %" PRId64 ", \"flops_per_sample\": %.0f}", info.out_bytes,
           info.parameters, info.flops);
}

static void print_json(const plan *p)
{
    printf("{\"parameters\": %" PRId64 ", \"trainable\": %" PRId64 ", \"frozen\": %" PRId64
           ", \"parameter_bytes\": %" PRId64 ", \"gradient_bytes\": %" PRId64 ", \"slot_bytes\": %" PRId64
           ", \"activation_bytes\": %" PRId64 ", \"workspace_bytes\": %" PRId64 ", \"input_bytes\": %" PRId64
           ", \"checkpoint_bytes\": %" PRId64 ", \"memory_bytes\": %" PRId64 ", \"batch\": %" PRId64
           ", \"micro_batch\": %" PRId64 ", \"flops_per_sample\": %.0f, \"instructions\": [",
           yk_model_count(p->model, yk_param_counts), yk_model_count(p->model, yk_param_trains),
           yk_model_count(p->model, yk_param_rests), p->bytes.parameters, p->bytes.gradients, p->bytes.slots,
           p->bytes.arena, p->bytes.workspace, p->input, p->copy, p->memory, p->engine->batch, p->engine->micro,
           p->flops);
    for (int i = 0; i < yk_program_instructions(p->engine->program); i++)
        print_instruction(p->engine->program, i);
    printf("]}\n");
}

static yk_status run(yk_cli *cli, int *exit_code)
{
    plan p = { 0 };
    (void)exit_code;
    if (yk_args_get(&cli->args, "--nodes"))
        return yk_plan_nodes(cli);
    yk_status status = build(&p, cli);
    if (status == YK_OK) {
        if (yk_args_get(&cli->args, "--json"))
            print_json(&p);
        else
            print_people(&p);
    }
    destroy(&p);
    return status;
}

static const yk_flag flags[] = {
    { "--json", NULL, "one JSON object", false },
    YK_PLAN_NODES_FLAGS,
    YK_THREADS_FLAG,
    YK_OVERRIDE_FLAG,
    YK_PLUGIN_FLAG,
    { 0 },
};

const yk_command yk_command_plan = {
    .name = "plan",
    .words = "RECIPE",
    .doc = "shows the program that a recipe becomes: instructions, shapes, parameters, bytes, FLOPs",
    .more =
        "With --nodes: what a training step would take on so many machines. A rank's share of the batch is measured\n"
        "here, on random samples; messages are a model of latency and bandwidth. Efficiency: of the first number.",
    .flags = flags,
    .least = 1,
    .most = 1,
    .run = run,
};
