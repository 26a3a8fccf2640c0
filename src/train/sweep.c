/* SPDX-License-Identifier: Apache-2.0 */
#include "train/sweep.h"

#include "core/error.h"
#include "core/num.h"

enum {
    LEAF = 32, /* samples whose losses are summed first: fixed, so that the loss is a function of data and parameters */
    CHUNK = 4  /* such groups of a rank that go through the program at once: fast, and small enough for the cache */
};

/* Every sample once, in file order. */
static void sweep_order(const yk_sweep *s, yk_order *order)
{
    const yk_shuffle none = { .mode = YK_SHUFFLE_NONE };
    yk_order_make(order, s->samples, &none, 0, YK_FOR_SHUFFLE);
    yk_order_take(order, yk_dataset_samples(s->split->data), s->split->seed);
}

yk_status yk_sweep_plan(yk_sweep *s, yk_comm *comm, const yk_model *model, yk_split *split, int n, const int *out)
{
    *s = (yk_sweep){ .comm = comm,
                     .model = model,
                     .split = split,
                     .samples = split->take ? split->take : yk_dataset_samples(split->data),
                     .micro = LEAF,
                     .batch = (int64_t)CHUNK * LEAF * yk_comm_size(comm) };
    s->steps = yk_steps_per_epoch(s->samples, s->batch);
    yk_program_opts opts = {
        .dtype = YK_F32, .rows = CHUNK * LEAF, .leaf = s->micro, .n_out = n, .out = out, .unfused = model->unfused
    };
    return yk_program_create(&s->program, model->graph, model->layout, &opts);
}

yk_status yk_sweep_create(yk_sweep *s, yk_comm *comm, yk_io_thread *io, const yk_model *model, yk_split *split, int n,
                          const int *out)
{
    yk_order order;
    YK_TRY(yk_sweep_plan(s, comm, model, split, n, out));
    sweep_order(s, &order);
    return yk_split_load(split, &order, s->batch, s->micro, comm, io, YK_AHEAD_SWEEP);
}

int64_t yk_sweep_input_bytes(const yk_sweep *s)
{
    yk_order order;
    sweep_order(s, &order);
    return yk_split_bytes(s->split, &order, s->batch, s->micro, s->comm, YK_AHEAD_SWEEP);
}

void yk_sweep_destroy(yk_sweep *s)
{
    yk_program_destroy(&s->program);
    yk_arena_destroy(&s->own);
}

int64_t yk_sweep_bytes(const yk_sweep *s)
{
    yk_program_bytes bytes;
    yk_program_bytes_of(s->program, &bytes);
    return bytes.arena;
}

yk_status yk_sweep_bind(yk_sweep *s, const float *params, void *memory)
{
    if (!memory) {
        YK_TRY(yk_arena_create(&s->own, yk_sweep_bytes(s)));
        memory = yk_arena_take(&s->own, yk_sweep_bytes(s));
    }
    yk_program_bind(s->program, (void *)(uintptr_t)params, NULL, 0, memory); /* a forward program only reads them */
    return YK_OK;
}

yk_status yk_sweep_next(yk_sweep *s, yk_batch *batch)
{
    YK_TRY(yk_loader_next(s->split->loader, s->done++, batch));
    if (batch->rows == 0)
        return YK_OK;
    yk_split_feed_program(s->split, s->model, s->program, batch, 0);
    yk_rows rows = { .leaves = { batch->rows, s->micro }, .sample = batch->sample, .step = batch->step };
    yk_program_forward(s->program, &rows, NULL, NULL);
    return YK_OK;
}
