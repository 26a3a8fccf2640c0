/* SPDX-License-Identifier: Apache-2.0 */
/* Made digits: the same bytes everywhere, splits 10 : 1 : 1, names of classes. */
#include "test.h"

#include <stdint.h>

#include "core/error.h"
#include "core/mem.h"
#include "core/sha256.h"
#include "data/importers.h"
#include "io/datafile.h"
#include "io/scratch.h"

static yk_status make(const char *n, const char *seed, const char *out)
{
    const yk_importer *digits;
    const yk_option *option;
    char opts[64];
    MUST(yk_importer_find("digits", YK_MAKE, &digits));
    CU_ASSERT_FATAL(digits->most == 0 && digits->opts_size <= sizeof opts);
    MUST(yk_option_defaults(digits->opts, opts));
    MUST(yk_option_find(digits->opts, "digits", "n", &option));
    MUST(yk_option_set(option, opts, n));
    MUST(yk_option_find(digits->opts, "digits", "seed", &option));
    MUST(yk_option_set(option, opts, seed));
    return digits->run(opts, 0, NULL, out);
}

/* Checks one split and hands out its pixels and labels. */
static int64_t read_split(const char *file, const char *split, uint8_t *x, uint8_t *y)
{
    char spec[2 * PATH];
    yk_datafile *in;
    yk_field fx, fy;
    snprintf(spec, sizeof spec, "%s:/%s", file, split);
    MUST(yk_datafile_open(&in, spec));
    MUST(yk_datafile_field(in, "x", &fx));
    MUST(yk_datafile_field(in, "y", &fy));
    int64_t n = fx.shape.dim[0];
    yk_shape want = yk_shape_of(4, n, 28, 28, 1);
    CU_ASSERT(fx.dtype == YK_U8 && yk_shape_equal(&fx.shape, &want));
    CU_ASSERT(fy.dtype == YK_U8 && fy.shape.ndim == 1 && fy.shape.dim[0] == n);
    char *names;
    int64_t classes;
    MUST(yk_datafile_classes(in, "y", &names, &classes));
    CU_ASSERT(classes == 10 && names && memcmp(names, "0\0001\0002\0003", 7) == 0);
    yk_free(names);
    MUST(yk_datafile_read(in, "x", 0, n, x));
    MUST(yk_datafile_read(in, "y", 0, n, y));
    yk_datafile_close(&in);
    return n;
}

enum { MOST = 200 };
static uint8_t x[MOST * 784], y[MOST], x2[MOST * 784], y2[MOST];

static void test_the_bytes(void)
{
    static const struct {
        const char *split;
        int64_t n;
        const char *x, *y;
    } want[] = {
        { "train", 100, "8aa9a923052c2a1388201f03494699438ba2bc4da97be1470f9984a85bc29be3",
          "a675d19161e449f902d7bfebfab1e40f07958e7f6fd09873c3c1e818b25247e6" },
        { "dev", 10, "21e4d148c34438ad171a29ba753ef65440d3ae66e6378744279e7acd6b0210c3",
          "106ec36a2c3257051ba6e0c44ddc817397f3494b4de037e1c9171ccba628a6fb" },
        { "test", 10, "8cb2f0540ba8e849a215755a8946651ec7df3a1631f0f4cc8bf31b728660f641",
          "40d25a8995e16c355383bda12b39a874e84e9040f5da78034a08d34e50fcb196" },
    };
    MUST(make("120", "1", in_scratch("d.h5")));
    for (int i = 0; i < LEN(want); i++) {
        char hex[YK_SHA256_HEX];
        yk_sha256 sha;
        CU_ASSERT_FATAL(read_split(in_scratch("d.h5"), want[i].split, x, y) == want[i].n);
        yk_sha256_begin(&sha);
        yk_sha256_add(&sha, x, (size_t)want[i].n * 784);
        yk_sha256_end(&sha, hex);
        if (strcmp(hex, want[i].x) != 0)
            FAIL_CASE(want[i].split, "x %s", hex);
        yk_sha256_begin(&sha);
        yk_sha256_add(&sha, y, (size_t)want[i].n);
        yk_sha256_end(&sha, hex);
        if (strcmp(hex, want[i].y) != 0)
            FAIL_CASE(want[i].split, "y %s", hex);
    }
}

static void test_seeds_and_sizes(void)
{
    MUST(make("120", "2", in_scratch("seed2.h5")));
    MUST(make("150", "1", in_scratch("more.h5")));
    CU_ASSERT(read_split(in_scratch("d.h5"), "train", x, y) == 100);
    CU_ASSERT(read_split(in_scratch("seed2.h5"), "train", x2, y2) == 100);
    CU_ASSERT(memcmp(x, x2, 100 * 784) != 0 && memcmp(y, y2, 100) != 0);
    CU_ASSERT(read_split(in_scratch("more.h5"), "train", x2, y2) == 126); /* what 12 does not divide goes to train */
    CU_ASSERT(memcmp(x, x2, 100 * 784) == 0 && memcmp(y, y2, 100) == 0);
    int seen[10] = { 0 };
    for (int i = 0; i < 126; i++)
        seen[y2[i]]++;
    for (int d = 0; d < 10; d++)
        CU_ASSERT(seen[d] >= 3);
}

static void test_errors(void)
{
    char spec[2 * PATH];
    snprintf(spec, sizeof spec, "%s:/train", in_scratch("e.h5"));
    CU_ASSERT(make("120", "1", spec) == YK_ERR_ARG && strstr(yk_error_text(), "name a file without a split"));
    CU_ASSERT(make("120", "1", in_scratch("d.h5")) == YK_ERR_DATA && strstr(yk_error_text(), "d.h5"));
    CU_ASSERT(make("120", "1", "/nowhere/d.h5") == YK_ERR_IO && strstr(yk_error_text(), "/nowhere/d.h5"));
    CU_ASSERT(yk_mem_live() == 0);
}

static void test_no_memory(void)
{
    yk_status status = YK_ERR_NOMEM;
    for (int64_t n = 1; status != YK_OK && n < 1000; n++) {
        const yk_importer *digits;
        MUST(yk_importer_find("digits", YK_MAKE, &digits));
        int64_t opts[2] = { 12, 1 };
        yk_mem_fail_at(n);
        status = digits->run(opts, 0, NULL, in_scratch("memory.h5"));
        yk_mem_fail_at(0);
        CU_ASSERT_FATAL(status == YK_OK || (status == YK_ERR_NOMEM && !there(in_scratch("memory.h5"))));
        CU_ASSERT(yk_mem_live() == 0);
    }
    CU_ASSERT(status == YK_OK);
}

int main(void)
{
    static const yk_test tests[] = { { "the bytes", test_the_bytes },
                                     { "seeds and sizes", test_seeds_and_sizes },
                                     { "errors", test_errors },
                                     { "no memory", test_no_memory },
                                     { 0 } };
    scratch_begin();
    int failed = yk_test_main("data/digits", tests);
    scratch_end();
    return failed;
}
