/* SPDX-License-Identifier: Apache-2.0 */
#include "train/bench.h"

#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#include "core/clock.h"
#include "core/error.h"
#include "core/median.h"
#include "core/num.h"
#include "train/snapshot.h"
#include "train/synthetic.h"
#include "train/train.h"

enum { WARM_UP = 2, LEAST = 3, MOST_TIMES = 1 << 16 };

/* --- samples */

/* `batch: all` means that many. */
static yk_status samples_of_data(const yk_recipe *recipe, int64_t *samples)
{
    yk_split split;
    *samples = 0;
    if (!recipe->has_data || recipe->train_opts.batch > 0)
        return YK_OK;
    yk_status status = yk_split_open(&split, recipe, &recipe->train, true, 0);
    if (status == YK_OK)
        status = yk_recipe_take(recipe, yk_dataset_samples(split.data), samples);
    yk_split_close(&split);
    return status;
}

/* The first use of a field says what its samples are. */
static int first_use(const yk_model *model, const char *field)
{
    int i = 0;
    while (strcmp(model->fed[i].field, field) != 0)
        i++;
    return i;
}

/* A rank has numbers for the samples that it will compute; the others' are never looked at. */
static yk_status make_samples(yk_bench *b, int64_t batch, int64_t micro, int64_t batches)
{
    int64_t first, last;
    yk_tree_range(yk_div_up(batch, micro), yk_comm_rank(b->comm), yk_comm_size(b->comm), &first, &last);
    first = yk_min(first * micro, batch);
    last = yk_min(last * micro, batch);
    b->n_field = yk_recipe_fields(b->recipe, true, b->name);
    for (int f = 0; f < b->n_field; f++) {
        const int i = first_use(b->model, b->name[f]);
        const yk_value *v = yk_graph_value(b->model->graph, b->model->fed[i].value);
        const int64_t bytes = yk_shape_len_from(&v->shape, 1) * yk_dtype_size(v->dtype);
        char *data;
        YK_TRY(yk_alloc(&data, batches * batch, (size_t)bytes));
        b->field[f] = (yk_tensor){ v->dtype, v->shape, data };
        b->field[f].shape.dim[0] = batches * batch;
        for (int64_t k = 0; k < batches; k++) {
            const int64_t at = k * batch + first;
            yk_synthetic_fill(b->model, i, at, last - first, false, data + at * bytes);
        }
    }
    return YK_OK;
}

/* --- opening */

static yk_status open_bench(yk_bench *b, int64_t batches)
{
    static const yk_shuffle in_order = { .mode = YK_SHUFFLE_NONE };
    const yk_recipe *r = b->recipe;
    int64_t samples, batch, micro;
    yk_shape x;
    yk_order order;
    YK_TRY(yk_recipe_input(r, &x));
    YK_TRY(yk_model_create(&b->model, r, &x));
    YK_TRY(samples_of_data(r, &samples));
    YK_TRY(yk_recipe_batch(r, samples, &batch, &micro));
    YK_TRY(make_samples(b, batch, micro, batches));
    YK_TRY(yk_split_wrap(&b->split, r, b->n_field, b->name, b->field));
    YK_TRY(yk_split_feed(&b->split, b->model, NULL));
    YK_TRY(yk_engine_create(&b->engine, b->comm, r, b->model, &b->split, batches * batch));
    yk_order_make(&order, batches * batch, &in_order, r->seed, YK_FOR_SHUFFLE);
    YK_TRY(yk_split_load(&b->split, &order, batch, micro, b->comm, NULL, 1));
    YK_TRY(yk_engine_start(b->engine, 0));
    b->progress.steps_per_epoch = batches;
    b->progress.steps = r->train_opts.steps > 0 ? r->train_opts.steps : r->train_opts.epochs * batches;
    return YK_OK;
}

yk_status yk_bench_open(yk_bench *bench, yk_comm *comm, const yk_recipe *recipe, int64_t batches)
{
    *bench = (yk_bench){ .comm = comm, .recipe = recipe };
    YK_TRY(yk_comm_agree(comm, open_bench(bench, batches)));
    return yk_engine_connect(bench->engine);
}

void yk_bench_close(yk_bench *bench)
{
    yk_engine_destroy(&bench->engine);
    yk_split_close(&bench->split);
    yk_model_destroy(&bench->model);
    for (int f = 0; f < bench->n_field; f++)
        yk_free(bench->field[f].data);
    *bench = (yk_bench){ 0 };
}

/* --- steps */

/* A measurement may be longer than the training: its schedule then stays at the end. */
yk_status yk_bench_step(yk_bench *b, int signal, yk_step_result *result)
{
    const int64_t step = b->progress.step;
    yk_progress now = b->progress;
    now.step = yk_min(step, now.steps - 1);
    YK_TRY(yk_engine_step(b->engine, step, &now, signal, result));
    b->progress.step++;
    return YK_OK;
}

/* The most memory that this process has had, in bytes. The kernel's word for this program alone; getrusage() counts
 * what the process was before it became this program, too. */
static int64_t peak_bytes(void)
{
    char line[256];
    long long kb = 0;
    struct rusage usage;
    FILE *file = fopen("/proc/self/status", "r");
    while (file && fgets(line, sizeof line, file) && sscanf(line, "VmHWM: %lld kB", &kb) != 1)
        kb = 0;
    if (file)
        fclose(file);
    if (kb == 0 && getrusage(RUSAGE_SELF, &usage) == 0)
        kb = usage.ru_maxrss;
    return (int64_t)kb * 1024;
}

static yk_status finish(const yk_bench *b, const yk_step_result *last, yk_bench_report *report)
{
    report->loss = last->loss;
    YK_TRY(yk_engine_settle(b->engine));
    for (int i = 0; i < yk_program_instructions(b->engine->program); i++) {
        yk_instruction_info info;
        yk_program_instruction(b->engine->program, i, &info);
        report->flops += info.flops;
    }
    report->peak_bytes = report->total_bytes = peak_bytes();
    YK_TRY(yk_comm_max(b->comm, 1, &report->peak_bytes));
    YK_TRY(yk_comm_sum(b->comm, 1, &report->total_bytes));
    return yk_comm_agree(b->comm, yk_params_digest(b->model, b->engine->params, report->digest));
}

/* Median and best of n times, which are sorted. */
static void judge(int64_t n, double *seconds, int64_t batch, yk_bench_report *report)
{
    report->median = yk_median(n, seconds);
    report->best = seconds[0];
    report->samples_per_s = (double)batch / report->median;
}

/* Rank 0 looks at the clock; its signal tells all ranks with the step's own messages. */
static yk_status measure(yk_bench *b, double limit, double *seconds, yk_bench_report *report)
{
    yk_step_result last = { 0 };
    const bool root = yk_comm_rank(b->comm) == 0;
    double end = 0, now = 0;
    for (int64_t i = 0; last.signal == 0; i++) {
        const double began = i > 0 ? now : yk_clock();
        const bool over = report->steps >= LEAST - 1 && began >= end;
        YK_TRY(yk_bench_step(b, root && over, &last));
        now = yk_clock();
        if (i < WARM_UP || !yk_bucket_chosen(&b->engine->bucket)) {
            end = now + limit;
            memset(b->engine->spent, 0, sizeof b->engine->spent);
        } else {
            seconds[report->steps++ % MOST_TIMES] = now - began;
        }
    }
    for (int p = 0; p < YK_PARTS; p++)
        report->part[p] = b->engine->spent[p] / (double)report->steps;
    judge(yk_min(report->steps, MOST_TIMES), seconds, b->engine->batch, report);
    return finish(b, &last, report);
}

yk_status yk_bench_measure(yk_bench *bench, double seconds, yk_bench_report *report)
{
    double *times;
    *report = (yk_bench_report){ 0 };
    YK_TRY(yk_comm_agree(bench->comm, yk_alloc(&times, MOST_TIMES, sizeof *times)));
    yk_status status = measure(bench, seconds, times, report);
    yk_free(times);
    return status;
}

yk_status yk_bench_train(yk_bench *bench, int64_t steps, yk_bench_report *report)
{
    yk_step_result last = { 0 };
    *report = (yk_bench_report){ .steps = steps };
    bench->progress.steps = steps;
    for (int64_t i = 0; i < steps; i++)
        YK_TRY(yk_bench_step(bench, 0, &last));
    return finish(bench, &last, report);
}

/* --- the samples as a file */

yk_status yk_bench_write(const yk_bench *bench, const char *spec)
{
    yk_status status = YK_OK;
    yk_datawriter *writer = NULL;
    YK_TRY(yk_datawriter_create(&writer, spec, true));
    for (int f = 0; f < bench->n_field; f++)
        YK_TRY_GOTO(yk_datawriter_field(writer, bench->name[f], &bench->field[f]), done);
    YK_TRY_GOTO(yk_datawriter_commit(&writer), done);
done:
    yk_datawriter_discard(&writer);
    return status;
}
