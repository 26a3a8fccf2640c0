/* SPDX-License-Identifier: Apache-2.0 */
/* Two programs with two optimizers that alternate on shared parameters: a generator learns a distribution of single
 * numbers from a discriminator that learns to tell its numbers from drawn ones.
 *
 * The graph of the generator's step goes through both networks, that of the discriminator's step through one. Layers
 * that are last come first in a parameter vector, so the discriminator's parameters are the beginning of both vectors:
 * one vector serves both graphs, and one arena, as large as the larger of them needs, all programs. */
/* Rooms: graph optim */
/* Ranks: 1 */
#include <math.h>

#include "core/num.h"
#include "half.h"
#include "optim/optim.h"

enum { ROWS = 32, STEPS = 1500 };
#define MEAN 3.0
#define DEVIATION 0.5

typedef struct trained { /* parameters that begin with `prefix`, by an optimizer of their own */
    const char *prefix;
    const yk_optimizer *optimizer;
    void *opts;
    float *slot[YK_MAX_SLOTS];
} trained;

typedef struct gan {
    yk_graph *both, *judge;
    yk_layout *both_layout, *judge_layout;
    int z, fake, both_y, both_loss, x, judge_y, judge_loss;
    yk_program *make, *fool, *tell; /* numbers from noise; the generator's step; the discriminator's step */
    yk_arena arena;
    float *params, *leaf;
    trained generator, discriminator;
    int64_t sample[2 * ROWS];
} gan;

static int discriminator(yk_graph *graph, int x)
{
    int v = add(graph, "d/hidden", "dense", "units=16", x, -1);
    v = add(graph, "d/tanh", "tanh", "", v, -1);
    return add(graph, "d/out", "dense", "units=1", v, -1);
}

static void build_graphs(gan *g)
{
    const yk_shape one = { 1, { 1 } };
    MUST(yk_graph_create(&g->both, 1));
    MUST(yk_graph_input(g->both, "z", YK_F32, &one, &g->z));
    MUST(yk_graph_input(g->both, "y", YK_F32, &one, &g->both_y));
    int v = add(g->both, "g/hidden", "dense", "units=8", g->z, -1);
    v = add(g->both, "g/tanh", "tanh", "", v, -1);
    g->fake = add(g->both, "g/out", "dense", "units=1", v, -1);
    g->both_loss = add(g->both, "loss", "binary_cross_entropy", "", discriminator(g->both, g->fake), g->both_y);
    MUST(yk_graph_create(&g->judge, 1));
    MUST(yk_graph_input(g->judge, "x", YK_F32, &one, &g->x));
    MUST(yk_graph_input(g->judge, "y", YK_F32, &one, &g->judge_y));
    g->judge_loss = add(g->judge, "loss", "binary_cross_entropy", "", discriminator(g->judge, g->x), g->judge_y);
    MUST(yk_layout_create(&g->both_layout, g->both));
    MUST(yk_layout_create(&g->judge_layout, g->judge));
    CU_ASSERT_FATAL(same_places(g->both, g->judge, "d/"));
}

static void prepare(trained *t, const char *prefix, int64_t length)
{
    t->prefix = prefix;
    MUST(yk_optimizer_find("adam", &t->optimizer));
    MUST(yk_alloc(&t->opts, 1, t->optimizer->opts_size));
    MUST(yk_option_defaults(t->optimizer->opts, t->opts));
    const yk_option *beta1;
    MUST(yk_option_find(t->optimizer->opts, "adam", "beta1", &beta1));
    MUST(yk_option_set(beta1, t->opts, "0.5"));
    for (int i = 0; i < t->optimizer->slots(t->opts); i++)
        MUST(yk_alloc(&t->slot[i], length, sizeof(float)));
}

static void build(gan *g)
{
    build_graphs(g);
    const int64_t length = g->both_layout->length;
    g->make = plan(g->both, g->both_layout, ROWS, g->fake, -1);
    g->fool = plan(g->both, g->both_layout, ROWS, g->fake, g->both_loss);
    g->tell = plan(g->judge, g->judge_layout, 2 * ROWS, g->judge_loss, g->judge_loss);
    const int64_t bytes = yk_max(yk_max(bytes_of(g->make), bytes_of(g->fool)), bytes_of(g->tell));
    MUST(yk_arena_create(&g->arena, bytes));
    MUST(yk_alloc(&g->params, length, sizeof *g->params));
    MUST(yk_alloc(&g->leaf, length, sizeof *g->leaf));
    void *memory = yk_arena_take(&g->arena, bytes);
    yk_program_bind(g->make, g->params, NULL, 0, memory);
    yk_program_bind(g->fool, g->params, g->leaf, length, memory);
    yk_program_bind(g->tell, g->params, g->leaf, length, memory);
    init(g->both, 3, g->params);
    prepare(&g->generator, "g/", length);
    prepare(&g->discriminator, "d/", length);
    for (int i = 0; i < 2 * ROWS; i++)
        g->sample[i] = i;
}

static void destroy(gan *g)
{
    yk_program_destroy(&g->make);
    yk_program_destroy(&g->fool);
    yk_program_destroy(&g->tell);
    yk_layout_destroy(&g->both_layout);
    yk_layout_destroy(&g->judge_layout);
    yk_graph_destroy(&g->both);
    yk_graph_destroy(&g->judge);
    yk_arena_destroy(&g->arena);
    yk_free(g->params);
    yk_free(g->leaf);
    for (trained *t = &g->generator;; t = &g->discriminator) {
        yk_free(t->opts);
        for (int i = 0; i < YK_MAX_SLOTS; i++)
            yk_free(t->slot[i]);
        if (t == &g->discriminator)
            return;
    }
}

static void update(gan *g, const yk_graph *graph, const trained *t, int64_t step)
{
    for (int i = 0; i < yk_graph_params(graph); i++) {
        const yk_param *p = yk_graph_param(graph, i);
        if (strncmp(p->name, t->prefix, strlen(t->prefix)) != 0)
            continue;
        yk_update u = { .n = yk_shape_len(&p->shape),
                        .g = g->leaf + p->offset,
                        .w = g->params + p->offset,
                        .lr = 3e-3,
                        .step = step + 1 };
        for (int s = 0; t->slot[s]; s++)
            u.slot[s] = t->slot[s] + p->offset;
        t->optimizer->update(t->opts, &u);
    }
}

static void noise(int64_t step, const char *what, float *z)
{
    const yk_key key = yk_key_make(5, YK_FOR_MAKE, what);
    for (int i = 0; i < ROWS; i++)
        z[i] = (float)yk_random_normal(key, step, i, 0);
}

static void run_make(gan *g, const float *z, float *out)
{
    const yk_rows rows = { .leaves = { ROWS, ROWS }, .sample = g->sample };
    yk_program_feed(g->make, g->z, z);
    yk_program_forward(g->make, &rows, NULL, NULL);
    memcpy(out, yk_program_value(g->make, g->fake)->data, ROWS * sizeof *out);
}

/* Drawn numbers are 1, made ones 0. */
static void discriminator_step(gan *g, int64_t step)
{
    float x[2 * ROWS], y[2 * ROWS], z[ROWS];
    const yk_rows rows = { .leaves = { 2 * ROWS, 2 * ROWS }, .sample = g->sample, .step = step, .train = true };
    noise(step, "drawn", x);
    noise(step, "z of the discriminator", z);
    run_make(g, z, x + ROWS);
    for (int i = 0; i < 2 * ROWS; i++) {
        x[i] = i < ROWS ? (float)(MEAN + DEVIATION * (double)x[i]) : x[i];
        y[i] = i < ROWS;
    }
    yk_program_feed(g->tell, g->x, x);
    yk_program_feed(g->tell, g->judge_y, y);
    yk_program_forward(g->tell, &rows, NULL, NULL);
    yk_program_backward(g->tell, &rows, &(double){ 0.5 / ROWS }, NULL, NULL);
    update(g, g->judge, &g->discriminator, step);
}

/* The generator wants its numbers taken for drawn ones; the discriminator stays as it is. */
static void generator_step(gan *g, int64_t step)
{
    float z[ROWS], y[ROWS];
    const yk_rows rows = { .leaves = { ROWS, ROWS }, .sample = g->sample, .step = step, .train = true };
    noise(step, "z of the generator", z);
    for (int i = 0; i < ROWS; i++)
        y[i] = 1;
    yk_program_feed(g->fool, g->z, z);
    yk_program_feed(g->fool, g->both_y, y);
    yk_program_forward(g->fool, &rows, NULL, NULL);
    yk_program_backward(g->fool, &rows, &(double){ 1.0 / ROWS }, NULL, NULL);
    update(g, g->both, &g->generator, step);
}

static void moments(gan *g, double *mean, double *deviation)
{
    double sum = 0, squares = 0;
    for (int k = 0; k < 16; k++) {
        float z[ROWS], x[ROWS];
        noise(k, "z of the test", z);
        run_make(g, z, x);
        for (int i = 0; i < ROWS; i++) {
            sum += (double)x[i];
            squares += (double)x[i] * (double)x[i];
        }
    }
    *mean = sum / (16 * ROWS);
    *deviation = sqrt(squares / (16 * ROWS) - *mean * *mean);
}

static void test_gan(void)
{
    gan g = { 0 };
    double mean, deviation;
    build(&g);
    const int64_t own = g.judge_layout->tail; /* the discriminator's part of the vector */
    float *before;
    MUST(yk_alloc(&before, g.both_layout->length, sizeof *before));
    moments(&g, &mean, &deviation);
    CU_ASSERT(fabs(mean - MEAN) > 1);
    for (int64_t step = 0; step < STEPS; step++) {
        const bool look = step % 500 == 0;
        if (look)
            memcpy(before, g.params, (size_t)g.both_layout->tail * sizeof *before);
        discriminator_step(&g, step);
        if (look) { /* each step changes its own parameters and no others */
            CU_ASSERT(memcmp(before, g.params, (size_t)own * sizeof *before) != 0);
            CU_ASSERT(memcmp(before + own, g.params + own, (size_t)(g.both_layout->tail - own) * sizeof *before) == 0);
            memcpy(before, g.params, (size_t)g.both_layout->tail * sizeof *before);
        }
        generator_step(&g, step);
        if (look) {
            CU_ASSERT(memcmp(before, g.params, (size_t)own * sizeof *before) == 0);
            CU_ASSERT(memcmp(before + own, g.params + own, (size_t)(g.both_layout->tail - own) * sizeof *before) != 0);
        }
    }
    moments(&g, &mean, &deviation);
    if (fabs(mean - MEAN) > 0.2 || fabs(deviation - DEVIATION) > 0.15)
        FAIL_CASE("distribution", "mean %g, deviation %g; want %g and %g", mean, deviation, MEAN, DEVIATION);
    yk_free(before);
    destroy(&g);
    CU_ASSERT(yk_mem_live() == 0);
}

int main(void)
{
    static const yk_test tests[] = { { "a generator and a discriminator", test_gan }, { 0 } };
    return yk_test_main("joints/gan", tests);
}
