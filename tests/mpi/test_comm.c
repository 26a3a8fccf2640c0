/* SPDX-License-Identifier: Apache-2.0 */
/* Rooms: comm */
/* Agreement and moving arrays between ranks. */
#include <mpi.h>
#include <stdbool.h>

#include "core/mem.h"
#include "mpi_test.h"

static void test_who_is_where(void)
{
    int rank, size;
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    CU_ASSERT(yk_comm_rank(comm) == rank);
    CU_ASSERT(yk_comm_size(comm) == size);
    CU_ASSERT(yk_comm_nodes(comm) == 1);
    for (int r = 0; r < size; r++)
        CU_ASSERT_STRING_EQUAL(yk_comm_host(comm, r), yk_comm_host(comm, 0));
}

static yk_status fail_with(yk_status status)
{
    YK_FAIL(status, "trouble of rank %d", yk_comm_rank(comm));
}

static void test_agreement(void)
{
    static const struct {
        const char *label;
        yk_status status[4]; /* of each rank */
        yk_status want;
        int origin; /* whose message is shown */
    } cases[] = {
        { "all well", { YK_OK, YK_OK, YK_OK, YK_OK }, YK_OK, 0 },
        { "rank 0 fails", { YK_ERR_DATA, YK_OK, YK_OK, YK_OK }, YK_ERR_DATA, 0 },
        { "the last rank of two fails", { YK_OK, YK_ERR_IO, YK_OK, YK_OK }, YK_ERR_IO, 1 },
        { "two fail alike", { YK_OK, YK_ERR_IO, YK_ERR_IO, YK_OK }, YK_ERR_IO, 1 },
        { "the worse one counts", { YK_ERR_ARG, YK_ERR_NOMEM, YK_OK, YK_OK }, YK_ERR_NOMEM, 1 },
        { "all fail", { YK_ERR_IO, YK_ERR_IO, YK_ERR_IO, YK_ERR_IO }, YK_ERR_IO, 0 },
    };
    int rank = yk_comm_rank(comm), size = yk_comm_size(comm);
    for (int i = 0; i < LEN(cases); i++) {
        bool all = true;
        char want[256];
        if (cases[i].origin >= size)
            continue;
        /* where all fail, as on one rank, no rank is named */
        for (int r = 0; r < size; r++)
            all = all && cases[i].status[r] != YK_OK;
        if (all)
            snprintf(want, sizeof want, "trouble of rank %d", cases[i].origin);
        else
            snprintf(want, sizeof want, "rank %d (host %s): trouble of rank %d", cases[i].origin,
                     yk_comm_host(comm, cases[i].origin), cases[i].origin);
        yk_status mine = cases[i].status[rank], expected = cases[i].want;
        if (mine != YK_OK)
            mine = fail_with(mine);
        yk_status got = yk_comm_agree(comm, mine);
        if (got != expected || (got != YK_OK && strcmp(want, yk_error_text()) != 0))
            FAIL_CASE(cases[i].label, "%s \"%s\", not \"%s\"", yk_status_name(got), yk_error_text(), want);
    }
}

static void test_max_and_sum(void)
{
    enum { N = 150 }; /* more than go in one message */
    int64_t most[N], sum[N];
    int rank = yk_comm_rank(comm), size = yk_comm_size(comm);
    for (int i = 0; i < N; i++) {
        most[i] = i - 10 * ((rank + i) % size);
        sum[i] = ((int64_t)1 << 40) * i + rank;
    }
    MUST(yk_comm_max(comm, N, most));
    MUST(yk_comm_sum(comm, N, sum));
    for (int i = 0; i < N; i++) {
        CU_ASSERT(most[i] == i);
        CU_ASSERT(sum[i] == ((int64_t)1 << 40) * i * size + size * (size - 1) / 2);
    }
}

/* Shares of an array of `length` elements; some are empty. */
static void cut(int64_t length, int64_t *offset)
{
    int size = yk_comm_size(comm);
    for (int r = 0; r <= size; r++)
        offset[r] = r == size ? length : r == 1 ? 0 : length * r / size;
}

static const int64_t lengths[] = { 0, 1, 2, 7, 1000, 300000 };

static void test_broadcast(void)
{
    for (int i = 0; i < LEN(lengths); i++) {
        for (int root = 0; root < yk_comm_size(comm); root++) {
            int64_t n = lengths[i];
            int *data;
            MUST(yk_alloc(&data, n, sizeof *data));
            for (int64_t k = 0; k < n && yk_comm_rank(comm) == root; k++)
                data[k] = (int)k + root;
            MUST(yk_comm_broadcast(comm, root, data, n * (int64_t)sizeof *data));
            for (int64_t k = 0; k < n; k++)
                CU_ASSERT(data[k] == (int)k + root);
            yk_free(data);
        }
    }
}

static void test_all_gather(void)
{
    int64_t offset[64];
    int rank = yk_comm_rank(comm);
    for (int i = 0; i < LEN(lengths); i++) {
        int64_t n = lengths[i], count;
        int *data;
        cut(n, offset);
        MUST(yk_alloc(&data, n, sizeof *data));
        for (int64_t k = offset[rank]; k < offset[rank + 1]; k++)
            data[k] = (int)k + 1;
        count = yk_mem_count();
        MUST(yk_comm_all_gather(comm, offset, sizeof *data, data));
        CU_ASSERT(yk_mem_count() == count);
        for (int64_t k = 0; k < n; k++)
            CU_ASSERT(data[k] == (int)k + 1);
        yk_free(data);
    }
}

static void test_collect(void)
{
    int64_t offset[64];
    int rank = yk_comm_rank(comm);
    for (int i = 0; i < LEN(lengths); i++) {
        for (int root = 0; root < yk_comm_size(comm); root++) {
            int64_t n = lengths[i], first = n / 5, count = n - first - n / 4;
            double *data, *out;
            cut(n, offset);
            MUST(yk_alloc(&data, n, sizeof *data));
            MUST(yk_alloc(&out, count, sizeof *out));
            for (int64_t k = offset[rank]; k < offset[rank + 1]; k++)
                data[k] = (double)k;
            MUST(yk_comm_collect(comm, root, offset, sizeof *data, data + offset[rank], first, count,
                                 rank == root ? out : NULL));
            for (int64_t k = 0; k < count && rank == root; k++)
                CU_ASSERT(out[k] == (double)(first + k));
            yk_free(data);
            yk_free(out);
        }
    }
}

/* The library on a communicator of a host program, part of the ranks only. */
static void test_on_a_part_of_the_ranks(void)
{
    MPI_Comm half;
    yk_comm *ours;
    int64_t sum = 1;
    MPI_Comm_split(MPI_COMM_WORLD, yk_comm_rank(comm) % 2, 0, &half);
    MUST(yk_comm_create(&ours, &half));
    int size;
    MPI_Comm_size(half, &size);
    CU_ASSERT(yk_comm_size(ours) == size);
    MUST(yk_comm_sum(ours, 1, &sum));
    CU_ASSERT(sum == size);
    yk_comm_destroy(&ours);
    MPI_Comm_free(&half);
}

/* One rank has no memory: all ranks learn it and none waits. */
static void test_one_rank_has_no_memory(void)
{
    MPI_Comm world = MPI_COMM_WORLD;
    int64_t live = yk_mem_live();
    for (int n = 1; n <= 2; n++) {
        yk_comm *ours;
        if (yk_comm_rank(comm) == yk_comm_size(comm) - 1)
            yk_mem_fail_at(n);
        CU_ASSERT(yk_comm_create(&ours, &world) == YK_ERR_NOMEM);
        CU_ASSERT(ours == NULL);
        CU_ASSERT(yk_mem_live() == live);
    }
}

/* Errors of MPI come back as its own words. */
static void test_errors_of_mpi(void)
{
    char byte = 0;
    if (yk_comm_size(comm) == 1)
        return;
    CU_ASSERT(yk_comm_broadcast(comm, 99, &byte, 1) == YK_ERR_MPI);
    CU_ASSERT(strncmp(yk_error_text(), "MPI_Bcast: ", 11) == 0 && strlen(yk_error_text()) > 15);
}

int main(int argc, char **argv)
{
    static const yk_test tests[] = {
        { "who is where", test_who_is_where },
        { "agreement", test_agreement },
        { "max and sum", test_max_and_sum },
        { "broadcast", test_broadcast },
        { "all gather", test_all_gather },
        { "collect", test_collect },
        { "on a part of the ranks", test_on_a_part_of_the_ranks },
        { "one rank has no memory", test_one_rank_has_no_memory },
        { "errors of MPI", test_errors_of_mpi },
        { 0 },
    };
    return mpi_test_main(argc, argv, "mpi/comm", tests);
}
