/* SPDX-License-Identifier: Apache-2.0 */
/* Splits of many files: their order, samples numbered through, few open at a time, files that do not fit together. */
#include "test.h"

#include <dirent.h>
#include <stdint.h>
#include <sys/stat.h>

#include "core/error.h"
#include "core/mem.h"
#include "io/datafile.h"
#include "io/pattern.h"
#include "scratch.h"

enum { FILES = 70, WIDTH = 3 }; /* twice as many as are kept open */

static int64_t samples; /* of all */

/* Sample s, element j of all files together. */
static int32_t value(int64_t s, int64_t j)
{
    return (int32_t)(10 * s + j);
}

/* File i has i % 4 samples: some have none. */
static int64_t count_of(int i)
{
    return i % 4;
}

static const char *name_of(const char *folder, int i)
{
    static char text[2 * PATH];
    snprintf(text, sizeof text, "%s/%s/s%03d.h5", scratch, folder, i);
    return text;
}

static void write_file(const char *path, int64_t first, int64_t n, yk_dtype dtype, int64_t width)
{
    char spec[2 * PATH + 16];
    int32_t x[64] = { 0 }, y[16] = { 0 };
    yk_datawriter *w;
    for (int64_t i = 0; i < n * width; i++)
        x[i] = value(first + i / width, i % width);
    for (int64_t i = 0; i < n; i++)
        y[i] = (int32_t)(first + i);
    snprintf(spec, sizeof spec, "%s:/t", path);
    MUST(yk_datawriter_create(&w, spec, false));
    MUST(yk_datawriter_field(w, "x", &(yk_tensor){ dtype, yk_shape_of(2, n, width), x }));
    MUST(yk_datawriter_field(w, "y", &(yk_tensor){ YK_I32, yk_shape_of(1, n), y }));
    MUST(yk_datawriter_commit(&w));
}

static void make_files(void)
{
    mkdir(in_scratch("many"), 0777);
    for (int i = 0; i < FILES; i++) {
        write_file(name_of("many", i), samples, count_of(i), YK_I32, WIDTH);
        samples += count_of(i);
    }
}

static int open_descriptors(void)
{
    int n = 0;
    DIR *d = opendir("/proc/self/fd");
    while (d && readdir(d))
        n++;
    if (d)
        closedir(d);
    return n;
}

static void check(const char *label, const int32_t *x, int64_t n, const int64_t *sample)
{
    for (int64_t i = 0; i < n * WIDTH; i++)
        if (x[i] != value(sample[i / WIDTH], i % WIDTH)) {
            FAIL_CASE(label, "sample %lld: %d", (long long)sample[i / WIDTH], x[i]);
            return;
        }
}

static void test_samples(void)
{
    char spec[2 * PATH];
    int32_t x[256 * WIDTH];
    int64_t sample[256];
    yk_datafile *f;
    yk_field field;
    const int before = open_descriptors();
    snprintf(spec, sizeof spec, "%s/many/s*.h5:/t", scratch);
    MUST(yk_datafile_open(&f, spec));
    CU_ASSERT_EQUAL(yk_datafile_parts(f), FILES);
    CU_ASSERT_EQUAL(yk_datafile_count(f), 2);
    MUST(yk_datafile_field(f, "x", &field));
    CU_ASSERT(field.shape.dim[0] == samples && field.shape.dim[1] == WIDTH && field.dtype == YK_I32);
    MUST(yk_datafile_aligned(f, "x", "y"));
    MUST(yk_datafile_read(f, "x", 0, samples, x));
    for (int64_t i = 0; i < samples; i++)
        sample[i] = i;
    check("all", x, samples, sample);
    for (int64_t first = 0; first < samples; first += 7) {
        const int64_t n = samples - first < 9 ? samples - first : 9;
        MUST(yk_datafile_read(f, "x", first, n, x));
        check("a range", x, n, sample + first);
    }
    int64_t count = 0;
    for (int round = 0; round < 50; round++) { /* any order, some twice */
        const int64_t n = 1 + round * 5 % 200;
        for (int64_t i = 0; i < n; i++)
            sample[i] = (round * 31 + i * (round + 3)) % samples;
        if (round == 45)
            count = yk_mem_count();
        MUST(yk_datafile_gather(f, "x", n, sample, x));
        check("gathered", x, n, sample);
    }
    CU_ASSERT_EQUAL(yk_mem_count(), count); /* opening a file again takes none of our memory */
    CU_ASSERT(open_descriptors() - before <= 2 * 32);
    sample[0] = samples;
    CU_ASSERT_EQUAL(yk_datafile_gather(f, "x", 1, sample, x), YK_ERR_ARG);
    CU_ASSERT_EQUAL(yk_datafile_read(f, "x", samples - 1, 2, x), YK_ERR_ARG);
    int64_t place = 4; /* files 0..3 have 0, 1, 2, 3 samples */
    CU_ASSERT_PTR_NOT_NULL(strstr(yk_datafile_place(f, "x", &place), "many/s003.h5:/t"));
    CU_ASSERT_EQUAL(place, 1);
    yk_datafile_close(&f);
    CU_ASSERT_EQUAL(open_descriptors(), before);
}

static void test_names(void)
{
    static const char *const names[] = { "Z.h5", "a10.h5", "a2.h5", "b.h5" }; /* bytes, not numbers or letters */
    char **found, pattern[2 * PATH];
    int64_t n;
    mkdir(in_scratch("names"), 0777);
    for (int i = 3; i >= 0; i--) {
        char path[2 * PATH];
        snprintf(path, sizeof path, "%s/names/%s", scratch, names[i]);
        spit(path, "x", 1);
    }
    snprintf(pattern, sizeof pattern, "%s/names/*.h5", scratch);
    CU_ASSERT(yk_pattern_is(pattern));
    MUST(yk_pattern_files(pattern, &found, &n));
    CU_ASSERT_EQUAL_FATAL(n, 4);
    for (int i = 0; i < 4; i++)
        CU_ASSERT_STRING_EQUAL(strrchr(found[i], '/') + 1, names[i]);
    yk_pattern_free(&found, n);
    snprintf(pattern, sizeof pattern, "%s/names/a[0-9]?.h5", scratch);
    MUST(yk_pattern_files(pattern, &found, &n));
    CU_ASSERT_EQUAL(n, 1);
    yk_pattern_free(&found, n);
    spit(in_scratch("names/[ab].h5"), "x", 1); /* a file of that very name comes first */
    CU_ASSERT(!yk_pattern_is(in_scratch("names/[ab].h5")));
    MUST(yk_pattern_files(in_scratch("names/[ab].h5"), &found, &n));
    CU_ASSERT(n == 1 && strstr(found[0], "[ab].h5"));
    yk_pattern_free(&found, n);
    MUST(yk_pattern_files("/nowhere/x.h5", &found, &n)); /* no pattern: opening it will tell */
    CU_ASSERT_EQUAL(n, 1);
    yk_pattern_free(&found, n);
    CU_ASSERT_EQUAL(yk_pattern_files("/nowhere/*.h5", &found, &n), YK_ERR_IO);
    CU_ASSERT_PTR_NOT_NULL(strstr(yk_error_text(), "/nowhere/*.h5: no file matches this pattern"));
    CU_ASSERT(found == NULL && n == 0);
}

/* A field that differs is refused when it is asked for; the others serve. */
static void test_differences(void)
{
    static const struct {
        const char *folder;
        yk_dtype dtype;
        int64_t width;
        const char *text;
    } cases[] = {
        { "type", YK_F32, WIDTH, "s001.h5:/t: field \"x\" is of float32, but of int32 in " },
        { "shape", YK_I32, WIDTH + 1, "s001.h5:/t: a sample of field \"x\" has shape (4), but (3) in " },
    };
    for (int k = 0; k < LEN(cases); k++) {
        char spec[2 * PATH];
        yk_datafile *f;
        yk_field field;
        mkdir(in_scratch(cases[k].folder), 0777);
        for (int i = 0; i < 3; i++)
            write_file(name_of(cases[k].folder, i), 0, 2, i == 1 ? cases[k].dtype : YK_I32,
                       i == 1 ? cases[k].width : WIDTH);
        snprintf(spec, sizeof spec, "%s/%s/*.h5:/t", scratch, cases[k].folder);
        MUST(yk_datafile_open(&f, spec));
        CU_ASSERT_EQUAL(yk_datafile_count(f), 1);
        yk_status got = yk_datafile_field(f, "x", &field);
        if (got != YK_ERR_DATA || !strstr(yk_error_text(), cases[k].text) || !strstr(yk_error_text(), "s000.h5"))
            FAIL_CASE(cases[k].folder, "%s: %s", yk_status_name(got), yk_error_text());
        CU_ASSERT(yk_datafile_differs(f, 0) && strstr(yk_datafile_differs(f, 0), cases[k].text));
        CU_ASSERT_PTR_NULL(yk_datafile_differs(f, 1));
        MUST(yk_datafile_field(f, "y", &field));
        CU_ASSERT_EQUAL(field.shape.dim[0], 6);
        yk_datafile_close(&f);
    }
}

static yk_status open_and_read(void)
{
    char spec[2 * PATH];
    yk_datafile *f;
    static const int64_t sample[] = { 90, 1, 50 };
    int32_t x[3 * WIDTH];
    snprintf(spec, sizeof spec, "%s/many/s*.h5:/t", scratch);
    YK_TRY(yk_datafile_open(&f, spec));
    yk_status status = yk_datafile_gather(f, "x", 3, sample, x);
    yk_datafile_close(&f);
    return status;
}

static void test_no_memory(void)
{
    int64_t live = yk_mem_live();
    yk_status got = YK_ERR_NOMEM;
    for (int64_t n = 1; got != YK_OK; n += n < 40 ? 1 : 37) {
        yk_mem_fail_at(n);
        got = open_and_read();
        yk_mem_fail_at(0);
        CU_ASSERT_EQUAL(yk_mem_live(), live);
        CU_ASSERT_FATAL(got == YK_OK || got == YK_ERR_NOMEM);
    }
}

static void test_changes(void)
{
    char spec[2 * PATH];
    int32_t x[WIDTH];
    yk_datafile *f;
    snprintf(spec, sizeof spec, "%s/many/s*.h5:/t", scratch);
    MUST(yk_datafile_open(&f, spec));
    CU_ASSERT_EQUAL_FATAL(rename(name_of("many", 1), in_scratch("away.h5")), 0); /* sample 0; it is closed by now */
    CU_ASSERT_EQUAL(yk_datafile_read(f, "x", 0, 1, x), YK_ERR_IO);
    CU_ASSERT_PTR_NOT_NULL(strstr(yk_error_text(), "must stay while they are read: "));
    CU_ASSERT_PTR_NOT_NULL(strstr(yk_error_text(), "s001.h5: no such file"));
    CU_ASSERT_EQUAL_FATAL(rename(in_scratch("away.h5"), name_of("many", 1)), 0);
    MUST(yk_datafile_read(f, "x", 0, 1, x));
    FILE *append = fopen(name_of("many", 2), "ab");
    CU_ASSERT_FATAL(append && fputc('x', append) == 'x' && fclose(append) == 0);
    CU_ASSERT_EQUAL(yk_datafile_read(f, "x", 1, 1, x), YK_ERR_IO);
    CU_ASSERT_PTR_NOT_NULL(strstr(yk_error_text(), "s002.h5: was written to after it was opened first"));
    yk_datafile_close(&f);
}

int main(void)
{
    static const yk_test tests[] = { { "samples", test_samples },           { "names", test_names },
                                     { "differences", test_differences },   { "no memory", test_no_memory },
                                     { "files that change", test_changes }, { 0 } };
    scratch_begin();
    make_files();
    int failed = yk_test_main("io/pattern", tests);
    scratch_end();
    return failed;
}
