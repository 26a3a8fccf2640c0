/* SPDX-License-Identifier: Apache-2.0 */
/* Products and convolutions with plain arguments: what bench/products.py calls, in one process with PyTorch. */
#include <stdlib.h>

#include "core/cpu.h"
#include "core/num.h"
#include "kernels/kernels.h"

int bench_choose(const char *family, int threads);
void bench_matmul(const int64_t *s, const float *a, const float *b, float *c);
void bench_pack(const int64_t *s, const float *b, float *packed);
void bench_conv(const int64_t *s, int way, const float *x, const float *w, float *y);

int bench_choose(const char *family, int threads)
{
    yk_threads_set(threads);
    return yk_kernels_choose(family);
}

/* s: m n k, a transposed, b transposed, b packed, count */
void bench_matmul(const int64_t *s, const float *a, const float *b, float *c)
{
    int64_t m = s[0], n = s[1], k = s[2];
    yk_k->matmul(&(yk_matmul){ .m = m,
                               .n = n,
                               .k = k,
                               .a = a,
                               .a_row = s[3] ? 1 : k,
                               .a_col = s[3] ? m : 1,
                               .b = b,
                               .b_row = s[4] ? 1 : n,
                               .b_col = s[4] ? k : 1,
                               .packed = s[5],
                               .c = c,
                               .c_row = n,
                               .count = s[6],
                               .a_step = m * k,
                               .b_step = s[5] ? yk_packed_size(k, n) : k * n,
                               .c_step = m * n,
                               .k_last = k });
}

void bench_pack(const int64_t *s, const float *b, float *packed)
{
    yk_k->pack_weights(s[2], s[1], b, s[4] ? 1 : s[1], s[4] ? s[2] : 1, packed);
}

/* s: images, height and width, channels, filters, window, stride, padding. way 0: y of x and w; 1: x is what y's
 * gradient and w give; 2: w is what x and y's gradient give, one micro-batch */
void bench_conv(const int64_t *s, int way, const float *x, const float *w, float *y)
{
    yk_window_axis a = { .in = s[1],
                         .out = (s[1] + 2 * s[6] - s[4]) / s[5] + 1,
                         .taps = s[4],
                         .stride = s[5],
                         .dilation = 1,
                         .before = s[6] };
    yk_window g = { .d = yk_window_flat, .h = a, .w = a, .c = s[2], .oc = s[3], .groups = 1 };
    if (way == 0)
        yk_k->conv(&g, s[0], x, w, NULL, false, y, false);
    else if (way == 1)
        yk_k->conv_data(&g, s[0], y, w, NULL, (float *)x, false);
    else
        yk_k->conv_weights(&g, (yk_leaves){ s[0], s[0] }, x, y, (float *)w, 0, false);
}
