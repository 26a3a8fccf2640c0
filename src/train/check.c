/* SPDX-License-Identifier: Apache-2.0 */
/* Gradient check of a whole model: backward against central differences, in double.
 *
 *   numeric = (L(w + h) - L(w - h)) / 2h, L the mean loss of a few made samples in two micro-batches.
 * The relative error is |numeric - backward| / max(|numeric|, |backward|, 1e-3 of the parameter's largest gradient,
 * 1e-3 of the loss): the last is where rounding of L, divided by h, drowns a gradient (a bias before batchnorm has 0).
 * Where the quotients for h and h/2 disagree the loss has a kink (relu, max) between the points: passed over. */
#include <math.h>
#include <string.h>

#include "core/error.h"
#include "core/mem.h"
#include "core/num.h"
#include "train/train.h"

enum { ROWS = 8, LEAF = 4 };
#define STEP 1e-5
#define KINK 1e-5

typedef struct check {
    yk_model *model;
    yk_program *program;
    yk_rows rows;
    int64_t sample[ROWS];
    double *params, *leaves; /* the parameter vector; two leaf gradients */
    double *x;
    void *y; /* int32 labels or doubles */
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

static yk_status make_data(check *c)
{
    const yk_value *x = yk_graph_value(c->model->graph, c->model->input);
    const yk_value *y = yk_graph_value(c->model->graph, c->model->target);
    const int64_t nx = ROWS * yk_shape_len_from(&x->shape, 1), ny = ROWS * yk_shape_len_from(&y->shape, 1);
    YK_TRY(yk_alloc(&c->x, nx, sizeof *c->x));
    YK_TRY(yk_alloc(&c->y, ny, sizeof(double)));
    for (int64_t i = 0; i < nx; i++)
        c->x[i] = noise(c, "x", i);
    const yk_key key = yk_key_make(c->model->seed, YK_FOR_CHECK, "y");
    for (int64_t i = 0; i < ny; i++) {
        const double u = yk_random_uniform(key, 0, 0, i);
        if (y->dtype == YK_I32)
            ((int32_t *)c->y)[i] = (int32_t)(u * (double)c->model->classes);
        else
            ((double *)c->y)[i] = u;
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
                             .n_out = 1,
                             .out = &c->model->loss,
                             .loss = c->model->loss };
    YK_TRY(yk_program_create(&c->program, c->model->graph, c->model->layout, &opts));
    yk_program_bytes_of(c->program, &bytes);
    YK_TRY(yk_arena_create(&c->arena, bytes.arena));
    YK_TRY(yk_alloc(&c->params, c->model->layout->length, sizeof *c->params));
    YK_TRY(yk_alloc(&c->leaves, ROWS / LEAF * c->model->layout->length, sizeof *c->leaves));
    YK_TRY(make_params(c));
    YK_TRY(make_data(c));
    yk_program_bind(c->program, c->params, c->leaves, c->model->layout->length, yk_arena_take(&c->arena, bytes.arena));
    yk_program_feed(c->program, c->model->input, c->x);
    yk_program_feed(c->program, c->model->target, c->y);
    return YK_OK;
}

static double mean_loss(check *c)
{
    double sum = 0;
    yk_program_forward(c->program, &c->rows);
    const double *loss = yk_program_value(c->program, c->model->loss)->data;
    for (int64_t i = 0; i < ROWS; i++)
        sum += loss[i];
    return sum / ROWS;
}

static double quotient(check *c, double *w, double h)
{
    const double at = *w;
    *w = at + h;
    const double above = mean_loss(c);
    *w = at - h;
    const double below = mean_loss(c);
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
    yk_free(c->x);
    yk_free(c->y);
}

yk_status yk_check_gradients(const yk_recipe *recipe, int64_t most, void (*row)(void *context, const yk_check_row *),
                             void *context, double *worst)
{
    check c = { 0 };
    *worst = 0;
    yk_status status = build(&c, recipe);
    if (status == YK_OK) {
        const double loss = mean_loss(&c);
        yk_program_backward(c.program, &c.rows, 1.0 / ROWS, NULL, NULL);
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
        yk_status status = yk_split_open(&split, &recipe->train, false, 0);
        if (status == YK_OK)
            yk_split_shape(&split, x);
        yk_split_close(&split);
        return status;
    }
    YK_CHECK(recipe->has_input, YK_ERR_RECIPE,
             "the recipe says nothing about the input: give data: {train: FILE.h5} or input: {x: [28, 28, 1]}");
    *x = recipe->input;
    return YK_OK;
}
