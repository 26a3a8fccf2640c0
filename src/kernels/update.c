/* SPDX-License-Identifier: Apache-2.0 */
/* One optimizer step on n elements, by PyTorch's formulas; fma where a product is added.
 *   sgd:  g = g + decay w;  m = first ? g : momentum m + g;  g = nesterov ? g + momentum m : m;  w = w - lr g
 *         (m may be NULL where momentum is 0)
 *   adam: w = w (1 - lr decoupled);  g = g + coupled w;  m = beta1 m + (1 - beta1) g;  v = beta2 v + (1 - beta2) g g;
 *         w = w - (lr / correction1) (m / (sqrt(v) / root_correction2 + epsilon))
 *         (top, where it is not NULL, is the largest v so far, and stands in its place)
 * Source: Kingma, Ba, arXiv:1412.6980, algorithm 1; Loshchilov, Hutter, arXiv:1711.05101. */
#include "kernels/family.h"

typedef struct sgd_update {
    int64_t n;
    const yk_sgd_step *step;
    const real *g;
    real *w, *m;
} sgd_update;

static void sgd_block(const void *context, int64_t block)
{
    const sgd_update u = *(const sgd_update *)context;
    const yk_sgd_step s = *u.step;
    real momentum = s.momentum;
    vec mu = vset(momentum), decay = vset(s.weight_decay), minus_lr = vset(-s.lr);
    FOR_BLOCK (i, lanes, block, u.n) {
        vec wi = vload_n(u.w + i, lanes), gi = vfma(decay, wi, vload_n(u.g + i, lanes));
        if (momentum != 0) {
            vec mi = s.first ? gi : vfma(mu, vload_n(u.m + i, lanes), gi);
            vstore_n(u.m + i, mi, lanes);
            gi = s.nesterov ? vfma(mu, mi, gi) : mi;
        }
        vstore_n(u.w + i, vfma(minus_lr, gi, wi), lanes);
    }
}

void ISA(sgd)(int64_t n, const yk_sgd_step *s, const real *g, real *w, real *m)
{
    share_blocks(n, sgd_block, &(sgd_update){ .n = n, .step = s, .g = g, .w = w, .m = m });
}

typedef struct adam_update {
    int64_t n;
    const yk_adam_step *step;
    const real *g;
    real *w, *m, *v, *top;
} adam_update;

static void adam_block(const void *context, int64_t block)
{
    const adam_update u = *(const adam_update *)context;
    const yk_adam_step *s = u.step;
    vec beta1 = vset(s->beta1), beta2 = vset(s->beta2), rest1 = vset(s->one_minus_beta1);
    vec rest2 = vset(s->one_minus_beta2), root2 = vset(s->root_correction2), epsilon = vset(s->epsilon);
    vec coupled = vset(s->coupled_decay), kept = vset(1 - s->lr * s->decoupled_decay);
    vec step = vset(-(s->lr / s->correction1));
    FOR_BLOCK (i, lanes, block, u.n) {
        vec wi = vmul(vload_n(u.w + i, lanes), kept), gi = vfma(coupled, wi, vload_n(u.g + i, lanes));
        vec mi = vfma(beta1, vload_n(u.m + i, lanes), vmul(rest1, gi));
        vec vi = vfma(beta2, vload_n(u.v + i, lanes), vmul(vmul(rest2, gi), gi));
        vstore_n(u.m + i, mi, lanes);
        vstore_n(u.v + i, vi, lanes);
        if (u.top) {
            vi = vmax(vload_n(u.top + i, lanes), vi);
            vstore_n(u.top + i, vi, lanes);
        }
        vec size = vadd(vdiv(vsqrt(vi), root2), epsilon);
        vstore_n(u.w + i, vfma(step, vdiv(mi, size), wi), lanes);
    }
}

void ISA(adam)(int64_t n, const yk_adam_step *s, const real *g, real *w, real *m, real *v, real *top)
{
    share_blocks(n, adam_block, &(adam_update){ .n = n, .step = s, .g = g, .w = w, .m = m, .v = v, .top = top });
}

typedef struct blend_update {
    int64_t n;
    real a, b;
    const real *x;
    real *y;
} blend_update;

static void blend_block(const void *context, int64_t block)
{
    const blend_update u = *(const blend_update *)context;
    vec a = vset(u.a), b = vset(u.b);
    FOR_BLOCK (i, lanes, block, u.n)
        vstore_n(u.y + i, vfma(b, vload_n(u.x + i, lanes), vmul(a, vload_n(u.y + i, lanes))), lanes);
}

/* y = b x + (a y), fma outside. */
void ISA(blend)(int64_t n, real a, real b, const real *x, real *y)
{
    share_blocks(n, blend_block, &(blend_update){ .n = n, .a = a, .b = b, .x = x, .y = y });
}

typedef struct penalty {
    int64_t n;
    real l1, l2;
    const real *w;
    real *g;
} penalty;

static void penalty_block(const void *context, int64_t block)
{
    const penalty p = *(const penalty *)context;
    vec zero = vset(0), plus = vset(p.l1), minus = vset(-p.l1), factor = vset(p.l2);
    FOR_BLOCK (i, lanes, block, p.n) {
        vec wi = vload_n(p.w + i, lanes), sign = vselect(vlt(wi, zero), minus, zero);
        sign = vselect(vlt(zero, wi), plus, sign);
        vstore_n(p.g + i, vadd(vfma(factor, wi, vload_n(p.g + i, lanes)), sign), lanes);
    }
}

/* sign(0) = 0. */
void ISA(penalty_grad)(int64_t n, real l1, real l2, const real *w, real *g)
{
    share_blocks(n, penalty_block, &(penalty){ .n = n, .l1 = l1, .l2 = l2, .w = w, .g = g });
}
