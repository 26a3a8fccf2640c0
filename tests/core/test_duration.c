/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include "core/duration.h"

static void test_parse(void)
{
    static const struct {
        const char *text;
        yk_colon two;
        double want; /* 0: refused */
    } cases[] = {
        { "90s", YK_COLON_NONE, 90 },
        { "3h50m", YK_COLON_NONE, 13800 },
        { "1d2h3m4s", YK_COLON_NONE, 93784 },
        { "2:30:00", YK_COLON_NONE, 9000 },
        { "100:00:01", YK_COLON_NONE, 360001 },
        { "1-02:30:00", YK_COLON_NONE, 95400 },
        { "9:59", YK_COLON_MINUTES, 599 },
        { "2:30", YK_COLON_HOURS, 9000 },
        { "2:30", YK_COLON_NONE, 0 },
        { "1-02:30", YK_COLON_MINUTES, 0 },
        { "", YK_COLON_NONE, 0 },
        { "90", YK_COLON_NONE, 0 },
        { "0s", YK_COLON_NONE, 0 },
        { "-5s", YK_COLON_NONE, 0 },
        { "5m1h", YK_COLON_NONE, 0 },
        { "5m5m", YK_COLON_NONE, 0 },
        { "5 m", YK_COLON_NONE, 0 },
        { "h", YK_COLON_NONE, 0 },
        { "1:60:00", YK_COLON_NONE, 0 },
        { "1:2:3:4", YK_COLON_NONE, 0 },
        { "1:00:", YK_COLON_NONE, 0 },
        { "1-", YK_COLON_NONE, 0 },
        { "-1:00:00", YK_COLON_NONE, 0 },
        { "99999999999999999999h", YK_COLON_NONE, 0 },
    };
    for (int i = 0; i < LEN(cases); i++) {
        double got = -1;
        const yk_status status = yk_duration_parse(cases[i].text, cases[i].two, &got);
        if (cases[i].want > 0 ? status != YK_OK || got < cases[i].want || got > cases[i].want : status != YK_ERR_ARG)
            FAIL_CASE(cases[i].text, "%s, %g s", yk_status_name(status), got);
    }
}

static void test_text(void)
{
    static const struct {
        double seconds;
        const char *want;
    } cases[] = {
        { -3, "0 s" }, { 4.9, "4 s" }, { 90, "1 min 30 s" }, { 13800, "3 h 50 min" }, { 1e300, "277777 h 46 min" }
    };
    for (int i = 0; i < LEN(cases); i++) {
        char text[YK_DURATION_TEXT];
        if (strcmp(yk_duration_text(cases[i].seconds, text), cases[i].want) != 0)
            FAIL_CASE(cases[i].want, "%s", text);
    }
}

int main(void)
{
    static const yk_test tests[] = { { "parse", test_parse }, { "text", test_text }, { 0 } };
    return yk_test_main("core/duration", tests);
}
