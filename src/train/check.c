/* SPDX-License-Identifier: Apache-2.0 */
/* Gradient check of a whole model: backward against central differences, in double.
 *
 *   numeric = (L(w + h) - L(w - h)) / 2h, L the loss of a few made samples in two micro-batches.
 * The relative error is |numeric - backward| / max(|numeric|, |backward|, 1e-3 of the parameter's largest gradient,
 * 1e-3 of the loss): the last is where rounding of L, divided by h, drowns a gradient (a bias before batchnorm has 0).
 * Where the quotients for h and h/2 disagree the loss has a kink (relu, max) between the points: passed over. */
#include <math.h>
#include <string.h>

#include "core/error.h"
#include "core/mem.h"
#include "core/num.h"
#include "train/synthetic.h"
#include "train/train.h"

enum { ROWS = 8, LEAF = 4 };
#define STEP 1e-5
#define KINK 1e-5

typedef struct check {
    yk_model *model;
    yk_program *program;
    yk_rows rows;
    int64_t sample[ROWS];
    double *params, *leaves;  /* the parameter vector; two leaf gradients */
    void *fed[YK_MAX_FIELDS]; /* int32 tokens and labels, or doubles */
    double denominator[YK_MAX_LOSSES], seed[YK_MAX_LOSSES];
    yk_arena arena;
} check;

static double noise(const check *c, const char *what, int64_t element)
{
    return yk_random_normal(yk_key_make(c->model->seed, YK_FOR_CHECK, what), 0, 0, element);
}

/* Initial parameters, moved off zeros and ties. */
static yk_status make_params(check *c)
{
    const int64_t n = c->model->layout->length;
    float *start;
    YK_TRY(yk_alloc(&start, n, sizeof *start));
    yk_status status = yk_model_init(c->model, start);
    for (int64_t i = 0; i < n; i++)
        c->params[i] = (double)start[i];
    yk_free(start);
    YK_TRY(status);
    for (int p = 0; p < yk_graph_params(c->model->graph); p++) {
        const yk_param *param = yk_graph_param(c->model->graph, p);
        for (int64_t i = 0; i < yk_shape_len(&param->shape) && !yk_role_is_buffer(param->role); i++)
            c->params[param->offset + i] += 0.05 * noise(c, param->name, i);
    }
    return YK_OK;
}

/* Numbers for a field, as a program is fed with them. */
static yk_status make_field(check *c, int i)
{
    const yk_fed *fed = &c->model->fed[i];
    const yk_value *v = yk_graph_value(c->model->graph, fed->value);
    const int64_t n = ROWS * yk_shape_len_from(&v->shape, 1);
    YK_TRY(yk_alloc(&c->fed[i], n, sizeof(double)));
    yk_synthetic_fill(c->model, i, 0, ROWS, true, c->fed[i]);
    int32_t *label = c->fed[i];
    for (int64_t k = 0; v->dtype == YK_I32 && k < n; k++)
        for (int g = 0; g < fed->ignore.n; g++)
            if (label[k] == fed->ignore.at[g])
                label[k] = YK_IGNORED;
    yk_program_feed(c->program, fed->value, c->fed[i]);
    return YK_OK;
}

static yk_status make_data(check *c)
{
    double each[ROWS];
    for (int i = 0; i < c->model->n_fed; i++)
        YK_TRY(make_field(c, i));
    for (int h = 0; h < c->model->n_heads; h++) {
        const yk_head *head = &c->model->head[h];
        yk_head_denominators(c->model, head, ROWS, c->fed[head->target_fed],
                             head->weight_fed < 0 ? NULL : c->fed[head->weight_fed], YK_F64, each);
        for (int64_t i = 0; i < ROWS; i++)
            c->denominator[h] += each[i];
        c->seed[h] = c->denominator[h] > 0 ? head->weight / c->denominator[h] : 0;
    }
    for (int64_t i = 0; i < ROWS; i++)
        c->sample[i] = i;
    c->rows = (yk_rows){ .leaves = { ROWS, LEAF }, .sample = c->sample, .train = true };
    return YK_OK;
}

static yk_status build(check *c, const yk_recipe *recipe)
{
    yk_shape x;
    yk_program_bytes bytes;
    YK_TRY(yk_recipe_input(recipe, &x));
    YK_TRY(yk_model_create(&c->model, recipe, &x));
    yk_program_opts opts = { .backward = true,
                             .dtype = YK_F64,
                             .rows = ROWS,
                             .leaf = LEAF,
                             .n_loss = c->model->n_heads,
                             .loss = c->model->loss,
                             .unfused = c->model->unfused };
    YK_TRY(yk_program_create(&c->program, c->model->graph, c->model->layout, &opts));
    yk_program_bytes_of(c->program, &bytes);
    YK_TRY(yk_arena_create(&c->arena, bytes.arena));
    YK_TRY(yk_alloc(&c->params, c->model->layout->length, sizeof *c->params));
    YK_TRY(yk_alloc(&c->leaves, ROWS / LEAF * c->model->layout->length, sizeof *c->leaves));
    YK_TRY(make_params(c));
    yk_program_bind(c->program, c->params, c->leaves, c->model->layout->length, yk_arena_take(&c->arena, bytes.arena));
    YK_TRY(make_data(c));
    return YK_OK;
}

static double total_loss(check *c)
{
    double total = 0;
    yk_program_forward(c->program, &c->rows, NULL, NULL);
    for (int h = 0; h < c->model->n_heads; h++) {
        const double *loss = yk_program_value(c->program, c->model->loss[h])->data;
        double sum = 0;
        for (int64_t i = 0; i < ROWS; i++)
            sum += loss[i];
        if (c->denominator[h] > 0)
            total += c->model->head[h].weight * (sum / c->denominator[h]);
    }
    return total;
}

static double quotient(check *c, double *w, double h)
{
    const double at = *w;
    *w = at + h;
    const double above = total_loss(c);
    *w = at - h;
    const double below = total_loss(c);
    *w = at;
    return (above - below) / (2 * h);
}

/* Gradient of element e of the vector: the sum over leaves. */
static double gradient(const check *c, int64_t e)
{
    double sum = 0;
    for (int64_t g = 0; g < ROWS / LEAF; g++)
        sum += c->leaves[g * c->model->layout->length + e];
    return sum;
}

static void check_param(check *c, const yk_param *param, double loss, int64_t most, yk_check_row *row)
{
    const int64_t n = yk_shape_len(&param->shape), count = yk_min(n, most);
    double largest = 0;
    for (int64_t i = 0; i < n; i++)
        largest = fmax(largest, fabs(gradient(c, param->offset + i)));
    *row = (yk_check_row){ .name = param->name };
    for (int64_t i = 0; i < count; i++) {
        const int64_t e = param->offset + i * n / count;
        const double backward = gradient(c, e), numeric = quotient(c, &c->params[e], STEP);
        const double scale = fmax(fmax(fabs(numeric), fabs(backward)), 1e-3 * fmax(largest, fabs(loss)));
        const double error = fabs(numeric - backward) / scale;
        if (error > 1e-6 && fabs(quotient(c, &c->params[e], STEP / 2) - numeric) / scale > KINK) {
            row->kinks++;
            continue;
        }
        row->checked++;
        row->worst = fmax(row->worst, error);
    }
}

static void destroy(check *c)
{
    yk_program_destroy(&c->program);
    yk_model_destroy(&c->model);
    yk_arena_destroy(&c->arena);
    yk_free(c->params);
    yk_free(c->leaves);
    for (int i = 0; i < YK_MAX_FIELDS; i++)
        yk_free(c->fed[i]);
}

yk_status yk_check_gradients(const yk_recipe *recipe, int64_t most, void (*row)(void *context, const yk_check_row *),
                             void *context, double *worst)
{
    check c = { 0 };
    *worst = 0;
    yk_status status = build(&c, recipe);
    if (status == YK_OK) {
        const double loss = total_loss(&c);
        yk_program_backward(c.program, &c.rows, c.seed, NULL, NULL);
        for (int p = 0; p < yk_graph_params(c.model->graph); p++) {
            const yk_param *param = yk_graph_param(c.model->graph, p);
            if (!yk_param_trains(param))
                continue;
            yk_check_row r;
            check_param(&c, param, loss, most, &r);
            row(context, &r);
            *worst = fmax(*worst, r.worst);
        }
    }
    destroy(&c);
    return status;
}

yk_status yk_recipe_input(const yk_recipe *recipe, yk_shape *x)
{
    if (recipe->has_data) {
        yk_split split;
        yk_status status = yk_split_open(&split, recipe, &recipe->train, false, 0);
        yk_split_augment(&split, recipe, true, NULL);
        if (status == YK_OK)
            status = yk_split_shape(&split, x);
        yk_split_close(&split);
        return status;
    }
    YK_CHECK(recipe->has_input, YK_ERR_RECIPE,
             "the recipe says nothing about the input: give data: {train: FILE.h5} or input: {x: [28, 28, 1]}");
    *x = recipe->input;
    return YK_OK;
}
