/* SPDX-License-Identifier: Apache-2.0 */
/* Text as windows of tokens. */
#include "test.h"

#include "importing.h"

static yk_status import(const char *text, const char *options, const char *out)
{
    spit(in_scratch("t.txt"), text, (long)strlen(text));
    return import_one("text", in_scratch("t.txt"), options, out);
}

static void test_windows(void)
{
    uint8_t x[64], y[64];
    yk_shape shape;
    unlink(in_scratch("w.h5"));
    MUST(import("abcab\xc3\xa9"
                "cab",
                "length=3", in_scratch("w.h5"))); /* 9 characters: two windows of 3 and one more */
    CU_ASSERT(read_field(in_scratch("w.h5"), "x", x, &shape) == YK_U8);
    CU_ASSERT(shape.ndim == 2 && shape.dim[0] == 2 && shape.dim[1] == 3);
    CU_ASSERT(memcmp(x, "\0\1\2\0\1\3", 6) == 0);
    read_field(in_scratch("w.h5"), "y", y, &shape);
    CU_ASSERT(memcmp(y, "\1\2\0\1\3\2", 6) == 0);
    CU_ASSERT(strcmp(strings_of(in_scratch("w.h5"), "x", "vocabulary"), "a|b|c|\xc3\xa9") == 0);
    CU_ASSERT(strcmp(strings_of(in_scratch("w.h5"), "y", "vocabulary"), "a|b|c|\xc3\xa9") == 0);
    char options[2 * PATH + 32];
    snprintf(options, sizeof options, "length=2 vocabulary=%s", in_scratch("w.h5"));
    unlink(in_scratch("v.h5"));
    MUST(import("ccb", options, in_scratch("v.h5")));
    read_field(in_scratch("v.h5"), "x", x, &shape);
    CU_ASSERT(shape.dim[0] == 1 && x[0] == 2 && x[1] == 2);
    CU_ASSERT(import("cxb", options, in_scratch("no.h5")) == YK_ERR_DATA);
    CU_ASSERT(strstr(yk_error_text(), "t.txt: character 1, \"x\", is not in the vocabulary of ") != NULL);
}

static void test_bytes(void)
{
    uint8_t x[64];
    yk_shape shape;
    unlink(in_scratch("b.h5"));
    spit(in_scratch("t.txt"),
         "\0\xff"
         "A\n!",
         5);
    MUST(import_one("text", in_scratch("t.txt"), "length=4 unit=bytes", in_scratch("b.h5")));
    read_field(in_scratch("b.h5"), "x", x, &shape);
    CU_ASSERT(shape.dim[0] == 1 && memcmp(x,
                                          "\0\xff"
                                          "A\n",
                                          4) == 0);
    CU_ASSERT(strstr(strings_of(in_scratch("b.h5"), "x", "vocabulary"), "|\\x0a|") != NULL);
    CU_ASSERT(strstr(strings_of(in_scratch("b.h5"), "x", "vocabulary"), "|A|B|") != NULL);
}

/* Parts are neighbours, and together the text. */
static void test_split(void)
{
    char text[101], spec[2 * PATH];
    uint8_t x[100];
    yk_shape shape;
    for (int i = 0; i < 100; i++)
        text[i] = (char)('a' + i % 26);
    text[100] = '\0';
    unlink(in_scratch("s.h5"));
    MUST(import(text, "length=5 split=0.8,0.2", in_scratch("s.h5"))); /* 19 windows */
    snprintf(spec, sizeof spec, "%s:/train", in_scratch("s.h5"));
    read_field(spec, "x", x, &shape);
    CU_ASSERT(shape.dim[0] == 15 && x[74] == 74 % 26);
    snprintf(spec, sizeof spec, "%s:/dev", in_scratch("s.h5"));
    read_field(spec, "x", x, &shape);
    CU_ASSERT(shape.dim[0] == 4 && x[0] == 75 % 26);
}

/* More than 256 characters need 16 bits. */
static void test_many_characters(void)
{
    char text[2000];
    uint16_t x[300];
    yk_shape shape;
    long n = 0;
    for (int c = 0; c < 301; c++) { /* U+4E00 and so on, of three bytes each */
        text[n++] = (char)(0xe0 | (0x4e00 + c) >> 12);
        text[n++] = (char)(0x80 | ((0x4e00 + c) >> 6 & 0x3f));
        text[n++] = (char)(0x80 | (c & 0x3f));
    }
    text[n] = '\0';
    unlink(in_scratch("m.h5"));
    MUST(import(text, "length=300", in_scratch("m.h5")));
    CU_ASSERT(read_field(in_scratch("m.h5"), "x", x, &shape) == YK_U16 && x[299] == 299);
}

static void test_errors(void)
{
    static const struct {
        const char *label, *text, *options, *message;
    } cases[] = {
        { "not UTF-8",
          "ab\nc\xff"
          "de",
          "length=2", "t.txt:2: byte 4 (ff) is not UTF-8 text; --unit bytes" },
        { "cut", "ab\xc3", "length=2", "t.txt:1: byte 2 (c3)" },
        { "overlong",
          "a\xc0\x80"
          "b",
          "length=2", "byte 1 (c0)" },
        { "surrogate",
          "a\xed\xa0\x80"
          "b",
          "length=2", "byte 1 (ed)" },
        { "beyond Unicode", "a\xf4\x90\x80\x80", "length=1", "byte 1 (f4)" },
        { "empty", "", "length=2", "t.txt: has 0 tokens; a window of --length 2 needs 3" },
        { "short", "ab", "length=2", "has 2 tokens" },
        { "an empty part", "abcdefg", "length=2 split=0.9,0.1", "/dev would have none of the 3 samples" },
        { "vocabulary of bytes", "abc", "length=1 unit=bytes vocabulary=x.h5", "--vocabulary is for characters" },
        { "no such vocabulary", "abc", "length=1 vocabulary=/nowhere.h5", "/nowhere.h5" },
    };
    for (int c = 0; c < LEN(cases); c++) {
        yk_status status = import(cases[c].text, cases[c].options, in_scratch("no.h5"));
        if (status == YK_OK || !strstr(yk_error_text(), cases[c].message))
            FAIL_CASE(cases[c].label, "%s: %s", yk_status_name(status), yk_error_text());
        check_nothing_left(cases[c].label, in_scratch("no.h5"));
    }
}

static void test_no_memory(void)
{
    char out[2 * PATH];
    snprintf(out, sizeof out, "%s", in_scratch("memory.h5"));
    CHECK_NO_MEMORY(import("hello, world", "length=3 split=0.5,0.5", out), out);
}

int main(void)
{
    static const yk_test tests[] = { { "windows", test_windows },
                                     { "bytes", test_bytes },
                                     { "split", test_split },
                                     { "many characters", test_many_characters },
                                     { "errors", test_errors },
                                     { "no memory", test_no_memory },
                                     { 0 } };
    scratch_begin();
    int failed = yk_test_main("data/text", tests);
    scratch_end();
    return failed;
}
