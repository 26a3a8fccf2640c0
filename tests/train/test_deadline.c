/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include "train/deadline.h"

/* A training whose rounds and checkpoints take so long, from clock 1000 on: when is it over? */
static void test_ends_in_time(void)
{
    static const struct {
        const char *label;
        double limit, round, save; /* seconds */
        int slow;                  /* this round takes three times as long: an evaluation; 0: none */
    } cases[] = {
        { "short rounds", 10, 0.01, 0.1, 0 },    { "long rounds", 1000, 30, 5, 0 },
        { "long checkpoints", 1000, 1, 200, 0 }, { "a round with an evaluation", 600, 10, 5, 4 },
        { "hours", 14400, 60, 120, 3 },
    };
    for (int i = 0; i < LEN(cases); i++) {
        yk_deadline d;
        double now = 1000;
        int rounds = 0;
        yk_deadline_start(&d, now + cases[i].limit, now);
        now += cases[i].save; /* of step 0 */
        yk_deadline_saved(&d, cases[i].save);
        for (bool last = false; !last; rounds++) {
            last = yk_deadline_step(&d, now);
            now += cases[i].round * (rounds + 1 == cases[i].slow ? 3 : 1);
        }
        now += 1.3 * cases[i].save;
        const double left = 1000 + cases[i].limit - now;
        const double most = d.margin + 2 * d.round + cases[i].save; /* more would be wasted */
        if (left < 0 || left > most || rounds < 2)
            FAIL_CASE(cases[i].label, "%d rounds, %g s left", rounds, left);
    }
}

static void test_no_limit(void)
{
    yk_deadline d;
    yk_deadline_start(&d, 0, 1000);
    yk_deadline_saved(&d, 1e6);
    CU_ASSERT_FALSE(yk_deadline_step(&d, 1000));
    CU_ASSERT_FALSE(yk_deadline_step(&d, 1e9));
}

static void test_over_at_once(void) /* even so one step is done, and a job that is queued again makes progress */
{
    yk_deadline d;
    yk_deadline_start(&d, 1000.5, 1000);
    CU_ASSERT_TRUE(yk_deadline_step(&d, 1000));
}

int main(void)
{
    static const yk_test tests[] = { { "ends in time", test_ends_in_time },
                                     { "no limit", test_no_limit },
                                     { "over at once", test_over_at_once },
                                     { 0 } };
    return yk_test_main("train/deadline", tests);
}
