/* SPDX-License-Identifier: Apache-2.0 */
/* copy_strided: y = x (or y += x) element by element of two arrays with steps of their own: what permutes, cuts out and
 * puts together. Array 0 is x, array 1 is y, whose elements are all different. A job is a region. */
#include "kernels/family.h"
#include "kernels/strided.h"

typedef struct transfer {
    const yk_strides *g;
    const real *x;
    real *y;
    bool add;
} transfer;

static void transfer_row(const transfer *t, const real *x, real *y, int64_t from, int64_t to)
{
    const int64_t last = t->g->ndim - 1, x_step = t->g->step[0][last], y_step = t->g->step[1][last];
    if (x_step == 1 && y_step == 1) {
        FOR_VEC (i, lanes, from, to)
            vput(y + i, vload_n(x + i, lanes), lanes, t->add);
        return;
    }
    for (int64_t i = from; i < to; i++)
        y[i * y_step] = t->add ? y[i * y_step] + x[i * x_step] : x[i * x_step];
}

static void transfer_region(const void *context, int64_t job)
{
    const transfer *t = context;
    const region p = region_of(t->g, job);
    for (int64_t row = p.first; row < p.last; row++) {
        int64_t at[YK_STRIDED_ARRAYS];
        row_places(t->g, row, at);
        transfer_row(t, t->x + at[0], t->y + at[1], p.from, p.to);
    }
}

void ISA(copy_strided)(const yk_strides *g, const real *x, real *y, bool add)
{
    share_regions(g, transfer_region, &(transfer){ g, x, y, add });
}
