/* SPDX-License-Identifier: Apache-2.0 */
#include "train/evaluate.h"

#include <string.h>

#include "comm/stall.h"
#include "core/error.h"
#include "core/num.h"
#include "train/sweep.h"

struct yk_evaluator {
    yk_sweep sweep;
    yk_tally tally;
    int64_t leaves; /* micro-batches of the split */
    int columns;    /* sums of each: of every loss, then the denominators of the weighted ones */
    int64_t *bits;  /* [columns][leaves], the bits of each sum: 0 on ranks that have not computed it */
    float *sum;     /* [leaves], of one column as numbers */
    float *counted; /* denominators of one batch's samples */
    int64_t classes;
    int64_t *confusion;
    double *of_class; /* values of each class: of each metric that has them */
};

/* What an evaluation looks at: losses and outputs. Returns their number. */
static int find_wanted(const yk_model *model, int wanted[2 * YK_MAX_LOSSES])
{
    for (int h = 0; h < model->n_heads; h++) {
        wanted[2 * h] = model->head[h].loss;
        wanted[2 * h + 1] = model->head[h].output;
    }
    return 2 * model->n_heads;
}

yk_status yk_evaluator_plan(yk_comm *comm, const yk_model *model, yk_split *split, int64_t *arena, int64_t *input)
{
    yk_sweep sweep;
    int wanted[2 * YK_MAX_LOSSES];
    yk_status status = yk_sweep_plan(&sweep, comm, model, split, find_wanted(model, wanted), wanted);
    *arena = status == YK_OK ? yk_sweep_bytes(&sweep) : 0;
    *input = status == YK_OK ? yk_sweep_input_bytes(&sweep) : 0;
    yk_sweep_destroy(&sweep);
    return status;
}

static yk_status create(yk_evaluator *ev, yk_comm *comm, yk_io_thread *io, const yk_recipe *recipe,
                        const yk_model *model, yk_split *split, bool detail)
{
    int wanted[2 * YK_MAX_LOSSES];
    for (int h = 0; h < model->n_heads; h++)
        ev->columns += model->head[h].weighted ? 2 : 1;
    YK_TRY(yk_sweep_create(&ev->sweep, comm, io, model, split, find_wanted(model, wanted), wanted));
    const yk_head *first = &model->head[0];
    yk_measured measured[YK_MAX_LOSSES];
    yk_measured_of(model, measured);
    YK_TRY(yk_tally_create(&ev->tally, recipe, model->n_heads, measured));
    ev->leaves = yk_div_up(ev->sweep.samples, ev->sweep.micro);
    YK_TRY(yk_alloc(&ev->bits, ev->columns * ev->leaves, sizeof *ev->bits));
    YK_TRY(yk_alloc(&ev->sum, ev->leaves, sizeof *ev->sum));
    YK_TRY(yk_alloc(&ev->counted, ev->sweep.batch, sizeof *ev->counted));
    if (detail && first->label && yk_shape_len(&split->feed[first->target_fed].sample) == 1) {
        ev->classes = first->classes;
        YK_TRY(yk_alloc(&ev->confusion, ev->classes * ev->classes, sizeof *ev->confusion));
    }
    int entry[YK_MAX_METRICS];
    if (detail)
        YK_TRY(yk_alloc(&ev->of_class, yk_tally_classes(&ev->tally, entry, NULL) * measured[0].like.cols,
                        sizeof *ev->of_class));
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
    yk_free(ev->counted);
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

/* Notes the sums over micro-batches of one number a sample. */
static void note_sums(yk_evaluator *ev, const yk_batch *batch, int column, const float *x)
{
    const yk_sweep *s = &ev->sweep;
    const yk_leaves leaves = { batch->rows, s->micro };
    const int64_t before = (batch->step % s->steps) * (s->batch / s->micro) + batch->first;
    yk_k->leaf_sums(leaves, x, ev->sum);
    for (int64_t g = 0; g < yk_leaf_count(leaves); g++) {
        int32_t bits;
        memcpy(&bits, &ev->sum[g], sizeof bits);
        ev->bits[column * ev->leaves + before + g] = bits;
    }
}

/* Notes the losses of the batch that has just gone through the program, and what they are means of. */
static void note_losses(yk_evaluator *ev, const yk_batch *batch)
{
    const yk_sweep *s = &ev->sweep;
    int column = s->model->n_heads;
    for (int h = 0; h < s->model->n_heads; h++) {
        const yk_head *head = &s->model->head[h];
        note_sums(ev, batch, h, yk_program_value(s->program, head->loss)->data);
        if (!head->weighted)
            continue;
        yk_head_denominators(s->model, head, batch->rows, batch->data[head->target_fed],
                             head->weight_fed < 0 ? NULL : batch->data[head->weight_fed], YK_F32, ev->counted);
        note_sums(ev, batch, column++, ev->counted);
    }
}

static void note(yk_evaluator *ev, const yk_batch *batch)
{
    const yk_sweep *s = &ev->sweep;
    note_losses(ev, batch);
    for (int h = 0; h < s->model->n_heads; h++) {
        const yk_head *head = &s->model->head[h];
        const yk_scored scored =
            yk_scored_of(&ev->tally.like[h], head, yk_program_value(s->program, head->output),
                         batch->data[head->target_fed], head->weight_fed < 0 ? NULL : batch->data[head->weight_fed]);
        yk_tally_add(&ev->tally, h, &scored);
        if (h == 0 && ev->confusion)
            yk_confusion_add(&scored, ev->confusion);
    }
}

/* All batches of this rank. */
static yk_status run(yk_evaluator *ev)
{
    for (int64_t i = 0; i < ev->sweep.steps; i++) {
        yk_batch batch;
        yk_stall_mark(ev->sweep.comm, YK_AT_EVALUATION);
        YK_TRY(yk_sweep_next(&ev->sweep, &batch));
        if (batch.rows > 0)
            note(ev, &batch);
    }
    yk_stall_mark(ev->sweep.comm, YK_AT_SCORES);
    return YK_OK;
}

/* What evaluation knows beside the metrics' values. */
static yk_status detail(yk_evaluator *ev, yk_scores *scores)
{
    int entry[YK_MAX_METRICS];
    scores->classes = ev->classes;
    scores->confusion = ev->confusion;
    scores->cols = ev->tally.like[0].cols;
    scores->n_of_class = yk_tally_classes(&ev->tally, entry, ev->of_class);
    scores->of_class = ev->of_class;
    for (int i = 0; i < scores->n_of_class; i++)
        scores->class_metric[i] = ev->tally.entry[entry[i]].metric->name;
    return ev->confusion ? yk_comm_sum(ev->sweep.comm, ev->classes * ev->classes, ev->confusion) : YK_OK;
}

/* The sum of a column over the split, by the tree. */
static float column_total(yk_evaluator *ev, int column)
{
    for (int64_t i = 0; i < ev->leaves; i++) {
        int32_t bits = (int32_t)ev->bits[column * ev->leaves + i];
        memcpy(&ev->sum[i], &bits, sizeof bits);
    }
    return yk_tree_total(ev->leaves, ev->sum);
}

void yk_scores_set_losses(yk_scores *scores, const yk_model *model, const double *sum, const double *denominator)
{
    scores->loss = 0;
    scores->n_parts = model->n_heads > 1 ? model->n_heads : 0;
    for (int h = 0; h < model->n_heads; h++) {
        const yk_head *head = &model->head[h];
        const double part = denominator[h] > 0 ? sum[h] / denominator[h] : 0;
        memcpy(scores->part_name[h], head->name, sizeof scores->part_name[h]);
        scores->part[h] = part;
        scores->loss += head->weight * part;
    }
}

yk_status yk_evaluate(yk_evaluator *ev, yk_scores *scores)
{
    yk_comm *comm = ev->sweep.comm;
    yk_tally_reset(&ev->tally);
    memset(ev->bits, 0, (size_t)(ev->columns * ev->leaves) * sizeof *ev->bits);
    if (ev->confusion)
        memset(ev->confusion, 0, (size_t)(ev->classes * ev->classes) * sizeof *ev->confusion);
    YK_TRY(yk_comm_agree(comm, run(ev)));

    *scores = (yk_scores){ .samples = ev->sweep.samples };
    YK_TRY(yk_comm_sum(comm, ev->columns * ev->leaves, ev->bits)); /* each was made by one rank; others have 0 */
    double sum[YK_MAX_LOSSES], denominator[YK_MAX_LOSSES];
    int column = ev->sweep.model->n_heads;
    for (int h = 0; h < ev->sweep.model->n_heads; h++) {
        sum[h] = (double)column_total(ev, h);
        denominator[h] =
            ev->sweep.model->head[h].weighted ? (double)column_total(ev, column++) : (double)scores->samples;
    }
    yk_scores_set_losses(scores, ev->sweep.model, sum, denominator);
    scores->n_metrics = ev->tally.n_values;
    memcpy(scores->metric, ev->tally.name, sizeof scores->metric);
    YK_TRY(yk_tally_values(&ev->tally, comm, scores->value));
    return ev->of_class ? detail(ev, scores) : YK_OK;
}
