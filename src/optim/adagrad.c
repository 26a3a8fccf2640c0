/* SPDX-License-Identifier: Apache-2.0 */
/* Adagrad. Step t = 1, 2, ...:
 *     g = g + weight_decay w;   s = s + g^2  (s starts at `initial`)
 *     w = w - lr / (1 + (t - 1) lr_decay) g / (sqrt(s) + epsilon)
 * Source: Duchi, Hazan, Singer, Adaptive subgradient methods, JMLR 12, 2011, with a diagonal matrix. */
#include <stddef.h>

#include "kernels/kernels.h"
#include "optim/optim.h"

typedef struct adagrad_opts {
    double lr, lr_decay, initial, epsilon, weight_decay;
} adagrad_opts;

static const yk_option options[] = {
    { "lr", YK_OPT_REAL, offsetof(adagrad_opts, lr), "1e-2", 0, 1e30, NULL, "learning rate" },
    { "lr_decay", YK_OPT_REAL, offsetof(adagrad_opts, lr_decay), "0", 0, 1e30, NULL,
      "lr is divided by 1 + this times the steps done" },
    { "initial", YK_OPT_REAL, offsetof(adagrad_opts, initial), "0", 0, 1e30, NULL,
      "what the sum of squares starts from" },
    { "epsilon", YK_OPT_REAL, offsetof(adagrad_opts, epsilon), "1e-10", 0, 1e30, NULL, "added to the root of s" },
    { "weight_decay", YK_OPT_REAL, offsetof(adagrad_opts, weight_decay), "0", 0, 1e30, NULL,
      "adds this times the parameter to its gradient" },
    { 0 }
};

static int slots(const void *opts)
{
    (void)opts;
    return 1;
}

static void update(const void *opts, const yk_update *u)
{
    const adagrad_opts *o = opts;
    const yk_adagrad_step step = { .lr = (float)(u->lr / (1 + (double)(u->step - 1) * o->lr_decay)),
                                   .weight_decay = (float)o->weight_decay,
                                   .epsilon = (float)o->epsilon,
                                   .initial = (float)o->initial,
                                   .first = u->step == 1 };
    yk_k->adagrad(u->n, &step, u->g, u->w, u->slot[0]);
}

extern const yk_optimizer yk_optimizer_adagrad;
const yk_optimizer yk_optimizer_adagrad = { .name = "adagrad",
                                            .doc = "w -= lr g / (sqrt(s) + epsilon), s the sum of g^2 so far",
                                            .opts_size = sizeof(adagrad_opts),
                                            .opts = options,
                                            .lr_offset = offsetof(adagrad_opts, lr),
                                            .slot = { "s" },
                                            .slots = slots,
                                            .update = update };
