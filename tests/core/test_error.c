/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include <pthread.h>

#include "core/error.h"

static yk_status inner(int value)
{
    YK_CHECK(value > 0, YK_ERR_SHAPE, "value is %d,\nnot > 0", value);
    return YK_OK;
}

static yk_status outer(int value)
{
    YK_TRY(inner(value));
    return YK_OK;
}

static yk_status with_label(int value, int *released)
{
    yk_status status = YK_OK;
    YK_TRY_GOTO(inner(value), end);
    YK_CHECK_GOTO(value < 10, end, YK_ERR_ARG, "value is %d, not < 10", value);
end:
    ++*released;
    return status;
}

static void test_message_and_trail(void)
{
    CU_ASSERT_EQUAL(outer(1), YK_OK);
    CU_ASSERT_EQUAL(outer(0), YK_ERR_SHAPE);
    CU_ASSERT_STRING_EQUAL(yk_error_text(), "value is 0, not > 0");
    const char *first = strstr(yk_error_where(), " inner\n");
    const char *second = strstr(yk_error_where(), " outer");
    CU_ASSERT(first && second && first < second);
    CU_ASSERT(strstr(yk_error_where(), "test_error.c:") != NULL);
}

static void test_a_new_failure_replaces_the_old(void)
{
    (void)outer(0);
    CU_ASSERT_EQUAL(inner(-5), YK_ERR_SHAPE);
    CU_ASSERT_STRING_EQUAL(yk_error_text(), "value is -5, not > 0");
    CU_ASSERT_PTR_NULL(strstr(yk_error_where(), "outer"));
}

static void test_labels(void)
{
    static const struct {
        const char *label;
        int value;
        yk_status want;
    } cases[] = { { "good", 5, YK_OK }, { "inner fails", 0, YK_ERR_SHAPE }, { "check fails", 10, YK_ERR_ARG } };
    for (int i = 0; i < LEN(cases); i++) {
        int released = 0;
        yk_status got = with_label(cases[i].value, &released);
        if (got != cases[i].want || released != 1)
            FAIL_CASE(cases[i].label, "%s, released %d times", yk_status_name(got), released);
    }
}

static void test_prefix(void)
{
    CU_ASSERT_EQUAL(yk_error_prefix(inner(0), "%s:%d: ", "a.yaml", 7), YK_ERR_SHAPE);
    CU_ASSERT_STRING_EQUAL(yk_error_text(), "a.yaml:7: value is 0, not > 0");
    CU_ASSERT_EQUAL(yk_error_set(YK_ERR_IO, "f.c", 1, "f", "x (%s)", yk_error_text()), YK_ERR_IO);
    CU_ASSERT_STRING_EQUAL(yk_error_text(), "x (a.yaml:7: value is 0, not > 0)");
    CU_ASSERT_STRING_EQUAL(yk_error_where(), "f.c:1 f");
}

static void test_long_texts_are_cut(void)
{
    char text[5000];
    memset(text, 'a', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    (void)yk_error_set(YK_ERR_IO, "f.c", 1, "f", "%s", text);
    CU_ASSERT_EQUAL(strlen(yk_error_text()), 1023);
    (void)yk_error_prefix(YK_ERR_IO, "%s", text);
    CU_ASSERT_EQUAL(strlen(yk_error_text()), 1023);
    for (int i = 0; i < 1000; i++)
        (void)yk_error_trace(YK_ERR_IO, "f.c", i, "f");
    CU_ASSERT_EQUAL(strlen(yk_error_where()), 2047);
}

static void *fail_here(void *text)
{
    strcpy(text, yk_error_text());
    (void)inner(-99);
    return NULL;
}

static void test_each_thread_has_its_own(void)
{
    char seen[1024] = "?";
    pthread_t thread;
    (void)inner(-1);
    CU_ASSERT_EQUAL_FATAL(pthread_create(&thread, NULL, fail_here, seen), 0);
    pthread_join(thread, NULL);
    CU_ASSERT_STRING_EQUAL(seen, "");
    CU_ASSERT_STRING_EQUAL(yk_error_text(), "value is -1, not > 0");
}

static void test_every_status_has_a_name(void)
{
    for (int i = 0; i < YK_STATUS_COUNT; i++)
        if (strncmp(yk_status_name((yk_status)i), i ? "YK_ERR_" : "YK_OK", i ? 7 : 6) != 0)
            FAIL_CASE("status", "%d is %s", i, yk_status_name((yk_status)i));
    CU_ASSERT_STRING_EQUAL(yk_status_name(YK_STATUS_COUNT), "unknown status");
}

int main(void)
{
    static const yk_test tests[] = {
        { "message and trail", test_message_and_trail },
        { "a new failure replaces the old", test_a_new_failure_replaces_the_old },
        { "labels", test_labels },
        { "prefix", test_prefix },
        { "long texts are cut", test_long_texts_are_cut },
        { "each thread has its own", test_each_thread_has_its_own },
        { "every status has a name", test_every_status_has_a_name },
        { 0 },
    };
    return yk_test_main("core/error", tests);
}
