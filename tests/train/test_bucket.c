/* SPDX-License-Identifier: Apache-2.0 */
/* What travels together, and when: the fastest of what was tried stays, whatever the first step of each trial took. */
#include "test.h"

#include "train/bucket.h"

static void test_the_fastest_stays(void)
{
    static const struct {
        const char *label;
        int64_t stripes, fastest;
        int ranks;
        bool can_be_behind, behind_is_faster;
        int tried;
    } cases[] = {
        { "one rank", 40, 1, 1, true, true, 0 },       { "one stripe", 1, 1, 8, true, true, 0 },
        { "two stripes", 2, 2, 8, false, true, 2 },    { "small is fast", 40, 1, 8, false, true, 4 },
        { "four are", 40, 4, 2, false, true, 4 },      { "all are", 40, 40, 2, false, true, 4 },
        { "many", 128, 64, 3, false, true, 5 },        { "two stripes, behind", 2, 1, 8, true, true, 3 },
        { "four, behind", 40, 4, 2, true, true, 5 },   { "four, not behind", 40, 4, 2, true, false, 5 },
        { "all, behind", 128, 128, 2, true, true, 6 },
    };
    for (int i = 0; i < LEN(cases); i++) {
        yk_bucket b;
        int64_t seen = -1;
        int n = 0;
        const bool behind = cases[i].tried > 0 && cases[i].can_be_behind && cases[i].behind_is_faster;
        yk_bucket_begin(&b, cases[i].stripes, cases[i].ranks, cases[i].can_be_behind);
        for (int steps = 0; !yk_bucket_chosen(&b) && steps < 1000; steps++) {
            const int64_t trial = 2 * b.now + b.behind, good = b.now == cases[i].fastest;
            const int64_t takes = (good ? 50 : 90) + (!b.behind ? 0 : cases[i].behind_is_faster ? -10 : 10);
            n += trial != seen;
            yk_bucket_note(&b, trial == seen ? takes : good ? 1000000 : 1); /* the first step of a trial misleads */
            seen = trial;
        }
        if (n != cases[i].tried || b.now != cases[i].fastest || b.behind != behind)
            FAIL_CASE(cases[i].label, "%d tried, %d stripes, behind: %d", n, (int)b.now, b.behind);
        yk_bucket_note(&b, 1); /* nothing changes any more */
        CU_ASSERT(b.now == cases[i].fastest && b.behind == behind);
    }
}

int main(void)
{
    static const yk_test tests[] = { { "the fastest stays", test_the_fastest_stays }, { 0 } };
    return yk_test_main("train/bucket", tests);
}
