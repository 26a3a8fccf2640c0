/* SPDX-License-Identifier: Apache-2.0 */
/* Normalisation of each row by itself: a row is `places` places of groups times size channels, and each group has the
 * statistics of its m = places size numbers. Layer normalisation is one place of one group.
 *   mean = sum x / m;  variance = sum (x - mean)^2 / m;  inv_std = 1 / sqrt(variance + epsilon)
 *   y = (x - mean) (inv_std gamma) + beta, gamma and beta one a channel
 *   dgamma = sum dy (x - mean) inv_std, over a leaf's places;  with e = dy gamma and sums over the group:
 *   dx = inv_std (e - sum e / m - (x - mean) inv_std^2 sum e (x - mean) / m)
 * The order of the sums: kernels.h. Source: Wu, He, arXiv:1803.08494; Ba et al., arXiv:1607.06450. */
#include "kernels/family.h"
#include "kernels/columns.h"
#include "kernels/lanes.h"

typedef struct groups {
    int64_t places, groups, size;
    real epsilon;
    const real *x, *gamma, *beta, *dy;
    real *mean, *inv_std; /* (rows, groups) */
    real *out;
    bool add;
} groups;

static int64_t channels(const groups *t)
{
    return t->groups * t->size;
}

/* Terms of a sum over a group, and of a second one. */
typedef vec group_terms(const groups *t, int64_t at, int64_t channel, int64_t lanes, vec mean, vec *other);

/* The sums over a group: at is the place of its first number, `first` its first channel. */
INLINED real sum_group(const groups *t, int64_t at, int64_t first, real mean, group_terms *terms, real *other)
{
    const int64_t whole = t->size / SUM_LANES * SUM_LANES;
    const vec m = vset(mean), zero = vset(0);
    real total = 0;
    *other = 0;
    for (int64_t piece = 0; piece < t->places; piece += YK_SUM_PIECE) {
        lane_sums s = lane_sums_zero(), o = s;
        vec second = zero;
        for (int64_t p = piece; p < yk_min(piece + YK_SUM_PIECE, t->places); p++) {
            const int64_t place = at + p * channels(t);
            for (int64_t j = 0; j < whole; j += SUM_LANES) {
                UNROLL
                for (int v = 0; v < SUM_VECS; v++) {
                    const int64_t i = j + v * VLEN;
                    s.part[v] = vadd(s.part[v], terms(t, place + i, first + i, VLEN, m, &second));
                    o.part[v] = vadd(o.part[v], second);
                }
            }
            UNROLL
            for (int v = 0; v < SUM_VECS; v++) { /* the rest */
                const int64_t i = whole + v * VLEN, lanes = yk_min(t->size - i, VLEN);
                if (lanes <= 0)
                    continue;
                s.part[v] = vadd(s.part[v], vfirst(terms(t, place + i, first + i, lanes, m, &second), zero, lanes));
                o.part[v] = vadd(o.part[v], vfirst(second, zero, lanes));
            }
        }
        total += lane_sums_total(&s);
        *other += lane_sums_total(&o);
    }
    return total;
}

INLINED vec values(const groups *t, int64_t at, int64_t channel, int64_t lanes, vec mean, vec *other)
{
    (void)channel, (void)mean, (void)other;
    return vload_n(t->x + at, lanes);
}

INLINED vec squares(const groups *t, int64_t at, int64_t channel, int64_t lanes, vec mean, vec *other)
{
    vec d = vsub(vload_n(t->x + at, lanes), mean);
    (void)channel, (void)other;
    return vmul(d, d);
}

INLINED vec slopes(const groups *t, int64_t at, int64_t channel, int64_t lanes)
{
    return vmul(vload_n(t->dy + at, lanes), vload_n(t->gamma + channel, lanes));
}

/* slopes, and slopes times the distance from the mean */
INLINED vec grad_terms(const groups *t, int64_t at, int64_t channel, int64_t lanes, vec mean, vec *other)
{
    vec e = slopes(t, at, channel, lanes);
    *other = vmul(e, vsub(vload_n(t->x + at, lanes), mean));
    return e;
}

/* A job: a group of a row. */
static void normalise_group(const void *context, int64_t job)
{
    const groups *t = context;
    const int64_t c = channels(t), first = job % t->groups * t->size, at = job / t->groups * t->places * c + first;
    real none;
    const real m = (real)(t->places * t->size), mean = sum_group(t, at, first, 0, values, &none) / m;
    vec variance = vset(sum_group(t, at, first, mean, squares, &none) / m);
    vec inv_std = vdiv(vset(1), vsqrt(vadd(variance, vset(t->epsilon))));
    t->mean[job] = mean;
    vstore_n(t->inv_std + job, inv_std, 1);
    FOR_VEC (j, lanes, 0, t->size) {
        vec factor = vmul(inv_std, vload_n(t->gamma + first + j, lanes)), beta = vload_n(t->beta + first + j, lanes);
        for (int64_t p = 0; p < t->places; p++) {
            vec d = vsub(vload_n(t->x + at + p * c + j, lanes), vset(mean));
            vstore_n(t->out + at + p * c + j, vfma(d, factor, beta), lanes);
        }
    }
}

void ISA(groupnorm)(int64_t rows, int64_t places, int64_t n, int64_t size, real epsilon, const real *x,
                    const real *gamma, const real *beta, real *mean, real *inv_std, real *y)
{
    const groups t = { .places = places,
                       .groups = n,
                       .size = size,
                       .epsilon = epsilon,
                       .x = x,
                       .gamma = gamma,
                       .beta = beta,
                       .mean = mean,
                       .inv_std = inv_std,
                       .out = y };
    yk_parallel(rows * n, rows * places * n * size * 4, normalise_group, &t);
}

static void grad_group(const void *context, int64_t job)
{
    const groups *t = context;
    const int64_t c = channels(t), first = job % t->groups * t->size, at = job / t->groups * t->places * c + first;
    const real m = (real)(t->places * t->size), mean = t->mean[job], s = t->inv_std[job];
    real product, sum = sum_group(t, at, first, mean, grad_terms, &product);
    vec shift = vset(sum / m), slope = vset(s * (s * product) / m), inv_std = vset(s);
    for (int64_t p = 0; p < t->places; p++)
        FOR_VEC (j, lanes, 0, t->size) {
            int64_t i = at + p * c + j;
            vec centred = vsub(vset(mean), vload_n(t->x + i, lanes)); /* its negative, for the fma */
            vec d = vsub(slopes(t, i, first + j, lanes), shift);
            vput(t->out + i, vmul(inv_std, vfma(centred, slope, d)), lanes, t->add);
        }
}

void ISA(groupnorm_grad)(int64_t rows, int64_t places, int64_t n, int64_t size, const real *x, const real *gamma,
                         const real *mean, const real *inv_std, const real *dy, real *dx, bool add)
{
    const groups t = { .places = places,
                       .groups = n,
                       .size = size,
                       .x = x,
                       .gamma = gamma,
                       .dy = dy,
                       .mean = (real *)(uintptr_t)mean, /* read only here */
                       .inv_std = (real *)(uintptr_t)inv_std,
                       .out = dx,
                       .add = add };
    yk_parallel(rows * n, rows * places * n * size * 6, grad_group, &t);
}

typedef struct gammas {
    columns c;
    column_out out;
    int64_t places, groups, size;
    const real *x, *mean, *inv_std, *dy;
} gammas;

/* The statistic of each channel's group. */
static vec spread(const real *statistic, int64_t channel, int64_t size, int64_t lanes)
{
    real each[VLEN] = { 0 };
    int64_t group = channel / size, left = (group + 1) * size - channel; /* channels of the group from here on */
    if (lanes <= left)
        return vset(statistic[group]);
    for (int64_t lane = 0; lane < lanes; lane++, left--) {
        group += left == 0;
        left += left == 0 ? size : 0;
        each[lane] = statistic[group];
    }
    return vload(each);
}

INLINED void gamma_terms(const void *context, int64_t row, int64_t column, int64_t lanes, vec *sum, vec *none)
{
    (void)none;
    const gammas *t = context;
    const int64_t at = row * t->c.n + column, group = row / t->places * t->groups;
    vec centred = vsub(vload_n(t->x + at, lanes), spread(t->mean + group, column, t->size, lanes));
    vec h = vmul(centred, spread(t->inv_std + group, column, t->size, lanes));
    *sum = vadd(*sum, vmul(vload_n(t->dy + at, lanes), h));
}

/* The same where a row is one place of one group. */
INLINED void row_gamma_terms(const void *context, int64_t row, int64_t column, int64_t lanes, vec *sum, vec *none)
{
    (void)none;
    const gammas *t = context;
    const int64_t at = row * t->c.n + column;
    vec h = vmul(vsub(vload_n(t->x + at, lanes), vset(t->mean[row])), vset(t->inv_std[row]));
    *sum = vadd(*sum, vmul(vload_n(t->dy + at, lanes), h));
}

static void row_gamma_piece(const void *context, const column_piece *p)
{
    sum_piece(p, context, row_gamma_terms, 1);
}

static void gamma_piece(const void *context, const column_piece *p)
{
    sum_piece(p, context, gamma_terms, 1);
}

static void gamma_take(const void *context, const column_piece *p)
{
    take_sum(&((const gammas *)context)->out, p);
}

void ISA(groupnorm_gamma)(yk_leaves leaves, int64_t rows, int64_t places, int64_t n, int64_t size, const real *x,
                          const real *mean, const real *inv_std, const real *dy, real *dgamma, int64_t step, bool add)
{
    const gammas t = { .c = { leaves, rows * places, n * size },
                       .out = { dgamma, step, add },
                       .places = places,
                       .groups = n,
                       .size = size,
                       .x = x,
                       .mean = mean,
                       .inv_std = inv_std,
                       .dy = dy };
    share_columns(&t.c, 1, places == 1 && n == 1 ? row_gamma_piece : gamma_piece, gamma_take, &t);
}
