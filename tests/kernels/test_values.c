/* SPDX-License-Identifier: Apache-2.0 */
/* Pooling, losses, normalisation, dropout, updates and sums against their formulas, naively in double. */
#include <math.h>

#include "test.h"
#include "core/error.h"
#include "kernels/cases.h"

static void near(const char *label, int64_t i, float got, double want)
{
    if (!(fabs((double)got - want) <= 1e-5 * (1 + fabs(want))))
        FAIL_CASE(label, "element %d is %.9g, not %.9g", (int)i, (double)got, want);
}

static rig r;

static void test_sums_follow_their_lanes(void)
{
    for (int64_t n = 1; n < 300; n += 13) {
        float lane[64] = { 0 };
        for (int64_t i = 0; i < n; i++)
            lane[i % 64] += r.in[0][i];
        for (int half = 32; half > 0; half /= 2)
            for (int j = 0; j < half; j++)
                lane[j] += lane[j + half];
        float got = yk_k->total(n, r.in[0]);
        CU_ASSERT(!memcmp(&got, lane, sizeof got));
    }
}

/* The sum of `rows` elements of a column, `stride` apart: pieces of 256, each a chain from +0. */
static float sum_in_pieces(const float *x, int rows, int stride)
{
    float total = 0, piece = 0;
    for (int i = 0; i < rows; i++) {
        piece += x[i * stride];
        if (i % 256 == 255 || i == rows - 1) {
            total += piece;
            piece = 0;
        }
    }
    return total;
}

static void test_column_sums_are_sums_of_pieces(void)
{
    enum { SAMPLES = 7, LEAF = 3, LEAVES = 3, N = 70 };
    static const int rows_each[] = { 1, 2, 85, 86, 256, 450 }; /* leaves below, at and above one piece and several */
    for (int i = 0; i < LEN(rows_each) * 2; i++) {
        float db[LEAVES * N], old = i % 2 ? 3 : 0;
        int each = rows_each[i / 2];
        for (int j = 0; j < LEAVES * N; j++)
            db[j] = 3;
        yk_k->column_sums((yk_leaves){ SAMPLES, LEAF }, each, N, r.in[0], db, N, i % 2);
        for (int j = 0; j < LEAVES * N; j++) {
            int leaf = j / N, rows = each * (leaf < LEAVES - 1 ? LEAF : SAMPLES % LEAF);
            float sum = sum_in_pieces(r.in[0] + leaf * LEAF * each * N + j % N, rows, N);
            CU_ASSERT_EQUAL(db[j], old + sum);
        }
    }
}

/* What kernels.h says of a column, in the plainest words. */
static void statistics_of(const float *x, int rows, int step, float *mean, float *squares)
{
    *mean = *squares = 0;
    for (int first = 0; first < rows; first += YK_SUM_PIECE) {
        int n = rows - first < YK_SUM_PIECE ? rows - first : YK_SUM_PIECE;
        float pivot = x[first * step], s = 0, q = 0;
        for (int i = first; i < first + n; i++) {
            float d = x[i * step] - pivot;
            s += d;
            q = fmaf(d, d, q);
        }
        float m = pivot + s / (float)n, left = fmaf(-s, s / (float)n, q), share = (float)n / (float)(first + n);
        left = left > 0 ? left : 0;
        float d = m - *mean;
        *squares = first ? fmaf(d * d, (float)first * share, *squares + left) : left;
        *mean = first ? fmaf(d, share, *mean) : m;
    }
}

static void test_batch_statistics_are_joined_pieces(void)
{
    enum { SAMPLES = 7, LEAF = 3, LEAVES = 3, N = 70 };
    static const int rows_each[] = { 1, 2, 85, 86, 256, 450 };
    for (int i = 0; i < LEN(rows_each); i++) {
        float mean[LEAVES * N], variance[LEAVES * N], inv_std[LEAVES * N];
        int each = rows_each[i];
        yk_k->batchnorm_statistics((yk_leaves){ SAMPLES, LEAF }, each, N, 1, r.in[0], mean, variance, inv_std);
        for (int j = 0; j < LEAVES * N; j++) {
            int leaf = j / N, rows = each * (leaf < LEAVES - 1 ? LEAF : SAMPLES % LEAF);
            float m, squares;
            statistics_of(r.in[0] + leaf * LEAF * each * N + j % N, rows, N, &m, &squares);
            CU_ASSERT_EQUAL(mean[j], m);
            CU_ASSERT_EQUAL(variance[j], squares / (float)rows);
        }
    }
}

/* Columns far from 0, constant ones, and such as begin with a number that is far from all others. */
static void test_batch_statistics_are_exact(void)
{
    enum { ROWS = 5000, N = 3 };
    static float x[ROWS * N];
    float mean[N], variance[N], inv_std[N];
    for (int i = 0; i < ROWS; i++) {
        x[i * N] = 1000 + r.in[0][i];
        x[i * N + 1] = 3.1F;
        x[i * N + 2] = i % YK_SUM_PIECE ? r.in[0][i] : 1e4F;
    }
    yk_k->batchnorm_statistics((yk_leaves){ ROWS, ROWS }, 1, N, 1, x, mean, variance, inv_std);
    CU_ASSERT_EQUAL(mean[1], 3.1F);
    CU_ASSERT_EQUAL(variance[1], 0);
    for (int j = 0; j < N; j++) {
        double sum = 0, squares = 0;
        for (int i = 0; i < ROWS; i++)
            sum += (double)x[i * N + j];
        for (int i = 0; i < ROWS; i++)
            squares += ((double)x[i * N + j] - sum / ROWS) * ((double)x[i * N + j] - sum / ROWS);
        CU_ASSERT(fabs((double)mean[j] - sum / ROWS) <= 1e-6 * (fabs(sum / ROWS) + sqrt(squares / ROWS)));
        CU_ASSERT(fabs((double)variance[j] - squares / ROWS) <= 3e-5 * squares / ROWS);
    }
}

static void test_find_nonfinite(void)
{
    float x[100] = { 0 };
    CU_ASSERT_EQUAL(yk_k->find_nonfinite(100, x), -1);
    x[99] = NAN;
    CU_ASSERT_EQUAL(yk_k->find_nonfinite(100, x), 99);
    CU_ASSERT_EQUAL(yk_k->find_nonfinite(99, x), -1);
    x[17] = -INFINITY;
    CU_ASSERT_EQUAL(yk_k->find_nonfinite(100, x), 17);
}

/* 1 x 5, window 3, stride 2, padding 1: windows see {0, 1}, {1, 2, 3}, {3, 4}. */
static void test_pooling(void)
{
    yk_window g = { .d = yk_window_flat,
                    .h = yk_window_flat,
                    .w = { .in = 5, .out = 3, .taps = 3, .stride = 2, .dilation = 1, .before = 1 },
                    .c = 1,
                    .oc = 1,
                    .groups = 1 };
    static const struct {
        const char *label;
        float x[5], max[3], dx[5]; /* dx: what dy = 1, 10, 100 gives through the maximum */
    } cases[] = {
        { "plain", { 1, 3, 2, 5, 4 }, { 3, 5, 5 }, { 0, 1, 0, 110, 0 } },
        { "the first of equals", { 2, 2, 2, 2, 2 }, { 2, 2, 2 }, { 1, 10, 0, 100, 0 } },
        { "padding is no zero", { -4, -3, -2, -5, -6 }, { -3, -2, -5 }, { 0, 1, 10, 100, 0 } },
        { "nan wins", { 9, NAN, 1, 7, 8 }, { NAN, NAN, 8 }, { 0, 11, 0, 0, 100 } },
        { "-infinity", { -INFINITY, -INFINITY, 1, 1, -INFINITY }, { -INFINITY, 1, 1 }, { 1, 0, 10, 100, 0 } },
    };
    static const float dy[3] = { 1, 10, 100 };
    float y[3], dx[5];
    for (int i = 0; i < LEN(cases); i++) {
        yk_k->maxpool(&g, 1, cases[i].x, y);
        yk_k->maxpool_grad(&g, 1, cases[i].x, dy, dx, false);
        for (int j = 0; j < 3; j++)
            if (!(y[j] == cases[i].max[j] || (isnan(y[j]) && isnan(cases[i].max[j]))))
                FAIL_CASE(cases[i].label, "y[%d] is %g", j, (double)y[j]);
        for (int j = 0; j < 5; j++)
            if (dx[j] != cases[i].dx[j])
                FAIL_CASE(cases[i].label, "dx[%d] is %g", j, (double)dx[j]);
    }
    static const float x[5] = { 1, 3, 2, 5, 4 }, mean[3] = { 2, 10.0F / 3, 4.5F };
    yk_k->avgpool(&g, 1, x, y);
    for (int j = 0; j < 3; j++)
        near("avgpool", j, y[j], (double)mean[j]);
    static const float spread[5] = { 0.5F, 0.5F + 10.0F / 3, 10.0F / 3, 50 + 10.0F / 3, 50 };
    yk_k->avgpool_grad(&g, 1, dy, dx, false);
    for (int j = 0; j < 5; j++)
        near("avgpool_grad", j, dx[j], (double)spread[j]);
}

enum { LOSS_ROWS = 5, LOSS_COLS = 70, LOSS_LEN = LOSS_ROWS * LOSS_COLS };

/* exp(x_j) / sum exp(x) of a row; *log_sum = log of the sum. */
static double softmax_at(const float *x, int64_t j, double *log_sum)
{
    double sum = 0;
    for (int i = 0; i < LOSS_COLS; i++)
        sum += exp((double)x[i]);
    *log_sum = log(sum);
    return exp((double)x[j]) / sum;
}

static void test_softmax_and_its_loss(void)
{
    static float y[LOSS_LEN], dx[LOSS_LEN], loss[LOSS_ROWS], top[2 * LOSS_ROWS], dsoft[LOSS_LEN];
    int64_t s[2] = { LOSS_ROWS, LOSS_COLS };
    set_labels(s, &r);
    const float *x = r.in[0], *dloss = r.in[1];
    yk_k->softmax(LOSS_ROWS, LOSS_COLS, x, y);
    yk_k->softmax_grad(LOSS_ROWS, LOSS_COLS, y, r.in[2], dsoft, false);
    yk_k->softmax_cross_entropy(LOSS_ROWS, LOSS_COLS, x, r.label, top, loss);
    yk_k->softmax_cross_entropy_grad(LOSS_ROWS, LOSS_COLS, x, r.label, top, dloss, dx, false);
    for (int64_t i = 0; i < LOSS_LEN; i++) {
        int64_t row = i / LOSS_COLS, j = i % LOSS_COLS, label = r.label[row];
        const float *in = x + row * LOSS_COLS;
        double log_sum, p = softmax_at(in, j, &log_sum), dot = 0;
        for (int64_t l = 0; l < LOSS_COLS; l++)
            dot += softmax_at(in, l, &log_sum) * (double)r.in[2][row * LOSS_COLS + l];
        near("softmax", i, y[i], p);
        near("softmax_grad", i, dsoft[i], p * ((double)r.in[2][i] - dot));
        near("softmax_cross_entropy", row, loss[row], log_sum - (double)in[label]);
        near("softmax_cross_entropy_grad", i, dx[i], (p - (j == label)) * (double)dloss[row]);
    }
    float huge[3] = { 1e30F, 1e30F, -1e30F };
    yk_k->softmax(1, 3, huge, y);
    CU_ASSERT(y[0] == 0.5F && y[1] == 0.5F && y[2] == 0);
}

static void test_losses_on_values(void)
{
    static float bce[LOSS_ROWS], mse[LOSS_ROWS], dbce[LOSS_LEN], dmse[LOSS_LEN];
    const float *x = r.in[0], *t = r.in[1], *d = r.in[2];
    yk_k->binary_cross_entropy(LOSS_ROWS, LOSS_COLS, NULL, x, t, bce);
    yk_k->binary_cross_entropy_grad(LOSS_ROWS, LOSS_COLS, NULL, x, t, d, dbce, false);
    yk_k->mean_squared_error(LOSS_ROWS, LOSS_COLS, x, t, mse);
    yk_k->mean_squared_error_grad(LOSS_ROWS, LOSS_COLS, x, t, d, dmse, false);
    for (int64_t row = 0; row < LOSS_ROWS; row++) {
        double entropy = 0, square = 0;
        for (int64_t i = row * LOSS_COLS; i < (row + 1) * LOSS_COLS; i++) {
            double xi = (double)x[i], ti = (double)t[i], di = (double)d[row];
            entropy += log1p(exp(xi)) - xi * ti;
            square += (xi - ti) * (xi - ti);
            near("binary_cross_entropy_grad", i, dbce[i], (1 / (1 + exp(-xi)) - ti) * di / LOSS_COLS);
            near("mean_squared_error_grad", i, dmse[i], 2 * (xi - ti) * di / LOSS_COLS);
        }
        near("binary_cross_entropy", row, bce[row], entropy / LOSS_COLS);
        near("mean_squared_error", row, mse[row], square / LOSS_COLS);
    }
    float sure[2] = { 40, -200 }, target[2] = { 1, 0 }, loss[2];
    yk_k->binary_cross_entropy(2, 1, NULL, sure, target, loss);
    CU_ASSERT_DOUBLE_EQUAL((double)loss[0], exp(-40), 1e-6 * exp(-40));
    CU_ASSERT_EQUAL(loss[1], 0);
}

enum { BN_SAMPLES = 5, BN_LEAF = 2, BN_R = 3, BN_C = 70, BN_LEAVES = 3, BN_LEN = BN_SAMPLES * BN_R * BN_C };

static void check_batchnorm_column(int g, int c, const float *y, const float *dx, const float *dgamma,
                                   const float *dbeta)
{
    int first = g * BN_LEAF * BN_R, end = g == BN_LEAVES - 1 ? BN_SAMPLES * BN_R : first + BN_LEAF * BN_R;
    double n = end - first, mean = 0, variance = 0, sum = 0, product = 0;
    double gamma = (double)r.in[1][c], beta = (double)r.in[2][c];
    for (int i = first; i < end; i++)
        mean += (double)r.in[0][i * BN_C + c] / n;
    for (int i = first; i < end; i++)
        variance += pow((double)r.in[0][i * BN_C + c] - mean, 2) / n;
    double scale = 1 / sqrt(variance + 1e-5);
    for (int i = first; i < end; i++) {
        sum += (double)r.in[3][i * BN_C + c];
        product += (double)r.in[3][i * BN_C + c] * ((double)r.in[0][i * BN_C + c] - mean) * scale;
    }
    near("batchnorm dbeta", c, dbeta[g * BN_C + c], sum);
    near("batchnorm dgamma", c, dgamma[g * BN_C + c], product);
    for (int i = first; i < end; i++) {
        double hat = ((double)r.in[0][i * BN_C + c] - mean) * scale, d = (double)r.in[3][i * BN_C + c];
        near("batchnorm", i * BN_C + c, y[i * BN_C + c], hat * gamma + beta);
        near("batchnorm_grad", i * BN_C + c, dx[i * BN_C + c], gamma * scale * (d - sum / n - hat * product / n));
    }
}

static void test_batchnorm(void)
{
    static float mean[BN_LEAVES * BN_C], variance[BN_LEAVES * BN_C], inv_std[BN_LEAVES * BN_C], y[BN_LEN], dx[BN_LEN],
        dgamma[BN_LEAVES * BN_C], dbeta[BN_LEAVES * BN_C];
    yk_leaves leaves = { BN_SAMPLES, BN_LEAF };
    yk_k->batchnorm_statistics(leaves, BN_R, BN_C, 1e-5F, r.in[0], mean, variance, inv_std);
    yk_batchnorm p = { .leaves = leaves,
                       .r = BN_R,
                       .c = BN_C,
                       .x = r.in[0],
                       .mean = mean,
                       .inv_std = inv_std,
                       .step = BN_C,
                       .gamma = r.in[1],
                       .beta = r.in[2],
                       .y = y,
                       .dy = r.in[3],
                       .dgamma = dgamma,
                       .dbeta = dbeta,
                       .leaf_step = BN_C,
                       .dx = dx };
    yk_k->batchnorm(&p);
    yk_k->batchnorm_grad(&p);
    for (int g = 0; g < BN_LEAVES; g++)
        for (int c = 0; c < BN_C; c++)
            check_batchnorm_column(g, c, y, dx, dgamma, dbeta);
    memset(dgamma, 0, sizeof dgamma);
    p.dx = NULL; /* nobody needs it */
    yk_k->batchnorm_grad(&p);
    CU_ASSERT_NOT_EQUAL(dgamma[0], 0);
}

static void test_dropout_keeps_what_philox_says(void)
{
    enum { ROWS_ = 3, COLS = 150 };
    static float y[ROWS_ * COLS];
    yk_random random = { .key = yk_key_make(5, YK_FOR_DROPOUT, "x"), .time = 9, .sample = r.sample };
    yk_k->dropout(ROWS_, 1, COLS, &random, 0.4F, 2, r.in[0], y, false);
    for (int i = 0; i < ROWS_ * COLS; i++) {
        double u = yk_random_uniform(random.key, 9, r.sample[i / COLS], i % COLS);
        CU_ASSERT_EQUAL(y[i], u >= (double)0.4F ? 2 * r.in[0][i] : 0);
    }
}

/* Three steps on one element, as the formulas say. */
static void test_sgd(void)
{
    static const struct {
        const char *label;
        float momentum;
        bool nesterov;
    } cases[] = { { "plain", 0, false }, { "momentum", 0.9F, false }, { "nesterov", 0.9F, true } };
    for (int i = 0; i < LEN(cases); i++) {
        float w = 1, m = 7, g = 0.5F;
        double want = 1, velocity = 0, mu = (double)cases[i].momentum;
        for (int t = 0; t < 3; t++) {
            yk_sgd_step step = { .lr = 0.1F,
                                 .momentum = cases[i].momentum,
                                 .weight_decay = 0.01F,
                                 .nesterov = cases[i].nesterov,
                                 .first = t == 0 };
            yk_k->sgd(1, &step, &g, &w, mu > 0 ? &m : NULL);
            double d = 0.5 + 0.01 * want;
            velocity = t == 0 ? d : mu * velocity + d;
            want -= 0.1 * (mu == 0 ? d : cases[i].nesterov ? d + mu * velocity : velocity);
            near(cases[i].label, t, w, want);
        }
    }
}

static void test_adam(void)
{
    static const struct {
        const char *label;
        double coupled, decoupled;
    } cases[] = { { "adam", 0.1, 0 }, { "adamw", 0, 0.1 } };
    for (int i = 0; i < LEN(cases); i++) {
        float w = 1, m = 0, v = 0, g = 0.5F;
        double want = 1, m1 = 0, m2 = 0;
        for (int t = 1; t <= 3; t++) {
            double c1 = 1 - pow(0.9, t), c2 = 1 - pow(0.999, t);
            yk_adam_step step = { .lr = 0.1F,
                                  .beta1 = 0.9F,
                                  .beta2 = 0.999F,
                                  .one_minus_beta1 = 0.1F,
                                  .one_minus_beta2 = 0.001F,
                                  .correction1 = (float)c1,
                                  .root_correction2 = (float)sqrt(c2),
                                  .epsilon = 1e-8F,
                                  .coupled_decay = (float)cases[i].coupled,
                                  .decoupled_decay = (float)cases[i].decoupled };
            yk_k->adam(1, &step, &g, &w, &m, &v, NULL);
            want *= 1 - 0.1 * cases[i].decoupled;
            double d = 0.5 + cases[i].coupled * want;
            m1 = 0.9 * m1 + 0.1 * d;
            m2 = 0.999 * m2 + 0.001 * d * d;
            want -= 0.1 / c1 * m1 / (sqrt(m2 / c2) + 1e-8);
            near(cases[i].label, t, w, want);
        }
    }
}

/* Sums of pieces of YK_SUM_PIECE rows, bit by bit; a column of zeros stays. */
static void test_column_constraints(void)
{
    enum { ROWS_ = 700, COLS = 37, ZERO = 5 };
    static float w[ROWS_ * COLS], unit[ROWS_ * COLS], bound[ROWS_ * COLS];
    const float most = 20;
    memcpy(w, r.in[0], sizeof w);
    for (int i = 0; i < ROWS_; i++) {
        w[i * COLS + ZERO] = 0;
        w[i * COLS] *= 0.1F; /* short enough */
    }
    memcpy(unit, w, sizeof w);
    memcpy(bound, w, sizeof w);
    yk_k->unit_columns(ROWS_, COLS, unit);
    yk_k->bound_columns(ROWS_, COLS, most, bound);
    for (int j = 0; j < COLS; j++) {
        float total = 0;
        for (int first = 0; first < ROWS_; first += YK_SUM_PIECE) {
            float piece = 0;
            for (int i = first; i < first + YK_SUM_PIECE && i < ROWS_; i++)
                piece = fmaf(w[i * COLS + j], w[i * COLS + j], piece);
            total += piece;
        }
        const float norm = sqrtf(total);
        CU_ASSERT((norm > most) == (j != 0 && j != ZERO));
        for (int i = 0; i < ROWS_; i++) {
            CU_ASSERT_EQUAL(unit[i * COLS + j], w[i * COLS + j] * (norm > 0 ? 1 / norm : 1));
            CU_ASSERT_EQUAL(bound[i * COLS + j], w[i * COLS + j] * (norm > most ? most / norm : 1));
        }
    }
}

static void test_small_updates(void)
{
    float w[3] = { -2, 0, 3 }, g[3] = { 1, 1, 1 }, y = 4, x = 2;
    static const float want[3] = { 1 - 0.4F - 0.5F, 1, 1 + 0.6F + 0.5F };
    yk_k->penalty_grad(3, 0.5F, 0.2F, w, g);
    for (int i = 0; i < 3; i++)
        near("penalty_grad", i, g[i], (double)want[i]);
    yk_k->blend(1, 0.75F, 0.25F, &x, &y);
    CU_ASSERT_EQUAL(y, 3.5F);
}

int main(void)
{
    static const yk_test tests[] = { { "sums follow their lanes", test_sums_follow_their_lanes },
                                     { "column sums are sums of pieces", test_column_sums_are_sums_of_pieces },
                                     { "batch statistics are joined pieces", test_batch_statistics_are_joined_pieces },
                                     { "batch statistics are exact", test_batch_statistics_are_exact },
                                     { "find_nonfinite", test_find_nonfinite },
                                     { "pooling", test_pooling },
                                     { "softmax and its loss", test_softmax_and_its_loss },
                                     { "losses on values", test_losses_on_values },
                                     { "batchnorm", test_batchnorm },
                                     { "dropout keeps what philox says", test_dropout_keeps_what_philox_says },
                                     { "sgd", test_sgd },
                                     { "adam", test_adam },
                                     { "column constraints", test_column_constraints },
                                     { "small updates", test_small_updates },
                                     { 0 } };
    r = rig_make();
    int status = yk_kernels_choose(NULL) != YK_OK || yk_test_main("kernels/values", tests);
    rig_free(&r);
    return status;
}
