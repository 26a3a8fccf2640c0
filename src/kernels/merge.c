/* SPDX-License-Identifier: Apache-2.0 */
/* merge: y = x1 op x2 op ..., element by element, each input repeated along the dimensions in which its step is 0; y is
 * dense. merge_grad: dx of input i, dense in the dimensions that it has, is the sum of the terms dy (d y / d x) over
 * those in which it is repeated. The terms: sum: dy;  difference: dy or -dy;  mean: dy / n;  product: dy times the
 * other inputs, from left to right; maximum: dy where x is the first input that equals y, else 0 The order of a sum:
 * kernels.h. */
#include "kernels/family.h"
#include "kernels/lanes.h"
#include "kernels/strided.h"

typedef struct merging {
    yk_merge merge;
    const yk_strides *g;
    const real *const *x;
    real *y;
} merging;

/* Elements j .. of a row that begins at x. */
static inline vec take(const yk_strides *g, int k, const real *x, int64_t j, int64_t lanes)
{
    return g->step[k][g->ndim - 1] ? vload_n(x + j, lanes) : vset(*x);
}

typedef vec operation(vec a, vec b);

/* The larger one, or a NaN. */
static inline vec larger(vec a, vec b)
{
    return vselect(vnan(a), a, vmax(a, b));
}

INLINED void merge_region(const merging *m, int64_t job, operation *f)
{
    const yk_strides *g = m->g;
    const region p = region_of(g, job);
    vec n = vset((real)g->n);
    for (int64_t row = p.first; row < p.last; row++) {
        int64_t at[YK_STRIDED_ARRAYS];
        row_places(g, row, at);
        FOR_VEC (j, lanes, p.from, p.to) {
            vec v = take(g, 0, m->x[0] + at[0], j, lanes);
            for (int k = 1; k < g->n; k++)
                v = f(v, take(g, k, m->x[k] + at[k], j, lanes));
            vstore_n(m->y + row * row_length(g) + j, m->merge == YK_MERGE_MEAN ? vdiv(v, n) : v, lanes);
        }
    }
}

static void merge_job(const void *context, int64_t job)
{
    const merging *m = context;
    switch (m->merge) {
    case YK_MERGE_SUM:
    case YK_MERGE_MEAN:
        merge_region(m, job, vadd);
        break;
    case YK_MERGE_DIFFERENCE:
        merge_region(m, job, vsub);
        break;
    case YK_MERGE_PRODUCT:
        merge_region(m, job, vmul);
        break;
    case YK_MERGE_MAXIMUM:
        merge_region(m, job, larger);
        break;
    }
}

void ISA(merge)(yk_merge merge, const yk_strides *g, const real *const *x, real *y)
{
    share_regions(g, merge_job, &(merging){ merge, g, x, y });
}

typedef struct gradient {
    yk_merge merge;
    const yk_strides *g;
    int i;
    const real *const *x;
    const real *y, *dy;
    real *dx;
    bool add;
    bool sums[YK_STRIDED_DIMS]; /* input i is repeated along it */
    int64_t kept, summed;       /* rows: of dx, and of y for each of them */
} gradient;

/* A row of y, and where it begins in the inputs. */
typedef struct place {
    int64_t row, at[YK_STRIDED_ARRAYS];
} place;

/* The terms of elements j .. of a row. */
static vec terms(const gradient *t, const place *p, int64_t j, int64_t lanes)
{
    const yk_strides *g = t->g;
    const int64_t at = p->row * row_length(g) + j;
    vec v = vload_n(t->dy + at, lanes), zero = vset(0);
    switch (t->merge) {
    case YK_MERGE_SUM:
        break;
    case YK_MERGE_DIFFERENCE:
        return t->i == 0 ? v : vsub(zero, v);
    case YK_MERGE_MEAN:
        return vdiv(v, vset((real)g->n));
    case YK_MERGE_PRODUCT:
        for (int k = 0; k < g->n; k++)
            v = k == t->i ? v : vmul(v, take(g, k, t->x[k] + p->at[k], j, lanes));
        break;
    case YK_MERGE_MAXIMUM:
        for (int k = 0; k <= t->i; k++) {
            vmask same = veq(take(g, k, t->x[k] + p->at[k], j, lanes), vload_n(t->y + at, lanes));
            v = k == t->i ? vselect(same, v, zero) : vselect(same, zero, v);
        }
        break;
    }
    return v;
}

/* Input i has every element of y: no sums. */
static void gradient_region(const void *context, int64_t job)
{
    const gradient *t = context;
    const region p = region_of(t->g, job);
    for (int64_t row = p.first; row < p.last; row++) {
        place at = { .row = row };
        row_places(t->g, row, at.at);
        FOR_VEC (j, lanes, p.from, p.to)
            vput(t->dx + row * row_length(t->g) + j, terms(t, &at, j, lanes), lanes, t->add);
    }
}

/* The `summed`-th of the rows that belong to row `kept` of dx. */
static place place_of(const gradient *t, int64_t kept, int64_t summed)
{
    const yk_strides *g = t->g;
    int64_t scale = 1;
    place p = { 0 };
    for (int d = g->ndim - 2; d >= 0; d--) {
        int64_t *left = t->sums[d] ? &summed : &kept;
        p.row += *left % g->dim[d] * scale;
        *left /= g->dim[d];
        scale *= g->dim[d];
    }
    row_places(g, p.row, p.at);
    return p;
}

enum { STRIP_VECS = 4, STRIP = STRIP_VECS * VLEN };

/* A strip of a row of dx: sums over rows. */
static void gradient_strip(const void *context, int64_t job)
{
    const gradient *t = context;
    const int64_t length = row_length(t->g), strips = yk_div_up(length, STRIP);
    const int64_t kept = job / strips, first = job % strips * STRIP, wide = yk_min(STRIP, length - first);
    vec zero = vset(0), total[STRIP_VECS] = { zero, zero, zero, zero };
    for (int64_t piece = 0; piece < t->summed; piece += YK_SUM_PIECE) {
        vec sum[STRIP_VECS] = { zero, zero, zero, zero };
        for (int64_t s = piece; s < yk_min(piece + YK_SUM_PIECE, t->summed); s++) {
            const place p = place_of(t, kept, s);
            FOR_VEC (j, lanes, 0, wide)
                sum[j / VLEN] = vadd(sum[j / VLEN], terms(t, &p, first + j, lanes));
        }
        for (int v = 0; v < STRIP_VECS; v++)
            total[v] = vadd(total[v], sum[v]);
    }
    FOR_VEC (j, lanes, 0, wide)
        vput(t->dx + kept * length + first + j, total[j / VLEN], lanes, t->add);
}

/* An element of dx: sums over whole rows. */
static void gradient_element(const void *context, int64_t kept)
{
    const gradient *t = context;
    real total = 0;
    for (int64_t piece = 0; piece < t->summed; piece += YK_SUM_PIECE) {
        real sum = 0;
        for (int64_t s = piece; s < yk_min(piece + YK_SUM_PIECE, t->summed); s++) {
            const place p = place_of(t, kept, s);
            lane_sums lanes_of_row = lane_sums_zero();
            FOR_VEC (j, lanes, 0, row_length(t->g)) {
                vec *lane = lane_sums_at(&lanes_of_row, j);
                *lane = vadd(*lane, vfirst(terms(t, &p, j, lanes), vset(0), lanes));
            }
            sum += lane_sums_total(&lanes_of_row);
        }
        total += sum;
    }
    t->dx[kept] = t->add ? t->dx[kept] + total : total;
}

void ISA(merge_grad)(yk_merge merge, const yk_strides *g, int i, const real *const *x, const real *y, const real *dy,
                     real *dx, bool add)
{
    gradient t = { .merge = merge, .g = g, .i = i, .x = x, .y = y, .dy = dy, .dx = dx, .add = add };
    const int last = g->ndim - 1;
    bool any = false;
    t.kept = t.summed = 1;
    for (int d = 0; d <= last; d++) {
        t.sums[d] = g->step[i][d] == 0 && g->dim[d] > 1;
        any = any || t.sums[d];
        if (d < last)
            *(t.sums[d] ? &t.summed : &t.kept) *= g->dim[d];
    }
    int64_t work = row_count(g) * row_length(g);
    if (!any)
        share_regions(g, gradient_region, &t);
    else if (t.sums[last])
        yk_parallel(t.kept, work, gradient_element, &t);
    else
        yk_parallel(t.kept * yk_div_up(row_length(g), STRIP), work, gradient_strip, &t);
}
