/* SPDX-License-Identifier: Apache-2.0 */
/* Family openblas: the best vector family, with the matrix product by sgemm. It has its own numerics: bits depend on
 * OpenBLAS's version and CPU kernels, so it repeats itself only for one build on one CPU.
 * OpenBLAS is told to use one thread a call; our threads share blocks of rows that the shape fixes. */
#ifdef YK_HAVE_OPENBLAS
#include "kernels/families.h"

#include <limits.h>
#include <cblas.h>

#include "core/num.h"
#include "core/parallel.h"

enum { ROWS = 256 };

static yk_kernels table;
static void (*vector_matmul)(const yk_matmul *p);

/* A matrix as BLAS sees it: element (i, j) at i row + j col, one of the two strides is 1. */
static bool fits(int64_t rows, int64_t cols, int64_t row, int64_t col)
{
    return rows <= INT_MAX && cols <= INT_MAX && row <= INT_MAX && col <= INT_MAX &&
           ((col == 1 && row >= cols) || (row == 1 && col >= rows));
}

static bool usable(const yk_matmul *p)
{
    return p->k > 0 && p->k_last > 0 && fits(p->m, p->k, p->a_row, p->a_col) && fits(p->k, p->n, p->b_row, p->b_col) &&
           p->c_row <= INT_MAX && !p->packed;
}

static void product(const yk_matmul *p, int64_t g, int64_t row, int64_t rows)
{
    const float *a = p->a + g * p->a_step + row * p->a_row, *b = p->b + g * p->b_step;
    float *c = p->c + g * p->c_step + row * p->c_row;
    int64_t k = g == p->count - 1 ? p->k_last : p->k;
    bool a_plain = p->a_col == 1 && p->a_row >= k, b_plain = p->b_col == 1 && p->b_row >= p->n;
    cblas_sgemm(CblasRowMajor, a_plain ? CblasNoTrans : CblasTrans, b_plain ? CblasNoTrans : CblasTrans, (int)rows,
                (int)p->n, (int)k, 1, a, (int)(a_plain ? p->a_row : p->a_col), b, (int)(b_plain ? p->b_row : p->b_col),
                p->add ? 1 : 0, c, (int)p->c_row);
    if (p->bias || p->relu)
        for (int64_t i = 0; i < rows; i++)
            for (int64_t j = 0; j < p->n; j++) {
                float r = c[i * p->c_row + j] + (p->bias ? p->bias[j] : 0);
                c[i * p->c_row + j] = p->relu && 0 > r ? 0 : r;
            }
}

/* A job: ROWS rows of a product. */
static void product_job(const void *context, int64_t job)
{
    const yk_matmul *p = context;
    int64_t parts = yk_div_up(p->m, ROWS), row = job % parts * ROWS;
    product(p, job / parts, row, yk_min(ROWS, p->m - row));
}

/* Packed weights, strides that BLAS cannot express, and empty sums go to the vector family. */
static void matmul(const yk_matmul *p)
{
    if (usable(p))
        yk_parallel(p->count * yk_div_up(p->m, ROWS), p->count * p->m * p->n * p->k, product_job, p);
    else
        vector_matmul(p);
}

const yk_kernels *yk_openblas_table(const yk_kernels *vectors)
{
    openblas_set_num_threads(1);
    table = *vectors;
    table.family = "openblas";
    table.matmul = matmul;
    vector_matmul = vectors->matmul;
    return &table;
}

const char *yk_kernels_blas(void)
{
    return openblas_get_config();
}
#else
#include "kernels/kernels.h"

const char *yk_kernels_blas(void)
{
    return "none";
}
#endif
