/* SPDX-License-Identifier: Apache-2.0 */
/* The tree against its definition, written down here as two recursions. */
#include "comm/tree.h"
#include "core/cpu.h"
#include "core/error.h"
#include "core/mem.h"
#include "core/num.h"
#include "test.h"

#define LEAVES_MAX 40

static uint64_t state = 1;

/* Numbers of many sizes and both signs: any other order of additions shows in the last bits. */
static float noise(void)
{
    state = state * 6364136223846793005u + 1442695040888963407u;
    float size = (float)(1 << (state >> 40 & 15));
    return ((float)(state >> 48) - 32768.0f) / size;
}

static int64_t below(int64_t n)
{
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (int64_t)(state >> 33) % n;
}

static float value_of(int64_t n, int level, int64_t index, const float *leaf)
{
    if (level == 0)
        return leaf[index];
    float left = value_of(n, level - 1, 2 * index, leaf);
    if ((2 * index + 1) << (level - 1) >= n)
        return left;
    return left + value_of(n, level - 1, 2 * index + 1, leaf);
}

static float whole(int64_t n, const float *leaf)
{
    int level = 0;
    while ((int64_t)1 << level < n)
        level++;
    return value_of(n, level, 0, leaf);
}

/* Nodes needed for leaves first .. last-1 below a node: 1 where it lies inside, else what its halves need. */
static int fewest(int64_t n, int level, int64_t index, int64_t first, int64_t last)
{
    int64_t begin = index << level, end = yk_min((index + 1) << level, n);
    if (end <= first || begin >= last || begin >= end)
        return 0;
    if (first <= begin && end <= last)
        return 1;
    return fewest(n, level - 1, 2 * index, first, last) + fewest(n, level - 1, 2 * index + 1, first, last);
}

static void test_ranges_are_contiguous_and_even(void)
{
    static const int64_t leaves[] = { 0, 1, 2, 3, 7, 8, 31, 40, 1000003 };
    for (int i = 0; i < LEN(leaves); i++) {
        for (int size = 1; size <= 9; size++) {
            int64_t at = 0, first, last, n = leaves[i];
            for (int rank = 0; rank < size; rank++) {
                yk_tree_range(n, rank, size, &first, &last);
                CU_ASSERT(first == at);
                CU_ASSERT(last - first == n / size || last - first == n / size + 1);
                at = last;
            }
            CU_ASSERT(at == n);
        }
    }
}

static void test_covers_are_exact_and_minimal(void)
{
    yk_node node[YK_TREE_NODES_MAX];
    for (int64_t n = 1; n <= LEAVES_MAX; n++) {
        for (int64_t first = 0; first <= n; first++) {
            for (int64_t last = first; last <= n; last++) {
                int count = yk_tree_cover(n, first, last, node);
                int64_t at = first;
                for (int i = 0; i < count; i++) {
                    CU_ASSERT(node[i].index << node[i].level == at);
                    at = yk_min((node[i].index + 1) << node[i].level, n);
                }
                CU_ASSERT(at == last);
                CU_ASSERT(count == fewest(n, 6, 0, first, last));
            }
        }
    }
}

static void test_covers_of_large_trees(void)
{
    yk_node node[YK_TREE_NODES_MAX];
    int64_t n = ((int64_t)1 << 60) - 1;
    CU_ASSERT(yk_tree_cover(n, 0, n, node) == 1);
    CU_ASSERT(yk_tree_cover(n, 1, n, node) == 60);
    CU_ASSERT(yk_tree_cover(n, 1, n - 1, node) > 100);
}

typedef struct room {
    yk_tree_line line[LEAVES_MAX];
    yk_node node[LEAVES_MAX];
    int first[LEAVES_MAX];
    bool changed[LEAVES_MAX];
} room;

static yk_tree_plan plan_in(room *r)
{
    return (yk_tree_plan){ .line = r->line, .node = r->node, .first = r->first, .changed = r->changed };
}

/* Cuts the leaves into random ranges, takes each range's nodes by the definition, and adds them. */
static void sum_in_parts(int64_t n, int64_t count)
{
    yk_node node[LEAVES_MAX];
    float leaf[LEAVES_MAX], *leaves, *values, *value[LEAVES_MAX];
    MUST(yk_alloc(&leaves, n * count, sizeof(float)));
    MUST(yk_alloc(&values, n * count, sizeof(float)));
    for (int64_t i = 0; i < n * count; i++)
        leaves[i] = noise();
    int64_t nodes = 0;
    for (int64_t first = 0, last; first < n; first = last) {
        last = first + 1 + below(n - first);
        yk_node cover[YK_TREE_NODES_MAX];
        int covers = yk_tree_cover(n, first, last, cover);
        memcpy(node + nodes, cover, (size_t)covers * sizeof *cover);
        nodes += covers;
    }
    bool good = true;
    for (int64_t e = 0; e < count; e++) {
        for (int64_t i = 0; i < n; i++)
            leaf[i] = leaves[i * count + e];
        for (int64_t i = 0; i < nodes; i++)
            values[i * count + e] = value_of(n, node[i].level, node[i].index, leaf);
    }
    for (int64_t i = 0; i < nodes; i++)
        value[i] = values + i * count;
    room r;
    float *out[] = { value[0] };
    yk_tree_plan plan = plan_in(&r);
    yk_tree_plan_make(&plan, n, (int)nodes, node);
    CU_ASSERT(plan.rest == 1 && plan.first[0] == 0 && plan.changed[0] == (nodes > 1) && plan.lines == nodes - 1);
    yk_tree_plan_run(&plan, YK_WIRE_F32, value, out, count);
    for (int64_t e = 0; e < count; e++) {
        for (int64_t i = 0; i < n; i++)
            leaf[i] = leaves[i * count + e];
        float want = whole(n, leaf);
        good = good && memcmp(&value[0][e], &want, sizeof want) == 0;
    }
    if (!good)
        FAIL_CASE("sum in parts", "n %d, %d nodes, %d elements", (int)n, (int)nodes, (int)count);
    yk_free(leaves);
    yk_free(values);
}

static void test_sums_do_not_depend_on_the_cuts(void)
{
    for (int threads = 1; threads <= 3; threads++) {
        yk_threads_set(threads);
        for (int64_t n = 1; n <= LEAVES_MAX; n++) {
            for (int again = 0; again < 5; again++)
                sum_in_parts(n, 3);
            sum_in_parts(n, 5001);
        }
    }
}

/* Leaves are dealt out to owners at random; each adds what it can of its own, then all nodes that remain are added. */
static void sum_of_owners(int64_t n, int owners)
{
    int owner[LEAVES_MAX], rest = 0;
    float leaf[LEAVES_MAX], *leaves[LEAVES_MAX], value[LEAVES_MAX], *sum[LEAVES_MAX];
    yk_node mine[LEAVES_MAX], all[LEAVES_MAX];
    room r, whole_room;
    for (int64_t i = 0; i < n; i++) {
        owner[i] = (int)below(owners);
        leaf[i] = value[i] = noise();
    }
    for (int o = 0; o < owners; o++) {
        int k = 0;
        float *out[LEAVES_MAX];
        for (int64_t i = 0; i < n; i++)
            if (owner[i] == o) {
                mine[k] = (yk_node){ 0, i };
                leaves[k++] = &value[i];
            }
        yk_tree_plan plan = plan_in(&r);
        yk_tree_plan_make(&plan, n, k, mine);
        for (int i = 0; i < plan.rest; i++)
            out[i] = leaves[plan.first[i]];
        yk_tree_plan_run(&plan, YK_WIRE_F32, leaves, out, 1);
        for (int i = 0; i < plan.rest; i++, rest++) {
            int at = rest; /* ascending */
            for (; at > 0 && all[at - 1].index << all[at - 1].level > plan.node[i].index << plan.node[i].level; at--) {
                all[at] = all[at - 1];
                sum[at] = sum[at - 1];
            }
            all[at] = plan.node[i];
            sum[at] = out[i];
        }
    }
    float total = 0, *out[] = { &total }, want = whole(n, leaf);
    yk_tree_plan plan = plan_in(&whole_room);
    yk_tree_plan_make(&plan, n, rest, all);
    yk_tree_plan_run(&plan, YK_WIRE_F32, sum, out, 1);
    if (!plan.changed[0])
        total = *sum[0];
    if (plan.rest != 1 || memcmp(&total, &want, sizeof want) != 0)
        FAIL_CASE("sum of owners", "n %d, %d owners: %.9g, not %.9g", (int)n, owners, (double)total, (double)want);
}

static void test_sums_do_not_depend_on_who_has_which_leaf(void)
{
    for (int64_t n = 1; n <= LEAVES_MAX; n++)
        for (int owners = 1; owners <= 6; owners++)
            for (int again = 0; again < 20; again++)
                sum_of_owners(n, owners);
}

static void test_total_of_single_numbers(void)
{
    float leaf[LEAVES_MAX], copy[LEAVES_MAX];
    CU_ASSERT(yk_tree_total(0, leaf) == 0.0f);
    for (int64_t n = 1; n <= LEAVES_MAX; n++) {
        for (int64_t i = 0; i < n; i++)
            copy[i] = leaf[i] = noise();
        float got = yk_tree_total(n, copy), want = whole(n, leaf);
        CU_ASSERT(memcmp(&got, &want, sizeof got) == 0);
    }
}

int main(void)
{
    static const yk_test tests[] = {
        { "ranges are contiguous and even", test_ranges_are_contiguous_and_even },
        { "covers are exact and minimal", test_covers_are_exact_and_minimal },
        { "covers of large trees", test_covers_of_large_trees },
        { "sums do not depend on the cuts", test_sums_do_not_depend_on_the_cuts },
        { "sums do not depend on who has which leaf", test_sums_do_not_depend_on_who_has_which_leaf },
        { "total of single numbers", test_total_of_single_numbers },
        { 0 },
    };
    return yk_test_main("comm/tree", tests);
}
