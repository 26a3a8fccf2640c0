/* SPDX-License-Identifier: Apache-2.0 */
/* Where a training step goes: its instructions and the parts around them, beside the roofs of this machine. */
#include <math.h>
#include <string.h>

#include "core/clock.h"
#include "core/cpu.h"
#include "core/error.h"
#include "core/median.h"
#include "core/mem.h"
#include "core/num.h"
#include "core/parallel.h"
#include "kernels/roof.h"
#include "train/bench.h"

enum { WARM_UP = 2, LEAST = 3, MOST = 200, ROUNDS = 1 << 20, TRIES = 5, ROOF_LEN = 1 << 24 };

/* --- the roofs */

static void chains(const void *context, int64_t job)
{
    int64_t *done = *(int64_t *const *)context;
    float y[16];
    done[job] = yk_kernels_roof(ROUNDS, y);
}

/* As many jobs as threads. */
static double measure_flops(int64_t *done)
{
    const int64_t threads = yk_threads();
    double best = INFINITY, sum = 0;
    for (int i = 0; i < TRIES; i++) {
        const double began = yk_clock();
        yk_parallel(threads, INT64_MAX, chains, &done);
        best = fmin(best, yk_clock() - began);
    }
    for (int64_t t = 0; t < threads; t++)
        sum += 2 * (double)done[t];
    return sum / best;
}

/* y = y + x of arrays that no cache holds: three passes. */
yk_status yk_bench_bytes(double *out)
{
    float *x = NULL, *y = NULL;
    double best = INFINITY;
    yk_status status = YK_OK;
    YK_TRY_GOTO(yk_alloc(&x, ROOF_LEN, sizeof *x), done);
    YK_TRY_GOTO(yk_alloc(&y, ROOF_LEN, sizeof *y), done);
    for (int i = 0; i < TRIES; i++) {
        const double began = yk_clock();
        yk_k->copy(ROOF_LEN, x, y, true);
        best = fmin(best, yk_clock() - began);
    }
    *out = 3.0 * ROOF_LEN * (double)sizeof *x / best;
done:
    yk_free(x);
    yk_free(y);
    return status;
}

static yk_status measure_roofs(yk_bench_ops *out)
{
    int64_t *done;
    YK_TRY(yk_alloc(&done, yk_threads(), sizeof *done));
    out->peak_flops = measure_flops(done);
    yk_free(done);
    return yk_bench_bytes(&out->peak_bytes);
}

/* --- steps */

/* Rows of times: one of each step, one value a column: the step, its parts, its instructions. */
typedef struct table {
    int columns;
    int64_t rows;
    double *time;
} table;

static double median(const table *t, int column, double *room)
{
    for (int64_t r = 0; r < t->rows; r++)
        room[r] = t->time[r * t->columns + column];
    return yk_median(t->rows, room);
}

static yk_status run_steps(yk_bench *b, double limit, table *t)
{
    yk_engine *e = b->engine;
    yk_step_result last = { 0 };
    const bool root = yk_comm_rank(b->comm) == 0;
    double end = 0;
    for (int64_t i = 0; last.signal == 0; i++) {
        double *row = t->time + t->rows * t->columns;
        const double began = yk_clock();
        const bool over = i >= WARM_UP + LEAST - 1 && (began >= end || t->rows == MOST - 1);
        memset(row, 0, (size_t)t->columns * sizeof *row);
        memset(e->spent, 0, sizeof e->spent);
        yk_program_watch(e->program, row + 1 + YK_PARTS);
        YK_TRY(yk_bench_step(b, root && over, &last));
        row[0] = yk_clock() - began;
        memcpy(row + 1, e->spent, sizeof e->spent);
        if (i < WARM_UP)
            end = yk_clock() + limit;
        else
            t->rows++;
    }
    return YK_OK;
}

/* What a step of this rank computes and moves: all of its chunks. */
static void describe(const yk_bench *b, yk_bench_ops *out)
{
    const yk_engine *e = b->engine;
    int64_t first, last;
    yk_tree_range(e->leaves, yk_comm_rank(b->comm), yk_comm_size(b->comm), &first, &last);
    const double rows = (double)(yk_min(last * e->micro, e->batch) - yk_min(first * e->micro, e->batch));
    const double chunks = (double)yk_div_up(last - first, e->chunk);
    for (int i = 0; i < out->n; i++) {
        yk_bench_op *op = &out->op[i];
        yk_program_instruction(e->program, i, &op->info);
        op->flops = op->info.flops * rows;
        op->bytes = (double)op->info.moved_bytes * chunks;
    }
}

static yk_status watch(yk_bench *b, double seconds, table *t, yk_bench_ops *out)
{
    double room[MOST];
    yk_status status = run_steps(b, seconds, t);
    yk_program_watch(b->engine->program, NULL);
    YK_TRY(status);
    out->steps = t->rows;
    out->step = median(t, 0, room);
    for (int p = 0; p < YK_PARTS; p++)
        out->part[p] = median(t, 1 + p, room);
    for (int i = 0; i < out->n; i++)
        out->op[i].seconds = median(t, 1 + YK_PARTS + i, room);
    describe(b, out);
    return YK_OK;
}

yk_status yk_bench_watch(yk_bench *bench, double seconds, yk_bench_ops *out)
{
    *out = (yk_bench_ops){ .n = yk_program_instructions(bench->engine->program) };
    table t = { .columns = 1 + YK_PARTS + out->n };
    yk_status status = yk_alloc(&t.time, (int64_t)MOST * t.columns, sizeof *t.time);
    if (status == YK_OK)
        status = yk_alloc(&out->op, out->n, sizeof *out->op);
    if (status == YK_OK)
        status = measure_roofs(out);
    status = yk_comm_agree(bench->comm, status);
    if (status == YK_OK)
        status = watch(bench, seconds, &t, out);
    yk_free(t.time);
    return status;
}

void yk_bench_ops_free(yk_bench_ops *ops)
{
    yk_free(ops->op);
    *ops = (yk_bench_ops){ 0 };
}
