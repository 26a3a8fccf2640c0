/* SPDX-License-Identifier: Apache-2.0 */
/* When this process must have ended: --stop-after, and the time limit of a Slurm, PBS or LSF job. */
#ifndef YK_CLI_TIMELIMIT_H
#define YK_CLI_TIMELIMIT_H

#include "cli/cli.h"

#define YK_STOP_AFTER_FLAG                                                                                             \
    {                                                                                                                  \
        "--stop-after", "TIME",                                                                                        \
            "ends in time with a checkpoint: 3h50m, 90s, 2:30:00 (default: the batch job's limit)", false              \
    }

/** *at: the earlier of the two limits on yk_clock(), 0 for none. `began` is when the program did. The batch system is
 *  asked on rank 0 only, once, by the environment or its own command (10 s at most; no answer is a warning); elsewhere
 *  only --stop-after is read, so that a mistake in it is everybody's. YK_ERR_ARG. Rank-local. */
YK_MUST_CHECK yk_status yk_timelimit(const yk_cli *cli, double began, double *at);

#endif
