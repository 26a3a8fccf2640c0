/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of `yoke doctor`: each looks at one thing on all ranks and says what it found. All are collective. */
#ifndef YK_CLI_DOCTOR_H
#define YK_CLI_DOCTOR_H

#include "cli/cli.h"

typedef enum yk_finding {
    YK_FINDING_OK,
    YK_FINDING_WARN, /**< a run works, but not as well as it could */
    YK_FINDING_FAIL, /**< a run will not work */
    YK_FINDINGS
} yk_finding;

typedef struct yk_doctor {
    const yk_cli *cli;
    bool json;
    int count[YK_FINDINGS];
} yk_doctor;

/** Tells a finding, on rank 0: what it is about, what was found (printf-style), and what to do about it (NULL:
 *  nothing). */
void yk_doctor_say(yk_doctor *doctor, yk_finding finding, const char *topic, const char *remedy, const char *format,
                   ...) YK_PRINTF(5, 6);

/** Ranks, cores, threads, kernel families, memory, huge pages. */
YK_MUST_CHECK yk_status yk_doctor_machines(yk_doctor *doctor, int threads, int cores);

/** Messages between ranks, and their clocks. */
YK_MUST_CHECK yk_status yk_doctor_network(yk_doctor *doctor);

/** The folder that runs are to be written to (NULL: none was named). */
YK_MUST_CHECK yk_status yk_doctor_run(yk_doctor *doctor, const char *folder);

/** A data file. */
YK_MUST_CHECK yk_status yk_doctor_data(yk_doctor *doctor, const char *file);

#endif
