/* SPDX-License-Identifier: Apache-2.0 */
/* Reading and writing YAML: places, errors with line and column, text that parses back, hostile input. */
#include <stdlib.h>
#include <unistd.h>

#include "test.h"
#include "core/error.h"
#include "core/mem.h"
#include "model/node.h"

static void test_places(void)
{
    yk_yaml *root = NULL;
    MUST(yk_yaml_parse(&root, "r.yaml", "seed: 1\nmodel:\n  - dense: {units: 10}\n  - relu\n"));
    yk_yaml *model = yk_yaml_get(root, "model");
    CU_ASSERT_FATAL(model && model->kind == YK_NODE_LIST && yk_yaml_count(model) == 2);
    yk_yaml *units = yk_yaml_get(yk_yaml_get(model->child, "dense"), "units");
    char where[YK_WHERE];
    CU_ASSERT_FATAL(units != NULL);
    CU_ASSERT_STRING_EQUAL(units->text, "10");
    CU_ASSERT_STRING_EQUAL(yk_yaml_where(units, where, sizeof where), "r.yaml:3:20");
    CU_ASSERT(units->key_line == 3 && units->key_column == 13);
    CU_ASSERT_STRING_EQUAL(yk_yaml_where(model->child->next, where, sizeof where), "r.yaml:4:5");
    CU_ASSERT(yk_yaml_get(root, "nothing") == NULL);
    yk_yaml_destroy(&root);
    CU_ASSERT(root == NULL);
}

static void test_errors(void)
{
    static const struct {
        const char *label, *text, *want;
    } cases[] = {
        { "unclosed list", "a: [1, 2\nb: 3\n", "r.yaml:3:1: flow sequence without a closing bracket" },
        { "tab", "a:\n\tb: 1\n", "r.yaml:2:" },
        { "two colons", "a: b: c\n", "r.yaml:1:" },
        { "twice", "a: 1\nb: 2\na: 3\n", "r.yaml:3:1: the key \"a\" is here twice; the first is in line 1" },
        { "twice in flow", "x: {a: 1, a: 2}\n", "r.yaml:1:11: the key \"a\" is here twice" },
        { "no key", "\"\": 1\n", "r.yaml:1:1: a key is missing here" },
        { "key is a list", "[1]: 2\n", "r.yaml:1:1: a key must be a plain word" },
        { "anchor", "a: &x 1\n", "r.yaml:1:7: anchors" },
        { "alias", "a: *x\n", "r.yaml:1:4: anchors" },
        { "tag", "a: !!int 1\n", "tags (!name) are not read" },
        { "two documents", "a: 1\n---\nb: 2\n", "r.yaml:2:1: a second document" },
        { "bad byte", "a: \xff\n", "r.yaml:1:4: the byte 0xff is not text in UTF-8" },
        { "control byte", "a: \x01\n", "r.yaml:1:4: the byte 0x01" },
        { "surrogate", "a: 1\nb: \xed\xa0\x80\n", "r.yaml:2:4: the byte 0xed" },
        { "quotes in a row", "a: ''''''''''''e'\n", "r.yaml:1:7: more than 3 quotes in a row" },
        { "directive", "a: 1\n%YAML 1.1\n", "r.yaml:2:1: directives" },
        { "zero in quotes", "a: \"x\\0y\"\n", "r.yaml:1:4: a text holds a zero byte" },
        { "open quote", "a: \"x\n", "r.yaml:" },
    };
    for (int i = 0; i < LEN(cases); i++) {
        yk_yaml *root = NULL;
        yk_status status = yk_yaml_parse(&root, "r.yaml", cases[i].text);
        if (status != YK_ERR_RECIPE || root || !strstr(yk_error_text(), cases[i].want))
            FAIL_CASE(cases[i].label, "status %d: %s\n", status, status ? yk_error_text() : "");
        yk_yaml_destroy(&root);
    }
}

static void repeat(char *text, const char *piece, int n)
{
    *text = '\0';
    for (char *at = text; n--; at += strlen(piece))
        memcpy(at, piece, strlen(piece) + 1);
}

static void test_limits(void)
{
    static const struct {
        const char *label, *piece, *tail;
        int n;
        const char *want;
    } cases[] = {
        { "flow lists", "[", "", 5000, "r.yaml:" },
        { "flow maps", "{a: ", "", 5000, "r.yaml:" },
        { "block lists", "- ", "x\n", 5000, "levels" },
        { "closed", "- ", "x\n", 70, "more than 64 levels" },
        { "long key", "k", ": 1\n", 200, "a key of 200 bytes" },
        { "question marks", "? ", "\n", 3000, "r.yaml:" },
    };
    char *text = malloc(1 << 16);
    for (int i = 0; i < LEN(cases); i++) {
        yk_yaml *root = NULL;
        repeat(text, cases[i].piece, cases[i].n);
        strcat(text, cases[i].tail);
        yk_status status = yk_yaml_parse(&root, "r.yaml", text);
        if (status != YK_ERR_RECIPE || !strstr(yk_error_text(), cases[i].want))
            FAIL_CASE(cases[i].label, "status %d: %s\n", status, status ? yk_error_text() : "");
        yk_yaml_destroy(&root);
    }
    char *at = text;
    for (int i = 0; i < 1001; i++)
        at += sprintf(at, "k%d: 1\n", i);
    yk_yaml *root = NULL;
    CU_ASSERT(yk_yaml_parse(&root, "r.yaml", text) == YK_ERR_RECIPE);
    CU_ASSERT(strstr(yk_error_text(), "more than 1000 keys") != NULL);
    free(text);
}

static bool same(const yk_yaml *a, const yk_yaml *b)
{
    if (!a || !b)
        return a == b;
    if (a->kind != b->kind || (a->text ? strcmp(a->text, b->text) : b->text != NULL) ||
        (a->key ? strcmp(a->key, b->key) : b->key != NULL))
        return false;
    const yk_yaml *x = a->child, *y = b->child;
    for (; x && y; x = x->next, y = y->next)
        if (!same(x, y))
            return false;
    return x == y;
}

static void test_written_text_parses_back(void)
{
    static const char *const texts[] = {
        "a: 1\n",
        "",
        "- 1\n- 2\n",
        "a: {}\nb: []\nc:\n",
        "a: \"\"\nb: ' x '\nc: \"x: y\"\nd: \"#5\"\ne: \"x #5\"\nf: \"- 1\"\ng: -1\nh: \"-\"\ni: \"a, b\"\n",
        "a: \"tab\\there\\nline \\\"q\\\" \\\\ \\x01 \\x7f \\u0085 \\u2028 \\ufeff \xc3\xa4 \xe2\x82\xac "
        "\xf0\x9f\x90\x82\"\n",
        "a: |\n  text\n  more\nb: >\n  folded\n  text\n",
        "\"key: strange\": 1\n\"a, b\": {\"#x\": [1, \"\"]}\n",
        "model:\n  - conv2d: {filters: 6, kernel: [5, 5], padding: same, activation: relu, bias: true, init: {normal: "
        "{std: 0.1}}, l2: 1e-4, l1: 0}\n  - flatten\n  - dense: 10\n  -\n    - nested\n    - [list, {a: b}]\n",
        "a: \"\\x27\\x27\\x27\\x27\"\nb: \"x\\x27\\x27\\x27\\x27y\"\nc: it's\n",
        "a: ---\nb: '...'\nc: 'true'\nd: ~\ne: x:y\nf: mnist.h5:/train\n",
    };
    for (int i = 0; i < LEN(texts); i++) {
        yk_yaml *a = NULL, *b = NULL, *copy = NULL;
        char *text = NULL;
        MUST(yk_yaml_parse(&a, "a.yaml", texts[i]));
        MUST(yk_yaml_text(a, &text));
        if (yk_yaml_parse(&b, "b.yaml", text) != YK_OK)
            FAIL_CASE(texts[i], "%s\n%s\n", yk_error_text(), text);
        else if (!same(a, b))
            FAIL_CASE(texts[i], "became\n%s\n", text);
        MUST(yk_yaml_copy(&copy, a));
        CU_ASSERT(same(a, copy));
        yk_free(text);
        yk_yaml_destroy(&a);
        yk_yaml_destroy(&b);
        char where[YK_WHERE];
        yk_yaml_where(copy, where, sizeof where);
        CU_ASSERT(strncmp(where, "a.yaml:", 7) == 0);
        yk_yaml_destroy(&copy);
    }
}

static void test_readable(void)
{
    yk_yaml *root = NULL;
    char *text = NULL;
    const char *want = "seed: 1\n"
                       "model:\n"
                       "  - conv2d: {filters: 6, kernel: [5, 5]}\n"
                       "  - relu\n"
                       "train: {steps: 5, batch: 8}\n";
    MUST(yk_yaml_parse(&root, "r.yaml", want));
    MUST(yk_yaml_text(root, &text));
    CU_ASSERT_STRING_EQUAL(text, want);
    yk_free(text);
    yk_yaml_destroy(&root);
}

static void test_override(void)
{
    static const char base[] = "seed: 1\n"
                               "model:\n"
                               "  - dense: {units: 10}\n"
                               "  - relu\n"
                               "  - dropout: 0.5\n"
                               "  - dense: {units: 10, name: head}\n"
                               "  - maxpool2d: [2, 2]\n"
                               "optimizer: adam\n";
    static const struct {
        const char *label, *path, *value, *want; /* want: occurs in the text that is written; with "!" the message */
    } cases[] = {
        { "scalar", "seed", "7", "seed: 7\n" },
        { "made on the way", "train.steps", "5", "train: {steps: 5}" },
        { "two levels", "a.b.c", "[1, 2]", "a: {b: {c: [1, 2]}}" },
        { "a name becomes a map", "optimizer.adam.lr", "1e-3", "optimizer: {adam: {lr: 1e-3}}" },
        { "blank", "checkpoint.every", "3 steps", "checkpoint: {every: 3 steps}" },
        { "nothing", "seed", "", "seed: \"\"" },
        { "number and kind", "model.1.dense.units", "5", "dense: {units: 5}" },
        { "number and attribute", "model.1.units", "5", "dense: {units: 5}" },
        { "name of a layer", "model.head.units", "5", "dense: {units: 5, name: head}" },
        { "automatic name", "model.dense_1.units", "5", "dense: {units: 5}" },
        { "scalar layer", "model.relu_1.name", "r", "relu: {name: r}" },
        { "first option", "model.dropout_1.name", "d", "dropout: {\"\": 0.5, name: d}" },
        { "first option is a list", "model.5.stride", "1", "maxpool2d: {\"\": [2, 2], stride: 1}" },
        { "whole element", "model.2", "tanh", "- tanh\n" },
        { "value of a named layer", "model.dropout_1", "0.3", "dropout: 0.3\n" },
        { "no such number", "model.9.units", "5", "!-o model.9.units: there is no number 9 in a list of 5" },
        { "no such layer", "model.nosuch.units", "5",
          "!-o model.nosuch.units: nothing in the list is called \"nosuch\"" },
        { "empty part", "a..b", "5", "!-o a..b: a part of the path is empty" },
        { "empty path", "", "5", "!a part of the path is empty" },
        { "not YAML", "seed", "[1", "!-o seed:" },
    };
    for (int i = 0; i < LEN(cases); i++) {
        yk_yaml *root = NULL;
        char *text = NULL;
        MUST(yk_yaml_parse(&root, "r.yaml", base));
        yk_status status = yk_yaml_override(root, cases[i].path, cases[i].value);
        if (cases[i].want[0] == '!') {
            if (status != YK_ERR_RECIPE || !strstr(yk_error_text(), cases[i].want + 1))
                FAIL_CASE(cases[i].label, "%d: %s\n", status, status ? yk_error_text() : "");
        } else if (status != YK_OK) {
            FAIL_CASE(cases[i].label, "%s\n", yk_error_text());
        } else {
            MUST(yk_yaml_text(root, &text));
            if (!strstr(text, cases[i].want))
                FAIL_CASE(cases[i].label, "gave\n%s", text);
        }
        yk_free(text);
        yk_yaml_destroy(&root);
    }
}

static void test_override_place(void)
{
    yk_yaml *root = NULL;
    char where[YK_WHERE];
    MUST(yk_yaml_parse(&root, "r.yaml", "optimizer: adam\n"));
    MUST(yk_yaml_override(root, "optimizer.adam.rate", "[1, 2]"));
    yk_yaml *rate = yk_yaml_get(yk_yaml_get(yk_yaml_get(root, "optimizer"), "adam"), "rate");
    CU_ASSERT_STRING_EQUAL(yk_yaml_where(rate, where, sizeof where), "-o optimizer.adam.rate");
    CU_ASSERT_STRING_EQUAL(yk_yaml_where(rate->child, where, sizeof where), "-o optimizer.adam.rate");
    CU_ASSERT(yk_yaml_overridden(rate));
    yk_yaml_destroy(&root);
}

static void test_out_of_memory(void)
{
    int64_t live = yk_mem_live();
    yk_status status = YK_ERR_NOMEM;
    for (int64_t n = 1; status == YK_ERR_NOMEM && n < 1000; n++) {
        yk_yaml *root = NULL, *copy = NULL;
        char *text = NULL;
        yk_mem_fail_at(n);
        status = yk_yaml_parse(&root, "r.yaml", "model:\n  - dense: {units: [1, 2]}\n  - relu\nopt: adam\n");
        if (status == YK_OK)
            status = yk_yaml_override(root, "opt.adam.lr", "[1, 2]");
        if (status == YK_OK)
            status = yk_yaml_override(root, "model.2.name", "r");
        if (status == YK_OK)
            status = yk_yaml_copy(&copy, root);
        if (status == YK_OK)
            status = yk_yaml_text(copy, &text);
        yk_mem_fail_at(0);
        yk_free(text);
        yk_yaml_destroy(&root);
        yk_yaml_destroy(&copy);
        CU_ASSERT(yk_mem_live() == live);
    }
    CU_ASSERT(status == YK_OK);
}

/* Random changes of a recipe's bytes: no crash, nothing leaked, and what is accepted is written back to the same. */
static void test_mutations(void)
{
    static const char seed[] = "seed: 7\ndata: {train: \"m.h5:/train\", x: [1, 2]}\nmodel:\n  - conv2d: {filters: 6}\n"
                               "  - relu\n  - b: |\n      text\nloss: 'x'\n";
    static const char bytes[] = "{}[]:,-?&*!|>'\"%@` \n\t#ab1\\~\xc3\xa4\xff\x01";
    int64_t live = yk_mem_live();
    uint32_t state = 1;
    for (int round = 0; round < 20000; round++) {
        char text[sizeof seed];
        memcpy(text, seed, sizeof seed);
        for (int k = 0; k < 1 + round % 5; k++) {
            state = state * 1664525u + 1013904223u;
            uint32_t at = (state >> 8) % (sizeof seed - 1);
            state = state * 1664525u + 1013904223u;
            text[at] = bytes[(state >> 8) % (sizeof bytes - 1)];
        }
        yk_yaml *a = NULL, *b = NULL;
        char *out = NULL;
        if (yk_yaml_parse(&a, "r.yaml", text) == YK_OK) {
            MUST(yk_yaml_text(a, &out));
            if (yk_yaml_parse(&b, "b.yaml", out) != YK_OK)
                FAIL_CASE(text, "%s\n%s\n", yk_error_text(), out);
            else if (!same(a, b))
                FAIL_CASE(text, "became\n%s\n", out);
        }
        yk_free(out);
        yk_yaml_destroy(&a);
        yk_yaml_destroy(&b);
    }
    CU_ASSERT(yk_mem_live() == live);
}

/* The library must not print: stderr goes to a file while the errors above happen once more. */
static void test_silence(void)
{
    char path[] = "/tmp/yk_yaml_XXXXXX";
    fflush(stderr);
    int file = mkstemp(path), old = dup(2);
    dup2(file, 2);
    static const char *const texts[] = {
        "a: [1\nb: 2", "a: \xff", "a:\n\tb: 1", "a: \"", "%YAML 9.9\n---\na: 1\n", "{a"
    };
    for (int i = 0; i < LEN(texts); i++) {
        yk_yaml *root = NULL;
        if (yk_yaml_parse(&root, "r.yaml", texts[i]) == YK_OK)
            yk_yaml_destroy(&root);
    }
    fflush(stderr);
    dup2(old, 2);
    CU_ASSERT(lseek(file, 0, SEEK_END) == 0);
    close(old);
    close(file);
    unlink(path);
}

int main(void)
{
    static const yk_test tests[] = {
        { "places", test_places },
        { "errors", test_errors },
        { "limits", test_limits },
        { "written text parses back", test_written_text_parses_back },
        { "readable", test_readable },
        { "override", test_override },
        { "override's place", test_override_place },
        { "out of memory", test_out_of_memory },
        { "mutations", test_mutations },
        { "silence", test_silence },
        { NULL, NULL },
    };
    return yk_test_main("model/yaml", tests);
}
