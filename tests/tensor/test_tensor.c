/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include "core/error.h"
#include "tensor/tensor.h"

static void test_shapes(void)
{
    static const struct {
        const char *text, *sample;
        int64_t sizes[YK_MAX_DIMS + 1];
        int64_t len, sample_len;
    } cases[] = {
        { "()", "()", { 0 }, 1, 1 },
        { "(7)", "()", { 1, 7 }, 7, 1 },
        { "(32, 28, 28, 1)", "(28, 28, 1)", { 4, 32, 28, 28, 1 }, 25088, 784 },
        { "(0, 5)", "(5)", { 2, 0, 5 }, 0, 5 },
        { "(1, 2, 3, 4, 5, 6)", "(2, 3, 4, 5, 6)", { 6, 1, 2, 3, 4, 5, 6 }, 720, 720 },
        { "(3000000000, 2)", "(2)", { 2, 3000000000, 2 }, 6000000000, 2 },
    };
    for (int i = 0; i < LEN(cases); i++) {
        char text[YK_SHAPE_TEXT], sample[YK_SHAPE_TEXT];
        yk_shape s = yk_shape_from(cases[i].sizes);
        if (strcmp(yk_shape_text(&s, 0, text), cases[i].text) || strcmp(yk_shape_text(&s, 1, sample), cases[i].sample))
            FAIL_CASE(cases[i].text, "is written %s, its sample %s", text, sample);
        if (yk_shape_len(&s) != cases[i].len || yk_shape_len_from(&s, 1) != cases[i].sample_len)
            FAIL_CASE(cases[i].text, "has %lld elements", (long long)yk_shape_len(&s));
        for (int j = 0; j < LEN(cases); j++) {
            yk_shape t = yk_shape_from(cases[j].sizes);
            if (yk_shape_equal(&s, &t) != (i == j))
                FAIL_CASE(cases[i].text, "equal to %s: %d", cases[j].text, i != j);
        }
    }
    yk_shape scalar = yk_shape_of(0), image = yk_shape_of(3, 28, (int64_t)28, 1u);
    CU_ASSERT(scalar.ndim == 0 && image.ndim == 3 && image.dim[1] == 28 && image.dim[2] == 1);
    char text[YK_SHAPE_TEXT];
    const int64_t m = INT64_MAX;
    yk_shape longest = yk_shape_of(6, m, m, m, m, m, m);
    CU_ASSERT_EQUAL(strlen(yk_shape_text(&longest, 0, text)), YK_SHAPE_TEXT - 2);
}

static void test_dtypes(void)
{
    static const struct {
        yk_dtype dtype;
        const char *name;
        int64_t size;
        bool integer;
    } cases[] = {
        { YK_F32, "float32", 4, false }, { YK_F64, "float64", 8, false }, { YK_BF16, "bfloat16", 2, false },
        { YK_F16, "float16", 2, false }, { YK_I8, "int8", 1, true },      { YK_U8, "uint8", 1, true },
        { YK_I16, "int16", 2, true },    { YK_U16, "uint16", 2, true },   { YK_I32, "int32", 4, true },
        { YK_U32, "uint32", 4, true },   { YK_I64, "int64", 8, true },    { YK_U64, "uint64", 8, true },
    };
    CU_ASSERT_EQUAL(LEN(cases), YK_DTYPE_COUNT - 1);
    for (int i = 0; i < LEN(cases); i++) {
        yk_dtype d = cases[i].dtype, parsed = YK_NO_DTYPE;
        MUST(yk_dtype_parse(cases[i].name, &parsed));
        if (parsed != d || strcmp(yk_dtype_name(d), cases[i].name) || yk_dtype_size(d) != cases[i].size ||
            yk_dtype_is_integer(d) != cases[i].integer)
            FAIL_CASE(cases[i].name, "%s, %lld bytes", yk_dtype_name(d), (long long)yk_dtype_size(d));
    }
    yk_dtype dtype;
    CU_ASSERT_EQUAL(yk_dtype_parse("float", &dtype), YK_ERR_ARG);
    CU_ASSERT_STRING_EQUAL(yk_error_text(), "there is no element type \"float\"; there are float32, float64, bfloat16, "
                                            "float16, int8, uint8, int16, uint16, int32, uint32, int64, uint64");
    CU_ASSERT_EQUAL(yk_dtype_parse("none", &dtype), YK_ERR_ARG);
}

static void test_tensors(void)
{
    float x[6];
    yk_tensor a = { YK_F32, yk_shape_of(2, 2, 3), x }, b = { .data = x + 1 };
    CU_ASSERT(yk_tensor_len(&a) == 6 && yk_tensor_bytes(&a) == 24);
    yk_tensor_like(&b, &a);
    CU_ASSERT(b.dtype == YK_F32 && yk_shape_equal(&b.shape, &a.shape) && b.data == x + 1);
}

int main(void)
{
    static const yk_test tests[] = {
        { "shapes", test_shapes },
        { "dtypes", test_dtypes },
        { "tensors", test_tensors },
        { 0 },
    };
    return yk_test_main("tensor/tensor", tests);
}
