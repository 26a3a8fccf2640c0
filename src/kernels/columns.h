/* SPDX-License-Identifier: Apache-2.0 */
/* Sums over the rows of a leaf, per column: pieces of YK_SUM_PIECE rows, each one chain over ascending rows that starts
 * at +0; the pieces are taken in ascending order. Threads share the pieces, and strips of their columns; what they make
 * waits on the caller's stack, as much at a time as fits, so that no shape leaves a thread idle or needs memory. */
#ifndef YK_KERNELS_COLUMNS_H
#define YK_KERNELS_COLUMNS_H

#include "kernels/block.h"
#include "kernels/kernels.h"

enum {
    COLUMN_SUMS = 2,           /* sums per column, at most */
    COLUMN_STRIP = 32 * VLEN,  /* columns of a job */
    COLUMN_WIDE = 128 * VLEN,  /* columns that are summed in one go */
    COLUMN_ROWS = 8,           /* rows that go to a sum between its load and its store */
    COLUMN_ROOM = 2048 * VLEN, /* numbers that wait */
};

/** A sample has `rows` rows of n columns. */
typedef struct columns {
    yk_leaves leaves;
    int64_t rows, n;
} columns;

/** Rows first .. last - 1 of all rows of the call, a piece of a leaf, in columns from .. to - 1. The sums of column
 *  `from` stand at sum[0][0], sum[1][0]. */
typedef struct column_piece {
    int64_t leaf, first, last, from, to;
    bool starts, ends; /* it is the leaf's first, its last */
    real *sum[COLUMN_SUMS], *total[COLUMN_SUMS];
} column_piece;

/** Adds the terms of `row` in columns column .. column + lanes - 1 to their sums a and, where there are two, b. */
typedef void column_terms(const void *context, int64_t row, int64_t column, int64_t lanes, vec *a, vec *b);

/** One vector of columns of rows row .. end - 1. */
INLINED void sum_rows(const column_piece *p, const void *context, column_terms *terms, int sums, int64_t row,
                      int64_t end, int64_t column, int64_t lanes)
{
    int64_t at = column - p->from;
    bool starts = row == p->first;
    vec zero = vset(0), a = starts ? zero : vload(p->sum[0] + at),
        b = starts || sums < 2 ? zero : vload(p->sum[1] + at);
    if (end - row == COLUMN_ROWS) {
        UNROLL
        for (int r = 0; r < COLUMN_ROWS; r++)
            terms(context, row + r, column, lanes, &a, &b);
    } else {
        for (int64_t r = row; r < end; r++)
            terms(context, r, column, lanes, &a, &b);
    }
    vstore(p->sum[0] + at, a);
    if (sums == 2)
        vstore(p->sum[1] + at, b);
}

/** The sums of a piece. */
INLINED void sum_piece(const column_piece *p, const void *context, column_terms *terms, int sums)
{
    for (int64_t row = p->first; row < p->last; row += COLUMN_ROWS) {
        int64_t end = yk_min(row + COLUMN_ROWS, p->last), column = p->from;
        for (; column + VLEN <= p->to; column += VLEN)
            sum_rows(p, context, terms, sums, row, end, column, VLEN);
        if (column < p->to)
            sum_rows(p, context, terms, sums, row, end, column, p->to - column);
    }
}

/** Makes the sums of a piece, by sum_piece() or in another way; works on other columns than its fellows. */
typedef void piece_sums(const void *context, const column_piece *p);

/** Takes a piece whose sums are there, all columns at once, the pieces of a leaf in ascending order. */
typedef void piece_take(const void *context, const column_piece *p);

/** The usual: total = +0 + the sums of the first piece + those of the second ... */
static inline void add_to_total(const column_piece *p, int sums)
{
    vec zero = vset(0);
    for (int s = 0; s < sums; s++)
        for (int64_t j = 0; j < p->to - p->from; j += VLEN)
            vstore(p->total[s] + j, vadd(p->starts ? zero : vload(p->total[s] + j), vload(p->sum[s] + j)));
}

/** Where one sum per column goes: leaf g's to out + g step. */
typedef struct column_out {
    real *out;
    int64_t step;
    bool add;
} column_out;

static inline void take_sum(const column_out *o, const column_piece *p)
{
    add_to_total(p, 1);
    FOR_VEC (j, lanes, p->from, p->ends ? p->to : 0)
        vput(o->out + p->leaf * o->step + j, vload(p->total[0] + j - p->from), lanes, o->add);
}

typedef struct column_round {
    const columns *c;
    int sums;
    piece_sums *run;
    const void *context;
    real *room;
    int64_t pieces;           /* of a full leaf */
    int64_t first;            /* piece of this round, of all of the call */
    int64_t from, to, stride; /* columns, and numbers from one sum to the next */
} column_round;

/* Piece number i of the round; false where a short leaf has no such piece. */
static inline bool piece_of(const column_round *r, int64_t i, column_piece *p)
{
    int64_t leaf = (r->first + i) / r->pieces, begin = leaf * r->c->leaves.size * r->c->rows;
    int64_t rows = yk_leaf_rows(r->c->leaves, leaf) * r->c->rows, at = (r->first + i) % r->pieces * YK_SUM_PIECE;
    if (at >= rows)
        return false;
    *p = (column_piece){ .leaf = leaf,
                         .first = begin + at,
                         .last = begin + yk_min(at + YK_SUM_PIECE, rows),
                         .from = r->from,
                         .to = r->to,
                         .starts = at == 0,
                         .ends = at + YK_SUM_PIECE >= rows };
    for (int s = 0; s < r->sums; s++) {
        p->total[s] = r->room + s * r->stride;
        p->sum[s] = r->room + ((i + 1) * r->sums + s) * r->stride;
    }
    return true;
}

static void column_job(const void *context, int64_t job)
{
    const column_round *r = context;
    int64_t strips = yk_div_up(r->to - r->from, COLUMN_STRIP), strip = job % strips * COLUMN_STRIP;
    column_piece p;
    if (!piece_of(r, job / strips, &p))
        return;
    p.from += strip;
    p.to = yk_min(p.from + COLUMN_STRIP, p.to);
    for (int s = 0; s < r->sums; s++)
        p.sum[s] += strip;
    r->run(r->context, &p);
}

/** `sums` (1 or 2) sums per column of every leaf: threads run(), the caller take()s. */
static inline void share_columns(const columns *c, int sums, piece_sums *run, piece_take *take, const void *context)
{
    _Alignas(64) real room[COLUMN_ROOM];
    column_round r = { .c = c, .sums = sums, .run = run, .context = context, .room = room };
    r.pieces = yk_div_up(yk_leaf_rows(c->leaves, 0) * c->rows, YK_SUM_PIECE);
    for (r.from = 0; r.from < c->n; r.from = r.to) {
        r.to = yk_min(r.from + COLUMN_WIDE, c->n);
        r.stride = yk_div_up(r.to - r.from, VLEN) * VLEN;
        int64_t all = r.pieces * yk_leaf_count(c->leaves), most = COLUMN_ROOM / (r.stride * sums) - 1;
        for (r.first = 0; r.first < all; r.first += most) {
            int64_t n = yk_min(most, all - r.first);
            yk_parallel(n * yk_div_up(r.to - r.from, COLUMN_STRIP), n * YK_SUM_PIECE * (r.to - r.from) * sums,
                        column_job, &r);
            column_piece p;
            for (int64_t i = 0; i < n; i++)
                if (piece_of(&r, i, &p))
                    take(context, &p);
        }
    }
}

#endif
