/* SPDX-License-Identifier: Apache-2.0 */
/* Adam. Step t = 1, 2, ...:
 *     g = g + weight_decay w;   m = b1 m + (1-b1) g;   v = b2 v + (1-b2) g^2
 *     w = w - lr (m / (1-b1^t)) / (sqrt(v / (1-b2^t)) + epsilon)
 * amsgrad: the largest v so far in the place of v. Source: Kingma, Ba, arXiv:1412.6980, algorithm 1; Reddi, Kale,
 * Kumar, arXiv:1904.09237, with bias correction. */
#include <math.h>
#include <stddef.h>

#include "core/math.h"
#include "optim/adam_opts.h"

const yk_option yk_adam_options[] = {
    { "lr", YK_OPT_REAL, offsetof(yk_adam_opts, lr), "1e-3", 0, 1e30, NULL, "learning rate" },
    { "beta1", YK_OPT_REAL, offsetof(yk_adam_opts, beta1), "0.9", 0, YK_BELOW_1, NULL, "decay of the mean of g" },
    { "beta2", YK_OPT_REAL, offsetof(yk_adam_opts, beta2), "0.999", 0, YK_BELOW_1, NULL, "decay of the mean of g^2" },
    { "epsilon", YK_OPT_REAL, offsetof(yk_adam_opts, epsilon), "1e-8", 0, 1e30, NULL, "added to the root of v" },
    { "weight_decay", YK_OPT_REAL, offsetof(yk_adam_opts, weight_decay), "0", 0, 1e30, NULL,
      "adam: adds this times w to g; adamw: w shrinks by lr times this" },
    { "amsgrad", YK_OPT_BOOL, offsetof(yk_adam_opts, amsgrad), "false", 0, 0, NULL,
      "takes the largest v so far in the place of v" },
    { 0 }
};

int yk_adam_slots(const void *opts)
{
    return ((const yk_adam_opts *)opts)->amsgrad ? 3 : 2;
}

yk_adam_step yk_adam_constants(const yk_adam_opts *opts, const yk_update *u)
{
    return (yk_adam_step){ .lr = (float)u->lr,
                           .beta1 = (float)opts->beta1,
                           .beta2 = (float)opts->beta2,
                           .one_minus_beta1 = (float)(1 - opts->beta1),
                           .one_minus_beta2 = (float)(1 - opts->beta2),
                           .correction1 = (float)(1 - yk_pow_int(opts->beta1, u->step)),
                           .root_correction2 = (float)sqrt(1 - yk_pow_int(opts->beta2, u->step)),
                           .epsilon = (float)opts->epsilon };
}

static void update(const void *opts, const yk_update *u)
{
    const yk_adam_opts *o = opts;
    yk_adam_step step = yk_adam_constants(o, u);
    step.coupled_decay = (float)o->weight_decay;
    yk_k->adam(u->n, &step, u->g, u->w, u->slot[0], u->slot[1], o->amsgrad ? u->slot[2] : NULL);
}

extern const yk_optimizer yk_optimizer_adam;
const yk_optimizer yk_optimizer_adam = { .name = "adam",
                                         .doc = "w -= lr m' / (sqrt(v') + epsilon); m', v': bias-corrected moving "
                                                "means of g, g^2; decay is part of g",
                                         .opts_size = sizeof(yk_adam_opts),
                                         .opts = yk_adam_options,
                                         .lr_offset = offsetof(yk_adam_opts, lr),
                                         .slot = { "m", "v", "v_max" },
                                         .slots = yk_adam_slots,
                                         .update = update };
