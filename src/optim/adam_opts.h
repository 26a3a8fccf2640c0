/* SPDX-License-Identifier: Apache-2.0 */
/* Options and step that adam and adamw share. */
#ifndef YK_OPTIM_ADAM_OPTS_H
#define YK_OPTIM_ADAM_OPTS_H

#include "kernels/kernels.h"
#include "optim/optim.h"

typedef struct yk_adam_opts {
    double lr, beta1, beta2, epsilon, weight_decay;
    bool amsgrad;
} yk_adam_opts;

extern const yk_option yk_adam_options[];

/** Slots m and v, and with amsgrad the largest v. */
int yk_adam_slots(const void *opts);

/** The kernel's constants for step u->step, without decay. */
yk_adam_step yk_adam_constants(const yk_adam_opts *opts, const yk_update *u);

#endif
