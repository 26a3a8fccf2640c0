/* SPDX-License-Identifier: Apache-2.0 */
/* Nadam: Adam with Nesterov's momentum. Step t = 1, 2, ...:
 *     g = g + weight_decay w  (decoupled: w = w - lr weight_decay w instead);   m, v as adam;   d = sqrt(v / (1-b2^t))
 *     mu_t = b1 (1 - 0.96^(t momentum_decay) / 2);   p_t = mu_1 mu_2 ... mu_t
 *     w = w - lr (1 - mu_t) / (1 - p_t) g / (d + epsilon) - lr mu_{t+1} / (1 - p_{t+1}) m / (d + epsilon)
 * Source: Dozat, Incorporating Nesterov momentum into Adam, ICLR workshop 2016. */
#include <math.h>
#include <stdbool.h>
#include <stddef.h>

#include "core/math.h"
#include "kernels/kernels.h"
#include "optim/optim.h"

typedef struct nadam_opts {
    double lr, beta1, beta2, epsilon, momentum_decay, weight_decay;
    bool decoupled;
} nadam_opts;

static const yk_option options[] = {
    { "lr", YK_OPT_REAL, offsetof(nadam_opts, lr), "2e-3", 0, 1e30, NULL, "learning rate" },
    { "beta1", YK_OPT_REAL, offsetof(nadam_opts, beta1), "0.9", 0, YK_BELOW_1, NULL, "decay of the mean of g" },
    { "beta2", YK_OPT_REAL, offsetof(nadam_opts, beta2), "0.999", 0, YK_BELOW_1, NULL, "decay of the mean of g^2" },
    { "epsilon", YK_OPT_REAL, offsetof(nadam_opts, epsilon), "1e-8", 0, 1e30, NULL, "added to the root of v" },
    { "momentum_decay", YK_OPT_REAL, offsetof(nadam_opts, momentum_decay), "4e-3", 0, 1e3, NULL,
      "how fast the momentum rises from half of beta1 to beta1" },
    { "weight_decay", YK_OPT_REAL, offsetof(nadam_opts, weight_decay), "0", 0, 1e30, NULL,
      "adds this times the parameter to its gradient" },
    { "decoupled", YK_OPT_BOOL, offsetof(nadam_opts, decoupled), "false", 0, 0, NULL,
      "w shrinks by lr times weight_decay instead, as in adamw" },
    { 0 }
};

static int slots(const void *opts)
{
    (void)opts;
    return 2;
}

#define NOTHING 0x1p-80 /* a product below it changes no 1 - p */

/* mu_t, mu_{t+1} and p_t. */
static void momenta(const nadam_opts *o, int64_t t, double *now, double *next, double *product)
{
    const double ratio = yk_pow(0.96, o->momentum_decay);
    double power = 1;
    *product = 1;
    for (int64_t i = 1; i <= t && *product > NOTHING; i++) {
        power *= ratio;
        *product *= o->beta1 * (1 - 0.5 * power);
    }
    *now = o->beta1 * (1 - 0.5 * yk_pow(0.96, (double)t * o->momentum_decay));
    *next = o->beta1 * (1 - 0.5 * yk_pow(0.96, (double)(t + 1) * o->momentum_decay));
}

static void update(const void *opts, const yk_update *u)
{
    const nadam_opts *o = opts;
    double now, next, product;
    momenta(o, u->step, &now, &next, &product);
    const yk_nadam_step step = { .lr_g = (float)(u->lr * (1 - now) / (1 - product)),
                                 .lr_m = (float)(u->lr * next / (1 - product * next)),
                                 .beta1 = (float)o->beta1,
                                 .beta2 = (float)o->beta2,
                                 .one_minus_beta1 = (float)(1 - o->beta1),
                                 .one_minus_beta2 = (float)(1 - o->beta2),
                                 .root_correction2 = (float)sqrt(1 - yk_pow_int(o->beta2, u->step)),
                                 .epsilon = (float)o->epsilon,
                                 .coupled_decay = o->decoupled ? 0 : (float)o->weight_decay,
                                 .kept = o->decoupled ? (float)(1 - u->lr * o->weight_decay) : 1 };
    yk_k->nadam(u->n, &step, u->g, u->w, u->slot[0], u->slot[1]);
}

extern const yk_optimizer yk_optimizer_nadam;
const yk_optimizer yk_optimizer_nadam = { .name = "nadam",
                                          .doc = "adam with Nesterov's momentum, which rises from beta1 / 2 to beta1",
                                          .opts_size = sizeof(nadam_opts),
                                          .opts = options,
                                          .lr_offset = offsetof(nadam_opts, lr),
                                          .slot = { "m", "v" },
                                          .slots = slots,
                                          .update = update };
