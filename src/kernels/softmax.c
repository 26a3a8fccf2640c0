/* SPDX-License-Identifier: Apache-2.0 */
/* softmax of each row: y = exp(x - max) (1 / sum), the sum in the order of lanes.h; dx = y (dy - sum of y dy). */
#include "kernels/family.h"
#include "kernels/rows.h"

void ISA(softmax)(int64_t rows, int64_t cols, const real *x, real *y)
{
    FOR_JOBS (row, rows, rows * cols * 8) {
        const real *in = x + row * cols;
        vec top = vset(row_top(cols, in));
        lane_sums s = lane_sums_zero();
        FOR_VEC (i, lanes, 0, cols) {
            vec *sum = lane_sums_at(&s, i), e = vfirst(vexp(vsub(vload_n(in + i, lanes), top)), vset(0), lanes);
            *sum = vadd(*sum, e);
            vstore_n(y + row * cols + i, e, lanes);
        }
        vec factor = vset(1 / lane_sums_total(&s));
        FOR_VEC (i, lanes, 0, cols) {
            real *out = y + row * cols + i;
            vstore_n(out, vmul(vload_n(out, lanes), factor), lanes);
        }
    }
}

void ISA(softmax_grad)(int64_t rows, int64_t cols, const real *y, const real *dy, real *dx, bool add)
{
    FOR_JOBS (row, rows, rows * cols * 2) {
        const real *out = y + row * cols, *d = dy + row * cols;
        lane_sums s = lane_sums_zero();
        FOR_VEC (i, lanes, 0, cols) {
            vec *sum = lane_sums_at(&s, i);
            *sum = vfma(vload_n(out + i, lanes), vload_n(d + i, lanes), *sum);
        }
        vec total = vset(lane_sums_total(&s));
        FOR_VEC (i, lanes, 0, cols) {
            vec r = vmul(vload_n(out + i, lanes), vsub(vload_n(d + i, lanes), total));
            vput(dx + row * cols + i, r, lanes, add);
        }
    }
}
