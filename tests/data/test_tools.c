/* SPDX-License-Identifier: Apache-2.0 */
/* join, sample, stats and show. */
#include "test.h"

#include <math.h>

#include "core/num.h"
#include "data/picture.h"
#include "data/tools.h"
#include "importing.h"

enum { N = 40 };

/* /GROUP with x (n, 2) = (first + i, NaN for i = 0), y = i % 4 with classes, z a float a sample. */
static void make(const char *path, const char *group, int n, int first, const char *const *classes)
{
    static float x[N][2], z[N];
    static uint8_t y[N];
    char spec[2 * PATH + 32];
    for (int i = 0; i < n; i++) {
        x[i][0] = (float)(first + i);
        x[i][1] = i == 0 ? NAN : 1;
        y[i] = (uint8_t)(i % 4);
        z[i] = 0.5f * (float)i;
    }
    yk_datawriter *w;
    snprintf(spec, sizeof spec, "%s:/%s", path, group);
    MUST(yk_datawriter_create(&w, spec, false));
    MUST(yk_datawriter_field(w, "x", &(yk_tensor){ YK_F32, yk_shape_of(2, n, 2), x }));
    MUST(yk_datawriter_strings(w, "x", "columns", 2, (const char *const[]){ "u", "v" }));
    MUST(yk_datawriter_field(w, "y", &(yk_tensor){ YK_U8, yk_shape_of(1, n), y }));
    MUST(yk_datawriter_classes(w, "y", 4, classes));
    MUST(yk_datawriter_field(w, "z", &(yk_tensor){ YK_F32, yk_shape_of(1, n), z }));
    MUST(yk_datawriter_commit(&w));
}

static const char *const letters[] = { "a", "b", "c", "d" }, *const others[] = { "a", "b", "c", "e" };
static char path[2 * PATH], a[2 * PATH + 8], b[2 * PATH + 8], c[2 * PATH + 8], out[2 * PATH];

static void make_all(void)
{
    snprintf(path, sizeof path, "%s", in_scratch("in.h5"));
    snprintf(out, sizeof out, "%s", in_scratch("out.h5"));
    snprintf(a, sizeof a, "%s:/a", path);
    snprintf(b, sizeof b, "%s:/b", path);
    snprintf(c, sizeof c, "%s:/c", path);
    make(path, "a", N, 0, letters);
    make(path, "b", 7, 100, letters);
    make(path, "c", 7, 100, others);
}

static void test_join(void)
{
    float x[3 * N][2];
    uint8_t y[3 * N];
    yk_shape shape;
    const char *const specs[] = { b, a, b };
    unlink(out);
    MUST(yk_data_join(3, specs, out));
    CU_ASSERT(read_field(out, "x", x, &shape) == YK_F32 && shape.dim[0] == N + 14);
    CU_ASSERT(x[0][0] == 100 && x[7][0] == 0 && x[6 + N][0] == N - 1 && x[7 + N][0] == 100 && x[13 + N][0] == 106);
    CU_ASSERT(read_field(out, "y", y, &shape) == YK_U8 && y[8] == 1);
    CU_ASSERT(strcmp(strings_of(out, "y", "classes"), "a|b|c|d") == 0);
    CU_ASSERT(strcmp(strings_of(out, "x", "columns"), "u|v") == 0);
    CU_ASSERT(yk_data_join(3, specs, out) == YK_ERR_DATA); /* is there already */
    unlink(out);
    CU_ASSERT(yk_data_join(2, (const char *const[]){ a, c }, out) == YK_ERR_DATA);
    CU_ASSERT(strstr(yk_error_text(), "classes of y are not those of ") != NULL);
    yk_datawriter *w;
    char d[2 * PATH + 8];
    snprintf(d, sizeof d, "%s:/d", path);
    MUST(yk_datawriter_create(&w, d, false));
    MUST(yk_datawriter_field(w, "x", &(yk_tensor){ YK_F32, yk_shape_of(2, 5, 3), x }));
    MUST(yk_datawriter_commit(&w));
    CU_ASSERT(yk_data_join(2, (const char *const[]){ a, d }, out) == YK_ERR_DATA);
    CU_ASSERT(strstr(yk_error_text(), ":/d: has 1 fields, but ") != NULL);
    CU_ASSERT(yk_data_join(2, (const char *const[]){ d, a }, out) == YK_ERR_DATA);
    check_nothing_left("join", out);
    CHECK_NO_MEMORY(yk_data_join(2, (const char *const[]){ a, b }, out), out);
}

static void test_sample(void)
{
    float x[N][2];
    uint8_t y[N];
    int32_t label[N];
    yk_shape shape;
    unlink(out);
    MUST(yk_data_sample(a, &(yk_sampling){ .n = 10, .label = "y", .seed = 1 }, out));
    read_field(out, "x", x, &shape);
    CU_ASSERT(shape.dim[0] == 10 && read_field(out, "y", y, &shape) == YK_U8);
    for (int i = 0; i < 10; i++)
        CU_ASSERT(y[i] == (int)x[i][0] % 4 && (i == 0 || x[i][0] > x[i - 1][0]));
    unlink(out);
    MUST(yk_data_sample(a, &(yk_sampling){ .per_class = 3, .classes = "d,1", .label = "y", .seed = 1 }, out));
    CU_ASSERT(read_field(out, "y", label, &shape) == YK_I32 && shape.dim[0] == 6);
    read_field(out, "x", x, &shape);
    int count[2] = { 0 };
    for (int i = 0; i < 6; i++) {
        count[label[i]]++;
        CU_ASSERT((int)x[i][0] % 4 == (label[i] == 0 ? 3 : 1));
    }
    CU_ASSERT(count[0] == 3 && count[1] == 3 && strcmp(strings_of(out, "y", "classes"), "d|b") == 0);
    static const struct {
        const char *label;
        yk_sampling s;
        const char *message;
    } bad[] = { { "too many", { .n = N + 1, .label = "y" }, "40 samples can be had, -n asks for 41" },
                { "too many a class",
                  { .per_class = 11, .label = "y" },
                  "class 0 (a) has 10 samples; --per-class asks for 11" },
                { "no such class", { .classes = "a,f", .label = "y" }, "has no class \"f\"" },
                { "no such number", { .classes = "4", .label = "y" }, "has no class \"4\"" },
                { "a class twice", { .classes = "a,0", .label = "y" }, "0 is named twice" },
                { "no classes", { .classes = "", .label = "y" }, "names no class" },
                { "labels of halves", { .per_class = 1, .label = "z" }, "z of sample 1 is no class" },
                { "labels of two numbers", { .per_class = 1, .label = "x" }, "field x has several numbers" },
                { "no such field", { .per_class = 1, .label = "w" }, "\"w\"" } };
    unlink(out);
    for (int i = 0; i < LEN(bad); i++) {
        if (yk_data_sample(a, &bad[i].s, out) == YK_OK || !strstr(yk_error_text(), bad[i].message))
            FAIL_CASE(bad[i].label, "%s", yk_error_text());
        check_nothing_left(bad[i].label, out);
    }
    const yk_sampling s = { .per_class = 2, .classes = "a,c", .label = "y" };
    CHECK_NO_MEMORY(yk_data_sample(a, &s, out), out);
}

static void test_stats(void)
{
    yk_datafile *file;
    yk_field_stats *s;
    int64_t n, *count;
    MUST(yk_datafile_open(&file, a));
    MUST(yk_data_stats(file, "x", true, &s, &n));
    CU_ASSERT(n == 2 && s[0].count == N && s[0].nans == 0 && s[0].min == 0 && s[0].max == N - 1);
    CU_ASSERT(fabs(s[0].mean - 19.5) < 1e-12 && fabs(s[0].std - 11.5433963806152) < 1e-9);
    CU_ASSERT(s[1].nans == 1 && s[1].min == 1 && s[1].max == 1 && s[1].std == 0);
    yk_free(s);
    MUST(yk_data_stats(file, "x", false, &s, &n));
    CU_ASSERT(n == 1 && s[0].count == 2 * N && s[0].nans == 1 && s[0].max == N - 1);
    yk_free(s);
    MUST(yk_data_labels(file, "y", &count, &n));
    CU_ASSERT(n == 4 && count[0] == 10 && count[3] == 10);
    yk_free(count);
    MUST(yk_data_labels(file, "z", &count, &n));
    CU_ASSERT(n == 0 && !count);
    yk_datafile_close(&file);
}

/* A file with images of one type and shape; the two samples are dark and bright. */
static void make_images(const char *spec, yk_dtype dtype, const yk_shape *shape, double dark, double bright)
{
    static union {
        float f[2 * 400];
        uint8_t u[2 * 400];
        int16_t i[2 * 400];
    } data;
    const int64_t half = yk_shape_len(shape) / 2;
    for (int64_t i = 0; i < 2 * half; i++) {
        const double v = i < half ? dark : bright;
        if (dtype == YK_F32)
            data.f[i] = (float)v;
        else if (dtype == YK_U8)
            data.u[i] = (uint8_t)v;
        else
            data.i[i] = (int16_t)v;
    }
    yk_datawriter *w;
    MUST(yk_datawriter_create(&w, spec, false));
    MUST(yk_datawriter_field(w, "x", &(yk_tensor){ dtype, *shape, &data }));
    MUST(yk_datawriter_field(w, "y", &(yk_tensor){ YK_U8, yk_shape_of(1, 2), (uint8_t[]){ 0, 1 } }));
    MUST(yk_datawriter_classes(w, "y", 2, (const char *const[]){ "night", "a very long name of a day \xe2\x82\xac" }));
    MUST(yk_datawriter_commit(&w));
}

static bool sees(const yk_picture *p, int red, int green, int blue)
{
    for (int64_t i = 0; i < p->height * p->width; i++)
        if (p->pixel[3 * i] == red && p->pixel[3 * i + 1] == green && p->pixel[3 * i + 2] == blue)
            return true;
    return false;
}

static void test_show(void)
{
    static const struct {
        const char *label, *shape;
        yk_dtype dtype;
        int64_t dims[7];
        double dark, bright;
        int want_dark, want_bright;
    } cases[] = {
        { "gray bytes", "", YK_U8, { 4, 2, 5, 3, 1 }, 10, 200, 10, 200 },
        { "colours", "", YK_U8, { 4, 2, 3, 5, 3 }, 10, 200, 10, 200 },
        { "with alpha", "", YK_U8, { 4, 2, 3, 5, 4 }, 10, 200, 10, 200 },
        { "two channels", "", YK_U8, { 4, 2, 3, 5, 2 }, 10, 200, 10, 200 },
        { "no channels", "", YK_U8, { 3, 2, 20, 20 }, 10, 200, 10, 200 },
        { "floats from 0 to 1", "", YK_F32, { 3, 2, 4, 4 }, 0.2, 0.8, 51, 204 },
        { "other floats", "", YK_F32, { 3, 2, 4, 4 }, -3, 7, 0, 255 },
        { "integers", "", YK_I16, { 3, 2, 4, 4 }, 0, 1000, 0, 255 },
        { "flat", "4x4", YK_U8, { 2, 2, 16 }, 10, 200, 10, 200 },
        { "flat colours", "2x4x3", YK_U8, { 2, 2, 24 }, 10, 200, 10, 200 },
        { "large", "1x200x1", YK_U8, { 2, 2, 200 }, 10, 200, 10, 200 },
    };
    for (int k = 0; k < LEN(cases); k++) {
        char spec[2 * PATH + 32], png[2 * PATH];
        snprintf(spec, sizeof spec, "%s:/show%d", path, k);
        snprintf(png, sizeof png, "%s", in_scratch("sheet.png"));
        const yk_shape shape = yk_shape_from(cases[k].dims);
        make_images(spec, cases[k].dtype, &shape, cases[k].dark, cases[k].bright);
        yk_status status = yk_data_show(
            spec, &(yk_sheet){ .n = 9, .field = "x", .label = "y", .shape = cases[k].shape, .random = k % 2 }, png);
        if (status == YK_ERR_ARG && strstr(yk_error_text(), "without libpng"))
            return;
        if (status != YK_OK) {
            FAIL_CASE(cases[k].label, "%s", yk_error_text());
            continue;
        }
        long n = 0;
        yk_picture p;
        char *data = slurp(png, &n);
        MUST(yk_picture_decode(&p, "sheet", (unsigned char *)data, n, false));
        const int d = cases[k].want_dark, w = cases[k].want_bright;
        if (!sees(&p, d, d, d) || !sees(&p, w, w, w) || !sees(&p, 48, 48, 48) || !sees(&p, 255, 255, 255))
            FAIL_CASE(cases[k].label, "the sheet lacks an image, text or paper");
        yk_free(p.pixel);
        free(data);
    }
    char png[2 * PATH], missing[2 * PATH + 32];
    snprintf(png, sizeof png, "%s", in_scratch("no.png"));
    CU_ASSERT(yk_data_show(a, &(yk_sheet){ .n = 9, .field = "x", .label = "y", .shape = "" }, png) == YK_ERR_DATA);
    CU_ASSERT(strstr(yk_error_text(), "a sample of x is (2), no image; --shape") != NULL);
    CU_ASSERT(yk_data_show(a, &(yk_sheet){ .n = 9, .field = "x", .label = "y", .shape = "2" }, png) == YK_ERR_ARG);
    CU_ASSERT(yk_data_show(a, &(yk_sheet){ .n = 9, .field = "w", .label = "y", .shape = "" }, png) == YK_ERR_DATA);
    snprintf(missing, sizeof missing, "%s/nowhere/sheet.png", scratch);
    CU_ASSERT(yk_data_show(a, &(yk_sheet){ .n = 9, .field = "x", .label = "no", .shape = "1x2" }, missing) ==
              YK_ERR_IO);
    check_nothing_left("show", png);
    char spec[2 * PATH + 32];
    snprintf(spec, sizeof spec, "%s:/show0", path);
    const yk_sheet sheet = { .n = 9, .field = "x", .label = "y", .shape = "" };
    CHECK_NO_MEMORY(yk_data_show(spec, &sheet, png), png);
}

int main(void)
{
    static const yk_test tests[] = {
        { "join", test_join }, { "sample", test_sample }, { "stats", test_stats }, { "show", test_show }, { 0 }
    };
    scratch_begin();
    make_all();
    int failed = yk_test_main("data/tools", tests);
    scratch_end();
    return failed;
}
