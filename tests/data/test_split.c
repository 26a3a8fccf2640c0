/* SPDX-License-Identifier: Apache-2.0 */
/* Cutting splits: every sample is in exactly one part, fields stay together, nothing changes on error. */
#include "test.h"

#include <stdbool.h>
#include <stdint.h>

#include "core/error.h"
#include "core/mem.h"
#include "data/importers.h"
#include "io/datafile.h"
#include "io/scratch.h"

enum { N = 100 };

static const double mean[] = { 1.5, 2.5 };

/* /data/train with x (N, 2), y (N) with classes; /data/other stays as it is. */
static void make_file(const char *path)
{
    static int64_t x[N][2];
    static uint8_t y[N];
    static const char *const classes[] = { "cat", "dog" };
    char spec[2 * PATH];
    for (int i = 0; i < N; i++) {
        x[i][0] = i;
        x[i][1] = -i;
        y[i] = (uint8_t)i;
    }
    yk_datawriter *w;
    snprintf(spec, sizeof spec, "%s:/data/train", path);
    unlink(path);
    MUST(yk_datawriter_create(&w, spec, false));
    MUST(yk_datawriter_field(w, "x", &(yk_tensor){ YK_I64, yk_shape_of(2, N, 2), x }));
    MUST(yk_datawriter_reals(w, "x", "mean", 2, mean));
    MUST(yk_datawriter_field(w, "y", &(yk_tensor){ YK_U8, yk_shape_of(1, N), y }));
    MUST(yk_datawriter_classes(w, "y", 2, classes));
    MUST(yk_datawriter_group(w, "/data/other", false));
    MUST(yk_datawriter_field(w, "x", &(yk_tensor){ YK_I64, yk_shape_of(2, 7, 2), x }));
    MUST(yk_datawriter_commit(&w));
}

/* Samples of a split, ascending; marks them in owner. Returns their number, -1 where something is wrong. */
static int64_t read_split(const char *path, const char *split, int id, int *owner)
{
    int64_t x[N][2];
    uint8_t y[N];
    char spec[2 * PATH], *names;
    yk_datafile *in;
    yk_field field;
    snprintf(spec, sizeof spec, "%s:%s", path, split);
    MUST(yk_datafile_open(&in, spec));
    MUST(yk_datafile_field(in, "x", &field));
    int64_t n = field.shape.dim[0], classes, n_mean;
    double *values;
    MUST(yk_datafile_read(in, "x", 0, n, x));
    MUST(yk_datafile_read(in, "y", 0, n, y));
    MUST(yk_datafile_classes(in, "y", &names, &classes));
    MUST(yk_datafile_reals(in, "x", "mean", &values, &n_mean));
    bool good = classes == 2 && memcmp(names, "cat\0dog", 8) == 0 && n_mean == 2 && values[1] == mean[1];
    yk_free(names);
    yk_free(values);
    yk_datafile_close(&in);
    for (int64_t i = 0; i < n && good; i++) {
        good = x[i][0] == y[i] && x[i][1] == -y[i] && owner[y[i]] == 0 && (i == 0 || y[i] > y[i - 1]);
        owner[y[i]] = id;
    }
    return good ? n : -1;
}

static void test_parts(void)
{
    static const struct {
        const char *label;
        int n;
        const char *part[3];
        int64_t train, count[3];
    } cases[] = {
        { "one", 1, { "dev=30" }, 70, { 30 } },
        { "one sample", 1, { "dev=1" }, 99, { 1 } },
        { "all but one", 1, { "dev=99" }, 1, { 99 } },
        { "percent", 1, { "dev=10%" }, 90, { 10 } },
        { "part of a percent", 1, { "dev=2.75%" }, 98, { 2 } },
        { "three", 3, { "dev=10", "test=20%", "rest=5" }, 65, { 10, 20, 5 } },
    };
    const char *path = "";
    for (int c = 0; c < LEN(cases); c++) {
        char spec[2 * PATH];
        int owner[N] = { 0 };
        path = in_scratch("s.h5");
        make_file(path);
        snprintf(spec, sizeof spec, "%s:/data/train", path);
        MUST(yk_data_split(spec, cases[c].n, cases[c].part, 1));
        int64_t sum = read_split(path, "/data/train", 9, owner);
        bool good = sum == cases[c].train;
        for (int i = 0; i < cases[c].n; i++) {
            char split[64];
            snprintf(split, sizeof split, "/data/%.*s", (int)strcspn(cases[c].part[i], "="), cases[c].part[i]);
            int64_t n = read_split(path, split, i + 1, owner);
            good = good && n == cases[c].count[i];
            sum += n;
        }
        if (!good || sum != N)
            FAIL_CASE(cases[c].label, "%lld samples in all", (long long)sum);
    }
    yk_datafile *other;
    char spec[2 * PATH];
    yk_field field;
    snprintf(spec, sizeof spec, "%s:/data/other", path);
    MUST(yk_datafile_open(&other, spec));
    MUST(yk_datafile_field(other, "x", &field));
    CU_ASSERT(field.shape.dim[0] == 7);
    yk_datafile_close(&other);
    CU_ASSERT(yk_mem_live() == 0);
}

static void test_seeds(void)
{
    static const char *const part[] = { "dev=30" };
    int owner[3][N] = { { 0 } };
    for (int k = 0; k < 3; k++) {
        char spec[2 * PATH];
        make_file(in_scratch("s.h5"));
        snprintf(spec, sizeof spec, "%s:/data/train", in_scratch("s.h5"));
        MUST(yk_data_split(spec, 1, part, k == 2 ? 8 : 7));
        CU_ASSERT(read_split(in_scratch("s.h5"), "/data/dev", 1, owner[k]) == 30);
    }
    CU_ASSERT(memcmp(owner[0], owner[1], sizeof owner[0]) == 0);
    CU_ASSERT(memcmp(owner[0], owner[2], sizeof owner[0]) != 0);
    int half = 0; /* chosen all over the file */
    for (int i = 0; i < N / 2; i++)
        half += owner[0][i];
    CU_ASSERT(half > 7 && half < 23);
}

static void test_errors(void)
{
    static const struct {
        const char *split, *part[2];
        int n;
        yk_status want;
        const char *text;
    } cases[] = {
        { ":/data/train", { "dev" }, 1, YK_ERR_ARG, "\"dev\" is not NAME=SAMPLES" },
        { ":/data/train", { "dev=" }, 1, YK_ERR_ARG, "\"dev=\" is not" },
        { ":/data/train", { "=5" }, 1, YK_ERR_ARG, "\"=5\" is not" },
        { ":/data/train", { "dev=5x" }, 1, YK_ERR_ARG, "\"dev=5x\" is not" },
        { ":/data/train", { "a/b=5" }, 1, YK_ERR_ARG, "\"a/b=5\" is not" },
        { ":/data/train", { "dev=0" }, 1, YK_ERR_ARG, "dev=0 asks for 0 of 100 samples" },
        { ":/data/train", { "dev=-3" }, 1, YK_ERR_ARG, "asks for -3 of 100" },
        { ":/data/train", { "dev=1.5" }, 1, YK_ERR_ARG, "asks for 1.5 of 100" },
        { ":/data/train", { "dev=nan" }, 1, YK_ERR_ARG, "of 100" },
        { ":/data/train", { "dev=100" }, 1, YK_ERR_ARG, "asks for 100 of 100" },
        { ":/data/train", { "dev=100%" }, 1, YK_ERR_ARG, "asks for 100 of 100" },
        { ":/data/train", { "dev=0.5%" }, 1, YK_ERR_ARG, "asks for 0.5 of 100" },
        { ":/data/train", { "dev=50", "test=50" }, 2, YK_ERR_ARG, "the parts take 100 samples" },
        { ":/data/train", { "dev=5", "dev=6" }, 2, YK_ERR_ARG, "/data/dev is named twice" },
        { ":/data/train", { "train=5" }, 1, YK_ERR_ARG, "/data/train is named twice" },
        { ":/data/train", { "other=5" }, 1, YK_ERR_DATA, "/data/other holds fields already" },
        { ":/data/train", { NULL }, 0, YK_ERR_ARG, "0 parts" },
        { ":/data/none", { "dev=5" }, 1, YK_ERR_DATA, "/data/train" },
        { ":/data", { "dev=5" }, 1, YK_ERR_DATA, "s.h5:/data" },
        { "", { "dev=5" }, 1, YK_ERR_ARG, "names no split in a file" },
    };
    make_file(in_scratch("s.h5"));
    long before_n = 0, after_n = 0;
    char *before = slurp(in_scratch("s.h5"), &before_n);
    for (int c = 0; c < LEN(cases); c++) {
        char spec[2 * PATH];
        snprintf(spec, sizeof spec, "%s%s", in_scratch("s.h5"), cases[c].split);
        yk_status status = yk_data_split(spec, cases[c].n, cases[c].part, 1);
        if (status != cases[c].want || !strstr(yk_error_text(), cases[c].text))
            FAIL_CASE(cases[c].part[0] ? cases[c].part[0] : "none", "%s: %s", yk_status_name(status), yk_error_text());
        char *after = slurp(in_scratch("s.h5"), &after_n);
        CU_ASSERT(after_n == before_n && memcmp(before, after, (size_t)before_n) == 0);
        CU_ASSERT(yk_mem_live() == 0 && !there(in_scratch("s.h5.tmp")));
        free(after);
    }
    free(before);
    CU_ASSERT(yk_data_split("/nowhere/a.h5:/train", 1, cases[0].part, 1) == YK_ERR_IO);
}

static void test_no_memory(void)
{
    static const char *const part[] = { "dev=30" };
    char spec[2 * PATH];
    make_file(in_scratch("s.h5"));
    snprintf(spec, sizeof spec, "%s:/data/train", in_scratch("s.h5"));
    yk_status status = YK_ERR_NOMEM;
    for (int64_t n = 1; status != YK_OK && n < 1000; n++) {
        yk_mem_fail_at(n);
        status = yk_data_split(spec, 1, part, 1);
        yk_mem_fail_at(0);
        CU_ASSERT_FATAL(status == YK_OK || status == YK_ERR_NOMEM);
        CU_ASSERT(yk_mem_live() == 0);
    }
    CU_ASSERT(status == YK_OK);
}

int main(void)
{
    static const yk_test tests[] = { { "parts", test_parts },
                                     { "seeds", test_seeds },
                                     { "errors", test_errors },
                                     { "no memory", test_no_memory },
                                     { 0 } };
    scratch_begin();
    int failed = yk_test_main("data/split", tests);
    scratch_end();
    return failed;
}
