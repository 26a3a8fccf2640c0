/* SPDX-License-Identifier: Apache-2.0 */
/* Prediction: each rank computes its part of a batch, rank 0 collects and writes it, batch by batch. */
#include <stdio.h>
#include <string.h>

#include "core/error.h"
#include "core/num.h"
#include "train/evaluate.h"
#include "train/sweep.h"

typedef struct prediction {
    yk_sweep sweep;
    int64_t cols; /* numbers a sample */
    int64_t classes;
    int64_t *offset;   /* of each rank's samples in a batch; size+1 */
    float *mine, *all; /* one batch: this rank's; everybody's, on rank 0 */
    int32_t *label;
    yk_datawriter *writer; /* rank 0 */
    yk_io_thread *io;
    int64_t first, count; /* samples that the job below writes */
    const char *path;
    yk_shape shape; /* of one sample's prediction */
} prediction;

static yk_status open_job(void *context)
{
    prediction *p = context;
    yk_tensor y = { .dtype = YK_F32, .shape = { .ndim = p->shape.ndim + 1, .dim = { p->sweep.samples } } };
    for (int i = 0; i < p->shape.ndim; i++)
        y.shape.dim[i + 1] = p->shape.dim[i];
    YK_TRY(yk_datawriter_create(&p->writer, p->path, false));
    YK_TRY(yk_datawriter_field(p->writer, "y", &y));
    if (p->classes > 0) {
        yk_tensor label = { .dtype = YK_I32, .shape = y.shape };
        label.shape.ndim--;
        YK_TRY(yk_datawriter_field(p->writer, "label", &label));
    }
    return YK_OK;
}

static yk_status write_job(void *context)
{
    prediction *p = context;
    YK_TRY(yk_datawriter_rows(p->writer, "y", p->first, p->count, p->all));
    if (p->classes > 0)
        YK_TRY(yk_datawriter_rows(p->writer, "label", p->first, p->count, p->label));
    return YK_OK;
}

static yk_status commit_job(void *context)
{
    prediction *p = context;
    return yk_datawriter_commit(&p->writer);
}

/* Runs a job on the thread that owns HDF5, on rank 0 only. */
static yk_status on_root(prediction *p, yk_status (*run)(void *))
{
    if (yk_comm_rank(p->sweep.comm) != 0)
        return YK_OK;
    yk_io_job job = { .run = run, .context = p };
    yk_io_submit(p->io, &job);
    return yk_io_wait(p->io, &job);
}

static yk_status reserve(prediction *p)
{
    const yk_value *v = yk_graph_value(p->sweep.model->graph, p->sweep.model->prediction);
    p->shape.ndim = v->shape.ndim - 1;
    for (int i = 0; i < p->shape.ndim; i++)
        p->shape.dim[i] = v->shape.dim[i + 1];
    p->cols = yk_shape_len(&p->shape);
    p->classes = p->sweep.model->classes;
    YK_TRY(yk_alloc(&p->offset, yk_comm_size(p->sweep.comm) + 1, sizeof *p->offset));
    YK_TRY(yk_alloc(&p->mine, p->sweep.batch * p->cols, sizeof *p->mine));
    if (yk_comm_rank(p->sweep.comm) == 0) {
        YK_TRY(yk_alloc(&p->all, p->sweep.batch * p->cols, sizeof *p->all));
        YK_TRY(yk_alloc(&p->label, p->sweep.batch * p->cols, sizeof *p->label));
    }
    return on_root(p, open_job);
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
    if (batch.rows > 0)
        memcpy(p->mine, yk_program_value(s->program, s->model->prediction)->data,
               (size_t)(batch.rows * p->cols) * sizeof *p->mine);
    YK_TRY(yk_comm_collect(s->comm, 0, p->offset, (size_t)p->cols * sizeof *p->mine, p->mine, 0, batch.count, p->all));
    p->first = i * s->batch;
    p->count = batch.count;
    if (p->classes > 0 && yk_comm_rank(s->comm) == 0)
        for (int64_t row = 0; row < batch.count * p->cols / p->classes; row++)
            p->label[row] = (int32_t)yk_argmax(p->classes, p->all + row * p->classes);
    return yk_comm_agree(s->comm, on_root(p, write_job));
}

yk_status yk_predict(yk_comm *comm, yk_io_thread *io, const yk_model *model, yk_split *split, const float *params,
                     const char *out, int64_t *samples)
{
    prediction p = { .io = io, .path = out };
    yk_status status = yk_sweep_create(&p.sweep, comm, io, model, split, 1, &model->prediction);
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
    yk_free(p.mine);
    yk_free(p.all);
    yk_free(p.label);
    return status;
}
