/* SPDX-License-Identifier: Apache-2.0 */
/* Elements of every type as inputs of a program, normalisation, and what is wrong with data. */
#include "test.h"

#include <math.h>
#include <stdint.h>

#include "core/error.h"
#include "core/mem.h"
#include "core/philox.h"
#include "data/feed.h"

/* A dataset of one field "x" of shape (n, ...). */
static yk_dataset *wrap(yk_dtype dtype, yk_shape shape, const void *data)
{
    static const char *const fields[] = { "x" };
    yk_dataset *d;
    const yk_tensor array = { dtype, shape, (void *)(uintptr_t)data };
    MUST(yk_dataset_wrap(&d, 1, fields, &array));
    return d;
}

static void test_numbers_of_every_type(void)
{
    static const uint8_t u8[] = { 0, 1, 51, 255 };
    static const int8_t i8[] = { -128, -1, 0, 127 };
    static const uint16_t u16[] = { 0, 1, 256, 65535 };
    static const int16_t i16[] = { -32768, -1, 0, 32767 };
    static const uint32_t u32[] = { 0, 1, 16777217, UINT32_MAX };
    static const int32_t i32[] = { INT32_MIN, -1, 0, INT32_MAX };
    static const uint64_t u64[] = { 0, 1, 255, UINT64_MAX };
    static const int64_t i64[] = { INT64_MIN, -1, 0, INT64_MAX };
    static const float f32[] = { -1.5f, 0.1f, 3e38f, 1e-45f };
    static const double f64[] = { -1.5, 0.1, 1.0 + 0x1p-25, 1e-300 };
    static const uint16_t f16[] = { 0x3c00, 0xc100, 0x0001, 0x7bff };
    static const uint16_t bf16[] = { 0x3f80, 0xc020, 0x0001, 0x7f7f };
    static const struct {
        yk_dtype dtype;
        bool unscaled;
        const void *raw;
        float want[4];
    } cases[] = {
        { YK_U8, false, u8, { 0, 1 / 255.0f, 51 / 255.0f, 1 } },
        { YK_U8, true, u8, { 0, 1, 51, 255 } },
        { YK_I8, false, i8, { -128, -1, 0, 127 } },
        { YK_U16, false, u16, { 0, 1, 256, 65535 } },
        { YK_I16, false, i16, { -32768, -1, 0, 32767 } },
        { YK_U32, false, u32, { 0, 1, 16777216.0f, 4294967296.0f } },
        { YK_I32, false, i32, { -2147483648.0f, -1, 0, 2147483648.0f } },
        { YK_U64, false, u64, { 0, 1, 255, 0x1p64f } },
        { YK_I64, false, i64, { -0x1p63f, -1, 0, 0x1p63f } },
        { YK_F32, false, f32, { -1.5f, 0.1f, 3e38f, 1e-45f } },
        { YK_F64, false, f64, { -1.5f, 0.1f, 1, 0 } },
        { YK_F16, false, f16, { 1, -2.5f, 0x1p-24f, 65504 } },
        { YK_BF16, false, bf16, { 1, -2.5f, 0x1p-133f, 0x1.fep127f } },
    };
    static const int64_t sample[] = { 0, 1 };
    for (int c = 0; c < LEN(cases); c++) {
        yk_dataset *d = wrap(cases[c].dtype, yk_shape_of(2, 2, 2), cases[c].raw);
        yk_feed feed = { .field = "x", .want = YK_F32, .sample = yk_shape_of(1, 2), .unscaled = cases[c].unscaled };
        float out[4];
        MUST(yk_feed_check(&feed, d));
        MUST(yk_feed_convert(&feed, d, 2, sample, cases[c].raw, out));
        for (int i = 0; i < 4; i++)
            if (memcmp(&out[i], &cases[c].want[i], sizeof out[i]) != 0)
                FAIL_CASE(yk_dtype_name(cases[c].dtype), "element %d is %.9g, not %.9g", i, (double)out[i],
                          (double)cases[c].want[i]);
        yk_dataset_close(&d);
    }
}

static void test_all_bytes_are_divided_by_255(void)
{
    uint8_t raw[256];
    float out[256];
    int64_t sample[256];
    for (int i = 0; i < 256; i++)
        sample[i] = raw[i] = (uint8_t)i;
    yk_dataset *d = wrap(YK_U8, yk_shape_of(1, 256), raw);
    yk_feed feed = { .field = "x", .want = YK_F32 };
    MUST(yk_feed_convert(&feed, d, 256, sample, raw, out));
    for (int i = 0; i < 256; i++) {
        volatile float x = (float)i, by = 255.0f;
        CU_ASSERT(out[i] == x / by);
    }
    yk_dataset_close(&d);
}

static void test_labels(void)
{
    static const uint8_t u8[] = { 0, 9, 3, 255 };
    static const int64_t i64[] = { 0, 9, 3, 255 };
    static const int64_t big[] = { 0, 9, 3, (int64_t)1 << 31 };
    static const int32_t negative[] = { 0, -1, 3, 255 };
    static const float f32[] = { 0, 9, 3, 255 };
    static const float half[] = { 0, 9, 3.5f, 255 };
    static const float nan[] = { 0, 9, NAN, 255 };
    static const struct {
        const char *label;
        yk_dtype dtype;
        const void *raw;
        int64_t classes, tokens;
        const char *error;
    } cases[] = {
        { "bytes", YK_U8, u8, 256, 0, NULL },
        { "bytes of any number of classes", YK_U8, u8, 0, 0, NULL },
        { "int64", YK_I64, i64, 256, 0, NULL },
        { "whole floats", YK_F32, f32, 256, 0, NULL },
        { "out of range", YK_U8, u8, 9, 0,
          "arrays in memory: x of sample 18 is 9, but the model has 9 classes (labels 0 to 8)" },
        { "negative", YK_I32, negative, 256, 0, "x of sample 18 is -1, but the model has 256 classes" },
        { "beyond int32", YK_I64, big, 0, 0, "x of sample 20 is 2.14748e+09, but labels are whole numbers" },
        { "not whole", YK_F32, half, 256, 0, "x of sample 19 is 3.5, but labels are whole numbers" },
        { "NaN", YK_F32, nan, 256, 0, "x of sample 19 is nan, but labels are whole numbers" },
        { "tokens", YK_U8, u8, 0, 256, NULL },
        { "token out of range", YK_I64, i64, 0, 255,
          "arrays in memory: x of sample 20 holds the token 255, but the model's vocabulary is 255 (tokens 0 to 254)" },
        { "negative token", YK_I32, negative, 0, 256, "x of sample 18 holds the token -1, but the model's vocabulary" },
        { "token that is not whole", YK_F32, half, 0, 256, "x of sample 19 is 3.5, but tokens are whole numbers" },
    };
    static const int64_t sample[] = { 17, 18, 19, 20 };
    for (int c = 0; c < LEN(cases); c++) {
        yk_dataset *d = wrap(cases[c].dtype, yk_shape_of(2, 4, 1), cases[c].raw);
        yk_feed feed = { .field = "x", .want = YK_I32, .classes = cases[c].classes, .tokens = cases[c].tokens };
        int32_t out[4];
        MUST(yk_feed_check(&feed, d));
        yk_status status = yk_feed_convert(&feed, d, 4, sample, cases[c].raw, out);
        if (cases[c].error ? status != YK_ERR_DATA || !strstr(yk_error_text(), cases[c].error)
                           : status != YK_OK || out[0] != 0 || out[1] != 9 || out[2] != 3 || out[3] != 255)
            FAIL_CASE(cases[c].label, "%s: %s", yk_status_name(status), yk_error_text());
        yk_dataset_close(&d);
    }
}

/* Labels that do not count need not be classes, and all become one number. */
static void test_ignored_labels(void)
{
    static const uint8_t raw[] = { 255, 2, 0, 7 };
    static const int64_t sample[] = { 0, 1, 2, 3 };
    yk_dataset *d = wrap(YK_U8, yk_shape_of(1, 4), raw);
    yk_feed feed = { .field = "x", .want = YK_I32, .classes = 3, .ignore = { 3, { 255, 7, 0 } } };
    int32_t out[4];
    MUST(yk_feed_convert(&feed, d, 4, sample, raw, out));
    CU_ASSERT(out[0] == YK_IGNORED && out[1] == 2 && out[2] == YK_IGNORED && out[3] == YK_IGNORED);
    feed.ignore.n = 1;
    CU_ASSERT(yk_feed_convert(&feed, d, 4, sample, raw, out) == YK_ERR_DATA);
    CU_ASSERT_PTR_NOT_NULL(strstr(yk_error_text(), "x of sample 3 is 7, but the model has 3 classes"));
    yk_dataset_close(&d);
}

static void test_numbers_that_must_not_be_negative(void)
{
    static const double raw[] = { 0, 3, -0.0, 1, 2, -1e-300 }, bad[] = { 0, 3, 1, 1, -2.5, 0 };
    static const int64_t sample[] = { 4, 5, 6 };
    yk_dataset *d = wrap(YK_F64, yk_shape_of(2, 3, 2), raw);
    yk_feed feed = { .field = "x", .want = YK_F32, .sample = yk_shape_of(1, 2), .not_negative = true };
    float out[6];
    MUST(yk_feed_convert(&feed, d, 3, sample, raw, out));
    CU_ASSERT(yk_feed_convert(&feed, d, 3, sample, bad, out) == YK_ERR_DATA);
    CU_ASSERT_PTR_NOT_NULL(strstr(yk_error_text(), "x of sample 6 is -2.5 (element 0), but must not be negative"));
    yk_dataset_close(&d);
}

static void test_numbers_that_are_none(void)
{
    static const float nan[] = { 0, 1, 2, 3, NAN, INFINITY };
    static const float infinite[] = { 0, 1, 2, -INFINITY, NAN, 5 };
    static const double huge[] = { 0, 1, 2, 3, 4, 1e39 };
    static const uint16_t f16[] = { 0, 0, 0x7c00, 0, 0, 0 };
    static const uint16_t bf16[] = { 0, 0xffc0, 0, 0, 0, 0 };
    static const struct {
        yk_dtype dtype;
        const void *raw;
        const char *error;
    } cases[] = {
        { YK_F32, nan, "x of sample 30 is NaN (element 1)" },
        { YK_F32, infinite, "x of sample 30 is infinite (element 0)" },
        { YK_F64, huge, "x of sample 30 is infinite in float32 (element 2)" },
        { YK_F16, f16, "x of sample 40 is infinite (element 2)" },
        { YK_BF16, bf16, "x of sample 40 is NaN (element 1)" },
    };
    static const int64_t sample[] = { 40, 30 };
    for (int c = 0; c < LEN(cases); c++) {
        yk_dataset *d = wrap(cases[c].dtype, yk_shape_of(2, 2, 3), cases[c].raw);
        yk_feed feed = { .field = "x", .want = YK_F32, .sample = yk_shape_of(1, 3) };
        float out[6];
        yk_status status = yk_feed_convert(&feed, d, 2, sample, cases[c].raw, out);
        if (status != YK_ERR_DATA || !strstr(yk_error_text(), cases[c].error))
            FAIL_CASE(cases[c].error, "%s: %s", yk_status_name(status), yk_error_text());
        yk_dataset_close(&d);
    }
}

static void test_shapes(void)
{
    static float data[64];
    static float one[3];
    static const struct {
        const char *label;
        int64_t field[5], sample[5], normal;
        const char *error;
    } cases[] = {
        { "equal", { 3, 2, 4, 3 }, { 2, 4, 3 }, 0, NULL },
        { "a channel axis", { 3, 2, 4, 4 }, { 3, 4, 4, 1 }, 0, NULL },
        { "a column of labels", { 2, 2, 1 }, { 0 }, 0, NULL },
        { "labels without a column", { 1, 2 }, { 1, 1 }, 0, NULL },
        { "flat for an image", { 2, 2, 12 }, { 3, 2, 2, 3 }, 0, NULL },
        { "an image for flat", { 4, 2, 2, 2, 3 }, { 1, 12 }, 0, NULL },
        { "normal by channel", { 4, 2, 2, 2, 3 }, { 3, 2, 2, 3 }, 3, NULL },
        { "normal for all", { 4, 2, 2, 2, 3 }, { 3, 2, 2, 3 }, 1, NULL },
        { "too short", { 2, 2, 11 }, { 1, 12 }, 0, "a sample of x has shape (11), but the model wants (12)" },
        { "channels first",
          { 4, 2, 3, 4, 4 },
          { 3, 4, 4, 3 },
          0,
          "arrays in memory: a sample of x has shape (3, 4, 4), but the model wants (4, 4, 3)" },
        { "turned", { 3, 2, 3, 4 }, { 2, 4, 3 }, 0, "(3, 4)" },
        { "normal of another length",
          { 3, 2, 4, 3 },
          { 2, 4, 3 },
          2,
          "normalisation of x has 2 values, but the last dimension of a sample is 3" },
    };
    for (int c = 0; c < LEN(cases); c++) {
        yk_dataset *d = wrap(YK_F32, yk_shape_from(cases[c].field), data);
        yk_feed feed = { .field = "x",
                         .want = YK_F32,
                         .sample = yk_shape_from(cases[c].sample),
                         .normal = { cases[c].normal, one, one } };
        yk_status status = yk_feed_check(&feed, d);
        if (cases[c].error ? status != YK_ERR_DATA || !strstr(yk_error_text(), cases[c].error) : status != YK_OK)
            FAIL_CASE(cases[c].label, "%s: %s", yk_status_name(status), yk_error_text());
        yk_dataset_close(&d);
    }
}

static void test_normalised(void)
{
    static const float raw[] = { 1, 2, 3, 4, 5, 6 };
    static const int64_t sample[] = { 0 };
    float mean[] = { 1, 2 }, std[] = { 2, 0 }, out[6];
    static const float each[] = { 0, 0, 1, 2, 2, 4 }, all[] = { 0, 0.5f, 1, 1.5f, 2, 2.5f };
    yk_dataset *d = wrap(YK_F32, yk_shape_of(3, 1, 3, 2), raw);
    yk_feed feed = { .field = "x", .want = YK_F32, .sample = yk_shape_of(2, 3, 2), .normal = { 2, mean, std } };
    MUST(yk_feed_convert(&feed, d, 1, sample, raw, out));
    CU_ASSERT(memcmp(out, each, sizeof out) == 0); /* a deviation of 0 counts as 1 */
    feed.normal.n = 1;
    MUST(yk_feed_convert(&feed, d, 1, sample, raw, out));
    CU_ASSERT(memcmp(out, all, sizeof out) == 0);
    yk_dataset_close(&d);
}

/* Against sums over everything; channel 2 is constant, channel 1 far from 0. */
static void test_moments(void)
{
    enum { N = 10000, H = 5, C = 3 };
    static float data[N][H][C];
    yk_key key = yk_key_make(1, YK_FOR_CHECK, "moments");
    double mean[C] = { 0 }, m2[C] = { 0 };
    for (int i = 0; i < N * H; i++) {
        float *x = data[i / H][i % H];
        x[0] = (float)yk_random_normal(key, 0, i, 0);
        x[1] = (float)(1e4 + yk_random_uniform(key, 1, i, 0));
        x[2] = 0.1f;
        for (int c = 0; c < C; c++)
            mean[c] += (double)x[c] / (N * H);
    }
    for (int i = 0; i < N * H; i++)
        for (int c = 0; c < C; c++)
            m2[c] += ((double)data[i / H][i % H][c] - mean[c]) * ((double)data[i / H][i % H][c] - mean[c]);
    yk_comm *comm;
    MUST(yk_comm_create_self(&comm));
    yk_dataset *d = wrap(YK_F32, yk_shape_of(3, N, H, C), data);
    yk_normal normal;
    MUST(yk_normal_compute(&normal, d, NULL, 0, comm));
    CU_ASSERT_FATAL(normal.n == C);
    for (int c = 0; c < C; c++) {
        double std = sqrt(m2[c] / (N * H)), off = fabs((double)normal.std[c] - std);
        if (fabs((double)normal.mean[c] - mean[c]) > 1e-6 * (1 + fabs(mean[c])) || off > 1e-6 * std + 1e-9)
            FAIL_CASE("moments", "channel %d: mean %.9g, not %.9g; deviation %.9g, not %.9g", c, (double)normal.mean[c],
                      mean[c], (double)normal.std[c], std);
    }
    CU_ASSERT(normal.mean[2] == 0.1f && normal.std[2] == 0);
    yk_free(normal.mean);
    yk_free(normal.std);

    data[4097][2][1] = NAN;
    CU_ASSERT(yk_normal_compute(&normal, d, NULL, 0, comm) == YK_ERR_DATA);
    CU_ASSERT(strstr(yk_error_text(), "x of sample 4097 is NaN (element 7)") != NULL);
    CU_ASSERT(normal.n == 0 && !normal.mean && !normal.std);
    yk_dataset_close(&d);
    yk_comm_destroy(&comm);
}

static void test_no_memory(void)
{
    static const uint8_t data[] = { 0, 255 };
    yk_comm *comm;
    MUST(yk_comm_create_self(&comm));
    yk_dataset *d = wrap(YK_U8, yk_shape_of(1, 2), data);
    yk_status status = YK_ERR_NOMEM;
    int64_t live = yk_mem_live();
    for (int64_t n = 1; status != YK_OK && n < 100; n++) {
        yk_normal normal;
        yk_mem_fail_at(n);
        status = yk_normal_compute(&normal, d, NULL, 0, comm);
        yk_mem_fail_at(0);
        CU_ASSERT_FATAL(status == YK_OK || status == YK_ERR_NOMEM);
        if (status == YK_OK) {
            CU_ASSERT(normal.n == 1 && normal.mean[0] == 0.5f && normal.std[0] == 0.5f);
            yk_free(normal.mean);
            yk_free(normal.std);
        }
        CU_ASSERT(yk_mem_live() == live);
    }
    CU_ASSERT(status == YK_OK);
    yk_dataset_close(&d);
    yk_comm_destroy(&comm);
}

int main(void)
{
    static const yk_test tests[] = { { "numbers of every type", test_numbers_of_every_type },
                                     { "all bytes are divided by 255", test_all_bytes_are_divided_by_255 },
                                     { "labels", test_labels },
                                     { "ignored labels", test_ignored_labels },
                                     { "numbers that must not be negative", test_numbers_that_must_not_be_negative },
                                     { "numbers that are none", test_numbers_that_are_none },
                                     { "shapes", test_shapes },
                                     { "normalised", test_normalised },
                                     { "moments", test_moments },
                                     { "no memory", test_no_memory },
                                     { 0 } };
    return yk_test_main("data/feed", tests);
}
