/* SPDX-License-Identifier: Apache-2.0 */
/* Arrays of NumPy: types, orders, versions; members of archives; what can be wrong with them. */
#include "test.h"

#include "data/archive.h"
#include "data/npy_parse.h"
#include "importing.h"

/* A head of version `version` for `dict`, then n bytes of data, into a file. Returns the bytes of the head. */
static long write_npy(const char *name, int version, const char *dict, const void *data, long n)
{
    static char bytes[1 << 16];
    const long start = version == 1 ? 10 : 12, length = (long)strlen(dict);
    memcpy(bytes, "\x93NUMPY", 6);
    bytes[6] = (char)version;
    bytes[7] = 0;
    for (long i = 8; i < start; i++)
        bytes[i] = (char)(length >> 8 * (i - 8));
    memcpy(bytes + start, dict, (size_t)length);
    memcpy(bytes + start + length, data, (size_t)n);
    spit(in_scratch(name), bytes, start + length + n);
    return start + length;
}

static void test_types(void)
{
    /* 2 x 3 elements 1 .. 6, as the machine writes them; big-endian ones are turned round below */
    static const uint8_t u1[] = { 1, 2, 3, 4, 5, 6 };
    static const int16_t i2[] = { 1, 2, 3, 4, 5, 6 };
    static const uint16_t f2[] = { 0x3c00, 0x4000, 0x4200, 0x4400, 0x4500, 0x4600 };
    static const int32_t i4[] = { 1, 2, 3, 4, 5, 6 };
    static const int64_t i8[] = { 1, 2, 3, 4, 5, 6 };
    static const float f4[] = { 1, 2, 3, 4, 5, 6 };
    static const double f8[] = { 1, 2, 3, 4, 5, 6 };
    static const struct {
        const char *descr;
        const void *data;
        int size;
        yk_dtype want;
    } cases[] = { { "|u1", u1, 1, YK_U8 },  { "|i1", u1, 1, YK_I8 },  { "|b1", u1, 1, YK_I8 },
                  { "<f2", f2, 2, YK_F16 }, { ">f2", f2, 2, YK_F16 }, { "<i2", i2, 2, YK_I16 },
                  { ">u2", i2, 2, YK_U16 }, { "<i4", i4, 4, YK_I32 }, { ">i4", i4, 4, YK_I32 },
                  { "<u4", i4, 4, YK_U32 }, { "<f4", f4, 4, YK_F32 }, { ">f4", f4, 4, YK_F32 },
                  { "<i8", i8, 8, YK_I64 }, { ">u8", i8, 8, YK_U64 }, { "<f8", f8, 8, YK_F64 },
                  { ">f8", f8, 8, YK_F64 } };
    static const int fortran_place[] = { 0, 2, 4, 1, 3, 5 }; /* of element i in Fortran order */
    for (int c = 0; c < LEN(cases); c++)
        for (int variant = 0; variant < 6; variant++) {
            const int version = 1 + variant % 3, fortran = variant / 3, size = cases[c].size;
            char data[48], got[48], dict[128];
            for (int i = 0; i < 6; i++)
                for (int b = 0; b < size; b++)
                    data[(fortran ? fortran_place[i] : i) * size + b] =
                        ((const char *)cases[c].data)[i * size + (cases[c].descr[0] == '>' ? size - 1 - b : b)];
            snprintf(dict, sizeof dict, "{'descr': '%s', 'fortran_order': %s, 'shape': (2, 3), }   \n", cases[c].descr,
                     fortran ? "True" : "False");
            write_npy("x.npy", version, dict, data, 6 * size);
            unlink(in_scratch("x.h5"));
            MUST(import_one("npy", in_scratch("x.npy"), "", in_scratch("x.h5")));
            yk_shape shape;
            yk_dtype dtype = read_field(in_scratch("x.h5"), "x", got, &shape);
            if (dtype != cases[c].want || shape.ndim != 2 || memcmp(got, cases[c].data, 6 * (size_t)size) != 0)
                FAIL_CASE(cases[c].descr, "version %d, fortran %d", version, fortran);
        }
}

static void test_fortran_of_three_dimensions(void)
{
    int32_t data[24], got[24];
    yk_shape shape;
    for (int i = 0; i < 2; i++)
        for (int j = 0; j < 3; j++)
            for (int k = 0; k < 4; k++)
                data[i + 2 * (j + 3 * k)] = 100 * i + 10 * j + k;
    write_npy("x.npy", 1, "{'shape': (2, 3, 4), 'fortran_order': True, 'descr': '<i4'}\n", data, sizeof data);
    unlink(in_scratch("x.h5"));
    MUST(import_one("npy", in_scratch("x.npy"), "fields=z", in_scratch("x.h5")));
    read_field(in_scratch("x.h5"), "z", got, &shape);
    for (int e = 0; e < 24; e++)
        CU_ASSERT(got[e] == 100 * (e / 12) + 10 * (e / 4 % 3) + e % 4);
}

static void test_errors(void)
{
#define OK "{'descr': '<i4', 'fortran_order': False, 'shape': (3,), }\n"
    static const struct {
        const char *label, *dict;
        long n; /* bytes of data */
        const char *message;
    } cases[] = {
        { "objects", "{'descr': '|O', 'fortran_order': False, 'shape': (3,), }\n", 12,
          "bad.npy: its type is \"|O\" (Python objects)" },
        { "strings", "{'descr': '<U5', 'fortran_order': False, 'shape': (3,), }\n", 12, "\"<U5\" (strings)" },
        { "complex", "{'descr': '<c8', 'fortran_order': False, 'shape': (3,), }\n", 24, "(complex numbers)" },
        { "long double", "{'descr': '<f16', 'fortran_order': False, 'shape': (3,), }\n", 48, "\"<f16\"" },
        { "records", "{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (3,), }\n", 12,
          "records of several fields" },
        { "scalar", "{'descr': '<i4', 'fortran_order': False, 'shape': (), }\n", 4, "is a single number" },
        { "no samples", "{'descr': '<i4', 'fortran_order': False, 'shape': (0, 3), }\n", 0, "dimension 0 is 0" },
        { "seven dimensions", "{'descr': '<i4', 'fortran_order': False, 'shape': (1,1,1,1,1,1,1), }\n", 4,
          "more than 6 dimensions" },
        { "short", OK, 11, "ends after 11 of the 12 bytes" },
        { "far too short", "{'descr': '<i4', 'fortran_order': False, 'shape': (999999999,), }\n", 12,
          "too short for the 3999999996 bytes" },
        { "beyond 2^63", "{'descr': '<i4', 'fortran_order': False, 'shape': (99999999999999999, 99999), }\n", 12,
          "more than 2^63 bytes" },
        { "long", OK, 13, "more bytes follow the 12 bytes" },
        { "negative", "{'descr': '<i4', 'fortran_order': False, 'shape': (-3,), }\n", 12,
          "a size is expected at \"-3,)" },
        { "huge number", "{'descr': '<i4', 'fortran_order': False, 'shape': (9999999999999999999999,), }\n", 12,
          "a size is expected" },
        { "key missing", "{'descr': '<i4', 'shape': (3,), }\n", 12, "lacks descr, fortran_order or shape" },
        { "key twice", "{'descr': '<i4', 'descr': '<i4', 'shape': (3,), }\n", 12, "once is expected" },
        { "foreign key", "{'descr': '<i4', 'x': 1, 'shape': (3,), }\n", 12,
          "descr, fortran_order or shape once is expected" },
        { "no dictionary", "[1, 2]         \n", 12, "a dictionary is expected at \"[1, 2]" },
        { "never ends", "{'descr': '<i4', ", 12, "a key is expected" },
        { "order", "{'descr': '<i4', 'fortran_order': 1, 'shape': (3,), }\n", 12, "True or False is expected" },
    };
    const char zeros[64] = { 0 };
    for (int c = 0; c < LEN(cases); c++) {
        write_npy("bad.npy", 1, cases[c].dict, zeros, cases[c].n);
        yk_status status = import_one("npy", in_scratch("bad.npy"), "", in_scratch("no.h5"));
        if (status != YK_ERR_DATA || !strstr(yk_error_text(), cases[c].message))
            FAIL_CASE(cases[c].label, "%s: %s", yk_status_name(status), yk_error_text());
        check_nothing_left(cases[c].label, in_scratch("no.h5"));
    }
    const long head = write_npy("bad.npy", 2, OK, zeros, 12);
    for (long n = 0; n < head; n++) {
        CU_ASSERT_FATAL(truncate(in_scratch("bad.npy"), head - 1 - n) == 0);
        CU_ASSERT(import_one("npy", in_scratch("bad.npy"), "", in_scratch("no.h5")) == YK_ERR_DATA);
    }
    write_npy("bad.npy", 4, OK, zeros, 12);
    CU_ASSERT(import_one("npy", in_scratch("bad.npy"), "", in_scratch("no.h5")) == YK_ERR_DATA);
    CU_ASSERT(strstr(yk_error_text(), "npy version 4.0") != NULL);
    check_nothing_left("cut heads", in_scratch("no.h5"));
}

static void test_several_files(void)
{
    const char zeros[64] = { 0 };
    char x[2 * PATH], y[2 * PATH];
    write_npy("x3.npy", 1, OK, zeros, 12);
    write_npy("y4.npy", 1, "{'descr': '<i4', 'fortran_order': False, 'shape': (4,), }\n", zeros, 16);
    snprintf(x, sizeof x, "%s", in_scratch("x3.npy"));
    snprintf(y, sizeof y, "%s", in_scratch("y4.npy"));
    static const struct {
        int n, four; /* files; the second has 4 samples */
        const char *options, *message;
    } cases[] = { { 2, 0, "", NULL },
                  { 2, 0, "fields=a,b", NULL },
                  { 2, 1, "", "has 3 samples, but " },
                  { 3, 0, "", "3 files, but 2 names of fields" },
                  { 3, 0, "fields=x,y,w", NULL },
                  { 2, 0, "fields=x,x", "x is named twice" },
                  { 1, 0, "fields=x,y", "names more fields than there are arrays" },
                  { 2, 0, "fields=x,/y", "is not FIELD" } };
    for (int c = 0; c < LEN(cases); c++) {
        const char *files[] = { x, cases[c].four ? y : x, x };
        unlink(in_scratch("s.h5"));
        yk_status status = import_files("npy", cases[c].n, files, cases[c].options, in_scratch("s.h5"));
        if (cases[c].message ? status == YK_OK || !strstr(yk_error_text(), cases[c].message) : status != YK_OK)
            FAIL_CASE(cases[c].options, "%s", yk_error_text());
    }
}

/* Members of a zip without compression, as numpy.savez() writes them. */
typedef struct zip {
    long n, names;
    char at[4096], directory[1024];
} zip;

static void put(char **at, uint64_t value, int bytes)
{
    for (int i = 0; i < bytes; i++)
        *(*at)++ = (char)(i < 8 ? value >> 8 * i : 0);
}

static uint32_t crc(const char *data, long n)
{
    uint32_t c = 0xffffffffu;
    for (long i = 0; i < n; i++) {
        c ^= (unsigned char)data[i];
        for (int b = 0; b < 8; b++)
            c = c >> 1 ^ (0xedb88320u & (0u - (c & 1)));
    }
    return ~c;
}

static void zip_add(zip *z, const char *name, const char *path)
{
    long n = 0;
    char *data = slurp(path, &n), *at = z->at + z->n, *entry = z->directory + z->names;
    const uint32_t sum = crc(data, n);
    const long start = z->n;
    put(&at, 0x04034b50, 4);
    put(&at, 20, 2);
    put(&at, 0, 8);
    put(&at, sum, 4);
    put(&at, (uint64_t)n, 4);
    put(&at, (uint64_t)n, 4);
    put(&at, strlen(name), 4);
    memcpy(at, name, strlen(name));
    memcpy(at + strlen(name), data, (size_t)n);
    z->n = at + strlen(name) + n - z->at;
    put(&entry, 0x02014b50, 4);
    put(&entry, 20, 2);
    put(&entry, 20, 2);
    put(&entry, 0, 8);
    put(&entry, sum, 4);
    put(&entry, (uint64_t)n, 4);
    put(&entry, (uint64_t)n, 4);
    put(&entry, strlen(name), 4);
    put(&entry, 0, 10);
    put(&entry, (uint64_t)start, 4);
    memcpy(entry, name, strlen(name));
    z->names = entry + strlen(name) - z->directory;
    free(data);
}

static void zip_write(zip *z, const char *path, int members)
{
    char *at = z->at + z->n;
    memcpy(at, z->directory, (size_t)z->names);
    at += z->names;
    put(&at, 0x06054b50, 4);
    put(&at, 0, 4);
    put(&at, (uint64_t)members, 2);
    put(&at, (uint64_t)members, 2);
    put(&at, (uint64_t)z->names, 4);
    put(&at, (uint64_t)z->n, 4);
    put(&at, 0, 2);
    spit(path, z->at, at - z->at);
}

static void test_archive(void)
{
    static zip z;
    const int32_t data[] = { 7, 8, 9 };
    int32_t got[3];
    yk_shape shape;
    char npz[2 * PATH], out[2 * PATH];
    snprintf(npz, sizeof npz, "%s", in_scratch("a.npz"));
    snprintf(out, sizeof out, "%s", in_scratch("a.h5"));
    write_npy("m.npy", 1, OK, data, 12);
    zip_add(&z, "y.npy", in_scratch("m.npy"));
    zip_add(&z, "x_train.npy", in_scratch("m.npy"));
    zip_write(&z, npz, 2);
    yk_archive *probe;
    if (yk_archive_open(&probe, npz) != YK_OK) { /* a build without libarchive says so */
        CU_ASSERT(import_one("npy", npz, "", out) == YK_ERR_ARG && strstr(yk_error_text(), "without libarchive"));
        return;
    }
    yk_archive_close(&probe);
    MUST(import_one("npy", npz, "fields=x=x_train,y", out));
    read_field(out, "x", got, &shape);
    CU_ASSERT(memcmp(got, data, sizeof data) == 0 && shape.dim[0] == 3);
    unlink(out);
    CU_ASSERT(import_one("npy", npz, "", out) == YK_ERR_DATA);
    CU_ASSERT(strstr(yk_error_text(), "a.npz: has no member \"x\" (there is: y x_train); --fields x=MEMBER") != NULL);
    const char *two[] = { npz, npz };
    CU_ASSERT(import_files("npy", 2, two, "", out) == YK_ERR_ARG);
    check_nothing_left("members", out);
    CHECK_NO_MEMORY(import_one("npy", npz, "fields=x=x_train,y", out), out);
    z.at[z.n - 2] ^= 1; /* the data do not have their sum any more */
    zip_write(&z, npz, 2);
    unlink(out);
    CU_ASSERT(import_one("npy", npz, "fields=x=x_train", out) == YK_ERR_DATA);
    CU_ASSERT(strstr(yk_error_text(), "a.npz: damaged archive") != NULL);
    check_nothing_left("sum", out);
}

int main(void)
{
    static const yk_test tests[] = { { "types, orders, versions", test_types },
                                     { "Fortran order of three dimensions", test_fortran_of_three_dimensions },
                                     { "errors", test_errors },
                                     { "several files", test_several_files },
                                     { "archive", test_archive },
                                     { 0 } };
    scratch_begin();
    int failed = yk_test_main("data/npy", tests);
    scratch_end();
    return failed;
}
