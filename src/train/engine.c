/* SPDX-License-Identifier: Apache-2.0 */
/* Planning and memory of a training; the step itself is in step.c. */
#include "train/engine.h"

#include <inttypes.h>
#include <string.h>

#include "core/error.h"
#include "core/num.h"

/* What one chunk may take beside the parameters; larger chunks stop paying before this. */
#define CHUNK_BYTES ((int64_t)512 << 20)
/* A stripe: the least that messages are worth while for, at each rank, and a number of them that backward is worth
 * being cut into. */
#define STRIPE_ELEMENTS ((int64_t)1 << 18)
#define STRIPE_PIECE ((int64_t)1 << 13)
#define STRIPES_MOST 128

static yk_status plan_program(yk_engine *e, int64_t chunk)
{
    yk_program_destroy(&e->program);
    int wanted[YK_MAX_LOSSES];
    for (int h = 0; h < e->model->n_heads; h++)
        wanted[h] = e->model->head[h].output;
    yk_program_opts opts = { .backward = true,
                             .dtype = YK_F32,
                             .rows = yk_min(chunk * e->micro, e->batch),
                             .leaf = e->micro,
                             .n_out = e->model->n_heads,
                             .out = wanted,
                             .n_loss = e->model->n_heads,
                             .loss = e->model->loss,
                             .unfused = e->model->unfused };
    e->chunk = chunk;
    return yk_program_create(&e->program, e->model->graph, e->layout, &opts);
}

/* As many micro-batches at once as the rank ever has and CHUNK_BYTES hold. */
static yk_status choose_chunk(yk_engine *e)
{
    int64_t chunk = yk_div_up(e->leaves, yk_comm_size(e->comm));
    for (;; chunk = yk_div_up(chunk, 2)) {
        YK_TRY(plan_program(e, chunk));
        yk_program_bytes bytes;
        yk_program_bytes_of(e->program, &bytes);
        if (chunk == 1 || bytes.arena + chunk * e->layout->length * (int64_t)sizeof(float) <= CHUNK_BYTES)
            return YK_OK;
    }
}

/* Who owns what. The stripes are as the vector's elements become final, so that while one is summed the next one is
 * computed. */
static yk_status deal_out(yk_engine *e)
{
    const int size = yk_comm_size(e->comm);
    const int64_t length = e->layout->length, stripe = yk_max(STRIPE_ELEMENTS, size * STRIPE_PIECE);
    const int64_t stripes = size == 1 ? 1 : yk_max(1, yk_min(length / stripe, STRIPES_MOST)), pieces = stripes * size;
    YK_TRY(yk_alloc(&e->deal.cut, pieces + 1, sizeof *e->deal.cut));
    YK_TRY(yk_alloc(&e->quanta, pieces + 1, sizeof *e->quanta));
    YK_TRY(yk_alloc(&e->norm, e->layout->n_quanta, sizeof *e->norm));
    YK_TRY(yk_alloc(&e->dealt_norm, e->layout->n_quanta, sizeof *e->dealt_norm));
    YK_TRY(yk_alloc(&e->first_norm, size + 1, sizeof *e->first_norm));
    e->deal.size = size;
    e->deal.stripes = stripes;
    yk_layout_cut(e->layout, pieces, e->deal.cut, e->quanta);
    for (int64_t i = 0; i < pieces; i++)
        e->first_norm[i % size + 1] += e->quanta[i + 1] - e->quanta[i];
    for (int r = 0; r < size; r++)
        e->first_norm[r + 1] += e->first_norm[r];
    return YK_OK;
}

/* Cuts what this rank owns into segments of one parameter each. */
static yk_status cut_segments(yk_engine *e)
{
    const int rank = yk_comm_rank(e->comm);
    int64_t slot = 0; /* of the piece's first element */
    YK_TRY(yk_alloc(&e->segment, e->first_norm[rank + 1] - e->first_norm[rank], sizeof *e->segment));
    for (int64_t i = rank; i < e->deal.stripes * e->deal.size; i += e->deal.size) {
        for (int64_t q = e->quanta[i]; q < e->quanta[i + 1]; q++) {
            const yk_quantum *quantum = &e->layout->quantum[q];
            yk_segment *s = e->n_segments ? &e->segment[e->n_segments - 1] : NULL;
            if (s && s->param == quantum->param && s->last == quantum->first)
                s->last = quantum->last;
            else
                e->segment[e->n_segments++] = (yk_segment){ quantum->param, quantum->first, quantum->last,
                                                            slot + quantum->first - e->deal.cut[i] };
        }
        slot += e->deal.cut[i + 1] - e->deal.cut[i];
    }
    return YK_OK;
}

/* Row i of a batch goes on with the state of row i of the batch before: sample s with that of s - carry. */
static yk_status check_carried(const yk_engine *e)
{
    for (int p = 0; p < yk_graph_params(e->model->graph); p++) {
        const yk_param *param = yk_graph_param(e->model->graph, p);
        if (param->role != YK_ROLE_BUFFER_CARRIED)
            continue;
        YK_CHECK(param->shape.dim[0] == e->batch, YK_ERR_RECIPE,
                 "%s: carry is %" PRId64 ", but it must be train.batch, %" PRId64
                 ": a sample goes on where the same row of the batch before ended",
                 param->name, param->shape.dim[0], e->batch);
        YK_CHECK(e->recipe->shuffle.mode == YK_SHUFFLE_NONE && e->recipe->take == 0, YK_ERR_RECIPE,
                 "%s: carry needs the samples in the order of the file: give data.shuffle: none, and no data.take",
                 param->name);
    }
    return YK_OK;
}

static yk_status create(yk_engine *e, int64_t samples)
{
    YK_TRY(yk_recipe_batch(e->recipe, samples, &e->batch, &e->micro));
    YK_TRY(check_carried(e));
    e->leaves = yk_div_up(e->batch, e->micro);
    YK_TRY(choose_chunk(e));
    YK_TRY(deal_out(e));
    YK_TRY(cut_segments(e));
    YK_TRY(yk_denominators_create(&e->denominators, e->comm, e->model, e->split, e->leaves, e->micro));
    yk_measured measured[YK_MAX_LOSSES];
    yk_measured_of(e->model, measured);
    YK_TRY(yk_tally_create(&e->tally, e->recipe, e->model->n_heads, measured));
    for (int p = 0; p < yk_graph_params(e->model->graph); p++) {
        const yk_param *param = yk_graph_param(e->model->graph, p);
        e->penalised = e->penalised || (yk_param_trains(param) && (param->l1 > 0 || param->l2 > 0));
    }
    e->optimizer = e->recipe->optimizer.entry;
    e->n_slots = e->optimizer->slots(e->recipe->optimizer.opts);
    if (e->optimizer->ratio)
        YK_TRY(yk_alloc(&e->square, 2 * yk_graph_params(e->model->graph), sizeof *e->square));
    return YK_OK;
}

yk_status yk_engine_create(yk_engine **out, yk_comm *comm, const yk_recipe *recipe, const yk_model *model,
                           yk_split *split, int64_t samples)
{
    YK_TRY(yk_alloc(out, 1, sizeof **out));
    yk_engine *e = *out;
    e->comm = comm;
    e->recipe = recipe;
    e->model = model;
    e->layout = model->layout;
    e->split = split;
    yk_status status = create(e, samples);
    if (status != YK_OK)
        yk_engine_destroy(out);
    return status;
}

void yk_engine_destroy(yk_engine **engine)
{
    yk_engine *e = *engine;
    if (!e)
        return;
    yk_program_destroy(&e->program);
    yk_reduce_destroy(&e->reduce);
    yk_arena_destroy(&e->arena);
    if (!e->borrowed) {
        yk_free(e->params);
        yk_free(e->average);
    }
    for (int i = 0; i < YK_MAX_SLOTS; i++)
        yk_free(e->slot[i]);
    yk_free(e->deal.cut);
    yk_free(e->quanta);
    yk_free(e->segment);
    yk_free(e->norm);
    yk_free(e->dealt_norm);
    yk_free(e->first_norm);
    yk_free(e->square);
    yk_tally_destroy(&e->tally);
    yk_denominators_destroy(&e->denominators);
    yk_free(e);
    *engine = NULL;
}

void yk_engine_plan(const yk_engine *e, yk_engine_bytes *out)
{
    const int rank = yk_comm_rank(e->comm);
    yk_program_bytes bytes;
    yk_program_bytes_of(e->program, &bytes);
    *out = (yk_engine_bytes){
        .parameters = e->layout->length * (int64_t)sizeof(float) * (e->recipe->has_ema ? 2 : 1),
        .gradients = yk_reduce_bytes(e->comm, e->layout->length, e->chunk, e->leaves, &e->deal),
        .slots = e->n_slots * yk_deal_count(&e->deal, rank) * (int64_t)sizeof(float),
        .activations = bytes.activations,
        .workspace = bytes.workspace,
        .arena = bytes.arena,
    };
}

void yk_engine_share(yk_engine *e, float *params, float *average)
{
    e->params = params;
    e->average = average;
    e->borrowed = true;
}

yk_status yk_engine_start(yk_engine *e, int64_t at_least)
{
    const int rank = yk_comm_rank(e->comm);
    yk_program_bytes bytes;
    yk_program_bytes_of(e->program, &bytes);
    const int64_t memory = yk_max(bytes.arena, at_least);
    YK_TRY(yk_arena_create(&e->arena, memory));
    e->memory = yk_arena_take(&e->arena, memory);
    if (!e->borrowed) {
        YK_TRY(yk_alloc(&e->params, e->layout->length, sizeof *e->params));
        if (e->recipe->has_ema)
            YK_TRY(yk_alloc(&e->average, e->layout->length, sizeof *e->average));
        YK_TRY(yk_model_init(e->model, e->params));
    }
    for (int i = 0; i < e->n_slots; i++)
        YK_TRY(yk_alloc(&e->slot[i], yk_deal_count(&e->deal, rank), sizeof(float)));
    yk_engine_begin_average(e);
    return YK_OK;
}

bool yk_engine_finishes_params(const yk_engine *e)
{
    bool any = e->recipe->has_ema;
    for (int p = 0; p < yk_graph_params(e->model->graph); p++) {
        const yk_param *param = yk_graph_param(e->model->graph, p);
        any = any || (yk_param_trains(param) && (param->max_norm > 0 || param->unit_norm));
    }
    return any;
}

yk_status yk_engine_connect(yk_engine *e)
{
    YK_TRY(yk_reduce_create(&e->reduce, e->comm, e->layout->length, e->chunk, e->leaves,
                            (yk_wire)e->recipe->train_opts.wire, &e->deal));
    yk_bucket_begin(&e->bucket, e->deal.stripes, e->deal.size,
                    yk_reduce_has_thread(e->reduce) && !yk_engine_finishes_params(e));
    yk_program_bind(e->program, e->params, yk_reduce_leaves(e->reduce), yk_reduce_step(e->reduce), e->memory);
    return YK_OK;
}

const float *yk_engine_shown(const yk_engine *e)
{
    return e->average ? e->average : e->params;
}

void yk_engine_begin_average(yk_engine *e)
{
    if (e->average)
        memcpy(e->average, e->params, (size_t)e->layout->length * sizeof *e->average);
}
