/* SPDX-License-Identifier: Apache-2.0 */
/* Learning without a graph: k-means over data/, comm/ and the tree. The samples are spread over the ranks; the loader
 * brings each micro-batch to the rank that sums it, the tree adds the sums of micro-batches, each rank moves its share
 * of the centres: the bits of one process, on any number of ranks. */
/* Rooms: data */
#include "../mpi/mpi_test.h"

#include <stdint.h>

#include "comm/reduce.h"
#include "core/mem.h"
#include "core/num.h"
#include "data/loader.h"

enum { N = 650, D = 5, K = 4, MICRO = 16, CHUNK = 3, LENGTH = K * (D + 1) }; /* sums of a cluster, then its number */

static float points[N][D];
static const float blob[K][D] = { { 0, 0, 0, 0, 0 }, { 6, 0, 6, 0, 0 }, { 0, 6, 0, 6, 0 }, { 6, 6, 0, 0, 6 } };

static void make(void)
{
    const yk_key key = yk_key_make(4, YK_FOR_MAKE, "blobs");
    for (int i = 0; i < N; i++)
        for (int d = 0; d < D; d++)
            points[i][d] = blob[i % K][d] + (float)yk_random_normal(key, 0, i, d);
}

typedef struct kmeans {
    yk_comm *comm;
    yk_dataset *data;
    yk_loader *loader;
    yk_reduce *reduce;
    yk_deal deal;
    float *total; /* sums of all samples; on every rank */
    float centre[K][D];
} kmeans;

static const yk_feed feed = { .field = "x", .index = 0, .want = YK_F32, .sample = { 1, { D } } };

static void create(kmeans *m, yk_comm *ranks)
{
    static const char *const names[] = { "x" };
    const int rank = yk_comm_rank(ranks), size = yk_comm_size(ranks);
    const int64_t first = N * rank * rank / (size * size), last = N * (rank + 1) * (rank + 1) / (size * size);
    const yk_tensor array = { YK_F32, yk_shape_of(2, last - first, D), last > first ? points[first] : NULL };
    *m = (kmeans){ .comm = ranks };
    MUST(yk_dataset_spread(&m->data, ranks, 1, names, &array));
    yk_loader_opts o = { .dataset = m->data, .n_feed = 1, .feed = &feed, .batch = N, .micro = MICRO, .depth = 1 };
    yk_order_make(&o.order, N, &(yk_shuffle){ YK_SHUFFLE_NONE, 0 }, 0, YK_FOR_SHUFFLE);
    o.rank = rank;
    o.size = size;
    MUST(yk_loader_create(&m->loader, &o));
    m->deal = (yk_deal){ size, 1, NULL };
    MUST(yk_alloc(&m->deal.cut, size + 1, sizeof *m->deal.cut));
    for (int r = 0; r <= size; r++)
        m->deal.cut[r] = LENGTH * r / size;
    MUST(yk_reduce_create(&m->reduce, ranks, LENGTH, CHUNK, yk_div_up(N, MICRO), YK_WIRE_F32, &m->deal));
    MUST(yk_alloc(&m->total, LENGTH, sizeof *m->total));
    for (int k = 0; k < K; k++)
        memcpy(m->centre[k], points[7 * k], sizeof m->centre[k]);
}

static void destroy(kmeans *m)
{
    yk_reduce_destroy(&m->reduce);
    yk_loader_destroy(&m->loader);
    yk_dataset_close(&m->data);
    yk_free(m->deal.cut);
    yk_free(m->total);
}

static int nearest(const kmeans *m, const float *x)
{
    int best = 0;
    float least = 0;
    for (int k = 0; k < K; k++) {
        float square = 0;
        for (int d = 0; d < D; d++)
            square += (x[d] - m->centre[k][d]) * (x[d] - m->centre[k][d]);
        if (k == 0 || square < least) {
            best = k;
            least = square;
        }
    }
    return best;
}

/* Sums of one micro-batch: a chain over its samples. */
static void sum(const kmeans *m, const float *x, int64_t rows, float *out)
{
    memset(out, 0, LENGTH * sizeof *out);
    for (int64_t i = 0; i < rows; i++) {
        float *of = out + nearest(m, x + i * D) * (D + 1);
        for (int d = 0; d < D; d++)
            of[d] += x[i * D + d];
        of[D] += 1;
    }
}

/* One pass over all samples and new centres; returns how far the centres moved. */
static float iterate(kmeans *m, int64_t step)
{
    yk_batch b;
    float moved = 0;
    MUST(yk_comm_agree(m->comm, yk_loader_next(m->loader, step, &b)));
    yk_reduce_begin(m->reduce, b.leaves);
    for (int64_t leaf = b.first; leaf < b.last; leaf += CHUNK) {
        const int64_t count = yk_min(CHUNK, b.last - leaf);
        yk_reduce_chunk(m->reduce, count);
        for (int64_t g = 0; g < count; g++) {
            const int64_t row = (leaf + g - b.first) * MICRO;
            sum(m, (const float *)b.data[0] + row * D, yk_min(MICRO, b.rows - row),
                yk_reduce_leaves(m->reduce) + g * yk_reduce_step(m->reduce));
        }
        yk_reduce_add(m->reduce, 0, LENGTH);
    }
    MUST(yk_reduce_bucket(m->reduce, 0, LENGTH));
    MUST(yk_reduce_wait(m->reduce));
    MUST(yk_reduce_gather(m->reduce, yk_reduce_total(m->reduce), m->total));
    for (int k = 0; k < K; k++)
        for (int d = 0; d < D; d++) {
            const float now = m->total[k * (D + 1) + d] / m->total[k * (D + 1) + D];
            const float by = now - m->centre[k][d];
            moved += by * by;
            m->centre[k][d] = now;
        }
    return moved;
}

static void test_kmeans(void)
{
    kmeans all, one;
    yk_comm *self;
    int passes = 0;
    make();
    MUST(yk_comm_create_self(&self));
    create(&all, comm);
    create(&one, self);
    for (float moved = 1; moved > 0 && passes < 50; passes++) {
        moved = iterate(&all, passes);
        CU_ASSERT(moved == iterate(&one, passes));
        CU_ASSERT(memcmp(all.centre, one.centre, sizeof all.centre) == 0);
    }
    CU_ASSERT(passes > 1 && passes < 50); /* it came to rest */
    int found = 0;
    for (int k = 0; k < K; k++)
        for (int j = 0; j < K; j++) {
            float square = 0;
            for (int d = 0; d < D; d++)
                square += (all.centre[k][d] - blob[j][d]) * (all.centre[k][d] - blob[j][d]);
            found += square < 0.2f;
        }
    CU_ASSERT(found == K); /* each blob has a centre */
    destroy(&all);
    destroy(&one);
    yk_comm_destroy(&self);
}

int main(int argc, char **argv)
{
    static const yk_test tests[] = { { "k-means", test_kmeans }, { 0 } };
    return mpi_test_main(argc, argv, "joints/kmeans", tests);
}
