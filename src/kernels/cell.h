/* SPDX-License-Identifier: Apache-2.0 */
/* Recurrent cells, for a vector of units: one step, and its way back. k are the sums of the products and biases, h and
 * c the state before, h' and c' after it; s is the logistic function.
 *
 *   tanh, relu  h' = f(k)                                                              keeps h'
 *   lstm        i, f, o = s(k_i), s(k_f), s(k_o)    g = tanh(k_c)                      keeps i f g o
 *               c' = f c + i g    h' = o tanh(c')
 *   gru         z, r = s(k_z), s(k_r)    m = the state's product for h, with its bias  keeps z r g m
 *               g = tanh(k_h + r m)    h' = z (h - g) + g
 *
 * Backward: from dh = dL/dh' (and dc) the gradients of the sums, and what of dh reaches h by no product. */
#ifndef YK_KERNELS_CELL_H
#define YK_KERNELS_CELL_H

#include "kernels/vmath.h"

/** y (1 - y) d: behind the logistic function; (1 - y^2) d: behind tanh. */
static inline vec behind_sigmoid(vec y, vec d)
{
    return vmul(vmul(y, vsub(vset(1), y)), d);
}
static inline vec behind_tanh(vec y, vec d)
{
    return vmul(vfma(vsub(vset(0), y), y, vset(1)), d);
}

static inline vec cell_tanh(vec k[1])
{
    return k[0] = vtanh(k[0]);
}
static inline vec cell_relu(vec k[1])
{
    return k[0] = vmax(vset(0), k[0]);
}

static inline vec cell_lstm(vec k[4], vec *c)
{
    k[0] = vsigmoid(k[0]);
    k[1] = vsigmoid(k[1]);
    k[2] = vtanh(k[2]);
    k[3] = vsigmoid(k[3]);
    *c = vfma(k[1], *c, vmul(k[0], k[2]));
    return vmul(k[3], vtanh(*c));
}

static inline vec cell_gru(vec k[4], vec h)
{
    k[0] = vsigmoid(k[0]);
    k[1] = vsigmoid(k[1]);
    k[2] = vtanh(vfma(k[1], k[3], k[2]));
    return vfma(k[0], vsub(h, k[2]), k[2]);
}

/** d: gradients of i f g o. *dc: of c', then of c. */
static inline void cell_lstm_grad(const vec k[4], vec c, vec dh, vec *dc, vec d[4])
{
    vec t = vtanh(vfma(k[1], c, vmul(k[0], k[2])));
    vec all = vadd(*dc, vmul(behind_tanh(t, k[3]), dh));
    d[0] = behind_sigmoid(k[0], vmul(all, k[2]));
    d[1] = behind_sigmoid(k[1], vmul(all, c));
    d[2] = behind_tanh(k[2], vmul(all, k[0]));
    d[3] = behind_sigmoid(k[3], vmul(dh, t));
    *dc = vmul(all, k[1]);
}

/** d: gradients of the input's z r h, and of the state's. Gives what reaches h. */
static inline vec cell_gru_grad(const vec k[4], vec h, vec dh, vec d[6])
{
    d[2] = behind_tanh(k[2], vmul(vsub(vset(1), k[0]), dh));
    d[0] = d[3] = behind_sigmoid(k[0], vmul(dh, vsub(h, k[2])));
    d[1] = d[4] = behind_sigmoid(k[1], vmul(d[2], k[3]));
    d[5] = vmul(d[2], k[1]);
    return vmul(dh, k[0]);
}

#endif
