/* SPDX-License-Identifier: Apache-2.0 */
#include "train/evaluate.h"

#include <string.h>

#include "core/error.h"
#include "core/num.h"
#include "train/sweep.h"

struct yk_evaluator {
    yk_sweep sweep;
    yk_tally tally;
    int64_t leaves; /* micro-batches of the split */
    int64_t *bits;  /* the bits of each one's loss sum: 0 on ranks that have not computed it */
    float *sum;     /* the same as numbers */
    int64_t classes;
    int64_t *confusion;
    double *of_class; /* values of each class: of each metric that has them */
};

static yk_status create(yk_evaluator *ev, yk_comm *comm, yk_io_thread *io, const yk_recipe *recipe,
                        const yk_model *model, yk_split *split, bool detail)
{
    const int wanted[2] = { model->loss, model->output };
    YK_TRY(yk_sweep_create(&ev->sweep, comm, io, model, split, 2, wanted));
    const yk_scored like = yk_scored_like(model);
    YK_TRY(yk_tally_create(&ev->tally, recipe, &like, ((const yk_op *)recipe->loss.entry)->name));
    ev->leaves = yk_div_up(ev->sweep.samples, ev->sweep.micro);
    YK_TRY(yk_alloc(&ev->bits, ev->leaves, sizeof *ev->bits));
    YK_TRY(yk_alloc(&ev->sum, ev->leaves, sizeof *ev->sum));
    if (detail && model->classes > 0 && yk_shape_len(&split->feed[YK_FIELD_Y].sample) == 1) {
        ev->classes = model->classes;
        YK_TRY(yk_alloc(&ev->confusion, ev->classes * ev->classes, sizeof *ev->confusion));
    }
    int entry[YK_MAX_METRICS];
    if (detail)
        YK_TRY(yk_alloc(&ev->of_class, yk_tally_classes(&ev->tally, entry, NULL) * like.cols, sizeof *ev->of_class));
    return YK_OK;
}

yk_status yk_evaluator_create(yk_evaluator **out, yk_comm *comm, yk_io_thread *io, const yk_recipe *recipe,
                              const yk_model *model, yk_split *split, bool detail)
{
    YK_TRY(yk_alloc(out, 1, sizeof **out));
    yk_status status = create(*out, comm, io, recipe, model, split, detail);
    if (status != YK_OK)
        yk_evaluator_destroy(out);
    return status;
}

void yk_evaluator_destroy(yk_evaluator **evaluator)
{
    yk_evaluator *ev = *evaluator;
    if (!ev)
        return;
    yk_sweep_destroy(&ev->sweep);
    yk_free(ev->bits);
    yk_free(ev->sum);
    yk_free(ev->confusion);
    yk_free(ev->of_class);
    yk_tally_destroy(&ev->tally);
    yk_free(ev);
    *evaluator = NULL;
}

int64_t yk_evaluator_bytes(const yk_evaluator *ev)
{
    return yk_sweep_bytes(&ev->sweep);
}

yk_status yk_evaluator_bind(yk_evaluator *ev, const float *params, void *memory)
{
    return yk_sweep_bind(&ev->sweep, params, memory);
}

/* Notes the losses and counts of the batch that has just gone through the program. */
static void note(yk_evaluator *ev, const yk_batch *batch)
{
    const yk_sweep *s = &ev->sweep;
    const yk_feed *y = &s->split->feed[YK_FIELD_Y];
    const yk_tensor *loss = yk_program_value(s->program, s->model->loss);
    const yk_leaves leaves = { batch->rows, s->micro };
    const int64_t before = (batch->step % s->steps) * (s->batch / s->micro) + batch->first;
    yk_k->leaf_sums(leaves, loss->data, ev->sum);
    for (int64_t g = 0; g < yk_leaf_count(leaves); g++) {
        int32_t bits;
        memcpy(&bits, &ev->sum[g], sizeof bits);
        ev->bits[before + g] = bits;
    }
    const yk_scored scored = yk_scored_of(&ev->tally.like, yk_program_value(s->program, s->model->output),
                                          y->want == YK_I32, batch->data[YK_FIELD_Y]);
    yk_tally_add(&ev->tally, &scored);
    if (ev->confusion)
        yk_confusion_add(&scored, ev->confusion);
}

/* All batches of this rank. */
static yk_status run(yk_evaluator *ev)
{
    for (int64_t i = 0; i < ev->sweep.steps; i++) {
        yk_batch batch;
        YK_TRY(yk_sweep_next(&ev->sweep, &batch));
        if (batch.rows > 0)
            note(ev, &batch);
    }
    return YK_OK;
}

/* What evaluation knows beside the metrics' values. */
static yk_status detail(yk_evaluator *ev, yk_scores *scores)
{
    int entry[YK_MAX_METRICS];
    scores->classes = ev->classes;
    scores->confusion = ev->confusion;
    scores->cols = ev->tally.like.cols;
    scores->n_of_class = yk_tally_classes(&ev->tally, entry, ev->of_class);
    scores->of_class = ev->of_class;
    for (int i = 0; i < scores->n_of_class; i++)
        scores->class_metric[i] = ev->tally.entry[entry[i]].metric->name;
    return ev->confusion ? yk_comm_sum(ev->sweep.comm, ev->classes * ev->classes, ev->confusion) : YK_OK;
}

yk_status yk_evaluate(yk_evaluator *ev, yk_scores *scores)
{
    yk_comm *comm = ev->sweep.comm;
    yk_tally_reset(&ev->tally);
    memset(ev->bits, 0, (size_t)ev->leaves * sizeof *ev->bits);
    if (ev->confusion)
        memset(ev->confusion, 0, (size_t)(ev->classes * ev->classes) * sizeof *ev->confusion);
    YK_TRY(yk_comm_agree(comm, run(ev)));

    *scores = (yk_scores){ .samples = ev->sweep.samples };
    YK_TRY(yk_comm_sum(comm, ev->leaves, ev->bits)); /* each sum was made by one rank; the others have 0 */
    for (int64_t i = 0; i < ev->leaves; i++) {
        int32_t bits = (int32_t)ev->bits[i];
        memcpy(&ev->sum[i], &bits, sizeof bits);
    }
    scores->loss = (double)yk_tree_total(ev->leaves, ev->sum) / (double)scores->samples;
    scores->n_metrics = ev->tally.n_values;
    memcpy(scores->metric, ev->tally.name, sizeof scores->metric);
    YK_TRY(yk_tally_values(&ev->tally, comm, scores->value));
    return ev->of_class ? detail(ev, scores) : YK_OK;
}
