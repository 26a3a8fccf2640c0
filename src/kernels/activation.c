/* SPDX-License-Identifier: Apache-2.0 */
/* Activations beyond those of elementwise.c, and their gradients: dx = dy slope. Each is two functions of a vector; the
 * slope takes the input x or the output y, as is said there. y may be x. A job is a block of elements. */
#include "kernels/family.h"
#include "kernels/vmath.h"

/* The arrays of a call; `a` is the input, or what the slope is of. */
typedef struct arrays {
    int64_t n;
    real alpha;
    const real *a, *dy;
    real *out;
    bool add;
} arrays;

typedef vec function(vec a, vec alpha);

INLINED void map_block(const void *context, int64_t block, function *f)
{
    const arrays s = *(const arrays *)context;
    vec alpha = vset(s.alpha);
    FOR_BLOCK (i, lanes, block, s.n)
        vstore_n(s.out + i, f(vload_n(s.a + i, lanes), alpha), lanes);
}

INLINED void grad_block(const void *context, int64_t block, function *slope)
{
    const arrays s = *(const arrays *)context;
    vec alpha = vset(s.alpha);
    FOR_BLOCK (i, lanes, block, s.n) {
        vec d = vmul(vload_n(s.dy + i, lanes), slope(vload_n(s.a + i, lanes), alpha));
        vput(s.out + i, d, lanes, s.add);
    }
}

/* y = x where x > 0, else alpha x; alpha >= 0, so that y has the sign of x */
static inline vec leaky_relu_of(vec x, vec alpha)
{
    return vselect(vlt(vset(0), x), x, vmul(alpha, x));
}

static inline vec leaky_relu_slope(vec y, vec alpha)
{
    return vselect(vlt(vset(0), y), vset(1), alpha);
}

static void leaky_relu_block(const void *context, int64_t block)
{
    map_block(context, block, leaky_relu_of);
}

void ISA(leaky_relu)(int64_t n, real alpha, const real *x, real *y)
{
    share_blocks(n, leaky_relu_block, &(arrays){ .n = n, .alpha = alpha, .a = x, .out = y });
}

static void leaky_relu_grad_block(const void *context, int64_t block)
{
    grad_block(context, block, leaky_relu_slope);
}

void ISA(leaky_relu_grad)(int64_t n, real alpha, const real *y, const real *dy, real *dx, bool add)
{
    share_blocks(n, leaky_relu_grad_block,
                 &(arrays){ .n = n, .alpha = alpha, .a = y, .dy = dy, .out = dx, .add = add });
}

/* y = x where x > 0, else alpha (exp(x) - 1); alpha >= 0, so that y has the sign of x */
static inline vec elu_of(vec x, vec alpha)
{
    return vselect(vlt(vset(0), x), x, vmul(alpha, vexpm1(x)));
}

static inline vec elu_slope(vec y, vec alpha)
{
    return vselect(vlt(vset(0), y), vset(1), vadd(y, alpha));
}

static void elu_block(const void *context, int64_t block)
{
    map_block(context, block, elu_of);
}

void ISA(elu)(int64_t n, real alpha, const real *x, real *y)
{
    share_blocks(n, elu_block, &(arrays){ .n = n, .alpha = alpha, .a = x, .out = y });
}

static void elu_grad_block(const void *context, int64_t block)
{
    grad_block(context, block, elu_slope);
}

void ISA(elu_grad)(int64_t n, real alpha, const real *y, const real *dy, real *dx, bool add)
{
    share_blocks(n, elu_grad_block, &(arrays){ .n = n, .alpha = alpha, .a = y, .dy = dy, .out = dx, .add = add });
}

#define SELU_SCALE ((real)1.0507009873554804934193349852946)
#define SELU_ALPHA ((real)1.6732632423543772848170429916717)

/* y = scale x where x > 0, else scale alpha (exp(x) - 1), with the constants of Klambauer et al., arXiv:1706.02515 */
static inline vec selu_of(vec x, vec alpha)
{
    (void)alpha;
    vec below = vmul(vset(SELU_SCALE * SELU_ALPHA), vexpm1(x));
    return vselect(vlt(vset(0), x), vmul(vset(SELU_SCALE), x), below);
}

static inline vec selu_slope(vec y, vec alpha)
{
    (void)alpha;
    vec scale = vset(SELU_SCALE);
    return vselect(vlt(vset(0), y), scale, vadd(y, vset(SELU_SCALE * SELU_ALPHA)));
}

static void selu_block(const void *context, int64_t block)
{
    map_block(context, block, selu_of);
}

void ISA(selu)(int64_t n, const real *x, real *y)
{
    share_blocks(n, selu_block, &(arrays){ .n = n, .a = x, .out = y });
}

static void selu_grad_block(const void *context, int64_t block)
{
    grad_block(context, block, selu_slope);
}

void ISA(selu_grad)(int64_t n, const real *y, const real *dy, real *dx, bool add)
{
    share_blocks(n, selu_grad_block, &(arrays){ .n = n, .a = y, .dy = dy, .out = dx, .add = add });
}

#define ROOT_1_2PI ((real)0.39894228040143267793994605993438)
#define ROOT_2_PI ((real)0.79788456080286535587989211986876)

static inline vec normal_below(vec x)
{
    vec half = vset((real)0.5);
    return vfma(half, verf(vmul(x, vset((real)0.70710678118654752440084436210485))), half);
}

/* y = x F(x), F the normal distribution: (1 + erf(x / sqrt 2)) / 2; its slope is F(x) + x exp(-x^2 / 2) / sqrt(2 pi) */
static inline vec gelu_of(vec x, vec alpha)
{
    (void)alpha;
    return vmul(x, normal_below(x));
}

static inline vec gelu_slope(vec x, vec alpha)
{
    (void)alpha;
    vec density = vmul(vset(ROOT_1_2PI), vexp(vmul(vset((real)-0.5), vmul(x, x))));
    return vfma(x, density, normal_below(x));
}

static void gelu_block(const void *context, int64_t block)
{
    map_block(context, block, gelu_of);
}

void ISA(gelu)(int64_t n, const real *x, real *y)
{
    share_blocks(n, gelu_block, &(arrays){ .n = n, .a = x, .out = y });
}

static void gelu_grad_block(const void *context, int64_t block)
{
    grad_block(context, block, gelu_slope);
}

void ISA(gelu_grad)(int64_t n, const real *x, const real *dy, real *dx, bool add)
{
    share_blocks(n, gelu_grad_block, &(arrays){ .n = n, .a = x, .dy = dy, .out = dx, .add = add });
}

static inline vec gelu_tangent(vec x)
{
    vec cubic = vmul(vset((real)0.044715), vmul(x, vmul(x, x)));
    return vtanh(vmul(vset(ROOT_2_PI), vadd(x, cubic)));
}

/* y = x (1 + tanh(u)) / 2, u = sqrt(2 / pi) (x + 0.044715 x^3) */
static inline vec gelu_tanh_of(vec x, vec alpha)
{
    (void)alpha;
    vec half = vmul(vset((real)0.5), x);
    return vfma(half, gelu_tangent(x), half);
}

static inline vec gelu_tanh_slope(vec x, vec alpha)
{
    (void)alpha;
    vec half = vset((real)0.5), one = vset(1), t = gelu_tangent(x);
    vec du = vmul(vset(ROOT_2_PI), vfma(vmul(x, x), vset((real)(3 * 0.044715)), one));
    return vmul(half, vfma(vmul(x, du), vsub(one, vmul(t, t)), vadd(one, t)));
}

static void gelu_tanh_block(const void *context, int64_t block)
{
    map_block(context, block, gelu_tanh_of);
}

void ISA(gelu_tanh)(int64_t n, const real *x, real *y)
{
    share_blocks(n, gelu_tanh_block, &(arrays){ .n = n, .a = x, .out = y });
}

static void gelu_tanh_grad_block(const void *context, int64_t block)
{
    grad_block(context, block, gelu_tanh_slope);
}

void ISA(gelu_tanh_grad)(int64_t n, const real *x, const real *dy, real *dx, bool add)
{
    share_blocks(n, gelu_tanh_grad_block, &(arrays){ .n = n, .a = x, .dy = dy, .out = dx, .add = add });
}

/* y = x s, s = 1 / (1 + exp(-x)); its slope is s (1 + x (1 - s)) */
static inline vec swish_of(vec x, vec alpha)
{
    (void)alpha;
    return vmul(x, vsigmoid(x));
}

static inline vec swish_slope(vec x, vec alpha)
{
    (void)alpha;
    vec one = vset(1), s = vsigmoid(x);
    return vmul(s, vfma(x, vsub(one, s), one));
}

static void swish_block(const void *context, int64_t block)
{
    map_block(context, block, swish_of);
}

void ISA(swish)(int64_t n, const real *x, real *y)
{
    share_blocks(n, swish_block, &(arrays){ .n = n, .a = x, .out = y });
}

static void swish_grad_block(const void *context, int64_t block)
{
    grad_block(context, block, swish_slope);
}

void ISA(swish_grad)(int64_t n, const real *x, const real *dy, real *dx, bool add)
{
    share_blocks(n, swish_grad_block, &(arrays){ .n = n, .a = x, .dy = dy, .out = dx, .add = add });
}

/* y = log(1 + exp(x)), as max(x, 0) + log(1 + exp(-|x|)) */
static inline vec softplus_of(vec x, vec alpha)
{
    (void)alpha;
    vec zero = vset(0);
    return vadd(vmax(zero, x), vlog1p(vexp(vsub(zero, vabs(x)))));
}

static inline vec softplus_slope(vec x, vec alpha)
{
    (void)alpha;
    return vsigmoid(x);
}

static void softplus_block(const void *context, int64_t block)
{
    map_block(context, block, softplus_of);
}

void ISA(softplus)(int64_t n, const real *x, real *y)
{
    share_blocks(n, softplus_block, &(arrays){ .n = n, .a = x, .out = y });
}

static void softplus_grad_block(const void *context, int64_t block)
{
    grad_block(context, block, softplus_slope);
}

void ISA(softplus_grad)(int64_t n, const real *x, const real *dy, real *dx, bool add)
{
    share_blocks(n, softplus_grad_block, &(arrays){ .n = n, .a = x, .dy = dy, .out = dx, .add = add });
}

/* y = min(max(x + 3, 0), 6) / 6 */
static inline vec hard_sigmoid_of(vec x, vec alpha)
{
    (void)alpha;
    return vdiv(vmin(vset(6), vmax(vset(0), vadd(x, vset(3)))), vset(6));
}

static inline vec hard_sigmoid_slope(vec y, vec alpha)
{
    (void)alpha;
    vec zero = vset(0), one = vset(1);
    return vselect(vlt(zero, y), vselect(vlt(y, one), vset((real)1 / 6), zero), zero);
}

static void hard_sigmoid_block(const void *context, int64_t block)
{
    map_block(context, block, hard_sigmoid_of);
}

void ISA(hard_sigmoid)(int64_t n, const real *x, real *y)
{
    share_blocks(n, hard_sigmoid_block, &(arrays){ .n = n, .a = x, .out = y });
}

static void hard_sigmoid_grad_block(const void *context, int64_t block)
{
    grad_block(context, block, hard_sigmoid_slope);
}

void ISA(hard_sigmoid_grad)(int64_t n, const real *y, const real *dy, real *dx, bool add)
{
    share_blocks(n, hard_sigmoid_grad_block, &(arrays){ .n = n, .a = y, .dy = dy, .out = dx, .add = add });
}

/* y = x min(max(x + 3, 0), 6) / 6 */
static inline vec hard_swish_of(vec x, vec alpha)
{
    return vmul(x, hard_sigmoid_of(x, alpha));
}

static inline vec hard_swish_slope(vec x, vec alpha)
{
    (void)alpha;
    vec slope = vadd(vdiv(x, vset(3)), vset((real)0.5));
    return vselect(vlt(vset(-3), x), vselect(vlt(x, vset(3)), slope, vset(1)), vset(0));
}

static void hard_swish_block(const void *context, int64_t block)
{
    map_block(context, block, hard_swish_of);
}

void ISA(hard_swish)(int64_t n, const real *x, real *y)
{
    share_blocks(n, hard_swish_block, &(arrays){ .n = n, .a = x, .out = y });
}

static void hard_swish_grad_block(const void *context, int64_t block)
{
    grad_block(context, block, hard_swish_slope);
}

void ISA(hard_swish_grad)(int64_t n, const real *x, const real *dy, real *dx, bool add)
{
    share_blocks(n, hard_swish_grad_block, &(arrays){ .n = n, .a = x, .dy = dy, .out = dx, .add = add });
}

static inline vec erf_of(vec x, vec alpha)
{
    (void)alpha;
    return verf(x);
}

static void erf_block(const void *context, int64_t block)
{
    map_block(context, block, erf_of);
}

void ISA(erf)(int64_t n, const real *x, real *y)
{
    share_blocks(n, erf_block, &(arrays){ .n = n, .a = x, .out = y });
}
