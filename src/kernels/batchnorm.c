/* SPDX-License-Identifier: Apache-2.0 */
/* Batch normalisation of each column (channel) over the n = samples r rows of a leaf (micro-batch).
 *   mean = sum x / n;  variance = sum (x - mean)^2 / n;  inv_std = 1 / sqrt(variance + epsilon)
 *   y = (x - mean) (inv_std gamma) + beta, then + residual, then max(0, y), where they are asked for
 *   with e = dy, or dy where y > 0 and else 0:
 *   dresidual = e;  dbeta = sum e;  dgamma = inv_std sum e (x - mean);
 *   dx = gamma inv_std (e - dbeta / n - (x - mean) inv_std dgamma / n)
 * Memory is read once for the statistics, once to normalise, and twice for the gradients. Sources: Ioffe, Szegedy,
 * arXiv:1502.03167; Chan, Golub, LeVeque, Updating formulae and a pairwise algorithm for computing sample variances,
 * 1979.
 */
#include "kernels/family.h"
#include "kernels/columns.h"

/* The statistics of a piece with its first row as pivot p: s = sum (x - p), q = sum (x - p)^2;
 *   mean = p + s / n, squares = q - s (s / n), at least 0.
 * The pivot is one of the n rows, so q is at most n + 1 times the squares: what cancels is little. */
typedef struct statistics {
    columns c;
    real epsilon;
    const real *x;
    real *mean, *variance, *inv_std;
} statistics;

typedef struct pivoted {
    const real *x, *pivot; /* pivot: of column 0 */
    int64_t n;
} pivoted;

INLINED void pivoted_terms(const void *context, int64_t row, int64_t column, int64_t lanes, vec *a, vec *b)
{
    const pivoted *t = context;
    vec d = vsub(vload_n(t->x + row * t->n + column, lanes), vload_n(t->pivot + column, lanes));
    *a = vadd(*a, d);
    *b = vfma(d, d, *b);
}

/* A piece's mean and sum of squares. */
static void statistics_piece(const void *context, const column_piece *p)
{
    const statistics *t = context;
    const pivoted terms = { t->x, t->x + p->first * t->c.n, t->c.n };
    vec n = vset((real)(p->last - p->first)), zero = vset(0);
    sum_piece(p, &terms, pivoted_terms, 2);
    FOR_VEC (j, lanes, p->from, p->to) {
        real *mean = p->sum[0] + j - p->from, *squares = p->sum[1] + j - p->from;
        vec s = vload(mean), share = vdiv(s, n);
        vstore(squares, vmax(zero, vfma(vsub(zero, s), share, vload(squares))));
        vstore(mean, vadd(vload_n(terms.pivot + j, lanes), share));
    }
}

/* Chan's formula: m + d n_b / n, q + q_b + d^2 n_a n_b / n with d = m_b - m. */
static void statistics_take(const void *context, const column_piece *p)
{
    const statistics *t = context;
    int64_t begin = p->leaf * t->c.leaves.size * t->c.rows, wide = p->to - p->from;
    real before = (real)(p->first - begin), here = (real)(p->last - p->first), after = (real)(p->last - begin);
    vec share = vset(here / after), both = vset(before * (here / after));
    for (int64_t j = 0; j < wide; j += VLEN) {
        vec mean = vload(p->sum[0] + j), squares = vload(p->sum[1] + j);
        if (!p->starts) {
            vec m = vload(p->total[0] + j), d = vsub(mean, m);
            squares = vfma(vmul(d, d), both, vadd(vload(p->total[1] + j), squares));
            mean = vfma(d, share, m);
        }
        vstore(p->total[0] + j, mean);
        vstore(p->total[1] + j, squares);
    }
    if (!p->ends)
        return;
    int64_t out = p->leaf * t->c.n + p->from;
    FOR_VEC (j, lanes, 0, wide) {
        vec variance = vdiv(vload(p->total[1] + j), vset(after));
        vstore_n(t->mean + out + j, vload(p->total[0] + j), lanes);
        vstore_n(t->variance + out + j, variance, lanes);
        vstore_n(t->inv_std + out + j, vdiv(vset(1), vsqrt(vadd(variance, vset(t->epsilon)))), lanes);
    }
}

void ISA(batchnorm_statistics)(yk_leaves leaves, int64_t r, int64_t c, real epsilon, const real *x, real *mean,
                               real *variance, real *inv_std)
{
    const statistics t = { { leaves, r, c }, epsilon, x, mean, variance, inv_std };
    share_columns(&t.c, 2, statistics_piece, statistics_take, &t);
}

/* Rows of a leaf and a strip of their columns: a job that writes x's shape. */
enum { TILE = 4 * BLOCK, STRIP = 32 * VLEN };

typedef struct tile {
    int64_t leaf, first, last, from, to;
} tile;

static int64_t tile_rows(int64_t c)
{
    return TILE / yk_min(c, STRIP);
}

static int64_t tiles_of_leaf(const yk_batchnorm *p)
{
    return yk_div_up(yk_leaf_rows(p->leaves, 0) * p->r, tile_rows(p->c)) * yk_div_up(p->c, STRIP);
}

static tile tile_of(const yk_batchnorm *p, int64_t job)
{
    int64_t each = tiles_of_leaf(p), strips = yk_div_up(p->c, STRIP), leaf = job / each, tall = tile_rows(p->c);
    int64_t begin = leaf * p->leaves.size * p->r, rows = yk_leaf_rows(p->leaves, leaf) * p->r;
    int64_t at = job % each / strips * tall, from = job % strips * STRIP;
    return (tile){ leaf, begin + yk_min(at, rows), begin + yk_min(at + tall, rows), from, yk_min(from + STRIP, p->c) };
}

static void share_tiles(const yk_batchnorm *p, int64_t work, yk_job run)
{
    yk_parallel(tiles_of_leaf(p) * yk_leaf_count(p->leaves), p->leaves.rows * p->r * p->c * work, run, p);
}

/* What becomes of elements at .. at + lanes - 1 of x, which are column i of the tile. */
typedef void tile_vec(const void *context, int64_t at, int64_t i, int64_t lanes);

/* Row by row; whole vectors know that they are whole. */
INLINED void for_tile(const tile *t, int64_t c, const void *context, tile_vec *body)
{
    for (int64_t row = t->first; row < t->last; row++) {
        int64_t j = t->from;
        for (; j + VLEN <= t->to; j += VLEN)
            body(context, row * c + j, j - t->from, VLEN);
        if (j < t->to)
            body(context, row * c + j, j - t->from, t->to - j);
    }
}

/* Per column of a strip: y = (x - mean) factor + beta; dx = factor (e - shift - (x - mean) slope). */
typedef struct lines {
    yk_batchnorm p;
    real mean[STRIP], factor[STRIP], beta[STRIP], shift[STRIP], slope[STRIP];
} lines;

static void set_lines(lines *l, const yk_batchnorm *p, const tile *t)
{
    const real *mean = p->mean + t->leaf * p->step, *inv_std = p->inv_std + t->leaf * p->step;
    l->p = *p;
    FOR_VEC (j, lanes, t->from, t->to) {
        vstore(l->mean + j - t->from, vload_n(mean + j, lanes));
        vstore(l->factor + j - t->from, vmul(vload_n(inv_std + j, lanes), vload_n(p->gamma + j, lanes)));
        vstore(l->beta + j - t->from, vload_n(p->beta + j, lanes));
    }
}

INLINED void normalise_vec(const void *context, int64_t at, int64_t i, int64_t lanes)
{
    const lines *l = context;
    vec d = vsub(vload_n(l->p.x + at, lanes), vload(l->mean + i));
    vec y = vfma(d, vload(l->factor + i), vload(l->beta + i));
    if (l->p.residual)
        y = vadd(y, vload_n(l->p.residual + at, lanes));
    vstore_n(l->p.y + at, l->p.relu ? vmax(vset(0), y) : y, lanes);
}

static void normalise_tile(const void *context, int64_t job)
{
    const yk_batchnorm *p = context;
    const tile t = tile_of(p, job);
    lines l;
    set_lines(&l, p, &t);
    for_tile(&t, p->c, &l, normalise_vec);
}

void ISA(batchnorm)(const yk_batchnorm *p)
{
    share_tiles(p, 1, normalise_tile);
}

/* dy where y > 0, and else 0: by y itself, or by the line that y is on where there was no residual. */
static inline vec masked_by_y(const yk_batchnorm *p, int64_t at, int64_t lanes)
{
    vec zero = vset(0);
    return vselect(vlt(zero, vload_n(p->y + at, lanes)), vload_n(p->dy + at, lanes), zero);
}

static inline vec masked_by_line(const yk_batchnorm *p, vec d, vec factor, vec beta, int64_t at, int64_t lanes)
{
    vec zero = vset(0);
    return vselect(vlt(zero, vfma(d, factor, beta)), vload_n(p->dy + at, lanes), zero);
}

/* The sums of a piece: of e, and of e (x - mean). */
typedef struct gradient_sums {
    yk_batchnorm p;
    const real *mean, *inv_std; /* of the leaf */
} gradient_sums;

static inline void add_terms(vec e, vec d, vec *a, vec *b)
{
    *a = vadd(*a, e);
    *b = vfma(e, d, *b);
}

INLINED void plain_terms(const void *context, int64_t row, int64_t column, int64_t lanes, vec *a, vec *b)
{
    const gradient_sums *g = context;
    int64_t at = row * g->p.c + column;
    vec d = vsub(vload_n(g->p.x + at, lanes), vload_n(g->mean + column, lanes));
    add_terms(vload_n(g->p.dy + at, lanes), d, a, b);
}

INLINED void relu_terms(const void *context, int64_t row, int64_t column, int64_t lanes, vec *a, vec *b)
{
    const gradient_sums *g = context;
    int64_t at = row * g->p.c + column;
    vec d = vsub(vload_n(g->p.x + at, lanes), vload_n(g->mean + column, lanes));
    vec factor = vmul(vload_n(g->inv_std + column, lanes), vload_n(g->p.gamma + column, lanes));
    add_terms(masked_by_line(&g->p, d, factor, vload_n(g->p.beta + column, lanes), at, lanes), d, a, b);
}

INLINED void residual_terms(const void *context, int64_t row, int64_t column, int64_t lanes, vec *a, vec *b)
{
    const gradient_sums *g = context;
    int64_t at = row * g->p.c + column;
    vec d = vsub(vload_n(g->p.x + at, lanes), vload_n(g->mean + column, lanes)), e = masked_by_y(&g->p, at, lanes);
    if (g->p.dresidual)
        vput(g->p.dresidual + at, e, lanes, g->p.add_residual);
    add_terms(e, d, a, b);
}

static void gradient_piece(const void *context, const column_piece *s)
{
    const yk_batchnorm *p = context;
    const gradient_sums g = { *p, p->mean + s->leaf * p->step, p->inv_std + s->leaf * p->step };
    if (!p->relu)
        sum_piece(s, &g, plain_terms, 2);
    else if (!p->residual)
        sum_piece(s, &g, relu_terms, 2);
    else
        sum_piece(s, &g, residual_terms, 2);
}

static void gradient_take(const void *context, const column_piece *s)
{
    const yk_batchnorm *p = context;
    add_to_total(s, 2);
    if (!s->ends)
        return;
    const int64_t out = s->leaf * p->leaf_step + s->from;
    const real *inv_std = p->inv_std + s->leaf * p->step + s->from;
    FOR_VEC (j, lanes, 0, s->to - s->from) {
        vstore_n(p->dbeta + out + j, vload(s->total[0] + j), lanes);
        vstore_n(p->dgamma + out + j, vmul(vload(s->total[1] + j), vload_n(inv_std + j, lanes)), lanes);
    }
}

/* e, as the sums' pass left it or found it. */
static inline vec gradient_of(const lines *l, int64_t at, int64_t i, int64_t lanes)
{
    const yk_batchnorm *p = &l->p;
    if (!p->relu)
        return vload_n(p->dy + at, lanes);
    if (p->residual)
        return p->dresidual && !p->add_residual && p->dgamma ? vload_n(p->dresidual + at, lanes)
                                                             : masked_by_y(p, at, lanes);
    vec d = vsub(vload_n(p->x + at, lanes), vload(l->mean + i));
    return masked_by_line(p, d, vload(l->factor + i), vload(l->beta + i), at, lanes);
}

INLINED void data_vec(const void *context, int64_t at, int64_t i, int64_t lanes)
{
    const lines *l = context;
    vec centred = vsub(vload(l->mean + i), vload_n(l->p.x + at, lanes)); /* its negative, for the fma */
    vec d = vsub(gradient_of(l, at, i, lanes), vload(l->shift + i));
    vput(l->p.dx + at, vmul(vload(l->factor + i), vfma(centred, vload(l->slope + i), d)), lanes, l->p.add);
}

static void data_tile(const void *context, int64_t job)
{
    const yk_batchnorm *p = context;
    const tile t = tile_of(p, job);
    const real *inv_std = p->inv_std + t.leaf * p->step;
    const real *dgamma = p->dgamma + t.leaf * p->leaf_step, *dbeta = p->dbeta + t.leaf * p->leaf_step;
    vec n = vset((real)(yk_leaf_rows(p->leaves, t.leaf) * p->r));
    lines l;
    set_lines(&l, p, &t);
    FOR_VEC (j, lanes, t.from, t.to) {
        vstore(l.shift + j - t.from, vdiv(vload_n(dbeta + j, lanes), n));
        vstore(l.slope + j - t.from, vdiv(vmul(vload_n(inv_std + j, lanes), vload_n(dgamma + j, lanes)), n));
    }
    for_tile(&t, p->c, &l, data_vec);
}

/* Where mean and inv_std are constants: dx = factor e. */
INLINED void constant_vec(const void *context, int64_t at, int64_t i, int64_t lanes)
{
    const lines *l = context;
    vec e = gradient_of(l, at, i, lanes);
    if (l->p.dresidual)
        vput(l->p.dresidual + at, e, lanes, l->p.add_residual);
    if (l->p.dx)
        vput(l->p.dx + at, vmul(e, vload(l->factor + i)), lanes, l->p.add);
}

static void constant_tile(const void *context, int64_t job)
{
    const yk_batchnorm *p = context;
    const tile t = tile_of(p, job);
    lines l;
    set_lines(&l, p, &t);
    for_tile(&t, p->c, &l, constant_vec);
}

void ISA(batchnorm_grad)(const yk_batchnorm *p)
{
    if (!p->dgamma) {
        share_tiles(p, 2, constant_tile);
        return;
    }
    const columns c = { p->leaves, p->r, p->c };
    share_columns(&c, 2, gradient_piece, gradient_take, p);
    if (p->dx)
        share_tiles(p, 2, data_tile);
}
