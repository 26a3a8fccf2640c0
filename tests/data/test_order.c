/* SPDX-License-Identifier: Apache-2.0 */
/* Orders are bijections for every n, look shuffled, differ from epoch to epoch, and never change. */
#include "test.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>

#include "core/error.h"
#include "data/order.h"

static const yk_shuffle full = { YK_SHUFFLE_FULL, 0 };

static yk_order order_of(int64_t n, yk_shuffle shuffle, uint64_t seed)
{
    yk_order order;
    yk_order_make(&order, n, &shuffle, seed, YK_FOR_SHUFFLE);
    return order;
}

static bool is_bijection(const yk_order *order, int64_t epoch)
{
    bool *seen = calloc((size_t)order->n, sizeof *seen);
    bool good = true;
    for (int64_t p = 0; p < order->n && good; p++) {
        int64_t s = yk_order_at(order, epoch, p);
        good = s >= 0 && s < order->n && !seen[s];
        if (good)
            seen[s] = true;
    }
    free(seen);
    return good;
}

static void test_every_n_is_a_bijection(void)
{
    static const int64_t large[] = { 1023, 1024, 1025, 4095, 4097, 16385, 65536, 65537 };
    for (int64_t i = 1; i <= 200 + LEN(large); i++) {
        int64_t n = i <= 200 ? i : large[i - 201];
        const yk_shuffle modes[] = { full,
                                     { YK_SHUFFLE_NONE, 0 },
                                     { YK_SHUFFLE_BLOCK, 1 },
                                     { YK_SHUFFLE_BLOCK, 2 },
                                     { YK_SHUFFLE_BLOCK, 7 },
                                     { YK_SHUFFLE_BLOCK, n },
                                     { YK_SHUFFLE_BLOCK, n + 1 },
                                     { YK_SHUFFLE_BLOCK, 4096 } };
        for (int m = 0; m < LEN(modes); m++)
            for (int64_t epoch = 0; epoch < 3; epoch++) {
                yk_order order = order_of(n, modes[m], (uint64_t)i);
                if (!is_bijection(&order, epoch)) {
                    FAIL_CASE("bijection", "n %" PRId64 ", mode %d, block %" PRId64 ", epoch %" PRId64, n,
                              (int)modes[m].mode, modes[m].block, epoch);
                    return;
                }
            }
    }
}

/* Every order of three and of four samples comes up about equally often. */
static void test_all_orders_of_few_samples(void)
{
    static const struct {
        int64_t n;
        int orders, trials;
    } cases[] = { { 2, 2, 4000 }, { 3, 6, 12000 }, { 4, 24, 48000 } };
    for (int c = 0; c < LEN(cases); c++) {
        int count[256] = { 0 }, met = 0;
        yk_order order = order_of(cases[c].n, full, 5);
        for (int epoch = 0; epoch < cases[c].trials; epoch++) {
            int code = 0;
            for (int64_t p = 0; p < cases[c].n; p++)
                code = 4 * code + (int)yk_order_at(&order, epoch, p);
            count[code]++;
        }
        double expected = (double)cases[c].trials / cases[c].orders, chi2 = 0;
        for (int i = 0; i < 256; i++)
            if (count[i] > 0) {
                met++;
                chi2 += (count[i] - expected) * (count[i] - expected) / expected;
            }
        if (met != cases[c].orders || chi2 > 3.0 * cases[c].orders + 15)
            FAIL_CASE("few samples", "n %" PRId64 ": %d of %d orders, chi square %g", cases[c].n, met, cases[c].orders,
                      chi2);
    }
}

/* Which tenth of the file a tenth of the epoch reads: 100 cells of equal expectation. */
static void test_positions_are_spread(void)
{
    enum { N = 1000, EPOCHS = 300 };
    static int cell[10][10];
    int64_t fixed = 0, near = 0;
    yk_order order = order_of(N, full, 9);
    for (int64_t epoch = 0; epoch < EPOCHS; epoch++) {
        int64_t before = -10;
        for (int64_t p = 0; p < N; p++) {
            int64_t s = yk_order_at(&order, epoch, p);
            cell[p / 100][s / 100]++;
            fixed += s == p;
            near += s == before + 1 || s == before - 1;
            before = s;
        }
    }
    double expected = N * EPOCHS / 100.0, chi2 = 0;
    for (int i = 0; i < 100; i++) {
        double d = cell[i / 10][i % 10] - expected;
        chi2 += d * d / expected;
    }
    CU_ASSERT(chi2 > 35 && chi2 < 150);                  /* 81 degrees of freedom */
    CU_ASSERT(fixed > EPOCHS / 2 && fixed < 2 * EPOCHS); /* one an epoch */
    CU_ASSERT(near > EPOCHS && near < 4 * EPOCHS);       /* two an epoch */
}

static void test_epochs_and_seeds_differ(void)
{
    yk_order a = order_of(1000, full, 1), b = order_of(1000, full, 2), split;
    yk_order_make(&split, 1000, &full, 1, YK_FOR_SPLIT);
    int same_epoch = 0, same_seed = 0, same_purpose = 0;
    for (int64_t p = 0; p < 1000; p++) {
        same_epoch += yk_order_at(&a, 0, p) == yk_order_at(&a, 1, p);
        same_seed += yk_order_at(&a, 0, p) == yk_order_at(&b, 0, p);
        same_purpose += yk_order_at(&a, 0, p) == yk_order_at(&split, 0, p);
    }
    CU_ASSERT(same_epoch < 12 && same_seed < 12 && same_purpose < 12);
}

/* Blocks stay together; they, the short one among them, come in any place; inside they are shuffled. */
static void test_blocks(void)
{
    enum { N = 43, BLOCK = 10 };
    const yk_shuffle shuffle = { YK_SHUFFLE_BLOCK, BLOCK };
    yk_order order = order_of(N, shuffle, 3);
    int place_of_short[5] = { 0 }, inner = 0;
    for (int64_t epoch = 0; epoch < 500; epoch++) {
        int64_t p = 0;
        for (int place = 0; place < 5; place++) {
            int64_t block = yk_order_at(&order, epoch, p) / BLOCK, length = block == 4 ? 3 : BLOCK;
            for (int64_t i = 0; i < length; i++, p++) {
                int64_t s = yk_order_at(&order, epoch, p);
                CU_ASSERT_FATAL(s / BLOCK == block);
                inner += s % BLOCK == i;
            }
            place_of_short[place] += block == 4;
        }
        CU_ASSERT_FATAL(p == N);
    }
    for (int place = 0; place < 5; place++)
        CU_ASSERT(place_of_short[place] > 60 && place_of_short[place] < 140);
    CU_ASSERT(inner > 2000 && inner < 3000); /* five fixed points an epoch */
}

static void test_large_numbers(void)
{
    const int64_t n = ((int64_t)1 << 40) + 12345;
    const yk_shuffle shuffles[] = { full, { YK_SHUFFLE_BLOCK, 4096 } };
    for (int m = 0; m < LEN(shuffles); m++) {
        yk_order order = order_of(n, shuffles[m], 1);
        int64_t high = 0;
        for (int64_t p = 0; p < 200; p++) {
            int64_t s = yk_order_at(&order, 70000, n - 1 - p * 4096);
            CU_ASSERT(s >= 0 && s < n);
            high += s > n / 2;
        }
        CU_ASSERT(high > 60 && high < 140);
    }
}

/* The numbers are part of the numerics. */
static void test_golden(void)
{
    static const struct {
        const char *shuffle;
        int64_t epoch, want[12];
    } cases[] = {
        { "full", 0, { 6, 8, 4, 3, 5, 2, 7, 11, 1, 0, 9, 10 } },
        { "full", 1, { 10, 4, 6, 5, 9, 3, 8, 7, 2, 11, 1, 0 } },
        { "block:5", 0, { 10, 11, 0, 2, 4, 1, 3, 7, 8, 5, 9, 6 } },
        { "none", 0, { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11 } },
    };
    for (int c = 0; c < LEN(cases); c++) {
        yk_shuffle shuffle;
        MUST(yk_shuffle_parse(&shuffle, cases[c].shuffle));
        yk_order order = order_of(12, shuffle, 1);
        for (int64_t p = 0; p < 12; p++)
            if (yk_order_at(&order, cases[c].epoch, p) != cases[c].want[p])
                FAIL_CASE(cases[c].shuffle, "position %" PRId64 " is sample %" PRId64, p,
                          yk_order_at(&order, cases[c].epoch, p));
    }
}

static void test_parse(void)
{
    static const struct {
        const char *text;
        yk_status want;
        yk_shuffle shuffle;
    } cases[] = {
        { "full", YK_OK, { YK_SHUFFLE_FULL, 0 } },
        { "none", YK_OK, { YK_SHUFFLE_NONE, 0 } },
        { "block:4096", YK_OK, { YK_SHUFFLE_BLOCK, 4096 } },
        { "block:1", YK_OK, { YK_SHUFFLE_BLOCK, 1 } },
        { "block:0", YK_ERR_ARG, { 0 } },
        { "block:-1", YK_ERR_ARG, { 0 } },
        { "block:", YK_ERR_ARG, { 0 } },
        { "block", YK_ERR_ARG, { 0 } },
        { "block:7x", YK_ERR_ARG, { 0 } },
        { "block:99999999999999999999", YK_ERR_ARG, { 0 } },
        { "Full", YK_ERR_ARG, { 0 } },
        { "", YK_ERR_ARG, { 0 } },
    };
    for (int c = 0; c < LEN(cases); c++) {
        yk_shuffle got = { 0 };
        yk_status status = yk_shuffle_parse(&got, cases[c].text);
        if (status != cases[c].want ||
            (status == YK_OK && (got.mode != cases[c].shuffle.mode || got.block != cases[c].shuffle.block)) ||
            (status != YK_OK && !strstr(yk_error_text(), "full, none or block:")))
            FAIL_CASE(cases[c].text, "%s: %s", yk_status_name(status), yk_error_text());
    }
}

/* A choice of n among many: each sample once an epoch, the same ones in every epoch, those of a smaller choice among
 * those of a larger; all of them is no choice. */
static void test_take(void)
{
    static const yk_shuffle modes[] = { { YK_SHUFFLE_FULL, 0 }, { YK_SHUFFLE_NONE, 0 }, { YK_SHUFFLE_BLOCK, 7 } };
    enum { OF = 41 };
    for (int m = 0; m < LEN(modes); m++) {
        bool smaller[OF] = { false };
        for (int64_t n = 1; n <= OF; n++) {
            yk_order order = order_of(n, modes[m], 4), plain = order;
            yk_order_take(&order, OF, 4);
            bool chosen[OF] = { false };
            for (int64_t epoch = 0; epoch < 3; epoch++) {
                bool seen[OF] = { false };
                for (int64_t p = 0; p < n; p++) {
                    const int64_t s = yk_order_at(&order, epoch, p);
                    CU_ASSERT_FATAL(s >= 0 && s < OF && !seen[s] && (epoch == 0 || chosen[s]));
                    CU_ASSERT(n < OF || s == yk_order_at(&plain, epoch, p));
                    seen[s] = chosen[s] = true;
                }
            }
            for (int s = 0; s < OF; s++)
                CU_ASSERT(!smaller[s] || chosen[s]);
            memcpy(smaller, chosen, sizeof smaller);
        }
    }
}

int main(void)
{
    static const yk_test tests[] = { { "every n is a bijection", test_every_n_is_a_bijection },
                                     { "all orders of few samples", test_all_orders_of_few_samples },
                                     { "positions are spread", test_positions_are_spread },
                                     { "epochs and seeds differ", test_epochs_and_seeds_differ },
                                     { "blocks", test_blocks },
                                     { "large numbers", test_large_numbers },
                                     { "golden", test_golden },
                                     { "parse", test_parse },
                                     { "take", test_take },
                                     { 0 } };
    return yk_test_main("data/order", tests);
}
