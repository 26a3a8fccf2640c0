/* SPDX-License-Identifier: Apache-2.0 */
/* Batch normalisation of each column (channel) over the n = samples r rows of a leaf (micro-batch).
 *   mean = sum x / n;  variance = sum (x - mean)^2 / n;  inv_std = 1 / sqrt(variance + epsilon)
 *   y = (x - mean) (inv_std gamma) + beta
 *   dbeta = sum dy;  dgamma = inv_std sum dy (x - mean);
 *   dx = gamma inv_std (dy - dbeta / n - (x - mean) inv_std dgamma / n)
 * A sum is one of pieces of YK_SUM_PIECE rows, each one chain over ascending rows, per column; `add` concerns dx.
 * Source: Ioffe, Szegedy, arXiv:1502.03167. */
#include "kernels/family.h"

/* Arrays of all three kernels. */
typedef struct batch {
    yk_leaves leaves;
    int64_t r, c; /* rows of a sample, columns */
    const real *x, *mean, *inv_std;
    int64_t step; /* leaf g's mean and inv_std stand at + g step */
} batch;

/* A strip of columns of a leaf: a job of the sums. Jobs that write x's shape are samples. */
enum { STRIP_VECS = 4, STRIP = STRIP_VECS * VLEN };

typedef struct strip {
    int64_t leaf, first, wide; /* columns first .. first + wide - 1 */
    int64_t rows, at;          /* rows of the leaf; offset of its first element */
} strip;

static strip strip_of(const batch *b, int64_t job)
{
    int64_t strips = yk_div_up(b->c, STRIP), leaf = job / strips, first = job % strips * STRIP;
    return (strip){ .leaf = leaf,
                    .first = first,
                    .wide = yk_min(STRIP, b->c - first),
                    .rows = yk_leaf_rows(b->leaves, leaf) * b->r,
                    .at = leaf * b->leaves.size * b->r * b->c + first };
}

static void share_strips(const batch *b, yk_job run, const void *context)
{
    yk_parallel(yk_leaf_count(b->leaves) * yk_div_up(b->c, STRIP), b->leaves.rows * b->r * b->c * 2, run, context);
}

/* One sum per column of a strip. */
typedef struct sums {
    vec at[STRIP_VECS];
} sums;

static sums sums_zero(void)
{
    vec zero = vset(0);
    return (sums){ { zero, zero, zero, zero } };
}

static void sums_add(sums *total, const sums *piece)
{
    UNROLL
    for (int v = 0; v < STRIP_VECS; v++)
        total->at[v] = vadd(total->at[v], piece->at[v]);
}

static sums sum_rows(const strip *s, int64_t c, const real *x)
{
    sums total = sums_zero();
    for (int64_t first = 0; first < s->rows; first += YK_SUM_PIECE) {
        sums piece = sums_zero();
        int64_t end = yk_min(first + YK_SUM_PIECE, s->rows);
        for (int64_t row = first; row < end; row++)
            FOR_VEC (j, lanes, 0, s->wide)
                piece.at[j / VLEN] = vadd(piece.at[j / VLEN], vload_n(x + row * c + j, lanes));
        sums_add(&total, &piece);
    }
    return total;
}

/* Sums of a (x - mean): a is x - mean itself where it is NULL. */
static sums sum_products(const strip *s, int64_t c, const real *a, const real *x, const real *mean)
{
    sums total = sums_zero();
    for (int64_t first = 0; first < s->rows; first += YK_SUM_PIECE) {
        sums piece = sums_zero();
        int64_t end = yk_min(first + YK_SUM_PIECE, s->rows);
        for (int64_t row = first; row < end; row++)
            FOR_VEC (j, lanes, 0, s->wide) {
                vec centred = vsub(vload_n(x + row * c + j, lanes), vload_n(mean + j, lanes));
                vec factor = a ? vload_n(a + row * c + j, lanes) : centred;
                piece.at[j / VLEN] = vfma(factor, centred, piece.at[j / VLEN]);
            }
        sums_add(&total, &piece);
    }
    return total;
}

typedef struct statistics {
    batch b;
    real epsilon, *mean, *variance, *inv_std;
} statistics;

static void statistics_strip(const void *context, int64_t job)
{
    const statistics *t = context;
    const strip s = strip_of(&t->b, job);
    const int64_t c = t->b.c, out = s.leaf * c + s.first;
    vec n = vset((real)s.rows);
    sums sum = sum_rows(&s, c, t->b.x + s.at);
    FOR_VEC (j, lanes, 0, s.wide)
        vstore_n(t->mean + out + j, vdiv(sum.at[j / VLEN], n), lanes);
    sum = sum_products(&s, c, NULL, t->b.x + s.at, t->mean + out);
    FOR_VEC (j, lanes, 0, s.wide) {
        vec v = vdiv(sum.at[j / VLEN], n);
        vstore_n(t->variance + out + j, v, lanes);
        vstore_n(t->inv_std + out + j, vdiv(vset(1), vsqrt(vadd(v, vset(t->epsilon)))), lanes);
    }
}

void ISA(batchnorm_statistics)(yk_leaves leaves, int64_t r, int64_t c, real epsilon, const real *x, real *mean,
                               real *variance, real *inv_std)
{
    const statistics t = { { leaves, r, c, .x = x }, epsilon, mean, variance, inv_std };
    share_strips(&t.b, statistics_strip, &t);
}

typedef struct normalisation {
    batch b;
    const real *gamma, *beta;
    real *y;
} normalisation;

static void normalise_sample(const void *context, int64_t sample)
{
    const normalisation *t = context;
    const batch *b = &t->b;
    int64_t leaf = sample / b->leaves.size * b->step;
    FOR_VEC (j, lanes, 0, b->c) {
        vec m = vload_n(b->mean + leaf + j, lanes), beta = vload_n(t->beta + j, lanes);
        vec factor = vmul(vload_n(b->inv_std + leaf + j, lanes), vload_n(t->gamma + j, lanes));
        for (int64_t row = sample * b->r; row < (sample + 1) * b->r; row++) {
            vec d = vsub(vload_n(b->x + row * b->c + j, lanes), m);
            vstore_n(t->y + row * b->c + j, vfma(d, factor, beta), lanes);
        }
    }
}

void ISA(batchnorm)(yk_leaves leaves, int64_t r, int64_t c, const real *x, const real *mean, const real *inv_std,
                    int64_t step, const real *gamma, const real *beta, real *y)
{
    const normalisation t = { { leaves, r, c, x, mean, inv_std, step }, gamma, beta, y };
    yk_parallel(leaves.rows, leaves.rows * r * c, normalise_sample, &t);
}

typedef struct gradients {
    batch b;
    const real *gamma, *dy;
    real *dgamma, *dbeta;
    int64_t step; /* leaf g's dgamma and dbeta stand at + g step */
    real *dx;
    bool add;
} gradients;

static void parameter_strip(const void *context, int64_t job)
{
    const gradients *t = context;
    const batch *b = &t->b;
    const strip s = strip_of(b, job);
    const int64_t in = s.leaf * b->step + s.first, out = s.leaf * t->step + s.first;
    sums sum = sum_rows(&s, b->c, t->dy + s.at);
    sums product = sum_products(&s, b->c, t->dy + s.at, b->x + s.at, b->mean + in);
    FOR_VEC (j, lanes, 0, s.wide) {
        vstore_n(t->dbeta + out + j, sum.at[j / VLEN], lanes);
        vstore_n(t->dgamma + out + j, vmul(product.at[j / VLEN], vload_n(b->inv_std + in + j, lanes)), lanes);
    }
}

static void data_sample(const void *context, int64_t sample)
{
    const gradients *t = context;
    const batch *b = &t->b;
    int64_t leaf = sample / b->leaves.size, in = leaf * b->step, out = leaf * t->step;
    vec n = vset((real)(yk_leaf_rows(b->leaves, leaf) * b->r));
    FOR_VEC (j, lanes, 0, b->c) {
        vec m = vload_n(b->mean + in + j, lanes), s = vload_n(b->inv_std + in + j, lanes);
        vec factor = vmul(vload_n(t->gamma + j, lanes), s), shift = vdiv(vload_n(t->dbeta + out + j, lanes), n);
        vec slope = vdiv(vmul(s, vload_n(t->dgamma + out + j, lanes)), n);
        for (int64_t row = sample * b->r; row < (sample + 1) * b->r; row++) {
            int64_t at = row * b->c + j;
            vec centred = vsub(m, vload_n(b->x + at, lanes)); /* its negative, for the fma */
            vec d = vsub(vload_n(t->dy + at, lanes), shift);
            vput(t->dx + at, vmul(factor, vfma(centred, slope, d)), lanes, t->add);
        }
    }
}

void ISA(batchnorm_grad)(yk_leaves leaves, int64_t r, int64_t c, const real *x, const real *mean, const real *inv_std,
                         const real *gamma, const real *dy, real *dgamma, real *dbeta, int64_t step, real *dx, bool add)
{
    const gradients t = { { leaves, r, c, x, mean, inv_std, c }, gamma, dy, dgamma, dbeta, step, dx, add };
    share_strips(&t.b, parameter_strip, &t);
    if (dx)
        yk_parallel(leaves.rows, leaves.rows * r * c * 2, data_sample, &t);
}
