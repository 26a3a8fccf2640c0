/* SPDX-License-Identifier: Apache-2.0 */
/* Mean and standard deviation of a field by channels. Moments of a set come from two passes, those of two sets are
 * joined by
 *     mean = mean_a + d n_b / n,  M2 = M2_a + M2_b + d^2 n_a n_b / n,  d = mean_b - mean_a.
 * Source: Chan, Golub, LeVeque, "Algorithms for computing the sample variance", 1983. */
#include <math.h>
#include <string.h>

#include "core/error.h"
#include "core/mem.h"
#include "data/moments.h"

static int64_t size_of(int64_t channels)
{
    return 2 * channels;
}

/* Joins the moments of n_b values a channel to those of n_a. */
static void join(int64_t channels, double *a, int64_t n_a, const double *b, int64_t n_b)
{
    const double n = (double)(n_a + n_b);
    for (int64_t c = 0; c < channels; c++) {
        double d = b[c] - a[c];
        a[c] += d * ((double)n_b / n);
        a[channels + c] += b[channels + c] + d * d * ((double)n_a * ((double)n_b / n));
    }
}

/* Moments of `rows` values a channel. */
static void moments_of(int64_t rows, int64_t channels, const float *x, double *out)
{
    double *mean = out, *m2 = out + channels;
    memset(out, 0, 2 * (size_t)channels * sizeof *out);
    for (int64_t r = 0; r < rows; r++)
        for (int64_t c = 0; c < channels; c++)
            mean[c] += (double)x[r * channels + c];
    for (int64_t c = 0; c < channels; c++)
        mean[c] /= (double)rows;
    for (int64_t r = 0; r < rows; r++)
        for (int64_t c = 0; c < channels; c++) {
            double d = (double)x[r * channels + c] - mean[c];
            m2[c] += d * d;
        }
}

/* Room for the result. */
static yk_status reserve(yk_normal *normal, int64_t channels)
{
    YK_TRY(yk_alloc(&normal->mean, channels, sizeof *normal->mean));
    YK_TRY(yk_alloc(&normal->std, channels, sizeof *normal->std));
    return YK_OK;
}

yk_status yk_normal_compute(yk_normal *normal, yk_dataset *dataset, const yk_order *order, int index, yk_comm *comm)
{
    static const yk_statistic statistic = { size_of, moments_of, join };
    yk_status status = YK_OK;
    double *moments;
    int64_t channels, rows;
    *normal = (yk_normal){ 0 };
    YK_TRY(yk_statistic_compute(&statistic, dataset, order, index, comm, &moments, &channels, &rows));
    YK_TRY_GOTO(yk_comm_agree(comm, reserve(normal, channels)), fail);
    normal->n = channels;
    for (int64_t c = 0; c < channels; c++) {
        normal->mean[c] = (float)moments[c];
        normal->std[c] = (float)sqrt(moments[channels + c] / (double)rows);
    }
    goto done;
fail:
    yk_free(normal->mean);
    yk_free(normal->std);
    *normal = (yk_normal){ 0 };
done:
    yk_free(moments);
    return status;
}
