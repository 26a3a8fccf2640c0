/* SPDX-License-Identifier: Apache-2.0 */
/* Splits from files and from arrays: names, maps, numbers of samples, memory. */
#include "test.h"

#include <stdint.h>

#include "core/error.h"
#include "core/mem.h"
#include "data/dataset.h"
#include "io/scratch.h"

enum { N = 50, WIDTH = 3 };

static int16_t pixels[N][WIDTH];
static int32_t labels[N];

/* FILE:/train with images (N, 3) of int16, labels (N) of int32 and a shorter field. */
static void make_file(const char *path)
{
    for (int i = 0; i < N; i++) {
        labels[i] = 1000 + i;
        for (int j = 0; j < WIDTH; j++)
            pixels[i][j] = (int16_t)(10 * i + j);
    }
    char spec[2 * PATH];
    snprintf(spec, sizeof spec, "%s:/train", path);
    yk_datawriter *writer;
    MUST(yk_datawriter_create(&writer, spec, false));
    MUST(yk_datawriter_field(writer, "images", &(yk_tensor){ YK_I16, yk_shape_of(2, N, WIDTH), pixels }));
    MUST(yk_datawriter_field(writer, "labels", &(yk_tensor){ YK_I32, yk_shape_of(1, N), labels }));
    MUST(yk_datawriter_field(writer, "short", &(yk_tensor){ YK_I32, yk_shape_of(1, N - 1), labels }));
    MUST(yk_datawriter_commit(&writer));
}

static yk_source source_of(const char *map)
{
    yk_source source = { 0 };
    snprintf(source.file, sizeof source.file, "%s:/train", in_scratch("a.h5"));
    if (map)
        MUST(yk_source_map(&source, map));
    return source;
}

static void test_map(void)
{
    static const struct {
        const char *text, *field, *name, *error;
        int n;
    } cases[] = {
        { "x=test_set_x", "x", "test_set_x", NULL, 1 },
        { "x=a,y=b/c", "y", "b/c", NULL, 2 },
        { "x=a,x=b", "x", "b", NULL, 1 },
        { "x=a=b", "x", "a=b", NULL, 1 },
        { "", NULL, NULL, "\"\" is not FIELD=NAME", 0 },
        { "x", NULL, NULL, "\"x\" is not FIELD=NAME", 0 },
        { "x=", NULL, NULL, "\"x=\" is not", 0 },
        { "=a", NULL, NULL, "\"=a\" is not", 0 },
        { "x=a,,y=b", NULL, NULL, "\"\" is not", 1 },
        { "a=1,b=1,c=1,d=1,e=1,f=1,g=1,h=1,i=1", NULL, NULL, "at most 8 fields", 8 },
        { "aaaaaaaaaabbbbbbbbbbaaaaaaaaaabbbbbbbbbbaaaaaaaaaabbbbbbbbbbaaaaaaaaaa=1", NULL, NULL, "at most 63", 0 },
    };
    for (int c = 0; c < LEN(cases); c++) {
        yk_source source = { 0 };
        yk_status status = yk_source_map(&source, cases[c].text);
        bool good = status == (cases[c].error ? YK_ERR_ARG : YK_OK) && source.n_map == cases[c].n;
        if (good && cases[c].error)
            good = strstr(yk_error_text(), cases[c].error) != NULL;
        else if (good)
            good = strcmp(source.map[source.n_map - 1].field, cases[c].field) == 0 &&
                   strcmp(source.map[source.n_map - 1].name, cases[c].name) == 0;
        if (!good)
            FAIL_CASE(cases[c].text, "%s, %d fields: %s", yk_status_name(status), source.n_map, yk_error_text());
    }
}

static void test_file_name(void)
{
    char spec[600];
    yk_source source = { 0 };
    memset(spec, 'a', sizeof spec);
    spec[sizeof spec - 1] = '\0';
    CU_ASSERT(yk_source_file(&source, spec) == YK_ERR_ARG && strstr(yk_error_text(), "599 characters"));
    MUST(yk_source_file(&source, "a.h5:/train"));
    CU_ASSERT_STRING_EQUAL(source.file, "a.h5:/train");
}

/* The same samples whether the fields lie in memory or not. */
static void test_fetch(void)
{
    static const int64_t memories[] = { 0, N * (WIDTH * 2 + 4) - 1, N * (WIDTH * 2 + 4), INT64_MAX };
    static const int64_t sample[] = { 49, 0, 7, 7, 20, 21, 22, 3 };
    static const char *const fields[] = { "y", "x" };
    for (int m = 0; m < LEN(memories); m++) {
        yk_source source = source_of("x=images,y=labels");
        yk_dataset *d;
        MUST(yk_dataset_open(&d, &source, 2, fields, memories[m]));
        CU_ASSERT(yk_dataset_samples(d) == N);
        CU_ASSERT_STRING_EQUAL(yk_dataset_name(d), source.file);
        yk_field field;
        yk_dataset_field(d, 1, &field);
        CU_ASSERT(field.dtype == YK_I16 && field.shape.ndim == 2 && field.shape.dim[1] == WIDTH);
        CU_ASSERT((yk_dataset_kept(d) > 0) == (m >= 2));
        MUST(yk_dataset_load(d));
        int64_t live = yk_mem_live();
        MUST(yk_dataset_load(d)); /* the second time does nothing */
        CU_ASSERT(yk_mem_live() == live);
        int16_t x[LEN(sample)][WIDTH];
        int32_t y[LEN(sample)];
        MUST(yk_dataset_fetch(d, 0, LEN(sample), sample, y));
        MUST(yk_dataset_fetch(d, 1, LEN(sample), sample, x));
        for (int i = 0; i < LEN(sample); i++)
            if (y[i] != labels[sample[i]] || memcmp(x[i], pixels[sample[i]], sizeof x[i]) != 0)
                FAIL_CASE("fetch", "memory %lld, sample %lld", (long long)memories[m], (long long)sample[i]);
        yk_dataset_close(&d);
        CU_ASSERT_PTR_NULL(d);
        yk_dataset_close(&d);
    }
}

static void test_wrapped_arrays(void)
{
    static const char *const fields[] = { "x", "y" };
    const yk_tensor arrays[] = { { YK_I16, yk_shape_of(2, N, WIDTH), pixels }, { YK_I32, yk_shape_of(1, N), labels } };
    const yk_tensor uneven[] = { arrays[0], { YK_I32, yk_shape_of(1, N - 1), labels } };
    const yk_tensor scalar[] = { { YK_I32, { 0 }, labels } };
    const yk_tensor empty[] = { { YK_I32, { 1, { 0 } }, labels } };
    const int64_t sample[] = { 11, 3 };
    int32_t y[2];
    yk_dataset *d;
    MUST(yk_dataset_wrap(&d, 2, fields, arrays));
    MUST(yk_dataset_load(d));
    MUST(yk_dataset_fetch(d, 1, 2, sample, y));
    CU_ASSERT(y[0] == labels[11] && y[1] == labels[3]);
    yk_dataset_close(&d);
    CU_ASSERT(yk_dataset_wrap(&d, 2, fields, uneven) == YK_ERR_DATA);
    CU_ASSERT(d == NULL && strstr(yk_error_text(), "field x has 50 samples, but field y has 49"));
    CU_ASSERT(yk_dataset_wrap(&d, 1, fields, scalar) == YK_ERR_DATA && strstr(yk_error_text(), "single number"));
    CU_ASSERT(yk_dataset_wrap(&d, 1, fields, empty) == YK_ERR_DATA && strstr(yk_error_text(), "no samples"));
    CU_ASSERT(yk_dataset_wrap(&d, 0, fields, arrays) == YK_ERR_ARG);
    CU_ASSERT(yk_mem_live() == 0);
}

static void test_errors(void)
{
    static const struct {
        const char *label, *map, *field[2];
        yk_status want;
        const char *text;
    } cases[] = {
        { "no such field", NULL, { "x", "labels" }, YK_ERR_DATA, "images" },
        { "no such field by map", "x=nothing", { "x", "labels" }, YK_ERR_DATA, "nothing" },
        { "counts differ",
          "x=images,y=short",
          { "x", "y" },
          YK_ERR_DATA,
          "a.h5:/train: field images has 50 samples, but field short has 49" },
    };
    for (int c = 0; c < LEN(cases); c++) {
        yk_source source = source_of(cases[c].map);
        yk_dataset *d;
        yk_status status = yk_dataset_open(&d, &source, 2, cases[c].field, 0);
        if (status != cases[c].want || d || !strstr(yk_error_text(), cases[c].text))
            FAIL_CASE(cases[c].label, "%s: %s", yk_status_name(status), yk_error_text());
        yk_dataset_close(&d);
    }
    yk_source source = { .file = "/nowhere/b.h5" };
    yk_dataset *d;
    CU_ASSERT(yk_dataset_open(&d, &source, 1, cases[0].field, 0) == YK_ERR_IO);
    CU_ASSERT(yk_mem_live() == 0);
}

static void test_no_memory(void)
{
    static const char *const fields[] = { "images", "labels" };
    yk_source source = source_of(NULL);
    yk_status status = YK_ERR_NOMEM;
    for (int64_t n = 1; status != YK_OK && n < 1000; n++) {
        yk_dataset *d;
        yk_mem_fail_at(n);
        status = yk_dataset_open(&d, &source, 2, fields, INT64_MAX);
        if (status == YK_OK)
            status = yk_dataset_load(d);
        yk_mem_fail_at(0);
        CU_ASSERT_FATAL(status == YK_OK || status == YK_ERR_NOMEM);
        yk_dataset_close(&d);
        CU_ASSERT(yk_mem_live() == 0);
    }
    CU_ASSERT(status == YK_OK);
}

int main(void)
{
    static const yk_test tests[] = { { "map", test_map },
                                     { "file name", test_file_name },
                                     { "fetch", test_fetch },
                                     { "wrapped arrays", test_wrapped_arrays },
                                     { "errors", test_errors },
                                     { "no memory", test_no_memory },
                                     { 0 } };
    scratch_begin();
    make_file(in_scratch("a.h5"));
    int failed = yk_test_main("data/dataset", tests);
    scratch_end();
    return failed;
}
