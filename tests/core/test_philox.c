/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include <math.h>

#include "core/philox.h"

static void test_known_answers(void)
{
    static const struct {
        const char *label;
        uint32_t counter[4], key[2], want[4];
    } cases[] = {
        /* kat_vectors of the Random123 distribution, philox 4x32 10 */
        { "zeros", { 0, 0, 0, 0 }, { 0, 0 }, { 0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8 } },
        { "ones",
          { 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff },
          { 0xffffffff, 0xffffffff },
          { 0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd } },
        { "digits of pi",
          { 0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344 },
          { 0xa4093822, 0x299f31d0 },
          { 0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1 } },
    };
    for (int i = 0; i < LEN(cases); i++) {
        uint32_t got[4];
        yk_philox(cases[i].counter, (yk_key){ { cases[i].key[0], cases[i].key[1] } }, got);
        if (memcmp(got, cases[i].want, sizeof got) != 0)
            FAIL_CASE(cases[i].label, "%08x %08x %08x %08x", got[0], got[1], got[2], got[3]);
    }
}

static void test_counter_layout(void)
{
    static const struct {
        const char *label;
        int64_t time, sample, group;
        uint32_t want[4];
    } cases[] = {
        { "small", 1, 2, 3, { 3, 2, 0, 1 } },
        { "high halves",
          0xffffffff,
          0xABCD12345678,
          0x123498765432,
          { 0x98765432, 0x12345678, 0x1234ABCD, 0xffffffff } },
    };
    for (int i = 0; i < LEN(cases); i++) {
        uint32_t got[4];
        yk_counter(got, cases[i].time, cases[i].sample, cases[i].group);
        if (memcmp(got, cases[i].want, sizeof got) != 0)
            FAIL_CASE(cases[i].label, "%08x %08x %08x %08x", got[0], got[1], got[2], got[3]);
    }
}

static void test_keys(void)
{
    /* part of the numerics: a change of these values changes every trained parameter */
    static const struct {
        uint64_t seed;
        yk_purpose purpose;
        const char *name;
        uint32_t want[2];
    } cases[] = {
        { 0, YK_FOR_SHUFFLE, "", { 0xd35be94e, 0x634281c9 } },
        { 1, YK_FOR_SHUFFLE, "", { 0x32c9f7cd, 0x30cff8c4 } },
        { (uint64_t)1 << 32, YK_FOR_SHUFFLE, "", { 0xdebd9b96, 0x4ab740bd } },
        { 1, YK_FOR_INIT, "", { 0xb3e1020a, 0xc6187235 } },
        { 1, YK_FOR_INIT, "dense_1/kernel", { 0xf50d2a7c, 0x67405e1b } },
        { 1, YK_FOR_INIT, "dense_2/kernel", { 0x146f5913, 0x056d7007 } },
    };
    yk_key keys[LEN(cases)];
    for (int i = 0; i < LEN(cases); i++) {
        keys[i] = yk_key_make(cases[i].seed, cases[i].purpose, cases[i].name);
        if (memcmp(keys[i].word, cases[i].want, sizeof keys[i].word) != 0)
            FAIL_CASE(cases[i].name, "key %d is %08x %08x", i, keys[i].word[0], keys[i].word[1]);
        for (int j = 0; j < i; j++)
            if (memcmp(&keys[i], &keys[j], sizeof keys[i]) == 0)
                FAIL_CASE(cases[i].name, "keys %d and %d are the same", i, j);
    }
}

static void test_numbers_are_words_of_their_group(void)
{
    yk_key key = yk_key_make(5, YK_FOR_CHECK, "x");
    for (int64_t element = 0; element < 12; element++) {
        uint32_t counter[4], out[4];
        yk_counter(counter, 9, 1000, element / 4);
        yk_philox(counter, key, out);
        uint32_t bits = yk_random_bits(key, 9, 1000, element);
        CU_ASSERT_EQUAL(bits, out[element % 4]);
        CU_ASSERT_EQUAL(yk_random_uniform(key, 9, 1000, element), (double)(bits >> 8) / 16777216);
        yk_counter(counter, 9, 1000, element / 2);
        yk_philox(counter, key, out);
        uint64_t both = (uint64_t)out[element % 2 * 2] << 32 | out[element % 2 * 2 + 1];
        CU_ASSERT_EQUAL(yk_random_uniform53(key, 9, 1000, element), (double)(both >> 11) / 9007199254740992);
    }
}

/* Mean and variance over many draws, within five standard errors; the seed is fixed, so the test is not a lottery. */
static void test_moments(void)
{
    enum { N = 200000 };
    static const struct {
        const char *label;
        double (*draw)(yk_key, int64_t, int64_t, int64_t);
        double mean, variance, fourth; /* central moments */
    } cases[] = {
        { "uniform", yk_random_uniform, 0.5, 1.0 / 12, 1.0 / 80 },
        { "uniform53", yk_random_uniform53, 0.5, 1.0 / 12, 1.0 / 80 },
        { "normal", yk_random_normal, 0, 1, 3 },
    };
    for (int i = 0; i < LEN(cases); i++) {
        yk_key key = yk_key_make(1, YK_FOR_INIT, cases[i].label);
        double sum = 0, squares = 0;
        for (int64_t e = 0; e < N; e++) {
            double d = cases[i].draw(key, 0, 0, e) - cases[i].mean;
            sum += d;
            squares += d * d;
        }
        double variance = cases[i].variance;
        double mean_error = 5 * sqrt(variance / N),
               variance_error = 5 * sqrt((cases[i].fourth - variance * variance) / N);
        if (fabs(sum / N) > mean_error || fabs(squares / N - variance) > variance_error)
            FAIL_CASE(cases[i].label, "mean off by %g, variance %g", sum / N, squares / N);
    }
}

int main(void)
{
    static const yk_test tests[] = {
        { "known answers", test_known_answers },
        { "counter layout", test_counter_layout },
        { "keys", test_keys },
        { "numbers are words of their group", test_numbers_are_words_of_their_group },
        { "moments", test_moments },
        { 0 },
    };
    return yk_test_main("core/philox", tests);
}
