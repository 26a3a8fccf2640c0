/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include <limits.h>

#include "core/clock.h"
#include "core/error.h"
#include "core/num.h"

static void test_to_int(void)
{
    static const struct {
        const char *label;
        int64_t value;
        yk_status want;
    } cases[] = {
        { "zero", 0, YK_OK },
        { "largest", INT_MAX, YK_OK },
        { "smallest", INT_MIN, YK_OK },
        { "too large", (int64_t)INT_MAX + 1, YK_ERR_ARG },
        { "too small", (int64_t)INT_MIN - 1, YK_ERR_ARG },
    };
    for (int i = 0; i < LEN(cases); i++) {
        int out = 17;
        yk_status got = yk_to_int(&out, cases[i].value, "the message");
        if (got != cases[i].want || out != (got ? 17 : cases[i].value))
            FAIL_CASE(cases[i].label, "%s, %d", yk_status_name(got), out);
    }
    CU_ASSERT_PTR_NOT_NULL(strstr(yk_error_text(), "the message is -2147483649,"));
}

static void test_mul(void)
{
    static const struct {
        const char *label;
        int64_t a, b;
        bool fits;
    } cases[] = {
        { "zero", 0, INT64_MAX, true },
        { "by zero", INT64_MAX, 0, true },
        { "largest", INT64_MAX, 1, true },
        { "just fits", (int64_t)1 << 31, ((int64_t)1 << 32) - 1, true },
        { "just not", (int64_t)1 << 31, (int64_t)1 << 32, false },
        { "far", INT64_MAX, INT64_MAX, false },
    };
    for (int i = 0; i < LEN(cases); i++) {
        int64_t out = -1;
        bool fits = yk_mul(&out, cases[i].a, cases[i].b);
        if (fits != cases[i].fits || (fits && out != cases[i].a * cases[i].b))
            FAIL_CASE(cases[i].label, "fits %d, %lld", fits, (long long)out);
    }
}

static void test_small_ones(void)
{
    CU_ASSERT(yk_min(3, -4) == -4 && yk_max(3, -4) == 3);
    CU_ASSERT(yk_div_up(0, 4) == 0 && yk_div_up(1, 4) == 1 && yk_div_up(4, 4) == 1 && yk_div_up(5, 4) == 2);
    double start = yk_clock();
    CU_ASSERT(yk_clock() >= start);
}

int main(void)
{
    static const yk_test tests[] = {
        { "narrowing", test_to_int },
        { "products", test_mul },
        { "small ones", test_small_ones },
        { 0 },
    };
    return yk_test_main("core/num", tests);
}
