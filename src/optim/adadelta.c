/* SPDX-License-Identifier: Apache-2.0 */
/* Adadelta:
 *     g = g + weight_decay w;   v = rho v + (1-rho) g^2
 *     d = sqrt(u + epsilon) / sqrt(v + epsilon) g;   u = rho u + (1-rho) d^2;   w = w - lr d
 * Source: Zeiler, arXiv:1212.5701, algorithm 1. */
#include <stddef.h>

#include "kernels/kernels.h"
#include "optim/optim.h"

typedef struct adadelta_opts {
    double lr, rho, epsilon, weight_decay;
} adadelta_opts;

static const yk_option options[] = {
    { "lr", YK_OPT_REAL, offsetof(adadelta_opts, lr), "1", 0, 1e30, NULL, "learning rate" },
    { "rho", YK_OPT_REAL, offsetof(adadelta_opts, rho), "0.9", 0, 1, NULL, "decay of the means of g^2 and d^2" },
    { "epsilon", YK_OPT_REAL, offsetof(adadelta_opts, epsilon), "1e-6", 0, 1e30, NULL, "added under both roots" },
    { "weight_decay", YK_OPT_REAL, offsetof(adadelta_opts, weight_decay), "0", 0, 1e30, NULL,
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
    const adadelta_opts *o = opts;
    const yk_adadelta_step step = { .lr = (float)u->lr,
                                    .weight_decay = (float)o->weight_decay,
                                    .rho = (float)o->rho,
                                    .one_minus_rho = (float)(1 - o->rho),
                                    .epsilon = (float)o->epsilon };
    yk_k->adadelta(u->n, &step, u->g, u->w, u->slot[0], u->slot[1]);
}

extern const yk_optimizer yk_optimizer_adadelta;
const yk_optimizer yk_optimizer_adadelta = {
    .name = "adadelta",
    .doc = "w -= lr d, d = sqrt(u + epsilon) / sqrt(v + epsilon) g; v, u: moving means of g^2, d^2",
    .opts_size = sizeof(adadelta_opts),
    .opts = options,
    .lr_offset = offsetof(adadelta_opts, lr),
    .slot = { "v", "u" },
    .slots = slots,
    .update = update
};
