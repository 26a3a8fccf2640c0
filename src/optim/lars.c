/* SPDX-License-Identifier: Apache-2.0 */
/* LARS: momentum whose rate is each parameter's own, for large batches:
 *     g = trust |w| / (|g| + weight_decay |w| + epsilon) (g + weight_decay w);   m = momentum m + g;   w = w - lr m
 * Norms are of the whole parameter. Where one of them is 0, the factor is 1. Parameters of one dimension (biases,
 * gamma, beta) take the plain step, without decay. Source: You, Gitman, Ginsburg, arXiv:1708.03888, algorithm 1, with m
 * in the form of sgd.c: not scaled by lr. */
#include <stdbool.h>
#include <stddef.h>

#include "kernels/kernels.h"
#include "optim/optim.h"

typedef struct lars_opts {
    double lr, momentum, weight_decay, trust, epsilon;
    bool nesterov;
} lars_opts;

static const yk_option options[] = {
    { "lr", YK_OPT_REAL, offsetof(lars_opts, lr), NULL, 0, 1e30, NULL, "learning rate, of all parameters" },
    { "momentum", YK_OPT_REAL, offsetof(lars_opts, momentum), "0.9", 0, 1, NULL,
      "share of the last step that goes on" },
    { "nesterov", YK_OPT_BOOL, offsetof(lars_opts, nesterov), "false", 0, 0, NULL, "look ahead along the momentum" },
    { "weight_decay", YK_OPT_REAL, offsetof(lars_opts, weight_decay), "0", 0, 1e30, NULL,
      "adds this times the parameter to its gradient" },
    { "trust", YK_OPT_REAL, offsetof(lars_opts, trust), "0.001", 0, 1e30, NULL,
      "step of a parameter over its norm, at lr 1" },
    { "epsilon", YK_OPT_REAL, offsetof(lars_opts, epsilon), "1e-8", 0, 1e30, NULL, "added to the gradient's norm" },
    { 0 }
};

static int slots(const void *opts)
{
    return ((const lars_opts *)opts)->momentum > 0;
}

static double ratio(const void *opts, double w, double g)
{
    const lars_opts *o = opts;
    return w > 0 && g > 0 ? o->trust * w / (g + o->weight_decay * w + o->epsilon) : 1;
}

static void update(const void *opts, const yk_update *u)
{
    const lars_opts *o = opts;
    const yk_sgd_step step = {
        .lr = (float)u->lr, .momentum = (float)o->momentum, .nesterov = o->nesterov, .first = u->step == 1
    };
    if (u->adapts)
        yk_k->blend(u->n, (float)u->ratio, (float)(u->ratio * o->weight_decay), u->w, u->g);
    yk_k->sgd(u->n, &step, u->g, u->w, slots(opts) ? u->slot[0] : NULL);
}

extern const yk_optimizer yk_optimizer_lars;
const yk_optimizer yk_optimizer_lars = { .name = "lars",
                                         .doc = "sgd with momentum on trust |w| / (|g| + weight_decay |w|) "
                                                "(g + weight_decay w), norms of each parameter",
                                         .opts_size = sizeof(lars_opts),
                                         .opts = options,
                                         .lr_offset = offsetof(lars_opts, lr),
                                         .slot = { "m" },
                                         .slots = slots,
                                         .update = update,
                                         .ratio = ratio };
