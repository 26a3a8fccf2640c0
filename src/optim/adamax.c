/* SPDX-License-Identifier: Apache-2.0 */
/* Adamax. Step t = 1, 2, ...:
 *     g = g + weight_decay w;   m = b1 m + (1-b1) g;   u = max(b2 u, |g| + epsilon)
 *     w = w - lr / (1 - b1^t) m / u
 * Source: Kingma, Ba, arXiv:1412.6980, algorithm 2, with an epsilon. */
#include <stddef.h>

#include "core/math.h"
#include "optim/adam_opts.h"

static const yk_option options[] = {
    { "lr", YK_OPT_REAL, offsetof(yk_adam_opts, lr), "2e-3", 0, 1e30, NULL, "learning rate" },
    { "beta1", YK_OPT_REAL, offsetof(yk_adam_opts, beta1), "0.9", 0, YK_BELOW_1, NULL, "decay of the mean of g" },
    { "beta2", YK_OPT_REAL, offsetof(yk_adam_opts, beta2), "0.999", 0, YK_BELOW_1, NULL, "decay of the largest |g|" },
    { "epsilon", YK_OPT_REAL, offsetof(yk_adam_opts, epsilon), "1e-8", 0, 1e30, NULL, "added to |g|" },
    { "weight_decay", YK_OPT_REAL, offsetof(yk_adam_opts, weight_decay), "0", 0, 1e30, NULL,
      "adds this times the parameter to its gradient" },
    { 0 }
};

static int slots(const void *opts)
{
    (void)opts;
    return 2;
}

static void update(const void *opts, const yk_update *u)
{
    const yk_adam_opts *o = opts;
    const yk_adamax_step step = { .lr = (float)(u->lr / (1 - yk_pow_int(o->beta1, u->step))),
                                  .weight_decay = (float)o->weight_decay,
                                  .beta1 = (float)o->beta1,
                                  .one_minus_beta1 = (float)(1 - o->beta1),
                                  .beta2 = (float)o->beta2,
                                  .epsilon = (float)o->epsilon };
    yk_k->adamax(u->n, &step, u->g, u->w, u->slot[0], u->slot[1]);
}

extern const yk_optimizer yk_optimizer_adamax;
const yk_optimizer yk_optimizer_adamax = { .name = "adamax",
                                           .doc = "w -= lr m' / u; m': bias-corrected moving mean of g, u = max(beta2 "
                                                  "u, |g| + epsilon)",
                                           .opts_size = sizeof(yk_adam_opts),
                                           .opts = options,
                                           .lr_offset = offsetof(yk_adam_opts, lr),
                                           .slot = { "m", "u" },
                                           .slots = slots,
                                           .update = update };
