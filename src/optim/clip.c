/* SPDX-License-Identifier: Apache-2.0 */
/* Norms over quanta of the parameter vector, and gradient clipping.
 * Source of clipping by norm: Pascanu, Mikolov, Bengio, arXiv:1211.5063, algorithm 1. */
#include <math.h>

#include "core/num.h"
#include "core/parallel.h"
#include "kernels/kernels.h"
#include "optim/optim.h"

const yk_option yk_clip_options[] = {
    { "norm", YK_OPT_REAL, offsetof(yk_clip, norm), "0", 0, 1e30, NULL, "largest norm of the whole gradient; 0: any" },
    { "value", YK_OPT_REAL, offsetof(yk_clip, value), "0", 0, 1e30, NULL, "largest size of an element; 0: any" },
    { 0 }
};

typedef struct quanta {
    int what;
    const int64_t *cut;
    const float *x;
    float *out;
} quanta;

static void sum_quantum(const void *context, int64_t i)
{
    const quanta *q = context;
    int64_t n = q->cut[i + 1] - q->cut[i];
    const float *x = q->x + q->cut[i];
    q->out[i] = q->what == 2 ? yk_k->sum_of_squares(n, x) : yk_k->sum_of_sizes(n, x);
}

void yk_norm_quanta(int what, int64_t pieces, const int64_t *cut, const float *x, float *out)
{
    yk_parallel(pieces, cut[pieces] - cut[0], sum_quantum, &(quanta){ what, cut, x, out });
}

float yk_clip_factor(const yk_clip *clip, float square)
{
    double norm = sqrt((double)square);
    return clip->norm > 0 && norm > clip->norm ? (float)(clip->norm / norm) : 1.0f;
}

typedef struct limits {
    int64_t n;
    float *g, most;
} limits;

enum { BLOCK = 8192 };

static void limit_block(const void *context, int64_t block)
{
    const limits *l = context;
    float *g = l->g, most = l->most;
    for (int64_t i = block * BLOCK; i < yk_min(block * BLOCK + BLOCK, l->n); i++) /* NaN goes through */
        g[i] = g[i] > most ? most : g[i] < -most ? -most : g[i];
}

void yk_clip_apply(const yk_clip *clip, float factor, int64_t n, float *g)
{
    if (factor != 1.0f)
        yk_k->scale(n, factor, g, g);
    if (clip->value > 0)
        yk_parallel(yk_div_up(n, BLOCK), n, limit_block, &(limits){ n, g, (float)clip->value });
}
