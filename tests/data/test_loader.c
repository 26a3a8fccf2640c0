/* SPDX-License-Identifier: Apache-2.0 */
/* Batches of all ranks together are the epoch's order, whatever the ring, the thread and the number of ranks. */
#include "test.h"

#include <inttypes.h>
#include <math.h>

#include "core/error.h"
#include "core/mem.h"
#include "data/loader.h"
#include "io/scratch.h"

enum { N_MAX = 70, WIDTH = 3 };

static float pixels[N_MAX][WIDTH];
static uint8_t labels[N_MAX];
static const yk_feed feeds[] = {
    { .field = "y", .index = 1, .want = YK_I32, .classes = N_MAX },
    { .field = "x", .index = 0, .want = YK_F32, .sample = { 1, { WIDTH } } },
};

static yk_dataset *dataset_of(int64_t n)
{
    static const char *const fields[] = { "x", "y" };
    for (int i = 0; i < N_MAX; i++) {
        labels[i] = (uint8_t)i;
        for (int j = 0; j < WIDTH; j++)
            pixels[i][j] = (float)(10 * i + j);
    }
    const yk_tensor arrays[] = { { YK_F32, yk_shape_of(2, n, WIDTH), pixels }, { YK_U8, yk_shape_of(1, n), labels } };
    yk_dataset *d;
    MUST(yk_dataset_wrap(&d, 2, fields, arrays));
    return d;
}

static yk_loader_opts opts_of(yk_dataset *d, int64_t batch, int64_t micro, yk_io_thread *io, int depth)
{
    yk_loader_opts o = {
        .dataset = d, .n_feed = 2, .feed = feeds, .batch = batch, .micro = micro, .size = 1, .io = io
    };
    o.depth = depth;
    yk_order_make(&o.order, yk_dataset_samples(d), &(yk_shuffle){ .mode = YK_SHUFFLE_FULL }, 1, YK_FOR_SHUFFLE);
    return o;
}

/* The batch is what the order says; false (and a message) where not. */
static bool check_batch(const char *label, const yk_loader_opts *o, int64_t step, const yk_batch *b)
{
    const int64_t n = yk_dataset_samples(o->dataset), steps = yk_steps_per_epoch(n, o->batch);
    const int64_t start = step % steps * o->batch, count = n - start < o->batch ? n - start : o->batch;
    const int32_t *y = b->data[0];
    const float *x = b->data[1];
    bool good = b->step == step && b->epoch == step / steps && b->count == count &&
                b->leaves == (count + o->micro - 1) / o->micro;
    for (int64_t i = 0; i < b->rows && good; i++) {
        int64_t s = yk_order_at(&o->order, b->epoch, start + b->first * o->micro + i);
        good = b->sample[i] == s && y[i] == s && memcmp(x + i * WIDTH, pixels[s], sizeof pixels[s]) == 0;
    }
    if (!good)
        FAIL_CASE(label, "step %" PRId64 ", rank %d of %d, depth %d: wrong batch", step, o->rank, o->size, o->depth);
    return good;
}

static void test_ranks_cover_every_batch(void)
{
    static const struct {
        const char *label;
        int64_t n, batch, micro;
    } cases[] = {
        { "even", 64, 16, 4 },
        { "short last batch", 70, 16, 4 },
        { "short last micro-batch", 69, 16, 4 },
        { "one leaf a batch", 70, 8, 8 },
        { "leaves of one sample", 23, 7, 1 },
        { "full batch", 70, 70, 32 },
        { "batch beyond N", 20, 64, 32 },
        { "batch all, micro N", 20, 20, 20 },
        { "one sample", 1, 1, 1 },
        { "micro-batch beyond N", 5, 64, 64 },
    };
    yk_io_thread *thread;
    MUST(yk_io_thread_create(&thread));
    for (int c = 0; c < LEN(cases); c++)
        for (int size = 1; size <= 6; size++)
            for (int depth = 0; depth <= 3; depth++) { /* 0: on this thread */
                yk_dataset *d = dataset_of(cases[c].n);
                int64_t steps = yk_steps_per_epoch(cases[c].n, cases[c].batch), seen[3 * N_MAX] = { 0 };
                for (int rank = 0; rank < size; rank++) {
                    yk_loader_opts o =
                        opts_of(d, cases[c].batch, cases[c].micro, depth ? thread : NULL, depth ? depth : 2);
                    o.rank = rank;
                    o.size = size;
                    yk_loader *loader;
                    MUST(yk_loader_create(&loader, &o));
                    for (int64_t step = 0; step < 3 * steps; step++) {
                        yk_batch b;
                        MUST(yk_loader_next(loader, step, &b));
                        if (!check_batch(cases[c].label, &o, step, &b))
                            return;
                        for (int64_t i = 0; i < b.rows; i++)
                            seen[b.epoch * N_MAX + b.sample[i]]++;
                    }
                    yk_loader_destroy(&loader);
                }
                for (int64_t i = 0; i < 3 * N_MAX; i++)
                    if (seen[i] != (i % N_MAX < cases[c].n)) {
                        FAIL_CASE(cases[c].label, "epoch %" PRId64 ": sample %" PRId64 " came %" PRId64 " times",
                                  i / N_MAX, i % N_MAX, seen[i]);
                        return;
                    }
                yk_dataset_close(&d);
            }
    yk_io_thread_destroy(&thread);
    CU_ASSERT(yk_mem_live() == 0);
}

static void test_any_step_in_any_order(void)
{
    static const int64_t steps[] = { 5, 6, 7, 3, 3, 4, 0, 100, 101, 8, 7, 6, 5, 13 };
    yk_io_thread *thread;
    MUST(yk_io_thread_create(&thread));
    yk_dataset *d = dataset_of(70);
    for (int depth = 0; depth <= 4; depth++) {
        yk_loader_opts o = opts_of(d, 16, 8, depth ? thread : NULL, depth ? depth : 1);
        yk_loader *loader;
        MUST(yk_loader_create(&loader, &o));
        int64_t count = yk_mem_count();
        for (int i = 0; i < LEN(steps); i++) {
            yk_batch b;
            MUST(yk_loader_next(loader, steps[i], &b));
            if (!check_batch("any order", &o, steps[i], &b))
                return;
            memset(b.data[1], 0, sizeof(float)); /* the caller may do so, and still gets it right the next time */
        }
        CU_ASSERT(yk_mem_count() == count); /* nothing was allocated */
        yk_loader_destroy(&loader);
    }
    yk_dataset_close(&d);
    yk_io_thread_destroy(&thread);
}

/* One bad sample: its batch fails, on its rank alone; the others and the next ones are as they should be. */
static void test_bad_sample(void)
{
    yk_io_thread *thread;
    MUST(yk_io_thread_create(&thread));
    for (int depth = 0; depth <= 3; depth++)
        for (int rank = 0; rank < 2; rank++) {
            yk_dataset *d = dataset_of(64);
            pixels[17][1] = NAN;
            yk_loader_opts o = opts_of(d, 16, 8, depth ? thread : NULL, depth ? depth : 1);
            o.rank = rank;
            o.size = 2;
            yk_loader *loader;
            MUST(yk_loader_create(&loader, &o));
            int failed = 0, met = 0;
            for (int64_t step = 0; step < 4; step++) {
                yk_batch b;
                yk_status status = yk_loader_next(loader, step, &b);
                for (int64_t p = 0; p < 8; p++)
                    met += yk_order_at(&o.order, 0, step * 16 + rank * 8 + p) == 17;
                CU_ASSERT(b.step == step && b.epoch == 0 && b.count == 16 && b.leaves == 2);
                CU_ASSERT(b.first == rank && b.last == rank + 1);
                if (status != YK_OK) {
                    failed++;
                    CU_ASSERT(status == YK_ERR_DATA && b.rows == 0);
                    CU_ASSERT(strstr(yk_error_text(), "x of sample 17 is NaN") != NULL);
                    pixels[17][1] = 171;
                    MUST(yk_loader_next(loader, step, &b));
                    CU_ASSERT(b.rows == 8);
                    pixels[17][1] = NAN;
                } else {
                    CU_ASSERT(b.rows == 8);
                }
            }
            CU_ASSERT(failed == met && failed <= 1);
            yk_loader_destroy(&loader);
            yk_dataset_close(&d);
        }
    yk_io_thread_destroy(&thread);
}

/* The same batches from a file, read as they come or kept in memory; one that is cut short while open is an error. */
static void test_from_a_file(void)
{
    static const char *const fields[] = { "x", "y" };
    yk_source source = { 0 };
    snprintf(source.file, sizeof source.file, "%s:/train", in_scratch("a.h5"));
    yk_dataset *d = dataset_of(70);
    yk_datawriter *writer;
    MUST(yk_datawriter_create(&writer, source.file, false));
    MUST(yk_datawriter_field(writer, "x", &(yk_tensor){ YK_F32, yk_shape_of(2, 70, WIDTH), pixels }));
    MUST(yk_datawriter_field(writer, "y", &(yk_tensor){ YK_U8, yk_shape_of(1, 70), labels }));
    MUST(yk_datawriter_commit(&writer));
    yk_dataset_close(&d);
    yk_io_thread *thread;
    MUST(yk_io_thread_create(&thread));
    for (int keep = 0; keep < 2; keep++)
        for (int depth = 0; depth <= 3; depth += 3) {
            MUST(yk_dataset_open(&d, &source, 2, fields, keep ? INT64_MAX : 0));
            yk_loader_opts o = opts_of(d, 16, 8, depth ? thread : NULL, depth ? depth : 1);
            yk_loader *loader;
            MUST(yk_loader_create(&loader, &o));
            for (int64_t step = 0; step < 12; step++) {
                yk_batch b;
                MUST(yk_loader_next(loader, step, &b));
                if (!check_batch("from a file", &o, step, &b))
                    return;
            }
            yk_loader_destroy(&loader);
            yk_dataset_close(&d);
        }
    MUST(yk_dataset_open(&d, &source, 2, fields, 0));
    yk_loader_opts o = opts_of(d, 16, 8, thread, 2);
    yk_loader *loader;
    yk_batch b;
    MUST(yk_loader_create(&loader, &o));
    CU_ASSERT_FATAL(truncate(in_scratch("a.h5"), 1000) == 0);
    yk_status status = yk_loader_next(loader, 0, &b);
    CU_ASSERT(status != YK_OK && b.rows == 0 && b.count == 16 && strstr(yk_error_text(), "a.h5") != NULL);
    yk_loader_destroy(&loader);
    yk_dataset_close(&d);
    yk_io_thread_destroy(&thread);
    CU_ASSERT(yk_mem_live() == 0);
}

static void test_errors(void)
{
    yk_dataset *d = dataset_of(10);
    yk_loader *loader;
    yk_loader_opts o = opts_of(d, 4, 2, NULL, 1);
    o.batch = 0;
    CU_ASSERT(yk_loader_create(&loader, &o) == YK_ERR_ARG && !loader);
    o = opts_of(d, 4, 2, NULL, 0);
    CU_ASSERT(yk_loader_create(&loader, &o) == YK_ERR_ARG);
    o = opts_of(d, 4, 2, NULL, 1);
    o.order.n = 11;
    CU_ASSERT(yk_loader_create(&loader, &o) == YK_ERR_ARG && strstr(yk_error_text(), "11 samples"));
    o = opts_of(d, 4, 2, NULL, 1);
    yk_feed wrong = { .field = "x", .want = YK_F32, .sample = { 1, { 4 } } };
    o.feed = &wrong;
    o.n_feed = 1;
    CU_ASSERT(yk_loader_create(&loader, &o) == YK_ERR_DATA);
    yk_dataset_close(&d);
    CU_ASSERT(yk_mem_live() == 0);
}

static void test_no_memory(void)
{
    yk_io_thread *thread;
    MUST(yk_io_thread_create(&thread));
    yk_dataset *d = dataset_of(70);
    yk_loader_opts o = opts_of(d, 16, 8, thread, 3);
    CU_ASSERT(yk_loader_bytes(&o, o.depth) == 16 * (3 * 4 + 3 * (8 + 4 + 3 * 4)));
    int64_t live = yk_mem_live();
    yk_status status = YK_ERR_NOMEM;
    for (int64_t n = 1; status != YK_OK && n < 100; n++) {
        yk_loader *loader;
        yk_mem_fail_at(n);
        status = yk_loader_create(&loader, &o);
        yk_mem_fail_at(0);
        CU_ASSERT_FATAL(status == YK_OK || (status == YK_ERR_NOMEM && !loader));
        yk_loader_destroy(&loader);
        CU_ASSERT(yk_mem_live() == live);
    }
    CU_ASSERT(status == YK_OK);
    yk_dataset_close(&d);
    yk_io_thread_destroy(&thread);
}

int main(void)
{
    static const yk_test tests[] = { { "ranks cover every batch", test_ranks_cover_every_batch },
                                     { "any step in any order", test_any_step_in_any_order },
                                     { "bad sample", test_bad_sample },
                                     { "from a file", test_from_a_file },
                                     { "errors", test_errors },
                                     { "no memory", test_no_memory },
                                     { 0 } };
    scratch_begin();
    int failed = yk_test_main("data/loader", tests);
    scratch_end();
    return failed;
}
