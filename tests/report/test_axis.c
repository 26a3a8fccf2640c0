/* SPDX-License-Identifier: Apache-2.0 */
/* Ticks at round numbers, with labels that say them. */
#include <math.h>

#include "report/axis.h"
#include "test.h"

static void test_ticks(void)
{
    static const struct {
        double low, high;
        bool log;
        const char *want;
    } cases[] = {
        { 0, 1, false, "0.0 0.2 0.4 0.6 0.8 1.0" },
        { 0, 63, false, "0 10 20 30 40 50 60" },
        { 0.971, 0.993, false, "0.975 0.980 0.985 0.990" },
        { -1, 1, false, "-1.0 -0.5 0.0 0.5 1.0" },
        { 0, 23450, false, "0 5k 10k 15k 20k" },
        { 0, 3e6, false, "0 500k 1M 1.5M 2M 2.5M 3M" },
        { 1e-8, 3e-8, false, "1e-08 1.5e-08 2e-08 2.5e-08 3e-08" },
        { 0.05, 2.2, true, "0.05 0.1 0.2 0.5 1 2" },
        { 100, 60000, true, "100 1000 10k" },
        { 90, 1100, true, "100 200 500 1000" },
        { 1e-3, 1e3, true, "0.001 0.01 0.1 1 10 100 1000" },
    };
    for (int i = 0; i < LEN(cases); i++) {
        yk_axis a;
        char got[512] = "";
        yk_axis_make(&a, cases[i].low, cases[i].high, cases[i].log, 5);
        for (int k = 0; k < a.n; k++) {
            const size_t used = strlen(got);
            snprintf(got + used, sizeof got - used, "%s%s", used ? " " : "", a.label[k]);
            CU_ASSERT(yk_axis_at(&a, a.tick[k]) > -1e-9 && yk_axis_at(&a, a.tick[k]) < 1 + 1e-9);
        }
        if (strcmp(got, cases[i].want) != 0)
            FAIL_CASE(cases[i].want, "%s\n", got);
    }
}

static void test_one_value(void)
{
    static const double values[] = { 0, 1, -3, 1e-12, 1e20 };
    for (int i = 0; i < LEN(values); i++) {
        yk_axis a;
        yk_axis_make(&a, values[i], values[i], false, 5);
        CU_ASSERT(a.low < values[i] && values[i] < a.high && a.n >= 1);
        if (values[i] <= 0)
            continue;
        yk_axis_make(&a, values[i], values[i], true, 5);
        CU_ASSERT(a.low < values[i] && values[i] < a.high);
    }
}

static void test_many_decades(void)
{
    yk_axis a;
    yk_axis_make(&a, 1e-30, 1e10, true, 5);
    int labels = 0;
    for (int i = 0; i < a.n; i++)
        labels += a.label[i][0] != '\0';
    CU_ASSERT(a.n <= YK_TICKS_MAX && labels >= 3 && labels <= 12);
}

int main(void)
{
    static const yk_test tests[] = {
        { "ticks", test_ticks }, { "one value", test_one_value }, { "many decades", test_many_decades }, { 0 }
    };
    return yk_test_main("report/axis", tests);
}
