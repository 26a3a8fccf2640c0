/* SPDX-License-Identifier: Apache-2.0 */
/* A process alone: the communicator without MPI, and what creating needs. tests/mpi/ has the rest. */
#include "comm/comm.h"
#include "comm/reduce.h"
#include "core/error.h"
#include "core/mem.h"
#include "test.h"

static void test_a_process_alone_needs_no_mpi(void)
{
    yk_comm *comm;
    MUST(yk_comm_create_self(&comm));
    CU_ASSERT(yk_comm_rank(comm) == 0);
    CU_ASSERT(yk_comm_size(comm) == 1);
    CU_ASSERT(yk_comm_nodes(comm) == 1);
    CU_ASSERT(strlen(yk_comm_host(comm, 0)) > 0);

    int64_t value[2] = { 5, -3 }, offset[2] = { 0, 4 };
    int data[4] = { 1, 2, 3, 4 }, part[2] = { 0 };
    MUST(yk_comm_max(comm, 2, value));
    MUST(yk_comm_sum(comm, 2, value));
    CU_ASSERT(value[0] == 5 && value[1] == -3);
    MUST(yk_comm_broadcast(comm, 0, data, sizeof data));
    MUST(yk_comm_all_gather(comm, offset, sizeof *data, data));
    MUST(yk_comm_collect(comm, 0, offset, sizeof *data, data, 1, 2, part));
    CU_ASSERT(part[0] == 2 && part[1] == 3);

    MUST(yk_comm_agree(comm, YK_OK));
    yk_status bad = yk_error_set(YK_ERR_IO, "f.c", 1, "f", "cold disk");
    CU_ASSERT(yk_comm_agree(comm, bad) == YK_ERR_IO);
    CU_ASSERT_STRING_EQUAL(yk_error_text(), "cold disk");
    yk_comm_destroy(&comm);
    CU_ASSERT(comm == NULL);
    yk_comm_destroy(&comm);
}

static void test_version_is_a_name_and_two_numbers(void)
{
    char name[64], number[64], extra;
    int version, subversion;
    const char *text = yk_comm_version();
    const char *comma = strchr(text, ',');
    CU_ASSERT_FATAL(comma != NULL);
    CU_ASSERT(sscanf(text, "%60[A-Za-z() ]%60[0-9.a-z], MPI %d.%d%c", name, number, &version, &subversion, &extra) ==
              4);
    CU_ASSERT(version >= 3);
}

static void test_create_survives_every_failed_allocation(void)
{
    int64_t live = yk_mem_live(), cut[2] = { 0, 100 };
    const yk_deal deal = { 1, 1, cut };
    for (int64_t n = 1;; n++) {
        yk_comm *comm = NULL;
        yk_reduce *reduce = NULL;
        yk_mem_fail_at(n);
        yk_status status = yk_comm_create_self(&comm);
        if (status == YK_OK)
            status = yk_reduce_create(&reduce, comm, 100, 3, 20, YK_WIRE_F32, &deal);
        yk_mem_fail_at(0);
        CU_ASSERT((status == YK_OK) == (reduce != NULL));
        yk_reduce_destroy(&reduce);
        yk_comm_destroy(&comm);
        CU_ASSERT(yk_mem_live() == live);
        if (status == YK_OK)
            break;
        CU_ASSERT(status == YK_ERR_NOMEM);
        CU_ASSERT_FATAL(n < 20);
    }
}

/* 8 leaves in chunks of 4 take 5 vectors: one node waits; in one chunk nothing waits. */
static void test_bytes_grow_with_the_vectors(void)
{
    static const struct {
        const char *label;
        int64_t chunk, leaves, vectors;
    } cases[] = {
        { "one leaf", 1, 1, 1 },
        { "all at once", 8, 8, 8 },
        { "two chunks", 4, 8, 5 },
        { "one by one", 1, 8, 4 },
        { "four chunks", 2, 8, 4 },
        { "odd chunks", 3, 8, 5 },
        { "more room than leaves", 8, 3, 8 },
    };
    enum { LENGTH = 1 << 16 };
    int64_t cut[2] = { 0, LENGTH };
    const yk_deal deal = { 1, 1, cut };
    yk_comm *comm;
    MUST(yk_comm_create_self(&comm));
    for (int i = 0; i < LEN(cases); i++) {
        int64_t bytes = yk_reduce_bytes(comm, LENGTH, cases[i].chunk, cases[i].leaves, &deal);
        if (bytes / (LENGTH * 4) != cases[i].vectors)
            FAIL_CASE(cases[i].label, "%d vectors", (int)(bytes / (LENGTH * 4)));
    }
    yk_comm_destroy(&comm);
}

int main(void)
{
    static const yk_test tests[] = {
        { "a process alone needs no MPI", test_a_process_alone_needs_no_mpi },
        { "version is a name and two numbers", test_version_is_a_name_and_two_numbers },
        { "create survives every failed allocation", test_create_survives_every_failed_allocation },
        { "bytes grow with the vectors", test_bytes_grow_with_the_vectors },
        { 0 },
    };
    return yk_test_main("comm/comm", tests);
}
