/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include <stdbool.h>

#include "core/error.h"
#include "core/mem.h"

/* AddressSanitizer asks this: a size that it cannot serve is to give NULL, as without it, and not to end the test. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
    return "allocator_may_return_null=1";
}

static bool all_zero(const void *block, int64_t bytes)
{
    for (int64_t i = 0; i < bytes; i++)
        if (((const char *)block)[i])
            return false;
    return true;
}

static void test_alloc(void)
{
    static const int64_t counts[] = { 0, 1, 7, 16, 1000, 1 << 20 };
    int64_t live = yk_mem_live(), count = yk_mem_count();
    for (int i = 0; i < LEN(counts); i++) {
        float *x;
        MUST(yk_alloc(&x, counts[i], sizeof *x));
        if ((uintptr_t)x % YK_ALIGN || !all_zero(x, counts[i] * 4) || yk_mem_live() != live + 1)
            FAIL_CASE("alloc", "%lld floats: at %p, %lld live", (long long)counts[i], (void *)x,
                      (long long)yk_mem_live());
        memset(x, 1, (size_t)counts[i] * 4);
        yk_free(x);
    }
    yk_free(NULL);
    CU_ASSERT_EQUAL(yk_mem_live(), live);
    CU_ASSERT_EQUAL(yk_mem_count(), count + LEN(counts));
}

static void test_impossible_sizes(void)
{
    static const struct {
        const char *label;
        int64_t count;
        size_t size;
    } cases[] = {
        { "product overflows", INT64_MAX / 2, 4 }, { "negative", -1, 4 },
        { "with the header", INT64_MAX, 1 },       { "more than the system has", INT64_MAX / 4, 1 },
        { "size is huge", 1, SIZE_MAX },
    };
    for (int i = 0; i < LEN(cases); i++) {
        int dummy = 0;
        int *x = &dummy;
        yk_status got = yk_alloc(&x, cases[i].count, cases[i].size);
        if (got != YK_ERR_NOMEM || x || !strstr(yk_error_text(), "no memory for "))
            FAIL_CASE(cases[i].label, "%s, %p: %s", yk_status_name(got), (void *)x, yk_error_text());
    }
}

static void test_realloc(void)
{
    static const int64_t counts[] = { 3, 100, 50, 0, 20, 100000 };
    int64_t live = yk_mem_live();
    int32_t *x = NULL;
    int64_t held = 0;
    for (int i = 0; i < LEN(counts); i++) {
        int64_t keep = held < counts[i] ? held : counts[i];
        MUST(yk_realloc(&x, counts[i], sizeof *x));
        bool good = (uintptr_t)x % YK_ALIGN == 0 && all_zero(x + keep, (counts[i] - keep) * 4);
        for (int64_t j = 0; j < keep; j++)
            good = good && x[j] == j + 1;
        if (!good)
            FAIL_CASE("realloc", "contents after %lld elements", (long long)counts[i]);
        for (int64_t j = 0; j < counts[i]; j++)
            x[j] = (int32_t)(j + 1);
        held = counts[i];
    }
    int32_t *before = x;
    yk_mem_fail_at(1);
    CU_ASSERT_EQUAL(yk_realloc(&x, 200000, sizeof *x), YK_ERR_NOMEM);
    CU_ASSERT(x == before && x[99999] == 100000);
    yk_free(x);
    CU_ASSERT_EQUAL(yk_mem_live(), live);
}

static void test_text(void)
{
    char *a, *b;
    MUST(yk_format(&a, "%s-%03d.h5", "step", 7));
    CU_ASSERT_STRING_EQUAL(a, "step-007.h5");
    MUST(yk_strdup(&b, a));
    CU_ASSERT_STRING_EQUAL(b, a);
    CU_ASSERT(a != b);
    yk_free(a);
    yk_free(b);
    MUST(yk_strdup(&b, ""));
    CU_ASSERT_STRING_EQUAL(b, "");
    yk_free(b);
}

/* Each function that allocates, once. */
static yk_status allocate_all(int *done)
{
    double *x = NULL;
    char *text = NULL, *copy = NULL;
    yk_arena arena = { 0 };
    yk_status status;
    YK_TRY_GOTO(yk_alloc(&x, 10, sizeof *x), end);
    ++*done;
    YK_TRY_GOTO(yk_realloc(&x, 20, sizeof *x), end);
    ++*done;
    YK_TRY_GOTO(yk_format(&text, "%d", 12), end);
    ++*done;
    YK_TRY_GOTO(yk_strdup(&copy, text), end);
    ++*done;
    YK_TRY_GOTO(yk_arena_create(&arena, 1000), end);
    ++*done;
end:
    yk_arena_destroy(&arena);
    yk_free(copy);
    yk_free(text);
    yk_free(x);
    return status;
}

static void test_failure_on_demand(void)
{
    int64_t live = yk_mem_live();
    for (int n = 1; n <= 6; n++) {
        int done = 0;
        yk_mem_fail_at(n);
        yk_status got = allocate_all(&done);
        if (got != (n <= 5 ? YK_ERR_NOMEM : YK_OK) || done != n - 1 || yk_mem_live() != live)
            FAIL_CASE("fail at", "%d: %s after %d, %lld live", n, yk_status_name(got), done, (long long)yk_mem_live());
    }
    yk_mem_fail_at(0);
    int done = 0;
    CU_ASSERT_EQUAL(allocate_all(&done), YK_OK);
}

static void test_arena(void)
{
    static const struct {
        const char *label;
        int64_t bytes[3];
    } cases[] = {
        { "empty", { 0, 0, 0 } },
        { "small", { 1, 64, 65 } },
        { "large", { 3 << 20, 1, 5 << 20 } },
        { "just a huge page", { (2 << 20) - 128, 64, 64 } },
    };
    int64_t live = yk_mem_live();
    for (int i = 0; i < LEN(cases); i++) {
        const int64_t *bytes = cases[i].bytes;
        int64_t sum = 0;
        char *piece[3];
        for (int j = 0; j < 3; j++)
            sum += yk_arena_round(bytes[j]);
        yk_arena arena;
        MUST(yk_arena_create(&arena, sum));
        for (int j = 0; j < 3; j++) {
            piece[j] = yk_arena_take(&arena, bytes[j]);
            if ((uintptr_t)piece[j] % YK_ALIGN || !all_zero(piece[j], bytes[j]))
                FAIL_CASE(cases[i].label, "piece %d at %p", j, (void *)piece[j]);
            if (bytes[j])
                memset(piece[j], j + 1, (size_t)bytes[j]);
        }
        for (int j = 0; j < 3; j++)
            if (bytes[j] && (piece[j][0] != j + 1 || piece[j][bytes[j] - 1] != j + 1))
                FAIL_CASE(cases[i].label, "piece %d was overwritten", j);
        CU_ASSERT_EQUAL(arena.used, sum);
        yk_arena_destroy(&arena);
        yk_arena_destroy(&arena);
        if (yk_mem_live() != live)
            FAIL_CASE(cases[i].label, "%lld blocks live", (long long)(yk_mem_live() - live));
    }
    yk_arena none;
    CU_ASSERT_EQUAL(yk_arena_create(&none, -1), YK_ERR_NOMEM);
    yk_arena_destroy(&none);
    CU_ASSERT(yk_arena_round(0) == 0 && yk_arena_round(1) == 64 && yk_arena_round(64) == 64 &&
              yk_arena_round(65) == 128);
}

int main(void)
{
    static const yk_test tests[] = {
        { "alloc", test_alloc },
        { "impossible sizes", test_impossible_sizes },
        { "realloc", test_realloc },
        { "text", test_text },
        { "failure on demand", test_failure_on_demand },
        { "arena", test_arena },
        { 0 },
    };
    return yk_test_main("core/mem", tests);
}
