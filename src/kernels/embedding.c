/* SPDX-License-Identifier: Apache-2.0 */
/* embedding: row i of y is row token[i] of the table (vocabulary, n), or zeros where the token is `padding`.
 * embedding_grad: row v of a leaf's dtable is the sum of the rows of dy whose token is v: one chain over ascending rows
 * that starts at +0, or at the old value. */
#include "kernels/family.h"

typedef struct lookup {
    yk_leaves leaves;
    int64_t rows, n, vocabulary, padding; /* rows of a sample */
    const int32_t *token;
    const real *in;
    real *out;
    int64_t out_step;
    bool add;
} lookup;

/* A job: a row. */
static void look_up(const void *context, int64_t row)
{
    const lookup *t = context;
    const int64_t token = t->token[row];
    FOR_VEC (j, lanes, 0, t->n) {
        vec v = token == t->padding ? vset(0) : vload_n(t->in + token * t->n + j, lanes);
        vstore_n(t->out + row * t->n + j, v, lanes);
    }
}

void ISA(embedding)(int64_t rows, int64_t n, int64_t padding, const int32_t *token, const real *table, real *y)
{
    yk_parallel(rows, rows * n, look_up,
                &(lookup){ .n = n, .padding = padding, .token = token, .in = table, .out = y });
}

/* A job: a block of a leaf's table. */
static void clear_block(const void *context, int64_t job)
{
    const lookup *t = context;
    const int64_t n = t->vocabulary * t->n, blocks = yk_div_up(n, BLOCK);
    real *out = t->out + job / blocks * t->out_step;
    FOR_BLOCK (i, lanes, job % blocks, n)
        vstore_n(out + i, vset(0), lanes);
}

/* A job: a strip of a leaf's columns. */
enum { STRIP = 64 };

static void sum_strip(const void *context, int64_t job)
{
    const lookup *t = context;
    const int64_t strips = yk_div_up(t->n, STRIP), leaf = job / strips, first = job % strips * STRIP;
    const int64_t end = yk_min(first + STRIP, t->n), begin = leaf * t->leaves.size * t->rows;
    real *out = t->out + leaf * t->out_step;
    for (int64_t row = begin; row < begin + yk_leaf_rows(t->leaves, leaf) * t->rows; row++) {
        if (t->token[row] == t->padding)
            continue;
        FOR_VEC (j, lanes, first, end)
            vput(out + t->token[row] * t->n + j, vload_n(t->in + row * t->n + j, lanes), lanes, true);
    }
}

void ISA(embedding_grad)(yk_leaves leaves, int64_t rows, int64_t vocabulary, int64_t n, int64_t padding,
                         const int32_t *token, const real *dy, real *dtable, int64_t step, bool add)
{
    const lookup t = { leaves, rows, n, vocabulary, padding, token, dy, dtable, step, add };
    int64_t count = yk_leaf_count(leaves), all = vocabulary * n;
    if (!add)
        yk_parallel(count * yk_div_up(all, BLOCK), count * all, clear_block, &t);
    yk_parallel(count * yk_div_up(n, STRIP), leaves.rows * rows * n, sum_strip, &t);
}
