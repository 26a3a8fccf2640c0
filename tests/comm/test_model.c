/* SPDX-License-Identifier: Apache-2.0 */
/* The model of messages: nodes of the tree that machines send, and times in closed form where there is one. */
#include <math.h>
#include <stdbool.h>

#include "comm/model.h"
#include "test.h"

static yk_comm_model machines(int n, int ranks, int64_t leaves)
{
    return (yk_comm_model){ n, ranks, leaves, { 1e9, 1e-5 }, YK_WIRE_F32, 1e10 };
}

static void test_nodes(void)
{
    static const struct {
        int machines, ranks;
        int64_t leaves;
        int want;
    } cases[] = {
        { 1, 1, 8, 1 }, { 2, 1, 8, 1 },  { 4, 2, 8, 1 },  { 2, 4, 8, 1 },  { 8, 1, 4, 1 },
        { 3, 1, 8, 2 }, { 3, 1, 12, 1 }, { 5, 1, 16, 2 }, { 3, 2, 12, 1 },
    };
    for (int i = 0; i < LEN(cases); i++) {
        const yk_comm_model m = machines(cases[i].machines, cases[i].ranks, cases[i].leaves);
        if (yk_model_nodes(&m) != cases[i].want)
            FAIL_CASE("nodes", "%d machines of %d ranks, %d leaves: %d, not %d", m.machines, m.ranks, (int)m.leaves,
                      yk_model_nodes(&m), cases[i].want);
    }
}

static bool near(double a, double b)
{
    return fabs(a - b) <= 1e-9 * fabs(b);
}

static void test_times(void)
{
    const double bytes = 1e8;
    const yk_comm_model one = machines(1, 1, 8), two = machines(2, 1, 8), four = machines(4, 1, 8);
    CU_ASSERT(yk_model_bucket(&one, bytes) <= 0);
    CU_ASSERT(yk_model_gather(&one, bytes, 10) <= 0);
    CU_ASSERT(yk_model_agree(&one) <= 0);
    CU_ASSERT(near(yk_model_bucket(&two, bytes), 1e-5 + 0.05)); /* half of it each way */
    CU_ASSERT(near(yk_model_gather(&two, bytes, 10), 1e-5 + 0.05));
    CU_ASSERT(near(yk_model_bucket(&four, bytes), 1e-5 + 0.075));
    CU_ASSERT(near(yk_model_agree(&four), 4e-5)); /* up and down two levels */
    CU_ASSERT(near(yk_model_ring(&four, bytes), 3e-5 + 0.1));
    CU_ASSERT(near(yk_model_bucket(&four, 4), 1e-5 + 3e-5)); /* messages alone */
    const yk_comm_model odd = machines(3, 1, 8), shared = machines(1, 4, 8);
    CU_ASSERT(near(yk_model_bucket(&odd, bytes), 1e-5 + 2 * 2 / 3.0 * 0.1)); /* two nodes of each machine */
    CU_ASSERT(yk_model_bucket(&shared, bytes) > 0.01 && yk_model_bucket(&shared, bytes) < 0.05);
}

int main(void)
{
    static const yk_test tests[] = { { "nodes", test_nodes }, { "times", test_times }, { 0 } };
    return yk_test_main("comm/model", tests);
}
