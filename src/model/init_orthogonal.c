/* SPDX-License-Identifier: Apache-2.0 */
/* orthogonal: rows or columns, whichever are fewer, of unit length and at right angles, times gain; a kernel (..., out)
 * counts as a matrix of its last dimension and all others. Saxe, McClelland, Ganguli, arXiv:1312.6120.
 *
 * Normal numbers, made orthogonal by the modified Gram-Schmidt process in double: the Q of a QR factorisation whose R
 * has a positive diagonal, which makes it uniformly distributed. Each vector is a chain of operations of its own, in a
 * fixed order, so threads can share the vectors. */
#include <math.h>
#include <string.h>

#include "core/mem.h"
#include "core/parallel.h"
#include "model/init.h"

enum { LANES = 8 };

/* n vectors of `length` numbers, one after the other; those from `first` on lose their part along vector first - 1. */
typedef struct vectors {
    double *at;
    int64_t n, length, first;
} vectors;

/* LANES chains over ascending i, added in ascending order. */
static double product(const double *a, const double *b, int64_t n)
{
    double lane[LANES] = { 0 }, sum = 0;
    int64_t i = 0;
    for (; i + LANES <= n; i += LANES)
        for (int j = 0; j < LANES; j++)
            lane[j] += a[i + j] * b[i + j];
    for (int j = 0; i + j < n; j++)
        lane[j] += a[i + j] * b[i + j];
    for (int j = 0; j < LANES; j++)
        sum += lane[j];
    return sum;
}

static void make_orthogonal(const void *context, int64_t job)
{
    const vectors *v = context;
    const double *q = v->at + (v->first - 1) * v->length;
    double *a = v->at + (v->first + job) * v->length;
    const double r = product(q, a, v->length);
    for (int64_t i = 0; i < v->length; i++)
        a[i] -= r * q[i];
}

static void gram_schmidt(vectors *v)
{
    for (int64_t k = 0; k < v->n; k++) {
        double *a = v->at + k * v->length;
        const double norm = sqrt(product(a, a, v->length));
        for (int64_t i = 0; i < v->length; i++)
            a[i] /= norm;
        v->first = k + 1;
        yk_parallel(v->n - k - 1, (v->n - k - 1) * v->length * 2, make_orthogonal, v);
    }
}

typedef struct orthogonal_opts {
    double gain;
} orthogonal_opts;

static const yk_option options[] = {
    { "gain", YK_OPT_REAL, offsetof(orthogonal_opts, gain), "1", 0, 0, NULL, "length of the vectors" }, { 0 }
};

static yk_status orthogonal(const void *opts, const yk_shape *shape, yk_key key, float *out)
{
    const double gain = ((const orthogonal_opts *)opts)->gain;
    char text[YK_SHAPE_TEXT];
    YK_CHECK(shape->ndim >= 2, YK_ERR_SHAPE, "orthogonal cannot fill shape %s: it needs (..., in, out)",
             yk_shape_text(shape, 0, text));
    const int64_t columns = shape->dim[shape->ndim - 1], rows = yk_shape_len(shape) / columns;
    const bool wide = columns > rows; /* the vectors are the rows of the matrix, else its columns */
    vectors v = { .n = yk_min(rows, columns), .length = yk_max(rows, columns) };
    YK_TRY(yk_alloc(&v.at, v.n * v.length, sizeof *v.at));
    for (int64_t i = 0; i < v.n * v.length; i++)
        v.at[i] = yk_draw_normal(key, i);
    gram_schmidt(&v);
    for (int64_t i = 0; i < rows; i++)
        for (int64_t j = 0; j < columns; j++)
            out[i * columns + j] = (float)(gain * (wide ? v.at[i * v.length + j] : v.at[j * v.length + i]));
    yk_free(v.at);
    return YK_OK;
}

extern const yk_init yk_init_orthogonal;
const yk_init yk_init_orthogonal = { "orthogonal",
                                     "columns (or rows, where they are fewer) of one length at right angles",
                                     sizeof(orthogonal_opts), options, orthogonal };
