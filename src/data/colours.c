/* SPDX-License-Identifier: Apache-2.0 */
/* Main axes of a field's channels: eigenvectors of their covariance, times the deviation along each. Means and
 * co-moments of two sets are joined by
 *     C_ij = C_ij_a + C_ij_b + d_i d_j n_a n_b / n,  d = mean_b - mean_a;
 * eigenvectors come from Jacobi's rotations in double, by +, -, *, / and sqrt in a fixed order. */
#include "data/colours.h"

#include <math.h>
#include <string.h>

#include "core/error.h"
#include "core/mem.h"
#include "data/moments.h"

#define SWEEPS 60 /* far more than ever needed: an element falls quadratically */

/* Means, then the matrix of co-moments. */
static int64_t size_of(int64_t channels)
{
    return channels + channels * channels;
}

static void moments_of(int64_t rows, int64_t channels, const float *x, double *out)
{
    double *mean = out, *co = out + channels;
    memset(out, 0, (size_t)size_of(channels) * sizeof *out);
    for (int64_t r = 0; r < rows; r++)
        for (int64_t c = 0; c < channels; c++)
            mean[c] += (double)x[r * channels + c];
    for (int64_t c = 0; c < channels; c++)
        mean[c] /= (double)rows;
    for (int64_t r = 0; r < rows; r++)
        for (int64_t i = 0; i < channels; i++) {
            const double d = (double)x[r * channels + i] - mean[i];
            for (int64_t j = 0; j < channels; j++)
                co[i * channels + j] += d * ((double)x[r * channels + j] - mean[j]);
        }
}

static void join(int64_t channels, double *a, int64_t n_a, const double *b, int64_t n_b)
{
    const double n = (double)(n_a + n_b), share = (double)n_a * ((double)n_b / n);
    for (int64_t i = 0; i < channels; i++)
        for (int64_t j = 0; j < channels; j++) {
            const int64_t at = channels + i * channels + j;
            a[at] += b[at] + (b[i] - a[i]) * (b[j] - a[j]) * share;
        }
    for (int64_t c = 0; c < channels; c++)
        a[c] += (b[c] - a[c]) * ((double)n_b / n);
}

/* One rotation that makes a[p][q] zero; columns of v turn with it. */
static void rotate(int64_t n, double *a, double *v, int64_t p, int64_t q)
{
    if (a[p * n + q] == 0)
        return;
    const double theta = (a[q * n + q] - a[p * n + p]) / (2 * a[p * n + q]);
    const double size = theta < 0 ? -theta : theta;
    const double tangent = (theta < 0 ? -1 : 1) / (size + sqrt(size * size + 1));
    const double c = 1 / sqrt(tangent * tangent + 1), s = tangent * c;
    for (int64_t k = 0; k < n; k++) {
        const double x = a[k * n + p], y = a[k * n + q], u = v[k * n + p], w = v[k * n + q];
        a[k * n + p] = c * x - s * y;
        a[k * n + q] = s * x + c * y;
        v[k * n + p] = c * u - s * w;
        v[k * n + q] = s * u + c * w;
    }
    for (int64_t k = 0; k < n; k++) {
        const double x = a[p * n + k], y = a[q * n + k];
        a[p * n + k] = c * x - s * y;
        a[q * n + k] = s * x + c * y;
    }
}

void yk_symmetric_axes(int64_t n, double *a, double *v)
{
    for (int64_t i = 0; i < n * n; i++)
        v[i] = i % (n + 1) == 0;
    for (int sweep = 0; sweep < SWEEPS; sweep++) {
        double across = 0, along = 0;
        for (int64_t i = 0; i < n; i++)
            for (int64_t j = 0; j < n; j++)
                *(i == j ? &along : &across) += a[i * n + j] * a[i * n + j];
        if (across <= along * 1e-32)
            break;
        for (int64_t p = 0; p < n; p++)
            for (int64_t q = p + 1; q < n; q++)
                rotate(n, a, v, p, q);
    }
}

yk_status yk_colours_compute(float **axes, yk_dataset *dataset, const yk_order *order, int index, yk_comm *comm)
{
    static const yk_statistic statistic = { size_of, moments_of, join };
    yk_status status = YK_OK;
    double *moments, *vector = NULL;
    int64_t n, rows;
    *axes = NULL;
    YK_TRY(yk_statistic_compute(&statistic, dataset, order, index, comm, &moments, &n, &rows));
    double *co = moments + n;
    for (int64_t i = 0; i < n * n; i++)
        co[i] /= (double)rows;
    status = yk_alloc(&vector, n * n, sizeof *vector);
    if (status == YK_OK)
        status = yk_alloc(axes, n * n, sizeof **axes);
    YK_TRY_GOTO(yk_comm_agree(comm, status), done);
    yk_symmetric_axes(n, co, vector);
    for (int64_t k = 0; k < n; k++) {
        const double along = co[k * n + k], deviation = along > 0 ? sqrt(along) : 0;
        for (int64_t c = 0; c < n; c++)
            (*axes)[k * n + c] = (float)(deviation * vector[c * n + k]);
    }
done:
    yk_free(moments);
    yk_free(vector);
    return status;
}
