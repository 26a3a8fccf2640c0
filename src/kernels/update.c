/* SPDX-License-Identifier: Apache-2.0 */
/* One optimizer step on n elements, by PyTorch's formulas; fma where a product is added.
 *   sgd:  g = g + decay w;  m = first ? g : momentum m + g;  g = nesterov ? g + momentum m : m;  w = w - lr g
 *         (m may be NULL where momentum is 0)
 *   adam: w = w (1 - lr decoupled);  g = g + coupled w;  m = beta1 m + (1 - beta1) g;  v = beta2 v + (1 - beta2) g g;
 *         w = w - (lr / correction1) (m / (sqrt(v) / root_correction2 + epsilon))
 * Source: Kingma, Ba, arXiv:1412.6980, algorithm 1; Loshchilov, Hutter, arXiv:1711.05101. */
#include "kernels/family.h"

void ISA(sgd)(int64_t n, const yk_sgd_step *s, const real *g, real *w, real *m)
{
    real momentum = s->momentum;
    vec mu = vset(momentum), decay = vset(s->weight_decay), minus_lr = vset(-s->lr);
    FOR_BLOCKS (b, n)
        FOR_VEC (i, lanes, b, block_end(b, n)) {
            vec wi = vload_n(w + i, lanes), gi = vfma(decay, wi, vload_n(g + i, lanes));
            if (momentum != 0) {
                vec mi = s->first ? gi : vfma(mu, vload_n(m + i, lanes), gi);
                vstore_n(m + i, mi, lanes);
                gi = s->nesterov ? vfma(mu, mi, gi) : mi;
            }
            vstore_n(w + i, vfma(minus_lr, gi, wi), lanes);
        }
}

void ISA(adam)(int64_t n, const yk_adam_step *s, const real *g, real *w, real *m, real *v)
{
    vec beta1 = vset(s->beta1), beta2 = vset(s->beta2), rest1 = vset(s->one_minus_beta1);
    vec rest2 = vset(s->one_minus_beta2), root2 = vset(s->root_correction2), epsilon = vset(s->epsilon);
    vec coupled = vset(s->coupled_decay), kept = vset(1 - s->lr * s->decoupled_decay);
    vec step = vset(-(s->lr / s->correction1));
    FOR_BLOCKS (b, n)
        FOR_VEC (i, lanes, b, block_end(b, n)) {
            vec wi = vmul(vload_n(w + i, lanes), kept), gi = vfma(coupled, wi, vload_n(g + i, lanes));
            vec mi = vfma(beta1, vload_n(m + i, lanes), vmul(rest1, gi));
            vec vi = vfma(beta2, vload_n(v + i, lanes), vmul(vmul(rest2, gi), gi));
            vec size = vadd(vdiv(vsqrt(vi), root2), epsilon);
            vstore_n(m + i, mi, lanes);
            vstore_n(v + i, vi, lanes);
            vstore_n(w + i, vfma(step, vdiv(mi, size), wi), lanes);
        }
}

/* y = b x + (a y), fma outside. */
void ISA(blend)(int64_t n, real a, real b, const real *x, real *y)
{
    vec va = vset(a), vb = vset(b);
    FOR_BLOCKS (first, n)
        FOR_VEC (i, lanes, first, block_end(first, n))
            vstore_n(y + i, vfma(vb, vload_n(x + i, lanes), vmul(va, vload_n(y + i, lanes))), lanes);
}

/* sign(0) = 0. */
void ISA(penalty_grad)(int64_t n, real l1, real l2, const real *w, real *g)
{
    vec zero = vset(0), plus = vset(l1), minus = vset(-l1), factor = vset(l2);
    FOR_BLOCKS (b, n)
        FOR_VEC (i, lanes, b, block_end(b, n)) {
            vec wi = vload_n(w + i, lanes), sign = vselect(vlt(wi, zero), minus, zero);
            sign = vselect(vlt(zero, wi), plus, sign);
            vstore_n(g + i, vadd(vfma(factor, wi, vload_n(g + i, lanes)), sign), lanes);
        }
}
