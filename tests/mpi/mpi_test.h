/* SPDX-License-Identifier: Apache-2.0 */
/* A test program under mpirun: every rank runs the same tests on the communicator of all; one failing rank fails the
 * job. */
#ifndef YK_TESTS_MPI_TEST_H
#define YK_TESTS_MPI_TEST_H

#include "comm/comm.h"
#include "core/error.h"
#include "test.h"

static yk_comm *comm;

static int mpi_test_main(int argc, char **argv, const char *suite, const yk_test *tests)
{
    if (yk_comm_start(&comm, &argc, &argv) != YK_OK) {
        printf("%s\n", yk_error_text());
        yk_comm_abort(NULL, 2);
    }
    int bad = yk_test_main(suite, tests);
    fflush(stdout);
    if (bad)
        yk_comm_abort(comm, 1); /* the others may wait for a collective that this rank left */
    yk_comm_stop(&comm);
    return 0;
}

#endif
