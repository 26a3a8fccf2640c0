/* SPDX-License-Identifier: Apache-2.0 */
/* LAMB: Adam whose rate is each parameter's own, for large batches:
 *     d = m' / (sqrt(v') + epsilon) + weight_decay w;   w = w - lr (|w| / |d|) d
 * with Adam's bias-corrected means m' and v'. Norms are of the whole parameter. Where one of them is 0, the factor
 * is 1. Parameters of one dimension (biases, gamma, beta) take Adam's step, without decay. Source: You et al.,
 * arXiv:1904.00962, algorithm 2, phi(z) = z. */
#include <stddef.h>

#include "optim/adam_opts.h"

static const yk_option options[] = {
    { "lr", YK_OPT_REAL, offsetof(yk_adam_opts, lr), "0.001", 0, 1e30, NULL, "learning rate, of all parameters" },
    { "beta1", YK_OPT_REAL, offsetof(yk_adam_opts, beta1), "0.9", 0, YK_BELOW_1, NULL, "decay of the mean of g" },
    { "beta2", YK_OPT_REAL, offsetof(yk_adam_opts, beta2), "0.999", 0, YK_BELOW_1, NULL, "decay of the mean of g^2" },
    { "epsilon", YK_OPT_REAL, offsetof(yk_adam_opts, epsilon), "1e-6", 0, 1e30, NULL, "added to the root of v" },
    { "weight_decay", YK_OPT_REAL, offsetof(yk_adam_opts, weight_decay), "0", 0, 1e30, NULL,
      "adds this times w to the direction" },
    { 0 }
};

static int slots(const void *opts)
{
    (void)opts;
    return 2;
}

/* Adam's step from parameters that are 0 (all of them decays) at the rate -1 leaves its direction in their place. */
static void direction(const void *opts, const yk_update *u)
{
    const yk_adam_opts *o = opts;
    yk_adam_step step = yk_adam_constants(o, u);
    step.lr = step.decoupled_decay = -1;
    yk_k->adam(u->n, &step, u->g, u->g, u->slot[0], u->slot[1], NULL);
    if (u->adapts && o->weight_decay > 0)
        yk_k->blend(u->n, 1, (float)o->weight_decay, u->w, u->g);
}

static double ratio(const void *opts, double w, double d)
{
    (void)opts;
    return w > 0 && d > 0 ? w / d : 1;
}

static void update(const void *opts, const yk_update *u)
{
    (void)opts;
    yk_k->sgd(u->n, &(yk_sgd_step){ .lr = (float)(u->lr * u->ratio) }, u->g, u->w, NULL);
}

extern const yk_optimizer yk_optimizer_lamb;
const yk_optimizer yk_optimizer_lamb = { .name = "lamb",
                                         .doc = "w -= lr (|w| / |d|) d, d = m' / (sqrt(v') + epsilon) + weight_decay "
                                                "w, norms of each parameter; m', v' as adam's",
                                         .opts_size = sizeof(yk_adam_opts),
                                         .opts = options,
                                         .lr_offset = offsetof(yk_adam_opts, lr),
                                         .slot = { "m", "v" },
                                         .slots = slots,
                                         .update = update,
                                         .ratio = ratio,
                                         .direction = direction };
