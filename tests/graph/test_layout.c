/* SPDX-License-Identifier: Apache-2.0 */
/* The parameter vector: order, offsets, quanta, and shares of any number of ranks. */
#include "net.h"

/* Nets whose vector has little, much, or much of one parameter: by the units of two dense layers. */
static const net nets[] = {
    { "tiny",
      { 1, { 3 } },
      YK_I32,
      { 0 },
      { { "a", "dense", "units=2", "x" }, { "loss", "softmax_cross_entropy", "", "a y" } },
      "" },
    { "a quantum exactly",
      { 1, { 64 } },
      YK_I32,
      { 0 },
      { { "a", "dense", "units=64 bias=false", "x" }, { "loss", "softmax_cross_entropy", "", "a y" } },
      "" },
    { "one element more",
      { 1, { 17 } },
      YK_I32,
      { 0 },
      { { "a", "dense", "units=241 bias=false", "x" }, { "loss", "softmax_cross_entropy", "", "a y" } },
      "" },
    { "large and small",
      { 1, { 100 } },
      YK_I32,
      { 0 },
      { { "a", "dense", "units=500", "x" },
        { "n", "batchnorm", "", "a" },
        { "r", "relu", "", "n" },
        { "b", "dense", "units=10", "r" },
        { "loss", "softmax_cross_entropy", "", "b y" } },
      "" },
    { "nothing",
      { 1, { 3 } },
      YK_I32,
      { 0 },
      { { "r", "relu", "", "x" }, { "loss", "softmax_cross_entropy", "", "r y" } },
      "" },
};

static void test_order(void)
{
    static const char *const want[] = { "b/kernel",          "b/bias",   "n/gamma", "n/beta", "n/moving_mean",
                                        "n/moving_variance", "a/kernel", "a/bias" };
    static const int64_t offset[] = { 0,           5000 + 8,    5024,        5024 + 512,
                                      5024 + 1024, 5024 + 1536, 5024 + 2048, 5024 + 2048 + 50000 };
    yk_graph *graph = NULL;
    yk_layout *layout = NULL;
    MUST(net_build(&nets[3], &graph, &layout));
    CU_ASSERT_EQUAL_FATAL(layout->n_param, LEN(want));
    for (int i = 0; i < LEN(want); i++) {
        const yk_param *param = yk_graph_param(graph, layout->order[i]);
        if (strcmp(param->name, want[i]) != 0 || param->offset != offset[i])
            FAIL_CASE(want[i], "at place %d is %s, offset %lld\n", i, param->name, (long long)param->offset);
    }
    CU_ASSERT_EQUAL(layout->tail, 5024 + 2048 + 50000 + 512);
    CU_ASSERT_EQUAL(layout->length, layout->tail + YK_TAIL);
    yk_layout_destroy(&layout);
    CU_ASSERT_PTR_NULL(layout);
    yk_graph_destroy(&graph);
}

/* Every element of every parameter is in exactly one quantum. */
static void check_quanta(const char *label, const yk_graph *graph, const yk_layout *layout)
{
    const yk_quantum *q = layout->quantum, *end = q + layout->n_quanta;
    int64_t before = 0;
    for (int i = 0; i < layout->n_param; i++) {
        const yk_param *param = yk_graph_param(graph, layout->order[i]);
        int64_t at = param->offset;
        if (at % 16 != 0 || at < before)
            FAIL_CASE(label, "%s lies at %lld\n", param->name, (long long)at);
        for (; q < end && q->param == layout->order[i]; q++) {
            if (q->first != at || q->last <= at || q->last - q->first > YK_QUANTUM)
                FAIL_CASE(label, "quantum %lld .. %lld of %s\n", (long long)q->first, (long long)q->last, param->name);
            at = q->last;
        }
        if (at != param->offset + yk_shape_len(&param->shape))
            FAIL_CASE(label, "quanta of %s end at %lld\n", param->name, (long long)at);
        before = at;
    }
    CU_ASSERT(q == end && layout->tail >= before && layout->tail < before + 16);
}

/* Shares follow each other, begin where a quantum does, cover everything once, and none is further from its equal part
 * than quanta demand. */
static void check_shares(const char *label, const yk_layout *layout, int size)
{
    int64_t share[10], quanta[10];
    yk_layout_cut(layout, size, share, quanta);
    if (share[0] != 0 || share[size] != layout->length || quanta[0] != 0 || quanta[size] != layout->n_quanta)
        FAIL_CASE(label, "%d shares do not cover the vector\n", size);
    for (int r = 1; r < size; r++) {
        int64_t begin = quanta[r] < layout->n_quanta ? layout->quantum[quanta[r]].first : layout->tail;
        double off = (double)share[r] - (double)layout->tail * r / size;
        if (share[r] < share[r - 1] || quanta[r] < quanta[r - 1] || share[r] != begin)
            FAIL_CASE(label, "share %d of %d begins at %lld\n", r, size, (long long)share[r]);
        if (off > YK_QUANTUM / 2 + 16 || off < -YK_QUANTUM / 2 - 16)
            FAIL_CASE(label, "share %d of %d begins %g elements from its equal part\n", r, size, off);
    }
}

static void test_quanta_and_shares(void)
{
    static const int64_t quanta[] = { 2, 1, 2, 2 + 1 + 4 + 13 + 1, 0 };
    for (int i = 0; i < LEN(nets); i++) {
        yk_graph *graph = NULL;
        yk_layout *layout = NULL;
        MUST(net_build(&nets[i], &graph, &layout));
        if (layout->n_quanta != quanta[i])
            FAIL_CASE(nets[i].label, "%lld quanta\n", (long long)layout->n_quanta);
        check_quanta(nets[i].label, graph, layout);
        for (int size = 1; size <= 9; size++)
            check_shares(nets[i].label, layout, size);
        yk_layout_destroy(&layout);
        yk_graph_destroy(&graph);
    }
}

int main(void)
{
    static const yk_test tests[] = { { "order and offsets", test_order },
                                     { "quanta and shares", test_quanta_and_shares },
                                     { 0 } };
    return yk_test_main("graph/layout", tests);
}
