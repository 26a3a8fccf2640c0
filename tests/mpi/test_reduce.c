/* SPDX-License-Identifier: Apache-2.0 */
/* Rooms: comm */
/* Ranks: 1 2 3 4 5 8 */
/* The gradient sum on any number of ranks: every element of every rank's total has the bits of the tree's definition
 * over all leaves, whatever the chunks, buckets, shares, threads, and ways between the ranks; and all ranks gather
 * them. */
#include <math.h>
#include <time.h>

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

/* To 8 bits of mantissa, to the nearest, ties to even; the values are far from overflow. */
static float to_bf16(float x)
{
    int exponent;
    const float mantissa = frexpf(x, &exponent);
    return ldexpf(rintf(ldexpf(mantissa, 8)), exponent - 8);
}

static float on_wire(yk_wire wire, float x)
{
    return wire == YK_WIRE_BF16 ? to_bf16(x) : x;
}

static float want(yk_wire wire, int64_t batch, int64_t n, int level, int64_t index, int64_t e)
{
    if (level == 0)
        return on_wire(wire, leaf_value(batch, index, e));
    float left = want(wire, batch, n, level - 1, 2 * index, e);
    if ((2 * index + 1) << (level - 1) >= n)
        return left;
    return on_wire(wire, left + want(wire, batch, n, level - 1, 2 * index + 1, e));
}

enum { EVEN, ODD_STRIPES, LAST_HAS_ALL, FIRST_HAS_ALL, ODD_CUTS, STRIPES, DEALS, STRIPES_MOST = 7 };

static int64_t room[STRIPES_MOST * 64 + 1];

/* Of one stripe, three, or many. */
static yk_deal make_deal(int kind, int64_t length)
{
    const int size = yk_comm_size(comm);
    const yk_deal deal = { size, kind == STRIPES ? 3 : kind == ODD_STRIPES ? STRIPES_MOST : 1, room };
    const int64_t pieces = deal.stripes * size;
    for (int64_t i = 0; i <= pieces; i++) {
        switch (kind) {
        case EVEN:
        case STRIPES:
            room[i] = length * i / pieces;
            break;
        case LAST_HAS_ALL:
            room[i] = 0;
            break;
        case FIRST_HAS_ALL:
            room[i] = length;
            break;
        default: /* growing pieces, the first two are empty where there are more */
            room[i] = i < 3 ? 0 : length * i * i / (pieces * pieces);
        }
    }
    room[0] = 0;
    room[pieces] = length;
    return deal;
}

typedef struct layout {
    const char *label;
    int64_t length, chunk, leaves; /* leaves: of a full batch */
    int64_t bucket;                /* elements of a bucket */
    yk_wire wire;
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

static void check_gathered(const layout *l, const float *all, int64_t first, int64_t batch, int64_t n)
{
    const int64_t step = yk_max(1, l->length / 97);
    int level = 0;
    while ((int64_t)1 << level < n)
        level++;
    for (int64_t e = first + yk_comm_rank(comm) % step; e < l->length; e += step) {
        float good = want(l->wire, batch, n, level, 0, e);
        if (memcmp(&good, &all[e], sizeof good) != 0) {
            FAIL_CASE(l->label, "gathered on %d: %.9g at %d, not %.9g", yk_comm_rank(comm), (double)all[e], (int)e,
                      (double)good);
            return;
        }
    }
}

/* What a rank owns goes to all from where an optimizer would have put it, or from where it arose; at once, or while the
 * rank does other work: then a part of it that is waited for is there before the rest. */
static void check_gather(yk_reduce *reduce, const layout *l, const yk_deal *deal, int64_t batch, int64_t n)
{
    const int rank = yk_comm_rank(comm);
    float *all;
    MUST(yk_alloc(&all, l->length, sizeof *all));
    const float *mine = yk_reduce_total(reduce);
    if (batch % 2) {
        for (int64_t i = rank; i < deal->stripes * deal->size; i += deal->size)
            for (int64_t e = deal->cut[i]; e < deal->cut[i + 1]; e++)
                all[e] = mine[e];
        mine = all;
    }
    if (batch < 2) {
        MUST(yk_reduce_gather(reduce, mine, all));
    } else {
        MUST(yk_reduce_gather_begin(reduce, mine, all));
        for (int64_t part = 5; part > 0; part--) {
            const int64_t first = l->length * part / 6;
            MUST(yk_reduce_gather_await(reduce, first));
            check_gathered(l, all, first, batch, n);
        }
        MUST(yk_reduce_gather_await(reduce, 0));
    }
    CU_ASSERT(yk_reduce_gathered(reduce, 0));
    check_gathered(l, all, 0, batch, n);
    yk_free(all);
}

static void check_batch(yk_reduce *reduce, const layout *l, const yk_deal *deal, int kind, int64_t batch, int64_t n)
{
    int rank = yk_comm_rank(comm), level = 0;
    const float *total = yk_reduce_total(reduce);
    while ((int64_t)1 << level < n)
        level++;
    for (int64_t i = rank; i < deal->stripes * deal->size; i += deal->size)
        for (int64_t e = deal->cut[i]; e < deal->cut[i + 1]; e++) {
            float good = want(l->wire, batch, n, level, 0, e), got = total[e];
            if (memcmp(&good, &got, sizeof got) != 0) {
                FAIL_CASE(l->label, "deal %d, batch of %d: rank %d has %.9g at %d, not %.9g", kind, (int)n, rank,
                          (double)got, (int)e, (double)good);
                return;
            }
        }
}

/* A run of batches on one yk_reduce: full ones and a short one between them. */
static void run_layout(const layout *l, int deals)
{
    int64_t n[] = { l->leaves, yk_max(1, l->leaves / 2), 1, l->leaves };
    for (int kind = 0; kind < deals; kind++) {
        yk_reduce *reduce;
        const yk_deal deal = make_deal(kind, l->length);
        MUST(yk_reduce_create(&reduce, comm, l->length, l->chunk, l->leaves, l->wire, &deal));
        for (int64_t batch = 0; batch < LEN(n); batch++) {
            int64_t count = yk_mem_count();
            one_batch(reduce, l, batch, n[batch]);
            CU_ASSERT(yk_mem_count() == count);
            check_batch(reduce, l, &deal, kind, batch, n[batch]);
            if (batch != 1) /* a batch without is allowed */
                check_gather(reduce, l, &deal, batch, n[batch]);
        }
        yk_reduce_destroy(&reduce);
    }
}

typedef struct way {
    const char *label;
    yk_ways ways;
} way;

static const way ways[] = {
    { "as it is", { 0 } },
    { "messages, with a thread", { .no_memory = true } },
    { "messages, without", { .no_memory = true, .no_thread = true } },
    { "machines of two", { .machine = 2 } },
    { "machines of two, without a thread", { .machine = 2, .no_thread = true } },
    { "machines of three", { .machine = 3 } },
    { "dealt out to two machines", { .machine = -2 } },
    { "dealt out to three machines", { .machine = -3, .no_thread = true } },
};

/* The sharers that a way gives, where the system gives them memory. */
static void test_ways_are_what_they_say(void)
{
    const int rank = yk_comm_rank(comm), size = yk_comm_size(comm);
    const yk_deal deal = make_deal(EVEN, 10);
    for (int i = 0; i < LEN(ways); i++) {
        const yk_ways *w = &ways[i].ways;
        yk_reduce *reduce;
        int sharers = 0;
        for (int r = 0; r < size; r++)
            sharers += w->no_memory ? r == rank
                                    : w->machine == 0 || (w->machine > 0 ? r / w->machine == rank / w->machine
                                                                         : (r - rank) % w->machine == 0);
        yk_comm_set_ways(comm, w);
        MUST(yk_reduce_create(&reduce, comm, 10, 1, size, YK_WIRE_F32, &deal));
        const bool thread = yk_comm_concurrent(comm) && !w->no_thread &&
                            (w->no_memory     ? size > 1
                             : w->machine > 0 ? size > w->machine
                                              : w->machine < 0 && size > 1);
        if (yk_reduce_sharers(reduce) != sharers || yk_reduce_has_thread(reduce) != thread)
            FAIL_CASE(ways[i].label, "rank %d of %d has %d sharers, not %d, thread %d, not %d", rank, size,
                      yk_reduce_sharers(reduce), sharers, yk_reduce_has_thread(reduce), thread);
        yk_reduce_destroy(&reduce);
    }
    yk_comm_set_ways(comm, &(yk_ways){ 0 });
}

static void run_ways(const layout *l)
{
    for (int i = 0; i < LEN(ways); i++) {
        char label[160];
        layout named = *l;
        snprintf(label, sizeof label, "%s, %s", l->label, ways[i].label);
        named.label = label;
        yk_comm_set_ways(comm, &ways[i].ways);
        run_layout(&named, i == 0 ? DEALS : 2);
    }
    yk_comm_set_ways(comm, &(yk_ways){ 0 });
}

static void test_totals_have_the_bits_of_the_tree(void)
{
    static const layout layouts[] = {
        { "one leaf", 5, 1, 1, 5, YK_WIRE_F32 },
        { "two leaves", 1, 1, 2, 1, YK_WIRE_F32 },
        { "three leaves, all at once", 17, 3, 3, 17, YK_WIRE_F32 },
        { "eight leaves one by one", 33, 1, 8, 7, YK_WIRE_F32 },
        { "eight leaves by twos", 33, 2, 8, 40, YK_WIRE_F32 },
        { "a chunk of three", 64, 3, 13, 10, YK_WIRE_F32 },
        { "many leaves", 100, 4, 37, 33, YK_WIRE_F32 },
        { "many leaves one by one", 20, 1, 61, 20, YK_WIRE_F32 },
        { "more room than leaves", 20, 100, 7, 6, YK_WIRE_F32 },
        { "long vectors", 9001, 2, 6, 5000, YK_WIRE_F32 },
    };
    for (int threads = 1; threads <= 3; threads++) {
        yk_threads_set(threads);
        for (int i = 0; i < LEN(layouts); i++)
            run_ways(&layouts[i]);
    }
    yk_threads_set(2);
    for (int i = 0; i < LEN(layouts); i++) {
        layout rounded = layouts[i];
        rounded.wire = YK_WIRE_BF16;
        run_ways(&rounded);
    }
    yk_threads_set(1);
}

static void test_every_small_number_of_leaves(void)
{
    for (int64_t leaves = 1; leaves <= 33; leaves++)
        for (int64_t chunk = 1; chunk <= 5; chunk++)
            run_ways(&(layout){ "small", 6, chunk, leaves, 4, leaves % 2 ? YK_WIRE_F32 : YK_WIRE_BF16 });
}

/* More than one message's elements for one holder: the bucket goes in turns. */
static void test_large_buckets_go_in_pieces(void)
{
    run_ways(&(layout){ "large", 600001, 2, 3, 600001, YK_WIRE_F32 });
    run_ways(&(layout){ "large", 600001, 2, 3, 600001, YK_WIRE_BF16 });
}

/* More buckets than a queue holds, at ranks that come late, each at other places. */
static void test_buckets_wait_for_late_ranks(void)
{
    enum { LENGTH = 1200, BATCHES = 3 };
    int64_t first, last;
    const int rank = yk_comm_rank(comm), size = yk_comm_size(comm);
    const layout l = { "late", LENGTH, 1, 2 * size + 1, 1, YK_WIRE_F32 };
    const yk_deal deal = make_deal(ODD_STRIPES, LENGTH);
    for (int i = 0; i < LEN(ways); i++) {
        yk_reduce *reduce;
        yk_comm_set_ways(comm, &ways[i].ways);
        MUST(yk_reduce_create(&reduce, comm, LENGTH, 1, l.leaves, YK_WIRE_F32, &deal));
        for (int batch = 0; batch < BATCHES; batch++) {
            yk_tree_range(l.leaves, rank, size, &first, &last);
            yk_reduce_begin(reduce, l.leaves);
            for (int64_t at = first; at < last; at++) {
                yk_reduce_chunk(reduce, 1);
                float *leaf = yk_reduce_leaves(reduce);
                for (int64_t e = 0; e < LENGTH; e++)
                    leaf[e] = leaf_value(batch, at, e);
                yk_reduce_add(reduce, 0, LENGTH);
            }
            for (int64_t e = 0; e < LENGTH; e++) {
                if ((e + batch * 7) % 400 == 100 * (rank % 4))
                    nanosleep(&(struct timespec){ .tv_nsec = 3000000 }, NULL);
                MUST(yk_reduce_bucket(reduce, e, e + 1));
            }
            MUST(yk_reduce_wait(reduce));
            check_batch(reduce, &l, &deal, ODD_STRIPES, batch, l.leaves);
            check_gather(reduce, &l, &deal, batch, l.leaves);
        }
        yk_reduce_destroy(&reduce);
    }
    yk_comm_set_ways(comm, &(yk_ways){ 0 });
}

int main(int argc, char **argv)
{
    static const yk_test tests[] = {
        { "ways are what they say", test_ways_are_what_they_say },
        { "totals have the bits of the tree", test_totals_have_the_bits_of_the_tree },
        { "every small number of leaves", test_every_small_number_of_leaves },
        { "large buckets go in pieces", test_large_buckets_go_in_pieces },
        { "buckets wait for late ranks", test_buckets_wait_for_late_ranks },
        { 0 },
    };
    return mpi_test_main(argc, argv, "mpi/reduce", tests);
}
