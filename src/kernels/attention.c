/* SPDX-License-Identifier: Apache-2.0 */
/* Attention of each head of each sample, by blocks of QUERIES x KEYS: the matrix of all scores is never stored.
 *   s_ij = scale q_i k_j;  p_ij = exp(s_ij - max_j s_ij);  y_i = sum_j p_ij v_j / sum_j p_ij
 * over the keys j that query i sees: with `causal` those j <= i, with a mask those where it is above 0. A query that
 * sees no key gives y = 0, and no gradient. The largest score is that of the blocks so far: where a block has a larger
 * one, sums so far are multiplied by exp(old - new). Forward leaves logsum_i = max + log sum; backward computes the
 * scores again: p_ij = exp(s_ij - logsum_i), and with delta_i = dy_i y_i
 *   dv_j = sum_i p_ij dy_i;  ds_ij = p_ij (dy_i v_j - delta_i) scale;  dq_i = sum_j ds_ij k_j;  dk_j = sum_i ds_ij q_i
 * The order of the sums: kernels.h. Source: Dao et al., arXiv:2205.14135; Milakov, Gimelshein, arXiv:1805.02867. */
#include "kernels/lanes.h"
#include "kernels/panel.h"
#include "kernels/vmath.h"

enum { QUERIES = YK_ATTENTION_BLOCK, KEYS = YK_ATTENTION_BLOCK };

#define INFINITE __builtin_inff()

/* c (m x n) = a (m x k) b (k x n): one chain of fma an element, which starts at c's old value where it goes on. */
static void multiply(int64_t m, int64_t n, int64_t k, const real *a, int64_t a_row, int64_t a_col, const real *b,
                     int64_t b_row, int64_t b_col, real *c, int64_t c_row, bool go_on)
{
    real panel[K_BLOCK * PANEL] __attribute__((aligned(64)));
    for (int64_t col = 0; col < n; col += PANEL)
        for (int64_t first = 0; first < k; first += K_BLOCK) {
            panel_product p = { .m = m,
                                .n = yk_min(PANEL, n - col),
                                .k = yk_min(K_BLOCK, k - first),
                                .a = a + first * a_col,
                                .a_row = a_row,
                                .a_col = a_col,
                                .panel = panel,
                                .c = c + col,
                                .c_row = c_row,
                                .go_on = go_on || first > 0 };
            ISA(pack_panels)(p.k, p.n, b + first * b_row + col * b_col, b_row, b_col, panel, p.k);
            ISA(multiply_panel)(&p);
        }
}

/* One head of one sample: the first of its queries, keys and values. */
typedef struct head {
    const yk_attention *a;
    const real *q, *k, *v, *mask;
    const int32_t *token;
    int64_t sample, number;
} head;

static head head_at(const yk_attention *a, int64_t index)
{
    const int64_t sample = index / a->heads, number = index % a->heads;
    return (head){ .a = a,
                   .q = a->q + sample * a->queries * a->q_row + number * a->size,
                   .k = a->k + sample * a->keys * a->k_row + number * a->size,
                   .v = a->v + sample * a->keys * a->v_row + number * a->value_size,
                   .mask = a->mask ? a->mask + sample * a->keys : NULL,
                   .token = a->token ? a->token + sample * a->keys : NULL,
                   .sample = sample,
                   .number = number };
}

/* Output and its gradient are (samples, queries, heads, value_size). */
static int64_t out_row(const yk_attention *a)
{
    return a->heads * a->value_size;
}
static int64_t out_at(const head *h)
{
    return h->sample * h->a->queries * out_row(h->a) + h->number * h->a->value_size;
}

/* The queries row .. row + rows - 1 and keys col .. col + cols - 1. */
typedef struct block {
    int64_t row, rows, col, cols;
    real hidden[KEYS]; /* of each key: what is added to its scores, 0 or -infinity */
} block;

static block block_columns(const head *h, int64_t col)
{
    block b = { .col = col, .cols = yk_min(KEYS, h->a->keys - col) };
    for (int64_t j = 0; j < KEYS; j++)
        b.hidden[j] = 0;
    for (int64_t j = 0; j < b.cols; j++)
        if ((h->mask && !(h->mask[col + j] > 0)) || (h->token && h->token[col + j] <= 0))
            b.hidden[j] = -INFINITE;
    return b;
}

/* Keys of the block that query `row` of it may see: the first ones. */
static int64_t in_sight(const head *h, const block *b, int64_t row)
{
    return h->a->causal ? yk_max(0, yk_min(b->cols, b->row + row + 1 - b->col)) : b->cols;
}

static void multiply_keys(const head *h, const block *b, real *s)
{
    const yk_attention *a = h->a;
    multiply(b->rows, b->cols, a->size, h->q + b->row * a->q_row, a->q_row, 1, h->k + b->col * a->k_row, 1, a->k_row, s,
             KEYS, false);
}

/* The score of keys j.. of a row from their products; -infinity where the query does not see the key. */
static inline vec score(const block *b, const real *s, int64_t j, int64_t lanes, vec scale)
{
    vec hidden = vset(-INFINITE);
    if (lanes <= 0)
        return hidden;
    return vfirst(vfma(scale, vload(s + j), vload(b->hidden + j)), hidden, lanes);
}

/* What queries know of the blocks so far. */
typedef struct running {
    real top[QUERIES], total[QUERIES], factor[QUERIES];
} running;

/* Makes the products of a row p; returns their sum. */
static real weigh_row(const head *h, const block *b, int64_t row, real *s, real *top)
{
    const int64_t seen = in_sight(h, b, row);
    vec scale = vset(h->a->scale), most = vset(*top);
    FOR_VEC (j, lanes, 0, b->cols) {
        vec v = score(b, s, j, yk_min(VLEN, seen - j), scale);
        most = vmax(v, most);
        vstore(s + j, v);
    }
    *top = vtop(most);
    vec shift = vset(*top == -INFINITE ? 0 : *top);
    lane_sums sum = lane_sums_zero();
    FOR_VEC (j, lanes, 0, b->cols) {
        vec p = vexp(vsub(vload(s + j), shift)), *at = lane_sums_at(&sum, j);
        *at = vadd(*at, p);
        vstore(s + j, p);
    }
    return lane_sums_total(&sum);
}

static void weigh(const head *h, const block *b, real *s, running *r)
{
    real top[QUERIES], sum[QUERIES];
    for (int64_t row = 0; row < b->rows; row++) {
        top[row] = r->top[row];
        sum[row] = weigh_row(h, b, row, s + row * KEYS, &top[row]);
    }
    FOR_VEC (row, lanes, 0, b->rows) {
        vec now = vload_n(top + row, lanes), shift = vselect(veq(now, vset(-INFINITE)), vset(0), now);
        vec factor = vexp(vsub(vload_n(r->top + row, lanes), shift));
        vstore_n(r->factor + row, factor, lanes);
        vstore_n(r->total + row, vfma(vload_n(r->total + row, lanes), factor, vload_n(sum + row, lanes)), lanes);
        vstore_n(r->top + row, now, lanes);
    }
}

/* Rows of y times their factors. */
static void scale_rows(int64_t rows, int64_t n, const real *factor, real *y, int64_t y_row)
{
    for (int64_t row = 0; row < rows; row++)
        if (factor[row] != 1)
            FOR_VEC (i, lanes, 0, n)
                vstore_n(y + row * y_row + i, vmul(vset(factor[row]), vload_n(y + row * y_row + i, lanes)), lanes);
}

typedef struct forward {
    const yk_attention *a;
    int64_t blocks; /* of queries */
    real *y;
} forward;

/* A job: a block of a head's queries. */
static void attend(const void *context, int64_t job)
{
    const forward *f = context;
    const yk_attention *a = f->a;
    const head h = head_at(a, job / f->blocks);
    const int64_t row = job % f->blocks * QUERIES, rows = yk_min(QUERIES, a->queries - row);
    real s[QUERIES * KEYS] __attribute__((aligned(64))), *y = f->y + out_at(&h) + row * out_row(a);
    running r;
    FOR_VEC (i, lanes, 0, QUERIES) {
        vstore(r.top + i, vset(-INFINITE));
        vstore(r.total + i, vset(0));
    }
    for (int64_t col = 0; col < (a->causal ? yk_min(a->keys, row + rows) : a->keys); col += KEYS) {
        block b = block_columns(&h, col);
        b.row = row;
        b.rows = rows;
        multiply_keys(&h, &b, s);
        weigh(&h, &b, s, &r);
        if (col > 0)
            scale_rows(rows, a->value_size, r.factor, y, out_row(a));
        multiply(rows, a->value_size, b.cols, s, KEYS, 1, h.v + col * a->v_row, a->v_row, 1, y, out_row(a), col > 0);
    }
    real *logsum = a->logsum + (h.sample * a->heads + h.number) * a->queries + row;
    FOR_VEC (i, lanes, 0, rows) {
        vec total = vload(r.total + i);
        vmask none = veq(total, vset(0));
        vstore_n(logsum + i, vselect(none, vset(INFINITE), vadd(vload(r.top + i), vlog(total))), lanes);
        vstore(r.factor + i, vselect(none, vset(0), vdiv(vset(1), total)));
    }
    scale_rows(rows, a->value_size, r.factor, y, out_row(a));
}

void ISA(attention)(const yk_attention *a, real *y)
{
    const forward f = { a, yk_div_up(a->queries, QUERIES), y };
    yk_parallel(a->samples * a->heads * f.blocks,
                a->samples * a->heads * a->queries * a->keys * (a->size + a->value_size), attend, &f);
}

typedef struct backward {
    const yk_attention *a;
    const yk_attention_grad *g;
    const real *y, *dy;
} backward;

/* delta_i, in the order of lanes.h. */
static void row_products(const backward *t, const head *h, real *delta)
{
    const yk_attention *a = t->a;
    for (int64_t row = 0; row < a->queries; row++) {
        const int64_t at = out_at(h) + row * out_row(a);
        lane_sums s = lane_sums_zero();
        FOR_VEC (i, lanes, 0, a->value_size) {
            vec *sum = lane_sums_at(&s, i);
            *sum = vfma(vload_n(t->dy + at + i, lanes), vload_n(t->y + at + i, lanes), *sum);
        }
        delta[row] = lane_sums_total(&s);
    }
}

/* Products become p, and dy v becomes ds. */
static void slopes(const head *h, const block *b, const real *logsum, const real *delta, real *s, real *ds)
{
    vec scale = vset(h->a->scale);
    for (int64_t row = 0; row < b->rows; row++) {
        const int64_t seen = in_sight(h, b, row);
        vec shift = vset(logsum[row]), d = vset(delta[row]);
        FOR_VEC (j, lanes, 0, b->cols) {
            const int64_t at = row * KEYS + j;
            vec p = vexp(vsub(score(b, s + row * KEYS, j, yk_min(VLEN, seen - j), scale), shift));
            vstore(s + at, p);
            vstore(ds + at, vmul(vmul(p, vsub(vload(ds + at), d)), scale));
        }
    }
}

/* A block of keys. dq goes first: where q, k and v are one array, its sum is stored before the others are added. */
static void attend_grad_block(const backward *t, const head *h, block *b, const real *delta)
{
    const yk_attention *a = t->a;
    const yk_attention_grad *g = t->g;
    const real *logsum = a->logsum + (h->sample * a->heads + h->number) * a->queries;
    const real *k = h->k + b->col * a->k_row, *v = h->v + b->col * a->v_row, *dy = t->dy + out_at(h);
    real *dq = g->dq ? g->dq + (h->q - a->q) : NULL;
    real *dk = g->dk ? g->dk + (k - a->k) : NULL, *dv = g->dv ? g->dv + (v - a->v) : NULL;
    real s[QUERIES * KEYS] __attribute__((aligned(64))), ds[QUERIES * KEYS] __attribute__((aligned(64)));
    const int64_t n = out_row(a), begin = a->causal ? yk_min(b->col, a->queries - 1) / QUERIES * QUERIES : 0;
    for (int64_t row = begin; row < a->queries; row += QUERIES) { /* once at least, and so all is stored */
        b->row = row;
        b->rows = yk_min(QUERIES, a->queries - row);
        multiply_keys(h, b, s);
        multiply(b->rows, b->cols, a->value_size, dy + row * n, n, 1, v, 1, a->v_row, ds, KEYS, false);
        slopes(h, b, logsum + row, delta + row, s, ds);
        if (dq)
            multiply(b->rows, a->size, b->cols, ds, KEYS, 1, k, a->k_row, 1, dq + row * a->q_row, a->q_row,
                     g->add_q || b->col > 0);
        if (dk)
            multiply(b->cols, a->size, b->rows, ds, 1, KEYS, h->q + row * a->q_row, a->q_row, 1, dk, a->k_row,
                     g->add_k || row > begin);
        if (dv)
            multiply(b->cols, a->value_size, b->rows, s, 1, KEYS, dy + row * n, n, 1, dv, a->v_row,
                     g->add_v || row > begin);
    }
}

/* A job: a head. */
static void attend_grad(const void *context, int64_t job)
{
    const backward *t = context;
    const head h = head_at(t->a, job);
    real *delta = t->g->delta + job * t->a->queries;
    row_products(t, &h, delta);
    for (int64_t col = 0; col < t->a->keys; col += KEYS) {
        block b = block_columns(&h, col);
        attend_grad_block(t, &h, &b, delta);
    }
}

void ISA(attention_grad)(const yk_attention *a, const yk_attention_grad *g, const real *y, const real *dy)
{
    yk_parallel(a->samples * a->heads, a->samples * a->heads * a->queries * a->keys * (a->size + a->value_size) * 3,
                attend_grad, &(backward){ a, g, y, dy });
}
