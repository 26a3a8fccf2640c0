/* SPDX-License-Identifier: Apache-2.0 */
/* One step on n elements of the optimizers that scale each element by the size of its gradients, by PyTorch's formulas;
 * fma where a product is added. In all: g = g + decay w first. Sources stand in optim/.
 *   adagrad:  s = s + g g;  w = w - lr (g / (sqrt(s) + epsilon))           (s = initial + g g in the first step)
 *   adadelta: v = rho v + (1 - rho) g g;  d = (sqrt(u + epsilon) / sqrt(v + epsilon)) g;
 *             u = rho u + (1 - rho) d d;  w = w - lr d
 *   rmsprop:  v = rho v + (1 - rho) g g;  centred: a = rho a + (1 - rho) g, and v - a a (at least 0) in place of v
 *             d = g / (sqrt(v) + epsilon);  with momentum: m = momentum m + d, and m in place of d;  w = w - lr d
 *   adamax:   m = beta1 m + (1 - beta1) g;  u = max(beta2 u, |g| + epsilon);  w = w - lr (m / u)
 *   nadam:    m, v as adam;  s = sqrt(v) / root_correction2 + epsilon;
 *             w = (w - lr_g (g / s)) - lr_m (m / s) */
#include "kernels/family.h"

/* Arrays of a step; slots that an optimizer does without are NULL. */
typedef struct update {
    int64_t n;
    const void *step;
    const real *g;
    real *w, *slot[3];
} update;

/* The gradient of elements i ..., with the decay of w in it. */
static inline vec gradient(const update *u, int64_t i, int64_t lanes, vec w, real decay)
{
    return vfma(vset(decay), w, vload_n(u->g + i, lanes));
}

/* x = keep x + rest y; gives x. */
static inline vec average(real *x, int64_t lanes, vec keep, vec rest_y)
{
    vec v = vfma(keep, vload_n(x, lanes), rest_y);
    vstore_n(x, v, lanes);
    return v;
}

static void adagrad_block(const void *context, int64_t block)
{
    const update u = *(const update *)context;
    const yk_adagrad_step s = *(const yk_adagrad_step *)u.step;
    vec minus_lr = vset(-s.lr), epsilon = vset(s.epsilon), initial = vset(s.initial);
    FOR_BLOCK (i, lanes, block, u.n) {
        vec w = vload_n(u.w + i, lanes), g = gradient(&u, i, lanes, w, s.weight_decay);
        vec sum = vfma(g, g, s.first ? initial : vload_n(u.slot[0] + i, lanes));
        vstore_n(u.slot[0] + i, sum, lanes);
        vstore_n(u.w + i, vfma(minus_lr, vdiv(g, vadd(vsqrt(sum), epsilon)), w), lanes);
    }
}

void ISA(adagrad)(int64_t n, const yk_adagrad_step *s, const real *g, real *w, real *sum)
{
    share_blocks(n, adagrad_block, &(update){ n, s, g, w, { sum } });
}

static void adadelta_block(const void *context, int64_t block)
{
    const update u = *(const update *)context;
    const yk_adadelta_step s = *(const yk_adadelta_step *)u.step;
    vec minus_lr = vset(-s.lr), rho = vset(s.rho), rest = vset(s.one_minus_rho), epsilon = vset(s.epsilon);
    FOR_BLOCK (i, lanes, block, u.n) {
        vec w = vload_n(u.w + i, lanes), g = gradient(&u, i, lanes, w, s.weight_decay);
        vec v = average(u.slot[0] + i, lanes, rho, vmul(vmul(rest, g), g));
        vec steps = vload_n(u.slot[1] + i, lanes);
        vec d = vmul(vdiv(vsqrt(vadd(steps, epsilon)), vsqrt(vadd(v, epsilon))), g);
        vstore_n(u.slot[1] + i, vfma(rho, steps, vmul(vmul(rest, d), d)), lanes);
        vstore_n(u.w + i, vfma(minus_lr, d, w), lanes);
    }
}

void ISA(adadelta)(int64_t n, const yk_adadelta_step *s, const real *g, real *w, real *squares, real *steps)
{
    share_blocks(n, adadelta_block, &(update){ n, s, g, w, { squares, steps } });
}

static void rmsprop_block(const void *context, int64_t block)
{
    const update u = *(const update *)context;
    const yk_rmsprop_step s = *(const yk_rmsprop_step *)u.step;
    real *mean = u.slot[1], *momentum = u.slot[2];
    vec minus_lr = vset(-s.lr), rho = vset(s.rho), rest = vset(s.one_minus_rho), epsilon = vset(s.epsilon);
    vec mu = vset(s.momentum), zero = vset(0);
    FOR_BLOCK (i, lanes, block, u.n) {
        vec w = vload_n(u.w + i, lanes), g = gradient(&u, i, lanes, w, s.weight_decay);
        vec v = average(u.slot[0] + i, lanes, rho, vmul(vmul(rest, g), g));
        if (mean) {
            vec a = average(mean + i, lanes, rho, vmul(rest, g));
            v = vmax(zero, vsub(v, vmul(a, a)));
        }
        vec d = vdiv(g, vadd(vsqrt(v), epsilon));
        if (momentum)
            d = average(momentum + i, lanes, mu, d);
        vstore_n(u.w + i, vfma(minus_lr, d, w), lanes);
    }
}

void ISA(rmsprop)(int64_t n, const yk_rmsprop_step *s, const real *g, real *w, real *squares, real *mean,
                  real *momentum)
{
    share_blocks(n, rmsprop_block, &(update){ n, s, g, w, { squares, mean, momentum } });
}

static void adamax_block(const void *context, int64_t block)
{
    const update u = *(const update *)context;
    const yk_adamax_step s = *(const yk_adamax_step *)u.step;
    vec minus_lr = vset(-s.lr), beta1 = vset(s.beta1), rest1 = vset(s.one_minus_beta1), beta2 = vset(s.beta2);
    vec epsilon = vset(s.epsilon);
    FOR_BLOCK (i, lanes, block, u.n) {
        vec w = vload_n(u.w + i, lanes), g = gradient(&u, i, lanes, w, s.weight_decay);
        vec m = average(u.slot[0] + i, lanes, beta1, vmul(rest1, g));
        vec top = vmax(vmul(beta2, vload_n(u.slot[1] + i, lanes)), vadd(vabs(g), epsilon));
        vstore_n(u.slot[1] + i, top, lanes);
        vstore_n(u.w + i, vfma(minus_lr, vdiv(m, top), w), lanes);
    }
}

void ISA(adamax)(int64_t n, const yk_adamax_step *s, const real *g, real *w, real *m, real *top)
{
    share_blocks(n, adamax_block, &(update){ n, s, g, w, { m, top } });
}

static void nadam_block(const void *context, int64_t block)
{
    const update u = *(const update *)context;
    const yk_nadam_step s = *(const yk_nadam_step *)u.step;
    vec beta1 = vset(s.beta1), rest1 = vset(s.one_minus_beta1), beta2 = vset(s.beta2), rest2 = vset(s.one_minus_beta2);
    vec lr_g = vset(-s.lr_g), lr_m = vset(-s.lr_m), root2 = vset(s.root_correction2), epsilon = vset(s.epsilon);
    FOR_BLOCK (i, lanes, block, u.n) {
        vec w = vmul(vload_n(u.w + i, lanes), vset(s.kept)), g = gradient(&u, i, lanes, w, s.coupled_decay);
        vec m = average(u.slot[0] + i, lanes, beta1, vmul(rest1, g));
        vec v = average(u.slot[1] + i, lanes, beta2, vmul(vmul(rest2, g), g));
        vec size = vadd(vdiv(vsqrt(v), root2), epsilon);
        vstore_n(u.w + i, vfma(lr_m, vdiv(m, size), vfma(lr_g, vdiv(g, size), w)), lanes);
    }
}

void ISA(nadam)(int64_t n, const yk_nadam_step *s, const real *g, real *w, real *m, real *v)
{
    share_blocks(n, nadam_block, &(update){ n, s, g, w, { m, v } });
}
