/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include "tensor/digest.h"

static float kernel[] = { 1, 2, 3, 4, 5, 6 };
static float bias[] = { 0, -0.0f, 0.5f };
static uint8_t bytes[] = { 1, 2, 3 };

static yk_tensor tensors[] = {
    { YK_F32, { 2, { 2, 3 } }, kernel },
    { YK_F32, { 1, { 3 } }, bias },
    { YK_U8, { 1, { 3 } }, bytes },
};

static void digest(const int order[3], char hex[YK_SHA256_HEX])
{
    static const char *const names[] = { "dense_1/kernel", "dense_1/bias", "table" };
    yk_digest_entry entries[3];
    for (int i = 0; i < 3; i++) {
        entries[i] = (yk_digest_entry){ .name = names[order[i]], .tensor = &tensors[order[i]] };
        yk_digest_tensor(entries[i].tensor, entries[i].hex);
    }
    yk_digest_set(entries, 3, hex);
}

/* The values come from Python: hashlib over numpy's bytes. */
static void test_values(void)
{
    static const char *const want[] = {
        "24ae2dfe8df57c1b80e54cef3d90ac3b417fd98973345a5f616bbc9a75dcc202",
        "5a8a95e39ca36be112ab6183eccd34771a2505cb6dbac9dae01854b450ddd1d0",
        "039058c6f2c0cb492c533b0a4d14ef77cc0f78abccced5287d84a1a2011cfb81",
    };
    char hex[YK_SHA256_HEX];
    for (int i = 0; i < 3; i++) {
        yk_digest_tensor(&tensors[i], hex);
        CU_ASSERT_STRING_EQUAL(hex, want[i]);
    }
    digest((const int[]){ 0, 1, 2 }, hex);
    CU_ASSERT_STRING_EQUAL(hex, "3935fdab3259f9b11dd41ce518eed24a0535005d6135ea6bad8fac4411f35cdc");
    yk_digest_set(NULL, 0, hex);
    CU_ASSERT_STRING_EQUAL(hex, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

static void test_any_order(void)
{
    static const int orders[][3] = { { 0, 2, 1 }, { 1, 0, 2 }, { 1, 2, 0 }, { 2, 0, 1 }, { 2, 1, 0 } };
    char first[YK_SHA256_HEX], hex[YK_SHA256_HEX];
    digest((const int[]){ 0, 1, 2 }, first);
    for (int i = 0; i < LEN(orders); i++) {
        digest(orders[i], hex);
        CU_ASSERT_STRING_EQUAL(hex, first);
    }
}

/* Every bit counts: a value, the sign of a zero, a shape, a type. */
static void test_changes_show(void)
{
    char first[YK_SHA256_HEX], hex[YK_SHA256_HEX];
    static const int order[] = { 0, 1, 2 };
    digest(order, first);
    bias[0] = -0.0f;
    digest(order, hex);
    bias[0] = 0;
    CU_ASSERT_STRING_NOT_EQUAL(hex, first);
    tensors[0].shape = (yk_shape){ 2, { 3, 2 } };
    digest(order, hex);
    tensors[0].shape = (yk_shape){ 2, { 2, 3 } };
    CU_ASSERT_STRING_NOT_EQUAL(hex, first);
    tensors[2].dtype = YK_I8;
    digest(order, hex);
    tensors[2].dtype = YK_U8;
    CU_ASSERT_STRING_NOT_EQUAL(hex, first);
    digest(order, hex);
    CU_ASSERT_STRING_EQUAL(hex, first);
}

int main(void)
{
    static const yk_test tests[] = {
        { "values", test_values },
        { "any order", test_any_order },
        { "changes show", test_changes_show },
        { 0 },
    };
    return yk_test_main("tensor/digest", tests);
}
