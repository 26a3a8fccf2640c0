/* SPDX-License-Identifier: Apache-2.0 */
/* Samples in the program's own memory.
 *
 * Each rank passes the samples that it holds, and only these. Together, in the order of the ranks, they are one
 * sequence: sample i of rank r is number (samples of the ranks before r) + i. Ranks may hold different numbers of
 * samples, or none. Batches are cut from the sequence, and the library moves samples between ranks where that needs
 * it; so a result depends on the sequence and not on who held what: two ranks with 100 samples each give the bits of
 * one rank with these 200. A program whose decomposition keeps the order of its cells gets the same parameters on any
 * number of ranks. */
#ifndef YOKE_DATA_H
#define YOKE_DATA_H

#include <stdint.h>

#include "yoke/context.h"
#include "yoke/dtype.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Most dimensions of an array, the samples included. */
#define YK_ARRAY_DIMS 6

/** A named array of this rank's samples, dense and row-major (Fortran: dimensions in reverse order, samples last). */
typedef struct yk_array {
    const char *name; /**< of the field: "x", "y" */
    yk_dtype dtype;
    int ndim;                     /**< 1 or more */
    int64_t shape[YK_ARRAY_DIMS]; /**< shape[0]: samples of this rank, 0 or more */
    const void *data;             /**< may be NULL for no samples */
} yk_array;

/** yk_array_1d("y", YK_F32, n, y) and so on: an array from its sizes. */
static inline yk_array yk_array_1d(const char *name, yk_dtype dtype, int64_t n, const void *data)
{
    yk_array a = { name, dtype, 1, { n, 0, 0, 0, 0, 0 }, data };
    return a;
}
static inline yk_array yk_array_2d(const char *name, yk_dtype dtype, int64_t n, int64_t d1, const void *data)
{
    yk_array a = { name, dtype, 2, { n, d1, 0, 0, 0, 0 }, data };
    return a;
}
static inline yk_array yk_array_3d(const char *name, yk_dtype dtype, int64_t n, int64_t d1, int64_t d2,
                                   const void *data)
{
    yk_array a = { name, dtype, 3, { n, d1, d2, 0, 0, 0 }, data };
    return a;
}
static inline yk_array yk_array_4d(const char *name, yk_dtype dtype, int64_t n, int64_t d1, int64_t d2, int64_t d3,
                                   const void *data)
{
    yk_array a = { name, dtype, 4, { n, d1, d2, d3, 0, 0 }, data };
    return a;
}

/** Arrays kept together: what epochs and evaluations go over. */
typedef struct yk_data yk_data;

typedef enum yk_keep {
    YK_COPY,  /**< the arrays are copied */
    YK_BORROW /**< they stay the program's, which keeps them as they are until yk_data_destroy() */
} yk_keep;

/** @param[out] out     release it with yk_data_destroy(), after what was made from it
 *  @param[in]  n       number of arrays, the same on all ranks
 *  @param[in]  arrays  their first dimensions are equal; types and shapes of samples are the same on all ranks
 *  @return YK_ERR_DATA: arrays that do not fit together; YK_ERR_NOMEM. *out is NULL then. Collective. */
YK_MUST_CHECK yk_status yk_data_create(yk_data **out, yk_context *context, int n, const yk_array *arrays, yk_keep keep);

/** Frees *data and sets it to NULL. Accepts NULL. */
void yk_data_destroy(yk_data **data);

/** Samples of all ranks. */
int64_t yk_data_samples(const yk_data *data);

#ifdef __cplusplus
}
#endif
#endif
