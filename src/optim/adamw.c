/* SPDX-License-Identifier: Apache-2.0 */
/* AdamW: Adam whose weight decay is no part of the gradient:
 *     w = w - lr weight_decay w, then a step of Adam with the plain gradient.
 * Source: Loshchilov, Hutter, arXiv:1711.05101, algorithm 2. */
#include <stddef.h>

#include "optim/adam_opts.h"

static void update(const void *opts, const yk_update *u)
{
    const yk_adam_opts *o = opts;
    yk_adam_step step = yk_adam_constants(o, u);
    step.decoupled_decay = (float)o->weight_decay;
    yk_k->adam(u->n, &step, u->g, u->w, u->slot[0], u->slot[1], o->amsgrad ? u->slot[2] : NULL);
}

extern const yk_optimizer yk_optimizer_adamw;
const yk_optimizer yk_optimizer_adamw = { .name = "adamw",
                                          .doc = "w -= lr weight_decay w, then as adam with the plain gradient",
                                          .opts_size = sizeof(yk_adam_opts),
                                          .opts = yk_adam_options,
                                          .lr_offset = offsetof(yk_adam_opts, lr),
                                          .slot = { "m", "v", "v_max" },
                                          .slots = yk_adam_slots,
                                          .update = update };
