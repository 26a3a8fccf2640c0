/* SPDX-License-Identifier: Apache-2.0 */
/* Kernels on n elements, each on its own: activations and their gradients, copies, sums, functions. y may be x.
 * A gradient is written in terms of the output y: relu' = [y > 0], sigmoid' = y (1 - y), tanh' = 1 - y^2.
 * A job is a block of elements. */
#include "kernels/family.h"
#include "kernels/vmath.h"

/* The arrays of a call; a gradient reads y from `a` and dy from `b`. */
typedef struct arrays {
    int64_t n;
    const real *a, *b;
    real *out;
    real factor;
    bool add;
} arrays;

static void fill_block(const void *context, int64_t block)
{
    const arrays s = *(const arrays *)context;
    FOR_BLOCK (i, lanes, block, s.n)
        vstore_n(s.out + i, vset(s.factor), lanes);
}

void ISA(fill)(int64_t n, real value, real *y)
{
    share_blocks(n, fill_block, &(arrays){ .n = n, .factor = value, .out = y });
}

static void copy_block(const void *context, int64_t block)
{
    const arrays s = *(const arrays *)context;
    FOR_BLOCK (i, lanes, block, s.n)
        vput(s.out + i, vload_n(s.a + i, lanes), lanes, s.add);
}

void ISA(copy)(int64_t n, const real *x, real *y, bool add)
{
    share_blocks(n, copy_block, &(arrays){ .n = n, .a = x, .out = y, .add = add });
}

static void sum_block(const void *context, int64_t block)
{
    const arrays s = *(const arrays *)context;
    FOR_BLOCK (i, lanes, block, s.n)
        vstore_n(s.out + i, vadd(vload_n(s.a + i, lanes), vload_n(s.b + i, lanes)), lanes);
}

void ISA(sum)(int64_t n, const real *a, const real *b, real *y)
{
    share_blocks(n, sum_block, &(arrays){ .n = n, .a = a, .b = b, .out = y });
}

static void scale_block(const void *context, int64_t block)
{
    const arrays s = *(const arrays *)context;
    vec factor = vset(s.factor);
    FOR_BLOCK (i, lanes, block, s.n)
        vstore_n(s.out + i, vmul(factor, vload_n(s.a + i, lanes)), lanes);
}

void ISA(scale)(int64_t n, real factor, const real *x, real *y)
{
    share_blocks(n, scale_block, &(arrays){ .n = n, .factor = factor, .a = x, .out = y });
}

/* y = 0 > x ? 0 : x: NaN goes through. */
static void relu_block(const void *context, int64_t block)
{
    const arrays s = *(const arrays *)context;
    FOR_BLOCK (i, lanes, block, s.n)
        vstore_n(s.out + i, vmax(vset(0), vload_n(s.a + i, lanes)), lanes);
}

void ISA(relu)(int64_t n, const real *x, real *y)
{
    share_blocks(n, relu_block, &(arrays){ .n = n, .a = x, .out = y });
}

static void relu_grad_block(const void *context, int64_t block)
{
    const arrays s = *(const arrays *)context;
    vec zero = vset(0);
    FOR_BLOCK (i, lanes, block, s.n) {
        vec d = vselect(vlt(zero, vload_n(s.a + i, lanes)), vload_n(s.b + i, lanes), zero);
        vput(s.out + i, d, lanes, s.add);
    }
}

void ISA(relu_grad)(int64_t n, const real *y, const real *dy, real *dx, bool add)
{
    share_blocks(n, relu_grad_block, &(arrays){ .n = n, .a = y, .b = dy, .out = dx, .add = add });
}

static void sigmoid_block(const void *context, int64_t block)
{
    const arrays s = *(const arrays *)context;
    FOR_BLOCK (i, lanes, block, s.n)
        vstore_n(s.out + i, vsigmoid(vload_n(s.a + i, lanes)), lanes);
}

void ISA(sigmoid)(int64_t n, const real *x, real *y)
{
    share_blocks(n, sigmoid_block, &(arrays){ .n = n, .a = x, .out = y });
}

static void sigmoid_grad_block(const void *context, int64_t block)
{
    const arrays s = *(const arrays *)context;
    vec one = vset(1);
    FOR_BLOCK (i, lanes, block, s.n) {
        vec y = vload_n(s.a + i, lanes);
        vput(s.out + i, vmul(vload_n(s.b + i, lanes), vmul(y, vsub(one, y))), lanes, s.add);
    }
}

void ISA(sigmoid_grad)(int64_t n, const real *y, const real *dy, real *dx, bool add)
{
    share_blocks(n, sigmoid_grad_block, &(arrays){ .n = n, .a = y, .b = dy, .out = dx, .add = add });
}

static void tanh_block(const void *context, int64_t block)
{
    const arrays s = *(const arrays *)context;
    FOR_BLOCK (i, lanes, block, s.n)
        vstore_n(s.out + i, vtanh(vload_n(s.a + i, lanes)), lanes);
}

void ISA(tanh)(int64_t n, const real *x, real *y)
{
    share_blocks(n, tanh_block, &(arrays){ .n = n, .a = x, .out = y });
}

static void tanh_grad_block(const void *context, int64_t block)
{
    const arrays s = *(const arrays *)context;
    vec one = vset(1);
    FOR_BLOCK (i, lanes, block, s.n) {
        vec y = vload_n(s.a + i, lanes);
        vput(s.out + i, vmul(vload_n(s.b + i, lanes), vsub(one, vmul(y, y))), lanes, s.add);
    }
}

void ISA(tanh_grad)(int64_t n, const real *y, const real *dy, real *dx, bool add)
{
    share_blocks(n, tanh_grad_block, &(arrays){ .n = n, .a = y, .b = dy, .out = dx, .add = add });
}

static void exp_block(const void *context, int64_t block)
{
    const arrays s = *(const arrays *)context;
    FOR_BLOCK (i, lanes, block, s.n)
        vstore_n(s.out + i, vexp(vload_n(s.a + i, lanes)), lanes);
}

void ISA(exp)(int64_t n, const real *x, real *y)
{
    share_blocks(n, exp_block, &(arrays){ .n = n, .a = x, .out = y });
}

static void log_block(const void *context, int64_t block)
{
    const arrays s = *(const arrays *)context;
    FOR_BLOCK (i, lanes, block, s.n)
        vstore_n(s.out + i, vlog(vload_n(s.a + i, lanes)), lanes);
}

void ISA(log)(int64_t n, const real *x, real *y)
{
    share_blocks(n, log_block, &(arrays){ .n = n, .a = x, .out = y });
}
