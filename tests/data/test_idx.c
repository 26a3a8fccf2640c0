/* SPDX-License-Identifier: Apache-2.0 */
/* IDX files: every type and number of dimensions, plain and gzip; what can be wrong with them. */
#include "test.h"

#include <stdint.h>
#include <zlib.h>

#include "core/error.h"
#include "core/mem.h"
#include "data/importers.h"
#include "io/datafile.h"
#include "io/scratch.h"

#define MAX 4096

/* An IDX file as bytes. */
typedef struct blob {
    long n;
    unsigned char at[MAX];
} blob;

static void put(blob *b, uint64_t value, int bytes)
{
    for (int i = bytes - 1; i >= 0; i--)
        b->at[b->n++] = (unsigned char)(value >> 8 * i);
}

/* dims[0] is their number; element i is 7 i - 3, as far as its type holds that. */
static void make_idx(blob *b, unsigned type, const int64_t *dims)
{
    int64_t count = 1;
    b->n = 0;
    put(b, type << 8 | (unsigned)dims[0], 4);
    for (int64_t i = 1; i <= dims[0]; i++) {
        put(b, (uint64_t)dims[i], 4);
        count *= dims[i];
    }
    for (int64_t i = 0; i < count; i++) {
        int64_t v = 7 * i - 3;
        float f = (float)v;
        double d = (double)v;
        uint32_t f_bits;
        uint64_t d_bits;
        memcpy(&f_bits, &f, sizeof f);
        memcpy(&d_bits, &d, sizeof d);
        switch (type) {
        case 0x0b:
            put(b, (uint64_t)v, 2);
            break;
        case 0x0c:
            put(b, (uint64_t)v, 4);
            break;
        case 0x0d:
            put(b, f_bits, 4);
            break;
        case 0x0e:
            put(b, d_bits, 8);
            break;
        default:
            put(b, (uint64_t)v, 1);
        }
    }
}

static long zip(const blob *b, unsigned char *out)
{
    z_stream z = {
        .next_in = (unsigned char *)(uintptr_t)b->at, .avail_in = (unsigned)b->n, .next_out = out, .avail_out = 2 * MAX
    };
    if (deflateInit2(&z, 9, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY) != Z_OK || deflate(&z, Z_FINISH) != 1)
        exit(2);
    deflateEnd(&z);
    return (long)z.total_out;
}

static const char *write_blob(const char *name, const blob *b, bool gzip)
{
    unsigned char packed[2 * MAX];
    if (gzip)
        spit(in_scratch(name), packed, zip(b, packed));
    else
        spit(in_scratch(name), b->at, b->n);
    return in_scratch(name);
}

static yk_status import(const char *images, const char *labels, const char *out)
{
    const yk_importer *idx;
    const char *files[] = { images, labels };
    MUST(yk_importer_find("idx", YK_IMPORT, &idx));
    CU_ASSERT_FATAL(idx->least == 2 && idx->most == 2 && idx->opts_size == 0);
    return idx->run(NULL, 2, files, out);
}

static double element(yk_dtype dtype, const void *data, int64_t i)
{
    switch (dtype) {
    case YK_U8:
        return ((const uint8_t *)data)[i];
    case YK_I8:
        return ((const int8_t *)data)[i];
    case YK_I16:
        return ((const int16_t *)data)[i];
    case YK_I32:
        return ((const int32_t *)data)[i];
    case YK_F32:
        return (double)((const float *)data)[i];
    default:
        return ((const double *)data)[i];
    }
}

static void test_types_and_shapes(void)
{
    static const struct {
        const char *label;
        unsigned type;
        yk_dtype want;
        int64_t dims[7], shape[7];
    } cases[] = {
        { "images", 0x08, YK_U8, { 3, 5, 2, 3 }, { 4, 5, 2, 3, 1 } },
        { "bytes", 0x09, YK_I8, { 2, 5, 6 }, { 2, 5, 6 } },
        { "shorts", 0x0b, YK_I16, { 4, 5, 2, 2, 3 }, { 4, 5, 2, 2, 3 } },
        { "ints", 0x0c, YK_I32, { 1, 5 }, { 1, 5 } },
        { "float images", 0x0d, YK_F32, { 3, 5, 4, 4 }, { 4, 5, 4, 4, 1 } },
        { "doubles of six dimensions", 0x0e, YK_F64, { 6, 5, 1, 2, 1, 2, 2 }, { 6, 5, 1, 2, 1, 2, 2 } },
    };
    for (int c = 0; c < LEN(cases); c++)
        for (int gzip = 0; gzip < 2; gzip++) {
            blob images, labels;
            char spec[2 * PATH];
            make_idx(&images, cases[c].type, cases[c].dims);
            make_idx(&labels, 0x08, (const int64_t[]){ 1, 5 });
            snprintf(spec, sizeof spec, "%s:/%s%d", in_scratch("ok.h5"), cases[c].label, gzip);
            MUST(import(write_blob("images", &images, gzip), write_blob("labels", &labels, !gzip), spec));
            yk_datafile *file;
            yk_field x, y;
            MUST(yk_datafile_open(&file, spec));
            MUST(yk_datafile_field(file, "x", &x));
            MUST(yk_datafile_field(file, "y", &y));
            yk_shape want = yk_shape_from(cases[c].shape);
            if (x.dtype != cases[c].want || !yk_shape_equal(&x.shape, &want) || y.dtype != YK_U8 || y.shape.ndim != 1)
                FAIL_CASE(cases[c].label, "%s", yk_dtype_name(x.dtype));
            double data[MAX];
            MUST(yk_datafile_read(file, "x", 0, 5, data));
            for (int64_t i = 0; i < yk_shape_len(&x.shape); i++) {
                double v = (double)(7 * i - 3);
                if (x.dtype == YK_U8)
                    v = (uint8_t)(7 * i - 3);
                if (x.dtype == YK_I8)
                    v = (int8_t)(7 * i - 3);
                if (element(x.dtype, data, i) != v)
                    FAIL_CASE(cases[c].label, "element %d is %g, not %g", (int)i, element(x.dtype, data, i), v);
            }
            char *names;
            int64_t n;
            MUST(yk_datafile_classes(file, "y", &names, &n));
            CU_ASSERT(n == 0);
            yk_datafile_close(&file);
        }
}

/* More than one piece, and gzip members one after the other. */
static void test_large_file_of_two_members(void)
{
    enum { COUNT = 3000, SIDE = 28 };
    const long bytes = 16 + (long)COUNT * SIDE * SIDE, cut = 1000003;
    unsigned char *all = malloc((size_t)bytes);
    blob head = { 0 };
    put(&head, 0x0803, 4);
    put(&head, COUNT, 4);
    put(&head, SIDE, 4);
    put(&head, SIDE, 4);
    memcpy(all, head.at, 16);
    uint32_t state = 1; /* bytes that do not compress, so that input buffers end anywhere */
    for (long i = 16; i < bytes; i++) {
        state = state * 1664525u + 1013904223u;
        all[i] = (unsigned char)(state >> 24);
    }
    const char *path = in_scratch("two.gz");
    gzFile out = gzopen(path, "wb");
    gzwrite(out, all, (unsigned)cut);
    gzclose(out);
    out = gzopen(path, "ab");
    gzwrite(out, all + cut, (unsigned)(bytes - cut));
    gzclose(out);
    blob labels;
    make_idx(&labels, 0x08, (const int64_t[]){ 1, COUNT });
    char spec[2 * PATH];
    snprintf(spec, sizeof spec, "%s:/train", in_scratch("two.h5"));
    MUST(import(path, write_blob("labels", &labels, false), spec));
    yk_datafile *file;
    unsigned char *got = malloc((size_t)bytes);
    MUST(yk_datafile_open(&file, spec));
    MUST(yk_datafile_read(file, "x", 0, COUNT, got));
    CU_ASSERT(memcmp(got, all + 16, (size_t)bytes - 16) == 0);
    yk_datafile_close(&file);
    free(got);
    free(all);
}

/* What a case does to the images' file before it is imported. */
enum { AS_IT_IS, ZIPPED, ZIP_CUT, ZIP_FLIPPED, ZIP_TAIL, ZIP_SUM };

static void test_errors(void)
{
    static const struct {
        const char *label;
        int damage;
        long n; /* bytes that stay; 0: all */
        unsigned char head[20];
        int n_head;
        const char *text;
    } cases[] = {
        { "text", AS_IT_IS, 6, "hello\n", 6, "bad: not an IDX file (first bytes 68656c6c)" },
        { "empty", AS_IT_IS, -1, "", 0, "bad: not an IDX file (it holds 0 bytes)" },
        { "three bytes", AS_IT_IS, 3, "", 0, "bad: not an IDX file (it holds 3 bytes)" },
        { "type", AS_IT_IS, 0, { 0, 0, 0x0a, 3 }, 4, "bad: not an IDX file (first bytes 00000a03)" },
        { "no dimensions", AS_IT_IS, 0, { 0, 0, 8, 0 }, 4, "bad: not an IDX file (first bytes 00000800)" },
        { "seven dimensions", AS_IT_IS, 0, { 0, 0, 8, 7 }, 4, "bad: has 7 dimensions; at most 6" },
        { "header", AS_IT_IS, 10, "", 0, "bad: ends in its header of 3 dimensions" },
        { "nothing", AS_IT_IS, 0, { 0, 0, 8, 3, 0, 0, 0, 0 }, 8, "bad: dimension 0 is 0" },
        { "short", AS_IT_IS, 45, "", 0, "bad: ends after 29 of the 30 bytes of data" },
        { "long", AS_IT_IS, 47, "", 0, "bad: more bytes follow the 30 bytes of data" },
        { "counts", AS_IT_IS, 0, { 0, 0, 8, 3, 0, 0, 0, 6 }, 8, "bad has 6 samples, but " },
        { "beyond 2^63",
          AS_IT_IS,
          0,
          { 0, 0, 8, 3, 0, 0, 0, 5, 255, 255, 255, 255, 255, 255, 255, 255 },
          16,
          "bad: its header promises more than 2^63 bytes" },
        { "far too short", AS_IT_IS, 20, "", 0, "bad: too short for the 30 bytes of data" },
        { "zip of terabytes",
          ZIPPED,
          0,
          { 0, 0, 8, 3, 0, 0, 0, 5, 0, 255, 255, 255, 0, 0, 255, 255 },
          16,
          "bad: too short for the" },
        { "terabytes",
          AS_IT_IS,
          0,
          { 0, 0, 8, 3, 0, 0, 0, 5, 0, 255, 255, 255, 0, 0, 255, 255 },
          16,
          "bad: too short for the 5497473925125 bytes of data" },
        { "zip cut", ZIP_CUT, 0, "", 0, "bad: the gzip data end too early" },
        { "zip flipped", ZIP_FLIPPED, 0, "", 0, "bad: the gzip data are damaged" },
        { "zip sum", ZIP_SUM, 0, "", 0, "bad: the gzip data are damaged (incorrect data check)" },
        { "zip tail", ZIP_TAIL, 0, "", 0, "bad: bytes that are not gzip follow" },
        { "zip short", ZIPPED, 45, "", 0, "bad: ends after 29 of the 30 bytes of data" },
        { "zip of text", ZIPPED, 0, "hello", 5, "bad: not an IDX file (first bytes 68656c6c)" },
    };
    for (int c = 0; c < LEN(cases); c++) {
        blob b, labels;
        make_idx(&labels, 0x08, (const int64_t[]){ 1, 5 });
        make_idx(&b, 0x08, (const int64_t[]){ 3, 5, 2, 3 });
        if (cases[c].n != 0)
            b.n = cases[c].n > 0 ? cases[c].n : 0;
        memcpy(b.at, cases[c].head, (size_t)cases[c].n_head);
        unsigned char packed[2 * MAX] = { 0 };
        long bytes = zip(&b, packed);
        if (cases[c].damage == ZIP_CUT)
            bytes -= 12;
        if (cases[c].damage == ZIP_FLIPPED)
            packed[12] ^= 0xff;
        if (cases[c].damage == ZIP_SUM)
            packed[bytes - 8] ^= 1;
        if (cases[c].damage == ZIP_TAIL)
            packed[bytes++] = 'x';
        if (cases[c].damage == AS_IT_IS)
            spit(in_scratch("bad"), b.at, b.n);
        else
            spit(in_scratch("bad"), packed, bytes);
        char spec[2 * PATH];
        snprintf(spec, sizeof spec, "%s:/train", in_scratch("new.h5"));
        yk_status status = import(in_scratch("bad"), write_blob("labels", &labels, false), spec);
        if (status != YK_ERR_DATA)
            FAIL_CASE(cases[c].label, "%s", yk_status_name(status));
        if (status == YK_OK || !strstr(yk_error_text(), cases[c].text))
            FAIL_CASE(cases[c].label, "%s: %s", yk_status_name(status), yk_error_text());
        if (there(in_scratch("new.h5")) || there(in_scratch("new.h5.tmp")) || yk_mem_live() != 0)
            FAIL_CASE(cases[c].label, "something is left behind");
    }
}

static void test_files_that_cannot_be_opened(void)
{
    blob labels;
    make_idx(&labels, 0x08, (const int64_t[]){ 1, 5 });
    const char *good = write_blob("labels", &labels, false);
    CU_ASSERT(import(in_scratch("nowhere.gz"), good, in_scratch("new.h5")) == YK_ERR_IO);
    CU_ASSERT(strstr(yk_error_text(), "nowhere.gz: No such file") != NULL);
    CU_ASSERT(import(good, in_scratch("nowhere.gz"), in_scratch("new.h5")) == YK_ERR_IO);
    CU_ASSERT(import(scratch, good, in_scratch("new.h5")) == YK_ERR_IO);
    CU_ASSERT(strstr(yk_error_text(), "directory") != NULL);
    const yk_importer *importer;
    CU_ASSERT(yk_importer_find("idy", YK_IMPORT, &importer) == YK_ERR_ARG && !importer);
    CU_ASSERT(strstr(yk_error_text(), "\"idy\" can be imported (there is: idx") != NULL);
    CU_ASSERT(yk_importer_find("idx", YK_MAKE, &importer) == YK_ERR_ARG);
}

static void test_no_memory(void)
{
    blob images, labels;
    make_idx(&images, 0x08, (const int64_t[]){ 3, 5, 2, 3 });
    make_idx(&labels, 0x08, (const int64_t[]){ 1, 5 });
    char x[2 * PATH], y[2 * PATH], out[2 * PATH];
    snprintf(x, sizeof x, "%s", write_blob("images", &images, true));
    snprintf(y, sizeof y, "%s", write_blob("labels", &labels, true));
    snprintf(out, sizeof out, "%s", in_scratch("memory.h5"));
    yk_status status = YK_ERR_NOMEM;
    for (int64_t n = 1; status != YK_OK && n < 1000; n++) {
        yk_mem_fail_at(n);
        status = import(x, y, out);
        yk_mem_fail_at(0);
        CU_ASSERT_FATAL(status == YK_OK || (status == YK_ERR_NOMEM && !there(out)));
        CU_ASSERT(yk_mem_live() == 0);
    }
    CU_ASSERT(status == YK_OK);
}

int main(void)
{
    static const yk_test tests[] = { { "types and shapes", test_types_and_shapes },
                                     { "large file of two members", test_large_file_of_two_members },
                                     { "errors", test_errors },
                                     { "files that cannot be opened", test_files_that_cannot_be_opened },
                                     { "no memory", test_no_memory },
                                     { 0 } };
    scratch_begin();
    int failed = yk_test_main("data/idx", tests);
    scratch_end();
    return failed;
}
