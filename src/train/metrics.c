/* SPDX-License-Identifier: Apache-2.0 */
#include "train/metrics.h"

#include <math.h>
#include <string.h>

#include "core/num.h"
#include "model/model.h"

int64_t yk_argmax(int64_t n, const float *x)
{
    int64_t best = 0;
    for (int64_t i = 1; i < n; i++)
        if (x[i] > x[best])
            best = i;
    return best;
}

/* --- accuracy: rows whose largest output is the label's; for binary cross entropy, elements on the target's side */

yk_scored yk_scored_of(const yk_head *head, const yk_tensor *output, const void *target)
{
    const int64_t cols = output->shape.dim[output->shape.ndim - 1];
    return (yk_scored){ .rows = yk_tensor_len(output) / cols,
                        .cols = cols,
                        .output = output->data,
                        .label = head->label ? target : NULL,
                        .target = head->label ? NULL : target,
                        .classes = head->classes > 0 };
}

static yk_status accuracy_check(const yk_head *head)
{
    bool binary = head->op->predict_with && strcmp(head->op->predict_with, "sigmoid") == 0;
    YK_CHECK(head->classes > 0 || binary, YK_ERR_RECIPE,
             "metric accuracy needs class labels or binary_cross_entropy, and the loss is %s", head->op->name);
    return YK_OK;
}

static void accuracy_count(const yk_scored *s, int64_t count[YK_METRIC_COUNTS])
{
    if (s->label) {
        for (int64_t r = 0; r < s->rows; r++) {
            count[0] += s->label[r] >= 0 && yk_argmax(s->cols, s->output + r * s->cols) == s->label[r];
            count[1] += s->label[r] >= 0;
        }
    } else if (s->classes) {
        for (int64_t r = 0; r < s->rows; r++)
            count[0] += yk_argmax(s->cols, s->output + r * s->cols) == yk_argmax(s->cols, s->target + r * s->cols);
        count[1] += s->rows;
    } else {
        for (int64_t i = 0; i < s->rows * s->cols; i++)
            count[0] += (s->output[i] > 0) == (s->target[i] > 0.5f);
        count[1] += s->rows * s->cols;
    }
}

static double share(const int64_t count[YK_METRIC_COUNTS])
{
    return count[1] ? (double)count[0] / (double)count[1] : NAN;
}

static const yk_metric accuracy = {
    .name = "accuracy",
    .doc = "share of samples whose most likely class is the label; with binary_cross_entropy, of outputs on the "
           "target's side of 1/2",
    .rises = true,
    .check = accuracy_check,
    .count = accuracy_count,
    .value = share,
};

const yk_metric *const yk_metric_table[] = { &accuracy, NULL };

yk_status yk_metric_find(const char *name, const yk_metric **out)
{
    const char *names[YK_LEN(yk_metric_table)];
    int n = 0;
    for (const yk_metric *const *m = yk_metric_table; *m; m++) {
        if (strcmp((*m)->name, name) == 0) {
            *out = *m;
            return YK_OK;
        }
        names[n++] = (*m)->name;
    }
    const char *near = yk_nearest(name, names, n);
    YK_FAIL(YK_ERR_RECIPE, "no metric is called \"%s\"; %s \"%s\"%s", name, near ? "did you mean" : "there is",
            near ? near : names[0], near ? "?" : "");
}

yk_status yk_tally_create(yk_tally *tally, const yk_recipe *recipe, const yk_model *model)
{
    *tally = (yk_tally){ .n = recipe->n_metrics };
    for (int i = 0; i < recipe->n_metrics; i++) {
        yk_status status = yk_metric_find(recipe->metric[i], &tally->metric[i]);
        if (status == YK_OK)
            status = tally->metric[i]->check(&model->head[0]);
        if (status != YK_OK) {
            char where[YK_OPT_TEXT_MAX];
            return yk_error_prefix(status, "%s: ", yk_recipe_metric_where(recipe, i, where, sizeof where));
        }
    }
    return YK_OK;
}

void yk_tally_reset(yk_tally *tally)
{
    memset(tally->count, 0, sizeof tally->count);
}

void yk_tally_add(yk_tally *tally, const yk_scored *scored)
{
    for (int i = 0; i < tally->n; i++)
        tally->metric[i]->count(scored, tally->count[i]);
}

yk_status yk_tally_values(yk_tally *tally, yk_comm *comm, double value[YK_MAX_METRICS])
{
    int64_t sum[YK_MAX_METRICS][YK_METRIC_COUNTS];
    memcpy(sum, tally->count, sizeof sum);
    YK_TRY(yk_comm_sum(comm, tally->n * YK_METRIC_COUNTS, &sum[0][0]));
    for (int i = 0; i < tally->n; i++)
        value[i] = tally->metric[i]->value(sum[i]);
    return YK_OK;
}

void yk_confusion_add(const yk_scored *scored, int64_t *counts)
{
    for (int64_t r = 0; r < scored->rows; r++)
        if (scored->label[r] >= 0)
            counts[scored->label[r] * scored->cols + yk_argmax(scored->cols, scored->output + r * scored->cols)]++;
}
