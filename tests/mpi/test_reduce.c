/* SPDX-License-Identifier: Apache-2.0 */
/* Rooms: comm */
/* Ranks: 1 2 3 4 5 */
/* The gradient sum on any number of ranks: every element of every rank's total has the bits of the tree's definition
 * over all leaves, whatever the chunks, buckets, shares and threads. */
#include "comm/reduce.h"
#include "core/cpu.h"
#include "core/mem.h"
#include "core/num.h"
#include "mpi_test.h"

/* Element e of leaf g: numbers of many sizes and both signs, so that any other order of additions shows. */
static float leaf_value(int64_t batch, int64_t g, int64_t e)
{
    uint64_t x = (uint64_t)(batch * 1000003 + g) * 0x9e3779b97f4a7c15u + (uint64_t)e * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 31)) * 0x94d049bb133111ebu;
    x ^= x >> 29;
    return ((float)(x >> 48) - 32768.0f) / (float)(1 << (x >> 20 & 15));
}

static float want(int64_t batch, int64_t n, int level, int64_t index, int64_t e)
{
    if (level == 0)
        return leaf_value(batch, index, e);
    float left = want(batch, n, level - 1, 2 * index, e);
    if ((2 * index + 1) << (level - 1) >= n)
        return left;
    return left + want(batch, n, level - 1, 2 * index + 1, e);
}

enum { EVEN, LAST_HAS_ALL, FIRST_HAS_ALL, ODD_CUTS, SHARES };

static void make_shares(int kind, int64_t length, int64_t *share)
{
    int size = yk_comm_size(comm);
    for (int r = 0; r <= size; r++) {
        switch (kind) {
        case EVEN:
            share[r] = length * r / size;
            break;
        case LAST_HAS_ALL:
            share[r] = 0;
            break;
        case FIRST_HAS_ALL:
            share[r] = length;
            break;
        default: /* growing shares, the first two ranks' are empty where there are more than two */
            share[r] = r < 3 ? 0 : length * r * r / (size * size);
        }
    }
    share[0] = 0;
    share[size] = length;
}

typedef struct layout {
    const char *label;
    int64_t length, chunk, leaves; /* leaves: of a full batch */
    int64_t bucket;                /* elements of a bucket */
} layout;

/* The ranges of a chunk arrive from the back, as backward makes them. */
static void one_batch(yk_reduce *reduce, const layout *l, int64_t batch, int64_t n)
{
    int64_t first, last;
    yk_tree_range(n, yk_comm_rank(comm), yk_comm_size(comm), &first, &last);
    yk_reduce_begin(reduce, n);
    int64_t step = yk_reduce_step(reduce), buckets = yk_div_up(l->length, l->bucket);
    for (int64_t at = first; at < last; at += l->chunk) {
        int64_t count = yk_min(l->chunk, last - at);
        yk_reduce_chunk(reduce, count);
        float *leaves = yk_reduce_leaves(reduce);
        for (int64_t g = 0; g < count; g++)
            for (int64_t e = 0; e < l->length; e++)
                leaves[g * step + e] = leaf_value(batch, at + g, e);
        if (at + count < last)
            for (int64_t b = buckets - 1; b >= 0; b--)
                yk_reduce_add(reduce, b * l->bucket, yk_min((b + 1) * l->bucket, l->length));
    }
    for (int64_t b = buckets - 1; b >= 0; b--) {
        int64_t begin = b * l->bucket, end = yk_min(begin + l->bucket, l->length), middle = (begin + end) / 2;
        if (first < last) {
            yk_reduce_add(reduce, middle, end);
            yk_reduce_add(reduce, begin, middle);
        }
        MUST(yk_reduce_bucket(reduce, begin, end));
    }
    MUST(yk_reduce_wait(reduce));
}

static void check_batch(yk_reduce *reduce, const layout *l, const int64_t *share, int kind, int64_t batch, int64_t n)
{
    int rank = yk_comm_rank(comm), level = 0;
    const float *total = yk_reduce_total(reduce);
    while ((int64_t)1 << level < n)
        level++;
    for (int64_t e = share[rank]; e < share[rank + 1]; e++) {
        float good = want(batch, n, level, 0, e), got = total[e - share[rank]];
        if (memcmp(&good, &got, sizeof got) != 0) {
            FAIL_CASE(l->label, "shares %d, batch of %d: rank %d has %.9g at %d, not %.9g", kind, (int)n, rank,
                      (double)got, (int)e, (double)good);
            return;
        }
    }
}

/* A run of batches on one yk_reduce: full ones and a short one between them. */
static void run_layout(const layout *l)
{
    int64_t share[64], n[] = { l->leaves, yk_max(1, l->leaves / 2), 1, l->leaves };
    for (int kind = 0; kind < SHARES; kind++) {
        yk_reduce *reduce;
        make_shares(kind, l->length, share);
        MUST(yk_reduce_create(&reduce, comm, l->length, l->chunk, l->leaves, share));
        int64_t count = yk_mem_count();
        for (int64_t batch = 0; batch < LEN(n); batch++) {
            one_batch(reduce, l, batch, n[batch]);
            check_batch(reduce, l, share, kind, batch, n[batch]);
        }
        CU_ASSERT(yk_mem_count() == count);
        yk_reduce_destroy(&reduce);
    }
}

static void test_totals_have_the_bits_of_the_tree(void)
{
    static const layout layouts[] = {
        { "one leaf", 5, 1, 1, 5 },
        { "two leaves", 1, 1, 2, 1 },
        { "three leaves, all at once", 17, 3, 3, 17 },
        { "eight leaves one by one", 33, 1, 8, 7 },
        { "eight leaves by twos", 33, 2, 8, 40 },
        { "a chunk of three", 64, 3, 13, 10 },
        { "many leaves", 100, 4, 37, 33 },
        { "many leaves one by one", 20, 1, 61, 20 },
        { "more room than leaves", 20, 100, 7, 6 },
        { "long vectors", 9001, 2, 6, 5000 },
    };
    for (int threads = 1; threads <= 3; threads++) {
        yk_threads_set(threads);
        for (int i = 0; i < LEN(layouts); i++)
            run_layout(&layouts[i]);
    }
    yk_threads_set(1);
}

static void test_every_small_number_of_leaves(void)
{
    for (int64_t leaves = 1; leaves <= 33; leaves++)
        for (int64_t chunk = 1; chunk <= 5; chunk++)
            run_layout(&(layout){ "small", 6, chunk, leaves, 4 });
}

/* More than one message's elements for one holder: the bucket goes in turns. */
static void test_large_buckets_go_in_pieces(void)
{
    run_layout(&(layout){ "large", 600001, 2, 3, 600001 });
}

int main(int argc, char **argv)
{
    static const yk_test tests[] = {
        { "totals have the bits of the tree", test_totals_have_the_bits_of_the_tree },
        { "every small number of leaves", test_every_small_number_of_leaves },
        { "large buckets go in pieces", test_large_buckets_go_in_pieces },
        { 0 },
    };
    return mpi_test_main(argc, argv, "mpi/reduce", tests);
}
