/* SPDX-License-Identifier: Apache-2.0 */
/* Tables: what is read from all kinds of text, and what is said about what cannot be. */
#include "test.h"

#include <zlib.h>

#include "data/csv_parse.h"
#include "importing.h"

static yk_status import(const char *text, const char *options, const char *out)
{
    spit(in_scratch("t.csv"), text, (long)strlen(text));
    return import_one("csv", in_scratch("t.csv"), options, out);
}

static void test_cells(void)
{
    static const struct {
        const char *label, *text;
        char separator;
        const char *cells; /* "a|b/c|d", header first as "(...)" */
    } cases[] = {
        { "commas", "1,2\n3,4\n", 0, "1|2/3|4/" },
        { "no end of line", "1,2\n3,4", 0, "1|2/3|4/" },
        { "CR LF", "1,2\r\n3,4\r\n", 0, "1|2/3|4/" },
        { "CR", "1,2\r3,4\r", 0, "1|2/3|4/" },
        { "mark",
          "\xef\xbb\xbf"
          "1,2\n",
          0, "1|2/" },
        { "blanks around", " 1 , 2 \n3,\t4\t\n", 0, "1|2/3|4/" },
        { "semicolons before commas", "1,5;2\n3;4\n", 0, "1,5|2/3|4/" },
        { "tabs before both", "1\t2;3,4\n5\t6\n", 0, "1|2;3,4/5|6/" },
        { "tabs and blanks", "1.0 \t2.0 \n3 \t4 \n \t\n", 0, "1.0|2.0/3|4/" },
        { "blanks", "  1   2\n3 \t4  \n", 0, "1|2/3|4/" },
        { "one column", "1\n2\n", 0, "1/2/" },
        { "as it is said", "1;2,3\n", ',', "1;2|3/" },
        { "empty cells", ",\n1,\n", 0, "|/1|/" },
        { "comments and blank lines", "# a\n\n1,2\n  # b\n   \n3,4#c\n", 0, "1|2/3|4#c/" },
        { "quotes", "\"a,b\",1\n\"say \"\"x\"\"\" , 2\n", 0, "a,b|1/say \"x\"|2/" },
        { "quotes with line ends", "\"a\nb\",1\nc,2\n", 0, "a\nb|1/c|2/" },
        { "quotes between blanks", "\"a b\" 1\nc 2\n", 0, "a b|1/c|2/" },
        { "empty quotes", "\"\",1\n\"\"\"\",2\n", 0, "|1/\"|2/" },
        { "quote inside", "5\"x,1\n", 0, "5\"x|1/" },
        { "header", "a,b\n1,x\n", 0, "(a|b/)1|x/" },
        { "header with a nameless column", ",b\n1,2\n", 0, "(|b/)1|2/" },
        { "no header: a number", "a,1\nb,2\n", 0, "a|1/b|2/" },
        { "no header: texts throughout", "a,b\nc,d\n", 0, "a|b/c|d/" },
    };
    for (int c = 0; c < LEN(cases); c++) {
        char text[256], got[256] = "";
        yk_csv csv;
        snprintf(text, sizeof text, "%s", cases[c].text);
        const yk_csv_form form = { .separator = cases[c].separator, .comment = '#' };
        if (yk_csv_parse(&csv, "t", text, (int64_t)strlen(text), &form) != YK_OK) {
            FAIL_CASE(cases[c].label, "%s", yk_error_text());
            continue;
        }
        for (int64_t row = csv.header ? -1 : 0; row < csv.rows; row++) {
            strcat(got, row < 0 ? "(" : "");
            for (int64_t i = 0; i < csv.columns; i++) {
                const yk_cell *cell = row < 0 ? &csv.header[i] : &csv.cell[row * csv.columns + i];
                CU_ASSERT((int64_t)strlen(cell->text) == cell->length);
                strcat(got, cell->text);
                strcat(got, i + 1 < csv.columns ? "|" : row < 0 ? "/)" : "/");
            }
        }
        if (strcmp(got, cases[c].cells) != 0)
            FAIL_CASE(cases[c].label, "got %s, want %s", got, cases[c].cells);
        yk_csv_free(&csv);
    }
}

static void test_numbers(void)
{
    static const struct {
        const char *text;
        int is;
        double value;
    } cases[] = { { "1", 1, 1 },     { "-1.5e3", 1, -1500 }, { ".5", 1, 0.5 }, { "5.", 1, 5 },      { "+2", 1, 2 },
                  { "1e", 0, 0 },    { "e5", 0, 0 },         { "-", 0, 0 },    { "0x10", 0, 0 },    { "inf", 0, 0 },
                  { "1.2.3", 0, 0 }, { "1 2", 0, 0 },        { "1,5", 0, 0 },  { "Infinity", 0, 0 } };
    for (int c = 0; c < LEN(cases); c++) {
        char text[32];
        double value = 0;
        snprintf(text, sizeof text, "%s", cases[c].text);
        const yk_cell cell = { text, (int64_t)strlen(text) };
        if (yk_csv_number(&cell, &value) != cases[c].is || (cases[c].is && value != cases[c].value))
            FAIL_CASE(text, "%g", value);
    }
}

/* Two features, a category, a label. */
static const char table[] = "len,kind,wide,what\n"
                            "1,b,10,dog\n"
                            "2,a,20,cat\n"
                            "3,b,30,cat\n"
                            "4,c,40,dog\n";

static void test_columns(void)
{
    static const struct {
        const char *label, *options;
        int width;
        float x[16]; /* of rows 0 and 1 */
        const char *columns;
        int y_type;
        double y[2];
    } cases[] = {
        { "label by name",
          "label=what",
          5,
          { 1, 0, 1, 0, 10, 2, 1, 0, 0, 20 },
          "len|kind=a|kind=b|kind=c|wide",
          YK_I32,
          { 1, 0 } },
        { "label by number", "label=4 drop=2", 2, { 1, 10, 2, 20 }, "len|wide", YK_I32, { 1, 0 } },
        { "LAST and FIRST", "label=LAST drop=FIRST,kind", 1, { 10, 20 }, "wide", YK_I32, { 1, 0 } },
        { "codes", "label=LAST encode=codes", 3, { 1, 1, 10, 2, 0, 20 }, "len|kind|wide", YK_I32, { 1, 0 } },
        { "classes in an order",
          "label=what classes=dog,cat drop=2",
          2,
          { 1, 10, 2, 20 },
          "len|wide",
          YK_I32,
          { 0, 1 } },
        { "a class that does not occur",
          "label=what classes=cow,cat,dog drop=2",
          2,
          { 1, 10, 2, 20 },
          "len|wide",
          YK_I32,
          { 2, 1 } },
        { "numbers in an order", "label=len classes=9,4,3,2,1.0 drop=2,4", 1, { 10, 20 }, "wide", YK_I32, { 4, 3 } },
        { "target", "target=wide drop=2,4", 1, { 1, 2 }, "len", YK_F32, { 10, 20 } },
        { "range dropped", "target=1 drop=2-4 categorical=", 0, { 0 }, NULL, 0, { 0 } },
        { "numbers as categories",
          "label=what drop=kind,wide categorical=len",
          4,
          { 1, 0, 0, 0, 0, 1, 0, 0 },
          "len=1|len=2|len=3|len=4",
          YK_I32,
          { 1, 0 } },
    };
    for (int c = 0; c < LEN(cases); c++) {
        float x[64], f[64];
        int32_t y[64];
        yk_shape shape;
        const char *out = in_scratch("c.h5");
        unlink(out);
        yk_status status = import(table, cases[c].options, out);
        if (!cases[c].columns) {
            CU_ASSERT(status == YK_ERR_ARG && strstr(yk_error_text(), "no columns are left") != NULL);
            continue;
        }
        if (status != YK_OK) {
            FAIL_CASE(cases[c].label, "%s", yk_error_text());
            continue;
        }
        CU_ASSERT(read_field(out, "x", x, &shape) == YK_F32);
        if (shape.ndim != 2 || shape.dim[0] != 4 || shape.dim[1] != cases[c].width ||
            memcmp(x, cases[c].x, 2 * (size_t)cases[c].width * sizeof *x) != 0)
            FAIL_CASE(cases[c].label, "x of width %d", (int)shape.dim[1]);
        if (strcmp(strings_of(out, "x", "columns"), cases[c].columns) != 0)
            FAIL_CASE(cases[c].label, "%s", strings_of(out, "x", "columns"));
        const yk_dtype dtype = read_field(out, "y", cases[c].y_type == YK_I32 ? (void *)y : (void *)f, &shape);
        for (int i = 0; i < 2; i++)
            if ((int)dtype != cases[c].y_type || (dtype == YK_I32 ? y[i] : (double)f[i]) != cases[c].y[i])
                FAIL_CASE(cases[c].label, "y of row %d", i);
    }
    CU_ASSERT(strcmp(strings_of(in_scratch("c.h5"), "y", "classes"), "cat|dog") == 0);
    unlink(in_scratch("c.h5"));
    MUST(import(table, "label=what classes=cow,cat,dog", in_scratch("c.h5")));
    CU_ASSERT(strcmp(strings_of(in_scratch("c.h5"), "y", "classes"), "cow|cat|dog") == 0);
}

static void test_classes(void)
{
    static const struct {
        const char *label, *text, *classes;
        int32_t y[4];
    } cases[] = {
        { "numbers in their order", "5,10\n5,9\n5,-1\n5,10\n", "-1|9|10", { 2, 1, 0, 2 } },
        { "one number written twice", "5,1\n5,1.0\n5,2\n5,1e0\n", "1|2", { 0, 0, 1, 0 } },
        { "texts by bytes", "5,b\n5,B\n5,a\n5,b\n", "B|a|b", { 2, 0, 1, 2 } },
        { "a mixture is text", "5,10\n5,9\n5,x\n5,10\n", "10|9|x", { 0, 1, 2, 0 } },
    };
    for (int c = 0; c < LEN(cases); c++) {
        int32_t y[8];
        yk_shape shape;
        unlink(in_scratch("k.h5"));
        MUST(import(cases[c].text, "label=2", in_scratch("k.h5")));
        read_field(in_scratch("k.h5"), "y", y, &shape);
        if (memcmp(y, cases[c].y, sizeof cases[c].y) != 0 ||
            strcmp(strings_of(in_scratch("k.h5"), "y", "classes"), cases[c].classes) != 0)
            FAIL_CASE(cases[c].label, "%s: %d %d %d %d", strings_of(in_scratch("k.h5"), "y", "classes"), y[0], y[1],
                      y[2], y[3]);
    }
}

static void test_several_targets(void)
{
    float x[64], y[64];
    yk_shape shape;
    unlink(in_scratch("m.h5"));
    MUST(import("a,b,c\n1,2,3\n4,5,6\n", "target=c,a", in_scratch("m.h5")));
    CU_ASSERT(read_field(in_scratch("m.h5"), "y", y, &shape) == YK_F32);
    CU_ASSERT(shape.ndim == 2 && shape.dim[1] == 2 && y[0] == 3 && y[1] == 1 && y[2] == 6 && y[3] == 4);
    CU_ASSERT(strcmp(strings_of(in_scratch("m.h5"), "y", "columns"), "c|a") == 0);
    CU_ASSERT(read_field(in_scratch("m.h5"), "x", x, &shape) == YK_F32 && shape.dim[1] == 1 && x[1] == 5);
}

/* 150 rows as 90, 30, 30; every row once, in order; another seed cuts otherwise; the training part alone makes means.
 */
static void test_split(void)
{
    static const char *const parts[] = { "train", "dev", "test" };
    static const int sizes[] = { 90, 30, 30 };
    char text[4096] = "", spec[2 * PATH];
    float x[300], first[90];
    int seen[150] = { 0 };
    yk_shape shape;
    for (int i = 0; i < 150; i++)
        snprintf(text + strlen(text), sizeof text - strlen(text), "%d,%s\n", i, i == 149 ? "?" : "7");
    unlink(in_scratch("p.h5"));
    MUST(import(text, "split=0.6,0.2,0.2 seed=1 missing=mean", in_scratch("p.h5")));
    for (int p = 0; p < 3; p++) {
        snprintf(spec, sizeof spec, "%s:/%s", in_scratch("p.h5"), parts[p]);
        read_field(spec, "x", x, &shape);
        CU_ASSERT(shape.dim[0] == sizes[p]);
        for (int i = 0; i < sizes[p]; i++) {
            seen[(int)x[2 * i]]++;
            CU_ASSERT(x[2 * i + 1] == 7 && (i == 0 || x[2 * i] > x[2 * i - 2]));
            if (p == 0)
                first[i] = x[2 * i];
        }
    }
    for (int i = 0; i < 150; i++)
        CU_ASSERT(seen[i] == 1);
    MUST(import(text, "split=a=0.6,b=0.4 seed=2 missing=mean", in_scratch("q.h5")));
    snprintf(spec, sizeof spec, "%s:/a", in_scratch("q.h5"));
    read_field(spec, "x", x, &shape);
    int same = 0;
    for (int i = 0; i < 90; i++)
        same += x[2 * i] == first[i];
    CU_ASSERT(shape.dim[0] == 90 && same < 90);
}

static void test_missing(void)
{
    static const char text[] = "1,a,5\n,b,6\n3,?,7\n8,b,NA\n2,a,9\n";
    float x[64];
    yk_shape shape;
    unlink(in_scratch("n.h5"));
    MUST(import(text, "missing=drop target=3 drop=2", in_scratch("n.h5")));
    read_field(in_scratch("n.h5"), "x", x, &shape);
    CU_ASSERT(shape.dim[0] == 3 && x[0] == 1 && x[1] == 3 && x[2] == 2);
    unlink(in_scratch("n.h5"));
    MUST(import(text, "missing=mean drop=3", in_scratch("n.h5")));
    read_field(in_scratch("n.h5"), "x", x, &shape);
    CU_ASSERT(shape.dim[0] == 5 && shape.dim[1] == 3);
    CU_ASSERT(x[3] == 3.5f && x[4] == 0 && x[5] == 1); /* the mean of 1, 3, 8, 2 */
    CU_ASSERT(x[6] == 3 && x[7] == 1 && x[8] == 0);    /* a and b are equally frequent: the first */
}

static void test_rows(void)
{
    float x[64];
    yk_shape shape;
    spit(in_scratch("rows"), "3\n 0\r\n3\n", 8);
    char options[2 * PATH];
    snprintf(options, sizeof options, "rows=%s", in_scratch("rows"));
    unlink(in_scratch("r.h5"));
    MUST(import("10\n11\n12\n13\n", options, in_scratch("r.h5")));
    read_field(in_scratch("r.h5"), "x", x, &shape);
    CU_ASSERT(shape.dim[0] == 3 && x[0] == 13 && x[1] == 10 && x[2] == 13);
    static const struct {
        const char *text, *message;
    } bad[] = { { "1\n4\n", "rows:2: row 4, but " }, { "1\nx\n", "rows:2: \"x\" is not the number" },
                { "-1\n", "rows:1: row -1" },        { "1.5\n", "rows:1: \"1.5\" is not" },
                { "\n", "rows: names no rows" },     { "99999999999999999999\n", "is not the number" } };
    for (int i = 0; i < LEN(bad); i++) {
        spit(in_scratch("rows"), bad[i].text, (long)strlen(bad[i].text));
        if (import("10\n11\n12\n13\n", options, in_scratch("no.h5")) == YK_OK ||
            !strstr(yk_error_text(), bad[i].message))
            FAIL_CASE(bad[i].text, "%s", yk_error_text());
        check_nothing_left(bad[i].text, in_scratch("no.h5"));
    }
}

static void test_errors(void)
{
    static const struct {
        const char *label, *text, *options, *message;
    } cases[] = {
        { "text in a column of numbers", "1,2,a\n3,x,b\n", "label=LAST",
          "t.csv:2: column 2: \"x\" is not a number (line 1 has 2)" },
        { "with the column's name", "u,v\n1,2\n3,x\n", "",
          "t.csv:3: column 2 (\"v\"): \"x\" is not a number (line 2 has 2)" },
        { "a target that is text", "a,b\n1,p\n2,q\n", "target=b", "t.csv:2: column 2 (\"b\"): \"p\" is not a number" },
        { "a label that is real", "1,0.5\n2,1\n", "label=2", "t.csv:1: column 2: 0.5 is no class; --target" },
        { "ragged: few", "1,2\n3\n", "", "t.csv:2: has 1 columns, but line 1 has 2 (separated by commas" },
        { "ragged: many", "1,2\n\n3,4,5\n", "", "t.csv:3: has 3 columns, but line 1 has 2" },
        { "empty", "", "", "t.csv: is empty" },
        { "only comments", "# x\n\n", "", "t.csv: is empty" },
        { "only a header", "a,b\n", "", "t.csv:1: is a header, and no rows follow" },
        { "header by force", "1,2\n", "header=yes", "t.csv:1: is a header, and no rows follow" },
        { "open quote", "1,2\n3,\"x\n4,5\n", "", "t.csv:2: the quote that begins here is never closed" },
        { "text behind a quote", "1,2\n\"3\"x,4\n", "", "t.csv:2: \"x,4\" follows a closing quote" },
        { "no such column", "len,y\n1,2\n", "label=lan",
          "--label: there is no column \"lan\" (did you mean \"len\"?)" },
        { "no such number", "1,2\n", "label=3",
          "there is no column \"3\"; there is no header, so columns are called 1 to 2" },
        { "column 0", "1,2\n", "drop=0", "--drop: there is no column \"0\"" },
        { "two uses", "1,2\n", "label=1 drop=1", "--drop: column 1 is named for two uses" },
        { "a name twice", "a,a\n1,2\n", "drop=a", "columns 1 and 2 are both called \"a\"" },
        { "two labels", "1,2,3\n", "label=1,2", "--label: one column is the label" },
        { "label and target", "1,2,3\n", "label=1 target=2", "not both" },
        { "missing", "1,2\n3,\n", "", "t.csv:2: column 2: no value (\"\"); --missing drop" },
        { "missing label", "1,a\n3,?\n", "label=2 missing=mean",
          "t.csv:2: column 2: no value (\"?\"), and what is to be learned" },
        { "all rows dropped", "1,?\n?,2\n", "missing=drop", "no row is left" },
        { "no values", "1,\n2,\n", "missing=mean", "column 2 has no values at all" },
        { "too large", "1\n1e39\n", "", "t.csv:2: column 1: 1e39 is beyond float32" },
        { "infinite", "1\n1e999\n", "", "t.csv:2: column 1: 1e999 is beyond float32" },
        { "shares", "1\n2\n", "split=0.5,0.4", "add up to 0.9" },
        { "an empty part", "1\n2\n", "split=0.9,0.1", "/dev would have none of the 2 samples" },
        { "a share that is none", "1\n2\n", "split=0.5,x", "\"x\" is not a share" },
        { "an unnamed part", "1\n2\n", "split=0.25,0.25,0.25,0.25", "part 4 (\"0.25\") needs a name" },
        { "a part twice", "1\n2\n", "split=a=0.5,a=0.5", "/a is named twice" },
        { "class not listed", "1,a\n2,b\n", "label=2 classes=a,c",
          "t.csv:2: column 2: the class \"b\" is not among those" },
        { "UTF-16",
          "\xff\xfe"
          "1\n",
          "", "t.csv: is UTF-16" },
        { "comment of two signs", "1\n", "comment=//", "more than one sign" },
    };
    for (int c = 0; c < LEN(cases); c++) {
        yk_status status = import(cases[c].text, cases[c].options, in_scratch("no.h5"));
        if (status == YK_OK || !strstr(yk_error_text(), cases[c].message))
            FAIL_CASE(cases[c].label, "%s: %s", yk_status_name(status), yk_error_text());
        check_nothing_left(cases[c].label, in_scratch("no.h5"));
    }
    static const char nul[] = "1,2\n3,\0\n";
    spit(in_scratch("t.csv"), nul, sizeof nul - 1);
    CU_ASSERT(import_one("csv", in_scratch("t.csv"), "", in_scratch("no.h5")) == YK_ERR_DATA);
    CU_ASSERT(strstr(yk_error_text(), "t.csv:2: holds a NUL byte (byte 6)") != NULL);
    CU_ASSERT(import_one("csv", in_scratch("nowhere.csv"), "", in_scratch("no.h5")) == YK_ERR_IO);
    CU_ASSERT(import_one("csv", scratch, "", in_scratch("no.h5")) == YK_ERR_IO);
    check_nothing_left("files", in_scratch("no.h5"));
}

static void test_huge_cell_and_many_texts(void)
{
    const long size = 200000;
    char *text = malloc((size_t)size + 1);
    memset(text, 'x', (size_t)size);
    memcpy(text, "1,2\n3,", 6);
    text[size] = '\0';
    CU_ASSERT(import(text, "", in_scratch("no.h5")) == YK_ERR_DATA);
    CU_ASSERT(strstr(yk_error_text(), "t.csv:2: a cell of 199994 bytes; at most 65535") != NULL);
    long n = 0;
    for (int i = 0; i < 2000; i++)
        n += snprintf(text + n, (size_t)(size - n), "t%d,1\n", i);
    CU_ASSERT(import(text, "", in_scratch("no.h5")) == YK_ERR_DATA);
    CU_ASSERT(strstr(yk_error_text(), "column 1 holds 2000 different texts") != NULL);
    check_nothing_left("large", in_scratch("no.h5"));
    MUST(import(text, "encode=codes", in_scratch("codes.h5")));
    free(text);
}

static void test_gzip_and_existing_files(void)
{
    gzFile out = gzopen(in_scratch("t.csv.gz"), "wb");
    for (int i = 0; i < 20000; i++)
        gzprintf(out, "%d,%d\n", i, i % 3);
    gzclose(out);
    static float x[20000];
    yk_shape shape;
    unlink(in_scratch("z.h5"));
    MUST(import_one("csv", in_scratch("t.csv.gz"), "label=2", in_scratch("z.h5")));
    read_field(in_scratch("z.h5"), "x", x, &shape);
    CU_ASSERT(shape.dim[0] == 20000 && x[19999] == 19999);
    CU_ASSERT(import_one("csv", in_scratch("t.csv.gz"), "label=2", in_scratch("z.h5")) == YK_ERR_DATA);
    CU_ASSERT(strstr(yk_error_text(), "holds fields already") != NULL);
    char spec[2 * PATH];
    snprintf(spec, sizeof spec, "%s:/more", in_scratch("z.h5"));
    MUST(import_one("csv", in_scratch("t.csv.gz"), "label=2", spec));
}

static void test_what_gzip_may_unfold_to(void)
{
    gzFile out = gzopen(in_scratch("bomb.csv"), "wb9");
    for (int i = 0; i < 1000000; i++)
        gzputs(out, "1,2\n");
    gzclose(out);
    CU_ASSERT(import_one("csv", in_scratch("bomb.csv"), "", in_scratch("no.h5")) == YK_ERR_DATA);
    CU_ASSERT(strstr(yk_error_text(), "bomb.csv: unfolds to more than 100 times its size") != NULL);
    check_nothing_left("bomb", in_scratch("no.h5"));
}

static void test_no_memory(void)
{
    char out[2 * PATH];
    snprintf(out, sizeof out, "%s", in_scratch("memory.h5"));
    CHECK_NO_MEMORY(import("a,b,c\n1,x,p\n2,y,q\n3,,p\n4,x,q\n", "label=c split=0.5,0.5 missing=mean", out), out);
}

int main(void)
{
    static const yk_test tests[] = { { "cells", test_cells },
                                     { "numbers", test_numbers },
                                     { "columns", test_columns },
                                     { "classes", test_classes },
                                     { "several targets", test_several_targets },
                                     { "split", test_split },
                                     { "missing", test_missing },
                                     { "rows", test_rows },
                                     { "errors", test_errors },
                                     { "huge cell, many texts", test_huge_cell_and_many_texts },
                                     { "gzip and existing files", test_gzip_and_existing_files },
                                     { "what gzip may unfold to", test_what_gzip_may_unfold_to },
                                     { "no memory", test_no_memory },
                                     { 0 } };
    scratch_begin();
    int failed = yk_test_main("data/csv", tests);
    scratch_end();
    return failed;
}
