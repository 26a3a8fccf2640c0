/* SPDX-License-Identifier: Apache-2.0 */
/* Building graphs: shapes, parameters, errors that name the layer, and a graph that survives them. */
#include "net.h"

static yk_graph *graph_of(const net *n)
{
    yk_graph *graph = NULL;
    yk_layout *layout = NULL;
    MUST(net_build(n, &graph, &layout));
    yk_layout_destroy(&layout);
    return graph;
}

static const net small = { "small",
                           { 3, { 5, 5, 2 } },
                           YK_I32,
                           { 0 },
                           { { "c", "conv2d", "filters=4 kernel=3 bias=false", "x" },
                             { "n", "batchnorm", "momentum=0.75", "c" },
                             { "f", "flatten", "", "n" },
                             { "a", "dense", "units=6", "f" },
                             { "loss", "softmax_cross_entropy", "", "a y" } },
                           "" };

static void test_values(void)
{
    static const struct {
        const char *name;
        int node;
        yk_shape shape;
    } want[] = {
        { "x", -1, { 4, { 1, 5, 5, 2 } } }, { "y", -1, { 1, { 1 } } },    { "c", 0, { 4, { 1, 3, 3, 4 } } },
        { "n", 1, { 4, { 1, 3, 3, 4 } } },  { "f", 2, { 2, { 1, 36 } } }, { "a", 3, { 2, { 1, 6 } } },
        { "loss", 4, { 1, { 1 } } },
    };
    yk_graph *graph = graph_of(&small);
    CU_ASSERT_EQUAL_FATAL(yk_graph_values(graph), LEN(want));
    CU_ASSERT_EQUAL(yk_graph_nodes(graph), 5);
    for (int v = 0; v < LEN(want); v++) {
        const yk_value *value = yk_graph_value(graph, v);
        if (strcmp(value->name, want[v].name) != 0 || value->node != want[v].node ||
            value->dtype != (v == 1 ? YK_I32 : YK_F32) || !yk_shape_equal(&value->shape, &want[v].shape))
            FAIL_CASE(want[v].name, "is another value\n");
    }
    yk_node_info node;
    yk_graph_node(graph, 4, &node);
    CU_ASSERT_STRING_EQUAL(node.name, "loss");
    CU_ASSERT(node.n_in == 2 && node.in[0] == 5 && node.in[1] == 1 && node.out == 6 && node.param[0] == -1);
    yk_graph_destroy(&graph);
    CU_ASSERT_PTR_NULL(graph);
    yk_graph_destroy(&graph);
}

static void test_params(void)
{
    static const struct {
        const char *name;
        yk_role role;
        yk_shape shape;
        int node;
        double keep;
    } want[] = {
        { "c/kernel", YK_ROLE_KERNEL, { 4, { 3, 3, 2, 4 } }, 0, 0 },
        { "n/gamma", YK_ROLE_ONES, { 1, { 4 } }, 1, 0 },
        { "n/beta", YK_ROLE_ZEROS, { 1, { 4 } }, 1, 0 },
        { "n/moving_mean", YK_ROLE_BUFFER_ZEROS, { 1, { 4 } }, 1, 0.75 },
        { "n/moving_variance", YK_ROLE_BUFFER_ONES, { 1, { 4 } }, 1, 0.75 },
        { "a/kernel", YK_ROLE_KERNEL, { 2, { 36, 6 } }, 3, 0 },
        { "a/bias", YK_ROLE_BIAS, { 1, { 6 } }, 3, 0 },
    };
    yk_graph *graph = graph_of(&small);
    CU_ASSERT_EQUAL_FATAL(yk_graph_params(graph), LEN(want));
    for (int p = 0; p < LEN(want); p++) {
        const yk_param *param = yk_graph_param(graph, p);
        if (strcmp(param->name, want[p].name) != 0 || param->role != want[p].role || param->node != want[p].node ||
            param->keep != want[p].keep || !yk_shape_equal(&param->shape, &want[p].shape))
            FAIL_CASE(want[p].name, "is another parameter\n");
    }
    yk_graph_destroy(&graph);
}

static void test_penalties_and_keys(void)
{
    yk_graph *graph = graph_of(&small);
    const yk_op *dense = NULL, *dropout = NULL;
    _Alignas(16) char attr[64] = { 0 };
    int value;
    MUST(yk_op_find("dense", YK_OP_LAYER, &dense));
    MUST(yk_op_find("dropout", YK_OP_LAYER, &dropout));
    MUST(yk_op_attrs_parse(dense, "units=3", attr));
    MUST(yk_graph_add(
        graph, &(yk_layer){ .name = "p", .op = dense, .attr = attr, .n_in = 1, .in = { 4 }, .l1 = 0.5, .l2 = 0.25 },
        &value));
    int params = yk_graph_params(graph);
    CU_ASSERT(yk_graph_param(graph, params - 2)->l1 == 0.5 && yk_graph_param(graph, params - 2)->l2 == 0.25);
    CU_ASSERT(yk_graph_param(graph, params - 1)->l1 == 0 && yk_graph_param(graph, params - 1)->l2 == 0);
    MUST(yk_op_attrs_parse(dropout, "rate=0.5", attr));
    MUST(yk_graph_add(graph, &(yk_layer){ .name = "d", .op = dropout, .attr = attr, .n_in = 1, .in = { value } },
                      &value));
    yk_node_info node;
    yk_graph_node(graph, yk_graph_nodes(graph) - 1, &node);
    yk_key key = yk_key_make(7, YK_FOR_DROPOUT, "d");
    CU_ASSERT_EQUAL(memcmp(&key, &node.key, sizeof key), 0);
    CU_ASSERT_EQUAL(*(const double *)node.attr, 0.5);
    memset(attr, 0, sizeof attr); /* the graph has a copy */
    CU_ASSERT_EQUAL(*(const double *)node.attr, 0.5);
    yk_graph_destroy(&graph);
}

static void test_shared_and_frozen(void)
{
    yk_graph *graph = graph_of(&small);
    yk_node_info first, second;
    MUST(net_add(graph, &(net_layer){ "m", "batchnorm n", "momentum=0.5", "c" }));
    yk_graph_node(graph, yk_graph_find(graph, "n"), &first);
    yk_graph_node(graph, yk_graph_find(graph, "m"), &second);
    CU_ASSERT(yk_graph_params(graph) == 7 && yk_graph_find(graph, "q") == -1);
    CU_ASSERT_EQUAL(memcmp(first.param, second.param, YK_OP_MAX_PARAM * sizeof *first.param), 0);
    yk_graph_freeze(graph, first.param[0]);
    CU_ASSERT(!yk_param_trains(yk_graph_param(graph, first.param[0])));
    CU_ASSERT(yk_param_trains(yk_graph_param(graph, first.param[1])));
    CU_ASSERT(!yk_param_trains(yk_graph_param(graph, first.param[2]))); /* a buffer */
    yk_graph_destroy(&graph);
}

static void test_layer_errors(void)
{
    static const struct {
        const char *label, *where;
        net_layer layer;
        yk_status want;
        const char *begin, *text; /* how the message begins; what else is in it */
    } cases[] = {
        { "name of a layer",
          "r.yaml:3:5",
          { "c", "relu", "", "x" },
          YK_ERR_ARG,
          "r.yaml:3:5: layer c (relu): ",
          "this name already" },
        { "name of an input", NULL, { "y", "relu", "", "x" }, YK_ERR_ARG, "layer y (relu): ", "this name already" },
        { "too many inputs", NULL, { "r", "relu", "", "x c" }, YK_ERR_ARG, "layer r (relu): ", "takes 1 input, not 2" },
        { "no input", NULL, { "r", "relu", "", "" }, YK_ERR_ARG, "layer r (relu): ", "takes 1 input, not 0" },
        { "too few inputs",
          "r.yaml:9:1",
          { "s", "add", "", "c" },
          YK_ERR_ARG,
          "r.yaml:9:1: layer s (add): ",
          "takes at least 2 inputs, not 1" },
        { "labels into a layer", NULL, { "r", "relu", "", "y" }, YK_ERR_SHAPE, "layer r (relu): ", "" },
        { "shapes that do not fit",
          "r.yaml:4:7",
          { "s", "add", "", "x c" },
          YK_ERR_SHAPE,
          "r.yaml:4:7: layer s (add): ",
          "(3, 3, 4)" },
        { "window too large", NULL, { "p", "maxpool2d", "size=4", "c" }, YK_ERR_SHAPE, "layer p (maxpool2d): ", "" },
        { "shares with nobody",
          NULL,
          { "d", "dense b", "units=6", "f" },
          YK_ERR_ARG,
          "layer d (dense): share: ",
          "no earlier layer is called \"b\"" },
        { "shares with another kind",
          NULL,
          { "d", "dense c", "units=6", "f" },
          YK_ERR_ARG,
          "layer d (dense): share: ",
          "c is a conv2d" },
        { "shares another shape",
          NULL,
          { "d", "dense a", "units=7", "f" },
          YK_ERR_SHAPE,
          "layer d (dense): share: ",
          "its kernel would have shape (36, 7), that of a has (36, 6)" },
        { "shares what is not there",
          NULL,
          { "d", "conv2d c", "filters=4 kernel=3", "x" },
          YK_ERR_SHAPE,
          "layer d (conv2d): share: ",
          "c has no bias" },
        { "shares nothing",
          NULL,
          { "g", "flatten f", "", "c" },
          YK_ERR_ARG,
          "layer g (flatten): share: ",
          "a flatten has no parameters" },
        { "cannot be counted",
          NULL,
          { "h", "dense", "units=100000000", "h0" },
          YK_ERR_SHAPE,
          "layer h (dense): ",
          "kernel would have shape (100000000, 100000000)" },
    };
    yk_graph *graph = graph_of(&small);
    MUST(net_add(graph, &(net_layer){ "h0", "dense", "units=100000000", "f" }));
    for (int i = 0; i < LEN(cases); i++) {
        _Alignas(16) char attr[NET_ATTR] = { 0 };
        int value, values = yk_graph_values(graph), params = yk_graph_params(graph), nodes = yk_graph_nodes(graph);
        yk_layer layer;
        MUST(net_read(graph, &cases[i].layer, &layer, attr));
        layer.where = cases[i].where;
        yk_status got = yk_graph_add(graph, &layer, &value);
        if (got != cases[i].want || strncmp(yk_error_text(), cases[i].begin, strlen(cases[i].begin)) != 0 ||
            !strstr(yk_error_text(), cases[i].text))
            FAIL_CASE(cases[i].label, "%s \"%s\"\n", yk_status_name(got), yk_error_text());
        if (values != yk_graph_values(graph) || params != yk_graph_params(graph) || nodes != yk_graph_nodes(graph))
            FAIL_CASE(cases[i].label, "the graph has changed\n");
    }
    yk_graph_destroy(&graph);
}

static void test_input_errors(void)
{
    static const struct {
        const char *label, *name;
        yk_dtype dtype;
        yk_shape shape;
        yk_status want;
        const char *text;
    } cases[] = {
        { "fits", "z", YK_F32, { 5, { 1, 2, 3, 4, 5 } }, YK_OK, "" },
        { "a number", "label", YK_I32, { 0 }, YK_OK, "" },
        { "name of a layer", "c", YK_F32, { 1, { 2 } }, YK_ERR_ARG, "input c: " },
        { "bytes", "b", YK_U8, { 1, { 2 } }, YK_ERR_ARG, "input b: float32 or int32 can be fed, not uint8" },
        { "too many dimensions", "w", YK_F32, { 6, { 1, 1, 1, 1, 1, 1 } }, YK_ERR_SHAPE, "(1, 1, 1, 1, 1, 1)" },
        { "empty", "w", YK_F32, { 2, { 3, 0 } }, YK_ERR_SHAPE, "(3, 0)" },
        { "cannot be counted", "w", YK_F32, { 2, { 1LL << 40, 1LL << 40 } }, YK_ERR_SHAPE, "input w: " },
    };
    yk_graph *graph = graph_of(&small);
    for (int i = 0; i < LEN(cases); i++) {
        int value, values = yk_graph_values(graph);
        yk_status got = yk_graph_input(graph, cases[i].name, cases[i].dtype, &cases[i].shape, &value);
        if (got != cases[i].want || (got != YK_OK && !strstr(yk_error_text(), cases[i].text)))
            FAIL_CASE(cases[i].label, "%s \"%s\"\n", yk_status_name(got), yk_error_text());
        CU_ASSERT_EQUAL(yk_graph_values(graph), values + (got == YK_OK));
    }
    yk_graph_destroy(&graph);
}

static void test_no_memory(void)
{
    int64_t live = yk_mem_live();
    yk_status status = YK_ERR_NOMEM;
    int64_t n = 1;
    for (; status != YK_OK; n++) {
        yk_graph *graph = NULL;
        yk_layout *layout = NULL;
        yk_mem_fail_at(n);
        status = net_build(&small, &graph, &layout);
        yk_mem_fail_at(0);
        CU_ASSERT_FATAL(status == YK_OK || status == YK_ERR_NOMEM);
        CU_ASSERT(status == YK_OK || layout == NULL);
        yk_layout_destroy(&layout);
        yk_graph_destroy(&graph);
        CU_ASSERT_EQUAL_FATAL(yk_mem_live(), live);
    }
    CU_ASSERT(n > 20);
}

int main(void)
{
    static const yk_test tests[] = { { "values and their shapes", test_values },
                                     { "parameters", test_params },
                                     { "penalties and keys", test_penalties_and_keys },
                                     { "shared and frozen", test_shared_and_frozen },
                                     { "errors of layers", test_layer_errors },
                                     { "errors of inputs", test_input_errors },
                                     { "no memory", test_no_memory },
                                     { 0 } };
    return yk_test_main("graph/graph", tests);
}
