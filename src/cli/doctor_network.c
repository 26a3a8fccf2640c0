/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>

#include "cli/doctor.h"
#include "comm/measure.h"
#include "core/error.h"
#include "core/mem.h"

enum { SMALL = 8, LARGE = 16 << 20, ROUNDS = 9 };
#define SKEW_MOST 0.5 /* seconds: beyond them times of files and logs mislead */

static yk_status say_clocks(yk_doctor *doctor)
{
    yk_comm *comm = doctor->cli->comm;
    double *offset;
    int worst = 0;
    YK_TRY(yk_comm_agree(comm, yk_alloc(&offset, yk_comm_size(comm), sizeof *offset)));
    yk_status status = yk_comm_clock_offsets(comm, offset);
    for (int r = 1; status == YK_OK && r < yk_comm_size(comm); r++)
        if (fabs(offset[r]) > fabs(offset[worst]))
            worst = r;
    if (status == YK_OK && fabs(offset[worst]) > SKEW_MOST)
        yk_doctor_say(doctor, YK_FINDING_WARN, "clocks", "let the machines follow one time server (chrony, ntp)",
                      "the clock of %s is %+.3f s from that of %s", yk_comm_host(comm, worst), offset[worst],
                      yk_comm_host(comm, 0));
    else if (status == YK_OK)
        yk_doctor_say(doctor, YK_FINDING_OK, "clocks", NULL, "agree to %.1g ms", fmax(1e3 * fabs(offset[worst]), 0.01));
    yk_free(offset);
    return status;
}

yk_status yk_doctor_network(yk_doctor *doctor)
{
    yk_comm *comm = doctor->cli->comm;
    double latency, large;
    char text[32];
    if (yk_comm_size(comm) == 1) {
        yk_doctor_say(doctor, YK_FINDING_OK, "all-reduce", NULL,
                      "one rank needs none; start with mpirun to measure it");
        return YK_OK;
    }
    YK_TRY(yk_comm_time_sum(comm, SMALL, ROUNDS, &latency));
    YK_TRY(yk_comm_time_sum(comm, LARGE, ROUNDS, &large));
    yk_doctor_say(doctor, latency > 1e-3 ? YK_FINDING_WARN : YK_FINDING_OK, "all-reduce",
                  latency > 1e-3 ? "where ranks share cores: OMPI_MCA_mpi_yield_when_idle=1; else look for the network "
                                   "that MPI took (OMPI_MCA_btl_tcp_if_include)"
                                 : NULL,
                  "%.3g us for %d bytes, %.3g ms for %s: %.3g GB/s", 1e6 * latency, SMALL, 1e3 * large,
                  yk_bytes_text(LARGE, text), LARGE / large / 1e9);
    if (!yk_comm_concurrent(comm))
        yk_doctor_say(doctor, YK_FINDING_WARN, "threads", "an MPI library that is built with MPI_THREAD_MULTIPLE",
                      "MPI lets one thread call it: messages do not travel while the step computes");
    return say_clocks(doctor);
}
