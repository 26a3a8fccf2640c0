/* SPDX-License-Identifier: Apache-2.0 */
/* What a run tells: when gradients are final, what made a number that is not finite; and what the plan says of its
 * instructions. */
#include <math.h>

#include "nets.h"

static const net *find_net(const char *label)
{
    int k = 0;
    while (strcmp(nets[k].label, label) != 0)
        k++;
    return &nets[k];
}

typedef struct watch {
    const char *label;
    const rig *r;
    const float *want; /* leaf vectors after backward */
    int64_t end[MAX_LAYERS];
    int n;
} watch;

/* What is called final has the values that it has at the end, in every leaf. */
static void on_ready(void *context, int64_t end)
{
    watch *w = context;
    const rig *r = w->r;
    if (w->n > 0 && end <= w->end[w->n - 1])
        FAIL_CASE(w->label, "%lld after %lld\n", (long long)end, (long long)w->end[w->n - 1]);
    w->end[w->n++] = end;
    for (int i = 0; i < r->layout->n_param; i++) {
        const yk_param *param = yk_graph_param(r->graph, r->layout->order[i]);
        for (int64_t g = 0; g < r->n_leaves && param->offset < end; g++) {
            int64_t at = g * r->layout->length + param->offset;
            if (memcmp((float *)(void *)r->leaves + at, w->want + at,
                       (size_t)yk_shape_len(&param->shape) * sizeof(float)) != 0)
                FAIL_CASE(w->label, "%s is not final at %lld\n", param->name, (long long)end);
        }
    }
}

static void test_ready(void)
{
    for (int i = 0; i < LEN(nets); i++) {
        rig r;
        float *want = NULL;
        rig_create(&r, &nets[i], (yk_program_opts){ .backward = true, .dtype = YK_F32, .rows = 6, .leaf = 2 }, true,
                   true);
        yk_rows rows = rig_rows(&r, 6, true);
        int64_t n = r.n_leaves * r.layout->length;
        MUST(yk_alloc(&want, n, sizeof *want));
        yk_program_forward(r.program, &rows, NULL, NULL);
        yk_program_backward(r.program, &rows, rig_seeds(&r, 1), NULL, NULL);
        memcpy(want, r.leaves, (size_t)n * sizeof *want);
        memset(r.leaves, 0xff, (size_t)n * sizeof *want);
        watch w = { .label = nets[i].label, .r = &r, .want = want };
        yk_program_forward(r.program, &rows, NULL, NULL);
        yk_program_backward(r.program, &rows, rig_seeds(&r, 1), on_ready, &w);
        if (w.n == 0 || w.end[w.n - 1] != r.layout->tail)
            FAIL_CASE(nets[i].label, "the last call is not that of the tail\n");
        if (i == 0) /* chain: b, then a */
            CU_ASSERT(w.n == 2 && w.end[0] == yk_graph_param(r.graph, 0)->offset);
        yk_free(want);
        rig_destroy(&r);
    }
}

/* u and v are wanted, but the loss does not depend on them: their gradients are zero. */
static void test_not_reached(void)
{
    rig r;
    rig_create(&r, find_net("layers that the loss does not need"),
               (yk_program_opts){ .backward = true, .dtype = YK_F32, .rows = 5, .leaf = 2 }, true, true);
    yk_rows rows = rig_rows(&r, 5, true);
    yk_program_forward(r.program, &rows, NULL, NULL);
    yk_program_backward(r.program, &rows, rig_seeds(&r, 1), NULL, NULL);
    for (int p = 0; p < r.layout->n_param; p++) {
        const yk_param *param = yk_graph_param(r.graph, p);
        bool reached = param->name[0] != 'u' && param->name[0] != 'v';
        for (int64_t g = 0; g < 3; g++) {
            double sum = 0;
            for (int64_t i = 0; i < yk_shape_len(&param->shape); i++)
                sum += fabs(get(YK_F32, r.leaves, g * r.layout->length + param->offset + i));
            if (reached ? !(sum > 0) : sum != 0)
                FAIL_CASE(param->name, "leaf %lld has a sum of %g\n", (long long)g, sum);
        }
    }
    rig_destroy(&r);
}

/* Training and prediction take turns in one arena, as large as the larger needs, over one parameter vector. */
static void test_two_programs(void)
{
    rig r;
    const net *n = find_net("convolutions");
    yk_program *predict = NULL;
    yk_program_bytes bytes;
    float *leaves = NULL, *loss = NULL;
    rig_create(&r, n, (yk_program_opts){ .backward = true, .dtype = YK_F32, .rows = 6, .leaf = 3 }, true, true);
    MUST(yk_program_create(&predict, r.graph, r.layout,
                           &(yk_program_opts){ .dtype = YK_F32, .rows = 4, .leaf = 4, .n_out = 1, .out = &r.loss }));
    yk_program_bytes_of(predict, &bytes);
    CU_ASSERT_FATAL(bytes.arena <= r.arena_bytes);
    yk_program_bind(predict, r.params, NULL, 0, r.arena);
    yk_program_feed(predict, 0, r.x);
    yk_program_feed(predict, 1, r.y);
    size_t size = (size_t)(r.n_leaves * r.layout->length) * sizeof *leaves;
    MUST(yk_alloc(&leaves, (int64_t)size, 1));
    MUST(yk_alloc(&loss, 4, sizeof *loss));
    for (int turn = 0; turn < 3; turn++) {
        yk_rows rows = rig_rows(&r, 6, true), few = rig_rows(&r, 4, false);
        few.leaves.size = 4;
        yk_program_forward(r.program, &rows, NULL, NULL);
        yk_program_backward(r.program, &rows, rig_seeds(&r, 1), NULL, NULL);
        CU_ASSERT(turn == 0 || memcmp(leaves, r.leaves, size) == 0);
        memcpy(leaves, r.leaves, size);
        yk_program_forward(predict, &few, NULL, NULL);
        CU_ASSERT(turn == 0 || memcmp(loss, yk_program_value(predict, r.loss)->data, 4 * sizeof *loss) == 0);
        memcpy(loss, yk_program_value(predict, r.loss)->data, 4 * sizeof *loss);
    }
    yk_program_destroy(&predict);
    yk_free(leaves);
    yk_free(loss);
    rig_destroy(&r);
}

static void test_only_what_is_needed(void)
{
    rig r;
    const net *n = find_net("layers that the loss does not need");
    MUST(net_build(n, &r.graph, &r.layout));
    int out = net_value(r.graph, "b", 1);
    yk_program *program = NULL;
    MUST(yk_program_create(&program, r.graph, r.layout,
                           &(yk_program_opts){ .dtype = YK_F32, .rows = 3, .leaf = 3, .n_out = 1, .out = &out }));
    CU_ASSERT_EQUAL(yk_program_instructions(program), 2); /* a, b */
    CU_ASSERT_EQUAL(yk_program_value(program, net_value(r.graph, "v", 1))->dtype, YK_NO_DTYPE);
    yk_program_destroy(&program);
    yk_layout_destroy(&r.layout);
    yk_graph_destroy(&r.graph);
}

static void test_blame(void)
{
    static const struct {
        const char *label, *where; /* parameter, or "x" */
        double value, seed;
        bool training;
        const char *text; /* "": nothing is wrong */
    } cases[] = {
        { "all finite", "b/bias", 0, 1, true, "" },
        { "a parameter", "b/kernel", NAN, 1, true, "parameter b/kernel" },
        { "a parameter, predicting", "a/bias", INFINITY, 1, false, "parameter a/bias" },
        { "the input", "x", NAN, 1, true, "input x" },
        { "first layer overflows", "a/kernel", 3e38, 1, true, "a (dense), forward" },
        { "second layer overflows", "b/kernel", 3e38, 1, false, "b (dense), forward" },
        { "gradient of the loss", "b/bias", 0, INFINITY, true, "loss (softmax_cross_entropy), backward" },
        { "gradient of a layer", "x", 10, 3e38, true, "b (dense), backward" },
    };
    for (int i = 0; i < LEN(cases); i++) {
        rig r;
        char text[64] = "";
        float *before = NULL;
        rig_create(
            &r, &nets[0],
            (yk_program_opts){ .backward = cases[i].training, .dtype = YK_F32, .rows = 4, .leaf = 2, .unfused = true },
            true, true);
        for (int64_t k = 0; k < 4 * 6 && strcmp(cases[i].where, "x") == 0; k++)
            put(YK_F32, r.x, k, cases[i].value);
        for (int p = 0; p < r.layout->n_param; p++) {
            const yk_param *param = yk_graph_param(r.graph, p);
            for (int64_t k = 0; k < yk_shape_len(&param->shape) && strcmp(cases[i].where, param->name) == 0; k++)
                put(YK_F32, r.params, param->offset + k, cases[i].value);
        }
        MUST(yk_alloc(&before, r.layout->length, sizeof *before));
        memcpy(before, r.params, (size_t)r.layout->length * sizeof *before);
        yk_rows rows = rig_rows(&r, 4, true);
        bool found = yk_program_blame(r.program, &rows, rig_seeds(&r, cases[i].seed), text, sizeof text);
        if (found != (cases[i].text[0] != '\0') || strcmp(text, cases[i].text) != 0)
            FAIL_CASE(cases[i].label, "\"%s\"\n", text);
        CU_ASSERT_EQUAL(memcmp(before, r.params, (size_t)r.layout->length * sizeof *before), 0);
        yk_free(before);
        rig_destroy(&r);
    }
}

static void test_describe(void)
{
    static const yk_instruction_info want[] = {
        { .layer = "a",
          .op = "dense",
          .out = { 2, { 8, 9 } },
          .out_bytes = 8 * 9 * 4,
          .parameters = 63,
          .flops = 9 * 13 },
        { .layer = "r", .op = "relu", .in_place = true, .out = { 2, { 8, 9 } }, .out_bytes = 8 * 9 * 4, .flops = 9 },
        { .layer = "b",
          .op = "dense",
          .out = { 2, { 8, 4 } },
          .out_bytes = 8 * 4 * 4,
          .parameters = 40,
          .flops = 4 * 19 },
        { .layer = "loss",
          .op = "softmax_cross_entropy",
          .out = { 1, { 8 } },
          .out_bytes = 8 * 4 + 8 * 2 * 4, /* and what it saves */
          .flops = 16 },
        { .layer = "loss",
          .op = "softmax_cross_entropy",
          .backward = true,
          .out = { 1, { 8 } },
          .out_bytes = 8 * 4 * 4,
          .flops = 32 },
        { .layer = "b",
          .op = "dense",
          .backward = true,
          .out = { 2, { 8, 4 } },
          .out_bytes = 8 * 9 * 4,
          .flops = 2 * 4 * 19 },
        { .layer = "r",
          .op = "relu",
          .backward = true,
          .in_place = true,
          .out = { 2, { 8, 9 } },
          .out_bytes = 8 * 9 * 4,
          .flops = 18 },
        { .layer = "a", .op = "dense", .backward = true, .out = { 2, { 8, 9 } }, .flops = 2 * 9 * 13 },
    };
    rig r;
    rig_create(&r, &nets[0],
               (yk_program_opts){ .backward = true, .dtype = YK_F32, .rows = 8, .leaf = 4, .unfused = true }, true,
               true);
    yk_rows rows = rig_rows(&r, 3, true);
    yk_program_forward(r.program, &rows, NULL, NULL); /* what is said does not depend on the rows in use */
    CU_ASSERT_EQUAL_FATAL(yk_program_instructions(r.program), LEN(want));
    for (int i = 0; i < LEN(want); i++) {
        yk_instruction_info got;
        const yk_instruction_info *w = &want[i];
        yk_program_instruction(r.program, i, &got);
        if (strcmp(got.layer, w->layer) != 0 || strcmp(got.op, w->op) != 0 || got.backward != w->backward ||
            got.in_place != w->in_place || got.view != w->view || !yk_shape_equal(&got.out, &w->out) ||
            got.out_bytes != w->out_bytes || got.parameters != w->parameters || got.flops != w->flops)
            FAIL_CASE(w->layer, "instruction %d: %s %s, %lld bytes, %lld parameters, %g flops\n", i, got.layer, got.op,
                      (long long)got.out_bytes, (long long)got.parameters, got.flops);
        if (got.out_bytes > 0 ? got.arena_offset < 0 || got.arena_offset >= r.arena_bytes : got.arena_offset != -1)
            FAIL_CASE(w->layer, "instruction %d lies at %lld\n", i, (long long)got.arena_offset);
    }
    rig_destroy(&r);
}

int main(void)
{
    static const yk_test tests[] = { { "gradients that are final", test_ready },
                                     { "parameters that the loss does not reach", test_not_reached },
                                     { "two programs in one arena", test_two_programs },
                                     { "only what is needed", test_only_what_is_needed },
                                     { "blame", test_blame },
                                     { "instructions", test_describe },
                                     { 0 } };
    return yk_test_main("graph/run", tests);
}
