/* SPDX-License-Identifier: Apache-2.0 */
/* The library inside a program: what ranks train together from parts of a sequence has the bits of one process that
 * holds all of it; errors reach all ranks; the doors leave the program's arithmetic and threads alone. */
/* Rooms: api */
#include <mpi.h>
#include <math.h>
#ifdef _OPENMP
#include <omp.h>
#endif
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/error.h"
#include "core/mem.h"
#include "test.h"
#include "yoke/mpi.h"
#include "yoke/yoke.h"

enum { N = 75, D = 6, CLASSES = 3, BATCH = 24 };

static yk_context *all, *alone;
static int rank, size;
static double x[N][D];
static int32_t y[N];

static const char recipe[] = "seed: 5\n"
                             "input: {x: [6], y: {classes: 3}}\n"
                             "model:\n"
                             "- dense: {units: 16, activation: relu, l2: 1e-3}\n"
                             "- batchnorm\n"
                             "- dropout: 0.2\n"
                             "- dense: 3\n"
                             "loss: softmax_cross_entropy\n"
                             "metrics: [accuracy]\n"
                             "optimizer: {adam: {lr: 0.01}}\n"
                             "clip: {norm: 1.0}\n"
                             "train: {epochs: 6, batch: 24, micro_batch: 4}\n";

static void make(void)
{
    for (int i = 0; i < N; i++) {
        y[i] = i * 7 % CLASSES;
        for (int d = 0; d < D; d++)
            x[i][d] = (double)((i * 31 + d * 17) % 23) / 23 + 0.7 * (d == y[i]);
    }
}

/* Samples first .. last-1 as two fields. */
static void fields_of(int64_t first, int64_t last, yk_array out[2])
{
    out[0] = yk_array_2d("x", YK_F64, last - first, D, last > first ? x[first] : NULL);
    out[1] = yk_array_1d("y", YK_I32, last - first, last > first ? &y[first] : NULL);
}

/* This rank's part of samples first .. last-1, cut unevenly: the last rank has most, some none. */
static void part_of(int64_t first, int64_t last, yk_array out[2])
{
    const int64_t n = last - first;
    fields_of(first + n * rank * rank / (size * size), first + n * (rank + 1) * (rank + 1) / (size * size), out);
}

static yk_net *net_of(yk_context *context)
{
    yk_net *net;
    MUST(yk_net_create_text(&net, context, "recipe", recipe));
    return net;
}

static void check_digest(const yk_net *a, const yk_net *b, bool same)
{
    char one[65], other[65];
    MUST(yk_net_digest(a, one));
    MUST(yk_net_digest(b, other));
    CU_ASSERT((strcmp(one, other) == 0) == same);
}

/* --- the same bits */

static void test_epochs(void)
{
    yk_array whole[2], part[2];
    yk_data *data[2];
    yk_report report[2];
    yk_training *training[2];
    yk_net *net[2] = { net_of(alone), net_of(all) };
    fields_of(0, N, whole);
    part_of(0, N, part);
    MUST(yk_data_create(&data[0], alone, 2, whole, YK_BORROW));
    MUST(yk_data_create(&data[1], all, 2, part, YK_COPY));
    CU_ASSERT(yk_data_samples(data[0]) == N && yk_data_samples(data[1]) == N);
    for (int k = 0; k < 2; k++) {
        MUST(yk_training_create(&training[k], net[k], data[k]));
        MUST(yk_training_run(training[k], NULL, NULL));
        CU_ASSERT(yk_training_steps(training[k]) == 24);
        MUST(yk_net_evaluate(net[k], data[k], &report[k]));
    }
    check_digest(net[0], net[1], true);
    CU_ASSERT(report[0].samples == N && report[0].n_metrics == 1 && report[0].value[0] > 0.9);
    CU_ASSERT(report[0].loss == report[1].loss && report[0].value[0] == report[1].value[0]);
    CU_ASSERT(strcmp(report[1].metric[0], "accuracy") == 0 && report[1].step == 24);
    for (int k = 0; k < 2; k++) {
        yk_training_destroy(&training[k]);
        yk_data_destroy(&data[k]);
        yk_net_destroy(&net[k]);
    }
}

/* Fresh samples: another number in each step. The predictions of a part are those of the whole. */
static void test_fresh(void)
{
    static const int counts[] = { 24, 5, 1, 17, 24, 2 };
    yk_net *net[2] = { net_of(alone), net_of(all) };
    yk_training *training[2];
    yk_array fields[2];
    yk_report report[2];
    MUST(yk_training_create(&training[0], net[0], NULL));
    MUST(yk_training_create(&training[1], net[1], NULL));
    for (int k = 0; k < 3 * LEN(counts); k++) {
        const int64_t first = 3 * k, last = first + counts[k % LEN(counts)];
        fields_of(first, last, fields);
        MUST(yk_training_step(training[0], 2, fields, &report[0]));
        part_of(first, last, fields);
        MUST(yk_training_step(training[1], 2, fields, &report[1]));
        CU_ASSERT(report[0].samples == last - first && report[1].samples == last - first);
        CU_ASSERT(report[0].loss == report[1].loss && report[0].penalty == report[1].penalty);
        CU_ASSERT(report[1].step == k + 1 && report[1].epoch == 0 && report[1].lr == 0.01);
    }
    check_digest(net[0], net[1], true);
    const int64_t memory = yk_mem_count();
    for (int k = 0; k < LEN(counts); k++) {
        part_of(0, counts[k], fields);
        MUST(yk_training_step(training[1], 2, fields, &report[1]));
        fields_of(0, counts[k], fields);
        MUST(yk_training_step(training[0], 2, fields, &report[0]));
    }
    CU_ASSERT(yk_mem_count() == memory); /* a step allocates nothing */

    float one[N][CLASSES], mine[N][CLASSES];
    int ndim;
    int64_t shape[YK_ARRAY_DIMS];
    MUST(yk_net_output(net[1], &ndim, shape));
    CU_ASSERT(ndim == 1 && shape[0] == CLASSES);
    fields_of(0, N, fields);
    MUST(yk_net_predict(net[0], 2, fields, N * CLASSES, &one[0][0]));
    part_of(0, N, fields);
    const int64_t count = fields[0].shape[0], begin = count ? (const double(*)[D])fields[0].data - x : 0;
    MUST(yk_net_predict(net[1], 1, fields, count * CLASSES, &mine[0][0]));
    const int64_t after = yk_mem_count();
    MUST(yk_net_predict(net[1], 1, fields, count * CLASSES, &mine[0][0]));
    CU_ASSERT(yk_mem_count() == after);
    CU_ASSERT(memcmp(one[begin], mine, (size_t)count * sizeof mine[0]) == 0);
    CU_ASSERT(fabsf(one[0][0] + one[0][1] + one[0][2] - 1) < 1e-5f); /* softmax is applied */
    for (int k = 0; k < 2; k++) {
        yk_training_destroy(&training[k]);
        yk_net_destroy(&net[k]);
    }
}

/* Two losses on two layers, fields of other names, sample weights: fresh samples and an epoch. */
static void test_losses(void)
{
    static const char text[] = "seed: 2\ninput: {x: [6]}\n"
                               "model:\n- dense: {units: 8, activation: tanh, name: body}\n"
                               "- dense: {units: 3, name: kind}\n- dense: {units: 6, name: copy, from: body}\n"
                               "loss:\n- softmax_cross_entropy: {from: kind, target: y, sample_weight: w}\n"
                               "- mean_squared_error: {from: copy, target: z, weight: 0.5}\n"
                               "metrics: [accuracy]\noptimizer: {sgd: {lr: 0.1, momentum: 0.9}}\n"
                               "train: {epochs: 2, batch: 24, micro_batch: 4}\n";
    static float w[N];
    yk_net *net[2];
    yk_training *t[2];
    yk_report report[2];
    yk_data *data;
    for (int i = 0; i < N; i++)
        w[i] = (float)(i % 4) / 2;
    for (int k = 0; k < 2; k++) {
        yk_array fields[4];
        for (int fresh = 0; fresh < 2; fresh++) {
            const int64_t count = fresh ? 17 : N;
            MUST(yk_net_create_text(&net[k], k ? all : alone, "two", text));
            if (k)
                part_of(0, count, fields);
            else
                fields_of(0, count, fields);
            const int64_t n = fields[0].shape[0], begin = n ? (const double(*)[D])fields[0].data - x : 0;
            fields[2] = yk_array_2d("z", YK_F64, n, D, fields[0].data);
            fields[3] = yk_array_1d("w", YK_F32, n, w + begin);
            MUST(yk_data_create(&data, k ? all : alone, 4, fields, YK_BORROW));
            MUST(yk_training_create(&t[k], net[k], fresh ? NULL : data));
            if (fresh)
                MUST(yk_training_step(t[k], 4, fields, &report[k]));
            else
                MUST(yk_training_run(t[k], NULL, NULL));
            if (!fresh)
                MUST(yk_net_evaluate(net[k], data, &report[k]));
            yk_training_destroy(&t[k]);
            yk_data_destroy(&data);
            char digest[65];
            static char want[2][65];
            MUST(yk_net_digest(net[k], digest));
            if (k == 0)
                memcpy(want[fresh], digest, sizeof digest);
            CU_ASSERT(strcmp(digest, want[fresh]) == 0);
            static yk_report first[2];
            if (k == 0)
                first[fresh] = report[k];
            CU_ASSERT(report[k].loss == first[fresh].loss && report[k].value[0] == first[fresh].value[0]);
            yk_net_destroy(&net[k]);
        }
    }
}

/* --- describing */

static void test_describe(void)
{
    static const int64_t shape[] = { D };
    yk_net *a = net_of(all), *b;
    MUST(yk_net_create(&b, all));
    MUST(yk_net_input(b, "x", 1, shape));
    MUST(yk_net_layer(b, "dense", "units=16  activation=relu l2=1e-3"));
    MUST(yk_net_layer(b, "batchnorm", NULL));
    MUST(yk_net_layer(b, "dropout", "0.2"));
    MUST(yk_net_layer(b, "dense", "3"));
    MUST(yk_net_set(b, "seed", "5"));
    MUST(yk_net_set(b, "loss", "softmax_cross_entropy"));
    MUST(yk_net_set(b, "optimizer.adam.lr", "0.01"));
    MUST(yk_net_set(b, "train", "{epochs: 6, batch: 24}"));
    CU_ASSERT(yk_net_recipe(b) == NULL && yk_net_parameters(b) == 0);
    MUST(yk_net_build(a));
    MUST(yk_net_build(b));
    check_digest(a, b, true);
    CU_ASSERT(strstr(yk_net_recipe(b), "init: glorot_uniform") != NULL);

    yk_parameter p;
    float values[D * 16];
    CU_ASSERT(yk_net_parameters(b) == 8);
    MUST(yk_net_parameter(b, 0, &p));
    CU_ASSERT(strcmp(p.name, "dense_1/kernel") == 0 && p.ndim == 2 && p.shape[0] == D && p.shape[1] == 16 && p.trained);
    memcpy(values, p.data, sizeof values);
    values[3] = 0.5f;
    MUST(yk_net_set_parameter(b, "dense_1/kernel", D * 16, values));
    CU_ASSERT(p.data[3] == 0.5f);
    check_digest(a, b, false);
    yk_net_destroy(&a);
    yk_net_destroy(&b);
}

static void test_wrong_descriptions(void)
{
    static const struct {
        const char *op, *options, *path, *value, *message;
    } cases[] = {
        { "dens", NULL, NULL, NULL, "no layer is called \"dens\" (did you mean \"dense\"?)" },
        { "dense", "unit=3", NULL, NULL, "layer 1 (dense): dense has no key \"unit\" (did you mean \"units\"?)" },
        { "dense", "units=many", NULL, NULL, "layer 1 (dense): units: \"many\" is not a whole number >= 1" },
        { "dense", "units=3 4", NULL, NULL, "layer 1 (dense): \"4\" is not of the form name=value" },
        { "dense", "units=[3", NULL, NULL, "layer 1 (dense)" },
        { "conv2d", "filters=2 kernel=3", NULL, NULL, "layer 1 (conv2d): layer conv2d_1 (conv2d)" },
        { "dense", "3", "train.bach", "3", "train.bach: train has no key \"bach\" (did you mean \"batch\"?)" },
        { "dense", "3", "train.batch", "0", "batch: \"0\" is not a whole number >= 1, or `all`" },
        { "dense", "3", "loss", "mse", "no loss is called \"mse\"" },
        { "dense", "3", "data", "{train: memory, normalize: true}", "a recipe has data or input" },
    };
    static const int64_t shape[] = { D };
    for (int i = 0; i < LEN(cases); i++) {
        yk_net *net;
        MUST(yk_net_create(&net, all));
        MUST(yk_net_input(net, "x", 1, shape));
        MUST(yk_net_set(net, "loss", "mean_squared_error"));
        MUST(yk_net_set(net, "optimizer", "sgd: 0.1"));
        MUST(yk_net_set(net, "train", "{steps: 6, batch: 8}"));
        yk_status status = yk_net_layer(net, cases[i].op, cases[i].options);
        if (status == YK_OK && cases[i].path)
            status = yk_net_set(net, cases[i].path, cases[i].value);
        if (status == YK_OK)
            status = yk_net_build(net);
        if (status == YK_OK || !strstr(yk_error_text(), cases[i].message))
            FAIL_CASE(cases[i].message, "%d: %s", status, status == YK_OK ? "no error" : yk_error_text());
        CU_ASSERT(yk_net_parameters(net) == 0);
        yk_net_destroy(&net);
    }
}

/* What was wrong can be set right; a built network is described no more. */
static void test_second_try(void)
{
    yk_net *net = net_of(all);
    MUST(yk_net_set(net, "train.micro_batch", "7"));
    CU_ASSERT(yk_net_build(net) == YK_ERR_RECIPE);
    MUST(yk_net_set(net, "train.micro_batch", "8"));
    MUST(yk_net_build(net));
    MUST(yk_net_build(net));
    CU_ASSERT(yk_net_set(net, "seed", "3") == YK_ERR_ARG && strstr(yk_error_text(), "built already"));
    yk_net_destroy(&net);
}

/* --- watchers, checkpoints */

static int stop_at_5(void *context, const yk_report *report)
{
    int *calls = context;
    ++*calls;
    return report->step == 5 && rank == size - 1; /* one rank is enough */
}

static int count_epochs(void *context, const yk_report *report)
{
    CU_ASSERT(report->samples <= N && report->n_metrics == 1 && report->loss > 0);
    ++((int *)context)[1];
    return 0;
}

static void path_of(char path[64])
{
    int id = (int)getpid();
    MPI_Bcast(&id, 1, MPI_INT, 0, MPI_COMM_WORLD);
    snprintf(path, 64, "/tmp/yoke-api-%d.h5", id);
}

static void test_stop_and_resume(void)
{
    char path[64];
    int calls[2] = { 0 }, stopped;
    yk_array part[2];
    yk_data *data;
    yk_training *t, *u;
    yk_report report;
    yk_net *net = net_of(all), *other = net_of(all), *third;
    const yk_callbacks watch = { calls, stop_at_5, count_epochs };
    path_of(path);
    part_of(0, N, part);
    MUST(yk_data_create(&data, all, 2, part, YK_BORROW));
    MUST(yk_training_create(&t, net, data));
    MUST(yk_training_run(t, &watch, &stopped));
    CU_ASSERT(stopped == 1 && calls[0] == 5 && calls[1] == 1 && yk_training_steps(t) == 5);
    MUST(yk_training_save(t, path));
    MUST(yk_net_load(&third, all, path)); /* another network of the same parameters */
    check_digest(net, third, true);
    yk_net_destroy(&third);
    MUST(yk_training_run(t, &watch, &stopped));
    CU_ASSERT(stopped == 0 && calls[1] == 6 && yk_training_steps(t) == 24);

    MUST(yk_training_create(&u, other, data));
    MUST(yk_training_load(u, path));
    CU_ASSERT(yk_training_steps(u) == 5);
    while (yk_training_steps(u) < 24)
        MUST(yk_training_next(u, &report));
    CU_ASSERT(report.epoch == 6);
    check_digest(net, other, true);
    MPI_Barrier(MPI_COMM_WORLD);
    if (rank == 0)
        unlink(path);
    MPI_Barrier(MPI_COMM_WORLD);
    CU_ASSERT(yk_training_load(u, path) == YK_ERR_IO);
    CU_ASSERT(yk_training_save(u, "/nowhere/x.h5") == YK_ERR_IO);
    yk_training_destroy(&t);
    yk_training_destroy(&u);
    yk_data_destroy(&data);
    yk_net_destroy(&net);
    yk_net_destroy(&other);
}

/* Predictions are those of the moving average where the recipe has one; another network starts from a checkpoint's. */
static void test_average_and_transfer(void)
{
    char path[64], from[128];
    yk_array whole[2], part[2];
    yk_data *data;
    yk_training *t;
    yk_net *net[2] = { net_of(alone), net_of(all) }, *loaded, *taken = net_of(all);
    float out[4][N][CLASSES];
    path_of(path);
    fields_of(0, N, whole);
    part_of(0, N, part);
    for (int k = 0; k < 2; k++) {
        MUST(yk_net_set(net[k], "ema", "0.95"));
        MUST(yk_data_create(&data, k ? all : alone, 2, k ? part : whole, YK_BORROW));
        MUST(yk_training_create(&t, net[k], data));
        MUST(yk_training_run(t, NULL, NULL));
        MUST(yk_net_predict(net[k], 2, whole, N * CLASSES, &out[k][0][0]));
        if (k)
            MUST(yk_training_save(t, path));
        yk_training_destroy(&t);
        yk_data_destroy(&data);
    }
    check_digest(net[0], net[1], true);
    CU_ASSERT(memcmp(out[0], out[1], sizeof out[0]) == 0);
    MUST(yk_net_load(&loaded, all, path));
    MUST(yk_net_predict(loaded, 2, whole, N * CLASSES, &out[2][0][0]));
    CU_ASSERT(memcmp(out[1], out[2], sizeof out[1]) == 0);
    snprintf(from, sizeof from, "%s", path);
    MUST(yk_net_set(taken, "init_from", from));
    MUST(yk_net_build(taken));
    MUST(yk_net_predict(taken, 2, whole, N * CLASSES, &out[3][0][0])); /* the average is what is taken over */
    CU_ASSERT(memcmp(out[1], out[3], sizeof out[1]) == 0);
    check_digest(net[1], taken, false);
    MPI_Barrier(MPI_COMM_WORLD);
    if (rank == 0)
        unlink(path);
    yk_net_destroy(&net[0]);
    yk_net_destroy(&net[1]);
    yk_net_destroy(&loaded);
    yk_net_destroy(&taken);

    yk_net *watching = net_of(all);
    MUST(yk_net_set(watching, "schedule", "plateau"));
    CU_ASSERT(yk_training_create(&t, watching, NULL) == YK_ERR_RECIPE && strstr(yk_error_text(), "plateau watches"));
    yk_net_destroy(&watching);
    static const int64_t shape[] = { D };
    MUST(yk_net_create_text(&watching, all, "r",
                            "data: {train: none.h5, augment: [flip]}\nmodel: [dense: 3]\n"
                            "loss: softmax_cross_entropy\noptimizer: {sgd: 0.1}\ntrain: {steps: 2, batch: 8}\n"));
    MUST(yk_net_input(watching, "x", 1, shape));
    CU_ASSERT(yk_training_create(&t, watching, NULL) == YK_ERR_RECIPE && strstr(yk_error_text(), "takes samples as"));
    yk_net_destroy(&watching);
}

/* --- errors of data: all ranks have them, nothing has changed */

static void test_wrong_data(void)
{
    yk_net *net = net_of(all), *before = net_of(all);
    yk_training *t, *second;
    yk_array fields[2];
    yk_data *data;
    MUST(yk_net_build(before));
    MUST(yk_training_create(&t, net, NULL));
    part_of(0, N, fields);
    CU_ASSERT(yk_training_step(t, 2, fields, NULL) == YK_ERR_ARG && strstr(yk_error_text(), "75 samples"));
    CU_ASSERT(yk_training_step(t, 1, fields, NULL) == YK_ERR_DATA &&
              strstr(yk_error_text(), "no array is called \"y\""));
    part_of(0, 20, fields);
    const double good = x[19][2];
    x[19][2] = NAN;
    CU_ASSERT(yk_training_step(t, 2, fields, NULL) == YK_ERR_DATA && strstr(yk_error_text(), "x of sample 19 is NaN"));
    x[19][2] = good;
    y[3] = CLASSES;
    CU_ASSERT(yk_training_step(t, 2, fields, NULL) == YK_ERR_DATA && strstr(yk_error_text(), "y of sample 3 is 3"));
    y[3] = 3 * 7 % CLASSES;
    if (rank == size - 1)
        fields[0].shape[1] = 4;
    CU_ASSERT(yk_training_step(t, 2, fields, NULL) == YK_ERR_DATA);
    part_of(0, 0, fields);
    CU_ASSERT(yk_training_step(t, 2, fields, NULL) == YK_ERR_DATA && strstr(yk_error_text(), "no samples on any rank"));
    check_digest(net, before, true);
    CU_ASSERT(yk_training_steps(t) == 0);
    part_of(0, 20, fields);
    MUST(yk_training_step(t, 2, fields, NULL));
    check_digest(net, before, false);
    CU_ASSERT(yk_training_run(t, NULL, NULL) == YK_ERR_ARG && strstr(yk_error_text(), "no dataset"));
    MUST(yk_data_create(&data, all, 2, fields, YK_COPY));
    CU_ASSERT(yk_training_create(&second, net, data) == YK_ERR_ARG && !second);
    yk_training_destroy(&t);
    CU_ASSERT(yk_training_create(&second, net, data) == YK_ERR_RECIPE); /* a batch of 24 from 20 samples */
    CU_ASSERT(strstr(yk_error_text(), "more than the 20") != NULL);
    yk_data_destroy(&data);

    float out[4];
    fields_of(0, 2, fields);
    CU_ASSERT(yk_net_predict(net, 2, fields, 4, out) == YK_ERR_ARG && strstr(yk_error_text(), "2 samples have 3 each"));
    fields[1].shape[0] = 3;
    CU_ASSERT(yk_data_create(&data, all, 2, fields, YK_COPY) == YK_ERR_DATA && !data);
    fields[1].shape[0] = 2;
    fields[1].name = "x";
    CU_ASSERT(yk_data_create(&data, all, 2, fields, YK_COPY) == YK_ERR_ARG && strstr(yk_error_text(), "two arrays"));
    fields[1].dtype = (yk_dtype)99;
    CU_ASSERT(yk_data_create(&data, all, 2, fields, YK_COPY) == YK_ERR_ARG && strstr(yk_error_text(), "no dtype 99"));
    yk_net_destroy(&net);
    yk_net_destroy(&before);
}

/* A network from a recipe that names data files: the program's arrays take their place, normalised as it says. */
static void test_recipe_with_data(void)
{
    static const int64_t shape[] = { D };
    yk_net *net;
    yk_array fields[2];
    yk_data *data;
    yk_training *t;
    MUST(yk_net_create_text(&net, all, "r",
                            "data: {train: none.h5, normalize: {mean: 0.5, std: 2}}\nmodel: [dense: 3]\n"
                            "loss: softmax_cross_entropy\noptimizer: {sgd: 0.1}\n"
                            "train: {steps: 2, batch: all}\n"));
    CU_ASSERT(yk_net_build(net) == YK_ERR_ARG && strstr(yk_error_text(), "shape of x is not known"));
    CU_ASSERT(yk_training_create(&t, net, NULL) == YK_ERR_ARG);
    part_of(0, N, fields);
    MUST(yk_data_create(&data, all, 2, fields, YK_BORROW));
    MUST(yk_training_create(&t, net, data)); /* from the data */
    MUST(yk_training_run(t, NULL, NULL));
    CU_ASSERT(yk_training_steps(t) == 2);
    CU_ASSERT(yk_net_input(net, "x", 1, shape) == YK_ERR_ARG);
    yk_training_destroy(&t);
    yk_data_destroy(&data);
    yk_net_destroy(&net);
    CU_ASSERT(yk_net_create_file(&net, all, "/nowhere.yaml") == YK_ERR_IO && !net);
    CU_ASSERT(yk_net_create_text(&net, all, "r", "a: [") == YK_ERR_RECIPE && !net);
    CU_ASSERT(yk_net_load(&net, all, "/nowhere.h5") == YK_ERR_IO && !net);
}

/* --- the doors */

#if defined(__x86_64__) && defined(_OPENMP)
#include <xmmintrin.h>
static void set_flush(bool on)
{
    _mm_setcsr(on ? _mm_getcsr() | 0x8040u : _mm_getcsr() & ~0x8040u);
}
/* LLVM's threads take the mode of the thread that starts a region, GNU's keep their own: set all. */
static void flush(bool on)
{
    set_flush(on);
#pragma omp parallel
    set_flush(on);
}
static bool flushes(void)
{
    int on = 0, threads = 0;
#pragma omp parallel reduction(+ : on, threads)
    {
        on += (_mm_getcsr() & 0x8040u) == 0x8040u;
        threads++;
    }
    return on == threads;
}

static int watch_floats(void *context, const yk_report *report)
{
    (void)report;
    *(bool *)context = flushes() && omp_get_max_threads() == 3;
    return 0;
}

/* A program that flushes denormal numbers trains the same bits, and goes on flushing, on all its threads. */
static void test_doors(void)
{
    yk_context *two;
    const yk_context_opts opts = { .threads = 2 };
    const int before = omp_get_max_threads();
    bool watched = false;
    const yk_callbacks watch = { &watched, watch_floats, NULL };
    yk_array part[2];
    yk_data *data[2];
    yk_training *t[2];
    MUST(yk_context_create_mpi(&two, MPI_COMM_WORLD, &opts));
    yk_net *net[2] = { net_of(all), net_of(two) };
    part_of(0, N, part);
    for (int k = 0; k < 2; k++) {
        MUST(yk_data_create(&data[k], k ? two : all, 2, part, YK_BORROW));
        if (k) {
            omp_set_num_threads(3);
            flush(true);
            CU_ASSERT(flushes());
        }
        MUST(yk_training_create(&t[k], net[k], data[k]));
        MUST(yk_training_run(t[k], k ? &watch : NULL, NULL));
        if (k) {
            CU_ASSERT(flushes() && watched && omp_get_max_threads() == 3);
            flush(false);
            omp_set_num_threads(before);
        }
    }
    check_digest(net[0], net[1], true);
    for (int k = 0; k < 2; k++) {
        yk_training_destroy(&t[k]);
        yk_data_destroy(&data[k]);
        yk_net_destroy(&net[k]);
    }
    yk_context_destroy(&two);
}
#endif

static void test_context(void)
{
    yk_context *c;
    CU_ASSERT(yk_context_rank(all) == rank && yk_context_size(all) == size && yk_context_size(alone) == 1);
    const yk_context_opts many = { .threads = -1 }, other = { .kernels = "none" },
                          same = { .kernels = yk_context_kernels(all) };
    CU_ASSERT(yk_context_create_mpi(&c, MPI_COMM_WORLD, &many) == YK_ERR_ARG && !c);
    CU_ASSERT(yk_context_create_mpi(&c, MPI_COMM_WORLD, &other) == YK_ERR_ARG && !c);
    MUST(yk_context_create_fortran(&c, (int)MPI_Comm_c2f(MPI_COMM_WORLD), &same));
    CU_ASSERT(yk_context_rank(c) == rank);
    yk_context_destroy(&c);
    CU_ASSERT(strcmp(yk_version(), YK_VERSION) == 0 && yk_numerics() == YK_NUMERICS);
    yk_context_destroy(NULL);
    yk_context_destroy(&c);
}

/* Everything that a program does, up to the first error. */
static yk_status whole_program(yk_net **net, yk_data **data, yk_training **t)
{
    static const int64_t shape[] = { D };
    yk_array fields[2];
    yk_report report;
    float out[N * CLASSES];
    char digest[65];
    fields_of(0, N, fields);
    YK_TRY(yk_net_create(net, alone));
    YK_TRY(yk_net_input(*net, "x", 1, shape));
    YK_TRY(yk_net_layer(*net, "dense", "units=4 activation=relu"));
    YK_TRY(yk_net_layer(*net, "dense", "3"));
    YK_TRY(yk_net_set(*net, "loss", "softmax_cross_entropy"));
    YK_TRY(yk_net_set(*net, "optimizer", "{sgd: {lr: 0.1, momentum: 0.9}}"));
    YK_TRY(yk_net_set(*net, "train", "{steps: 3, batch: 30}"));
    YK_TRY(yk_data_create(data, alone, 2, fields, YK_COPY));
    YK_TRY(yk_training_create(t, *net, *data));
    YK_TRY(yk_training_run(*t, NULL, NULL));
    YK_TRY(yk_net_evaluate(*net, *data, &report));
    YK_TRY(yk_net_predict(*net, 1, fields, N * CLASSES, out));
    YK_TRY(yk_net_digest(*net, digest));
    yk_training_destroy(t);
    YK_TRY(yk_training_create(t, *net, NULL));
    fields_of(0, 30, fields);
    YK_TRY(yk_training_step(*t, 2, fields, &report));
    return YK_OK;
}

/* Each allocation fails once: a status, and nothing is left. */
static void test_out_of_memory(void)
{
    const int64_t live = yk_mem_live();
    yk_status status = YK_ERR_NOMEM;
    int n = 1;
    for (; status != YK_OK && n < 2000; n++) {
        yk_net *net = NULL;
        yk_data *data = NULL;
        yk_training *t = NULL;
        yk_mem_fail_at(n);
        status = whole_program(&net, &data, &t);
        yk_mem_fail_at(0);
        yk_training_destroy(&t);
        yk_data_destroy(&data);
        yk_net_destroy(&net);
        if ((status != YK_OK && status != YK_ERR_NOMEM) || yk_mem_live() != live) {
            FAIL_CASE("out of memory", "allocation %d: %s, %d blocks left", n, yk_error_text(),
                      (int)(yk_mem_live() - live));
            return;
        }
    }
    CU_ASSERT(status == YK_OK && n > 100);
}

/* The collective part. */
static yk_status together(yk_net *net, yk_data **data, yk_training **t)
{
    yk_array fields[2];
    yk_report report;
    part_of(0, N, fields);
    YK_TRY(yk_data_create(data, all, 2, fields, YK_COPY));
    YK_TRY(yk_training_create(t, net, *data));
    YK_TRY(yk_training_next(*t, &report));
    YK_TRY(yk_net_evaluate(net, *data, &report));
    yk_training_destroy(t);
    YK_TRY(yk_training_create(t, net, NULL));
    for (int k = 1; k <= 2; k++) {
        part_of(0, 10 * k, fields);
        YK_TRY(yk_training_step(*t, 2, fields, &report));
    }
    return YK_OK;
}

/* One rank has no memory: all ranks have the same error, and none waits for ever. */
static void test_one_out_of_memory(void)
{
    const int64_t live = yk_mem_live();
    int status[2] = { YK_ERR_NOMEM, 0 }, worst[2], n = 1;
    for (; status[0] != YK_OK && n < 2000; n++) {
        yk_net *net = net_of(all);
        yk_data *data = NULL;
        yk_training *t = NULL;
        if (rank == size / 2)
            yk_mem_fail_at(n);
        status[0] = (int)together(net, &data, &t);
        yk_mem_fail_at(0);
        yk_training_destroy(&t);
        yk_data_destroy(&data);
        yk_net_destroy(&net);
        status[1] = -status[0];
        MPI_Allreduce(status, worst, 2, MPI_INT, MPI_MAX, MPI_COMM_WORLD);
        if (worst[0] != -worst[1] || (status[0] && status[0] != YK_ERR_NOMEM) || yk_mem_live() != live) {
            FAIL_CASE("one rank out of memory", "allocation %d: %d (%s), %d blocks left", n, status[0], yk_error_text(),
                      (int)(yk_mem_live() - live));
            return;
        }
    }
    CU_ASSERT(status[0] == YK_OK && n > 50);
}

static const yk_test tests[] = {
    { "contexts", test_context },
    { "one rank out of memory", test_one_out_of_memory },
    { "out of memory", test_out_of_memory },
    { "epochs over parts: the bits of the whole", test_epochs },
    { "fresh samples: the bits of the whole", test_fresh },
    { "several losses, weighted samples", test_losses },
    { "described by calls", test_describe },
    { "wrong descriptions", test_wrong_descriptions },
    { "a second try", test_second_try },
    { "stopped, saved, resumed", test_stop_and_resume },
    { "moving average, parameters of another run", test_average_and_transfer },
    { "wrong data", test_wrong_data },
    { "a recipe with data files", test_recipe_with_data },
#if defined(__x86_64__) && defined(_OPENMP)
    { "the doors", test_doors },
#endif
    { 0 },
};

int main(int argc, char **argv)
{
    const yk_context_opts one = { .threads = 1 };
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    make();
    if (yk_context_create_mpi(&all, MPI_COMM_WORLD, &one) != YK_OK || yk_context_create(&alone, NULL, &one) != YK_OK) {
        printf("%s\n", yk_error_text());
        MPI_Abort(MPI_COMM_WORLD, 2);
    }
    int bad = yk_test_main("mpi/api", tests);
    yk_context_destroy(&alone);
    yk_context_destroy(&all);
    if (yk_mem_live() != 0) {
        printf("rank %d: %d blocks of memory are left\n", rank, (int)yk_mem_live());
        bad = 1;
    }
    fflush(stdout);
    if (bad)
        MPI_Abort(MPI_COMM_WORLD, 1);
    MPI_Finalize();
    return 0;
}
