/* SPDX-License-Identifier: Apache-2.0 */
/* RMSprop:
 *     g = g + weight_decay w;   v = rho v + (1-rho) g^2
 *     centered: a = rho a + (1-rho) g, and v - a^2 in the place of v
 *     d = g / (sqrt(v) + epsilon);   momentum: m = momentum m + d, and m in the place of d;   w = w - lr d
 * Source: Tieleman, Hinton, Neural networks for machine learning, lecture 6.5, 2012; centered: Graves,
 * arXiv:1308.0850, equation 38, in the form whose epsilon stands outside of the root. */
#include <stdbool.h>
#include <stddef.h>

#include "kernels/kernels.h"
#include "optim/optim.h"

typedef struct rmsprop_opts {
    double lr, rho, momentum, epsilon, weight_decay;
    bool centered;
} rmsprop_opts;

static const yk_option options[] = {
    { "lr", YK_OPT_REAL, offsetof(rmsprop_opts, lr), "1e-2", 0, 1e30, NULL, "learning rate" },
    { "rho", YK_OPT_REAL, offsetof(rmsprop_opts, rho), "0.99", 0, 1, NULL, "decay of the mean of g^2" },
    { "momentum", YK_OPT_REAL, offsetof(rmsprop_opts, momentum), "0", 0, 1, NULL,
      "share of the last step that goes on" },
    { "centered", YK_OPT_BOOL, offsetof(rmsprop_opts, centered), "false", 0, 0, NULL,
      "divides by the deviation from the mean of g" },
    { "epsilon", YK_OPT_REAL, offsetof(rmsprop_opts, epsilon), "1e-8", 0, 1e30, NULL, "added to the root of v" },
    { "weight_decay", YK_OPT_REAL, offsetof(rmsprop_opts, weight_decay), "0", 0, 1e30, NULL,
      "adds this times the parameter to its gradient" },
    { 0 }
};

/* v, then m and a where they are wanted: a slot's name must not depend on the options. */
static int slots(const void *opts)
{
    const rmsprop_opts *o = opts;
    return o->centered ? 3 : o->momentum > 0 ? 2 : 1;
}

static void update(const void *opts, const yk_update *u)
{
    const rmsprop_opts *o = opts;
    const yk_rmsprop_step step = { .lr = (float)u->lr,
                                   .weight_decay = (float)o->weight_decay,
                                   .rho = (float)o->rho,
                                   .one_minus_rho = (float)(1 - o->rho),
                                   .momentum = (float)o->momentum,
                                   .epsilon = (float)o->epsilon };
    yk_k->rmsprop(u->n, &step, u->g, u->w, u->slot[0], o->centered ? u->slot[2] : NULL,
                  o->momentum > 0 ? u->slot[1] : NULL);
}

extern const yk_optimizer yk_optimizer_rmsprop;
const yk_optimizer yk_optimizer_rmsprop = { .name = "rmsprop",
                                            .doc = "w -= lr g / (sqrt(v) + epsilon), v: moving mean of g^2; centered: "
                                                   "less the square of the mean of g; with momentum",
                                            .opts_size = sizeof(rmsprop_opts),
                                            .opts = options,
                                            .lr_offset = offsetof(rmsprop_opts, lr),
                                            .slot = { "v", "m", "a" },
                                            .slots = slots,
                                            .update = update };
