/* SPDX-License-Identifier: Apache-2.0 */
/* The learning rate stays as it is; for its warm-up. */
#include "optim/optim.h"

static const yk_option options[] = { YK_SCHEDULE_WARMUP, { 0 } };

static double factor(const void *opts, const yk_progress *p)
{
    (void)opts;
    (void)p;
    return 1;
}

extern const yk_schedule yk_schedule_constant;
const yk_schedule yk_schedule_constant = { .name = "constant",
                                           .doc = "lr, after the warm-up",
                                           .opts_size = sizeof(yk_schedule_base),
                                           .opts = options,
                                           .factor = factor };
