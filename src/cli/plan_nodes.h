/* SPDX-License-Identifier: Apache-2.0 */
/* What `yoke plan --nodes` prints: a training step on numbers of machines, estimated. */
#ifndef YK_CLI_PLAN_NODES_H
#define YK_CLI_PLAN_NODES_H

#include "cli/cli.h"

YK_MUST_CHECK yk_status yk_plan_nodes(yk_cli *cli);
#define YK_PLAN_NODES_FLAGS                                                                                            \
    { "--nodes", "N,N,...", "instead: estimates a step on so many machines, e.g. 1,2,4,8", false },                    \
        { "--network", "SPEED:LATENCY", "between them (default: 10gbit:20us)", false },                                \
        { "--ranks-per-node", "N", "(default: 1)", false },                                                            \
        { "--weak", NULL, "the batch grows with the ranks", false },                                                   \
        { "--no-overlap", NULL, "as if messages did not travel while a rank computes", false },                        \
    {                                                                                                                  \
        "--seconds", "S", "measures each share of the batch for so long (default: 1)", false                           \
    }
#endif
