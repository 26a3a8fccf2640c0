/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include "core/error.h"
#include "core/log.h"

typedef struct notebook {
    int lines;
    yk_log_level level;
    char line[256];
} notebook;

static void note(void *context, yk_log_level level, const char *line)
{
    notebook *n = context;
    n->lines++;
    n->level = level;
    snprintf(n->line, sizeof n->line, "%s", line);
}

static void test_levels(void)
{
    for (int most = YK_LOG_ERROR; most <= YK_LOG_DEBUG; most++) {
        notebook n = { 0 };
        yk_log_to(note, &n, (yk_log_level)most);
        yk_log(YK_LOG_ERROR, "e");
        yk_warn("w %d", 1);
        yk_info("i %s", "x");
        yk_debug("d");
        if (n.lines != most + 1 || n.level != (yk_log_level)most)
            FAIL_CASE("level", "at level %d came %d lines, the last of level %d", most, n.lines, (int)n.level);
    }
    yk_log_to(NULL, NULL, YK_LOG_DEBUG);
    yk_log(YK_LOG_ERROR, "nobody sees this");
}

static void test_text(void)
{
    notebook n = { 0 };
    yk_log_to(note, &n, YK_LOG_INFO);
    yk_info("epoch %d of %d", 3, 5);
    CU_ASSERT_STRING_EQUAL(n.line, "epoch 3 of 5");
    yk_log_to(NULL, NULL, YK_LOG_INFO);
}

static void test_names(void)
{
    static const struct {
        const char *name;
        yk_log_level want;
    } cases[] = {
        { "error", YK_LOG_ERROR }, { "warning", YK_LOG_WARNING }, { "info", YK_LOG_INFO }, { "debug", YK_LOG_DEBUG }
    };
    yk_log_level level;
    for (int i = 0; i < LEN(cases); i++)
        if (yk_log_level_parse(cases[i].name, &level) != YK_OK || level != cases[i].want)
            FAIL_CASE(cases[i].name, "is not level %d", (int)cases[i].want);
    CU_ASSERT_EQUAL(yk_log_level_parse("loud", &level), YK_ERR_ARG);
    CU_ASSERT_STRING_EQUAL(yk_error_text(), "there is no log level \"loud\"; there are error, warning, info, debug");
}

int main(void)
{
    static const yk_test tests[] = {
        { "levels", test_levels },
        { "text", test_text },
        { "names", test_names },
        { 0 },
    };
    return yk_test_main("core/log", tests);
}
