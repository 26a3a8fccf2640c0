/* SPDX-License-Identifier: Apache-2.0 */
/* Images made larger by whole factors, NHWC, each pixel with its centre in the middle. Per dimension, with factor s,
 * output o lies at the input's (o + 0.5) / s - 0.5. Nearest takes input o / s, rounded down. Bilinear takes the two
 * inputs around it, i and i + 1, with weights 1 - t and t; over the border there is the border's pixel.
 *   y(oy, ox)  = chain of fma from +0 over the input rows and columns, ascending, of x(iy, ix) (weight_y weight_x)
 *   dx(iy, ix) = chain of fma from +0 (from the old value with `add`) over the outputs that use it, ascending, of
 *                dy(oy, ox) (weight_y weight_x)
 * Inputs of weight 0 take no part. A job is a row of pixels. */
#include "kernels/family.h"

/* Where an output lies on an axis: input `at` with weight 1 - t, at + 1 with weight t. */
typedef struct sight {
    int64_t at;
    real weight[2];
} sight;

static sight sight_of(int64_t o, int64_t factor, int64_t size, bool bilinear)
{
    int64_t twice = 2 * o + 1 - factor; /* o's place, times 2 factor */
    if (!bilinear || twice < 0)
        return (sight){ .at = o / factor, .weight = { 1, 0 } };
    int64_t at = twice / (2 * factor);
    if (at == size - 1)
        return (sight){ .at = at, .weight = { 1, 0 } };
    real t = (real)(twice % (2 * factor)) / (real)(2 * factor);
    return (sight){ .at = at, .weight = { 1 - t, t } };
}

/* Weight of input i at output o. */
static real weight_of(int64_t i, int64_t o, int64_t factor, int64_t size, bool bilinear)
{
    sight s = sight_of(o, factor, size, bilinear);
    return i == s.at ? s.weight[0] : i == s.at + 1 ? s.weight[1] : 0;
}

typedef struct call {
    const yk_upsample *u;
    const real *in;
    real *out;
    bool add;
} call;

/* The next term of a pixel's c chains: out = in weight + (go_on ? out : 0). */
static void add_term(int64_t c, real weight, const real *in, real *out, bool go_on)
{
    vec w = vset(weight);
    FOR_VEC (j, lanes, 0, c)
        vstore_n(out + j, vfma(vload_n(in + j, lanes), w, go_on ? vload_n(out + j, lanes) : vset(0)), lanes);
}

static void upsample_row(const void *context, int64_t job)
{
    const call *p = context;
    const yk_upsample *u = p->u;
    int64_t oh = u->h * u->sh, ow = u->w * u->sw, image = job / oh;
    sight y = sight_of(job % oh, u->sh, u->h, u->bilinear);
    real *out = p->out + job * ow * u->c;
    for (int64_t ox = 0; ox < ow; ox++) {
        sight x = sight_of(ox, u->sw, u->w, u->bilinear);
        for (int tap = 0; tap < 4; tap++) { /* the first one has some weight */
            int row = tap / 2, col = tap % 2;
            real weight = y.weight[row] * x.weight[col];
            if (weight != 0)
                add_term(u->c, weight, p->in + ((image * u->h + y.at + row) * u->w + x.at + col) * u->c,
                         out + ox * u->c, tap > 0);
        }
    }
}

void ISA(upsample)(const yk_upsample *u, int64_t n, const real *x, real *y)
{
    int64_t rows = n * u->h * u->sh;
    yk_parallel(rows, rows * u->w * u->sw * u->c * (u->bilinear ? 4 : 1), upsample_row,
                &(call){ .u = u, .in = x, .out = y });
}

/* Outputs [*first, *end) may use input i. */
static void users_of(int64_t i, int64_t factor, int64_t size, bool bilinear, int64_t *first, int64_t *end)
{
    *first = yk_max(0, (i - bilinear) * factor);
    *end = yk_min(size, i + 1 + bilinear) * factor;
}

static void upsample_grad_row(const void *context, int64_t job)
{
    const call *p = context;
    const yk_upsample *u = p->u;
    int64_t oh = u->h * u->sh, ow = u->w * u->sw, iy = job % u->h, oy0, oy1, ox0, ox1;
    const real *image = p->in + job / u->h * oh * ow * u->c;
    real *out = p->out + job * u->w * u->c;
    users_of(iy, u->sh, u->h, u->bilinear, &oy0, &oy1);
    for (int64_t ix = 0; ix < u->w; ix++) {
        bool go_on = p->add;
        users_of(ix, u->sw, u->w, u->bilinear, &ox0, &ox1);
        for (int64_t oy = oy0; oy < oy1; oy++) {
            real weight_y = weight_of(iy, oy, u->sh, u->h, u->bilinear);
            for (int64_t ox = ox0; ox < ox1; ox++) {
                real weight = weight_y * weight_of(ix, ox, u->sw, u->w, u->bilinear);
                if (weight != 0) { /* at least once */
                    add_term(u->c, weight, image + (oy * ow + ox) * u->c, out + ix * u->c, go_on);
                    go_on = true;
                }
            }
        }
    }
}

void ISA(upsample_grad)(const yk_upsample *u, int64_t n, const real *dy, real *dx, bool add)
{
    yk_parallel(n * u->h, n * u->h * u->w * u->sh * u->sw * u->c * (u->bilinear ? 4 : 1), upsample_grad_row,
                &(call){ .u = u, .in = dy, .out = dx, .add = add });
}
