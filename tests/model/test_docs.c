/* SPDX-License-Identifier: Apache-2.0 */
/* docs/recipes.md and the code say the same: its examples are read, and its reference is the one made of the tables
 * here. With YK_WRITE_DOCS=1 in the environment this program writes the reference into the file. */
#include <stdarg.h>
#include <stdlib.h>

#include "test.h"
#include "core/mem.h"
#include "model/base.h"
#include "model/model.h"

#define DOCS YK_TEST_DIR "/../docs/recipes.md"
#define RECIPES YK_TEST_DIR "/../launch/recipes/"
#define BEGIN "<!-- reference: written by the test model/docs -->\n"
#define END "<!-- end of reference -->\n"
#define ROOM (1 << 20)

static char *read_text(const char *path)
{
    char *text = calloc(ROOM, 1);
    FILE *file = fopen(path, "r");
    if (!file) {
        printf("\n  there is no %s\n", path);
        CU_FAIL_FATAL("a file is missing");
    }
    size_t n = fread(text, 1, ROOM - 1, file);
    CU_ASSERT_FATAL(n > 0 && n < ROOM - 1);
    fclose(file);
    return text;
}

static void add(char *text, const char *format, ...) YK_PRINTF(2, 3);
static void add(char *text, const char *format, ...)
{
    size_t used = strlen(text);
    va_list args;
    va_start(args, format);
    vsnprintf(text + used, ROOM - used, format, args);
    va_end(args);
}

static const char *type_of(const yk_option *o, char text[200])
{
    static const char *const names[] = { [YK_OPT_BOOL] = "true or false",   [YK_OPT_INT] = "whole number",
                                         [YK_OPT_REAL] = "number",          [YK_OPT_TEXT] = "text",
                                         [YK_OPT_CHOICE] = "one of ",       [YK_OPT_INTS] = "whole number or list",
                                         [YK_OPT_REALS] = "number or list", [YK_OPT_PADDING] = "padding",
                                         [YK_OPT_PERIOD] = "period" };
    size_t n = (size_t)snprintf(text, 200, "%s%s", names[o->type], o->type == YK_OPT_CHOICE ? o->choices : "");
    bool number = o->type == YK_OPT_INT || o->type == YK_OPT_REAL || o->type == YK_OPT_INTS || o->type == YK_OPT_REALS;
    if (!number || (o->min == 0 && o->max == 0))
        return text;
    n += (size_t)snprintf(text + n, 200 - n, o->min == YK_ABOVE_0 ? " > 0" : " >= %g", o->min);
    if (o->max >= o->min && o->max < 1e6)
        snprintf(text + n, 200 - n, o->max == YK_BELOW_1 ? ", < 1" : ", <= %g", o->max);
    return text;
}

static void add_options(char *text, const yk_option *table)
{
    if (!yk_option_count(table))
        return;
    add(text, "\n| key | type | default | meaning |\n|---|---|---|---|\n");
    for (const yk_option *o = table; o->name; o++) {
        char type[200];
        bool code = o->initial && *o->initial;
        add(text, "| `%s` | %s | %s%s%s | %s |\n", o->name, type_of(o, type), code ? "`" : "",
            o->initial ? o->initial : "needed", code ? "`" : "", o->help);
    }
}

/* The reference: every entry of the catalog, and the options that layers share. */
static char *make_reference(void)
{
    char *text = calloc(ROOM, 1);
    const char *kind = "";
    const yk_option *all = NULL, *kernel = NULL;
    yk_catalog_entry e;
    for (int i = 0; yk_catalog_at(i, &e); i++) {
        if (strcmp(e.kind, "layer") != 0)
            continue;
        if (e.common && (!kernel || yk_option_count(e.common) > yk_option_count(kernel)))
            kernel = e.common;
        if (e.common && (!all || yk_option_count(e.common) < yk_option_count(all)))
            all = e.common;
    }
    CU_ASSERT_FATAL(kernel && all && yk_option_count(all) == 2); /* as the text below says */
    for (int i = 0; yk_catalog_at(i, &e); i++) {
        if (strcmp(kind, e.kind) != 0) {
            kind = e.kind;
            add(text, "\n## Reference: every %s\n", kind);
            if (strcmp(kind, "layer") == 0) {
                add(text,
                    "\nKeys of every layer with a kernel (dense, conv2d, ...); one with other parameters (batchnorm) "
                    "has the "
                    "first four, one without parameters the first two, and one that says `share` has `name`, "
                    "`from`, `share` and `activation`:\n");
                add_options(text, kernel);
            } else if (e.common) {
                add(text, "\nKeys of every %s:\n", e.kind);
                add_options(text, e.common);
            }
        }
        add(text, "\n`%s`: %s\n", e.name, e.doc);
        add_options(text, e.opts);
    }
    add(text, "\n");
    return text;
}

static void test_reference(void)
{
    char *docs = read_text(DOCS), *want = make_reference();
    char *begin = strstr(docs, BEGIN), *end = strstr(docs, END);
    CU_ASSERT_FATAL(begin && end && begin < end);
    begin += strlen(BEGIN);
    bool same = (size_t)(end - begin) == strlen(want) && memcmp(begin, want, strlen(want)) == 0;
    if (!same && getenv("YK_WRITE_DOCS")) {
        char *rest = strdup(end);
        FILE *file = fopen(DOCS, "w");
        fprintf(file, "%.*s%s%s", (int)(begin - docs), docs, want, rest);
        fclose(file);
        free(rest);
    } else if (!same) {
        FAIL_CASE("docs/recipes.md", "its reference is not that of the tables; run %s\n",
                  "YK_WRITE_DOCS=1 build/release/tests/model_test_docs");
    }
    free(docs);
    free(want);
}

/* The next block between ```yaml and ```, cut out of *at; NULL after the last. */
static char *next_example(char **at)
{
    char *begin = strstr(*at, "```yaml\n");
    if (!begin)
        return NULL;
    begin += strlen("```yaml\n");
    char *end = strstr(begin, "```");
    CU_ASSERT_FATAL(end != NULL);
    *end = '\0';
    *at = end + 1;
    return begin;
}

/* A piece of a recipe, put into the base recipe: a list is a model, a map replaces the sections that it has. */
static yk_status complete(const char *example, char **out)
{
    yk_yaml *base = NULL, *piece = NULL;
    yk_status status = yk_yaml_parse(&base, "base", base_recipe);
    if (status == YK_OK)
        status = yk_yaml_parse(&piece, "example", example);
    if (status == YK_OK && piece->kind == YK_NODE_LIST)
        yk_yaml_replace(yk_yaml_get(base, "model"), &piece);
    else if (status == YK_OK && yk_yaml_get(piece, "input"))
        yk_yaml_remove(base, yk_yaml_get(base, "data"));
    for (const yk_yaml *c = piece ? piece->child : NULL; c && status == YK_OK; c = c->next) {
        yk_yaml *old = NULL, *copy = NULL;
        status = yk_yaml_want(base, c->key, &old);
        if (status == YK_OK && (status = yk_yaml_copy(&copy, c)) == YK_OK)
            yk_yaml_replace(old, &copy);
    }
    if (status == YK_OK)
        status = yk_yaml_text(base, out);
    yk_yaml_destroy(&base);
    yk_yaml_destroy(&piece);
    return status;
}

static void test_examples(void)
{
    char *docs = read_text(DOCS), *at = docs, *example;
    int n = 0, whole = 0;
    while ((example = next_example(&at))) {
        yk_recipe *r = NULL;
        char *text = NULL;
        bool is_whole = strstr(example, "model:") && strstr(example, "train:") && strstr(example, "loss:");
        yk_status status = is_whole ? yk_strdup(&text, example) : complete(example, &text);
        if (status == YK_OK)
            status = yk_recipe_parse(&r, "example", text, 0, NULL);
        if (status == YK_OK && r->has_input) { /* shapes are given: the graph must fit, too */
            yk_model *m = NULL;
            status = yk_model_create(&m, r, &r->input);
            yk_model_destroy(&m);
        }
        if (status != YK_OK)
            FAIL_CASE(example, "%s\n", yk_error_text());
        n++;
        whole += is_whole;
        yk_free(text);
        yk_recipe_destroy(&r);
    }
    CU_ASSERT(n >= 10 && whole >= 2);
    free(docs);
}

/* The recipes that are there to be run: they are read, and their models fit their data. */
static void test_recipes(void)
{
    static const struct {
        const char *name;
        yk_shape x;
    } cases[] = {
        { "logistic-cats", { 3, { 64, 64, 3 } } },
        { "mlp-mnist", { 3, { 28, 28, 1 } } },
        { "lenet-mnist", { 3, { 28, 28, 1 } } },
        { "demo", { 3, { 28, 28, 1 } } },
    };
    for (int i = 0; i < LEN(cases); i++) {
        char path[1024];
        yk_recipe *r = NULL;
        yk_model *m = NULL;
        snprintf(path, sizeof path, RECIPES "%s.yaml", cases[i].name);
        MUST(yk_recipe_read(&r, path, 0, NULL));
        MUST(yk_model_create(&m, r, &cases[i].x));
        yk_model_destroy(&m);
        yk_recipe_destroy(&r);
    }
}

int main(void)
{
    static const yk_test tests[] = {
        { "reference", test_reference },
        { "examples", test_examples },
        { "recipes", test_recipes },
        { NULL, NULL },
    };
    return yk_test_main("model/docs", tests);
}
