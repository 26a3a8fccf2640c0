/* SPDX-License-Identifier: Apache-2.0 */
/* From recipe to graph: shapes, parameters, loss and prediction, initial values; and the errors of shapes. */
#include <math.h>

#include "test.h"
#include "core/cpu.h"
#include "core/mem.h"
#include "model/base.h"
#include "model/freeze.h"
#include "model/model.h"

static void test_lenet(void)
{
    static const struct {
        const char *name, *init;
        yk_shape shape;
    } params[] = {
        { "conv2d_1/kernel", "glorot_uniform", { 4, { 5, 5, 1, 6 } } },
        { "conv2d_1/bias", "zeros", { 1, { 6 } } },
        { "conv2d_2/kernel", "glorot_uniform", { 4, { 5, 5, 6, 16 } } },
        { "conv2d_2/bias", "zeros", { 1, { 16 } } },
        { "batchnorm_1/gamma", "ones", { 1, { 16 } } },
        { "batchnorm_1/beta", "zeros", { 1, { 16 } } },
        { "batchnorm_1/moving_mean", "zeros", { 1, { 16 } } },
        { "batchnorm_1/moving_variance", "ones", { 1, { 16 } } },
        { "dense_1/kernel", "glorot_uniform", { 2, { 400, 120 } } },
        { "dense_1/bias", "zeros", { 1, { 120 } } },
        { "dense_2/kernel", "glorot_uniform", { 2, { 120, 10 } } },
        { "dense_2/bias", "zeros", { 1, { 10 } } },
    };
    yk_recipe *r = NULL;
    yk_model *m = NULL;
    yk_shape x = yk_shape_of(3, 28, 28, 1), want = yk_shape_of(2, 1, 10), one = yk_shape_of(1, 1);
    MUST(yk_recipe_parse(&r, "r.yaml", base_recipe, 0, NULL));
    MUST(yk_model_create(&m, r, &x));
    CU_ASSERT(m->head[0].classes == 10 && m->seed == 7);
    CU_ASSERT(yk_shape_equal(&yk_graph_value(m->graph, m->head[0].output)->shape, &want));
    CU_ASSERT(yk_shape_equal(&yk_graph_value(m->graph, m->head[0].prediction)->shape, &want) &&
              m->head[0].prediction != m->head[0].output);
    CU_ASSERT(yk_shape_equal(&yk_graph_value(m->graph, m->head[0].target)->shape, &one));
    CU_ASSERT(yk_graph_value(m->graph, m->head[0].target)->dtype == YK_I32);
    CU_ASSERT(yk_shape_equal(&yk_graph_value(m->graph, m->head[0].loss)->shape, &one));
    CU_ASSERT(m->layout != NULL && m->layout->n_param == LEN(params));
    CU_ASSERT_FATAL(yk_graph_params(m->graph) == LEN(params));
    for (int i = 0; i < LEN(params); i++) {
        const yk_param *p = yk_graph_param(m->graph, i);
        CU_ASSERT_STRING_EQUAL(p->name, params[i].name);
        CU_ASSERT(yk_shape_equal(&p->shape, &params[i].shape));
        CU_ASSERT_STRING_EQUAL(m->init[i]->name, params[i].init);
    }
    yk_model_destroy(&m);
    yk_recipe_destroy(&r);
    CU_ASSERT(m == NULL);
}

/* A model of one list of layers on samples of shape (8, 8, 4). */
static yk_status build(const char *model, const char *loss, const char *y, yk_model **out)
{
    char text[2048];
    yk_recipe *r = NULL;
    *out = NULL;
    snprintf(
        text, sizeof text,
        "seed: 3\nmodel: %s\nloss: %s\noptimizer: adam\ntrain: {steps: 1, batch: 1}\ninput: {x: [8, 8, 4], y: %s}\n",
        model, loss, y);
    yk_status status = yk_recipe_parse(&r, "r.yaml", text, 0, NULL);
    if (status == YK_OK)
        status = yk_model_create(out, r, &r->input);
    yk_recipe_destroy(&r);
    return status;
}

static void test_errors(void)
{
    static const struct {
        const char *label, *model, *loss, *y, *want;
    } cases[] = {
        { "kernel larger than the image", "[conv2d: {filters: 3, kernel: 9}]", "mean_squared_error", "[1]",
          "r.yaml:2:9: layer conv2d_1 (conv2d)" },
        { "in the right line", "\n  - relu\n  - conv2d: {filters: 3, kernel: 9}\n", "mean_squared_error", "[1]",
          "r.yaml:4:5: layer conv2d_1 (conv2d)" },
        { "convolution of a vector", "[flatten, conv2d: {filters: 3, kernel: 1}]", "mean_squared_error", "[1]",
          "layer conv2d_1 (conv2d)" },
        { "add of two shapes", "[maxpool2d: 2, add: {from: [maxpool2d_1, input]}]", "mean_squared_error", "[1]",
          "layer add_1 (add)" },
        { "in a block", "[block: {name: b, layers: [conv2d: {filters: 3, kernel: 9}]}]", "mean_squared_error", "[1]",
          "layer b/conv2d_1 (conv2d)" },
        { "tokens and numbers", "[embedding: {vocabulary: 9, units: 2}, dense: {units: 3, from: input}]",
          "mean_squared_error", "[1]",
          "r.yaml:2:47: layer embedding_1 (embedding) takes the input as whole numbers, layer dense_1 (dense) as real "
          "ones: "
          "one input cannot be both" },
        { "embedding of numbers", "[flatten, embedding: {vocabulary: 9, units: 2}]", "mean_squared_error", "[1]",
          "layer embedding_1 (embedding): input holds real numbers (float32): tokens" },
        { "shapes that cannot be repeated", "[maxpool2d: 2, multiply: {from: [maxpool2d_1, input]}]",
          "mean_squared_error", "[1]",
          "layer multiply_1 (multiply): input 2 has shape (8, 8, 4), the others (4, 4, 4)" },
        { "one class", "[flatten, dense: 1]", "softmax_cross_entropy", "{classes: 2}",
          "r.yaml:3:7: softmax_cross_entropy needs an output of one number a class, 2 or more; the model's is (1)" },
        { "fewer outputs than classes", "[flatten, dense: 9]", "softmax_cross_entropy", "{classes: 10}",
          "r.yaml:3:7: the model's output has 9 numbers for 10 classes" },
        { "classes, but numbers", "[flatten, dense: 9]", "softmax_cross_entropy", "[9]",
          "softmax_cross_entropy needs classes" },
        { "numbers, but classes", "[flatten, dense: 9]", "mean_squared_error", "{classes: 9}",
          "mean_squared_error needs numbers and not classes" },
        { "another shape", "[flatten, dense: 9]", "mean_squared_error", "[3]",
          "the model's output has shape (9), y (3); mean_squared_error needs the same" },
    };
    for (int i = 0; i < LEN(cases); i++) {
        yk_model *m = NULL;
        yk_status status = build(cases[i].model, cases[i].loss, cases[i].y, &m);
        bool refused = status == YK_ERR_SHAPE || status == YK_ERR_ARG || status == YK_ERR_RECIPE;
        if (!refused || m || !strstr(yk_error_text(), cases[i].want))
            FAIL_CASE(cases[i].label, "status %d, %s\n", status, status ? yk_error_text() : "");
        yk_model_destroy(&m);
    }
}

static void test_losses(void)
{
    static const struct {
        const char *model, *loss, *y, *predict;
        int64_t classes;
    } cases[] = {
        { "[flatten, dense: 5]", "softmax_cross_entropy", "{classes: 5}", "softmax", 5 },
        { "[conv2d: {filters: 3, kernel: 1}]", "softmax_cross_entropy", "{classes: 3}", "softmax", 3 },
        { "[flatten, dense: 1]", "binary_cross_entropy", "[1]", "sigmoid", 0 },
        { "[flatten, dense: 4]", "mean_squared_error", "[4]", NULL, 0 },
    };
    for (int i = 0; i < LEN(cases); i++) {
        yk_model *m = NULL;
        MUST(build(cases[i].model, cases[i].loss, cases[i].y, &m));
        CU_ASSERT(m->head[0].classes == cases[i].classes);
        if (cases[i].predict) {
            yk_node_info node;
            yk_graph_node(m->graph, yk_graph_value(m->graph, m->head[0].prediction)->node, &node);
            CU_ASSERT_STRING_EQUAL(node.op->name, cases[i].predict);
        } else {
            CU_ASSERT(m->head[0].prediction == m->head[0].output);
        }
        yk_model_destroy(&m);
    }
}

static int fed_as(const yk_model *m, const char *field, yk_fed_kind kind)
{
    for (int i = 0; i < m->n_fed; i++)
        if (strcmp(m->fed[i].field, field) == 0 && m->fed[i].kind == kind)
            return i;
    return -1;
}

/* What a model with several losses is fed with, and what each stands on. */
static void test_heads(void)
{
    yk_model *m = NULL;
    CU_ASSERT(build("[flatten, dense: {units: 6, name: body}, dense: {units: 3, name: y}]",
                    "[softmax_cross_entropy: {from: y},\n mean_squared_error: {target: z, from: body}]",
                    "{classes: 3}, z: [4]", &m) == YK_ERR_SHAPE);
    CU_ASSERT_PTR_NOT_NULL(strstr(yk_error_text(), "r.yaml:4:2: the model's output has shape (6), z (4)"));
    MUST(build("[flatten, dense: {units: 6, name: body}, dense: {units: 3, name: y}, dense: {units: 4, from: body}]",
               "[softmax_cross_entropy: {from: y, ignore: [255]}, softmax_cross_entropy: {from: y, weight: 0.5},\n "
               "huber: {target: z, sample_weight: w}, poisson: {target: z, name: counts}, hinge: {target: z}]",
               "{classes: 3}, z: [4]", &m));
    static const char *const names[] = { "softmax_cross_entropy", "softmax_cross_entropy_2", "huber", "counts",
                                         "hinge" };
    const int y = fed_as(m, "y", YK_FED_TARGET), w = fed_as(m, "w", YK_FED_WEIGHT);
    CU_ASSERT_FATAL(m->n_heads == LEN(names) && y > 0 && w > 0);
    for (int h = 0; h < m->n_heads; h++) {
        const yk_head *head = &m->head[h];
        CU_ASSERT_STRING_EQUAL(head->name, names[h]);
        CU_ASSERT(m->loss[h] == head->loss && yk_graph_value(m->graph, head->loss)->shape.ndim == 1);
        CU_ASSERT(head->target == m->fed[head->target_fed].value);
        CU_ASSERT((head->weight_fed == w) == (h == 2) && head->weighted == (h == 0 || h == 2));
        CU_ASSERT(head->label == (h < 2) && head->classes == (h < 2 ? 3 : 0));
    }
    CU_ASSERT(m->fed[0].value == m->input && m->fed[0].kind == YK_FED_INPUT);
    CU_ASSERT(m->fed[y].ignore.n == 1 && m->fed[w].not_negative);
    CU_ASSERT(m->head[0].target != m->head[1].target);                  /* ignored labels are not the other's */
    CU_ASSERT(m->head[2].target == m->head[4].target);                  /* fed once */
    CU_ASSERT(m->head[2].target != m->head[3].target);                  /* counts are checked */
    CU_ASSERT(m->head[0].output == m->head[1].output && m->n_fed == 6); /* x, y twice, z twice, w */
    CU_ASSERT(m->head[0].prediction != m->head[0].output && m->head[2].prediction == m->head[2].output);
    CU_ASSERT(m->head[1].weight == 0.5 && m->head[0].weight == 1);
    yk_model_destroy(&m);
    CU_ASSERT(build("[flatten, dense: 3]", "{mean_squared_error: {target: x}}", "[3]", &m) == YK_ERR_SHAPE);
    CU_ASSERT_PTR_NOT_NULL(strstr(yk_error_text(), "the model's output has shape (3), the target (8, 8, 4)"));
    MUST(build("[conv2d: {filters: 4, kernel: 3, padding: same}]", "{mean_squared_error: {target: x}}", "[3]", &m));
    CU_ASSERT(m->n_fed == 1 && m->head[0].target == m->input);
    yk_model_destroy(&m);
}

/* PyTorch's denominators, times the samples' weights. */
static void test_denominators(void)
{
    static const int32_t label[] = { 2, 0, YK_IGNORED, 1 };
    static const float weight[] = { 2, 0, 5, 0.5f };
    static const struct {
        const char *loss;
        float want[4];
    } cases[] = {
        { "{softmax_cross_entropy: {sample_weight: w}}", { 2, 0, 5, 0.5f } },
        { "{softmax_cross_entropy: {ignore: 9, sample_weight: w}}", { 2, 0, 0, 0.5f } },
        { "{softmax_cross_entropy: {class_weights: [1, 0.25, 3]}}", { 3, 1, 0, 0.25f } },
        { "{softmax_cross_entropy: {class_weights: [1, 0.25, 3], sample_weight: w}}", { 6, 0, 0, 0.125f } },
        { "softmax_cross_entropy", { 1, 1, 1, 1 } },
    };
    for (int i = 0; i < LEN(cases); i++) {
        yk_model *m = NULL;
        float out[4];
        double exact[4];
        const double doubles[] = { 2, 0, 5, 0.5 };
        MUST(build("[flatten, dense: 3]", cases[i].loss, "{classes: 3}", &m));
        const yk_head *head = &m->head[0];
        bool own = head->weight_fed >= 0;
        yk_head_denominators(m, head, 4, label, own ? weight : NULL, YK_F32, out);
        yk_head_denominators(m, head, 4, label, own ? doubles : NULL, YK_F64, exact);
        for (int k = 0; k < 4; k++)
            if (out[k] != cases[i].want[k] || exact[k] != (double)cases[i].want[k])
                FAIL_CASE(cases[i].loss, "sample %d counts %g\n", k, (double)out[k]);
        CU_ASSERT(head->weighted == (i < 4));
        yk_model_destroy(&m);
    }
}

static void test_options_reach_the_graph(void)
{
    yk_model *m = NULL;
    MUST(build("[flatten, dense: {units: 3, l1: 0.5, l2: 0.25, init: {constant: 2}, bias_init: {constant: -1}}]",
               "mean_squared_error", "[3]", &m));
    const yk_param *kernel = yk_graph_param(m->graph, 0);
    CU_ASSERT(kernel->l1 == 0.5 && kernel->l2 == 0.25);
    float *w;
    MUST(yk_alloc(&w, m->layout->length, sizeof *w));
    memset(w, 0xff, (size_t)m->layout->length * sizeof *w);
    MUST(yk_model_init(m, w));
    const yk_param *bias = yk_graph_param(m->graph, 1);
    int64_t twos = 0, minus = 0, zero = 0;
    for (int64_t i = 0; i < m->layout->length; i++) {
        twos += w[i] == 2.0f;
        minus += w[i] == -1.0f;
        zero += w[i] == 0.0f;
    }
    CU_ASSERT(w[kernel->offset] == 2.0f && w[bias->offset] == -1.0f);
    CU_ASSERT(twos == 3 * 256 && minus == 3 && zero == m->layout->length - twos - minus);
    yk_free(w);
    yk_model_destroy(&m);
}

/* Penalties for all, and who has one of his own; sharing and freezing, in blocks as well. */
static void test_policy_reaches_the_graph(void)
{
    static const char text[] =
        "model:\n"
        "  - flatten\n"
        "  - dense: {units: 8, l2: 0, max_norm: 2, lr_factor: 0.5, name: a}\n"
        "  - block: {name: b, layers: [dense: {units: 8, name: c}, dense: {units: 8, share: c}]}\n"
        "  - dense: {units: 8, share: b/c}\n"
        "  - batchnorm\n"
        "  - dense: {units: 3, unit_norm: true, name: head}\n"
        "loss: mean_squared_error\noptimizer: adam\ntrain: {steps: 1, batch: 1}\n"
        "input: {x: [8], y: [3]}\nregularize: {l1: 0.25, l2: 0.5}\n"
        "freeze: [b, \"batch*/moving_*\", \"?ead/bias\"]\n";
    static const struct {
        const char *name;
        double l1, l2, lr_factor, max_norm;
        bool unit_norm, frozen;
    } want[] = {
        { "a/kernel", 0.25, 0, 0.5, 2, false, false },
        { "a/bias", 0, 0, 0.5, 0, false, false },
        { "b/c/kernel", 0.25, 0.5, 1, 0, false, true },
        { "b/c/bias", 0, 0, 1, 0, false, true },
        { "batchnorm_1/gamma", 0, 0, 1, 0, false, false },
        { "batchnorm_1/beta", 0, 0, 1, 0, false, false },
        { "batchnorm_1/moving_mean", 0, 0, 1, 0, false, true },
        { "batchnorm_1/moving_variance", 0, 0, 1, 0, false, true },
        { "head/kernel", 0.25, 0.5, 1, 0, true, false },
        { "head/bias", 0, 0, 1, 0, false, true },
    };
    yk_recipe *r = NULL;
    yk_model *m = NULL;
    MUST(yk_recipe_parse(&r, "r.yaml", text, 0, NULL));
    MUST(yk_model_create(&m, r, &r->input));
    CU_ASSERT_FATAL(yk_graph_params(m->graph) == LEN(want));
    for (int i = 0; i < LEN(want); i++) {
        const yk_param *p = yk_graph_param(m->graph, i);
        if (strcmp(p->name, want[i].name) != 0 || p->l1 != want[i].l1 || p->l2 != want[i].l2 ||
            p->lr_factor != want[i].lr_factor || p->max_norm != want[i].max_norm || p->unit_norm != want[i].unit_norm ||
            p->frozen != want[i].frozen)
            FAIL_CASE(want[i].name, "is %s: l1 %g, l2 %g, lr_factor %g, max_norm %g, %d %d\n", p->name, p->l1, p->l2,
                      p->lr_factor, p->max_norm, p->unit_norm, p->frozen);
    }
    CU_ASSERT(yk_model_count(m, yk_param_counts) == 72 + 72 + 16 + 27);
    CU_ASSERT(yk_model_count(m, yk_param_rests) == 72 + 3);
    CU_ASSERT(yk_model_count(m, yk_param_trains) == 72 + 16 + 24);
    yk_model_destroy(&m);
    yk_recipe_destroy(&r);
}

static void test_patterns(void)
{
    static const struct {
        const char *pattern, *name;
        bool means;
    } cases[] = {
        { "dense_1", "dense_1/kernel", true },
        { "dense_1/kernel", "dense_1/kernel", true },
        { "dense", "dense_1/kernel", false },
        { "dense*", "dense_1/kernel", true },
        { "*", "a/b/kernel", true },
        { "a", "a/b/kernel", true },
        { "b", "a/b/kernel", false },
        { "*b", "a/b/kernel", true },
        { "*/kernel", "a/b/kernel", true },
        { "a/?/bias", "a/b/kernel", false },
        { "dense_1/bias", "dense_1/kernel", false },
    };
    for (int i = 0; i < LEN(cases); i++)
        if (yk_pattern_means(cases[i].pattern, cases[i].name) != cases[i].means)
            FAIL_CASE(cases[i].pattern, "%s\n", cases[i].name);
}

/* What starts the parameters of layers that are neither kernel nor bias. */
static void test_starts(void)
{
    static const struct {
        const char *model;
        double low, high; /* of the first parameter */
    } cases[] = {
        { "[prelu]", 0.25, 0.25 },
        { "[prelu: -0.5]", -0.5, -0.5 },
        { "[embedding: {vocabulary: 30, units: 20}]", -0.05, 0.05 },
        { "[embedding: {vocabulary: 30, units: 20, init: {uniform: 2}}]", -2, 2 },
        { "[layernorm]", 1, 1 },
    };
    for (int i = 0; i < LEN(cases); i++) {
        yk_model *m = NULL;
        float *w, low = INFINITY, high = -INFINITY;
        MUST(build(cases[i].model, "mean_squared_error", i == 2 || i == 3 ? "[8, 8, 4, 20]" : "[8, 8, 4]", &m));
        const yk_param *p = yk_graph_param(m->graph, 0);
        MUST(yk_alloc(&w, m->layout->length, sizeof *w));
        MUST(yk_model_init(m, w));
        for (int64_t k = p->offset; k < p->offset + yk_shape_len(&p->shape); k++) {
            low = fminf(low, w[k]);
            high = fmaxf(high, w[k]);
        }
        double slack = 0.02 * (cases[i].high - cases[i].low); /* of several hundred numbers */
        if (!(low >= (float)cases[i].low && (double)low <= cases[i].low + slack && high <= (float)cases[i].high &&
              (double)high >= cases[i].high - slack))
            FAIL_CASE(cases[i].model, "%s in [%g, %g]\n", p->name, (double)low, (double)high);
        yk_free(w);
        yk_model_destroy(&m);
    }
}

/* The type of the input follows from the layers that read it, blocks included. */
static void test_input_type(void)
{
    static const struct {
        const char *model;
        yk_dtype dtype;
        int64_t tokens;
    } cases[] = {
        { "[relu]", YK_F32, 0 },
        { "[embedding: {vocabulary: 9, units: 2}, flatten]", YK_I32, 9 },
        { "[block: {layers: [embedding: {vocabulary: 9, units: 2}]}, flatten]", YK_I32, 9 },
        { "[embedding: {vocabulary: 9, units: 2}, embedding: {vocabulary: 7, units: 2, from: input}]", YK_I32, 7 },
    };
    for (int i = 0; i < LEN(cases); i++) {
        yk_model *m = NULL;
        yk_status status = build(cases[i].model, "mean_squared_error", i == 0 ? "[8, 8, 4]" : "[512]", &m);
        const yk_value *x = status == YK_OK ? yk_graph_value(m->graph, m->input) : NULL;
        if (!x || x->dtype != cases[i].dtype || x->tokens != cases[i].tokens)
            FAIL_CASE(cases[i].model, "%s\n", x ? yk_dtype_name(x->dtype) : yk_error_text());
        yk_model_destroy(&m);
    }
}

/* Every op that says so can be another's activation, with its attributes. */
static void test_activations(void)
{
    static const struct {
        const char *activation;
        int64_t params; /* of dense and its activation */
    } cases[] = {
        { "relu", 2 },         { "sigmoid", 2 },
        { "tanh", 2 },         { "softmax", 2 },
        { "leaky_relu", 2 },   { "{leaky_relu: 0.2}", 2 },
        { "prelu", 3 },        { "{prelu: {start: 0.1}}", 3 },
        { "{elu: 0.5}", 2 },   { "selu", 2 },
        { "gelu", 2 },         { "{gelu: tanh}", 2 },
        { "swish", 2 },        { "softplus", 2 },
        { "hard_sigmoid", 2 }, { "hard_swish", 2 },
        { "none", 2 },         { "{gelu: {approximate: tanh}}", 2 },
    };
    char model[256];
    for (int i = 0; i < LEN(cases); i++) {
        yk_model *m = NULL;
        snprintf(model, sizeof model, "[flatten, dense: {units: 3, activation: %s}]", cases[i].activation);
        MUST(build(model, "mean_squared_error", "[3]", &m));
        CU_ASSERT_EQUAL(yk_graph_params(m->graph), cases[i].params);
        yk_model_destroy(&m);
    }
    for (const yk_op *const *op = yk_op_table; *op; op++) {
        yk_model *m = NULL;
        snprintf(model, sizeof model, "[flatten, dense: {units: 3, activation: %s}]", (*op)->name);
        yk_status status = build(model, "mean_squared_error", "[3]", &m);
        if ((status == YK_OK) != (*op)->activation)
            FAIL_CASE((*op)->name, "%s\n", status == YK_OK ? "accepted" : yk_error_text());
        yk_model_destroy(&m);
    }
}

/* Mean, standard deviation and bounds of 64 x 64 x 3 x 3 kernels; and a known element. */
static void test_initialisers(void)
{
    static const struct {
        const char *name;
        double mean, std, limit; /* limit 0: none */
    } cases[] = {
        { "zeros", 0, 0, 0 },
        { "ones", 1, 0, 0 },
        { "normal", 0, 0.05, 0 },
        { "uniform", 0, 0.05 / 1.7320508, 0.05 },
        { "glorot_uniform", 0, 0.0416667, 0.0721688 }, /* sqrt(2 / 1152), sqrt(6 / 1152) */
        { "glorot_normal", 0, 0.0416667, 0 },
        { "he_uniform", 0, 0.0589256, 0.1020621 }, /* sqrt(2 / 576), sqrt(6 / 576) */
        { "he_normal", 0, 0.0589256, 0 },
        { "lecun_uniform", 0, 0.0416667, 0.0721688 }, /* sqrt(1 / 576), sqrt(3 / 576) */
        { "lecun_normal", 0, 0.0416667, 0 },
        { "truncated_normal", 0, 0.05 * 0.8796256, 0.1 },
        { "he_normal truncated", 0, 0.0589256, 2 * 0.0589256 / 0.8796256 },
        { "glorot_normal truncated", 0, 0.0416667, 2 * 0.0416667 / 0.8796256 },
        { "orthogonal", 0, 0.0416667, 0 }, /* 64 columns of length 1 and 576 elements */
    };
    yk_shape shape = yk_shape_of(4, 3, 3, 64, 64);
    int64_t n = yk_shape_len(&shape);
    float *w, *again;
    MUST(yk_alloc(&w, n, sizeof *w));
    MUST(yk_alloc(&again, n, sizeof *again));
    for (int i = 0; i < LEN(cases); i++) {
        const yk_init *init = NULL;
        char opts[64] = { 0 };
        char name[64];
        snprintf(name, sizeof name, "%.*s", (int)strcspn(cases[i].name, " "), cases[i].name);
        MUST(yk_init_find(name, &init));
        MUST(yk_option_defaults(init->opts, opts));
        if (strchr(cases[i].name, ' ')) /* the only option is set */
            MUST(yk_option_set(&init->opts[0], opts, "true"));
        MUST(init->fill(opts, &shape, yk_key_make(1, YK_FOR_INIT, "a/kernel"), w));
        MUST(init->fill(opts, &shape, yk_key_make(1, YK_FOR_INIT, "a/kernel"), again));
        CU_ASSERT(memcmp(w, again, (size_t)n * sizeof *w) == 0);
        double sum = 0, squares = 0, most = 0;
        for (int64_t k = 0; k < n; k++) {
            sum += w[k];
            most = fmax(most, fabs((double)w[k] - cases[i].mean));
        }
        double mean = sum / (double)n;
        for (int64_t k = 0; k < n; k++)
            squares += ((double)w[k] - mean) * ((double)w[k] - mean);
        double std = sqrt(squares / (double)n);
        bool fits = fabs(mean - cases[i].mean) <= cases[i].std * 0.03 &&
                    fabs(std - cases[i].std) <= cases[i].std * 0.01 &&
                    (cases[i].limit == 0 || (most <= cases[i].limit && most > cases[i].limit * 0.999));
        if (!fits)
            FAIL_CASE(cases[i].name, "mean %g, standard deviation %g, largest %g\n", mean, std, most);
        MUST(init->fill(opts, &shape, yk_key_make(1, YK_FOR_INIT, "b/kernel"), again));
        CU_ASSERT((memcmp(w, again, (size_t)n * sizeof *w) == 0) == (cases[i].std == 0));
    }
    yk_free(w);
    yk_free(again);
}

/* Columns, or rows where they are fewer, have length 2 and are at right angles; any number of threads. */
static void test_orthogonal(void)
{
    static const yk_shape shapes[] = {
        { 2, { 1, 1 } },  { 2, { 5, 5 } },       { 2, { 40, 7 } },
        { 2, { 7, 40 } }, { 4, { 3, 3, 2, 8 } }, { 3, { 2, 3, 50 } },
    };
    const yk_init *init = NULL;
    double gain = 2;
    static float w[400], again[400];
    MUST(yk_init_find("orthogonal", &init));
    for (int i = 0; i < LEN(shapes); i++) {
        const int64_t cols = shapes[i].dim[shapes[i].ndim - 1], rows = yk_shape_len(&shapes[i]) / cols;
        const bool wide = cols > rows;
        const int64_t n = wide ? rows : cols, length = wide ? cols : rows;
        yk_threads_set(1);
        MUST(init->fill(&gain, &shapes[i], yk_key_make(2, YK_FOR_INIT, "w"), w));
        yk_threads_set(3);
        MUST(init->fill(&gain, &shapes[i], yk_key_make(2, YK_FOR_INIT, "w"), again));
        CU_ASSERT(memcmp(w, again, (size_t)(n * length) * sizeof *w) == 0);
        for (int64_t a = 0; a < n; a++)
            for (int64_t b = 0; b <= a; b++) {
                double sum = 0;
                for (int64_t k = 0; k < length; k++)
                    sum +=
                        (double)w[wide ? a * cols + k : k * cols + a] * (double)w[wide ? b * cols + k : k * cols + b];
                if (fabs(sum - (a == b ? 4 : 0)) > 1e-6)
                    FAIL_CASE("orthogonal", "shape %d: vectors %d and %d: %g\n", i, (int)a, (int)b, sum);
            }
    }
    yk_threads_set(1);
}

static void test_identity(void)
{
    static const struct {
        yk_shape shape;
        int64_t n, at[3]; /* the elements that are not 0 */
    } cases[] = {
        { { 2, { 3, 3 } }, 3, { 0, 4, 8 } },
        { { 2, { 2, 4 } }, 2, { 0, 5 } },
        { { 4, { 3, 3, 2, 2 } }, 2, { 16, 19 } }, /* tap (1, 1) is the fifth of 4 elements each */
        { { 3, { 5, 1, 3 } }, 1, { 6 } },
    };
    const yk_init *init = NULL;
    double gain = 1.5;
    MUST(yk_init_find("identity", &init));
    for (int i = 0; i < LEN(cases); i++) {
        float w[64];
        int64_t other = 0;
        MUST(init->fill(&gain, &cases[i].shape, (yk_key){ { 0, 0 } }, w));
        for (int64_t k = 0; k < yk_shape_len(&cases[i].shape); k++)
            other += w[k] != 0;
        for (int64_t k = 0; k < cases[i].n; k++)
            CU_ASSERT(w[cases[i].at[k]] == 1.5f);
        CU_ASSERT(other == cases[i].n);
    }
}

static void test_shapes_that_cannot_be_filled(void)
{
    static const char *const names[] = { "identity", "orthogonal" };
    for (int i = 0; i < LEN(names); i++) {
        char model[128];
        yk_model *m = NULL;
        snprintf(model, sizeof model, "[flatten, dense: {units: 3, bias_init: %s}]", names[i]);
        MUST(build(model, "mean_squared_error", "[3]", &m));
        float *w;
        MUST(yk_alloc(&w, m->layout->length, sizeof *w));
        CU_ASSERT(yk_model_init(m, w) == YK_ERR_SHAPE);
        CU_ASSERT(strstr(yk_error_text(), "dense_1/bias: ") && strstr(yk_error_text(), "(3)"));
        yk_free(w);
        yk_model_destroy(&m);
    }
}

static void test_fans(void)
{
    static const struct {
        yk_shape shape;
        double he, glorot; /* variances: 2 / in, 2 / (in + out) */
    } cases[] = {
        { { 2, { 300, 200 } }, 2.0 / 300, 2.0 / 500 },
        { { 4, { 2, 3, 50, 100 } }, 2.0 / 300, 2.0 / 900 },
        { { 1, { 40000 } }, 2.0 / 40000, 2.0 / 80000 },
    };
    static float w[60000];
    for (int i = 0; i < LEN(cases); i++)
        for (int k = 0; k < 2; k++) {
            const yk_init *init = NULL;
            const char opts[64] = { 0 };
            double squares = 0, want = k ? cases[i].glorot : cases[i].he;
            MUST(yk_init_find(k ? "glorot_normal" : "he_normal", &init));
            MUST(init->fill(opts, &cases[i].shape, yk_key_make(2, YK_FOR_INIT, "w"), w));
            int64_t n = yk_shape_len(&cases[i].shape);
            for (int64_t j = 0; j < n; j++)
                squares += (double)w[j] * (double)w[j];
            if (fabs(squares / (double)n / want - 1) > 0.05)
                FAIL_CASE(init->name, "shape %d: variance %g, want %g\n", i, squares / (double)n, want);
        }
}

static void test_unknown_initialiser(void)
{
    const yk_init *init = NULL;
    CU_ASSERT(yk_init_find("he_norml", &init) == YK_ERR_ARG);
    CU_ASSERT(strstr(yk_error_text(), "did you mean \"he_normal\"?") != NULL);
}

static void test_catalog(void)
{
    static const char *const want[] = { "layer conv2d",    "loss softmax_cross_entropy", "optimizer adam",
                                        "schedule cosine", "initialiser he_normal",      "section train" };
    int found = 0, n = 0;
    yk_catalog_entry e;
    for (; yk_catalog_at(n, &e); n++) {
        char name[128];
        CU_ASSERT_FATAL(e.kind && e.name && e.doc && *e.doc);
        snprintf(name, sizeof name, "%s %s", e.kind, e.name);
        for (int k = 0; k < LEN(want); k++)
            found += strcmp(name, want[k]) == 0;
        for (const yk_option *o = e.opts; o && o->name; o++)
            CU_ASSERT(o->help && *o->help);
        const bool shares = !strcmp(e.kind, "layer") || !strcmp(e.kind, "loss") || !strcmp(e.kind, "metric");
        CU_ASSERT(shares == (e.common != NULL));
    }
    CU_ASSERT(found == LEN(want) && n > 30);
}

static void test_out_of_memory(void)
{
    yk_recipe *r = NULL;
    yk_shape x = yk_shape_of(3, 28, 28, 1);
    MUST(yk_recipe_parse(&r, "r.yaml", base_recipe, 0, NULL));
    int64_t live = yk_mem_live();
    yk_status status = YK_ERR_NOMEM;
    for (int64_t n = 1; status == YK_ERR_NOMEM && n < 2000; n++) {
        yk_model *m = NULL;
        yk_mem_fail_at(n);
        status = yk_model_create(&m, r, &x);
        yk_mem_fail_at(0);
        CU_ASSERT((m != NULL) == (status == YK_OK));
        yk_model_destroy(&m);
        CU_ASSERT_FATAL(yk_mem_live() == live);
    }
    CU_ASSERT(status == YK_OK);
    yk_recipe_destroy(&r);
}

int main(void)
{
    static const yk_test tests[] = {
        { "lenet", test_lenet },
        { "errors", test_errors },
        { "losses", test_losses },
        { "heads", test_heads },
        { "denominators", test_denominators },
        { "options reach the graph", test_options_reach_the_graph },
        { "policy reaches the graph", test_policy_reaches_the_graph },
        { "patterns", test_patterns },
        { "starts", test_starts },
        { "input type", test_input_type },
        { "activations", test_activations },
        { "initialisers", test_initialisers },
        { "orthogonal", test_orthogonal },
        { "identity", test_identity },
        { "shapes that cannot be filled", test_shapes_that_cannot_be_filled },
        { "fans", test_fans },
        { "unknown initialiser", test_unknown_initialiser },
        { "catalog", test_catalog },
        { "out of memory", test_out_of_memory },
        { NULL, NULL },
    };
    return yk_test_main("model/model", tests);
}
