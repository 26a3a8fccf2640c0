/* SPDX-License-Identifier: Apache-2.0 */
#include "train/snapshot.h"

#include <stdio.h>
#include <string.h>

#include "comm/stall.h"
#include "core/error.h"
#include "core/num.h"
#include "tensor/digest.h"
#include "train/snapshot_parts.h"

#define PIECE YK_SNAPSHOT_PIECE
#define NAME_MAX_LENGTH YK_SNAPSHOT_NAME

enum { VALUE = YK_SNAPSHOT_VALUE, AVERAGE = YK_SNAPSHOT_AVERAGE };

void yk_snapshot_name(char name[NAME_MAX_LENGTH], const yk_param *param, const yk_optimizer *optimizer, int slot)
{
    if (slot == AVERAGE)
        snprintf(name, NAME_MAX_LENGTH, "ema/%.300s", param->name);
    else if (slot >= 0)
        snprintf(name, NAME_MAX_LENGTH, "slots/%s/%.250s.%s", optimizer->name, param->name, optimizer->slot[slot]);
    else
        snprintf(name, NAME_MAX_LENGTH, "%s/%.300s", yk_role_is_buffer(param->role) ? "buffers" : "params",
                 param->name);
}

/* --- saving: every HDF5 call of rank 0 is a job of its I/O thread, while this thread talks to the other ranks */

typedef struct save {
    yk_engine *engine;
    yk_io_thread *io;
    const yk_run *run; /* NULL: of no run */
    const char *path, *recipe;
    const yk_state *state;
    char *digest;
    yk_checkpoint_writer *writer;
    char name[NAME_MAX_LENGTH];
    const yk_shape *shape;
    float *buffer; /* the next `count` elements */
    int64_t count;
    yk_status mine;
} save;

static yk_status create_job(void *context)
{
    save *s = context;
    if (s->run)
        YK_TRY(yk_run_still_ours(s->run));
    return yk_checkpoint_create(&s->writer, s->path, s->recipe, s->state);
}

static yk_status tensor_job(void *context)
{
    save *s = context;
    return yk_checkpoint_tensor(s->writer, s->name, YK_F32, s->shape);
}

static yk_status piece_job(void *context)
{
    save *s = context;
    return yk_checkpoint_piece(s->writer, s->count, s->buffer);
}

static yk_status commit_job(void *context)
{
    save *s = context;
    YK_TRY(yk_checkpoint_seal(s->writer));
    if (s->run)
        YK_TRY(yk_run_still_ours(s->run)); /* directly before it gets its name */
    return yk_checkpoint_commit(&s->writer, s->digest);
}

static yk_status do_job(save *s, yk_status (*run)(void *))
{
    yk_io_job job = { .run = run, .context = s };
    yk_io_submit(s->io, &job);
    return yk_io_wait(s->io, &job);
}

static void mark(const yk_engine *e)
{
    yk_stall_mark(e->comm, yk_comm_rank(e->comm) == 0 ? YK_AT_CHECKPOINT : YK_AT_SAVED);
}

yk_status yk_snapshot_each(const yk_engine *e, yk_snapshot_tensor *each, void *context)
{
    for (int p = 0; p < yk_graph_params(e->model->graph); p++) {
        const yk_param *param = yk_graph_param(e->model->graph, p);
        const int slots = yk_param_trains(param) ? e->n_slots : 0;
        for (int slot = VALUE; slot < slots; slot++)
            YK_TRY(each(context, param, slot));
        if (e->average && !yk_role_is_buffer(param->role))
            YK_TRY(each(context, param, AVERAGE));
    }
    return YK_OK;
}

/* From the parameter vector (VALUE), its average (AVERAGE) or from everybody's slots. */
yk_status yk_snapshot_collect(yk_engine *e, const yk_param *param, int slot, int64_t at, int64_t count, float *out)
{
    if (slot >= 0)
        return yk_comm_collect_dealt(e->comm, 0, &e->deal, sizeof(float), e->slot[slot], param->offset + at, count,
                                     out);
    if (yk_comm_rank(e->comm) == 0)
        memcpy(out, (slot == AVERAGE ? e->average : e->params) + param->offset + at, (size_t)count * sizeof *out);
    return YK_OK;
}

/* One tensor to the file. s->mine is what has gone wrong so far on this rank: a rank that failed goes on taking part in
 * the messages. */
static yk_status save_tensor(void *context, const yk_param *param, int slot)
{
    save *s = context;
    yk_engine *e = s->engine;
    const int64_t n = yk_shape_len(&param->shape);
    const bool root = yk_comm_rank(e->comm) == 0;
    if (root && s->mine == YK_OK) {
        yk_snapshot_name(s->name, param, e->optimizer, slot);
        s->shape = &param->shape;
        s->mine = do_job(s, tensor_job);
    }
    for (int64_t at = 0; at < n; at += PIECE) {
        s->count = yk_min(PIECE, n - at);
        mark(e);
        YK_TRY(yk_snapshot_collect(e, param, slot, at, s->count, s->buffer));
        if (root && s->mine == YK_OK)
            s->mine = do_job(s, piece_job);
    }
    return YK_OK;
}

/* Parameters are the same on all ranks, so all find the same. */
yk_status yk_snapshot_check(const yk_engine *e)
{
    for (int p = 0; p < yk_graph_params(e->model->graph); p++) {
        const yk_param *param = yk_graph_param(e->model->graph, p);
        YK_CHECK(yk_k->find_nonfinite(yk_shape_len(&param->shape), e->params + param->offset) < 0, YK_ERR_NUMERIC,
                 "parameter %s is not finite: no checkpoint is written; try a smaller lr, or clip: {norm: 1}",
                 param->name);
    }
    return YK_OK;
}

yk_status yk_snapshot_save(yk_engine *engine, yk_io_thread *io, const yk_run *run, const char *path, const char *recipe,
                           const yk_state *state, char digest[YK_SHA256_HEX])
{
    save s = {
        .engine = engine, .io = io, .run = run, .path = path, .recipe = recipe, .state = state, .digest = digest
    };
    const bool root = yk_comm_rank(engine->comm) == 0;
    YK_TRY(yk_snapshot_check(engine));
    mark(engine);
    YK_TRY(yk_comm_agree(engine->comm, root ? yk_alloc(&s.buffer, PIECE, sizeof *s.buffer) : YK_OK));
    s.mine = root ? do_job(&s, create_job) : YK_OK;
    yk_status status = yk_snapshot_each(engine, save_tensor, &s);
    mark(engine);
    if (root && status == YK_OK && s.mine == YK_OK)
        s.mine = do_job(&s, commit_job);
    yk_checkpoint_discard(&s.writer);
    yk_free(s.buffer);
    YK_TRY(status);
    return yk_comm_agree(engine->comm, s.mine);
}

yk_status yk_params_digest(const yk_model *model, const float *params, char digest[YK_SHA256_HEX])
{
    const int n = yk_graph_params(model->graph);
    yk_digest_entry *entry;
    yk_tensor *tensor = NULL;
    char(*name)[NAME_MAX_LENGTH] = NULL;
    yk_status status = yk_alloc(&entry, n, sizeof *entry);
    if (status == YK_OK)
        status = yk_alloc(&tensor, n, sizeof *tensor);
    if (status == YK_OK)
        status = yk_alloc(&name, n, sizeof *name);
    for (int p = 0; p < n && status == YK_OK; p++) {
        const yk_param *param = yk_graph_param(model->graph, p);
        yk_snapshot_name(name[p], param, NULL, VALUE);
        tensor[p] = (yk_tensor){ YK_F32, param->shape, (void *)(uintptr_t)(params + param->offset) };
        entry[p] = (yk_digest_entry){ .name = name[p], .tensor = &tensor[p] };
        yk_digest_tensor(&tensor[p], entry[p].hex);
    }
    if (status == YK_OK)
        yk_digest_set(entry, n, digest);
    yk_free(entry);
    yk_free(tensor);
    yk_free(name);
    return status;
}

/* --- reading: before training starts, so rank 0 reads on its own thread */

/* The checkpoint's tensor of that name must have the parameter's shape. */
static yk_status check_shape(yk_checkpoint *checkpoint, const char *name, const yk_param *param)
{
    yk_checkpoint_entry entry;
    bool found;
    char theirs[YK_SHAPE_TEXT], ours[YK_SHAPE_TEXT];
    yk_checkpoint_find(checkpoint, name, &entry, &found);
    YK_CHECK(found, YK_ERR_DATA, "%s: no %s: the checkpoint is of another model", yk_checkpoint_path(checkpoint), name);
    YK_CHECK(yk_shape_equal(&entry.shape, &param->shape) && entry.dtype == YK_F32, YK_ERR_DATA,
             "%s: %s has shape %s and type %s, but the model's has %s and float32: the checkpoint is of another model",
             yk_checkpoint_path(checkpoint), name, yk_shape_text(&entry.shape, 0, theirs), yk_dtype_name(entry.dtype),
             yk_shape_text(&param->shape, 0, ours));
    return YK_OK;
}

static yk_status read_params(const yk_model *model, yk_checkpoint *checkpoint, bool averaged, float *params)
{
    char name[NAME_MAX_LENGTH];
    for (int p = 0; p < yk_graph_params(model->graph); p++) {
        const yk_param *param = yk_graph_param(model->graph, p);
        yk_snapshot_name(name, param, NULL, averaged && !yk_role_is_buffer(param->role) ? AVERAGE : VALUE);
        YK_TRY(check_shape(checkpoint, name, param));
        YK_TRY(yk_checkpoint_read(checkpoint, name, 0, yk_shape_len(&param->shape), params + param->offset));
    }
    return YK_OK;
}

yk_status yk_snapshot_params(yk_comm *comm, const yk_model *model, yk_checkpoint *checkpoint, bool averaged,
                             float *params)
{
    YK_TRY(yk_comm_agree(comm, checkpoint ? read_params(model, checkpoint, averaged, params) : YK_OK));
    return yk_comm_broadcast(comm, 0, params, model->layout->length * (int64_t)sizeof *params);
}

/* Keeps what of elements [at, at+count) of the vector this rank owns. */
static void keep_owned(yk_engine *e, int slot, int64_t at, int64_t count, const float *data)
{
    for (int64_t i = 0; i < e->n_segments; i++) {
        const yk_segment *s = &e->segment[i];
        const int64_t first = yk_max(at, s->first), last = yk_min(at + count, s->last);
        if (first < last)
            memcpy(e->slot[slot] + s->slot + first - s->first, data + first - at,
                   (size_t)(last - first) * sizeof *data);
    }
}

/* A rank that failed goes on taking part: *mine. */
static yk_status read_slot(yk_engine *e, yk_checkpoint *checkpoint, const yk_param *param, int slot, float *buffer,
                           yk_status *mine)
{
    char name[NAME_MAX_LENGTH];
    const int64_t n = yk_shape_len(&param->shape);
    yk_snapshot_name(name, param, e->optimizer, slot);
    if (checkpoint && *mine == YK_OK)
        *mine = check_shape(checkpoint, name, param);
    for (int64_t at = 0; at < n; at += PIECE) {
        const int64_t count = yk_min(PIECE, n - at);
        if (checkpoint && *mine == YK_OK)
            *mine = yk_checkpoint_read(checkpoint, name, at, count, buffer);
        YK_TRY(yk_comm_broadcast(e->comm, 0, buffer, count * (int64_t)sizeof *buffer));
        keep_owned(e, slot, param->offset + at, count, buffer);
    }
    return YK_OK;
}

yk_status yk_snapshot_slots(yk_engine *engine, yk_checkpoint *checkpoint)
{
    float *buffer = NULL;
    yk_status mine = YK_OK, status = YK_OK;
    YK_TRY(yk_comm_agree(engine->comm, yk_alloc(&buffer, PIECE, sizeof *buffer)));
    for (int p = 0; p < yk_graph_params(engine->model->graph) && status == YK_OK; p++) {
        const yk_param *param = yk_graph_param(engine->model->graph, p);
        for (int slot = 0; slot < engine->n_slots && status == YK_OK && yk_param_trains(param); slot++)
            status = read_slot(engine, checkpoint, param, slot, buffer, &mine);
    }
    yk_free(buffer);
    YK_TRY(status);
    return yk_comm_agree(engine->comm, mine);
}
