/* SPDX-License-Identifier: Apache-2.0 */
/* Reading what others wrote: tests/golden/make_h5.py says what the files hold. */
#include "test.h"

#include <stdint.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <fcntl.h>

#include "core/error.h"
#include "core/mem.h"
#include "io/datafile.h"
#include "scratch.h"

#define N 12
#define WIDTH 6
#define GOLDEN(name) YK_TEST_DIR "/golden/" name

/* What sample i, element j of a golden field holds. */
static double golden(const yk_field *f, int64_t i, int64_t j)
{
    double v = (double)(10 * i + j);
    if (strcmp(f->name, "bool") == 0)
        return (10 * i + j) % 3 == 0;
    if (strncmp(f->name, "enum", 4) == 0)
        return (double)((10 * i + j) % 3);
    if (strcmp(f->name, "never_written") == 0)
        return 7;
    return yk_dtype_size(f->dtype) == 1 ? (double)((10 * i + j) % 100) : v;
}

static double half(uint16_t bits)
{
    int exponent = (bits >> 10) & 31;
    double mantissa = bits & 1023, value = 1;
    for (int i = 0; i < exponent; i++)
        value *= 2;
    return exponent ? value * (1024 + mantissa) / 1024 / 32768 : mantissa / 1024 / 16384;
}

static double element(yk_dtype dtype, const void *data, int64_t i)
{
    switch (dtype) {
    case YK_F32:
        return ((const float *)data)[i];
    case YK_F64:
        return ((const double *)data)[i];
    case YK_F16:
        return half(((const uint16_t *)data)[i]);
    case YK_I8:
        return ((const int8_t *)data)[i];
    case YK_U8:
        return ((const uint8_t *)data)[i];
    case YK_I16:
        return ((const int16_t *)data)[i];
    case YK_U16:
        return ((const uint16_t *)data)[i];
    case YK_I32:
        return ((const int32_t *)data)[i];
    case YK_U32:
        return ((const uint32_t *)data)[i];
    case YK_I64:
        return (double)((const int64_t *)data)[i];
    case YK_U64:
        return (double)((const uint64_t *)data)[i];
    default:
        return -1;
    }
}

/* Samples in `data` are those numbered sample[0..n). */
static void check(const char *label, const yk_field *f, const void *data, const int64_t *sample, int64_t n)
{
    int64_t width = yk_shape_len_from(&f->shape, 1);
    for (int64_t i = 0; i < n; i++)
        for (int64_t j = 0; j < width; j++) {
            double got = element(f->dtype, data, i * width + j), want = golden(f, sample[i], j);
            if (got != want) {
                FAIL_CASE(label, "%s, sample %lld, element %lld: %g, not %g", f->name, (long long)sample[i],
                          (long long)j, got, want);
                return;
            }
        }
}

static void test_every_kind_of_field(void)
{
    static const struct {
        const char *label;
        int n;
        int64_t sample[N + 4];
    } orders[] = {
        { "in order", N, { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11 } },
        { "backwards", N, { 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0 } },
        { "some", 5, { 7, 2, 3, 11, 0 } },
        { "twice the same", 7, { 3, 3, 4, 4, 5, 3, 0 } },
        { "one", 1, { 6 } },
        { "none", 0, { 0 } },
        { "in pairs", 12, { 10, 11, 0, 1, 6, 7, 2, 3, 8, 9, 4, 5 } },
    };
    yk_datafile *f;
    int64_t live = yk_mem_live();
    MUST(yk_datafile_open(&f, GOLDEN("kinds.h5:/all")));
    CU_ASSERT_STRING_EQUAL(yk_datafile_spec(f), GOLDEN("kinds.h5:/all"));
    CU_ASSERT_EQUAL(yk_datafile_count(f), 30);
    for (int i = 0; i < yk_datafile_count(f); i++) {
        yk_field field, again;
        char data[64 * (N + 4) * WIDTH];
        yk_datafile_at(f, i, &field);
        MUST(yk_datafile_field(f, field.name, &again));
        CU_ASSERT(again.name == field.name && yk_shape_equal(&again.shape, &field.shape));
        if (field.shape.dim[0] == 0)
            continue;
        for (int o = 0; o < LEN(orders); o++) {
            memset(data, 0x5a, sizeof data);
            MUST(yk_datafile_gather(f, field.name, orders[o].n, orders[o].sample, data));
            check(orders[o].label, &field, data, orders[o].sample, orders[o].n);
        }
        memset(data, 0x5a, sizeof data);
        MUST(yk_datafile_read(f, field.name, 3, 8, data));
        check("read", &field, data, orders[0].sample + 3, 8);
        MUST(yk_datafile_read(f, field.name, N, 0, data));
    }
    yk_datafile_close(&f);
    CU_ASSERT(f == NULL);
    CU_ASSERT_EQUAL(yk_mem_live(), live);
}

static void test_types_and_shapes(void)
{
    static const struct {
        const char *name, *dtype, *shape;
    } want[] = {
        { "le_f4", "float32", "(12, 6)" },    { "be_f8", "float64", "(12, 6)" },
        { "be_f2", "float16", "(12, 6)" },    { "i1", "int8", "(12, 6)" },
        { "u1", "uint8", "(12, 6)" },         { "be_i2", "int16", "(12, 6)" },
        { "be_u4", "uint32", "(12, 6)" },     { "le_u8", "uint64", "(12, 6)" },
        { "bool", "int8", "(12, 6)" },        { "enum", "int16", "(12, 6)" },
        { "gzip_be", "int32", "(12, 6)" },    { "image", "uint8", "(12, 2, 3, 1)" },
        { "single_column", "int64", "(12)" }, { "no_samples", "float32", "(0, 6)" },
        { "no_width", "float32", "(12, 0)" },
    };
    yk_datafile *f;
    MUST(yk_datafile_open(&f, GOLDEN("kinds.h5:/all/")));
    for (int i = 0; i < LEN(want); i++) {
        yk_field field;
        char shape[YK_SHAPE_TEXT];
        MUST(yk_datafile_field(f, want[i].name, &field));
        yk_shape_text(&field.shape, 0, shape);
        if (strcmp(yk_dtype_name(field.dtype), want[i].dtype) ||
            strncmp(shape, want[i].shape, strlen(want[i].shape) - 1))
            FAIL_CASE(want[i].name, "%s %s", yk_dtype_name(field.dtype), shape);
    }
    yk_datafile_close(&f);
}

/* Through the specification, below it, through links; only fields are counted. */
static void test_finding_fields(void)
{
    yk_datafile *f;
    yk_field field;
    float row[WIDTH];
    MUST(yk_datafile_open(&f, GOLDEN("kinds.h5:/odd")));
    CU_ASSERT_EQUAL(yk_datafile_count(f), 2);
    yk_datafile_at(f, 0, &field);
    CU_ASSERT_STRING_EQUAL(field.name, "linked");
    yk_datafile_at(f, 1, &field);
    CU_ASSERT_STRING_EQUAL(field.name, "x");
    yk_datafile_close(&f);

    MUST(yk_datafile_open(&f, GOLDEN("kinds.h5")));
    CU_ASSERT_EQUAL(yk_datafile_count(f), 0);
    MUST(yk_datafile_field(f, "deep/er/x", &field));
    MUST(yk_datafile_field(f, "/odd/x", &field));
    MUST(yk_datafile_read(f, "deep/er/x", 2, 1, row));
    CU_ASSERT_EQUAL(row[5], 25);
    CU_ASSERT_EQUAL(yk_datafile_count(f), 0);
    yk_datafile_close(&f);

    MUST(yk_datafile_open(&f, GOLDEN("userblock.h5")));
    MUST(yk_datafile_read(f, "x", 11, 1, row));
    CU_ASSERT_EQUAL(row[1], 111);
    yk_datafile_close(&f);

    if (chdir(YK_TEST_DIR "/golden") != 0) /* external links are relative */
        CU_FAIL_FATAL("no golden folder");
    MUST(yk_datafile_open(&f, "linking.h5"));
    MUST(yk_datafile_read(f, "x", 1, 1, row));
    CU_ASSERT_EQUAL(row[2], -12);
    MUST(yk_datafile_read(f, "own", 1, 1, row));
    CU_ASSERT_EQUAL(row[2], 12);
    yk_datafile_close(&f);
}

static void test_refusals(void)
{
    long bytes;
    char *kinds = slurp(GOLDEN("kinds.h5"), &bytes);
    spit(in_scratch("short.h5"), kinds, 20000);
    spit(in_scratch("stump.h5"), kinds, 40);
    free(kinds);
    spit(in_scratch("text.h5"), "hello\n", 6);
    spit(in_scratch("empty.h5"), "", 0);
    const struct {
        const char *spec;
        yk_status want;
        const char *text;
    } cases[] = {
        { in_scratch("none.h5"), YK_ERR_IO, "none.h5: no such file" },
        { "/nowhere/x.h5:/train", YK_ERR_IO, "/nowhere/x.h5: no such file" },
        { scratch, YK_ERR_IO, "is a folder, not a file" },
        { "/dev/null", YK_ERR_IO, "is not a regular file" },
        { "", YK_ERR_ARG, "an empty name" },
        { GOLDEN("kinds.h5:/test"), YK_ERR_DATA, "kinds.h5: no group /test; fields are in: /all, /deep/er, /odd" },
        { GOLDEN("kinds.h5:/all/le_f4"), YK_ERR_DATA, "/all/le_f4 is a field" },
    };
    for (int i = 0; i < LEN(cases); i++) {
        yk_datafile *f;
        yk_status got = yk_datafile_open(&f, cases[i].spec);
        if (got != cases[i].want || f || !strstr(yk_error_text(), cases[i].text))
            FAIL_CASE(cases[i].spec, "%s: %s", yk_status_name(got), yk_error_text());
    }
    static const struct {
        const char *name, *text;
    } broken[] = {
        { "text.h5", "text.h5: not an HDF5 file" },
        { "empty.h5", "empty.h5: the file is empty (0 bytes)" },
        { "short.h5", "short.h5: truncated: the file has 20000 bytes, its header says 41834" },
        { "stump.h5", "stump.h5: damaged: " },
    };
    for (int i = 0; i < LEN(broken); i++) {
        yk_datafile *f;
        yk_status got = yk_datafile_open(&f, in_scratch(broken[i].name));
        if (got != YK_ERR_IO || f || !strstr(yk_error_text(), broken[i].text))
            FAIL_CASE(broken[i].name, "%s: %s", yk_status_name(got), yk_error_text());
    }
}

static void test_refused_fields(void)
{
    static const struct {
        const char *name, *text;
    } cases[] = {
        { "z", "kinds.h5:/odd: no field \"z\" (did you mean \"x\"?); fields: linked, x" },
        { "", "no field \"\"" },
        { "x/y", "no field \"x/y\"" },
        { "scalar", "\"scalar\" does not hold numbers with samples first" },
        { "text", "\"text\" does not hold" },
        { "record", "\"record\" does not hold" },
        { "seven_dims", "\"seven_dims\" does not hold" },
        { "complex", "\"complex\" does not hold" },
        { "nothing", "\"nothing\" does not hold" },
        { "type", "no field \"type\"" },
        { "dangling", "no field \"dangling\"" },
        { "elsewhere", "no field \"elsewhere\"" },
        { "circle", "no field \"circle\"" },
    };
    yk_datafile *f;
    yk_field field;
    MUST(yk_datafile_open(&f, GOLDEN("kinds.h5:/odd")));
    for (int i = 0; i < LEN(cases); i++) {
        yk_status got = yk_datafile_field(f, cases[i].name, &field);
        if (got != YK_ERR_DATA || !strstr(yk_error_text(), cases[i].text))
            FAIL_CASE(cases[i].name, "%s: %s", yk_status_name(got), yk_error_text());
    }
    float row[WIDTH];
    static const int64_t beyond[] = { 0, 12 }, negative[] = { -1 };
    CU_ASSERT_EQUAL(yk_datafile_read(f, "x", 11, 2, row), YK_ERR_ARG);
    CU_ASSERT_EQUAL(yk_datafile_read(f, "x", -1, 1, row), YK_ERR_ARG);
    CU_ASSERT_EQUAL(yk_datafile_gather(f, "x", 2, beyond, row), YK_ERR_ARG);
    CU_ASSERT_PTR_NOT_NULL(strstr(yk_error_text(), "has 12 samples; there is no sample 12"));
    CU_ASSERT_EQUAL(yk_datafile_gather(f, "x", 1, negative, row), YK_ERR_ARG);
    CU_ASSERT_EQUAL(yk_datafile_read(f, "z", 0, 1, row), YK_ERR_DATA);
    yk_datafile_close(&f);
}

/* "a:/b" may be a folder's name: the last cut counts, and a file of the whole name comes first. */
static void test_specifications(void)
{
    static const struct {
        const char *label, *file, *group;
    } cases[] = {
        { "colon in a folder", "a:b/c.h5", ":/odd" }, { "two cuts", "a:/c.h5", ":/odd" },
        { "colon in the name", "c:d.h5", ":/odd" },   { "blanks and quotes", "it's a file.h5", ":/odd" },
        { "several slashes", "c.h5", "://odd///" },
    };
    mkdir(in_scratch("a:b"), 0777);
    mkdir(in_scratch("a:"), 0777);
    for (int i = 0; i < LEN(cases); i++) {
        char spec[2 * PATH];
        yk_datafile *f;
        copy_file(GOLDEN("kinds.h5"), in_scratch(cases[i].file));
        snprintf(spec, sizeof spec, "%s%s", in_scratch(cases[i].file), cases[i].group);
        if (yk_datafile_open(&f, spec) != YK_OK || yk_datafile_count(f) != 2)
            FAIL_CASE(cases[i].label, "%s", yk_error_text());
        yk_datafile_close(&f);
    }
    yk_datafile *f; /* without a group the whole of it is the file */
    MUST(yk_datafile_open(&f, in_scratch("a:/c.h5")));
    yk_datafile_close(&f);
}

static void test_cut_short_while_open(void)
{
    static const char *const names[] = { "le_f8", "be_f8", "chunked", "gzip", "compact" };
    for (int i = 0; i < LEN(names); i++) {
        yk_datafile *f;
        char data[8 * N * WIDTH], spec[2 * PATH];
        copy_file(GOLDEN("kinds.h5"), in_scratch("cut.h5"));
        snprintf(spec, sizeof spec, "%s:/all", in_scratch("cut.h5"));
        MUST(yk_datafile_open(&f, spec));
        CU_ASSERT_EQUAL_FATAL(truncate(in_scratch("cut.h5"), 2048), 0);
        yk_status got = yk_datafile_read(f, names[i], 0, N, data);
        if (got != YK_ERR_IO || !strstr(yk_error_text(), "cut.h5:/all: ") || !strstr(yk_error_text(), names[i]))
            if (got != YK_ERR_IO || !strstr(yk_error_text(), "truncated"))
                FAIL_CASE(names[i], "%s: %s", yk_status_name(got), yk_error_text());
        yk_datafile_close(&f);
    }
}

static void test_held_by_a_writer(void)
{
    yk_datafile *f;
    copy_file(GOLDEN("kinds.h5"), in_scratch("held.h5"));
    int fd = open(in_scratch("held.h5"), O_RDWR);
    CU_ASSERT_EQUAL_FATAL(flock(fd, LOCK_EX), 0); /* as HDF5 does for writing */
    CU_ASSERT_EQUAL(yk_datafile_open(&f, in_scratch("held.h5")), YK_ERR_IO);
    CU_ASSERT_PTR_NOT_NULL(strstr(yk_error_text(), "another process has it open for writing"));
    setenv("HDF5_USE_FILE_LOCKING", "FALSE", 1);
    MUST(yk_datafile_open(&f, in_scratch("held.h5")));
    unsetenv("HDF5_USE_FILE_LOCKING");
    yk_datafile_close(&f);
    flock(fd, LOCK_SH);
    MUST(yk_datafile_open(&f, in_scratch("held.h5"))); /* readers do not mind each other */
    yk_datafile_close(&f);
    close(fd);
}

static void test_classes(void)
{
    static const struct {
        const char *group, *field;
        int64_t n;
        const char *names; /* separated by | */
    } cases[] = {
        { "variable", "y", 3, "Null|eins|zw\xc3\xb6lf" },
        { "variable", "x", 0, "" },
        { "fixed", "y", 3, "a|bcd|" },
        { "listed", "y", 2, "non-cat|cat" },
        { "none", "y", 0, "" },
    };
    for (int i = 0; i < LEN(cases); i++) {
        char spec[PATH], text[PATH] = "", *names;
        int64_t n;
        yk_datafile *f;
        snprintf(spec, sizeof spec, "%s:/%s", GOLDEN("classes.h5"), cases[i].group);
        MUST(yk_datafile_open(&f, spec));
        MUST(yk_datafile_classes(f, cases[i].field, &names, &n));
        const char *at = names;
        for (int64_t k = 0; k < n; k++, at += strlen(at) + 1)
            snprintf(text + strlen(text), sizeof text - strlen(text), "%s%s", k ? "|" : "", at);
        if (n != cases[i].n || strcmp(text, cases[i].names) || (n == 0) != (names == NULL))
            FAIL_CASE(cases[i].group, "%lld: %s", (long long)n, text);
        yk_free(names);
        CU_ASSERT_EQUAL(yk_datafile_classes(f, "z", &names, &n), YK_ERR_DATA);
        yk_datafile_close(&f);
    }
}

static void test_reals(void)
{
    static const struct {
        const char *group, *field, *attribute;
        int64_t n;
        double value[3];
    } cases[] = {
        { "variable", "x", "mean", 3, { 1.5, 2.5, 3.5 } },
        { "variable", "y", "mean", 1, { 0.25 } },
        { "variable", "x", "count", 1, { 7 } },
        { "variable", "x", "std", 0, { 0 } },
    };
    yk_datafile *f;
    double *values;
    int64_t n;
    for (int i = 0; i < LEN(cases); i++) {
        MUST(yk_datafile_open(&f, GOLDEN("classes.h5:/variable")));
        MUST(yk_datafile_reals(f, cases[i].field, cases[i].attribute, &values, &n));
        if (n != cases[i].n || (n && memcmp(values, cases[i].value, 8 * (size_t)n)))
            FAIL_CASE(cases[i].attribute, "%lld values", (long long)n);
        yk_free(values);
        yk_datafile_close(&f);
    }
    MUST(yk_datafile_open(&f, GOLDEN("classes.h5:/variable")));
    CU_ASSERT_EQUAL(yk_datafile_reals(f, "x", "word", &values, &n), YK_ERR_DATA);
    CU_ASSERT_PTR_NOT_NULL(strstr(yk_error_text(), "\"word\" does not hold numbers"));
    yk_datafile_close(&f);
}

static yk_status note(void *context, const char *group)
{
    char *text = context;
    snprintf(text + strlen(text), PATH - strlen(text), "%s ", group);
    return YK_OK;
}

static yk_status refuse(void *context, const char *group)
{
    (void)context;
    YK_FAIL(YK_ERR_ARG, "not %s", group);
}

static void test_visit(void)
{
    char text[PATH] = "";
    MUST(yk_datafile_visit(GOLDEN("classes.h5"), note, text));
    CU_ASSERT_STRING_EQUAL(text, "/fixed /listed /none /variable ");
    text[0] = '\0';
    MUST(yk_datafile_visit(GOLDEN("kinds.h5"), note, text)); /* not in circles */
    CU_ASSERT_STRING_EQUAL(text, "/all /deep/er /odd ");
    text[0] = '\0';
    MUST(yk_datafile_visit(GOLDEN("userblock.h5"), note, text));
    CU_ASSERT_STRING_EQUAL(text, "/ ");
    CU_ASSERT_EQUAL(yk_datafile_visit(GOLDEN("classes.h5"), refuse, NULL), YK_ERR_ARG);
    CU_ASSERT_STRING_EQUAL(yk_error_text(), "not /fixed");
    CU_ASSERT_EQUAL(yk_datafile_visit(in_scratch("none.h5"), note, text), YK_ERR_IO);
}

static yk_status all_of_it(void)
{
    yk_datafile *f;
    static const int64_t sample[] = { 5, 1, 2 };
    float rows[3 * WIDTH];
    char *names;
    double *values;
    int64_t n;
    YK_TRY(yk_datafile_open(&f, GOLDEN("classes.h5:/variable")));
    yk_status status = yk_datafile_gather(f, "x", 3, sample, rows);
    if (status == YK_OK)
        status = yk_datafile_classes(f, "y", &names, &n);
    if (status == YK_OK) {
        yk_free(names);
        status = yk_datafile_reals(f, "x", "mean", &values, &n);
    }
    if (status == YK_OK)
        yk_free(values);
    yk_datafile_close(&f);
    return status;
}

static void test_no_memory(void)
{
    int64_t live = yk_mem_live(), n = 1;
    for (;; n++) {
        yk_mem_fail_at(n);
        yk_status got = all_of_it();
        yk_mem_fail_at(0);
        CU_ASSERT_EQUAL(yk_mem_live(), live);
        if (got == YK_OK)
            break;
        CU_ASSERT_EQUAL(got, YK_ERR_NOMEM);
    }
    CU_ASSERT(n > 10);
}

/* After the first batch reading takes no memory of ours. */
static void test_gather_allocates_once(void)
{
    yk_datafile *f;
    static const int64_t sample[] = { 5, 1, 2, 7 };
    float rows[4 * WIDTH];
    MUST(yk_datafile_open(&f, GOLDEN("kinds.h5:/all")));
    MUST(yk_datafile_gather(f, "le_f4", 4, sample, rows));
    int64_t count = yk_mem_count();
    MUST(yk_datafile_gather(f, "le_f4", 3, sample, rows));
    MUST(yk_datafile_gather(f, "gzip", 4, sample, rows));
    CU_ASSERT_EQUAL(yk_mem_count(), count);
    yk_datafile_close(&f);
}

int main(void)
{
    static const yk_test tests[] = {
        { "every kind of field", test_every_kind_of_field },
        { "types and shapes", test_types_and_shapes },
        { "finding fields", test_finding_fields },
        { "refused files and groups", test_refusals },
        { "refused fields", test_refused_fields },
        { "specifications", test_specifications },
        { "a file cut short while it is open", test_cut_short_while_open },
        { "a file held by a writer", test_held_by_a_writer },
        { "classes", test_classes },
        { "real attributes", test_reals },
        { "visiting groups", test_visit },
        { "allocation failures", test_no_memory },
        { "gather allocates once", test_gather_allocates_once },
        { NULL, NULL },
    };
    scratch_begin();
    int status = yk_test_main("io/datafile", tests);
    scratch_end();
    return status;
}
