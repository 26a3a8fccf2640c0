/* SPDX-License-Identifier: Apache-2.0 */
/* Every metric has the same bits on any number of ranks, ranks without rows included. */
/* Rooms: train */
#include "mpi_test.h"

#include <math.h>
#include <string.h>

#include "comm/tree.h"
#include "core/error.h"
#include "core/philox.h"
#include "train/tally.h"

enum { ROWS = 203, COLS = 5 };

static const struct {
    yk_scored_kind kind;
    const char *loss, *metrics;
} cases[] = {
    { YK_SCORED_CLASSES, "softmax_cross_entropy", "[accuracy, {top_k: 2}, precision, recall, {f1: none}, roc_auc]" },
    { YK_SCORED_BINARY, "binary_cross_entropy", "[accuracy, {binary_accuracy: 0.3}, {f1: micro}, roc_auc]" },
    { YK_SCORED_NUMBERS, "mean_squared_error", "[rmse, mae, r2]" },
};

static float output[ROWS * COLS], target[ROWS * COLS];
static int32_t label[ROWS];

static void make(yk_scored_kind kind)
{
    const yk_key key = yk_key_make(1, YK_FOR_CHECK, "tally");
    for (int i = 0; i < ROWS * COLS; i++) {
        output[i] = (float)(1e3 * yk_random_normal(key, 0, i, 0) * yk_random_uniform(key, 0, i, 1));
        target[i] = (float)(kind == YK_SCORED_BINARY ? yk_random_uniform(key, 1, i, 0) < 0.4
                                                     : 1e3 * yk_random_normal(key, 1, i, 0));
        label[i / COLS] = (int32_t)(COLS * yk_random_uniform(key, 2, i / COLS, 0));
    }
}

/* Rows that a rank has of the first `rows`. */
static yk_scored part(yk_scored_kind kind, int64_t rows, int rank, int size)
{
    int64_t first, last;
    yk_tree_range(rows, rank, size, &first, &last);
    yk_scored s = { .kind = kind, .rows = last - first, .cols = COLS, .output = output + first * COLS };
    if (kind == YK_SCORED_CLASSES)
        s.label = label + first;
    else
        s.target = target + first * COLS;
    return s;
}

static void test_same_bits(void)
{
    static const int64_t sizes[] = { ROWS, 2, 1 }; /* the last ones leave ranks without rows */
    yk_comm *self;
    MUST(yk_comm_create_self(&self));
    for (int i = 0; i < LEN(cases) * LEN(sizes); i++) {
        const int64_t rows = sizes[i % LEN(sizes)];
        const yk_scored_kind kind = cases[i / LEN(sizes)].kind;
        char text[512];
        yk_recipe *r;
        yk_tally alone, shared;
        double want[YK_MAX_SCORES], got[YK_MAX_SCORES];
        snprintf(text, sizeof text,
                 "input: {x: 1, y: 1}\nmodel: [dense: 1]\nloss: %s\nmetrics: %s\noptimizer: {sgd: 1}\n"
                 "train: {steps: 1, batch: 1}\n",
                 cases[i / LEN(sizes)].loss, cases[i / LEN(sizes)].metrics);
        MUST(yk_recipe_parse(&r, "recipe", text, 0, NULL));
        make(kind);
        const yk_scored all = part(kind, rows, 0, 1), mine = part(kind, rows, yk_comm_rank(comm), yk_comm_size(comm));
        const yk_measured head = { "it", "it", all };
        MUST(yk_tally_create(&alone, r, 1, &head));
        MUST(yk_tally_create(&shared, r, 1, &head));
        yk_tally_add(&alone, 0, &all);
        yk_tally_add(&shared, 0, &mine);
        MUST(yk_tally_values(&alone, self, want));
        MUST(yk_tally_values(&shared, comm, got));
        for (int v = 0; v < alone.n_values; v++)
            if (memcmp(&want[v], &got[v], sizeof want[v]) != 0)
                FAIL_CASE(alone.name[v], "of %d rows: %a, alone %a\n", (int)rows, got[v], want[v]);
        yk_tally_destroy(&alone);
        yk_tally_destroy(&shared);
        yk_recipe_destroy(&r);
    }
    yk_comm_destroy(&self);
}

int main(int argc, char **argv)
{
    static const yk_test tests[] = { { "same bits", test_same_bits }, { 0 } };
    return mpi_test_main(argc, argv, "mpi/tally", tests);
}
