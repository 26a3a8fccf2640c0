/* SPDX-License-Identifier: Apache-2.0 */
/* Speed of the kernels of one family: bench_kernels [family] [threads] [kernel]. Best run of BUDGET seconds, GFLOP/s (2
 * an fma) for products and convolutions, G elements/s for the others. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/clock.h"
#include "core/cpu.h"
#include "core/error.h"
#include "kernels/kernels.h"

enum { LENGTH = 1 << 24 };

static const double BUDGET = 0.2;

static float *in[3], *out, *room, *spare;
static int32_t label[1 << 16];
static int64_t sample[1 << 16];

typedef struct bench_row {
    const char *kernel;
    int64_t s[12];
    double work; /* fma or elements */
} bench_row;

static void matmul(const int64_t *s, bool a_t, bool b_t)
{
    yk_k->matmul(&(yk_matmul){ .m = s[0],
                               .n = s[1],
                               .k = s[2],
                               .a = in[0],
                               .a_row = a_t ? 1 : s[2],
                               .a_col = a_t ? s[0] : 1,
                               .b = in[1],
                               .b_row = b_t ? 1 : s[1],
                               .b_col = b_t ? s[2] : 1,
                               .c = out,
                               .c_row = s[1],
                               .count = 1,
                               .k_last = s[2] });
}

/* s: image size, channels in and out, window size, images, padding, groups (0: one) */
static yk_window window_of(const int64_t *s)
{
    yk_window_axis a = {
        .in = s[0], .out = s[0] + 2 * s[5] - s[3] + 1, .taps = s[3], .stride = 1, .dilation = 1, .before = s[5]
    };
    return (yk_window){ .d = yk_window_flat, .h = a, .w = a, .c = s[1], .oc = s[2], .groups = s[6] ? s[6] : 1 };
}

/* Windows of 2 x 2 side by side. */
static yk_window pool_of(const int64_t *s)
{
    yk_window_axis a = { .in = s[0], .out = s[0] / 2, .taps = 2, .stride = 2, .dilation = 1 };
    return (yk_window){ .d = yk_window_flat, .h = a, .w = a, .c = s[1], .oc = s[1], .groups = 1 };
}

/* s: images, places, channels; one leaf */
static void batchnorm(const char *kernel, const int64_t *s)
{
    yk_batchnorm p = { .leaves = { s[0], s[0] },
                       .r = s[1],
                       .c = s[2],
                       .x = in[0],
                       .mean = in[2],
                       .inv_std = in[2] + 65536,
                       .step = s[2],
                       .gamma = in[2] + 65536,
                       .beta = in[2],
                       .relu = strstr(kernel, "relu"),
                       .residual = strstr(kernel, "add") ? in[1] : NULL,
                       .y = strstr(kernel, "grad") ? in[1] : out,
                       .dy = in[2],
                       .dgamma = spare,
                       .dbeta = spare + 65536,
                       .leaf_step = s[2],
                       .dx = out,
                       .dresidual = strstr(kernel, "add") ? spare + 131072 : NULL };
    if (strstr(kernel, "statistics"))
        yk_k->batchnorm_statistics(p.leaves, p.r, p.c, 1e-5F, p.x, spare, spare + 65536, spare + 131072);
    else if (strstr(kernel, "grad"))
        yk_k->batchnorm_grad(&p);
    else
        yk_k->batchnorm(&p);
}

static void run(const char *kernel, const int64_t *s)
{
    yk_window g = window_of(s), pool = pool_of(s);
    yk_leaves leaves = { .rows = s[4], .size = 32 };
    yk_random random = { .key = { { 1, 2 } }, .sample = sample };
    yk_adam_step adam = { .lr = 0.1F,
                          .beta1 = 0.9F,
                          .beta2 = 0.999F,
                          .one_minus_beta1 = 0.1F,
                          .one_minus_beta2 = 0.001F,
                          .correction1 = 0.19F,
                          .root_correction2 = 0.04F,
                          .epsilon = 1e-8F };
    if (!strcmp(kernel, "matmul"))
        matmul(s, false, false);
    else if (!strcmp(kernel, "matmul a^t"))
        matmul(s, true, false);
    else if (!strcmp(kernel, "matmul b^t"))
        matmul(s, false, true);
    else if (!strcmp(kernel, "conv"))
        yk_k->conv(&g, s[4], in[0], in[1], in[2], false, out, false);
    else if (!strcmp(kernel, "conv_data"))
        yk_k->conv_data(&g, s[4], in[0], in[1], NULL, out, false);
    else if (!strcmp(kernel, "conv_weights"))
        yk_k->conv_weights(&g, leaves, in[0], in[1], out, yk_window_taps(&g) * g.c / g.groups * g.oc, false);
    else if (!strcmp(kernel, "winograd"))
        yk_k->winograd(&g, s[4], in[0], in[1], in[2], false, out, false, room);
    else if (!strcmp(kernel, "winograd_data"))
        yk_k->winograd_data(&g, s[4], in[0], in[1], NULL, out, false, room);
    else if (!strcmp(kernel, "winograd_weights"))
        yk_k->winograd_weights(&g, leaves, in[0], in[1], out, 9 * g.c * g.oc, false, room);
    else if (!strcmp(kernel, "maxpool"))
        yk_k->maxpool(&pool, s[4], in[0], out);
    else if (!strcmp(kernel, "maxpool_grad"))
        yk_k->maxpool_grad(&pool, s[4], in[0], in[1], out, false);
    else if (!strcmp(kernel, "relu"))
        yk_k->relu(s[0], in[0], out);
    else if (!strcmp(kernel, "relu_grad"))
        yk_k->relu_grad(s[0], in[0], in[1], out, false);
    else if (!strcmp(kernel, "exp"))
        yk_k->exp(s[0], in[0], out);
    else if (!strcmp(kernel, "log"))
        yk_k->log(s[0], in[0], out);
    else if (!strcmp(kernel, "tanh"))
        yk_k->tanh(s[0], in[0], out);
    else if (!strcmp(kernel, "dropout"))
        yk_k->dropout(s[0], 1, s[1], &random, 0.5F, 2, in[0], out, false);
    else if (!strcmp(kernel, "total"))
        out[0] = yk_k->total(s[0], in[0]);
    else if (!strcmp(kernel, "column_sums"))
        yk_k->column_sums((yk_leaves){ s[0], 32 }, s[1], s[2], in[0], out, s[2], false);
    else if (!strcmp(kernel, "softmax_cross_entropy"))
        yk_k->softmax_cross_entropy(s[0], s[1], in[0], label, spare, out);
    else if (!strcmp(kernel, "relu_column_sums"))
        yk_k->relu_column_sums((yk_leaves){ s[0], s[0] }, s[1], s[2], in[0], out, spare, s[2], false);
    else if (!strcmp(kernel, "embedding_grad"))
        yk_k->embedding_grad((yk_leaves){ s[0], s[0] }, s[1], s[2], s[3], -1, label, in[0], out, 0, false);
    else if (!strcmp(kernel, "softmax_cross_entropy_grad"))
        yk_k->softmax_cross_entropy_grad(s[0], s[1], in[0], label, in[2], in[1], out, false);
    else if (!strncmp(kernel, "batchnorm", 9))
        batchnorm(kernel, s);
    else if (!strcmp(kernel, "adam"))
        yk_k->adam(s[0], &adam, in[0], out, in[1], in[2], NULL);
}

static double conv_work(const int64_t *s)
{
    yk_window g = window_of(s);
    return (double)(s[4] * yk_window_out(&g) * g.oc * yk_window_taps(&g) * g.c / g.groups);
}

/* On one thread its own time, which others on the machine change less. */
static double now(void)
{
    struct timespec t;
    if (yk_threads() > 1)
        return yk_clock();
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

int main(int argc, char **argv)
{
    static const bench_row rows[] = {
        { "matmul", { 128, 512, 784 }, 0 },
        { "matmul", { 3136, 256, 64 }, 0 },
        { "matmul", { 20, 2592, 640 }, 0 },
        { "matmul", { 4096, 1536, 384 }, 0 },
        { "matmul", { 49, 512, 2048 }, 0 },
        { "matmul", { 128, 10, 500 }, 0 },
        { "matmul b^t", { 128, 784, 500 }, 0 },
        { "matmul a^t", { 784, 500, 32 }, 0 },
        { "conv", { 28, 1, 6, 5, 128, 2 }, 0 },
        { "conv", { 14, 6, 16, 5, 128 }, 0 },
        { "conv_data", { 14, 6, 16, 5, 128 }, 0 },
        { "conv_weights", { 28, 1, 6, 5, 128, 2 }, 0 },
        { "conv_weights", { 14, 6, 16, 5, 128 }, 0 },
        { "conv", { 56, 64, 64, 3, 4, 1 }, 0 },
        { "conv_data", { 56, 64, 64, 3, 4, 1 }, 0 },
        { "conv_weights", { 56, 64, 64, 3, 4, 1 }, 0 },
        { "conv", { 56, 128, 128, 3, 8, 1, 128 }, 0 },
        { "conv_data", { 56, 128, 128, 3, 8, 1, 128 }, 0 },
        { "conv_weights", { 56, 128, 128, 3, 8, 1, 128 }, 0 },
        { "conv", { 14, 512, 512, 3, 8, 1, 512 }, 0 },
        { "conv_data", { 14, 512, 512, 3, 8, 1, 512 }, 0 },
        { "conv_weights", { 14, 512, 512, 3, 8, 1, 512 }, 0 },
        { "conv", { 7, 1024, 1024, 3, 8, 1, 1024 }, 0 },
        { "conv_data", { 7, 1024, 1024, 3, 8, 1, 1024 }, 0 },
        { "conv_weights", { 7, 1024, 1024, 3, 8, 1, 1024 }, 0 },
        { "conv", { 28, 32, 64, 3, 8, 1, 32 }, 0 },
        { "conv_data", { 28, 32, 64, 3, 8, 1, 32 }, 0 },
        { "conv_weights", { 28, 32, 64, 3, 8, 1, 32 }, 0 },
        { "conv", { 28, 32, 128, 3, 8, 1, 32 }, 0 },
        { "conv_data", { 28, 32, 128, 3, 8, 1, 32 }, 0 },
        { "conv_weights", { 28, 32, 128, 3, 8, 1, 32 }, 0 },
        { "conv", { 28, 32, 256, 3, 8, 1, 32 }, 0 },
        { "conv_data", { 28, 32, 256, 3, 8, 1, 32 }, 0 },
        { "conv_weights", { 28, 32, 256, 3, 8, 1, 32 }, 0 },
        { "conv", { 28, 3, 3, 3, 8, 1, 3 }, 0 },
        { "conv_data", { 28, 3, 3, 3, 8, 1, 3 }, 0 },
        { "conv_weights", { 28, 3, 3, 3, 8, 1, 3 }, 0 },
        { "winograd", { 32, 16, 16, 3, 32, 1 }, 0 },
        { "winograd_data", { 32, 16, 16, 3, 32, 1 }, 0 },
        { "winograd_weights", { 32, 16, 16, 3, 32, 1 }, 0 },
        { "winograd", { 16, 32, 32, 3, 32, 1 }, 0 },
        { "winograd_data", { 16, 32, 32, 3, 32, 1 }, 0 },
        { "winograd_weights", { 16, 32, 32, 3, 32, 1 }, 0 },
        { "winograd", { 8, 64, 64, 3, 32, 1 }, 0 },
        { "winograd_data", { 8, 64, 64, 3, 32, 1 }, 0 },
        { "winograd_weights", { 8, 64, 64, 3, 32, 1 }, 0 },
        { "winograd", { 56, 64, 64, 3, 4, 1 }, 0 },
        { "winograd_data", { 56, 64, 64, 3, 4, 1 }, 0 },
        { "winograd_weights", { 56, 64, 64, 3, 4, 1 }, 0 },
        { "winograd", { 28, 128, 128, 3, 8, 1 }, 0 },
        { "winograd_data", { 28, 128, 128, 3, 8, 1 }, 0 },
        { "winograd_weights", { 28, 128, 128, 3, 8, 1 }, 0 },
        { "winograd", { 14, 256, 256, 3, 16, 1 }, 0 },
        { "winograd_data", { 14, 256, 256, 3, 16, 1 }, 0 },
        { "winograd_weights", { 14, 256, 256, 3, 16, 1 }, 0 },
        { "winograd", { 7, 512, 512, 3, 16, 1 }, 0 },
        { "winograd_data", { 7, 512, 512, 3, 16, 1 }, 0 },
        { "winograd_weights", { 7, 512, 512, 3, 16, 1 }, 0 },
        { "winograd", { 224, 64, 64, 3, 1, 1 }, 0 },
        { "winograd_data", { 224, 64, 64, 3, 1, 1 }, 0 },
        { "winograd_weights", { 224, 64, 64, 3, 1, 1 }, 0 },
        { "winograd", { 112, 128, 128, 3, 1, 1 }, 0 },
        { "winograd_data", { 112, 128, 128, 3, 1, 1 }, 0 },
        { "winograd_weights", { 112, 128, 128, 3, 1, 1 }, 0 },
        { "winograd", { 56, 256, 256, 3, 1, 1 }, 0 },
        { "winograd_data", { 56, 256, 256, 3, 1, 1 }, 0 },
        { "winograd_weights", { 56, 256, 256, 3, 1, 1 }, 0 },
        { "winograd", { 28, 512, 512, 3, 2, 1 }, 0 },
        { "winograd_data", { 28, 512, 512, 3, 2, 1 }, 0 },
        { "winograd_weights", { 28, 512, 512, 3, 2, 1 }, 0 },
        { "winograd", { 14, 512, 512, 3, 8, 1 }, 0 },
        { "winograd_data", { 14, 512, 512, 3, 8, 1 }, 0 },
        { "winograd_weights", { 14, 512, 512, 3, 8, 1 }, 0 },
        { "winograd", { 128, 32, 32, 3, 4, 1 }, 0 },
        { "winograd_data", { 128, 32, 32, 3, 4, 1 }, 0 },
        { "winograd_weights", { 128, 32, 32, 3, 4, 1 }, 0 },
        { "winograd", { 64, 64, 64, 3, 4, 1 }, 0 },
        { "winograd_data", { 64, 64, 64, 3, 4, 1 }, 0 },
        { "winograd_weights", { 64, 64, 64, 3, 4, 1 }, 0 },
        { "winograd", { 32, 128, 128, 3, 8, 1 }, 0 },
        { "winograd_data", { 32, 128, 128, 3, 8, 1 }, 0 },
        { "winograd_weights", { 32, 128, 128, 3, 8, 1 }, 0 },
        { "winograd", { 16, 256, 256, 3, 16, 1 }, 0 },
        { "winograd_data", { 16, 256, 256, 3, 16, 1 }, 0 },
        { "winograd_weights", { 16, 256, 256, 3, 16, 1 }, 0 },
        { "maxpool", { 28, 6, 6, 1, 128 }, 28. * 28 * 6 * 128 },
        { "maxpool_grad", { 28, 6, 6, 1, 128 }, 28. * 28 * 6 * 128 },
        { "relu", { 1 << 20 }, 1 << 20 },
        { "relu_grad", { 1 << 20 }, 1 << 20 },
        { "exp", { 1 << 18 }, 1 << 18 },
        { "log", { 1 << 18 }, 1 << 18 },
        { "tanh", { 1 << 18 }, 1 << 18 },
        { "dropout", { 128, 4096 }, 128 * 4096 },
        { "total", { 1 << 18 }, 1 << 18 },
        { "column_sums", { 128, 784, 6 }, 128 * 784 * 6 },
        { "relu_column_sums", { 128, 1, 512 }, 128 * 512 },
        { "relu_column_sums", { 4, 50176, 64 }, 4 * 50176 * 64 },
        { "softmax_cross_entropy", { 700, 10000 }, 700 * 10000 },
        { "softmax_cross_entropy_grad", { 700, 10000 }, 700 * 10000 },
        { "embedding_grad", { 20, 35, 10000, 650 }, 10000 * 650 },
        { "batchnorm_statistics", { 16, 12544, 64 }, 16 * 12544 * 64 },
        { "batchnorm_statistics", { 16, 3136, 64 }, 16 * 3136 * 64 },
        { "batchnorm_statistics", { 16, 3136, 256 }, 16 * 3136 * 256 },
        { "batchnorm_statistics", { 16, 196, 1024 }, 16 * 196 * 1024 },
        { "batchnorm_statistics", { 16, 49, 2048 }, 16 * 49 * 2048 },
        { "batchnorm_statistics", { 128, 1024, 16 }, 128 * 1024 * 16 },
        { "batchnorm_statistics", { 128, 64, 64 }, 128 * 64 * 64 },
        { "batchnorm", { 16, 12544, 64 }, 16 * 12544 * 64 },
        { "batchnorm", { 16, 3136, 64 }, 16 * 3136 * 64 },
        { "batchnorm", { 16, 3136, 256 }, 16 * 3136 * 256 },
        { "batchnorm", { 16, 196, 1024 }, 16 * 196 * 1024 },
        { "batchnorm", { 16, 49, 2048 }, 16 * 49 * 2048 },
        { "batchnorm", { 128, 1024, 16 }, 128 * 1024 * 16 },
        { "batchnorm", { 128, 64, 64 }, 128 * 64 * 64 },
        { "batchnorm+relu", { 16, 12544, 64 }, 16 * 12544 * 64 },
        { "batchnorm+relu", { 16, 3136, 64 }, 16 * 3136 * 64 },
        { "batchnorm+relu", { 16, 3136, 256 }, 16 * 3136 * 256 },
        { "batchnorm+relu", { 16, 196, 1024 }, 16 * 196 * 1024 },
        { "batchnorm+relu", { 16, 49, 2048 }, 16 * 49 * 2048 },
        { "batchnorm+relu", { 128, 1024, 16 }, 128 * 1024 * 16 },
        { "batchnorm+relu", { 128, 64, 64 }, 128 * 64 * 64 },
        { "batchnorm+add+relu", { 16, 12544, 64 }, 16 * 12544 * 64 },
        { "batchnorm+add+relu", { 16, 3136, 64 }, 16 * 3136 * 64 },
        { "batchnorm+add+relu", { 16, 3136, 256 }, 16 * 3136 * 256 },
        { "batchnorm+add+relu", { 16, 196, 1024 }, 16 * 196 * 1024 },
        { "batchnorm+add+relu", { 16, 49, 2048 }, 16 * 49 * 2048 },
        { "batchnorm+add+relu", { 128, 1024, 16 }, 128 * 1024 * 16 },
        { "batchnorm+add+relu", { 128, 64, 64 }, 128 * 64 * 64 },
        { "batchnorm_grad", { 16, 12544, 64 }, 16 * 12544 * 64 },
        { "batchnorm_grad", { 16, 3136, 64 }, 16 * 3136 * 64 },
        { "batchnorm_grad", { 16, 3136, 256 }, 16 * 3136 * 256 },
        { "batchnorm_grad", { 16, 196, 1024 }, 16 * 196 * 1024 },
        { "batchnorm_grad", { 16, 49, 2048 }, 16 * 49 * 2048 },
        { "batchnorm_grad", { 128, 1024, 16 }, 128 * 1024 * 16 },
        { "batchnorm_grad", { 128, 64, 64 }, 128 * 64 * 64 },
        { "batchnorm_grad+relu", { 16, 12544, 64 }, 16 * 12544 * 64 },
        { "batchnorm_grad+relu", { 16, 3136, 64 }, 16 * 3136 * 64 },
        { "batchnorm_grad+relu", { 16, 3136, 256 }, 16 * 3136 * 256 },
        { "batchnorm_grad+relu", { 16, 196, 1024 }, 16 * 196 * 1024 },
        { "batchnorm_grad+relu", { 16, 49, 2048 }, 16 * 49 * 2048 },
        { "batchnorm_grad+relu", { 128, 1024, 16 }, 128 * 1024 * 16 },
        { "batchnorm_grad+relu", { 128, 64, 64 }, 128 * 64 * 64 },
        { "batchnorm_grad+add+relu", { 16, 12544, 64 }, 16 * 12544 * 64 },
        { "batchnorm_grad+add+relu", { 16, 3136, 64 }, 16 * 3136 * 64 },
        { "batchnorm_grad+add+relu", { 16, 3136, 256 }, 16 * 3136 * 256 },
        { "batchnorm_grad+add+relu", { 16, 196, 1024 }, 16 * 196 * 1024 },
        { "batchnorm_grad+add+relu", { 16, 49, 2048 }, 16 * 49 * 2048 },
        { "batchnorm_grad+add+relu", { 128, 1024, 16 }, 128 * 1024 * 16 },
        { "batchnorm_grad+add+relu", { 128, 64, 64 }, 128 * 64 * 64 },
        { "adam", { 1 << 20 }, 1 << 20 },
    };
    yk_threads_set(argc > 2 ? atoi(argv[2]) : 1);
    if (yk_kernels_choose(argc > 1 ? argv[1] : NULL) != YK_OK) {
        fprintf(stderr, "bench_kernels: %s\n", yk_error_text());
        return 2;
    }
    for (int i = 0; i < 3; i++) {
        in[i] = malloc(LENGTH * sizeof(float));
        for (int64_t j = 0; j < LENGTH; j++)
            in[i][j] = (float)((j * 7919 + i) % 1001) * 0.001F;
    }
    out = calloc(LENGTH, sizeof(float));
    room = malloc(2 * LENGTH * sizeof(float));
    spare = calloc(LENGTH, sizeof(float));
    for (int i = 0; i < 1 << 16; i++)
        sample[i] = i;
    printf("%s, %d threads\n", yk_kernels_family(), yk_threads());
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const bench_row *r = &rows[i];
        if (argc > 3 && strcmp(argv[3], r->kernel))
            continue;
        double best = 1e9, work = r->work;
        if (!strncmp(r->kernel, "matmul", 6))
            work = 2.0 * (double)(r->s[0] * r->s[1] * r->s[2]);
        if (!strncmp(r->kernel, "conv", 4) || !strncmp(r->kernel, "winograd", 8))
            work = 2 * conv_work(r->s);
        for (double spent = 0; spent < BUDGET;) {
            double start = now();
            run(r->kernel, r->s);
            double t = now() - start;
            best = t < best ? t : best;
            spent += t;
        }
        printf("%-28s", r->kernel);
        for (int s = 0; s < 7; s++)
            printf(" %7lld", (long long)r->s[s]);
        printf(" %9.1f us %8.2f G/s\n", best * 1e6, work / best / 1e9);
    }
    return 0;
}
