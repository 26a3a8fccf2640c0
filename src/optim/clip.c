/* SPDX-License-Identifier: Apache-2.0 */
/* Norms over quanta of the parameter vector, and gradient clipping.
 * Source of clipping by norm: Pascanu, Mikolov, Bengio, arXiv:1211.5063, algorithm 1. */
#include <math.h>

#include "kernels/kernels.h"
#include "optim/optim.h"

const yk_option yk_clip_options[] = {
    { "norm", YK_OPT_REAL, offsetof(yk_clip, norm), "0", 0, 1e30, NULL, "largest norm of the whole gradient; 0: any" },
    { "value", YK_OPT_REAL, offsetof(yk_clip, value), "0", 0, 1e30, NULL, "largest size of an element; 0: any" },
    { 0 }
};

void yk_norm_quanta(int what, int64_t pieces, const int64_t *cut, const float *x, float *out)
{
#pragma omp parallel for schedule(static)
    for (int64_t i = 0; i < pieces; i++) {
        int64_t n = cut[i + 1] - cut[i];
        out[i] = what == 2 ? yk_k->sum_of_squares(n, x + cut[i]) : yk_k->sum_of_sizes(n, x + cut[i]);
    }
}

float yk_clip_factor(const yk_clip *clip, float square)
{
    double norm = sqrt((double)square);
    return clip->norm > 0 && norm > clip->norm ? (float)(clip->norm / norm) : 1.0f;
}

void yk_clip_apply(const yk_clip *clip, float factor, int64_t n, float *g)
{
    if (factor != 1.0f)
        yk_k->scale(n, factor, g, g);
    if (clip->value <= 0)
        return;
    const float most = (float)clip->value;
#pragma omp parallel for schedule(static) if (n > 16384)
    for (int64_t i = 0; i < n; i++) /* both comparisons let NaN through */
        g[i] = g[i] > most ? most : g[i] < -most ? -most : g[i];
}
