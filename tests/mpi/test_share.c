/* SPDX-License-Identifier: Apache-2.0 */
/* Rooms: data */
/* A file is opened by one rank of a machine: every rank gets every sample, from one copy or read as it asks; with and
 * without memory that ranks share. */
#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/error.h"
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

static void test_write(void)
{
    if (yk_comm_rank(comm) == 0)
        write_file();
    MUST(yk_comm_broadcast(comm, 0, path, sizeof path));
}

static void test_remove(void)
{
    MUST(yk_comm_agree(comm, YK_OK)); /* all have closed it */
    if (yk_comm_rank(comm) == 0)
        CU_ASSERT_EQUAL(unlink(path), 0);
}

static const char *const fields[] = { "x", "y" };

/* One at a time, and all at once from the last to the first: more than is asked for in one go. */
static void check_samples(yk_dataset *d, const char *label)
{
    int16_t x[WIDTH], *all;
    int32_t y;
    int64_t *number;
    int wrong = 0;
    for (int64_t k = yk_comm_rank(comm); k < N; k += 13) {
        MUST(yk_dataset_fetch(d, 0, 1, &k, x));
        MUST(yk_dataset_fetch(d, 1, 1, &k, &y));
        for (int64_t i = 0; i < WIDTH; i++)
            wrong += x[i] != pixel(k, i) || y != 7 * k;
    }
    MUST(yk_alloc(&number, N, sizeof *number));
    MUST(yk_alloc(&all, (int64_t)N * WIDTH, sizeof *all));
    for (int64_t k = 0; k < N; k++)
        number[k] = N - 1 - k;
    MUST(yk_dataset_fetch(d, 0, N, number, all));
    for (int64_t k = 0; k < N; k++)
        for (int64_t i = 0; i < WIDTH; i++)
            wrong += all[k * WIDTH + i] != pixel(N - 1 - k, i);
    yk_free(number);
    yk_free(all);
    if (wrong)
        FAIL_CASE(label, "%d elements are wrong", wrong);
}

/* What a rank that has the file not open says of it. */
static void check_names(yk_dataset *d, const char *label)
{
    yk_field field;
    int64_t sample = 17;
    if (strcmp(yk_dataset_name(d), path) != 0 || strcmp(yk_dataset_place(d, 1, &sample), path) != 0 || sample != 17)
        FAIL_CASE(label, "%s, sample %d of %s", yk_dataset_name(d), (int)sample, yk_dataset_place(d, 1, &sample));
    yk_dataset_field(d, 0, &field);
    if (yk_dataset_samples(d) != N || strcmp(field.name, "x") != 0 || field.dtype != YK_I16 ||
        field.shape.dim[1] != WIDTH)
        FAIL_CASE(label, "%d samples of %s", (int)yk_dataset_samples(d), field.name);
}

static void test_opened_once(void)
{
    static const struct {
        const char *label;
        int64_t memory;
        bool no_memory, late; /* ranks share none, from the beginning or once the file is open */
    } cases[] = {
        { "kept, one copy", 1 << 30, false, false },
        { "kept, each its own", 1 << 30, true, false },
        { "kept, each its own, late", 1 << 30, true, true },
        { "read by one", 1000, false, false },
        { "read by each", 1000, true, false },
        { "read by each, late", 1000, true, true },
    };
    const int64_t bytes = (int64_t)N * (WIDTH * 2 + 4);
    for (int i = 0; i < LEN(cases); i++) {
        yk_dataset *d;
        yk_source source = { .n_map = 0 };
        const int64_t memory = cases[i].memory;
        const bool kept = memory > bytes, no_memory = cases[i].no_memory, leads = yk_comm_rank(comm) == 0;
        const bool shared = kept && !no_memory && yk_comm_size(comm) > 1;
        yk_comm_set_ways(comm, &(yk_ways){ .no_memory = no_memory && !cases[i].late });
        MUST(yk_source_file(&source, path));
        MUST(yk_comm_agree(comm, yk_dataset_open_once(&d, comm, &source, LEN(fields), fields, memory)));
        CU_ASSERT((open_count(path) > 0) == (leads || (no_memory && !cases[i].late)));
        check_names(d, cases[i].label);
        yk_comm_set_ways(comm, &(yk_ways){ .no_memory = no_memory });
        MUST(yk_dataset_share(d, comm, &source, memory));
        if ((open_count(path) > 0) != (shared ? false : leads || no_memory))
            FAIL_CASE(cases[i].label, "rank %d has it open %d times", yk_comm_rank(comm), open_count(path));
        if (kept) {
            const int64_t live = yk_mem_live();
            MUST(yk_dataset_load(d));
            CU_ASSERT(shared ? yk_mem_live() == live : yk_mem_live() > live - 2);
            CU_ASSERT(open_count(path) == 0);
        }
        check_samples(d, cases[i].label);
        check_names(d, cases[i].label);
        yk_dataset_close(&d);
    }
    yk_comm_set_ways(comm, &(yk_ways){ 0 });
}

/* What the reading rank finds wrong is told to the one that asked; what comes after is served. */
static void test_errors_of_the_reader(void)
{
    yk_dataset *d;
    yk_source source = { .n_map = 0 };
    int32_t y = 0;
    const int64_t bad = N, good = 5;
    MUST(yk_source_file(&source, path));
    MUST(yk_comm_agree(comm, yk_dataset_open_once(&d, comm, &source, LEN(fields), fields, 1000)));
    MUST(yk_dataset_share(d, comm, &source, 1000));
    CU_ASSERT_EQUAL(yk_dataset_fetch(d, 1, 1, &bad, &y), YK_ERR_ARG);
    CU_ASSERT_PTR_NOT_NULL(strstr(yk_error_text(), "there is no sample 1000"));
    MUST(yk_dataset_fetch(d, 1, 1, &good, &y));
    CU_ASSERT_EQUAL(y, 35);
    yk_dataset_close(&d);
}

/* All say it, and not one for all: the message has no rank in it. */
static void test_missing_file(void)
{
    yk_dataset *d;
    yk_source source = { .n_map = 0 };
    MUST(yk_source_file(&source, "/tmp/yoke-no-such-file.h5"));
    CU_ASSERT_EQUAL(yk_comm_agree(comm, yk_dataset_open_once(&d, comm, &source, LEN(fields), fields, 1000)), YK_ERR_IO);
    CU_ASSERT_PTR_NULL(d);
    CU_ASSERT_PTR_NULL(strstr(yk_error_text(), "rank 0"));
}

int main(int argc, char **argv)
{
    static const yk_test tests[] = { { "write", test_write },
                                     { "a file is opened once a machine", test_opened_once },
                                     { "errors of the reader", test_errors_of_the_reader },
                                     { "a file that is not there", test_missing_file },
                                     { "remove", test_remove },
                                     { 0 } };
    return mpi_test_main(argc, argv, "data/share", tests);
}
