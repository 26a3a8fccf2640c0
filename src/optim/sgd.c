/* SPDX-License-Identifier: Apache-2.0 */
/* Stochastic gradient descent with momentum:
 *     g = g + weight_decay w;   m = momentum m + g  (m = g in the first step);   w = w - lr m
 * Nesterov: w = w - lr (g + momentum m). Without momentum, m = g and no slot is kept.
 * Source: Sutskever et al., On the importance of initialization and momentum in deep learning, ICML 2013, in the form
 * that does not scale m by the learning rate. */
#include <stdbool.h>
#include <stddef.h>

#include "kernels/kernels.h"
#include "optim/optim.h"

typedef struct sgd_opts {
    double lr, momentum, weight_decay;
    bool nesterov;
} sgd_opts;

static const yk_option options[] = {
    { "lr", YK_OPT_REAL, offsetof(sgd_opts, lr), NULL, 0, 1e30, NULL, "learning rate" },
    { "momentum", YK_OPT_REAL, offsetof(sgd_opts, momentum), "0", 0, 1, NULL, "share of the last step that goes on" },
    { "nesterov", YK_OPT_BOOL, offsetof(sgd_opts, nesterov), "false", 0, 0, NULL, "look ahead along the momentum" },
    { "weight_decay", YK_OPT_REAL, offsetof(sgd_opts, weight_decay), "0", 0, 1e30, NULL,
      "adds this times the parameter to its gradient" },
    { 0 }
};

static int slots(const void *opts)
{
    const sgd_opts *o = opts;
    return o->momentum > 0;
}

static void update(const void *opts, const yk_update *u)
{
    const sgd_opts *o = opts;
    const yk_sgd_step step = { .lr = (float)u->lr,
                               .momentum = (float)o->momentum,
                               .weight_decay = (float)o->weight_decay,
                               .nesterov = o->nesterov,
                               .first = u->step == 1 };
    yk_k->sgd(u->n, &step, u->g, u->w, slots(opts) ? u->slot[0] : NULL);
}

extern const yk_optimizer yk_optimizer_sgd;
const yk_optimizer yk_optimizer_sgd = { .name = "sgd",
                                        .doc = "w -= lr m, m = momentum m + g; nesterov: w -= lr (g + momentum m)",
                                        .opts_size = sizeof(sgd_opts),
                                        .opts = options,
                                        .lr_offset = offsetof(sgd_opts, lr),
                                        .slot = { "m" },
                                        .slots = slots,
                                        .update = update };
