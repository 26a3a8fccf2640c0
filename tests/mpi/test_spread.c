/* SPDX-License-Identifier: Apache-2.0 */
/* Samples that are spread over ranks, evenly or not, give every rank the batches that it would have had from one array
 * of them all. */
/* Rooms: data */
#include "mpi_test.h"

#include <math.h>
#include <stdint.h>

#include "core/mem.h"
#include "core/num.h"
#include "data/loader.h"

enum { N = 37, C = 3, MICRO = 4 };

static float x[N + 1][C];
static int16_t y[N + 1];

static const char *const names[] = { "x", "y" };

static void make(void)
{
    for (int i = 0; i <= N; i++) {
        y[i] = (int16_t)(i % 5);
        for (int c = 0; c < C; c++)
            x[i][c] = (float)(10 * i + c);
    }
}

/* Where each rank's samples begin: evenly, all on the last rank, all on the first but one, or growing with the rank. */
enum { EVEN, LAST, FIRST, GROWING, CUTS };

static int64_t begin_of(int how, int64_t n, int rank, int size)
{
    switch (how) {
    case LAST:
        return rank == size ? n : 0;
    case FIRST:
        return rank == 0 ? 0 : rank == size ? n : n - 1;
    case GROWING:
        return n * rank * rank / (size * size);
    default:
        return n * rank / size;
    }
}

static void local(int how, int64_t n, yk_tensor out[2])
{
    const int rank = yk_comm_rank(comm), size = yk_comm_size(comm);
    const int64_t first = begin_of(how, n, rank, size), count = begin_of(how, n, rank + 1, size) - first;
    out[0] = (yk_tensor){ YK_F32, yk_shape_of(2, count, C), count ? x[first] : NULL };
    out[1] = (yk_tensor){ YK_I16, yk_shape_of(1, count), count ? &y[first] : NULL };
}

static const yk_feed feeds[] = {
    { .field = "x", .index = 0, .want = YK_F32, .sample = { 1, { C } } },
    { .field = "y", .index = 1, .want = YK_I32, .sample = { 0, { 0 } }, .classes = 5 },
};

static yk_loader *load(yk_dataset *d, const yk_shuffle *shuffle, int64_t batch)
{
    yk_loader *loader;
    yk_loader_opts o = { .dataset = d, .n_feed = 2, .feed = feeds, .batch = batch, .micro = MICRO, .depth = 1 };
    yk_order_make(&o.order, yk_dataset_samples(d), shuffle, 7, YK_FOR_SHUFFLE);
    o.rank = yk_comm_rank(comm);
    o.size = yk_comm_size(comm);
    MUST(yk_loader_create(&loader, &o));
    return loader;
}

static void compare(const yk_batch *a, const yk_batch *b)
{
    CU_ASSERT(a->rows == b->rows && a->count == b->count && a->leaves == b->leaves && a->first == b->first);
    CU_ASSERT(memcmp(a->sample, b->sample, (size_t)a->rows * sizeof *a->sample) == 0);
    CU_ASSERT(memcmp(a->data[0], b->data[0], (size_t)a->rows * C * sizeof(float)) == 0);
    CU_ASSERT(memcmp(a->data[1], b->data[1], (size_t)a->rows * sizeof(int32_t)) == 0);
}

static void test_same_batches(void)
{
    static const yk_shuffle orders[] = { { YK_SHUFFLE_NONE, 0 }, { YK_SHUFFLE_FULL, 0 }, { YK_SHUFFLE_BLOCK, 8 } };
    static const int64_t batches[] = { 8, 20, N };
    make();
    const yk_tensor whole[] = { { YK_F32, yk_shape_of(2, N, C), x }, { YK_I16, yk_shape_of(1, N), y } };
    for (int k = 0; k < CUTS * LEN(orders) * LEN(batches); k++) {
        const int64_t batch = batches[k / CUTS % LEN(batches)];
        const yk_shuffle *shuffle = &orders[k / CUTS / LEN(batches)];
        yk_dataset *one, *many;
        yk_tensor arrays[2];
        local(k % CUTS, N, arrays);
        MUST(yk_dataset_wrap(&one, 2, names, whole));
        MUST(yk_dataset_spread(&many, comm, 2, names, arrays));
        CU_ASSERT(yk_dataset_samples(many) == N);
        yk_loader *a = load(one, shuffle, batch), *b = load(many, shuffle, batch);
        for (int64_t step = 0; step < 2 * yk_steps_per_epoch(N, batch); step++) {
            yk_batch from_one, from_many;
            MUST(yk_loader_next(a, step, &from_one));
            MUST(yk_loader_next(b, step, &from_many));
            compare(&from_one, &from_many);
        }
        yk_loader_destroy(&a);
        yk_loader_destroy(&b);
        yk_dataset_close(&one);
        yk_dataset_close(&many);
    }
}

/* Fresh samples in each step, as many as there happen to be, up to the batch. */
static void test_replace(void)
{
    static const int64_t counts[] = { 20, 1, 37, 8, 19, 3 };
    static const yk_shuffle none = { YK_SHUFFLE_NONE, 0 };
    yk_dataset *many;
    yk_tensor arrays[2];
    make();
    local(EVEN, 20, arrays);
    MUST(yk_dataset_spread(&many, comm, 2, names, arrays));
    yk_loader *loader = load(many, &none, N);
    for (int k = 0; k < LEN(counts); k++) {
        const yk_tensor whole[] = { { YK_F32, yk_shape_of(2, counts[k], C), x },
                                    { YK_I16, yk_shape_of(1, counts[k]), y } };
        yk_batch from_one, from_many;
        yk_dataset *one;
        local(k % CUTS, counts[k], arrays);
        MUST(yk_dataset_replace(many, arrays));
        MUST(yk_dataset_wrap(&one, 2, names, whole));
        yk_loader *a = load(one, &none, N);
        MUST(yk_loader_next(a, 0, &from_one));
        MUST(yk_loader_next(loader, k, &from_many));
        CU_ASSERT(from_many.step == k);
        compare(&from_one, &from_many);
        yk_loader_destroy(&a);
        yk_dataset_close(&one);
    }
    yk_loader_destroy(&loader);
    yk_dataset_close(&many);
}

/* A bad sample is named by the rank that computes it, and nobody hangs. */
static void test_bad(void)
{
    static const yk_shuffle none = { YK_SHUFFLE_NONE, 0 };
    yk_dataset *many;
    yk_tensor arrays[2];
    yk_batch batch;
    make();
    x[N - 1][1] = NAN;
    local(EVEN, N, arrays);
    MUST(yk_dataset_spread(&many, comm, 2, names, arrays));
    yk_loader *loader = load(many, &none, N);
    CU_ASSERT(yk_comm_agree(comm, yk_loader_next(loader, 0, &batch)) == YK_ERR_DATA);
    CU_ASSERT(strstr(yk_error_text(), "x of sample 36 is NaN") != NULL);
    yk_loader_destroy(&loader);

    local(EVEN, N, arrays);
    if (yk_comm_rank(comm) == yk_comm_size(comm) - 1)
        arrays[1].dtype = YK_U8;
    CU_ASSERT(yk_dataset_replace(many, arrays) == YK_ERR_DATA);
    CU_ASSERT(strstr(yk_error_text(), "field y: a sample has shape () and type uint8") != NULL);
    local(EVEN, 0, arrays);
    CU_ASSERT(yk_dataset_replace(many, arrays) == YK_ERR_DATA);
    CU_ASSERT(strstr(yk_error_text(), "no samples on any rank") != NULL);
    yk_dataset_close(&many);
}

static const yk_test tests[] = {
    { "the same batches as from one array", test_same_batches },
    { "fresh samples", test_replace },
    { "bad samples and fields", test_bad },
    { 0 },
};

int main(int argc, char **argv)
{
    return mpi_test_main(argc, argv, "mpi/spread", tests);
}
