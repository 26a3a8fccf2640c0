/* SPDX-License-Identifier: Apache-2.0 */
#include "train/tally.h"

#include <string.h>

#include "core/error.h"
#include "core/mem.h"
#include "core/num.h"
#include "model/options.h"

static yk_scored like_of(const yk_model *model, const yk_head *head)
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

void yk_measured_of(const yk_model *model, yk_measured out[YK_MAX_LOSSES])
{
    for (int h = 0; h < model->n_heads; h++) {
        const yk_head *head = &model->head[h];
        out[h] = (yk_measured){ head->name, head->op->name, like_of(model, head) };
    }
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

static yk_status check(const yk_measured *head, const yk_metric *metric, const void *opts)
{
    char needs[96];
    YK_CHECK(metric->kinds & 1u << head->like.kind, YK_ERR_ARG, "metric %s needs %s, and the loss is %s", metric->name,
             yk_metric_needs(metric, needs), head->loss);
    if (metric->check)
        YK_TRY(metric->check(opts, &head->like));
    return YK_OK;
}

/* Values of entry i. */
static int64_t columns_of(const yk_tally *t, int i)
{
    const yk_metric *m = t->entry[i].metric;
    return m->columns ? m->columns(t->entry[i].opts, &t->like[t->entry[i].head]) : 1;
}

/* The names of the values of entry i, each of them once. `of`: the head's name where the recipe gives it. */
static yk_status add_names(yk_tally *t, int i, const char *of)
{
    const yk_metric *metric = t->entry[i].metric;
    const int64_t columns = columns_of(t, i);
    YK_CHECK(t->n_values + columns <= YK_MAX_SCORES, YK_ERR_ARG, "the metrics have more than %d values together",
             YK_MAX_SCORES);
    for (int64_t c = 0; c < columns; c++) {
        char *name = t->name[t->n_values];
        YK_CHECK(yk_metric_column(metric, t->entry[i].opts, c, of, name) < YK_METRIC_NAME, YK_ERR_ARG,
                 "metric %s: the name of the loss %s is too long for it", metric->name, of);
        for (int k = 0; k < t->n_values; k++)
            YK_CHECK(strcmp(t->name[k], name) != 0, YK_ERR_ARG, "metric %s is there twice", name);
        t->rises[t->n_values++] = metric->rises;
    }
    return YK_OK;
}

/* The head of that name; of no name the first. */
static yk_status find_head(int n, const yk_measured *head, const char *name, int *out)
{
    const char *names[YK_MAX_LOSSES];
    char text[YK_NAMES_TEXT];
    *out = 0;
    if (!*name)
        return YK_OK;
    for (int h = 0; h < n; h++) {
        names[h] = head[h].name;
        if (strcmp(names[h], name) != 0)
            continue;
        *out = h;
        return YK_OK;
    }
    YK_FAIL(YK_ERR_ARG, "of: no loss is called \"%s\"%s", name, yk_names_text(text, name, "there are", names, n));
}

static yk_status add_metric(yk_tally *t, const yk_metric_spec *spec, int n, const yk_measured *head)
{
    const yk_metric *metric = spec->pick.entry;
    int h = 0;
    YK_TRY(find_head(n, head, spec->of, &h));
    YK_TRY(check(&head[h], metric, spec->pick.opts));
    t->entry[t->n].metric = metric;
    t->entry[t->n].opts = spec->pick.opts;
    t->entry[t->n].head = h;
    t->entry[t->n].first = t->n_counts;
    YK_TRY(add_names(t, t->n, spec->of));
    t->n++;
    t->n_counts += metric->counts(spec->pick.opts, &t->like[h]);
    return YK_OK;
}

yk_status yk_tally_create(yk_tally *tally, const yk_recipe *recipe, int n, const yk_measured *head)
{
    *tally = (yk_tally){ .n_heads = n };
    for (int h = 0; h < n; h++)
        tally->like[h] = head[h].like;
    for (int i = 0; i < recipe->n_metrics; i++) {
        yk_status status = add_metric(tally, &recipe->metric[i], n, head);
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

void yk_tally_add(yk_tally *tally, int head, const yk_scored *scored)
{
    for (int i = 0; i < tally->n; i++)
        if (tally->entry[i].head == head)
            tally->entry[i].metric->count(tally->entry[i].opts, scored, tally->count + tally->entry[i].first);
}

bool yk_tally_measures(const yk_tally *tally, int head)
{
    for (int i = 0; i < tally->n; i++)
        if (tally->entry[i].head == head)
            return true;
    return false;
}

void yk_tally_mark(yk_tally *tally)
{
    memcpy(tally->mark, tally->count, (size_t)tally->n_counts * sizeof *tally->mark);
}

static void values_of(const yk_tally *t, const int64_t *count, double value[YK_MAX_SCORES])
{
    for (int i = 0, at = 0; i < t->n; i++) {
        const yk_scored *like = &t->like[t->entry[i].head];
        for (int64_t c = 0; c < columns_of(t, i); c++)
            value[at++] = t->entry[i].metric->value(t->entry[i].opts, like, count + t->entry[i].first, c);
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
        const yk_scored *like = &t->like[0];
        if (!m->of_class || t->entry[i].head > 0)
            continue;
        for (int64_t c = 0; value && c < like->cols; c++)
            value[n * like->cols + c] = m->of_class(t->entry[i].opts, like, t->sum + t->entry[i].first, c);
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
