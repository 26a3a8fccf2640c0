/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include <locale.h>
#include <math.h>

#include "core/error.h"
#include "core/option.h"
#include "core/philox.h"

typedef struct everything {
    bool bias;
    int64_t units, shift, size;
    double rate, momentum, any, lr;
    char file[YK_OPT_TEXT_MAX];
    int activation;
    yk_ints kernel, axes, ignore;
    yk_reals weights, bounds;
    yk_padding padding, ends, walls;
    yk_period every;
} everything;

#define AT(field) offsetof(everything, field)

static const yk_option table[] = {
    { "bias", YK_OPT_BOOL, AT(bias), "true", 0, 0, NULL, "" },
    { "units", YK_OPT_INT, AT(units), NULL, 1, INFINITY, NULL, "" },
    { "shift", YK_OPT_INT, AT(shift), "0", 0, 0, NULL, "" },
    { "size", YK_OPT_INT, AT(size), "2", 2, 9, NULL, "" },
    { "rate", YK_OPT_REAL, AT(rate), "0.5", 0, YK_BELOW_1, NULL, "" },
    { "momentum", YK_OPT_REAL, AT(momentum), "0.9", 0, 1, NULL, "" },
    { "any", YK_OPT_REAL, AT(any), "0", 0, 0, NULL, "" },
    { "lr", YK_OPT_REAL, AT(lr), "1e-3", YK_ABOVE_0, 0, NULL, "" },
    { "file", YK_OPT_TEXT, AT(file), "", 0, 0, NULL, "" },
    { "activation", YK_OPT_CHOICE, AT(activation), "none", 0, 0, "none relu tanh", "" },
    { "kernel", YK_OPT_INTS, AT(kernel), "3", 1, INFINITY, NULL, "" },
    { "axes", YK_OPT_INTS, AT(axes), "[0, -1]", 0, 0, NULL, "" },
    { "ignore", YK_OPT_INTS, AT(ignore), "none", 0, 0, NULL, "" },
    { "weights", YK_OPT_REALS, AT(weights), "none", 0, -1, NULL, "" },
    { "bounds", YK_OPT_REALS, AT(bounds), "[0, 0.5]", -1, 1, NULL, "" },
    { "padding", YK_OPT_PADDING, AT(padding), "valid", 0, 0, NULL, "" },
    { "ends", YK_OPT_PADDING, AT(ends), "valid", 0, 0, "before after", "" },
    { "walls", YK_OPT_PADDING, AT(walls), "0", 0, 100, "front back top bottom left right", "" },
    { "every", YK_OPT_PERIOD, AT(every), "1 epoch", 0, 0, NULL, "" },
    { 0 },
};

/* What is read is written again; NULL: the same text. */
static void test_good_texts(void)
{
    static const struct {
        const char *name, *text, *again;
    } cases[] = {
        { "bias", "true", NULL },
        { "bias", "false", NULL },
        { "units", "1", NULL },
        { "units", "+12", "12" },
        { "units", "9223372036854775807", NULL },
        { "shift", "-9223372036854775808", NULL },
        { "size", "9", NULL },
        { "rate", "0", NULL },
        { "rate", ".25", "0.25" },
        { "rate", "0.99999", NULL },
        { "momentum", "1", NULL },
        { "any", "1e-3", "0.001" },
        { "any", "-2.5E+10", "-25000000000" },
        { "any", "0.1", NULL },
        { "any", "0.30000000000000004", NULL },
        { "any", "1.7976931348623157e+308", NULL },
        { "any", "5e-324", "4.94065645841247e-324" },
        { "lr", "1e-300", NULL },
        { "file", "mnist.h5:/train", NULL },
        { "file", "a text, with [signs]: \"all\"", NULL },
        { "activation", "none", NULL },
        { "activation", "tanh", NULL },
        { "kernel", "3", NULL },
        { "kernel", "[5]", "5" },
        { "kernel", "[3,5]", "[3, 5]" },
        { "kernel", "[ 3 , 5 ]", "[3, 5]" },
        { "kernel", "[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]", NULL },
        { "axes", "-1", NULL },
        { "ignore", "none", NULL },
        { "ignore", "-1", NULL },
        { "ignore", "[255, -1]", NULL },
        { "weights", "none", NULL },
        { "weights", "2", NULL },
        { "weights", "[.5]", "0.5" },
        { "weights", "[ 1 , 2.5e-3,0.30000000000000004 ]", "[1, 0.0025, 0.30000000000000004]" },
        { "bounds", "[-1, 1]", NULL },
        { "padding", "valid", NULL },
        { "padding", "same", NULL },
        { "padding", "0", NULL },
        { "padding", "2", NULL },
        { "padding", "[2, 2, 2, 2]", "2" },
        { "padding", "[0, 1, 2, 3]", NULL },
        { "ends", "causal", NULL },
        { "ends", "[3, 0]", NULL },
        { "ends", "[3, 3]", "3" },
        { "walls", "[0, 1, 2, 3, 4, 5]", NULL },
        { "walls", "[0, 0, 0, 0, 0, 5]", NULL },
        { "walls", "7", NULL },
        { "walls", "same", NULL },
        { "every", "30 steps", NULL },
        { "every", "1 step", NULL },
        { "every", "1 steps", "1 step" },
        { "every", "2 epoch", "2 epochs" },
        { "every", "none", NULL },
    };
    for (int i = 0; i < LEN(cases); i++) {
        everything e = { 0 }, f = { 0 };
        char text[1024];
        const yk_option *o;
        MUST(yk_option_find(table, "test", cases[i].name, &o));
        yk_status got = yk_option_set(o, &e, cases[i].text);
        if (got != YK_OK) {
            FAIL_CASE(cases[i].text, "%s", yk_error_text());
            continue;
        }
        yk_option_text(o, &e, text, sizeof text);
        if (strcmp(text, cases[i].again ? cases[i].again : cases[i].text) != 0)
            FAIL_CASE(cases[i].text, "%s is written as \"%s\"", cases[i].name, text);
        MUST(yk_option_set(o, &f, text));
        if (memcmp(&e, &f, sizeof e) != 0)
            FAIL_CASE(cases[i].text, "%s: \"%s\" is read back as another value", cases[i].name, text);
    }
}

static void test_refused_texts(void)
{
    static const struct {
        const char *name, *text, *message;
    } cases[] = {
        { "bias", "yes", "bias: \"yes\" is not true or false" },
        { "units", "many", "units: \"many\" is not a whole number >= 1" },
        { "units", "0", "units: \"0\" is not a whole number >= 1" },
        { "units", "", "units: \"\" is not a whole number >= 1" },
        { "units", "1.5", "units: \"1.5\" is not a whole number >= 1" },
        { "units", " 1", "units: \" 1\" is not a whole number >= 1" },
        { "units", "1 ", "units: \"1 \" is not a whole number >= 1" },
        { "units", "+-1", "units: \"+-1\" is not a whole number >= 1" },
        { "units", "9223372036854775808", "units: \"9223372036854775808\" is not a whole number >= 1" },
        { "shift", "x", "shift: \"x\" is not a whole number" },
        { "size", "10", "size: \"10\" is not a whole number >= 2 and <= 9" },
        { "rate", "1", "rate: \"1\" is not a number >= 0 and < 1" },
        { "rate", "-0.1", "rate: \"-0.1\" is not a number >= 0 and < 1" },
        { "momentum", "1.1", "momentum: \"1.1\" is not a number >= 0 and <= 1" },
        { "lr", "0", "lr: \"0\" is not a number > 0" },
        { "any", "nan", "any: \"nan\" is not a number" },
        { "any", "inf", "any: \"inf\" is not a number" },
        { "any", "1e999", "any: \"1e999\" is not a number" },
        { "any", "0x10", "any: \"0x10\" is not a number" },
        { "any", "1.5x", "any: \"1.5x\" is not a number" },
        { "any", "1e", "any: \"1e\" is not a number" },
        { "any", "", "any: \"\" is not a number" },
        { "any", " 1", "any: \" 1\" is not a number" },
        { "any", "1,5", "any: \"1,5\" is not a number" },
        { "activation", "rleu", "activation: \"rleu\" is not one of none, relu, tanh (did you mean \"relu\"?)" },
        { "activation", "softplus", "activation: \"softplus\" is not one of none, relu, tanh" },
        { "kernel", "x", "kernel: \"x\" is neither a whole number >= 1 nor a list of up to 12 such, as [2, 2]" },
        { "kernel", "[3, 0]", "kernel: \"[3, 0]\" is neither" },
        { "kernel", "[3, 3", "kernel: \"[3, 3\" is neither" },
        { "kernel", "[3, 3]x", "kernel: \"[3, 3]x\" is neither" },
        { "kernel", "[3 3]", "kernel: \"[3 3]\" is neither" },
        { "kernel", "[]", "kernel: \"[]\" is neither" },
        { "kernel", "[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13]",
          "kernel: \"[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13]\" is neither" },
        { "kernel", "none", "kernel: \"none\" is neither" },
        { "ignore", "[]", "ignore: \"[]\" is neither" },
        { "weights", "[1, -2]", "weights: \"[1, -2]\" is neither a number >= 0 nor a list of up to 256 such, as" },
        { "weights", "[1, nan]", "weights: \"[1, nan]\" is neither" },
        { "weights", "[1, 2", "weights: \"[1, 2\" is neither" },
        { "weights", "[1 2]", "weights: \"[1 2]\" is neither" },
        { "weights", "[]", "weights: \"[]\" is neither" },
        { "weights", "", "weights: \"\" is neither" },
        { "bounds", "none", "bounds: \"none\" is neither a number >= -1 and <= 1" },
        { "bounds", "1.5", "bounds: \"1.5\" is neither" },
        { "padding", "full", "padding: \"full\" is not valid, same, one whole number >= 0, or 4 as in [top, bottom," },
        { "padding", "causal", "padding: \"causal\" is not valid, same, one" },
        { "ends", "all",
          "ends: \"all\" is not valid, same, causal, one whole number >= 0, or 2 as in [before, after]" },
        { "ends", "[1, 2, 3, 4]", "ends: \"[1, 2, 3, 4]\" is not valid" },
        { "walls", "[1, 2, 3, 4]",
          "walls: \"[1, 2, 3, 4]\" is not valid, same, one whole number >= 0 and <= 100, or 6 as in " },
        { "walls", "101", "walls: \"101\" is not valid, same, one whole number >= 0 and <= 100, or 6 as in" },
        { "walls", "[0, 0, 101, 0, 0, 0]", "walls: \"[0, 0, 101, 0, 0, 0]\" is not valid" },
        { "walls", "causal", "walls: \"causal\" is not valid" },
        { "padding", "-1", "padding: \"-1\" is not valid" },
        { "padding", "[1, 2]", "padding: \"[1, 2]\" is not valid" },
        { "padding", "[1, 2, 3, -4]", "padding: \"[1, 2, 3, -4]\" is not valid" },
        { "padding", "[1, 2, 3, 4, 5]", "padding: \"[1, 2, 3, 4, 5]\" is not valid" },
        { "every", "10", "every: \"10\" is not a length like \"30 steps\", \"1 epoch\" or none" },
        { "every", "0 steps", "every: \"0 steps\" is not a length" },
        { "every", "3 hours", "every: \"3 hours\" is not a length" },
        { "every", "3steps", "every: \"3steps\" is not a length" },
        { "every", "", "every: \"\" is not a length" },
    };
    for (int i = 0; i < LEN(cases); i++) {
        everything e, before;
        memset(&e, 0x55, sizeof e);
        before = e;
        const yk_option *o;
        MUST(yk_option_find(table, "test", cases[i].name, &o));
        yk_status got = yk_option_set(o, &e, cases[i].text);
        if (got != YK_ERR_ARG || strncmp(yk_error_text(), cases[i].message, strlen(cases[i].message)) != 0)
            FAIL_CASE(cases[i].message, "%s: %s", yk_status_name(got), yk_error_text());
        if (memcmp(&e, &before, sizeof e) != 0)
            FAIL_CASE(cases[i].message, "a refused text changed the value");
    }
}

static void test_long_text(void)
{
    static everything e;
    char text[YK_OPT_TEXT_MAX + 1], again[1024];
    const yk_option *o;
    MUST(yk_option_find(table, "test", "file", &o));
    memset(text, 'f', sizeof text);
    text[YK_OPT_TEXT_MAX] = '\0';
    CU_ASSERT_EQUAL(yk_option_set(o, &e, text), YK_ERR_ARG);
    CU_ASSERT_STRING_EQUAL(yk_error_text(), "file: a text of 512 bytes is too long; 511 will do");
    text[YK_OPT_TEXT_MAX - 1] = '\0';
    MUST(yk_option_set(o, &e, text));
    yk_option_text(o, &e, again, sizeof again);
    CU_ASSERT_STRING_EQUAL(again, text);
    yk_option_text(o, &e, again, 10);
    CU_ASSERT_STRING_EQUAL(again, "fffffffff");
}

static void test_values(void)
{
    everything e = { .units = 77 };
    MUST(yk_option_defaults(table, &e));
    CU_ASSERT(e.bias && e.units == 77 && e.size == 2 && e.rate == 0.5 && e.lr == 1e-3 && e.activation == 0);
    CU_ASSERT(e.kernel.n == 1 && e.kernel.at[0] == 3 && e.axes.n == 2 && e.axes.at[1] == -1);
    CU_ASSERT(e.padding.mode == YK_PAD_VALID && e.every.unit == YK_EPOCHS && e.every.count == 1);
    const yk_option *o;
    MUST(yk_option_find(table, "test", "padding", &o));
    MUST(yk_option_set(o, &e, "[1, 2, 3, 4]"));
    CU_ASSERT(e.padding.mode == YK_PAD_EXPLICIT && e.padding.side[0] == 1 && e.padding.side[3] == 4);
    MUST(yk_option_set(o, &e, "5"));
    CU_ASSERT(e.padding.mode == YK_PAD_EXPLICIT && e.padding.side[0] == 5 && e.padding.side[3] == 5);
    MUST(yk_option_find(table, "test", "every", &o));
    MUST(yk_option_set(o, &e, "30 steps"));
    CU_ASSERT(e.every.unit == YK_STEPS && e.every.count == 30);
    MUST(yk_option_set(o, &e, "none"));
    CU_ASSERT(e.every.unit == YK_NEVER && e.every.count == 0);
    MUST(yk_option_defaults(NULL, &e));
    CU_ASSERT(yk_option_count(NULL) == 0 && yk_option_count(table) == LEN(table) - 1);
}

static void test_find(void)
{
    static const yk_option none[] = { { 0 } };
    static const yk_option conv[] = { { .name = "filters" }, { .name = "kernel" }, { .name = "stride" }, { 0 } };
    static const yk_option one[] = { { .name = "rate" }, { 0 } };
    static const struct {
        const char *owner;
        const yk_option *table;
        const char *name, *message;
    } cases[] = {
        { "conv2d", conv, "kernal",
          "no attribute of conv2d is called \"kernal\" (did you mean \"kernel\"?); there are filters, kernel, stride" },
        { "conv2d", conv, "units", "no attribute of conv2d is called \"units\"; there are filters, kernel, stride" },
        { "dropout", one, "p", "no attribute of dropout is called \"p\"; there is rate" },
        { "flatten", none, "x", "no attribute of flatten is called \"x\"; it has none" },
        { "flatten", NULL, "x", "no attribute of flatten is called \"x\"; it has none" },
    };
    for (int i = 0; i < LEN(cases); i++) {
        const yk_option *o = conv;
        yk_status got = yk_option_find(cases[i].table, cases[i].owner, cases[i].name, &o);
        if (got != YK_ERR_ARG || o || strcmp(yk_error_text(), cases[i].message) != 0)
            FAIL_CASE(cases[i].message, "%s", yk_error_text());
    }
}

static void test_nearest(void)
{
    static const char *const names[] = { "relu", "dense", "conv2d", "maxpool2d", "avgpool2d", "softmax_cross_entropy" };
    static const struct {
        const char *name, *want;
    } cases[] = {
        { "relu", "relu" },
        { "ReLu", "relu" },
        { "rleu", "relu" },
        { "rel", "relu" },
        { "rexx", NULL },
        { "convd2", "conv2d" },
        { "Conv2D", "conv2d" },
        { "conv", NULL },
        { "desne", "dense" },
        { "maxpool", "maxpool2d" },
        { "axgpool2d", "avgpool2d" },
        { "softmax_crossentropy", "softmax_cross_entropy" },
        { "", NULL },
        { "zzzzzzzzzzzzzzzzzz", NULL },
    };
    for (int i = 0; i < LEN(cases); i++) {
        const char *got = yk_nearest(cases[i].name, names, LEN(names));
        if (got != cases[i].want && (!got || !cases[i].want || strcmp(got, cases[i].want) != 0))
            FAIL_CASE(cases[i].name, "nearest is %s", got ? got : "none");
    }
    char name[200];
    memset(name, 'a', sizeof name);
    name[199] = '\0';
    CU_ASSERT_PTR_NULL(yk_nearest(name, names, LEN(names)));
    CU_ASSERT_PTR_NULL(yk_nearest("x", names, 0));
}

/* Reals keep their bits through text. */
static void test_round_trip_of_reals(void)
{
    const yk_option *o;
    yk_key key = yk_key_make(2, YK_FOR_CHECK, "round trip");
    MUST(yk_option_find(table, "test", "any", &o));
    for (int64_t i = 0; i < 20000; i++) {
        everything e = { 0 }, f = { 0 };
        char text[1024];
        uint64_t bits = (uint64_t)yk_random_bits(key, 0, 0, 2 * i) << 32 | yk_random_bits(key, 0, 0, 2 * i + 1);
        memcpy(&e.any, &bits, sizeof bits);
        if (!isfinite(e.any))
            continue;
        yk_option_text(o, &e, text, sizeof text);
        MUST(yk_option_set(o, &f, text));
        if (memcmp(&e.any, &f.any, sizeof e.any) != 0)
            FAIL_CASE(text, "is not %a", e.any);
    }
}

/* A host program may have set a locale with a decimal comma. */
static void test_locale(void)
{
    static const char *const locales[] = { "de_DE.UTF-8", "fr_FR.UTF-8", "ru_RU.UTF-8" };
    const yk_option *o;
    MUST(yk_option_find(table, "test", "any", &o));
    for (int i = 0; i < LEN(locales); i++) {
        if (!setlocale(LC_ALL, locales[i]))
            continue;
        everything e = { 0 };
        char text[1024];
        MUST(yk_option_set(o, &e, "1.5"));
        yk_option_text(o, &e, text, sizeof text);
        CU_ASSERT_EQUAL(e.any, 1.5);
        CU_ASSERT_STRING_EQUAL(text, "1.5");
    }
    setlocale(LC_ALL, "C");
}

int main(void)
{
    static const yk_test tests[] = {
        { "good texts", test_good_texts },
        { "refused texts", test_refused_texts },
        { "long text", test_long_text },
        { "values", test_values },
        { "find", test_find },
        { "nearest", test_nearest },
        { "round trip of reals", test_round_trip_of_reals },
        { "locale", test_locale },
        { 0 },
    };
    return yk_test_main("core/option", tests);
}
