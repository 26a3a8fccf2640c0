/* SPDX-License-Identifier: Apache-2.0 */
/* Kernels on n elements, each on its own: activations and their gradients, copies, sums, functions. y may be x.
 * A gradient is written in terms of the output y: relu' = [y > 0], sigmoid' = y (1 - y), tanh' = 1 - y^2. */
#include "kernels/family.h"
#include "kernels/vmath.h"

void ISA(fill)(int64_t n, real value, real *y)
{
    vec v = vset(value);
    FOR_BLOCKS (b, n)
        FOR_VEC (i, lanes, b, block_end(b, n))
            vstore_n(y + i, v, lanes);
}

void ISA(copy)(int64_t n, const real *x, real *y, bool add)
{
    FOR_BLOCKS (b, n)
        FOR_VEC (i, lanes, b, block_end(b, n))
            vput(y + i, vload_n(x + i, lanes), lanes, add);
}

void ISA(sum)(int64_t n, const real *a, const real *b, real *y)
{
    FOR_BLOCKS (first, n)
        FOR_VEC (i, lanes, first, block_end(first, n))
            vstore_n(y + i, vadd(vload_n(a + i, lanes), vload_n(b + i, lanes)), lanes);
}

void ISA(scale)(int64_t n, real factor, const real *x, real *y)
{
    vec f = vset(factor);
    FOR_BLOCKS (b, n)
        FOR_VEC (i, lanes, b, block_end(b, n))
            vstore_n(y + i, vmul(f, vload_n(x + i, lanes)), lanes);
}

/* y = 0 > x ? 0 : x: NaN goes through. */
void ISA(relu)(int64_t n, const real *x, real *y)
{
    FOR_BLOCKS (b, n)
        FOR_VEC (i, lanes, b, block_end(b, n))
            vstore_n(y + i, vmax(vset(0), vload_n(x + i, lanes)), lanes);
}

void ISA(relu_grad)(int64_t n, const real *y, const real *dy, real *dx, bool add)
{
    vec zero = vset(0);
    FOR_BLOCKS (b, n)
        FOR_VEC (i, lanes, b, block_end(b, n)) {
            vec d = vselect(vlt(zero, vload_n(y + i, lanes)), vload_n(dy + i, lanes), zero);
            vput(dx + i, d, lanes, add);
        }
}

void ISA(sigmoid)(int64_t n, const real *x, real *y)
{
    FOR_BLOCKS (b, n)
        FOR_VEC (i, lanes, b, block_end(b, n))
            vstore_n(y + i, vsigmoid(vload_n(x + i, lanes)), lanes);
}

void ISA(sigmoid_grad)(int64_t n, const real *y, const real *dy, real *dx, bool add)
{
    vec one = vset(1);
    FOR_BLOCKS (b, n)
        FOR_VEC (i, lanes, b, block_end(b, n)) {
            vec s = vload_n(y + i, lanes);
            vput(dx + i, vmul(vload_n(dy + i, lanes), vmul(s, vsub(one, s))), lanes, add);
        }
}

void ISA(tanh)(int64_t n, const real *x, real *y)
{
    FOR_BLOCKS (b, n)
        FOR_VEC (i, lanes, b, block_end(b, n))
            vstore_n(y + i, vtanh(vload_n(x + i, lanes)), lanes);
}

void ISA(tanh_grad)(int64_t n, const real *y, const real *dy, real *dx, bool add)
{
    vec one = vset(1);
    FOR_BLOCKS (b, n)
        FOR_VEC (i, lanes, b, block_end(b, n)) {
            vec t = vload_n(y + i, lanes);
            vput(dx + i, vmul(vload_n(dy + i, lanes), vsub(one, vmul(t, t))), lanes, add);
        }
}

void ISA(exp)(int64_t n, const real *x, real *y)
{
    FOR_BLOCKS (b, n)
        FOR_VEC (i, lanes, b, block_end(b, n))
            vstore_n(y + i, vexp(vload_n(x + i, lanes)), lanes);
}

void ISA(log)(int64_t n, const real *x, real *y)
{
    FOR_BLOCKS (b, n)
        FOR_VEC (i, lanes, b, block_end(b, n))
            vstore_n(y + i, vlog(vload_n(x + i, lanes)), lanes);
}
