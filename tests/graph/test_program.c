/* SPDX-License-Identifier: Apache-2.0 */
/* A program gives the bits of calling its ops one by one: forward, backward, with fewer rows than planned, in training
 * and not, in float and double, and whatever the planner shares and reuses. */
#include "nets.h"
#include "reference.h"

/* Runs the rig's program and the reference on so many rows and compares. */
static void check(const char *label, rig *r, int64_t rows, bool train)
{
    yk_rows call = rig_rows(r, rows, train);
    reference f;
    reference_run(&f, r, &call, 0.125);
    yk_program_forward(r->program, &call, NULL, NULL);
    if (r->opts.backward)
        yk_program_backward(r->program, &call, rig_seeds(r, 0.125), NULL, NULL);
    reference_compare(label, &f, r, &call);
    reference_free(&f);
}

static void test_training(void)
{
    for (int i = 0; i < LEN(nets); i++) {
        for (int way = 0; way < 16; way++) {
            rig r;
            yk_program_opts opts = {
                .backward = true, .dtype = way & 1 ? YK_F64 : YK_F32, .rows = 7, .leaf = 3, .input_grad = way & 2
            };
            rig_create(&r, &nets[i], opts, way & 4, way & 8);
            check(nets[i].label, &r, 7, true);
            check(nets[i].label, &r, 4, true);
            check(nets[i].label, &r, 1, true);
            check(nets[i].label, &r, 7, true);
            rig_destroy(&r);
        }
    }
}

static void test_prediction(void)
{
    for (int i = 0; i < LEN(nets); i++) {
        for (int way = 0; way < 8; way++) {
            rig r;
            yk_program_opts opts = { .dtype = way & 1 ? YK_F64 : YK_F32, .rows = 6, .leaf = 6 };
            rig_create(&r, &nets[i], opts, way & 2, way & 4);
            check(nets[i].label, &r, 6, false);
            check(nets[i].label, &r, 5, true);
            check(nets[i].label, &r, 1, false);
            rig_destroy(&r);
        }
    }
}

/* Elements of the sum over leaves of what a backward of the rig's program gives at `offset`. */
static double leaf_sum(const rig *r, int64_t offset)
{
    double sum = 0;
    for (int64_t g = 0; g < r->n_leaves; g++)
        sum += get(YK_F64, r->leaves, g * r->layout->length + offset);
    return sum;
}

static double loss_sum(rig *r, const yk_rows *rows, double seed)
{
    yk_program_forward(r->program, rows, NULL, NULL);
    double sum = 0;
    rig_seeds(r, seed);
    for (int l = 0; l < r->n_loss; l++) {
        const yk_tensor *loss = yk_program_value(r->program, r->losses[l]);
        for (int64_t i = 0; i < rows->leaves.rows; i++)
            sum += r->seed[l] * get(YK_F64, loss->data, i);
    }
    return sum;
}

/* Central difference of the loss by the number at `place`, against `gradient`. */
static void check_gradient(const char *label, const char *name, rig *r, const yk_rows *rows, double *place,
                           double gradient)
{
    const double step = 1e-5, seed = 0.25, old = *place;
    *place = old + step;
    double up = loss_sum(r, rows, seed);
    *place = old - step;
    double down = loss_sum(r, rows, seed);
    *place = old;
    double want = (up - down) / (2 * step), off = want > gradient ? want - gradient : gradient - want;
    if (off > 1e-8 + 1e-6 * (want > 0 ? want : -want))
        FAIL_CASE(label, "d loss / d %s is %.12g, by differences %.12g\n", name, gradient, want);
}

/* Analytic gradients are copied first: the differences run forward only, but backward's memory is the same arena. */
static void test_gradients(void)
{
    for (int i = 0; i < LEN(nets); i++) {
        rig r;
        double *gradient = NULL, *dx = NULL;
        rig_create(&r, &nets[i],
                   (yk_program_opts){ .backward = true, .dtype = YK_F64, .rows = 5, .leaf = 2, .input_grad = true },
                   true, true);
        yk_rows rows = rig_rows(&r, 5, true);
        int64_t n_x = 5 * yk_shape_len(&nets[i].x);
        MUST(yk_alloc(&gradient, r.layout->length, sizeof *gradient));
        MUST(yk_alloc(&dx, n_x, sizeof *dx));
        yk_program_forward(r.program, &rows, NULL, NULL);
        yk_program_backward(r.program, &rows, rig_seeds(&r, 0.25), NULL, NULL);
        memcpy(dx, yk_program_input_grad(r.program, 0)->data, (size_t)n_x * sizeof *dx);
        for (int64_t k = 0; k < r.layout->tail; k++)
            gradient[k] = leaf_sum(&r, k);
        for (int p = 0; p < r.layout->n_param; p++) {
            const yk_param *param = yk_graph_param(r.graph, p);
            for (int64_t k = 0; yk_param_trains(param) && k < yk_shape_len(&param->shape); k++)
                check_gradient(nets[i].label, param->name, &r, &rows, (double *)(void *)r.params + param->offset + k,
                               gradient[param->offset + k]);
        }
        for (int64_t k = 0; k < n_x; k++)
            check_gradient(nets[i].label, "x", &r, &rows, (double *)(void *)r.x + k, dx[k]);
        yk_free(gradient);
        yk_free(dx);
        rig_destroy(&r);
    }
}

/* Memory can be bound and inputs fed again at any time; training allocates nothing. */
static void test_rebinding(void)
{
    for (int i = 0; i < LEN(nets); i++) {
        rig r;
        char *arena = NULL, *x = NULL;
        rig_create(&r, &nets[i], (yk_program_opts){ .backward = true, .dtype = YK_F32, .rows = 4, .leaf = 2 }, true,
                   true);
        check(nets[i].label, &r, 4, true);
        int64_t bytes_x = 4 * yk_shape_len(&nets[i].x) * (int64_t)sizeof(float);
        MUST(yk_alloc(&arena, r.arena_bytes, 1));
        MUST(yk_alloc(&x, bytes_x, 1));
        memcpy(x, r.x, (size_t)bytes_x);
        memset(r.x, 0xff, (size_t)bytes_x);
        yk_free(r.arena);
        yk_free(r.x);
        r.arena = arena;
        r.x = x;
        int64_t count = yk_mem_count();
        yk_rows rows = rig_rows(&r, 3, true);
        yk_program_bind(r.program, r.params, r.leaves, r.layout->length, r.arena);
        yk_program_feed(r.program, 0, r.x);
        yk_program_forward(r.program, &rows, NULL, NULL);
        yk_program_backward(r.program, &rows, rig_seeds(&r, 1), NULL, NULL);
        CU_ASSERT_EQUAL(yk_mem_count(), count);
        check(nets[i].label, &r, 4, true);
        rig_destroy(&r);
    }
}

static void test_errors(void)
{
    rig r = { 0 };
    yk_program *program = NULL;
    MUST(net_build(&nets[0], &r.graph, &r.layout));
    int b = net_value(r.graph, "b", 1);
    static const struct {
        const char *label;
        int loss; /* -1: b */
        int64_t rows;
        yk_status want;
        const char *text;
    } cases[] = {
        { "an output as loss", -1, 4, YK_ERR_SHAPE, "b cannot be the loss: it has shape (4) a sample" },
        { "labels as loss", 1, 4, YK_ERR_SHAPE, "y cannot be the loss" },
        { "too many rows", 5, INT64_MAX / 8, YK_ERR_SHAPE, "take a smaller batch" },
        { "too much together", 5, INT64_MAX / 200, YK_ERR_NOMEM, "take a smaller batch" },
    };
    for (int i = 0; i < LEN(cases); i++) {
        const int loss = cases[i].loss < 0 ? b : cases[i].loss;
        yk_program_opts opts = {
            .backward = true, .dtype = YK_F32, .rows = cases[i].rows, .leaf = 4, .n_loss = 1, .loss = &loss
        };
        yk_status got = yk_program_create(&program, r.graph, r.layout, &opts);
        if (got != cases[i].want || !strstr(yk_error_text(), cases[i].text) || program)
            FAIL_CASE(cases[i].label, "%s \"%s\"\n", yk_status_name(got), yk_error_text());
    }
    rig_destroy(&r);
}

static void test_no_memory(void)
{
    rig r = { 0 };
    MUST(net_build(&nets[9], &r.graph, &r.layout));
    int64_t live = yk_mem_live(), n = 1;
    yk_status status = YK_ERR_NOMEM;
    const int loss = yk_graph_values(r.graph) - 1;
    yk_program_opts opts = { .backward = true, .dtype = YK_F32, .rows = 4, .leaf = 4, .n_loss = 1, .loss = &loss };
    for (; status != YK_OK; n++) {
        yk_program *program = NULL;
        yk_mem_fail_at(n);
        status = yk_program_create(&program, r.graph, r.layout, &opts);
        yk_mem_fail_at(0);
        CU_ASSERT_FATAL(status == YK_OK ? program != NULL : status == YK_ERR_NOMEM && !program);
        yk_program_destroy(&program);
        CU_ASSERT_EQUAL_FATAL(yk_mem_live(), live);
    }
    CU_ASSERT(n > 8);
    rig_destroy(&r);
}

int main(void)
{
    static const yk_test tests[] = { { "training", test_training },
                                     { "prediction", test_prediction },
                                     { "gradients by differences", test_gradients },
                                     { "bound and fed again", test_rebinding },
                                     { "errors", test_errors },
                                     { "no memory", test_no_memory },
                                     { 0 } };
    return yk_test_main("graph/program", tests);
}
