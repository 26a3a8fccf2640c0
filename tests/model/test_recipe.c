/* SPDX-License-Identifier: Apache-2.0 */
/* Reading recipes: values, defaults, overrides, and the text of every error. */
#include <unistd.h>

#include "test.h"
#include "core/mem.h"
#include "model/base.h"
#include "metrics/metric.h"
#include "model/layers.h"

static void test_values(void)
{
    yk_recipe *r = NULL;
    MUST(yk_recipe_parse(&r, "r.yaml", base_recipe, 0, NULL));
    CU_ASSERT(r->seed == 7 && r->has_data && r->has_dev && !r->has_input);
    CU_ASSERT_STRING_EQUAL(r->train.file, "mnist.h5:/train");
    CU_ASSERT_STRING_EQUAL(r->dev.file, "mnist.h5:/dev");
    CU_ASSERT(r->shuffle.mode == YK_SHUFFLE_FULL && r->normalize == YK_NORMALIZE_NONE);
    CU_ASSERT(r->memory == (int64_t)1 << 30);
    CU_ASSERT(r->n_metrics == 1 && strcmp(((const yk_metric *)r->metric[0].pick.entry)->name, "accuracy") == 0);
    CU_ASSERT_STRING_EQUAL(((const yk_op *)r->loss[0].pick.entry)->name, "softmax_cross_entropy");
    const yk_optimizer *adam = r->optimizer.entry;
    CU_ASSERT_STRING_EQUAL(adam->name, "adam");
    CU_ASSERT(*(double *)((char *)r->optimizer.opts + adam->lr_offset) == 1e-3);
    CU_ASSERT_STRING_EQUAL(((const yk_schedule *)r->schedule.entry)->name, "constant");
    CU_ASSERT(r->clip.norm == 0 && r->clip.value == 0);
    CU_ASSERT(r->train_opts.steps == 120 && r->train_opts.epochs == 0);
    CU_ASSERT(r->train_opts.batch == 128 && r->train_opts.micro_batch == 16);
    CU_ASSERT(r->checkpoint.every.unit == YK_STEPS && r->checkpoint.every.count == 30 && r->checkpoint.keep == 3);
    CU_ASSERT(r->log.every.unit == YK_STEPS && r->log.every.count == 10);
    char where[YK_WHERE];
    CU_ASSERT_STRING_EQUAL(yk_recipe_metric_where(r, 0, where, sizeof where), "r.yaml:17:11");
    yk_recipe_destroy(&r);
    CU_ASSERT(r == NULL);
}

static void test_sections(void)
{
    static const struct {
        const char *label, *from, *to, *want; /* want: occurs in the recipe as run */
    } cases[] = {
        { "mapped fields", "train: mnist.h5:/train", "train: {file: a.h5, x: set_x, y: set_y}",
          "train: {file: a.h5, x: set_x, y: set_y}" },
        { "data in one word", "data:\n  train: mnist.h5:/train\n  dev: mnist.h5:/dev\n", "data: a.h5\n",
          "data: {train: a.h5, shuffle: full" },
        { "blocks of samples", "  dev:", "  shuffle: {block: 4096}\n  dev:", "shuffle: {block: 4096}" },
        { "no shuffle", "  dev:", "  shuffle: none\n  dev:", "shuffle: none" },
        { "normalize", "  dev:", "  normalize: true\n  dev:", "normalize: true" },
        { "normalize by numbers", "  dev:", "  normalize: {mean: [0.5, 1], std: [1e-3, 2]}\n  dev:", "std: [1e-3, 2]" },
        { "normalize by one number", "  dev:", "  normalize: {mean: 0.5, std: 2}\n  dev:", "{mean: 0.5, std: 2}" },
        { "memory", "  dev:", "  memory: 512MB\n  dev:", "memory: 512MB" },
        { "optimizer by name", "{adam: {lr: 1e-3}}", "adam", "adam: {lr: 1e-3, beta1: 0.9" },
        { "optimizer with one number", "{adam: {lr: 1e-3}}", "{sgd: 0.1}", "sgd: {lr: 0.1, momentum: 0" },
        { "schedule", "loss:", "schedule: {cosine: {warmup: 1 epoch}}\nloss:", "cosine: {warmup: 1 epoch" },
        { "clip", "loss:", "clip: 1.5\nloss:", "clip: {norm: 1.5, value: 0}" },
        { "all", "batch: 128, micro_batch: 16", "batch: all", "train: {steps: 120, batch: all}" },
        { "micro-batch", "batch: 128, micro_batch: 16", "batch: 96", "micro_batch: 32" },
        { "micro-batch of an odd batch", "batch: 128, micro_batch: 16", "batch: 209", "micro_batch: 19" },
        { "a metric alone", "[accuracy]", "accuracy", "metrics: [accuracy]" },
        { "metrics' defaults", "[accuracy]", "[accuracy, {top_k: 3}, f1]", "average: macro" },
        { "no metrics", "metrics: [accuracy]\n", "", "metrics: []" },
        { "no seed", "seed: 7\n", "", "seed: 0" },
        { "log", "loss:", "log: 1 steps\nloss:", "log: {every: 1 steps}" },
        { "layer's list", "maxpool2d: 2", "maxpool2d: [2, 2]", "maxpool2d: {size: [2, 2], stride: 0" },
        { "initialiser", "units: 120", "units: 120, init: {normal: 0.01}, bias_init: {constant: 1}",
          "init: {normal: {std: 0.01, mean: 0}}" },
        { "initialiser's default", "units: 120", "units: 120, init: normal", "init: {normal: {std: 0.05, mean: 0}}" },
        { "penalty", "units: 120", "units: 120, l2: 1e-4", "l2: 1e-4" },
        { "a loss as run", "softmax_cross_entropy", "huber", "huber: {delta: 1, target: y, weight: 1}" },
        { "a loss's first option", "softmax_cross_entropy", "{huber: 0.5}", "huber: {delta: 0.5, target: y" },
        { "weights of classes", "softmax_cross_entropy",
          "{softmax_cross_entropy: {class_weights: [1, 2, 1, 1, 1, 1, 1, 1, 1, 0.5], ignore: [255, -1]}}",
          "class_weights: [1, 2, 1, 1, 1, 1, 1, 1, 1, 0.5]" },
        { "several losses", "softmax_cross_entropy",
          "[softmax_cross_entropy, mean_squared_error: {from: dense_1, target: z, name: code, sample_weight: w}]",
          "mean_squared_error: {from: dense_1, target: z, name: code, sample_weight: w, weight: 1}" },
        { "penalty of all", "loss:", "regularize: {l1: 1e-5}\nloss:", "regularize: {l1: 1e-5, l2: 0}" },
        { "lr factor", "units: 120", "units: 120, lr_factor: 0.1, max_norm: 3", "lr_factor: 0.1, max_norm: 3" },
        { "one pattern", "loss:", "freeze: \"*_1\"\nloss:", "freeze: [\"*_1\"]" },
        { "patterns", "loss:", "freeze: [conv2d_1, \"dense*\"]\nloss:", "freeze: [conv2d_1, dense*]" },
        { "average", "loss:", "ema: 0.99\nloss:", "ema: {decay: 0.99}" },
        { "average's default", "loss:", "ema: {}\nloss:", "ema: {decay: 0.999}" },
        { "early stopping", "loss:", "early_stopping: 5\nloss:",
          "early_stopping: {patience: 5, monitor: loss, min_delta: 0, restore_best: false}" },
        { "init_from", "loss:", "init_from: runs/a\nloss:", "init_from: {run: runs/a, strict: false}" },
        { "init_from with a map", "loss:", "init_from: {run: runs/a, map: {\"b/*\": \"a/*\"}}\nloss:",
          "init_from: {run: runs/a, map: {b/*: a/*}, strict: false}" },
        { "plateau", "loss:", "schedule: {plateau: {monitor: accuracy}}\nloss:",
          "plateau: {monitor: accuracy, factor: 0.1, patience: 10" },
        { "milestones", "loss:", "schedule: {multistep: [30, 60]}\nloss:",
          "schedule: {multistep: {milestones: [30, 60], gamma: 0.1, every: 1 epoch, warmup: none}}" },
        { "share", "  - dense: 10",
          "  - dense: {units: 120, share: dense_1, activation: relu, from: flatten_1}\n  - dense: 10",
          "dense: {units: 120, share: dense_1, activation: relu, from: flatten_1, bias: true}" },
        { "flow style", "  - dropout: 0.3\n  - dense: 10\n", "  - {dropout: {rate: 0.3}}\n  - {dense: {units: 10}}\n",
          "dropout: {rate: 0.3}" },
        { "shapes", "data:\n  train: mnist.h5:/train\n  dev: mnist.h5:/dev\n",
          "input: {x: [28, 28, 1], y: {classes: 10}}\n", "input: {x: [28, 28, 1], y: {classes: 10}}" },
    };
    for (int i = 0; i < LEN(cases); i++) {
        char *text = edited(base_recipe, cases[i].from, cases[i].to), *run = NULL, *again = NULL;
        yk_recipe *r = NULL, *r2 = NULL;
        CU_ASSERT_FATAL(text != NULL);
        if (yk_recipe_parse(&r, "r.yaml", text, 0, NULL) != YK_OK) {
            FAIL_CASE(cases[i].label, "%s\n", yk_error_text());
        } else {
            MUST(yk_recipe_text(r, &run));
            if (!strstr(run, cases[i].want))
                FAIL_CASE(cases[i].label, "the recipe as run is\n%s\n", run);
            if (yk_recipe_parse(&r2, "run.yaml", run, 0, NULL) != YK_OK)
                FAIL_CASE(cases[i].label, "%s in\n%s\n", yk_error_text(), run);
            else
                MUST(yk_recipe_text(r2, &again));
            if (again && strcmp(run, again) != 0)
                FAIL_CASE(cases[i].label, "the recipe as run\n%s\nbecomes\n%s\n", run, again);
        }
        free(text);
        yk_free(run);
        yk_free(again);
        yk_recipe_destroy(&r);
        yk_recipe_destroy(&r2);
    }
}

static void test_errors(void)
{
    static const struct {
        const char *label, *from, *to, *want;
    } cases[] = {
        { "unknown section", "loss:", "los:", "r.yaml:16:1: a recipe has no key \"los\" (did you mean \"loss\"?)" },
        { "unknown attribute", "filters: 6", "filter: 6",
          "r.yaml:6:14: conv2d has no key \"filter\" (did you mean \"filters\"?); it has filters, kernel, stride" },
        { "unknown common attribute", "units: 120", "units: 120, l3: 1", "r.yaml:13:25: dense has no key \"l3\"" },
        { "no activation there", "- relu", "- relu: {activation: tanh}", "relu has no key \"activation\"" },
        { "unknown layer", "- flatten", "- flaten",
          "r.yaml:12:5: no layer is called \"flaten\" (did you mean \"flatten\"?)" },
        { "unknown optimizer", "adam:", "adan:", "r.yaml:18:13: " },
        { "unknown option", "lr: 1e-3", "rate: 1", "r.yaml:18:20: adam has no key \"rate\"" },
        { "unknown loss", "softmax_cross_entropy", "cross_entropy", "r.yaml:16:7: " },
        { "unknown key of a loss", "softmax_cross_entropy", "{huber: {dleta: 1}}",
          "r.yaml:16:16: huber has no key \"dleta\" (did you mean \"delta\"?)" },
        { "no losses", "softmax_cross_entropy", "[]", "r.yaml:16:7: loss: the list is empty" },
        { "no loss in a list", "softmax_cross_entropy", "[huber, relu]", "r.yaml:16:15: no loss is called \"relu\"" },
        { "a list of options", "softmax_cross_entropy", "[{huber: 1, hinge: 2}]",
          "r.yaml:16:8: one name with its options is expected" },
        { "two losses of one name", "softmax_cross_entropy", "[huber, hinge: {name: huber}]",
          "r.yaml:16:29: a second loss is called \"huber\" (the first: r.yaml:16:8)" },
        { "a loss of a layer that is not", "softmax_cross_entropy", "{huber: {from: dense_9}}",
          "r.yaml:16:22: from: no layer is called \"dense_9\"" },
        { "a loss of two layers", "softmax_cross_entropy", "{huber: {from: [dense_1, dense_2]}}",
          "r.yaml:16:22: from: the name of a layer is expected" },
        { "negative weight of a loss", "softmax_cross_entropy", "{huber: {weight: -1}}",
          "r.yaml:16:24: weight: \"-1\" is not a number >= 0" },
        { "no target", "softmax_cross_entropy", "{huber: {target: }}", "target: the name of a field is expected" },
        { "too many losses", "softmax_cross_entropy", "[huber, huber, huber, huber, huber, huber, huber, huber, hinge]",
          "loss: more than 8 losses" },
        { "too many fields", "softmax_cross_entropy",
          "[huber: {target: a, sample_weight: b}, huber: {target: c, sample_weight: d}, huber: {target: e, "
          "sample_weight: f}, huber: {target: g, sample_weight: h}]",
          "r.yaml:16:7: loss: 9 fields with x; 8 are possible" },
        { "a layer is no loss", "softmax_cross_entropy", "relu", "r.yaml:16:7: no loss is called \"relu\"" },
        { "unknown initialiser", "units: 120", "units: 120, init: xavier",
          "r.yaml:13:31: no initialiser is called \"xavier\"; there are zeros" },
        { "unknown activation", "activation: relu}\n  - max", "activation: rellu}\n  - max",
          "r.yaml:6:64: no activation is called \"rellu\" (did you mean \"relu\"?)" },
        { "flatten is no activation", "activation: relu}\n  - max", "activation: flatten}\n  - max", "no activation" },
        { "unknown key of data", "  dev:", "  test:", "r.yaml:4:3: data has no key \"test\"" },
        { "unknown key of train", "micro_batch", "microbatch", "did you mean \"micro_batch\"?" },
        { "unknown key of checkpoint", "keep", "kept", "r.yaml:20:31: checkpoint has no key \"kept\"" },
        { "wrong type", "units: 120", "units: many", "r.yaml:13:20: units: \"many\" is not a whole number >= 1" },
        { "wrong sign", "units: 120", "units: -3", "r.yaml:13:20: units: \"-3\" is not a whole number >= 1" },
        { "a map for a number", "units: 120", "units: {a: 1}", "r.yaml:13:20: units: a value is expected here" },
        { "a list for a number", "units: 120", "units: [1, 2]", "units: \"[1, 2]\" is not a whole number" },
        { "penalty's key", "loss:", "regularize: {l3: 1}\nloss:", "r.yaml:16:14: regularize has no key \"l3\"" },
        { "freeze is no map", "loss:", "freeze: {a: b}\nloss:", "r.yaml:16:9: freeze: a list of names is expected" },
        { "freeze of a list", "loss:", "freeze: [[a]]\nloss:", "r.yaml:16:10: freeze: a name is expected" },
        { "no patience", "loss:", "early_stopping: {monitor: loss}\nloss:", "early_stopping needs patience" },
        { "patience of 0", "loss:", "early_stopping: 0\nloss:", "patience: \"0\" is not a whole number >= 1" },
        { "early stopping without dev", "  dev: mnist.h5:/dev\n", "early_stopping: 5\n",
          "r.yaml:4:17: early_stopping watches a value of the dev split: give data.dev" },
        { "plateau without dev", "  dev: mnist.h5:/dev\n", "schedule: plateau\n",
          "r.yaml:4:11: plateau watches a value of the dev split: give data.dev" },
        { "average that never moves", "loss:", "ema: 1\nloss:", "decay: \"1\" is not a number >= 0 and < 1" },
        { "init_from nothing", "loss:", "init_from:\nloss:", "init_from" },
        { "init_from without run", "loss:", "init_from: {strict: true}\nloss:", "init_from needs run" },
        { "a map of nothing", "loss:", "init_from: {run: a, map: {}}\nloss:", "map: names here and there" },
        { "a map of one star",
          "loss:", "init_from: {run: a, map: {\"a*\": b}}\nloss:", "both have one *, or none has" },
        { "a map of two stars", "loss:", "init_from: {run: a, map: {\"*a*\": \"*b*\"}}\nloss:", "both have one *" },
        { "a map of lists", "loss:", "init_from: {run: a, map: {a: [b]}}\nloss:", "a name is expected" },
        { "share of nobody", "  - dense: 10", "  - dense: {units: 10, share: dens_1}",
          "r.yaml:15:31: share: no earlier layer is called \"dens_1\" (did you mean \"dense_1\"?)" },
        { "share of itself", "  - dense: 10", "  - dense: {units: 10, name: a, share: a}",
          "no earlier layer is called \"a\"" },
        { "share of two", "  - dense: 10", "  - dense: {units: 10, share: [a, b]}", "share: the name of a layer" },
        { "share and init", "  - dense: 10", "  - dense: {units: 10, share: dense_1, init: zeros}",
          "dense has no key \"init\"; it has units, bias, name, from, share, activation" },
        { "share of a layer without parameters", "- relu", "- relu: {share: a}", "relu has no key \"share\"" },
        { "lr factor of 0", "units: 120", "units: 120, lr_factor: 0", "lr_factor: \"0\" is not a number > 0" },
        { "two constraints", "units: 120", "units: 120, max_norm: 1, unit_norm: true",
          "unit_norm and max_norm are given" },
        { "too many milestones",
          "loss:", "schedule: {multistep: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13]}\nloss:", "milestones: " },
        { "wrong rate", "dropout: 0.3", "dropout: 1.5", "r.yaml:14:14: rate: \"1.5\"" },
        { "wrong period", "30 steps", "30 stepps", "r.yaml:20:21: every: \"30 stepps\"" },
        { "wrong seed", "seed: 7", "seed: -1", "r.yaml:1:7: seed: \"-1\" is not a whole number >= 0" },
        { "wrong shuffle", "  dev:", "  shuffle: some\n  dev:", "r.yaml:4:12: " },
        { "shuffle's key", "  dev:", "  shuffle: {blocks: 5}\n  dev:", "did you mean \"block\"?" },
        { "wrong normalize", "  dev:", "  normalize: yes\n  dev:", "r.yaml:4:14: normalize: true, false or {mean" },
        { "mean and std differ",
          "  dev:", "  normalize: {mean: [1, 2], std: [1]}\n  dev:", "2 numbers in mean, but 1 in std" },
        { "std of 0", "  dev:", "  normalize: {mean: 1, std: 0}\n  dev:", "std: \"0\" is not a number > 0" },
        { "wrong memory", "  dev:", "  memory: much\n  dev:", "memory: \"much\" is not a size like 512MB" },
        { "data without train", "  train: mnist.h5:/train\n", "", "data needs train" },
        { "source without file", "train: mnist.h5:/train", "train: {x: a}", "r.yaml:3:10: train needs file" },
        { "required attribute", "units: 120, ", "", "r.yaml:13:12: dense needs units (" },
        { "required attribute of a word", "dense: 10", "dense", "r.yaml:15:5: dense needs units" },
        { "value where none is taken", "- relu", "- relu: 5", "r.yaml:10:11: relu takes no value" },
        { "two keys in a layer", "- dense: 10", "- dense:\n    units: 10",
          "r.yaml:15:5: a layer is one key with its attributes below it" },
        { "a list as a layer", "- relu", "- [relu]", "r.yaml:10:5: a layer is expected here" },
        { "an empty layer", "- relu", "-", "a layer is expected here" },
        { "duplicate name", "- relu", "- relu: {name: flatten_1}",
          "r.yaml:12:5: a second layer is called \"flatten_1\" (the first: r.yaml:10:5)" },
        { "bad name", "- relu", "- relu: {name: a.b}", "r.yaml:10:18: \"a.b\" cannot be a name" },
        { "reserved name", "- relu", "- relu: {name: input}", "\"input\" cannot be a layer's name" },
        { "missing from", "- relu", "- relu: {from: nowhere}",
          "r.yaml:10:18: from: no layer is called \"nowhere\"; earlier are batchnorm_1, conv2d_2" },
        { "near from", "- relu", "- relu: {from: batchnorm1}", "did you mean \"batchnorm_1\"?" },
        { "from itself", "- relu", "- relu: {name: a, from: a}", "r.yaml:10:27: from: \"a\" is this layer itself" },
        { "from later", "- relu", "- relu: {from: flatten_1}",
          "r.yaml:10:18: from: \"flatten_1\" comes later (line 12); a layer takes what earlier ones give" },
        { "from a map", "- relu", "- relu: {from: {a: 1}}", "from: the name of a layer is expected" },
        { "too many inputs", "- relu", "- relu: {from: [conv2d_1, conv2d_2]}",
          "r.yaml:10:18: relu takes 1 input, not 2" },
        { "too few inputs", "- relu", "- add", "r.yaml:10:5: add takes 2 or more inputs; name them" },
        { "from nine", "- relu", "- add: {from: [a, a, a, a, a, a, a, a, a]}", "a list of 1 to 8 names" },
        { "model is missing", "model:", "blocks:", "blocks: names with their layers are expected" },
        { "steps and epochs", "steps: 120", "steps: 120, epochs: 3",
          "r.yaml:19:29: train: steps and epochs are given" },
        { "neither", "steps: 120, ", "", "r.yaml:19:8: train needs steps or epochs" },
        { "no batch", "batch: 128, micro_batch: 16", "micro_batch: 16", "train needs batch" },
        { "batch 0", "batch: 128", "batch: 0", "r.yaml:19:28: batch: \"0\" is not a whole number >= 1, or `all`" },
        { "micro-batch does not divide", "micro_batch: 16", "micro_batch: 17",
          "r.yaml:19:46: train: a batch of 128 samples cannot be cut into micro-batches of 17; 16 and 32 divide it" },
        { "micro-batch too large", "micro_batch: 16", "micro_batch: 500", "micro-batches of 500; 128 divides it" },
        { "optimizer is a list", "{adam: {lr: 1e-3}}", "[adam]", "optimizer: one name with its options is expected" },
        { "two optimizers", "{adam: {lr: 1e-3}}", "{adam: 1, sgd: 1}", "one name with its options" },
        { "a metric's option", "[accuracy]", "[accuracy, {top_k: {n: 3}}]", "top_k has no key \"n\"" },
        { "a metric without options", "[accuracy]", "{accuracy: 1}", "accuracy takes no value" },
        { "two metrics in one map", "[accuracy]", "[{top_k: 3, f1: {}}]", "r.yaml:17:11: one name with its options" },
        { "an unknown metric", "[accuracy]", "[accuracy, top-k]", "r.yaml:17:21: no metric is called \"top-k\" (did" },
        { "nine metrics", "[accuracy]", "[f1, f1, f1, f1, f1, f1, f1, f1, f1]", "metrics: a list of up to 8" },
        { "data and input", "loss:", "input: {x: 1, y: 1}\nloss:", "a recipe has data or input" },
        { "twice", "seed: 7", "seed: 7\nseed: 8", "r.yaml:2:1: the key \"seed\" is here twice" },
    };
    for (int i = 0; i < LEN(cases); i++) {
        char *text = edited(base_recipe, cases[i].from, cases[i].to);
        yk_recipe *r = NULL;
        CU_ASSERT_FATAL(text != NULL);
        yk_status status = yk_recipe_parse(&r, "r.yaml", text, 0, NULL);
        if (status != YK_ERR_RECIPE || r || !strstr(yk_error_text(), cases[i].want))
            FAIL_CASE(cases[i].label, "status %d, %s\n", status, status ? yk_error_text() : "");
        free(text);
        yk_recipe_destroy(&r);
    }
}

static void test_missing_sections(void)
{
    static const struct {
        const char *text, *want;
    } cases[] = {
        { "", "r.yaml: the recipe is empty" },
        { "# nothing\n", "r.yaml: the recipe is empty" },
        { "- a\n", "r.yaml: a recipe is a map of keys" },
        { "seed: 1\n", "r.yaml: a recipe needs `model:`" },
        { "model: []\n", "r.yaml:1:8: model: it is empty; a list of layers is expected" },
        { "model:\n", "r.yaml:1:1: model: it is empty" },
        { "seed: 1\nmodel:\n  - relu\n  -\n", "r.yaml:3:5: a layer is expected here" },
        { "model: relu\n", "r.yaml:1:8: model: a list of layers is expected" },
        { "model: {relu: {}}\n", "r.yaml:1:8: model: a list of layers is expected" },
        { "model: [relu]\n", "r.yaml: a recipe needs `loss:`" },
        { "model: [relu]\nloss: mean_squared_error\n", "r.yaml: a recipe needs `optimizer:`" },
        { "model: [relu]\nloss: mean_squared_error\noptimizer: adam\n", "r.yaml: a recipe needs `train:`" },
        { "model: [relu]\nloss: mean_squared_error\noptimizer: adam\ntrain: {steps: 1, batch: 1}\n",
          "r.yaml: a recipe needs `data:`" },
        { "model: [relu]\nloss: mean_squared_error\noptimizer: adam\ntrain:\ndata: a.h5\n",
          "train needs steps or epochs" },
        { "input: {y: [4]}\n", "r.yaml:1:8: input needs x" },
        { "input: {x: [4], y: {clases: 3}}\n", "did you mean \"classes\"?" },
        { "input: {x: [1, 2, 3, 4, 5, 6], y: 1}\n", "x: a sample has at most 5 dimensions" },
        { "input: {x: [0], y: 1}\n", "x: \"[0]\" is neither" },
    };
    for (int i = 0; i < LEN(cases); i++) {
        yk_recipe *r = NULL;
        yk_status status = yk_recipe_parse(&r, "r.yaml", cases[i].text, 0, NULL);
        if (status != YK_ERR_RECIPE || !strstr(yk_error_text(), cases[i].want))
            FAIL_CASE(cases[i].text, "status %d, %s\n", status, status ? yk_error_text() : "");
        yk_recipe_destroy(&r);
    }
}

static void test_overrides(void)
{
    static const struct {
        const char *label, *override, *want; /* of the recipe as run; with "!" of the error */
    } cases[] = {
        { "real", "optimizer.adam.lr=1e-2", "adam: {lr: 1e-2, " },
        { "blank", "checkpoint.every=3 steps", "every: 3 steps" },
        { "steps", "train.steps=6", "train: {steps: 6, batch" },
        { "epochs for steps", "train.epochs=2", "train: {batch: 128, micro_batch: 16, epochs: 2}" },
        { "another optimizer", "optimizer=adamw", "optimizer: {adamw: {lr: 1e-3" },
        { "another optimizer with options", "optimizer={sgd: {lr: 0.1}}", "optimizer: {sgd: {lr: 0.1, momentum: 0" },
        { "an option of another optimizer", "optimizer.sgd.lr=0.1", "optimizer: {sgd: {lr: 0.1, momentum: 0" },
        { "of a section that is not there", "schedule.cosine.warmup=1 epoch", "schedule: {cosine: {warmup: 1 epoch" },
        { "data", "data.train=other.h5", "data: {train: other.h5, dev: mnist.h5:/dev" },
        { "a field", "data.train.y=labels", "train: {file: mnist.h5:/train, y: labels}" },
        { "a layer by number", "model.8.units=5", "units: 5, activation: relu" },
        { "a layer by name", "model.dense_2.units=7", "dense: {units: 7, bias: true" },
        { "a name for a layer", "model.dropout_1.name=drop", "dropout: {rate: 0.3, name: drop}" },
        { "metrics", "metrics=[]", "metrics: []" },
        { "unknown key", "optimizer.adam.rate=1",
          "!-o optimizer.adam.rate: adam has no key \"rate\"; it has lr, beta1" },
        { "unknown near key", "train.step=1", "!-o train.step: train has no key \"step\" (did you mean \"steps\"?)" },
        { "unknown section", "optimiser.adam.lr=1",
          "!a recipe has no key \"optimiser\" (did you mean \"optimizer\"?)" },
        { "wrong type", "train.batch=lots", "!-o train.batch: batch: \"lots\" is not a whole number" },
        { "a map for a number", "train.batch.x=1", "!r.yaml:19:28: batch: \"...\" is not a whole number" },
        { "no value", "train.batch", "!-o train.batch: a value is missing" },
        { "empty value", "train.batch=", "!-o train.batch: batch: \"\" is not" },
        { "does not divide", "train.batch=100",
          "!train: a batch of 100 samples cannot be cut into micro-batches of 16" },
        { "no such layer", "model.dense_9.units=1",
          "!-o model.dense_9.units: nothing in the list is called \"dense_9\"" },
        { "unknown attribute of a layer", "model.dense_2.unit=1", "!did you mean \"units\"?" },
        { "through a word", "loss.x=1", "!loss" },
        { "option of a loss", "loss.softmax_cross_entropy.label_smoothing=0.1", "label_smoothing: 0.1" },
        { "seed is a number", "seed.x=1", "!seed: a value is expected here, not a map of keys" },
    };
    for (int i = 0; i < LEN(cases); i++) {
        yk_recipe *r = NULL;
        char *text = NULL;
        yk_status status = yk_recipe_parse(&r, "r.yaml", base_recipe, 1, &cases[i].override);
        if (cases[i].want[0] == '!') {
            if (status != YK_ERR_RECIPE || !strstr(yk_error_text(), cases[i].want + 1))
                FAIL_CASE(cases[i].label, "status %d, %s\n", status, status ? yk_error_text() : "");
        } else if (status != YK_OK) {
            FAIL_CASE(cases[i].label, "%s\n", yk_error_text());
        } else {
            MUST(yk_recipe_text(r, &text));
            if (!strstr(text, cases[i].want))
                FAIL_CASE(cases[i].label, "the recipe as run is\n%s\n", text);
        }
        yk_free(text);
        yk_recipe_destroy(&r);
    }
    yk_recipe *r = NULL;
    const char *both[] = { "train.steps=1", "train.epochs=1" };
    CU_ASSERT(yk_recipe_parse(&r, "r.yaml", base_recipe, 2, both) == YK_ERR_RECIPE);
    CU_ASSERT(strstr(yk_error_text(), "-o train.epochs: train: steps and epochs are given") != NULL);
}

static void test_may_change(void)
{
    static const struct {
        const char *override;
        bool may;
    } cases[] = {
        { "train.steps=5", true },
        { "train.epochs=5", true },
        { "checkpoint.every=1 epoch", true },
        { "checkpoint=none", true },
        { "log.every=1 steps", true },
        { "train.batch=5", false },
        { "train.stepsize=5", false },
        { "optimizer.adam.lr=1", false },
        { "logs=5", false },
        { "train={steps: 5}", false },
        { "seed=5", false },
        { "", false },
    };
    for (int i = 0; i < LEN(cases); i++)
        if ((yk_recipe_may_change(cases[i].override) == YK_OK) != cases[i].may)
            FAIL_CASE(cases[i].override, "should be %s\n", cases[i].may ? "allowed" : "refused");
    CU_ASSERT(yk_recipe_may_change("seed=5") == YK_ERR_RECIPE);
    CU_ASSERT(strncmp(yk_error_text(), "-o seed: a run that is resumed can only change", 46) == 0);
}

static void test_batch(void)
{
    static const struct {
        const char *label, *to;
        int64_t samples, batch, micro; /* batch 0: an error */
        const char *want;
    } cases[] = {
        { "as given", "batch: 128, micro_batch: 16", 1000, 128, 16, "" },
        { "default", "batch: 100", 1000, 100, 25, "" },
        { "prime", "batch: 37", 1000, 37, 1, "" },
        { "small", "batch: 7", 7, 7, 7, "" },
        { "all", "batch: all", 209, 209, 19, "" },
        { "all, given", "batch: all, micro_batch: 11", 209, 209, 11, "" },
        { "all does not divide", "batch: all, micro_batch: 10", 209, 0, 0, "batch of 209 samples cannot be cut" },
        { "more than there are", "batch: 128", 100, 0, 0,
          "r.yaml:19:28: train: a batch of 128 samples is more than the 100" },
        { "none", "batch: all", 0, 0, 0, "`batch: all` needs data" },
    };
    for (int i = 0; i < LEN(cases); i++) {
        char *text = edited(base_recipe, "batch: 128, micro_batch: 16", cases[i].to);
        yk_recipe *r = NULL;
        int64_t batch = 0, micro = 0;
        MUST(yk_recipe_parse(&r, "r.yaml", text, 0, NULL));
        yk_status status = yk_recipe_batch(r, cases[i].samples, &batch, &micro);
        bool good = cases[i].batch ? status == YK_OK && batch == cases[i].batch && micro == cases[i].micro
                                   : status == YK_ERR_RECIPE && strstr(yk_error_text(), cases[i].want);
        if (!good)
            FAIL_CASE(cases[i].label, "%d %d, %s\n", (int)batch, (int)micro, status ? yk_error_text() : "");
        free(text);
        yk_recipe_destroy(&r);
    }
}

static void test_files(void)
{
    char path[] = "/tmp/yk_recipe_XXXXXX";
    close(mkstemp(path));
    yk_recipe *r = NULL;
    CU_ASSERT(yk_recipe_read(&r, "/nosuch/r.yaml", 0, NULL) == YK_ERR_IO);
    CU_ASSERT(strstr(yk_error_text(), "/nosuch/r.yaml: ") != NULL);
    CU_ASSERT(yk_recipe_read(&r, "/tmp", 0, NULL) == YK_ERR_IO);
    FILE *file = fopen(path, "w");
    fputs(base_recipe, file);
    fclose(file);
    MUST(yk_recipe_read(&r, path, 0, NULL));
    yk_recipe_destroy(&r);
    file = fopen(path, "w");
    fwrite("a: 1\0b", 1, 6, file);
    fclose(file);
    CU_ASSERT(yk_recipe_read(&r, path, 0, NULL) == YK_ERR_RECIPE);
    file = fopen(path, "w");
    for (int i = 0; i < (1 << 20) + 1; i++)
        fputc(' ', file);
    fclose(file);
    CU_ASSERT(yk_recipe_read(&r, path, 0, NULL) == YK_ERR_RECIPE);
    unlink(path);
}

static void test_out_of_memory(void)
{
    static const char *const overrides[] = { "optimizer.sgd.lr=0.1", "model.dense_2.units=7" };
    char *text = edited(base_recipe, "loss:", "blocks: {twice: {with: {n: 3}, layers: [dropout: $n]}}\nloss:");
    char *blocks = edited(text, "- relu", "- block: {repeat: 2, layers: [relu, add: {from: [in, relu_1]}]}");
    int64_t live = yk_mem_live();
    yk_status status = YK_ERR_NOMEM;
    int64_t n = 1;
    for (; status == YK_ERR_NOMEM && n < 5000; n++) {
        yk_recipe *r = NULL;
        yk_mem_fail_at(n);
        status = yk_recipe_parse(&r, "r.yaml", blocks, 2, overrides);
        yk_mem_fail_at(0);
        if (status != YK_ERR_NOMEM && status != YK_OK)
            FAIL_CASE("status", "%s\n", yk_error_text());
        yk_recipe_destroy(&r);
        CU_ASSERT_FATAL(yk_mem_live() == live);
    }
    CU_ASSERT(status == YK_OK && n > 100);
    free(text);
    free(blocks);
}

/* Random changes: an error or a recipe that is written back to the same, never a crash, never a leak. */
static void test_mutations(void)
{
    static const char *const words[] = { "{",     "}",      "[",         "]",   ": ",   ", ",   "-",       "\n",
                                         " ",     "$",      "$n",        "1e9", "0",    "-1",   "name: a", "from: in",
                                         "block", "layers", "repeat: 9", "add", "relu", "\"",   "model",   "with",
                                         "x",     "all",    "none",      "{}",  "[]",   "input" };
    char *base =
        edited(base_recipe, "loss:", "blocks: {b: {with: {n: 3}, layers: [dense: $n, relu: {from: in}]}}\nloss:");
    int64_t live = yk_mem_live();
    uint32_t state = 7;
    for (int round = 0; round < 3000; round++) {
        char text[4096];
        strcpy(text, base);
        for (int k = 0; k < 1 + round % 3; k++) {
            state = state * 1664525u + 1013904223u;
            size_t length = strlen(text), at = (state >> 8) % length;
            state = state * 1664525u + 1013904223u;
            const char *word = words[(state >> 8) % (uint32_t)LEN(words)];
            size_t n = strlen(word), over = (state >> 20) % 2 ? n : 0;
            if (at + over > length)
                over = 0;
            memmove(text + at + n, text + at + over, length - at - over + 1);
            memcpy(text + at, word, n);
        }
        yk_recipe *a = NULL, *b = NULL;
        char *run = NULL, *again = NULL;
        if (yk_recipe_parse(&a, "r.yaml", text, 0, NULL) == YK_OK) {
            MUST(yk_recipe_text(a, &run));
            if (yk_recipe_parse(&b, "run.yaml", run, 0, NULL) != YK_OK)
                FAIL_CASE(text, "%s in\n%s\n", yk_error_text(), run);
            else
                MUST(yk_recipe_text(b, &again));
            if (again && strcmp(run, again) != 0)
                FAIL_CASE(text, "%s\nbecame\n%s\n", run, again);
        } else {
            CU_ASSERT(strchr(yk_error_text(), '\n') == NULL && strncmp(yk_error_text(), "r.yaml:", 7) == 0);
        }
        yk_free(run);
        yk_free(again);
        yk_recipe_destroy(&a);
        yk_recipe_destroy(&b);
    }
    free(base);
    CU_ASSERT(yk_mem_live() == live);
}

int main(void)
{
    static const yk_test tests[] = {
        { "values", test_values },
        { "sections", test_sections },
        { "errors", test_errors },
        { "missing sections", test_missing_sections },
        { "overrides", test_overrides },
        { "what a resumed run may change", test_may_change },
        { "batch", test_batch },
        { "files", test_files },
        { "out of memory", test_out_of_memory },
        { "mutations", test_mutations },
        { NULL, NULL },
    };
    return yk_test_main("model/recipe", tests);
}
