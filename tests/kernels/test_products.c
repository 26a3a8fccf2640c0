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

/* relu */
static void cut_below_0(int64_t at, bool relu)
{
    if (relu && sums[at] < 0)
        sums[at] = 0;
}

static void naive_matmul(const int64_t *s, const rig *r, bool bias)
{
    (void)bias;
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
                cut_below_0(at, s[8]);
            }
    }
}

/* Number `at` of a place in (d, h, w) as its three coordinates. */
static void split(int64_t at, int64_t h, int64_t w, int64_t place[3])
{
    place[0] = at / w / h;
    place[1] = at / w % h;
    place[2] = at % w;
}

/* The input that tap `tap` of output `out` sees; -1: none. */
static int64_t input_seen(const yk_window *g, int64_t out, int64_t tap)
{
    const yk_window_axis *axes[3] = { &g->d, &g->h, &g->w };
    int64_t o[3], k[3], in = 0;
    split(out, g->h.out, g->w.out, o);
    split(tap, g->h.taps, g->w.taps, k);
    for (int i = 0; i < 3; i++) {
        int64_t at = o[i] * axes[i]->stride + k[i] * axes[i]->dilation - axes[i]->before;
        if (at < 0 || at >= axes[i]->in)
            return -1;
        in = in * axes[i]->in + at;
    }
    return in;
}

/* Calls `use` for each product of the convolution: offsets of x, w and y. */
static void walk(const int64_t *s, void (*use)(const int64_t *s, const rig *r, int64_t x, int64_t w, int64_t y),
                 const rig *r)
{
    yk_window g = window_of(s);
    int64_t cg = g.c / g.groups, ocg = g.oc / g.groups, places = yk_window_out(&g);
    for (int64_t y = 0; y < s[3] * places * g.oc; y++) {
        int64_t o = y % g.oc, pixel = y / g.oc % places, image = y / g.oc / places;
        for (int64_t k = 0; k < yk_window_taps(&g) * cg; k++) {
            int64_t c = k % cg + o / ocg * cg, in = input_seen(&g, pixel, k / cg);
            if (in >= 0)
                use(s, r, (image * yk_window_in(&g) + in) * g.c + c, k * g.oc + o, y);
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
    int64_t leaf = y / (yk_window_out(&g) * g.oc) / s[4], step = yk_window_taps(&g) * (g.c / g.groups) * g.oc + 5;
    add_term(leaf * step + w, (double)r->in[0][x] * (double)r->in[1][y]);
}
static void add_bias(int64_t pixels, int64_t channels, const rig *r)
{
    for (int64_t i = 0; i < pixels * channels; i++)
        add_term(i, (double)r->in[2][i % channels]);
}
static void naive_conv(const int64_t *s, const rig *r, bool bias)
{
    yk_window g = window_of(s);
    walk(s, use_forward, r);
    if (bias)
        add_bias(s[3] * yk_window_out(&g), g.oc, r);
    for (int64_t i = 0; i < s[3] * yk_window_out(&g) * g.oc; i++)
        cut_below_0(i, bias);
}
static void naive_conv_data(const int64_t *s, const rig *r, bool bias)
{
    yk_window g = window_of(s);
    walk(s, use_data, r);
    if (bias)
        add_bias(s[3] * yk_window_in(&g), g.c, r);
}
static void naive_conv_weights(const int64_t *s, const rig *r, bool bias)
{
    (void)bias;
    walk(s, use_weights, r);
}

static void compare(const kernel_case *c, int number, bool add, const rig *r)
{
    double error = 0, square = 0;
    c->run(c->s, add, r);
    for (int64_t i = 0; i < RIG_LEN; i++) {
        double d = (double)r->out[i] - sums[i];
        error += sizes[i] != 0 ? d * d : 0;
        square += sizes[i] != 0 ? sums[i] * sums[i] : 0;
    }
    if (!(sqrt(error) <= 1e-5 * sqrt(square)))
        FAIL_CASE(c->kernel, "case %d of the table, family %s, add %d: root mean square error %g of the values'",
                  number, yk_kernels_family(), add, sqrt(error / square));
    for (int64_t i = 0; i < RIG_LEN; i++)
        if (sizes[i] != 0 && !(fabs((double)r->out[i] - sums[i]) <= 1e-5 * sizes[i])) {
            FAIL_CASE(c->kernel, "case %d of the table, family %s, add %d: element %d is %g, not %g", number,
                      yk_kernels_family(), add, (int)i, (double)r->out[i], sums[i]);
            return;
        }
}

/* Every sum is of the largest one's size. */
static void share_sizes(void)
{
    double largest = 0;
    for (int64_t i = 0; i < RIG_LEN; i++)
        largest = fmax(largest, sizes[i]);
    for (int64_t i = 0; i < RIG_LEN; i++)
        sizes[i] = sizes[i] != 0 ? largest : 0;
}

static void test_products_against_naive_sums(void)
{
    static const struct {
        const char *kernel;
        void (*naive)(const int64_t *s, const rig *r, bool bias);
        bool tiles; /* an element's rounding error follows from the size of its neighbours, too */
    } references[] = { { "matmul", naive_matmul, false },
                       { "pack_weights", naive_matmul, false },
                       { "conv", naive_conv, false },
                       { "conv_data", naive_conv_data, false },
                       { "conv_weights", naive_conv_weights, false },
                       { "winograd", naive_conv, true },
                       { "winograd_data", naive_conv_data, true },
                       { "winograd_weights", naive_conv_weights, true } };
    rig r = rig_make();
    sums = malloc(RIG_LEN * sizeof *sums);
    sizes = malloc(RIG_LEN * sizeof *sizes);
    for (int i = 0; i < LEN(kernel_cases); i++)
        for (int n = 0; n < LEN(references); n++) {
            const kernel_case *c = &kernel_cases[i];
            if (strcmp(references[n].kernel, c->kernel))
                continue;
            for (int add = 0; add < 2; add++) { /* convolutions have a bias then, and forward a relu */
                memset(sizes, 0, RIG_LEN * sizeof *sizes);
                for (int64_t j = 0; j < RIG_LEN; j++)
                    sums[j] = add ? (double)r.in[RIG_INPUTS - 1][j] : 0;
                references[n].naive(c->s, &r, add);
                if (references[n].tiles)
                    share_sizes();
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

/* The output whose tap `tap` is input `in`; -1: none. */
static int64_t output_using(const yk_window *g, int64_t in, int64_t tap)
{
    const yk_window_axis *axes[3] = { &g->d, &g->h, &g->w };
    int64_t q[3], k[3], out = 0;
    split(in, g->h.in, g->w.in, q);
    split(tap, g->h.taps, g->w.taps, k);
    for (int i = 0; i < 3; i++) {
        int64_t at = q[i] + axes[i]->before - k[i] * axes[i]->dilation;
        if (at < 0 || at % axes[i]->stride || at / axes[i]->stride >= axes[i]->out)
            return -1;
        out = out * axes[i]->out + at / axes[i]->stride;
    }
    return out;
}

/* y and dx as the rule says: one chain of fma over ascending taps and channels of the group, zeros outside; then the
 * bias, and relu for y. */
static void forward_in_chains(const yk_window *g, int64_t images, const rig *r, const float *bias, float *y, bool add)
{
    int64_t cg = g->c / g->groups, ocg = g->oc / g->groups, area = yk_window_out(g);
    for (int64_t i = 0; i < images * area * g->oc; i++) {
        int64_t o = i % g->oc, pixel = i / g->oc;
        float sum = add ? y[i] : 0;
        for (int64_t k = 0; k < yk_window_taps(g) * cg; k++) {
            int64_t in = input_seen(g, pixel % area, k / cg), c = o / ocg * cg + k % cg;
            int64_t x = (pixel / area * yk_window_in(g) + in) * g->c + c;
            sum = fmaf(in >= 0 ? r->in[0][x] : 0, r->in[1][k * g->oc + o], sum);
        }
        y[i] = bias ? fmaxf(0, sum + bias[o]) : sum;
    }
}
static void data_in_chains(const yk_window *g, int64_t images, const rig *r, const float *bias, float *dx, bool add)
{
    int64_t cg = g->c / g->groups, ocg = g->oc / g->groups, area = yk_window_in(g);
    for (int64_t i = 0; i < images * area * g->c; i++) {
        int64_t c = i % g->c, pixel = i / g->c;
        float sum = add ? dx[i] : 0;
        for (int64_t k = 0; k < yk_window_taps(g) * ocg; k++) {
            int64_t out = output_using(g, pixel % area, k / ocg), o = c / cg * ocg + k % ocg;
            int64_t y = (pixel / area * yk_window_out(g) + out) * g->oc + o;
            sum = fmaf(out >= 0 ? r->in[0][y] : 0, r->in[1][(k / ocg * cg + c % cg) * g->oc + o], sum);
        }
        dx[i] = bias ? sum + bias[c] : sum;
    }
}

/* A leaf's dw as the rule says: pieces of 256 pixels, each a chain of fma from +0, added in ascending order. */
static void weights_in_pieces(const yk_window *g, int64_t first, int64_t images, const rig *r, float *dw, bool add)
{
    int64_t cg = g->c / g->groups, ocg = g->oc / g->groups, area = yk_window_out(g);
    for (int64_t i = 0; i < yk_window_taps(g) * cg * g->oc; i++) {
        int64_t k = i / g->oc, o = i % g->oc, c = o / ocg * cg + k % cg;
        float piece = 0, sum = add ? dw[i] : 0;
        for (int64_t p = 0; p < images * area; p++) {
            int64_t in = input_seen(g, p % area, k / cg);
            int64_t x = ((first + p / area) * yk_window_in(g) + in) * g->c + c;
            piece = fmaf(in >= 0 ? r->in[0][x] : 0, r->in[1][(first * area + p) * g->oc + o], piece);
            if (p % 256 == 255 || p == images * area - 1) {
                sum = add || p >= 256 ? sum + piece : piece;
                piece = 0;
            }
        }
        dw[i] = sum;
    }
}

static const struct {
    const char *label;
    int64_t shape[SIZES];
} chain_cases[] = {
    { "pieces across images", { 3, 7, 1, 0, 0, 20, 3, 1, 1, 1, 20, 3, 1, 1, 1 } },
    { "whole pieces", { 2, 33, 1, 0, 0, 16, 1, 1, 1, 0, 16, 1, 1, 1, 0 } },
    { "less than a piece", { 4, 5, 1, 0, 0, 9, 3, 1, 1, 1, 9, 3, 1, 1, 1 } },
    { "a volume", { 3, 6, 1, 0, 0, 7, 3, 1, 1, 1, 9, 3, 1, 1, 1, 8, 2, 1, 1, 0 } },
    { "a sequence", { 5, 20, 1, 0, 0, 70, 3, 2, 2, 2 } },
    { "groups", { 6, 9, 3, 0, 0, 11, 3, 2, 1, 1, 10, 2, 1, 2, 1 } },
    { "depthwise", { 37, 37, 37, 0, 0, 15, 3, 1, 1, 1, 13, 3, 1, 1, 1 } },
    { "depthwise, stride 2, more taps than a list", { 17, 17, 17, 0, 0, 13, 7, 2, 1, 3, 14, 6, 2, 1, 2 } },
    { "depthwise, multiplier 3, dilation 2", { 18, 54, 18, 0, 0, 12, 3, 1, 2, 2, 11, 2, 1, 2, 0 } },
    { "depthwise, multiplier 7", { 3, 21, 3, 0, 0, 12, 3, 1, 1, 1, 11, 2, 1, 1, 0 } },
    { "several slabs", { 40, 6, 1, 0, 0, 15, 3, 1, 1, 1, 13, 3, 1, 1, 1 } },
};

/* want and what every family gives are the same bits. */
static void test_sums_are_chains(void)
{
    enum { IMAGES = 5, LEAF = 2, LEAVES = 3 };
    rig r = rig_make();
    float *y = malloc(RIG_LEN * sizeof *y), *dx = malloc(RIG_LEN * sizeof *dx), *dw = malloc(RIG_LEN * sizeof *dw);
    const char *family;
    for (int i = 0; i < LEN(chain_cases) * 2; i++) {
        yk_window g = window_of(chain_cases[i / 2].shape);
        int64_t step = yk_window_taps(&g) * g.c / g.groups * g.oc;
        bool add = i % 2;
        const float *bias = add ? NULL : r.in[3];
        memcpy(y, r.in[2], RIG_LEN * sizeof *y);
        memcpy(dx, r.in[2], RIG_LEN * sizeof *dx);
        memcpy(dw, r.in[2], RIG_LEN * sizeof *dw);
        forward_in_chains(&g, IMAGES, &r, bias, y, add);
        data_in_chains(&g, IMAGES, &r, bias, dx, add);
        for (int64_t leaf = 0; leaf < LEAVES; leaf++)
            weights_in_pieces(&g, leaf * LEAF, leaf < LEAVES - 1 ? LEAF : IMAGES % LEAF, &r, dw + leaf * step, add);
        for (int f = 0; (family = yk_kernels_usable(f)); f++) {
            MUST(yk_kernels_choose(family));
            memcpy(r.out, r.in[2], RIG_LEN * sizeof *y);
            yk_k->conv(&g, IMAGES, r.in[0], r.in[1], bias, !add, r.out, add);
            if (memcmp(r.out, y, RIG_LEN * sizeof *y))
                FAIL_CASE(chain_cases[i / 2].label, "family %s, add %d: other bits of y", family, add);
            memcpy(r.out, r.in[2], RIG_LEN * sizeof *dx);
            yk_k->conv_data(&g, IMAGES, r.in[0], r.in[1], bias, r.out, add);
            if (memcmp(r.out, dx, RIG_LEN * sizeof *dx))
                FAIL_CASE(chain_cases[i / 2].label, "family %s, add %d: other bits of dx", family, add);
            memcpy(r.out, r.in[2], RIG_LEN * sizeof *dw);
            yk_k->conv_weights(&g, (yk_leaves){ IMAGES, LEAF }, r.in[0], r.in[1], r.out, step, add);
            if (memcmp(r.out, dw, RIG_LEN * sizeof *dw))
                FAIL_CASE(chain_cases[i / 2].label, "family %s, add %d: other bits of dw", family, add);
        }
    }
    free(y);
    free(dx);
    free(dw);
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
                                     { "sums are chains", test_sums_are_chains },
                                     { "an empty sum is the bias", test_an_empty_sum_is_the_bias },
                                     { 0 } };
    return yk_test_main("kernels/products", tests);
}
