/* SPDX-License-Identifier: Apache-2.0 */
/* pad2d: images (h, w, c) get a margin and become (oh, ow, c); pad2d_grad: a pixel of dx gets the sum of dy over the
 * pixels that show it, one chain over ascending output rows and columns that starts at +0, or at the old value. */
#include "kernels/family.h"

typedef struct padding {
    const yk_margin *g;
    const real *in;
    real *out;
    bool add;
} padding;

/* The row (column) of the image, n long, that is seen at place i of it with margins; -1 for none. */
static int64_t seen(const yk_margin *g, int64_t i, int64_t n)
{
    if (i >= 0 && i < n)
        return i;
    if (g->mode == YK_MARGIN_CONSTANT)
        return -1;
    if (g->mode == YK_MARGIN_REPLICATE)
        return i < 0 ? 0 : n - 1;
    return i < 0 ? -i : 2 * (n - 1) - i;
}

static void copy_run(int64_t n, const real *x, real *y, bool add)
{
    FOR_VEC (i, lanes, 0, n)
        vput(y + i, vload_n(x + i, lanes), lanes, add);
}

static void fill_run(int64_t n, real value, real *y)
{
    FOR_VEC (i, lanes, 0, n)
        vstore_n(y + i, vset(value), lanes);
}

/* A job: a row of an image that comes out. */
static void pad_row(const void *context, int64_t job)
{
    const padding *p = context;
    const yk_margin *g = p->g;
    const int64_t iy = seen(g, job % g->oh - g->top, g->h);
    const real *x = p->in + (job / g->oh * g->h + iy) * g->w * g->c;
    real *y = p->out + job * g->ow * g->c;
    if (iy < 0) {
        fill_run(g->ow * g->c, (real)g->value, y);
        return;
    }
    for (int64_t ox = 0; ox < g->ow; ox++) {
        int64_t ix = seen(g, ox - g->left, g->w);
        if (ix < 0) {
            fill_run(g->c, (real)g->value, y + ox * g->c);
        } else if (ox == g->left) {
            copy_run(g->w * g->c, x, y + ox * g->c, false);
            ox += g->w - 1;
        } else {
            copy_run(g->c, x + ix * g->c, y + ox * g->c, false);
        }
    }
}

void ISA(pad2d)(const yk_margin *g, int64_t n, const real *x, real *y)
{
    yk_parallel(n * g->oh, n * g->oh * g->ow * g->c, pad_row, &(padding){ .g = g, .in = x, .out = y });
}

/* A job: an image. */
static void gather_image(const void *context, int64_t image)
{
    const padding *p = context;
    const yk_margin *g = p->g;
    const real *dy = p->in + image * g->oh * g->ow * g->c;
    real *dx = p->out + image * g->h * g->w * g->c;
    if (!p->add)
        fill_run(g->h * g->w * g->c, 0, dx);
    for (int64_t oy = 0; oy < g->oh; oy++) {
        const int64_t iy = seen(g, oy - g->top, g->h);
        for (int64_t ox = 0; iy >= 0 && ox < g->ow; ox++) {
            const int64_t ix = seen(g, ox - g->left, g->w), at = (oy * g->ow + ox) * g->c;
            if (ox == g->left) {
                copy_run(g->w * g->c, dy + at, dx + iy * g->w * g->c, true);
                ox += g->w - 1;
            } else if (ix >= 0) {
                copy_run(g->c, dy + at, dx + (iy * g->w + ix) * g->c, true);
            }
        }
    }
}

void ISA(pad2d_grad)(const yk_margin *g, int64_t n, const real *dy, real *dx, bool add)
{
    yk_parallel(n, n * g->oh * g->ow * g->c, gather_image, &(padding){ .g = g, .in = dy, .out = dx, .add = add });
}
