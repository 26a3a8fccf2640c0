/* SPDX-License-Identifier: Apache-2.0 */
/* Batch normalisation of each column (channel) over the n = samples r rows of a leaf (micro-batch).
 *   mean = sum x / n;  variance = sum (x - mean)^2 / n;  inv_std = 1 / sqrt(variance + epsilon)
 *   y = (x - mean) (inv_std gamma) + beta
 *   dbeta = sum dy;  dgamma = inv_std sum dy (x - mean);
 *   dx = gamma inv_std (dy - dbeta / n - (x - mean) inv_std dgamma / n)
 * Sums are chains over ascending rows, per column; `add` concerns dx. Source: Ioffe, Szegedy, arXiv:1502.03167. */
#include "kernels/family.h"

/* Jobs of the statistics are strips of columns of a leaf; jobs that write x's shape are samples. */
enum { STRIP_VECS = 4, STRIP = STRIP_VECS * VLEN };

typedef struct strip {
    vec at[STRIP_VECS];
} strip;

static strip strip_set(real x)
{
    vec v = vset(x);
    return (strip){ { v, v, v, v } };
}

static void leaf_statistics(int64_t rows, int64_t c, int64_t wide, real epsilon, const real *x, real *mean,
                            real *variance, real *inv_std)
{
    strip sum = strip_set(0), square = sum;
    vec n = vset((real)rows);
    for (int64_t row = 0; row < rows; row++)
        FOR_VEC (j, lanes, 0, wide)
            sum.at[j / VLEN] = vadd(sum.at[j / VLEN], vload_n(x + row * c + j, lanes));
    FOR_VEC (j, lanes, 0, wide) {
        sum.at[j / VLEN] = vdiv(sum.at[j / VLEN], n);
        vstore_n(mean + j, sum.at[j / VLEN], lanes);
    }
    for (int64_t row = 0; row < rows; row++)
        FOR_VEC (j, lanes, 0, wide) {
            vec d = vsub(vload_n(x + row * c + j, lanes), sum.at[j / VLEN]);
            square.at[j / VLEN] = vfma(d, d, square.at[j / VLEN]);
        }
    FOR_VEC (j, lanes, 0, wide) {
        vec v = vdiv(square.at[j / VLEN], n);
        vstore_n(variance + j, v, lanes);
        vstore_n(inv_std + j, vdiv(vset(1), vsqrt(vadd(v, vset(epsilon)))), lanes);
    }
}

void ISA(batchnorm_statistics)(yk_leaves leaves, int64_t r, int64_t c, real epsilon, const real *x, real *mean,
                               real *variance, real *inv_std)
{
    int64_t strips = yk_div_up(c, STRIP);
    FOR_JOBS (job, yk_leaf_count(leaves) * strips, leaves.rows * r * c * 2) {
        int64_t g = job / strips, first = job % strips * STRIP, out = g * c + first;
        leaf_statistics(yk_leaf_rows(leaves, g) * r, c, yk_min(STRIP, c - first), epsilon,
                        x + g * leaves.size * r * c + first, mean + out, variance + out, inv_std + out);
    }
}

void ISA(batchnorm)(yk_leaves leaves, int64_t r, int64_t c, const real *x, const real *mean, const real *inv_std,
                    int64_t step, const real *gamma, const real *beta, real *y)
{
    FOR_JOBS (sample, leaves.rows, leaves.rows * r * c) {
        int64_t g = sample / leaves.size;
        FOR_VEC (j, lanes, 0, c) {
            vec m = vload_n(mean + g * step + j, lanes), b = vload_n(beta + j, lanes);
            vec factor = vmul(vload_n(inv_std + g * step + j, lanes), vload_n(gamma + j, lanes));
            for (int64_t row = sample * r; row < (sample + 1) * r; row++) {
                vec d = vsub(vload_n(x + row * c + j, lanes), m);
                vstore_n(y + row * c + j, vfma(d, factor, b), lanes);
            }
        }
    }
}

static void leaf_sums(int64_t rows, int64_t c, int64_t wide, const real *x, const real *dy, const real *mean,
                      const real *inv_std, real *dgamma, real *dbeta)
{
    strip sum = strip_set(0), product = sum;
    for (int64_t row = 0; row < rows; row++)
        FOR_VEC (j, lanes, 0, wide) {
            vec d = vload_n(dy + row * c + j, lanes);
            vec centred = vsub(vload_n(x + row * c + j, lanes), vload_n(mean + j, lanes));
            sum.at[j / VLEN] = vadd(sum.at[j / VLEN], d);
            product.at[j / VLEN] = vfma(d, centred, product.at[j / VLEN]);
        }
    FOR_VEC (j, lanes, 0, wide) {
        vstore_n(dbeta + j, sum.at[j / VLEN], lanes);
        vstore_n(dgamma + j, vmul(product.at[j / VLEN], vload_n(inv_std + j, lanes)), lanes);
    }
}

static void data_gradient(int64_t r, int64_t c, real count, const real *x, const real *mean, const real *inv_std,
                          const real *gamma, const real *dy, const real *dgamma, const real *dbeta, real *dx, bool add)
{
    vec n = vset(count);
    FOR_VEC (j, lanes, 0, c) {
        vec m = vload_n(mean + j, lanes), s = vload_n(inv_std + j, lanes);
        vec factor = vmul(vload_n(gamma + j, lanes), s), shift = vdiv(vload_n(dbeta + j, lanes), n);
        vec slope = vdiv(vmul(s, vload_n(dgamma + j, lanes)), n);
        for (int64_t row = 0; row < r; row++) {
            vec centred = vsub(m, vload_n(x + row * c + j, lanes)); /* its negative, for the fma */
            vec d = vsub(vload_n(dy + row * c + j, lanes), shift);
            vput(dx + row * c + j, vmul(factor, vfma(centred, slope, d)), lanes, add);
        }
    }
}

void ISA(batchnorm_grad)(yk_leaves leaves, int64_t r, int64_t c, const real *x, const real *mean, const real *inv_std,
                         const real *gamma, const real *dy, real *dgamma, real *dbeta, int64_t step, real *dx, bool add)
{
    int64_t strips = yk_div_up(c, STRIP), sample_len = r * c;
    FOR_JOBS (job, yk_leaf_count(leaves) * strips, leaves.rows * sample_len * 2) {
        int64_t g = job / strips, first = job % strips * STRIP, at = g * leaves.size * sample_len + first;
        leaf_sums(yk_leaf_rows(leaves, g) * r, c, yk_min(STRIP, c - first), x + at, dy + at, mean + g * c + first,
                  inv_std + g * c + first, dgamma + g * step + first, dbeta + g * step + first);
    }
    if (!dx)
        return;
    FOR_JOBS (sample, leaves.rows, leaves.rows * sample_len * 2) {
        int64_t g = sample / leaves.size, at = sample * sample_len;
        data_gradient(r, c, (real)(yk_leaf_rows(leaves, g) * r), x + at, mean + g * c, inv_std + g * c, gamma, dy + at,
                      dgamma + g * step, dbeta + g * step, dx + at, add);
    }
}
