/* SPDX-License-Identifier: Apache-2.0 */
/* Matrix product and convolution against sums written down naively in double; the family openblas against them too. */
#include <math.h>

#include "test.h"
#include "core/error.h"
#include "kernels/cases.h"

static double *sums;  /* what the naive sums give, in the layout of rig.out */
static double *sizes; /* the same sums over absolute values: the scale of the rounding error */

static void add_term(int64_t at, double term)
{
    sums[at] += term;
    sizes[at] += fabs(term);
}

static void naive_matmul(const int64_t *s, const rig *r)
{
    int64_t m = s[0], n = s[1], count = s[6] ? s[6] : 1;
    for (int64_t g = 0; g < count; g++) {
        int64_t k = s[2], terms = g == count - 1 && s[7] ? s[7] : k;
        const float *a = r->in[0] + g * m * k, *b = r->in[1] + g * n * k;
        for (int64_t i = 0; i < m; i++)
            for (int64_t j = 0; j < n; j++) {
                int64_t at = g * m * (n + 3) + i * (n + 3) + j;
                for (int64_t l = 0; l < terms; l++)
                    add_term(at, (double)a[s[3] ? l * m + i : i * k + l] * (double)b[s[4] ? j * k + l : l * n + j]);
                if (s[5])
                    add_term(at, (double)r->in[2][j]);
            }
    }
}

/* Calls `use` for each product of the convolution: offsets of x, w and y. */
static void walk(const int64_t *s, void (*use)(const int64_t *s, const rig *r, int64_t x, int64_t w, int64_t y),
                 const rig *r)
{
    yk_window g = window_of(s);
    int64_t cg = g.c / g.groups, ocg = g.oc / g.groups;
    for (int64_t y = 0; y < s[13] * g.oh * g.ow * g.oc; y++) {
        int64_t o = y % g.oc, ox = y / g.oc % g.ow, oy = y / g.oc / g.ow % g.oh, image = y / g.oc / g.ow / g.oh;
        for (int64_t k = 0; k < g.kh * g.kw * cg; k++) {
            int64_t c = k % cg + o / ocg * cg, kx = k / cg % g.kw, ky = k / cg / g.kw;
            int64_t iy = oy * g.sh + ky * g.dh - g.pt, ix = ox * g.sw + kx * g.dw - g.pl;
            if (iy >= 0 && iy < g.h && ix >= 0 && ix < g.w)
                use(s, r, ((image * g.h + iy) * g.w + ix) * g.c + c, k * g.oc + o, y);
        }
    }
}
static void use_forward(const int64_t *s, const rig *r, int64_t x, int64_t w, int64_t y)
{
    (void)s;
    add_term(y, (double)r->in[0][x] * (double)r->in[1][w]);
}
static void use_data(const int64_t *s, const rig *r, int64_t x, int64_t w, int64_t y)
{
    (void)s;
    add_term(x, (double)r->in[0][y] * (double)r->in[1][w]);
}
static void use_weights(const int64_t *s, const rig *r, int64_t x, int64_t w, int64_t y)
{
    yk_window g = window_of(s);
    int64_t leaf = y / (g.oh * g.ow * g.oc) / s[14], step = g.kh * g.kw * (g.c / g.groups) * g.oc + 5;
    add_term(leaf * step + w, (double)r->in[0][x] * (double)r->in[1][y]);
}
static void naive_conv2d(const int64_t *s, const rig *r)
{
    walk(s, use_forward, r);
}
static void naive_conv2d_data(const int64_t *s, const rig *r)
{
    walk(s, use_data, r);
}
static void naive_conv2d_weights(const int64_t *s, const rig *r)
{
    walk(s, use_weights, r);
}

static void compare(const kernel_case *c, int number, bool add, const rig *r)
{
    c->run(c->s, add, r);
    for (int64_t i = 0; i < RIG_LEN; i++)
        if (sizes[i] != 0 && !(fabs((double)r->out[i] - sums[i]) <= 1e-5 * sizes[i])) {
            FAIL_CASE(c->kernel, "case %d of the table, family %s, add %d: element %d is %g, not %g", number,
                      yk_kernels_family(), add, (int)i, (double)r->out[i], sums[i]);
            return;
        }
}

static void test_products_against_naive_sums(void)
{
    static const struct {
        const char *kernel;
        void (*naive)(const int64_t *s, const rig *r);
    } references[] = { { "matmul", naive_matmul },
                       { "conv2d", naive_conv2d },
                       { "conv2d_data", naive_conv2d_data },
                       { "conv2d_weights", naive_conv2d_weights } };
    rig r = rig_make();
    sums = malloc(RIG_LEN * sizeof *sums);
    sizes = malloc(RIG_LEN * sizeof *sizes);
    for (int i = 0; i < LEN(kernel_cases); i++)
        for (int n = 0; n < LEN(references); n++) {
            const kernel_case *c = &kernel_cases[i];
            if (strcmp(references[n].kernel, c->kernel))
                continue;
            for (int add = 0; add < (c->run == run_conv2d ? 1 : 2); add++) {
                memset(sizes, 0, RIG_LEN * sizeof *sizes);
                for (int64_t j = 0; j < RIG_LEN; j++)
                    sums[j] = add ? (double)r.in[RIG_INPUTS - 1][j] : 0;
                references[n].naive(c->s, &r);
                const char *family;
                for (int f = 0; (family = yk_kernels_usable(f)); f++) {
                    MUST(yk_kernels_choose(family));
                    memcpy(r.out, r.in[RIG_INPUTS - 1], RIG_LEN * sizeof(float));
                    compare(c, i, add, &r);
                }
            }
        }
    free(sums);
    free(sizes);
    rig_free(&r);
}

static void test_an_empty_sum_is_the_bias(void)
{
    float bias[3] = { 1, 2, 3 }, c[6];
    const char *family;
    for (int f = 0; (family = yk_kernels_usable(f)); f++) {
        MUST(yk_kernels_choose(family));
        yk_k->matmul(&(yk_matmul){ .m = 2,
                                   .n = 3,
                                   .a = bias,
                                   .b = bias,
                                   .a_col = 1,
                                   .b_row = 3,
                                   .b_col = 1,
                                   .bias = bias,
                                   .c = c,
                                   .c_row = 3,
                                   .count = 1 });
        for (int i = 0; i < 6; i++)
            CU_ASSERT_EQUAL(c[i], bias[i % 3]);
    }
}

int main(void)
{
    static const yk_test tests[] = { { "products against naive sums", test_products_against_naive_sums },
                                     { "an empty sum is the bias", test_an_empty_sum_is_the_bias },
                                     { 0 } };
    return yk_test_main("kernels/products", tests);
}
