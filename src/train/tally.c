/* SPDX-License-Identifier: Apache-2.0 */
#include "train/tally.h"

#include <string.h>

#include "core/error.h"
#include "core/mem.h"
#include "core/num.h"

yk_scored yk_scored_like(const yk_model *model, const yk_head *head)
{
    const yk_shape *output = &yk_graph_value(model->graph, head->output)->shape;
    const char *predict = head->op->predict_with;
    yk_scored like = { .kind = YK_SCORED_NUMBERS, .cols = output->dim[output->ndim - 1] };
    if (head->classes > 0 || (predict && strcmp(predict, "softmax") == 0))
        like.kind = YK_SCORED_CLASSES;
    else if (predict && strcmp(predict, "sigmoid") == 0)
        like.kind = YK_SCORED_BINARY;
    return like;
}

yk_scored yk_scored_of(const yk_scored *like, const yk_head *head, const yk_tensor *output, const void *target,
                       const float *weight)
{
    yk_scored s = *like;
    s.rows = yk_tensor_len(output) / s.cols;
    s.output = output->data;
    s.label = head->label ? target : NULL;
    s.target = head->label ? NULL : target;
    s.weight = weight;
    s.each = s.rows / output->shape.dim[0];
    return s;
}

static yk_status check(const yk_tally *t, const yk_metric *metric, const void *opts, const char *loss)
{
    char needs[96];
    YK_CHECK(metric->kinds & 1u << t->like.kind, YK_ERR_ARG, "metric %s needs %s, and the loss is %s", metric->name,
             yk_metric_needs(metric, needs), loss);
    if (metric->check)
        YK_TRY(metric->check(opts, &t->like));
    return YK_OK;
}

/* The names of a metric's columns, each of them once. */
static yk_status add_names(yk_tally *t, const yk_metric *metric, const void *opts)
{
    const int64_t columns = metric->columns ? metric->columns(opts, &t->like) : 1;
    YK_CHECK(t->n_values + columns <= YK_MAX_SCORES, YK_ERR_ARG, "the metrics have more than %d values together",
             YK_MAX_SCORES);
    for (int64_t c = 0; c < columns; c++) {
        char *name = t->name[t->n_values];
        if (metric->title)
            metric->title(opts, c, name);
        else
            strncpy(name, metric->name, YK_METRIC_NAME - 1);
        for (int i = 0; i < t->n_values; i++)
            YK_CHECK(strcmp(t->name[i], name) != 0, YK_ERR_ARG, "metric %s is there twice", name);
        t->rises[t->n_values++] = metric->rises;
    }
    return YK_OK;
}

static yk_status add_metric(yk_tally *t, const yk_pick *pick, const char *loss)
{
    const yk_metric *metric = pick->entry;
    YK_TRY(check(t, metric, pick->opts, loss));
    YK_TRY(add_names(t, metric, pick->opts));
    t->entry[t->n].metric = metric;
    t->entry[t->n].opts = pick->opts;
    t->entry[t->n++].first = t->n_counts;
    t->n_counts += metric->counts(pick->opts, &t->like);
    return YK_OK;
}

yk_status yk_tally_create(yk_tally *tally, const yk_recipe *recipe, const yk_scored *like, const char *loss)
{
    *tally = (yk_tally){ .like = *like };
    for (int i = 0; i < recipe->n_metrics; i++) {
        yk_status status = add_metric(tally, &recipe->metric[i], loss);
        if (status != YK_OK) {
            char where[YK_OPT_TEXT_MAX];
            return yk_error_prefix(YK_ERR_RECIPE, "%s: ", yk_recipe_metric_where(recipe, i, where, sizeof where));
        }
    }
    YK_TRY(yk_alloc(&tally->count, tally->n_counts, sizeof *tally->count));
    YK_TRY(yk_alloc(&tally->mark, tally->n_counts, sizeof *tally->mark));
    return yk_alloc(&tally->sum, tally->n_counts, sizeof *tally->sum);
}

void yk_tally_destroy(yk_tally *tally)
{
    yk_free(tally->count);
    yk_free(tally->mark);
    yk_free(tally->sum);
    *tally = (yk_tally){ 0 };
}

void yk_tally_reset(yk_tally *tally)
{
    memset(tally->count, 0, (size_t)tally->n_counts * sizeof *tally->count);
    yk_tally_mark(tally);
}

void yk_tally_add(yk_tally *tally, const yk_scored *scored)
{
    for (int i = 0; i < tally->n; i++)
        tally->entry[i].metric->count(tally->entry[i].opts, scored, tally->count + tally->entry[i].first);
}

void yk_tally_mark(yk_tally *tally)
{
    memcpy(tally->mark, tally->count, (size_t)tally->n_counts * sizeof *tally->mark);
}

static void values_of(const yk_tally *t, const int64_t *count, double value[YK_MAX_SCORES])
{
    for (int i = 0, at = 0; i < t->n; i++) {
        const yk_metric *m = t->entry[i].metric;
        const int64_t columns = m->columns ? m->columns(t->entry[i].opts, &t->like) : 1;
        for (int64_t c = 0; c < columns; c++)
            value[at++] = m->value(t->entry[i].opts, &t->like, count + t->entry[i].first, c);
    }
}

static yk_status all_ranks(yk_tally *t, yk_comm *comm, double value[YK_MAX_SCORES])
{
    YK_TRY(yk_comm_sum(comm, t->n_counts, t->sum));
    values_of(t, t->sum, value);
    return YK_OK;
}

yk_status yk_tally_values(yk_tally *tally, yk_comm *comm, double value[YK_MAX_SCORES])
{
    memcpy(tally->sum, tally->count, (size_t)tally->n_counts * sizeof *tally->sum);
    return all_ranks(tally, comm, value);
}

yk_status yk_tally_since(yk_tally *tally, yk_comm *comm, double value[YK_MAX_SCORES])
{
    for (int64_t i = 0; i < tally->n_counts; i++)
        tally->sum[i] = tally->count[i] - tally->mark[i];
    return all_ranks(tally, comm, value);
}

void yk_tally_here(const yk_tally *tally, double value[YK_MAX_SCORES])
{
    values_of(tally, tally->count, value);
}

int yk_tally_classes(const yk_tally *t, int entry[YK_MAX_METRICS], double *value)
{
    int n = 0;
    for (int i = 0; i < t->n; i++) {
        const yk_metric *m = t->entry[i].metric;
        if (!m->of_class)
            continue;
        for (int64_t c = 0; value && c < t->like.cols; c++)
            value[n * t->like.cols + c] = m->of_class(t->entry[i].opts, &t->like, t->sum + t->entry[i].first, c);
        entry[n++] = i;
    }
    return n;
}

void yk_confusion_add(const yk_scored *s, int64_t *counts)
{
    for (int64_t r = 0; r < s->rows; r++)
        if (yk_scored_counts(s, r))
            counts[yk_scored_label(s, r) * s->cols + yk_argmax(s->cols, s->output + r * s->cols)]++;
}
