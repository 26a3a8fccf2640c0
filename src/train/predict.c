/* SPDX-License-Identifier: Apache-2.0 */
/* Prediction: each rank computes its part of a batch, rank 0 collects and writes it, batch by batch. */
#include <stdio.h>
#include <string.h>

#include "core/error.h"
#include "core/num.h"
#include "train/evaluate.h"
#include "train/sweep.h"

/* What is written of one head. */
typedef struct output {
    char y[YK_NAME_BYTES + 8], label_name[YK_NAME_BYTES + 8]; /* "y", "label"; "y_NAME" */
    int value;
    yk_shape shape;    /* of one sample's prediction */
    int64_t cols;      /* numbers a sample */
    int64_t classes;   /* 0: no labels */
    float *mine, *all; /* one batch: this rank's; everybody's, on rank 0 */
    int32_t *label;
} output;

typedef struct prediction {
    yk_sweep sweep;
    int n;
    output of[YK_MAX_LOSSES];
    int64_t *offset;       /* of each rank's samples in a batch; size+1 */
    yk_datawriter *writer; /* rank 0 */
    yk_io_thread *io;
    int64_t first, count; /* samples that the job below writes */
    const char *path;
} prediction;

static yk_status open_output(const prediction *p, const output *o)
{
    yk_tensor y = { .dtype = YK_F32, .shape = { .ndim = o->shape.ndim + 1, .dim = { p->sweep.samples } } };
    for (int i = 0; i < o->shape.ndim; i++)
        y.shape.dim[i + 1] = o->shape.dim[i];
    YK_TRY(yk_datawriter_field(p->writer, o->y, &y));
    if (o->classes > 0) {
        yk_tensor label = { .dtype = YK_I32, .shape = y.shape };
        label.shape.ndim--;
        YK_TRY(yk_datawriter_field(p->writer, o->label_name, &label));
    }
    return YK_OK;
}

static yk_status open_job(void *context)
{
    prediction *p = context;
    YK_TRY(yk_datawriter_create(&p->writer, p->path, false));
    for (int i = 0; i < p->n; i++)
        YK_TRY(open_output(p, &p->of[i]));
    return YK_OK;
}

static yk_status write_job(void *context)
{
    prediction *p = context;
    for (int i = 0; i < p->n; i++) {
        const output *o = &p->of[i];
        YK_TRY(yk_datawriter_rows(p->writer, o->y, p->first, p->count, o->all));
        if (o->classes > 0)
            YK_TRY(yk_datawriter_rows(p->writer, o->label_name, p->first, p->count, o->label));
    }
    return YK_OK;
}

static yk_status commit_job(void *context)
{
    prediction *p = context;
    return yk_datawriter_commit(&p->writer);
}

/* Runs a job on the I/O thread, on rank 0 only. */
static yk_status on_root(prediction *p, yk_status (*run)(void *))
{
    if (yk_comm_rank(p->sweep.comm) != 0)
        return YK_OK;
    yk_io_job job = { .run = run, .context = p };
    yk_io_submit(p->io, &job);
    return yk_io_wait(p->io, &job);
}

static yk_status reserve_output(const prediction *p, const yk_head *head, output *o)
{
    const yk_value *v = yk_graph_value(p->sweep.model->graph, head->prediction);
    const bool first = o == p->of;
    snprintf(o->y, sizeof o->y, first ? "y" : "y_%s", head->name);
    snprintf(o->label_name, sizeof o->label_name, first ? "label" : "label_%s", head->name);
    o->value = head->prediction;
    o->shape.ndim = v->shape.ndim - 1;
    for (int i = 0; i < o->shape.ndim; i++)
        o->shape.dim[i] = v->shape.dim[i + 1];
    o->cols = yk_shape_len(&o->shape);
    o->classes = head->classes;
    YK_TRY(yk_alloc(&o->mine, p->sweep.batch * o->cols, sizeof *o->mine));
    if (yk_comm_rank(p->sweep.comm) == 0) {
        YK_TRY(yk_alloc(&o->all, p->sweep.batch * o->cols, sizeof *o->all));
        YK_TRY(yk_alloc(&o->label, p->sweep.batch * o->cols, sizeof *o->label));
    }
    return YK_OK;
}

static yk_status reserve(prediction *p)
{
    const yk_model *model = p->sweep.model;
    YK_TRY(yk_alloc(&p->offset, yk_comm_size(p->sweep.comm) + 1, sizeof *p->offset));
    for (int h = 0; h < model->n_heads; h++, p->n++)
        YK_TRY(reserve_output(p, &model->head[h], &p->of[h]));
    return on_root(p, open_job);
}

/* Brings one head's part of a batch to rank 0. Collective. */
static yk_status collect(const prediction *p, const yk_batch *batch, const output *o)
{
    const yk_sweep *s = &p->sweep;
    if (batch->rows > 0)
        memcpy(o->mine, yk_program_value(s->program, o->value)->data,
               (size_t)(batch->rows * o->cols) * sizeof *o->mine);
    YK_TRY(yk_comm_collect(s->comm, 0, p->offset, (size_t)o->cols * sizeof *o->mine, o->mine, 0, batch->count, o->all));
    if (o->classes > 0 && yk_comm_rank(s->comm) == 0)
        for (int64_t row = 0; row < batch->count * o->cols / o->classes; row++)
            o->label[row] = (int32_t)yk_argmax(o->classes, o->all + row * o->classes);
    return YK_OK;
}

/* One batch: compute, collect, write. Collective. */
static yk_status predict_batch(prediction *p, int64_t i)
{
    yk_sweep *s = &p->sweep;
    const int size = yk_comm_size(s->comm);
    yk_batch batch;
    YK_TRY(yk_comm_agree(s->comm, yk_sweep_next(s, &batch)));
    for (int r = 0; r <= size; r++) {
        int64_t first = batch.leaves, last;
        if (r < size)
            yk_tree_range(batch.leaves, r, size, &first, &last);
        p->offset[r] = yk_min(first * s->micro, batch.count);
    }
    for (int h = 0; h < p->n; h++)
        YK_TRY(collect(p, &batch, &p->of[h]));
    p->first = i * s->batch;
    p->count = batch.count;
    return yk_comm_agree(s->comm, on_root(p, write_job));
}

yk_status yk_predict(yk_comm *comm, yk_io_thread *io, const yk_model *model, yk_split *split, const float *params,
                     const char *out, int64_t *samples)
{
    prediction p = { .io = io, .path = out };
    int wanted[YK_MAX_LOSSES];
    for (int h = 0; h < model->n_heads; h++)
        wanted[h] = model->head[h].prediction;
    yk_status status = yk_sweep_create(&p.sweep, comm, io, model, split, model->n_heads, wanted);
    if (status == YK_OK)
        status = yk_sweep_bind(&p.sweep, params, NULL);
    if (status == YK_OK)
        status = reserve(&p);
    YK_TRY_GOTO(yk_comm_agree(comm, status), end);
    for (int64_t i = 0; i < p.sweep.steps; i++)
        YK_TRY_GOTO(predict_batch(&p, i), end);
    YK_TRY_GOTO(yk_comm_agree(comm, on_root(&p, commit_job)), end);
    *samples = p.sweep.samples;
end:
    yk_datawriter_discard(&p.writer);
    yk_sweep_destroy(&p.sweep);
    yk_free(p.offset);
    for (int h = 0; h < model->n_heads; h++) {
        yk_free(p.of[h].mine);
        yk_free(p.of[h].all);
        yk_free(p.of[h].label);
    }
    return status;
}
