/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include "core/sha256.h"

/* NIST's example messages for FIPS 180-4, and lengths around the end of a block. */
static const struct {
    const char *label;
    const char *piece;
    int repeat;
    const char *want;
} cases[] = {
    { "empty", "", 1, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" },
    { "one block", "abc", 1, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" },
    { "two blocks", "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 1,
      "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1" },
    { "a million", "aaaaaaaaaa", 100000, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0" },
    { "55 bytes", "x", 55, "d5e285683cd4efc02d021a5c62014694958901005d6f71e89e0989fac77e4072" },
    { "56 bytes", "x", 56, "04c26261370ee7541549d16dee320c723e3fd14671e66a099afe0a377c16888e" },
    { "63 bytes", "x", 63, "75220b47218278e656f2013bb8f0c455a25eaf01e86c64924e9d48d89776d6f2" },
    { "64 bytes", "x", 64, "7ce100971f64e7001e8fe5a51973ecdfe1ced42befe7ee8d5fd6219506b5393c" },
    { "65 bytes", "x", 65, "9537c5fdf120482f7d58d25e9ed583f52c02b4e304ea814db1633ad565aed7e9" },
    { "119 bytes", "x", 119, "000b48d4edf0fa7bee3c6236ecd2785baa5db4eeb8bb54341b029e0d9fa5fb0c" },
    { "120 bytes", "x", 120, "13f05a0b594787f5ecd315edc96141bd3243203d1b7d4f0836f37308b276ba98" },
};

static void test_vectors(void)
{
    for (int i = 0; i < LEN(cases); i++) {
        yk_sha256 sha;
        char hex[YK_SHA256_HEX];
        yk_sha256_begin(&sha);
        for (int j = 0; j < cases[i].repeat; j++)
            yk_sha256_add(&sha, cases[i].piece, strlen(cases[i].piece));
        yk_sha256_end(&sha, hex);
        if (strcmp(hex, cases[i].want) != 0)
            FAIL_CASE(cases[i].label, "%s", hex);
    }
}

/* However the bytes are cut, the sum is the same. */
static void test_pieces(void)
{
    unsigned char bytes[300];
    char whole[YK_SHA256_HEX], hex[YK_SHA256_HEX];
    yk_sha256 sha;
    for (int i = 0; i < LEN(bytes); i++)
        bytes[i] = (unsigned char)(i * 7);
    yk_sha256_begin(&sha);
    yk_sha256_add(&sha, bytes, sizeof bytes);
    yk_sha256_end(&sha, whole);
    for (size_t cut = 1; cut <= sizeof bytes; cut++) {
        yk_sha256_begin(&sha);
        for (size_t at = 0; at < sizeof bytes; at += cut)
            yk_sha256_add(&sha, bytes + at, sizeof bytes - at < cut ? sizeof bytes - at : cut);
        yk_sha256_add(&sha, NULL, 0);
        yk_sha256_end(&sha, hex);
        if (strcmp(hex, whole) != 0)
            FAIL_CASE("pieces", "of %zu bytes: %s", cut, hex);
    }
}

int main(void)
{
    static const yk_test tests[] = {
        { "vectors", test_vectors },
        { "pieces", test_pieces },
        { 0 },
    };
    return yk_test_main("core/sha256", tests);
}
