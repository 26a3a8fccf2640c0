/* SPDX-License-Identifier: Apache-2.0 */
/* Blocks: names, inputs, parameters and repeats of the layers that they become; and what can be wrong with them. */
#include "test.h"
#include "core/mem.h"
#include "model/layers.h"
#include "model/recipe.h"

#define TAIL "\nloss: mean_squared_error\noptimizer: adam\ntrain: {steps: 1, batch: 1}\ninput: {x: [8, 8, 4], y: [4]}\n"

/* "name<from,from name<from ..." of all layers. */
static void describe(const yk_specs *specs, char *text, size_t size)
{
    size_t used = 0;
    text[0] = '\0';
    for (int i = 0; i < specs->n; i++) {
        const yk_spec *s = &specs->at[i];
        if (!s->op)
            continue;
        used += (size_t)snprintf(text + used, size - used, "%s%s<", used ? " " : "", s->name);
        for (int k = 0; k < s->n_from; k++)
            used += (size_t)snprintf(text + used, size - used, "%s%s", k ? "," : "",
                                     s->from[k] < 0 ? "input" : specs->at[s->from[k]].name);
    }
}

static const struct {
    const char *label, *text, *want;
} good[] = {
    { "a sequence", "model: [relu, tanh, relu]", "relu_1<input tanh_1<relu_1 relu_2<tanh_1" },
    { "names", "model: [relu: {name: a}, relu, tanh: {from: a}]", "a<input relu_2<a tanh_1<a" },
    { "branches", "model: [relu, tanh: {from: input}, add: {from: [relu_1, tanh_1]}]",
      "relu_1<input tanh_1<input add_1<relu_1,tanh_1" },
    { "activation", "model: [dense: {units: 2, activation: relu}, tanh, add: {from: [dense_1, tanh_1]}]",
      "dense_1<input dense_1/relu<dense_1 tanh_1<dense_1/relu add_1<dense_1/relu,tanh_1" },
    { "activation by its own name", "model: [dense: {units: 2, activation: relu}, tanh: {from: dense_1/relu}]",
      "dense_1<input dense_1/relu<dense_1 tanh_1<dense_1/relu" },
    { "a group", "model: [block: {layers: [relu, tanh]}, sigmoid]",
      "block_1/relu_1<input block_1/tanh_1<block_1/relu_1 sigmoid_1<block_1/tanh_1" },
    { "a group with a name", "model: [relu, block: {name: g, layers: [tanh]}, add: {from: [g, relu_1]}]",
      "relu_1<input g/tanh_1<relu_1 add_1<g/tanh_1,relu_1" },
    { "repeat", "model: [block: {repeat: 2, layers: [relu]}, block: {layers: [tanh]}]",
      "block_1/relu_1<input block_2/relu_1<block_1/relu_1 block_3/tanh_1<block_2/relu_1" },
    { "repeat with a name", "model: [block: {name: g, repeat: 2, layers: [relu]}, tanh: {from: g_1}, tanh: {from: g}]",
      "g_1/relu_1<input g_2/relu_1<g_1/relu_1 tanh_1<g_1/relu_1 tanh_2<g_2/relu_1" },
    { "in", "model: [tanh, block: {repeat: 2, layers: [relu, add: {from: [relu_1, in]}]}]",
      "tanh_1<input block_1/relu_1<tanh_1 block_1/add_1<block_1/relu_1,tanh_1 block_2/relu_1<block_1/add_1 "
      "block_2/add_1<block_2/relu_1,block_1/add_1" },
    { "two inputs, the second stays",
      "model: [relu, tanh, block: {from: [tanh_1, relu_1], repeat: 2, layers: [add: {from: [in_1, in_2]}]}]",
      "relu_1<input tanh_1<relu_1 block_1/add_1<tanh_1,relu_1 block_2/add_1<block_1/add_1,relu_1" },
    { "an inner name first, then outer ones",
      "model: [relu: {name: a}, tanh: {name: b}, block: {layers: [relu: {name: a}, add: {from: [a, b]}]}]",
      "a<input b<a block_1/a<b block_1/add_1<block_1/a,b" },
    { "from outside into a block",
      "model: [block: {name: e, layers: [relu: {name: skip}, tanh]}, relu: {from: e/skip}]",
      "e/skip<input e/tanh_1<e/skip relu_1<e/skip" },
    { "defined", "blocks: {b: {layers: [relu, tanh]}}\nmodel: [b, b: {name: x}, b]",
      "b_1/relu_1<input b_1/tanh_1<b_1/relu_1 x/relu_1<b_1/tanh_1 x/tanh_1<x/relu_1 b_3/relu_1<x/tanh_1 "
      "b_3/tanh_1<b_3/relu_1" },
    { "parameter that is a layer",
      "blocks: {b: {with: {act: relu}, layers: [$act]}}\nmodel: [b, b: tanh, b: {act: "
      "{dropout: 0.5}}]",
      "b_1/relu_1<input b_2/tanh_1<b_1/relu_1 b_3/dropout_1<b_2/tanh_1" },
    { "parameter that is a name",
      "blocks: {up: {with: {skip: }, layers: [relu, add: {from: [relu_1, $skip]}]}}\n"
      "model: [tanh: {name: e1}, relu, up: e1]",
      "e1<input relu_1<e1 up_1/relu_1<relu_1 up_1/add_1<up_1/relu_1,e1" },
    { "blocks in blocks",
      "blocks: {a: {with: {n: 1}, layers: [block: {repeat: $n, layers: [relu]}]}, b: {with: {n: 2}, layers: [a: $n]}}\n"
      "model: [b, b: 1]",
      "b_1/a_1/block_1/relu_1<input b_1/a_1/block_2/relu_1<b_1/a_1/block_1/relu_1 "
      "b_2/a_1/block_1/relu_1<b_1/a_1/block_2/relu_1" },
    { "input of the model inside a block", "model: [relu, block: {layers: [tanh: {from: input}]}]",
      "relu_1<input block_1/tanh_1<input" },
    { "a block's own from", "model: [relu, tanh, block: {from: relu_1, layers: [sigmoid]}]",
      "relu_1<input tanh_1<relu_1 block_1/sigmoid_1<relu_1" },
};

static void test_layers_of_blocks(void)
{
    for (int i = 0; i < LEN(good); i++) {
        char text[2048], got[4096] = "";
        yk_recipe *r = NULL, *r2 = NULL;
        char *run = NULL;
        snprintf(text, sizeof text, "%s%s", good[i].text, TAIL);
        if (yk_recipe_parse(&r, "r.yaml", text, 0, NULL) != YK_OK) {
            FAIL_CASE(good[i].label, "%s\n", yk_error_text());
            continue;
        }
        describe(r->layers, got, sizeof got);
        if (strcmp(got, good[i].want) != 0)
            FAIL_CASE(good[i].label, "\ngot  %s\nwant %s\n", got, good[i].want);
        MUST(yk_recipe_text(r, &run)); /* the recipe as run has the same layers */
        MUST(yk_recipe_parse(&r2, "run.yaml", run, 0, NULL));
        describe(r2->layers, got, sizeof got);
        if (strcmp(got, good[i].want) != 0)
            FAIL_CASE(good[i].label, "as run:\n%s\n", run);
        yk_free(run);
        yk_recipe_destroy(&r);
        yk_recipe_destroy(&r2);
    }
}

static void test_parameters(void)
{
    static const char text[] = "blocks:\n"
                               "  b:\n"
                               "    with: {units: , bias: true, init: {normal: 0.1}}\n"
                               "    layers:\n"
                               "      - dense: {units: $units, bias: $bias, init: $init}\n"
                               "model: [b: 3, b: {units: 5, bias: false, init: zeros}]\n";
    char all[1024], *run = NULL;
    yk_recipe *r = NULL;
    snprintf(all, sizeof all, "%s%s", text, TAIL);
    MUST(yk_recipe_parse(&r, "r.yaml", all, 0, NULL));
    int seen = 0;
    for (int i = 0; i < r->layers->n; i++) {
        const yk_spec *s = &r->layers->at[i];
        if (!s->op)
            continue;
        char units[64], bias[64];
        yk_option_text(&s->op->attrs[0], s->attr, units, sizeof units);
        yk_option_text(&s->op->attrs[1], s->attr, bias, sizeof bias);
        CU_ASSERT_STRING_EQUAL(units, seen ? "5" : "3");
        CU_ASSERT_STRING_EQUAL(bias, seen ? "false" : "true");
        CU_ASSERT(((const char *const *)s->init.entry) != NULL);
        seen++;
    }
    CU_ASSERT(seen == 2);
    MUST(yk_recipe_text(r, &run)); /* parameters stay, what was left out of the layer is filled in */
    CU_ASSERT(strstr(run, "dense: {units: $units, bias: $bias, init: $init, lr_factor: 1, activation: none, "
                          "bias_init: zeros") != NULL);
    yk_free(run);
    yk_recipe_destroy(&r);
    const char *override = "model.b_1.bias=false"; /* b: 3 becomes {units: 3, bias: false} */
    MUST(yk_recipe_parse(&r, "r.yaml", all, 1, &override));
    MUST(yk_recipe_text(r, &run));
    CU_ASSERT(strstr(run, "- b: {units: 3, bias: false}") != NULL);
    yk_free(run);
    yk_recipe_destroy(&r);
}

static const struct {
    const char *label, *text, *want;
} bad[] = {
    { "no parameter outside", "model: [dense: $n]", "r.yaml:1:16: \"$n\" is no parameter: only blocks" },
    { "unknown parameter inside", "blocks: {b: {with: {units: 1}, layers: [dense: $unit]}}\nmodel: [b]",
      "r.yaml:1:48: \"$unit\" is no parameter of this block (did you mean \"units\"?); it has units" },
    { "unknown parameter of a use", "blocks: {b: {with: {units: 1}, layers: [dense: $units]}}\nmodel: [b: {unit: 3}]",
      "r.yaml:2:13: b has no key \"unit\" (did you mean \"units\"?); it has name, from, repeat, units" },
    { "missing parameter", "blocks: {b: {with: {units: }, layers: [dense: $units]}}\nmodel: [b]",
      "r.yaml:2:9: b needs units" },
    { "wrong value", "blocks: {b: {with: {units: 1}, layers: [dense: $units]}}\nmodel: [b: many]",
      "r.yaml:2:12: units: \"many\" is not a whole number >= 1" },
    { "value where none is taken", "blocks: {b: {layers: [relu]}}\nmodel: [b: 3]", "r.yaml:2:12: b takes no value" },
    { "no layers", "blocks: {b: {with: {n: 1}}}\nmodel: [b]", "r.yaml:1:13: b needs layers" },
    { "empty layers", "blocks: {b: {layers: []}}\nmodel: [b]", "b needs layers" },
    { "unknown key of a definition", "blocks: {b: {layer: [relu]}}\nmodel: [b]",
      "r.yaml:1:14: b has no key \"layer\" (did you mean \"layers\"?)" },
    { "with is a list", "blocks: {b: {with: [a], layers: [relu]}}\nmodel: [b]", "with: names and values are expected" },
    { "reserved parameter", "blocks: {b: {with: {name: a}, layers: [relu]}}\nmodel: [b]",
      "a parameter cannot be called \"name\"" },
    { "block's name is a layer's", "blocks: {relu: {layers: [tanh]}}\nmodel: [relu]",
      "r.yaml:1:10: \"relu\" is a layer's name" },
    { "block's name is block", "blocks: {block: {layers: [tanh]}}\nmodel: [relu]", "\"block\" is a layer's name" },
    { "block's name is no word", "blocks: {a/b: {layers: [tanh]}}\nmodel: [relu]", "cannot be a block's name" },
    { "uses itself", "blocks: {b: {layers: [relu, b]}}\nmodel: [b]",
      "r.yaml:1:29: blocks are more than 16 deep in each other; does b use itself?" },
    { "inline without layers", "model: [block: {name: b}]", "block needs layers" },
    { "inline alone", "model: [block]", "block needs layers" },
    { "inline with another key", "model: [block: {layers: [relu], units: 3}]", "block has no key \"units\"" },
    { "repeat 0", "model: [block: {repeat: 0, layers: [relu]}]", "r.yaml:1:25: repeat: \"0\" is not a whole number" },
    { "repeat is a list", "model: [block: {repeat: [1], layers: [relu]}]", "repeat: a number is expected" },
    { "too many layers", "model: [block: {repeat: 5000, layers: [relu]}]", "a model of more than 10000 layers" },
    { "far too many layers",
      "model: [block: {repeat: 9999, layers: [block: {repeat: 9999, layers: [block: {repeat: 9999, layers: "
      "[relu]}]}]}]",
      "a model of more than 10000 layers" },
    { "inner names are not seen outside", "model: [block: {layers: [relu: {name: a}]}, tanh: {from: a}]",
      "no layer is called \"a\"" },
    { "in outside of blocks", "model: [relu: {from: in}]", "no layer is called \"in\"" },
    { "in_2 of one input", "model: [block: {layers: [relu: {from: in_2}]}]", "no layer is called \"in_2\"" },
    { "a block from itself", "model: [block: {name: g, layers: [relu: {from: g}]}]",
      "from: \"g\" comes later (line 1)" },
    { "two blocks of one name", "model: [block: {name: g, layers: [relu]}, block: {name: g, layers: [tanh]}]",
      "r.yaml:1:43: a second layer is called \"g\" (the first: r.yaml:1:9)" },
    { "block and layer of one name", "model: [relu: {name: g}, block: {name: g, layers: [tanh]}]",
      "a second layer is called \"g\"" },
    { "an unused block is checked", "blocks: {b: {layers: [nosuch]}}\nmodel: [relu]",
      "r.yaml:1:23: no layer is called" },
};

static void test_errors(void)
{
    for (int i = 0; i < LEN(bad); i++) {
        char text[1024];
        yk_recipe *r = NULL;
        snprintf(text, sizeof text, "%s%s", bad[i].text, TAIL);
        yk_status status = yk_recipe_parse(&r, "r.yaml", text, 0, NULL);
        if (status != YK_ERR_RECIPE || !strstr(yk_error_text(), bad[i].want))
            FAIL_CASE(bad[i].label, "status %d, %s\n", status, status ? yk_error_text() : "");
        yk_recipe_destroy(&r);
    }
}

/* A value is copied wherever its parameter stands: it must be small, whatever the file says. */
static void test_large_values(void)
{
    char text[4096] = "blocks: {b: {with: {x: }, layers: [relu]}}\nmodel: [b: {repeat: 3000, x: [";
    for (int i = 0; i < 100; i++)
        strcat(text, "1, ");
    strcat(text, "1]}]");
    strcat(text, TAIL);
    yk_recipe *r = NULL;
    CU_ASSERT(yk_recipe_parse(&r, "r.yaml", text, 0, NULL) == YK_ERR_RECIPE);
    CU_ASSERT(strstr(yk_error_text(), "x: a parameter of 102 values; at most 64") != NULL);
}

int main(void)
{
    static const yk_test tests[] = {
        { "layers of blocks", test_layers_of_blocks },
        { "parameters", test_parameters },
        { "errors", test_errors },
        { "large values", test_large_values },
        { NULL, NULL },
    };
    return yk_test_main("model/blocks", tests);
}
