/* SPDX-License-Identifier: Apache-2.0 */
/* Rooms: data */
/* One copy of the samples a machine: every rank gets every sample, after the file is gone too; with and without memory
 * that ranks share. */
#include <dirent.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/mem.h"
#include "core/num.h"
#include "data/dataset.h"
#include "mpi_test.h"

enum { N = 1000, WIDTH = 500 };

static char path[] = "/tmp/yoke-test-share-XXXXXX";

static int16_t pixel(int64_t sample, int64_t i)
{
    return (int16_t)(sample * 31 + i);
}

static void write_file(void)
{
    const int fd = mkstemp(path);
    yk_datawriter *w;
    int16_t *x;
    int32_t *y;
    CU_ASSERT_FATAL(fd >= 0);
    close(fd);
    unlink(path); /* the name is what was wanted */
    MUST(yk_alloc(&x, (int64_t)N * WIDTH, sizeof *x));
    MUST(yk_alloc(&y, N, sizeof *y));
    for (int64_t k = 0; k < N; k++) {
        y[k] = (int32_t)(7 * k);
        for (int64_t i = 0; i < WIDTH; i++)
            x[k * WIDTH + i] = pixel(k, i);
    }
    const yk_tensor images = { YK_I16, yk_shape_of(2, N, WIDTH), x }, labels = { YK_I32, yk_shape_of(1, N), y };
    MUST(yk_datawriter_create(&w, path, true));
    MUST(yk_datawriter_field(w, "x", &images));
    MUST(yk_datawriter_field(w, "y", &labels));
    MUST(yk_datawriter_commit(&w));
    yk_free(x);
    yk_free(y);
}

/* Descriptors of this process that lead to the file. */
static int open_count(const char *name)
{
    int n = 0;
    DIR *d = opendir("/proc/self/fd");
    for (struct dirent *e; d && (e = readdir(d));) {
        char to[512];
        const ssize_t length = readlinkat(dirfd(d), e->d_name, to, sizeof to - 1);
        to[length < 0 ? 0 : length] = '\0';
        n += strstr(to, name) != NULL;
    }
    if (d)
        closedir(d);
    return n;
}

static void check_samples(yk_dataset *d, const char *label)
{
    int16_t x[WIDTH];
    int32_t y;
    for (int64_t k = yk_comm_rank(comm); k < N; k += 13) {
        MUST(yk_dataset_fetch(d, 0, 1, &k, x));
        MUST(yk_dataset_fetch(d, 1, 1, &k, &y));
        for (int64_t i = 0; i < WIDTH; i++)
            if (x[i] != pixel(k, i) || y != 7 * k) {
                FAIL_CASE(label, "sample %d is another one", (int)k);
                return;
            }
    }
}

static void test_one_copy(void)
{
    static const struct {
        const char *label;
        int64_t memory;
        bool alone; /* ranks share no memory */
    } cases[] = { { "shared", 1 << 30, false }, { "each its own", 1 << 30, true }, { "not kept", 1000, false } };
    static const char *const fields[] = { "x", "y" };
    const int64_t bytes = (int64_t)N * (WIDTH * 2 + 4);
    if (yk_comm_rank(comm) == 0)
        write_file();
    MUST(yk_comm_broadcast(comm, 0, path, sizeof path));
    for (int i = 0; i < LEN(cases); i++) {
        yk_dataset *d;
        yk_source source = { .n_map = 0 };
        const bool kept = cases[i].memory > bytes, shared = kept && !cases[i].alone && yk_comm_size(comm) > 1;
        yk_comm_set_ways(comm, &(yk_ways){ .no_memory = cases[i].alone });
        MUST(yk_source_file(&source, path));
        MUST(yk_dataset_open(&d, &source, LEN(fields), fields, cases[i].memory));
        MUST(yk_dataset_share(d, comm));
        CU_ASSERT((open_count(path) == 0) == shared);
        if (kept) {
            const int64_t live = yk_mem_live();
            MUST(yk_dataset_load(d));
            CU_ASSERT(shared ? yk_mem_live() == live : yk_mem_live() > live - 2);
            CU_ASSERT(open_count(path) == 0);
        }
        check_samples(d, cases[i].label);
        yk_dataset_close(&d);
    }
    yk_comm_set_ways(comm, &(yk_ways){ 0 });
    MUST(yk_comm_agree(comm, YK_OK)); /* all have closed it */
    if (yk_comm_rank(comm) == 0)
        unlink(path);
}

int main(int argc, char **argv)
{
    static const yk_test tests[] = { { "one copy a machine", test_one_copy }, { 0 } };
    return mpi_test_main(argc, argv, "data/share", tests);
}
