/* SPDX-License-Identifier: Apache-2.0 */
/* One training step. Allocates nothing; what can fail (data, messages) is agreed on before any parameter changes. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "comm/stall.h"
#include "core/clock.h"
#include "core/error.h"
#include "core/num.h"
#include "train/engine.h"

/* --- gradients: chunks of micro-batches through the program, sums into nodes, buckets on their way */

static void spend(yk_engine *e, yk_part part, double began)
{
    e->spent[part] += yk_clock() - began;
}

/* Where the current chunk's gradients have got to: elements [0, added) are in nodes, stripes [0, sent) are travelling.
 */
typedef struct flow {
    yk_engine *e;
    double began; /* the step */
    bool first_chunk, last_chunk;
    int64_t added, sent;
    yk_status status;
} flow;

static int64_t stripe_begin(const yk_engine *e, int64_t stripe)
{
    return e->deal.cut[stripe * e->deal.size];
}

/* Sends every bucket that is complete when elements up to `end` are final. */
static void send_buckets(flow *f, int64_t end)
{
    yk_engine *e = f->e;
    while (f->sent < e->deal.stripes) {
        const int64_t next = yk_min(f->sent + e->bucket.now, e->deal.stripes);
        if (stripe_begin(e, next) > end)
            break;
        yk_stall_mark(e->comm, YK_AT_GRADIENTS);
        if (f->status == YK_OK)
            f->status = yk_reduce_bucket(e->reduce, stripe_begin(e, f->sent), stripe_begin(e, next));
        yk_stall_mark(e->comm, YK_AT_COMPUTE);
        f->sent = next;
    }
}

static void note_moment(yk_moment_list *list, const flow *f, int64_t element)
{
    if (list->n < YK_MOMENTS_MOST) {
        list->seconds[list->n] = yk_clock() - f->began;
        list->element[list->n++] = element;
    }
}

static void ready(void *context, int64_t end)
{
    flow *f = context;
    const double began = yk_clock();
    if (f->e->moments && f->last_chunk)
        note_moment(&f->e->moments->final, f, end);
    yk_reduce_add(f->e->reduce, f->added, end);
    f->added = end;
    if (f->last_chunk)
        send_buckets(f, end);
    spend(f->e, YK_PART_SUM, began);
}

/* Writes the sum of each loss over each leaf of the chunk into the tail of its gradient vector; returns the first leaf
 * with a sum that is not finite, or -1. */
static int64_t sum_losses(yk_engine *e, yk_leaves leaves)
{
    const int64_t step = yk_reduce_step(e->reduce), n = yk_leaf_count(leaves);
    float *vector = yk_reduce_leaves(e->reduce);
    int64_t bad = -1;
    for (int64_t g = n - 1; g >= 0; g--) {
        float *tail = vector + g * step + e->layout->tail;
        const yk_leaves one = { yk_leaf_rows(leaves, g), leaves.size };
        memset(tail, 0, YK_TAIL * sizeof *tail);
        for (int h = 0; h < e->model->n_heads; h++) {
            const float *loss = yk_program_value(e->program, e->model->loss[h])->data;
            yk_k->leaf_sums(one, loss + g * leaves.size, tail + h);
            if (!isfinite(tail[h]))
                bad = g;
        }
    }
    return bad;
}

/* Counts the metrics of the chunk that begins at first_row of the batch. */
static void score(yk_engine *e, const yk_batch *batch, int64_t first_row)
{
    for (int h = 0; h < e->model->n_heads; h++) {
        const yk_head *head = &e->model->head[h];
        if (!yk_tally_measures(&e->tally, h))
            continue;
        const yk_scored s =
            yk_scored_of(&e->tally.like[h], head, yk_program_value(e->program, head->output),
                         yk_split_data(e->split, batch, head->target_fed, first_row),
                         head->weight_fed < 0 ? NULL : yk_split_data(e->split, batch, head->weight_fed, first_row));
        yk_tally_add(&e->tally, h, &s);
    }
}

/* Parameters from element `first` on are there when it returns. */
static yk_status wait_for_params(yk_engine *e, int64_t first)
{
    if (yk_reduce_gathered(e->reduce, first))
        return YK_OK;
    const double began = yk_clock();
    yk_stall_mark(e->comm, YK_AT_UPDATE);
    yk_status status = yk_reduce_gather_await(e->reduce, first);
    spend(e, YK_PART_GATHER, began);
    return status;
}

static void need(void *context, int64_t first)
{
    flow *f = context;
    if (f->e->moments && f->first_chunk)
        note_moment(&f->e->moments->needed, f, first);
    if (f->status == YK_OK && !yk_reduce_gathered(f->e->reduce, first)) {
        f->status = wait_for_params(f->e, first);
        yk_stall_mark(f->e->comm, YK_AT_COMPUTE);
    }
}

/* The batch's sum begins when the parameters of the last step are there. */
static void begin_sum(flow *f, const yk_batch *batch)
{
    if (f->e->moments)
        f->e->moments->forward = yk_clock() - f->began;
    yk_stall_mark(f->e->comm, YK_AT_UPDATE);
    if (f->status == YK_OK)
        f->status = wait_for_params(f->e, 0);
    yk_reduce_begin(f->e->reduce, batch->leaves);
    yk_stall_mark(f->e->comm, YK_AT_COMPUTE);
}

/* Feeds the chunk's rows and runs it forward; f: NULL where all parameters are there. */
static yk_rows forward(yk_engine *e, const yk_batch *batch, int64_t first_row, int64_t rows, flow *f)
{
    yk_split_feed_program(e->split, e->model, e->program, batch, first_row);
    yk_rows r = {
        .leaves = { rows, e->micro }, .sample = batch->sample + first_row, .step = batch->step, .train = true
    };
    yk_program_forward(e->program, &r, f ? need : NULL, f);
    return r;
}

/* All chunks of this rank. Returns the rank's first leaf whose loss is not finite (numbered in the batch), or -1. */
static int64_t gradients(flow *f, const yk_batch *batch, const double *seed)
{
    yk_engine *e = f->e;
    int64_t bad = -1;
    for (int64_t leaf = batch->first; leaf < batch->last; leaf += e->chunk) {
        int64_t count = yk_min(e->chunk, batch->last - leaf), first_row = (leaf - batch->first) * e->micro;
        int64_t rows = yk_min(count * e->micro, batch->rows - first_row);
        yk_stall_mark(e->comm, YK_AT_COMPUTE);
        *f = (flow){ .e = e,
                     .began = f->began,
                     .first_chunk = leaf == batch->first,
                     .last_chunk = leaf + count == batch->last,
                     .status = f->status };
        yk_rows r = forward(e, batch, first_row, rows, f);
        if (f->first_chunk)
            begin_sum(f, batch);
        yk_reduce_chunk(e->reduce, count);
        yk_program_bind(e->program, e->params, yk_reduce_leaves(e->reduce), yk_reduce_step(e->reduce), e->memory);
        const double began = yk_clock();
        score(e, batch, first_row);
        int64_t here = sum_losses(e, r.leaves);
        spend(e, YK_PART_LOSSES, began);
        if (here >= 0 && bad < 0)
            bad = leaf + here;
        yk_program_backward(e->program, &r, seed, ready, f);
        ready(f, e->layout->length); /* the tail */
    }
    return bad;
}

/* A rank without micro-batches takes part; one whose data failed too, with whatever is in its vectors: nothing of it
 * will be used. */
static void take_part(flow *f, const yk_batch *batch)
{
    begin_sum(f, batch);
    for (int64_t leaf = batch->first; leaf < batch->last; leaf += f->e->chunk) {
        int64_t count = yk_min(f->e->chunk, batch->last - leaf);
        *f = (flow){ .e = f->e, .began = f->began, .last_chunk = leaf + count == batch->last, .status = f->status };
        yk_reduce_chunk(f->e->reduce, count);
        ready(f, f->e->layout->length);
    }
}

/* --- agreement */

/* Names the op that made the loss of micro-batch `leaf` not finite. */
static yk_status blame(yk_engine *e, const yk_batch *batch, const double *seed, int64_t leaf)
{
    char op[256];
    int64_t first_row = (leaf - batch->first) * e->micro, rows = yk_min(e->micro, batch->rows - first_row);
    yk_rows r = forward(e, batch, first_row, rows, NULL);
    if (!yk_program_blame(e->program, &r, seed, op, sizeof op))
        snprintf(op, sizeof op, "the sum of the losses");
    YK_FAIL(YK_ERR_NUMERIC,
            "the loss is not finite at step %" PRId64 " (samples %" PRId64
            "...): first not finite is %s; try a smaller lr, clip: {norm: 1}, or normalize: true",
            batch->step, batch->sample[first_row], op);
}

/* Do all ranks have their gradients, and did anybody get a signal? All leave with the same answer, and know how long
 * the slowest rank's last step took. */
static yk_status agree(yk_engine *e, const yk_batch *batch, const double *seed, yk_status mine, int64_t bad, int signal,
                       int *any_signal)
{
    const double began = yk_clock();
    int64_t word[4] = { mine != YK_OK, bad >= 0 ? batch->leaves - bad : 0, signal, e->last_nanoseconds };
    YK_TRY(yk_comm_max(e->comm, YK_LEN(word), word));
    spend(e, YK_PART_AGREE, began);
    *any_signal = (int)word[2];
    if (word[3] > 0)
        yk_bucket_note(&e->bucket, word[3]);
    if (word[0])
        return yk_comm_agree(e->comm, mine);
    if (word[1]) { /* the rank with the lowest such leaf explains */
        bool me = bad >= 0 && batch->leaves - bad == word[1];
        return yk_comm_agree(e->comm, me ? blame(e, batch, seed, bad) : YK_OK);
    }
    return YK_OK;
}

/* --- update */

/* One number a quantum, from all ranks, into e->norm. what: 2 squares, 1 sizes; of x, a vector of which what this rank
 * owns counts. Only parameters that train count, each quantum times its parameter's weight (NULL: 1). */
static yk_status quanta_sums(yk_engine *e, int what, const float *x, double (*weight)(const yk_param *))
{
    const int rank = yk_comm_rank(e->comm), size = e->deal.size;
    const int64_t pieces = e->deal.stripes * size;
    float *mine = e->dealt_norm + e->first_norm[rank];
    for (int64_t i = rank; i < pieces; i += size)
        for (int64_t q = e->quanta[i]; q < e->quanta[i + 1]; q++, mine++) {
            const yk_quantum *quantum = &e->layout->quantum[q];
            const yk_param *param = yk_graph_param(e->model->graph, quantum->param);
            const float factor = !yk_param_trains(param) ? 0.0f : weight ? (float)weight(param) : 1.0f;
            const int64_t cut[2] = { quantum->first, quantum->last };
            *mine = 0;
            if (factor != 0.0f) {
                yk_norm_quanta(what, 1, cut, x, mine);
                *mine *= factor;
            }
        }
    YK_TRY(yk_comm_all_gather(e->comm, e->first_norm, sizeof *e->dealt_norm, e->dealt_norm));
    const float *next = e->dealt_norm;
    for (int r = 0; r < size; r++)
        for (int64_t i = r; i < pieces; i += size)
            for (int64_t q = e->quanta[i]; q < e->quanta[i + 1]; q++)
                e->norm[q] = *next++;
    return YK_OK;
}

/* Their sum, by the tree. */
static yk_status quanta_total(yk_engine *e, int what, const float *x, double (*weight)(const yk_param *), float *total)
{
    YK_TRY(quanta_sums(e, what, x, weight));
    *total = yk_tree_total(e->layout->n_quanta, e->norm);
    return YK_OK;
}

/* The sum of squares of each whole parameter, by a tree of its own quanta. */
static yk_status param_squares(yk_engine *e, const float *x, float *square)
{
    const yk_quantum *quantum = e->layout->quantum;
    YK_TRY(quanta_sums(e, 2, x, NULL));
    for (int64_t q = 0, next = 0; q < e->layout->n_quanta; q = next) {
        while (next < e->layout->n_quanta && quantum[next].param == quantum[q].param)
            next++;
        square[quantum[q].param] = yk_tree_total(next - q, e->norm + q);
    }
    return YK_OK;
}

static double half_l2(const yk_param *param)
{
    return param->l2 / 2;
}

static double l1(const yk_param *param)
{
    return param->l1;
}

/* The penalty of the parameters as they are, and its gradient added to g. */
static yk_status penalise(yk_engine *e, float *g, double *penalty)
{
    float squares = 0, sizes = 0;
    YK_TRY(quanta_total(e, 2, e->params, half_l2, &squares));
    YK_TRY(quanta_total(e, 1, e->params, l1, &sizes));
    *penalty = (double)squares + (double)sizes;
    for (int64_t i = 0; i < e->n_segments; i++) {
        const yk_segment *s = &e->segment[i];
        const yk_param *param = yk_graph_param(e->model->graph, s->param);
        if (yk_param_trains(param) && (param->l1 > 0 || param->l2 > 0))
            yk_k->penalty_grad(s->last - s->first, (float)param->l1, (float)param->l2, e->params + s->first,
                               g + s->first);
    }
    return YK_OK;
}

static yk_update update_of(const yk_engine *e, const yk_segment *s, float *g, double lr, int64_t step)
{
    const yk_param *param = yk_graph_param(e->model->graph, s->param);
    yk_update u = { .n = s->last - s->first,
                    .g = g + s->first,
                    .w = e->params + s->first,
                    .lr = lr * param->lr_factor,
                    .step = step + 1,
                    .adapts = e->square && param->shape.ndim > 1,
                    .ratio = 1 };
    for (int i = 0; i < e->n_slots; i++)
        u.slot[i] = e->slot[i] + s->slot;
    return u;
}

/* Of an optimizer with layer-wise rates: directions in the place of gradients, and the norms that ratios are made of.
 */
static yk_status direct(yk_engine *e, float *g, double lr, int64_t step)
{
    for (int64_t i = 0; i < e->n_segments; i++) {
        const yk_segment *s = &e->segment[i];
        const yk_update u = update_of(e, s, g, lr, step);
        if (e->optimizer->direction && yk_param_trains(yk_graph_param(e->model->graph, s->param)))
            e->optimizer->direction(e->recipe->optimizer.opts, &u);
    }
    YK_TRY(param_squares(e, e->params, e->square));
    return param_squares(e, g, e->square + yk_graph_params(e->model->graph));
}

static void update_segment(yk_engine *e, const yk_segment *s, float *g, double lr, int64_t step, int64_t samples)
{
    const yk_param *param = yk_graph_param(e->model->graph, s->param);
    const int64_t n = s->last - s->first;
    if (param->frozen)
        return;
    if (param->role == YK_ROLE_BUFFER_CARRIED) { /* g: the new rows */
        yk_k->copy(n, g + s->first, e->params + s->first, false);
        return;
    }
    if (yk_role_is_buffer(param->role)) { /* g: statistics times samples, of each layer that has the buffer */
        const double count = (double)(samples * yk_max(1, yk_program_writers(e->program, s->param)));
        yk_k->blend(n, (float)param->keep, (float)((1 - param->keep) / count), g + s->first, e->params + s->first);
        return;
    }
    yk_update u = update_of(e, s, g, lr, step);
    if (u.adapts)
        u.ratio = e->optimizer->ratio(e->recipe->optimizer.opts, sqrt((double)e->square[s->param]),
                                      sqrt((double)e->square[yk_graph_params(e->model->graph) + s->param]));
    e->optimizer->update(e->recipe->optimizer.opts, &u);
}

/* Constraints and the moving average, on whole parameters and on every rank alike: columns of a kernel may lie in the
 * shares of several ranks. */
static void finish_params(yk_engine *e)
{
    const float keep = (float)e->recipe->ema.decay, rest = (float)(1 - e->recipe->ema.decay);
    for (int p = 0; p < yk_graph_params(e->model->graph); p++) {
        const yk_param *param = yk_graph_param(e->model->graph, p);
        float *w = e->params + param->offset;
        const int64_t n = yk_shape_len(&param->shape), cols = param->shape.dim[yk_max(0, param->shape.ndim - 1)];
        if (yk_param_trains(param) && param->max_norm > 0)
            yk_k->bound_columns(n / cols, cols, (float)param->max_norm, w);
        if (yk_param_trains(param) && param->unit_norm)
            yk_k->unit_columns(n / cols, cols, w);
        if (e->average && yk_param_trains(param))
            yk_k->blend(n, keep, rest, w, e->average + param->offset);
        else if (e->average) /* buffers are averages already */
            yk_k->copy(n, w, e->average + param->offset, false);
    }
}

static yk_status clip_gradient(yk_engine *e, float *g)
{
    const yk_clip *clip = &e->recipe->clip;
    float factor = 1.0f, square = 0;
    if (clip->norm > 0) {
        YK_TRY(quanta_total(e, 2, g, NULL, &square));
        factor = yk_clip_factor(clip, square);
    }
    for (int64_t i = 0; i < e->n_segments; i++) {
        const yk_segment *s = &e->segment[i];
        if (yk_param_trains(yk_graph_param(e->model->graph, s->param)))
            yk_clip_apply(clip, factor, s->last - s->first, g + s->first);
    }
    return YK_OK;
}

/* Each rank updates its share; then all have all parameters, and the loss in the tail. */
static yk_status update(yk_engine *e, int64_t step, yk_step_result *result)
{
    const double began = yk_clock();
    float *g = yk_reduce_total(e->reduce);
    if (e->penalised)
        YK_TRY(penalise(e, g, &result->penalty));
    if (e->recipe->clip.norm > 0 || e->recipe->clip.value > 0)
        YK_TRY(clip_gradient(e, g));
    if (e->square)
        YK_TRY(direct(e, g, result->lr, step));
    for (int64_t i = 0; i < e->n_segments; i++)
        update_segment(e, &e->segment[i], g, result->lr, step, result->samples);
    if (yk_comm_rank(e->comm) == e->deal.size - 1) /* the last piece is its */
        memcpy(e->params + e->layout->tail, g + e->layout->tail, YK_MAX_LOSSES * sizeof *g);
    yk_stall_mark(e->comm, YK_AT_UPDATE);
    const double updated = yk_clock();
    if (e->bucket.behind)
        YK_TRY(yk_reduce_gather_begin(e->reduce, e->params, e->params));
    else
        YK_TRY(yk_reduce_gather(e->reduce, e->params, e->params));
    YK_TRY(yk_reduce_gather_await(e->reduce, e->layout->tail));
    spend(e, YK_PART_GATHER, updated);
    for (int h = 0; h < e->model->n_heads; h++) {
        const double sum = (double)e->params[e->layout->tail + h];
        result->part[h] = result->denominator[h] > 0 ? sum / result->denominator[h] : 0;
        result->loss += e->model->head[h].weight * result->part[h];
    }
    const double gathered = yk_clock();
    finish_params(e);
    e->spent[YK_PART_UPDATE] += updated - began + yk_clock() - gathered;
    return YK_OK;
}

yk_status yk_engine_settle(yk_engine *e)
{
    return wait_for_params(e, 0);
}

double yk_engine_base_lr(const yk_engine *e)
{
    const double lr = *(const double *)((const char *)e->recipe->optimizer.opts + e->optimizer->lr_offset);
    const int64_t meant = e->recipe->train_opts.lr_batch;
    return meant ? lr * (double)e->batch / (double)meant : lr;
}

/* d total / d loss of a sample. Where nothing counts every loss is 0, and so is its gradient. */
static void set_seeds(const yk_engine *e, const double *denominator, double seed[YK_MAX_LOSSES])
{
    for (int h = 0; h < e->model->n_heads; h++)
        seed[h] = denominator[h] > 0 ? e->model->head[h].weight / denominator[h] : 0;
}

yk_status yk_engine_step(yk_engine *e, int64_t step, const yk_progress *progress, int signal, yk_step_result *result)
{
    yk_batch batch;
    int64_t bad = -1;
    double seed[YK_MAX_LOSSES];
    const double began = yk_clock();
    flow f = { .e = e, .began = began };
    if (e->moments)
        e->moments->needed.n = e->moments->final.n = 0;
    yk_stall_mark(e->comm, YK_AT_SAMPLES);
    yk_status mine = yk_loader_next(e->split->loader, step, &batch);
    spend(e, YK_PART_SAMPLES, began);
    const double have_samples = yk_clock();
    *result = (yk_step_result){ .samples = batch.count,
                                .lr = yk_schedule_lr(e->recipe->schedule.entry, e->recipe->schedule.opts,
                                                     yk_engine_base_lr(e), progress) };
    yk_stall_mark(e->comm, YK_AT_GRADIENTS);
    YK_TRY(yk_denominators_of(&e->denominators, &batch, mine == YK_OK, result->denominator));
    set_seeds(e, result->denominator, seed);
    yk_stall_step(e->comm, step, batch.last - batch.first);
    if (mine == YK_OK && batch.first < batch.last)
        bad = gradients(&f, &batch, seed);
    else
        take_part(&f, &batch);
    send_buckets(&f, e->layout->length); /* of a rank without micro-batches: all of them */
    YK_TRY(f.status);
    yk_stall_mark(e->comm, YK_AT_GRADIENTS);
    const double computed = yk_clock();
    if (e->moments)
        e->moments->computed = computed - began;
    YK_TRY(yk_reduce_wait(e->reduce));
    spend(e, YK_PART_WAIT, computed);
    YK_TRY(agree(e, &batch, seed, mine, bad, signal, &result->signal));
    YK_TRY(update(e, step, result));
    e->last_nanoseconds = batch.leaves == e->leaves ? (int64_t)(1e9 * (yk_clock() - have_samples)) : 0;
    return YK_OK;
}
