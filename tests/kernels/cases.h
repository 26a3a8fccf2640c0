/* SPDX-License-Identifier: Apache-2.0 */
/* Every kernel on a table of shapes: a runner calls the kernel of yk_k's table, reading from the rig's inputs and
 * writing only to its output, so that two families or thread counts can be compared by memcmp. */
#ifndef YK_TESTS_KERNELS_CASES_H
#define YK_TESTS_KERNELS_CASES_H

#include <stdlib.h>
#include <string.h>

#include "core/num.h"
#include "core/philox.h"
#include "kernels/kernels.h"

enum { RIG_LEN = 1 << 18, ROOM_LEN = 1 << 22, RIG_INPUTS = 6, SIZES = 20 };

typedef struct rig {
    float *in[RIG_INPUTS]; /* RIG_LEN elements each, in [-2, 2) */
    float *out;            /* RIG_LEN elements, some of which the kernel sets */
    float *room;           /* ROOM_LEN elements of scratch */
    int32_t *label;
    int32_t *sign; /* -1, 0, 1 */
    int64_t *sample;
} rig;

typedef struct kernel_case {
    const char *kernel;
    void (*run)(const int64_t *s, bool add, const rig *r);
    int64_t s[SIZES];
} kernel_case;

static inline void rig_fill(float *x, uint32_t purpose)
{
    for (int64_t i = 0; i < RIG_LEN; i++)
        x[i] = (float)(yk_random_uniform((yk_key){ { 7, purpose } }, 0, 0, i) * 4 - 2);
}

static inline rig rig_make(void)
{
    rig r;
    for (int i = 0; i < RIG_INPUTS; i++) {
        r.in[i] = malloc(RIG_LEN * sizeof(float));
        rig_fill(r.in[i], (uint32_t)i);
    }
    r.out = malloc(RIG_LEN * sizeof(float));
    r.room = malloc(ROOM_LEN * sizeof(float));
    r.label = malloc(RIG_LEN * sizeof *r.label);
    r.sign = malloc(RIG_LEN * sizeof *r.sign);
    r.sample = malloc(RIG_LEN * sizeof *r.sample);
    for (int64_t i = 0; i < RIG_LEN; i++) {
        r.label[i] = (int32_t)(i * 7919 % 1000003);
        r.sign[i] = (int32_t)(i * 7919 % 5 % 3) - 1;
        r.sample[i] = i * 977 + (i % 3 ? 0 : (int64_t)1 << 40);
    }
    return r;
}

static inline void rig_free(rig *r)
{
    for (int i = 0; i < RIG_INPUTS; i++)
        free(r->in[i]);
    free(r->out);
    free(r->room);
    free(r->label);
    free(r->sign);
    free(r->sample);
}

/* s: m n k, a transposed, b transposed, bias, count, k of the last, relu */
static inline yk_matmul matmul_of(const int64_t *s, bool add, const rig *r)
{
    int64_t m = s[0], n = s[1], k = s[2];
    return (yk_matmul){ .m = m,
                        .n = n,
                        .k = k,
                        .a = r->in[0],
                        .a_row = s[3] ? 1 : k,
                        .a_col = s[3] ? m : 1,
                        .b = r->in[1],
                        .b_row = s[4] ? 1 : n,
                        .b_col = s[4] ? k : 1,
                        .bias = s[5] ? r->in[2] : NULL,
                        .relu = s[8],
                        .c = r->out,
                        .c_row = n + 3,
                        .add = add,
                        .count = s[6] ? s[6] : 1,
                        .a_step = m * k,
                        .b_step = n * k,
                        .c_step = m * (n + 3),
                        .k_last = s[7] ? s[7] : k };
}
static inline void run_matmul(const int64_t *s, bool add, const rig *r)
{
    yk_matmul p = matmul_of(s, add, r);
    yk_k->matmul(&p);
}
static inline void run_pack_weights(const int64_t *s, bool add, const rig *r)
{
    yk_matmul p = matmul_of(s, add, r);
    int64_t step = yk_packed_size(p.k, p.n);
    float *packed = malloc((size_t)(p.count * step) * sizeof(float));
    for (int64_t g = 0; g < p.count; g++)
        yk_k->pack_weights(p.k, p.n, p.b + g * p.b_step, p.b_row, p.b_col, packed + g * step);
    p.b = packed;
    p.b_step = step;
    p.packed = true;
    yk_k->matmul(&p);
    free(packed);
}

/* s: in taps stride dilation before of one dimension, all 0: it is not there; in, out, 0: bins */
static inline yk_window_axis axis_of(const int64_t *s)
{
    if (!s[0])
        return yk_window_flat;
    if (!s[2])
        return (yk_window_axis){ .in = s[0], .out = s[1], .taps = yk_div_up(s[0], s[1]) + 1, .dilation = 1 };
    yk_window_axis a = { .in = s[0], .taps = s[1], .stride = s[2], .dilation = s[3], .before = s[4] };
    a.out = (a.in + 2 * a.before - (a.taps - 1) * a.dilation - 1) / a.stride + 1;
    return a;
}

/* s: c oc groups images leaf, then width, height and depth */
static inline yk_window window_of(const int64_t *s)
{
    return (yk_window){
        .w = axis_of(s + 5), .h = axis_of(s + 10), .d = axis_of(s + 15), .c = s[0], .oc = s[1], .groups = s[2]
    };
}

static inline yk_leaves leaves_of(const int64_t *s)
{
    return (yk_leaves){ .rows = s[0], .size = s[1] };
}

/* s: cell, sequences, steps, units, reverse, mask: 0 none, 1 real, 2 whole; bias */
static inline yk_recurrence recurrence_of(const int64_t *s, const rig *r)
{
    const yk_cell_parts parts = yk_cell_parts_of((yk_cell)s[0]);
    const int64_t n = s[1], steps = s[2], units = s[3];
    yk_recurrence q = { .cell = (yk_cell)s[0],
                        .n = n,
                        .steps = steps,
                        .units = units,
                        .reverse = s[4],
                        .mask = s[5] == 1 ? r->in[0] : NULL,
                        .token = s[5] == 2 ? r->sign : NULL,
                        .kernel = r->in[1],
                        .bias = s[6] ? r->in[2] : NULL };
    q.kept = r->out;
    q.before = q.kept + n * steps * parts.kept * units;
    q.state = q.before + parts.states * n * steps * units;
    q.slopes = q.state + 2 * parts.states * n * units;
    q.now = q.slopes + n * steps * parts.slopes * units;
    q.dstate = q.now + 2 * n * parts.products * units;
    q.panels = r->room;
    return q;
}
static inline void run_recurrent(const int64_t *s, bool add, const rig *r)
{
    yk_recurrence q = recurrence_of(s, r);
    q.out = add ? q.slopes : NULL;
    yk_k->recurrent(&q);
}
static inline void run_recurrent_grad(const int64_t *s, bool add, const rig *r)
{
    yk_recurrence q = recurrence_of(s, r);
    q.dout = add ? r->in[3] : NULL;
    yk_k->recurrent_grad(&q, add);
}

static inline void run_conv(const int64_t *s, bool add, const rig *r)
{
    yk_window g = window_of(s);
    yk_k->conv(&g, s[3], r->in[0], r->in[1], add ? r->in[2] : NULL, add, r->out, add);
}
static inline void run_conv_data(const int64_t *s, bool add, const rig *r)
{
    yk_window g = window_of(s);
    yk_k->conv_data(&g, s[3], r->in[0], r->in[1], add ? r->in[2] : NULL, r->out, add);
}
static inline void run_conv_weights(const int64_t *s, bool add, const rig *r)
{
    yk_window g = window_of(s);
    int64_t step = yk_window_taps(&g) * (g.c / g.groups) * g.oc + 5;
    yk_k->conv_weights(&g, leaves_of(s + 3), r->in[0], r->in[1], r->out, step, add);
}
static inline float *winograd_room(const yk_window *g, const rig *r)
{
    if (yk_winograd_room(g) > ROOM_LEN)
        abort();
    memset(r->room, 0xff, (size_t)yk_winograd_room(g) * sizeof(float)); /* NaN: what it holds must not matter */
    return r->room;
}
static inline void run_winograd(const int64_t *s, bool add, const rig *r)
{
    yk_window g = window_of(s);
    yk_k->winograd(&g, s[3], r->in[0], r->in[1], add ? r->in[2] : NULL, add, r->out, add, winograd_room(&g, r));
}
static inline void run_winograd_data(const int64_t *s, bool add, const rig *r)
{
    yk_window g = window_of(s);
    yk_k->winograd_data(&g, s[3], r->in[0], r->in[1], add ? r->in[2] : NULL, r->out, add, winograd_room(&g, r));
}
static inline void run_winograd_weights(const int64_t *s, bool add, const rig *r)
{
    yk_window g = window_of(s);
    int64_t step = yk_window_taps(&g) * g.c * g.oc + 5;
    yk_k->winograd_weights(&g, leaves_of(s + 3), r->in[0], r->in[1], r->out, step, add, winograd_room(&g, r));
}
static inline void run_maxpool(const int64_t *s, bool add, const rig *r)
{
    yk_window g = window_of(s);
    (void)add;
    yk_k->maxpool(&g, s[3], r->in[0], r->out);
}
static inline void run_maxpool_grad(const int64_t *s, bool add, const rig *r)
{
    yk_window g = window_of(s);
    yk_k->maxpool_grad(&g, s[3], r->in[0], r->in[1], r->out, add);
}
static inline void run_avgpool(const int64_t *s, bool add, const rig *r)
{
    yk_window g = window_of(s);
    (void)add;
    yk_k->avgpool(&g, s[3], r->in[0], r->out);
}
static inline void run_avgpool_grad(const int64_t *s, bool add, const rig *r)
{
    yk_window g = window_of(s);
    yk_k->avgpool_grad(&g, s[3], r->in[0], r->out, add);
}

/* s: h w c, factors, bilinear, images */
static inline yk_upsample upsample_of(const int64_t *s)
{
    return (yk_upsample){ .h = s[0], .w = s[1], .c = s[2], .sh = s[3], .sw = s[4], .bilinear = s[5] };
}
static inline void run_upsample(const int64_t *s, bool add, const rig *r)
{
    yk_upsample u = upsample_of(s);
    (void)add;
    yk_k->upsample(&u, s[6], r->in[0], r->out);
}
static inline void run_upsample_grad(const int64_t *s, bool add, const rig *r)
{
    yk_upsample u = upsample_of(s);
    yk_k->upsample_grad(&u, s[6], r->in[0], r->out, add);
}

/* s: n */
static inline void run_fill(const int64_t *s, bool add, const rig *r)
{
    yk_k->fill(s[0], add ? 1.5F : -0.0F, r->out);
}
static inline void run_copy(const int64_t *s, bool add, const rig *r)
{
    yk_k->copy(s[0], r->in[0], r->out, add);
}
static inline void run_sum(const int64_t *s, bool add, const rig *r)
{
    yk_k->sum(s[0], r->in[0], add ? r->out : r->in[1], r->out);
}
static inline void run_scale(const int64_t *s, bool add, const rig *r)
{
    yk_k->scale(s[0], 0.3F, add ? r->out : r->in[1], r->out);
}

#define RUN_FUNCTION(name)                                                                                             \
    static inline void run_##name(const int64_t *s, bool add, const rig *r)                                            \
    {                                                                                                                  \
        yk_k->name(s[0], add ? r->out : r->in[0], r->out); /* in place, too */                                         \
    }
#define RUN_GRADIENT(name)                                                                                             \
    static inline void run_##name(const int64_t *s, bool add, const rig *r)                                            \
    {                                                                                                                  \
        yk_k->name(s[0], r->in[0], r->in[1], r->out, add);                                                             \
    }
RUN_FUNCTION(relu)
RUN_FUNCTION(sigmoid)
RUN_FUNCTION(tanh)
RUN_FUNCTION(exp)
RUN_FUNCTION(log)
RUN_GRADIENT(relu_grad)
RUN_GRADIENT(sigmoid_grad)
RUN_GRADIENT(tanh_grad)

/* s: rows cols */
static inline void run_dropout(const int64_t *s, bool add, const rig *r)
{
    yk_random random = { .key = yk_key_make(3, YK_FOR_DROPOUT, "d"), .time = 12345, .sample = r->sample };
    yk_k->dropout(s[0], s[2] ? s[2] : 1, s[1], &random, 0.3F, 1 / 0.7F, r->in[0], r->out, add);
}

/* s: n */
static inline void run_total(const int64_t *s, bool add, const rig *r)
{
    (void)add;
    r->out[0] = yk_k->total(s[0], r->in[0]);
}
static inline void run_sum_of_squares(const int64_t *s, bool add, const rig *r)
{
    (void)add;
    r->out[0] = yk_k->sum_of_squares(s[0], r->in[0]);
}
static inline void run_sum_of_sizes(const int64_t *s, bool add, const rig *r)
{
    (void)add;
    r->out[0] = yk_k->sum_of_sizes(s[0], r->in[0]);
}
static inline void run_find_nonfinite(const int64_t *s, bool add, const rig *r)
{
    if (add)
        r->out[s[0] - 1] = __builtin_inff();
    int64_t at = yk_k->find_nonfinite(s[0], r->out);
    memcpy(r->out, &at, sizeof at);
}
/* s: samples leaf rows n */
static inline void run_column_sums(const int64_t *s, bool add, const rig *r)
{
    yk_k->column_sums(leaves_of(s), s[2], s[3], r->in[0], r->out, s[3] + 2, add);
}
static inline void run_relu_column_sums(const int64_t *s, bool add, const rig *r)
{
    int64_t n = s[0] * s[2] * s[3];
    memcpy(r->out, r->in[1], (size_t)n * sizeof(float));
    yk_k->relu_column_sums(leaves_of(s), s[2], s[3], r->in[0], r->out, r->out + n, s[3] + 2, add);
}
static inline void run_leaf_sums(const int64_t *s, bool add, const rig *r)
{
    (void)add;
    yk_k->leaf_sums(leaves_of(s), r->in[0], r->out);
}

/* s: rows cols */
static inline void run_softmax(const int64_t *s, bool add, const rig *r)
{
    yk_k->softmax(s[0], s[1], add ? r->out : r->in[0], r->out);
}
static inline void run_softmax_grad(const int64_t *s, bool add, const rig *r)
{
    yk_k->softmax_grad(s[0], s[1], r->in[0], r->in[1], r->out, add);
}
static inline void set_labels(const int64_t *s, const rig *r)
{
    for (int64_t i = 0; i < s[0]; i++)
        r->label[i] = (int32_t)(i * 7919 % s[1]);
}
static inline void run_softmax_cross_entropy(const int64_t *s, bool add, const rig *r)
{
    (void)add;
    set_labels(s, r);
    yk_k->softmax_cross_entropy(s[0], s[1], r->in[0], r->label, r->out + s[0], r->out);
}
static inline void run_softmax_cross_entropy_grad(const int64_t *s, bool add, const rig *r)
{
    set_labels(s, r);
    yk_k->softmax_cross_entropy_grad(s[0], s[1], r->in[0], r->label, r->in[2], r->in[1], r->out, add);
}

#define RUN_LOSS(name)                                                                                                 \
    static inline void run_##name(const int64_t *s, bool add, const rig *r)                                            \
    {                                                                                                                  \
        (void)add;                                                                                                     \
        yk_k->name(s[0], s[1], r->in[0], r->in[1], r->out);                                                            \
    }                                                                                                                  \
    static inline void run_##name##_grad(const int64_t *s, bool add, const rig *r)                                     \
    {                                                                                                                  \
        yk_k->name##_grad(s[0], s[1], r->in[0], r->in[1], r->in[2], r->out, add);                                      \
    }
RUN_LOSS(mean_squared_error)
RUN_LOSS(mean_absolute_error)
RUN_LOSS(hinge)
RUN_LOSS(cosine)

/* binary cross entropy of weighted positives, the first row's, huber and the two forms of poisson */
#define RUN_LOSS_WITH(name, kernel, parameter)                                                                         \
    static inline void run_##name(const int64_t *s, bool add, const rig *r)                                            \
    {                                                                                                                  \
        (void)add;                                                                                                     \
        yk_k->kernel(s[0], s[1], parameter, r->in[0], r->in[1], r->out);                                               \
    }                                                                                                                  \
    static inline void run_##name##_grad(const int64_t *s, bool add, const rig *r)                                     \
    {                                                                                                                  \
        yk_k->kernel##_grad(s[0], s[1], parameter, r->in[0], r->in[1], r->in[2], r->out, add);                         \
    }
RUN_LOSS_WITH(binary_cross_entropy, binary_cross_entropy, NULL)
RUN_LOSS_WITH(binary_weighted, binary_cross_entropy, r->in[3])
RUN_LOSS_WITH(huber, huber, 0.7F)
RUN_LOSS_WITH(poisson, poisson, 0)
RUN_LOSS_WITH(poisson_rate, poisson, 2.1F)

/* labels, some of which do not count; class weights and smoothing */
static inline yk_distribution weighted_labels(const int64_t *s, const rig *r)
{
    set_labels(s, r);
    for (int64_t i = 0; i < s[0]; i += 3)
        r->label[i] = YK_IGNORED;
    return (yk_distribution){ .label = r->label, .weight = r->in[3], .smoothing = 0.2F };
}
static inline void run_soft_cross_entropy(const int64_t *s, bool add, const rig *r)
{
    const yk_distribution of = weighted_labels(s, r);
    (void)add;
    yk_k->soft_cross_entropy(s[0], s[1], &of, r->in[0], r->out);
}
static inline void run_soft_cross_entropy_grad(const int64_t *s, bool add, const rig *r)
{
    const yk_distribution of = weighted_labels(s, r);
    yk_k->soft_cross_entropy_grad(s[0], s[1], &of, r->in[0], r->in[1], r->out, add);
}
static inline void run_soft_targets(const int64_t *s, bool add, const rig *r)
{
    const yk_distribution of = { .target = r->in[2], .smoothing = 0.1F };
    (void)add;
    yk_k->soft_cross_entropy(s[0], s[1], &of, r->in[0], r->out);
}
static inline void run_soft_targets_grad(const int64_t *s, bool add, const rig *r)
{
    const yk_distribution of = { .target = r->in[2], .smoothing = 0.1F };
    yk_k->soft_cross_entropy_grad(s[0], s[1], &of, r->in[0], r->in[1], r->out, add);
}
static inline void run_kl_divergence(const int64_t *s, bool add, const rig *r)
{
    (void)add;
    yk_k->kl_divergence(s[0], s[1], r->in[0], r->in[1], r->out);
}
static inline void run_categorical_hinge(const int64_t *s, bool add, const rig *r)
{
    (void)add;
    set_labels(s, r);
    yk_k->categorical_hinge(s[0], s[1], r->in[0], r->label, r->out);
}
static inline void run_categorical_hinge_grad(const int64_t *s, bool add, const rig *r)
{
    set_labels(s, r);
    yk_k->categorical_hinge_grad(s[0], s[1], r->in[0], r->label, r->in[1], r->out, add);
}
static inline void run_weigh(const int64_t *s, bool add, const rig *r)
{
    yk_k->weigh(s[0] * s[1], r->in[0], r->in[1], r->out, add);
}

/* s: samples leaf r c */
static inline void run_batchnorm_statistics(const int64_t *s, bool add, const rig *r)
{
    int64_t n = yk_leaf_count(leaves_of(s)) * s[3];
    (void)add;
    yk_k->batchnorm_statistics(leaves_of(s), s[2], s[3], 1e-5F, r->in[0], r->out, r->out + n, r->out + 2 * n);
}
/* s[4]: 1 relu, 2 residual, 4 (gradients) by constant statistics */
static inline yk_batchnorm batchnorm_of(const int64_t *s, const rig *r)
{
    return (yk_batchnorm){ .leaves = leaves_of(s),
                           .r = s[2],
                           .c = s[3],
                           .x = r->in[0],
                           .mean = r->in[1],
                           .inv_std = r->in[2],
                           .step = s[3],
                           .gamma = r->in[3],
                           .beta = r->in[2],
                           .relu = s[4] & 1,
                           .residual = s[4] & 2 ? r->in[1] : NULL };
}
static inline void run_batchnorm(const int64_t *s, bool add, const rig *r)
{
    yk_batchnorm p = batchnorm_of(s, r);
    p.step = add ? s[3] : 0;
    p.y = r->out;
    yk_k->batchnorm(&p);
}
static inline void run_batchnorm_grad(const int64_t *s, bool add, const rig *r)
{
    int64_t n = yk_leaf_count(leaves_of(s)) * s[3], all = s[0] * s[2] * s[3];
    yk_batchnorm p = batchnorm_of(s, r);
    p.y = r->in[0]; /* as good as any */
    p.dy = r->in[4];
    p.dgamma = r->out;
    p.dbeta = r->out + n;
    p.leaf_step = s[3];
    p.dx = r->out + 2 * n;
    p.add = add;
    if (p.residual) {
        p.dresidual = p.dx + all;
        p.add_residual = add;
    }
    if (s[4] & 4)
        p.dgamma = NULL;
    yk_k->batchnorm_grad(&p);
}

/* s: n, momentum, nesterov */
static inline void run_sgd(const int64_t *s, bool add, const rig *r)
{
    yk_sgd_step step = {
        .lr = 0.1F, .momentum = s[1] ? 0.9F : 0, .weight_decay = 0.01F, .nesterov = s[2], .first = !add
    };
    yk_k->sgd(s[0], &step, r->in[0], r->out, s[1] ? r->out + s[0] + 1 : NULL);
}
static inline void run_adam(const int64_t *s, bool add, const rig *r)
{
    yk_adam_step step = { .lr = 0.1F,
                          .beta1 = 0.9F,
                          .beta2 = 0.999F,
                          .one_minus_beta1 = 0.1F,
                          .one_minus_beta2 = 0.001F,
                          .correction1 = 0.19F,
                          .root_correction2 = 0.04F,
                          .epsilon = 1e-8F,
                          .coupled_decay = add ? 0.1F : 0,
                          .decoupled_decay = add ? 0 : 0.1F };
    int64_t n = s[0];
    for (int64_t i = 0; i < n; i++)
        r->out[2 * n + i] = r->in[1][i] * r->in[1][i];
    yk_k->adam(n, &step, r->in[0], r->out, r->out + n, r->out + 2 * n, s[1] ? r->out + 3 * n : NULL);
}
/* s: n; slots begin as squares, so that roots are those of positive numbers */
static inline real *slot_of(const int64_t *s, const rig *r, int slot)
{
    real *x = r->out + (slot + 1) * (s[0] + 3);
    for (int64_t i = 0; i < s[0]; i++)
        x[i] = r->in[slot + 1][i] * r->in[slot + 1][i];
    return x;
}
static inline void run_adagrad(const int64_t *s, bool add, const rig *r)
{
    yk_adagrad_step step = { .lr = 0.1F, .weight_decay = 0.01F, .epsilon = 1e-10F, .initial = 0.5F, .first = add };
    yk_k->adagrad(s[0], &step, r->in[0], r->out, slot_of(s, r, 0));
}
static inline void run_adadelta(const int64_t *s, bool add, const rig *r)
{
    yk_adadelta_step step = {
        .lr = 0.1F, .weight_decay = add ? 0.01F : 0, .rho = 0.9F, .one_minus_rho = 0.1F, .epsilon = 1e-6F
    };
    yk_k->adadelta(s[0], &step, r->in[0], r->out, slot_of(s, r, 0), slot_of(s, r, 1));
}
/* s: n, centred */
static inline void run_rmsprop(const int64_t *s, bool add, const rig *r)
{
    yk_rmsprop_step step = {
        .lr = 0.1F, .weight_decay = 0.01F, .rho = 0.9F, .one_minus_rho = 0.1F, .momentum = 0.8F, .epsilon = 1e-6F
    };
    yk_k->rmsprop(s[0], &step, r->in[0], r->out, slot_of(s, r, 0), s[1] ? slot_of(s, r, 1) : NULL,
                  add ? slot_of(s, r, 2) : NULL);
}
static inline void run_adamax(const int64_t *s, bool add, const rig *r)
{
    yk_adamax_step step = { .lr = 0.1F,
                            .weight_decay = add ? 0.01F : 0,
                            .beta1 = 0.9F,
                            .one_minus_beta1 = 0.1F,
                            .beta2 = 0.99F,
                            .epsilon = 1e-8F };
    yk_k->adamax(s[0], &step, r->in[0], r->out, slot_of(s, r, 0), slot_of(s, r, 1));
}
static inline void run_nadam(const int64_t *s, bool add, const rig *r)
{
    yk_nadam_step step = { .lr_g = 0.05F,
                           .lr_m = 0.06F,
                           .beta1 = 0.9F,
                           .beta2 = 0.99F,
                           .one_minus_beta1 = 0.1F,
                           .one_minus_beta2 = 0.01F,
                           .root_correction2 = 0.2F,
                           .epsilon = 1e-8F,
                           .coupled_decay = add ? 0.1F : 0,
                           .kept = add ? 1 : 0.99F };
    yk_k->nadam(s[0], &step, r->in[0], r->out, slot_of(s, r, 0), slot_of(s, r, 1));
}
/* s: rows cols */
static inline void run_bound_columns(const int64_t *s, bool add, const rig *r)
{
    memcpy(r->out, r->in[0], (size_t)(s[0] * s[1]) * sizeof *r->out);
    yk_k->bound_columns(s[0], s[1], add ? 1.5F : 20, r->out);
}
static inline void run_unit_columns(const int64_t *s, bool add, const rig *r)
{
    memcpy(r->out, r->in[0], (size_t)(s[0] * s[1]) * sizeof *r->out);
    for (int64_t i = 0; add && i < s[0]; i++)
        r->out[i * s[1]] = 0;
    yk_k->unit_columns(s[0], s[1], r->out);
}
static inline void run_blend(const int64_t *s, bool add, const rig *r)
{
    (void)add;
    yk_k->blend(s[0], 0.9F, 0.1F, r->in[0], r->out);
}
static inline void run_penalty_grad(const int64_t *s, bool add, const rig *r)
{
    yk_k->penalty_grad(s[0], add ? 0.1F : 0, 0.2F, r->in[0], r->out);
}

/* activation.c; s: n */
#define RUN_WITH_ALPHA(name)                                                                                           \
    static inline void run_##name(const int64_t *s, bool add, const rig *r)                                            \
    {                                                                                                                  \
        yk_k->name(s[0], 0.3F, add ? r->out : r->in[0], r->out);                                                       \
    }                                                                                                                  \
    static inline void run_##name##_grad(const int64_t *s, bool add, const rig *r)                                     \
    {                                                                                                                  \
        yk_k->name##_grad(s[0], 0.3F, r->in[0], r->in[1], r->out, add);                                                \
    }
RUN_WITH_ALPHA(leaky_relu)
RUN_WITH_ALPHA(elu)
RUN_FUNCTION(selu)
RUN_FUNCTION(gelu)
RUN_FUNCTION(gelu_tanh)
RUN_FUNCTION(swish)
RUN_FUNCTION(softplus)
RUN_FUNCTION(hard_sigmoid)
RUN_FUNCTION(hard_swish)
RUN_FUNCTION(erf)
RUN_GRADIENT(selu_grad)
RUN_GRADIENT(gelu_grad)
RUN_GRADIENT(gelu_tanh_grad)
RUN_GRADIENT(swish_grad)
RUN_GRADIENT(softplus_grad)
RUN_GRADIENT(hard_sigmoid_grad)
RUN_GRADIENT(hard_swish_grad)

/* s: rows n */
static inline void run_prelu(const int64_t *s, bool add, const rig *r)
{
    yk_k->prelu(s[0], s[1], add ? r->out : r->in[0], r->in[1], r->out);
}
static inline void run_prelu_grad(const int64_t *s, bool add, const rig *r)
{
    yk_k->prelu_grad(s[0], s[1], r->in[0], r->in[1], r->in[2], r->out, add);
}
/* s: samples leaf rows n */
static inline void run_prelu_alpha(const int64_t *s, bool add, const rig *r)
{
    yk_k->prelu_alpha(leaves_of(s), s[2], s[3], r->in[0], r->in[1], r->out, s[3] + 2, add);
}

/* s: a b c, step of a row of y: x (a, b, c); y (a, c, b), or (a, b, step) where there is one */
static inline void run_copy_strided(const int64_t *s, bool add, const rig *r)
{
    const int64_t b = s[1], c = s[2], step = s[3];
    yk_strides g = { .n = 2, .ndim = 3, .dim = { s[0], b, c } };
    memcpy(g.step, (int64_t[2][YK_STRIDED_DIMS]){ { b * c, c, 1 }, { b * step, step, 1 } },
           sizeof(int64_t[2][YK_STRIDED_DIMS]));
    if (!step) {
        g.dim[1] = c;
        g.dim[2] = b;
        memcpy(g.step, (int64_t[2][YK_STRIDED_DIMS]){ { b * c, 1, c }, { b * c, b, 1 } },
               sizeof(int64_t[2][YK_STRIDED_DIMS]));
    }
    yk_k->copy_strided(&g, r->in[0], r->out, add);
}

/* s: operation, inputs, four lengths, and for each input the dimensions along which it is repeated, as bits */
static inline yk_strides merging_of(const int64_t *s)
{
    yk_strides g = { .n = (int)s[1], .ndim = 4 };
    memcpy(g.dim, s + 2, 4 * sizeof *s);
    for (int k = 0; k < g.n; k++)
        for (int64_t d = 3, step = 1; d >= 0; d--) {
            bool repeated = s[6 + k] >> d & 1;
            g.step[k][d] = repeated ? 0 : step;
            step *= repeated ? 1 : g.dim[d];
        }
    return g;
}
static inline void run_merge(const int64_t *s, bool add, const rig *r)
{
    yk_strides g = merging_of(s);
    (void)add;
    yk_k->merge((yk_merge)s[0], &g, (const float *const *)r->in, r->out);
}
static inline void run_merge_grad(const int64_t *s, bool add, const rig *r)
{
    yk_strides g = merging_of(s);
    float *dx = r->out;
    for (int i = 0; i < g.n; i++) {
        yk_k->merge_grad((yk_merge)s[0], &g, i, (const float *const *)r->in, r->in[0], r->in[3], dx, add);
        dx += g.dim[0] * g.dim[1] * g.dim[2] * g.dim[3];
    }
}

/* s: samples, heads, queries, keys, size, value_size, causal, mask: 1 real, 2 whole; y, then logsum */
static inline yk_attention attention_of(const int64_t *s, const rig *r)
{
    for (int64_t i = 0; i < s[0] * s[3]; i++)
        r->label[i] = s[7] == 2 && (i / s[3] == 0 || i * 7919 % 11 < 4) ? 0 : 1 + (int32_t)i;
    for (int64_t i = 0; s[7] == 1 && i < s[0] * s[3]; i++)
        r->in[3][i] = i * 7919 % 11 < 4 ? 0 : 1;
    return (yk_attention){ .samples = s[0],
                           .heads = s[1],
                           .queries = s[2],
                           .keys = s[3],
                           .size = s[4],
                           .value_size = s[5],
                           .causal = s[6] != 0,
                           .scale = 0.7F,
                           .q = r->in[0],
                           .k = r->in[1],
                           .v = r->in[2],
                           .q_row = s[1] * s[4] + 3,
                           .k_row = s[1] * s[4],
                           .v_row = s[1] * s[5] + 1,
                           .mask = s[7] == 1 ? r->in[3] : NULL,
                           .token = s[7] == 2 ? r->label : NULL,
                           .logsum = r->out + s[0] * s[1] * s[2] * s[5] };
}
static inline void run_attention(const int64_t *s, bool add, const rig *r)
{
    yk_attention a = attention_of(s, r);
    (void)add;
    yk_k->attention(&a, r->out);
}
static inline void run_attention_grad(const int64_t *s, bool add, const rig *r)
{
    yk_attention a = attention_of(s, r);
    const int64_t room = s[0] * s[1] * s[2];
    float *y = r->out, *delta = a.logsum + room, *dq = delta + room, *dk = dq + s[0] * s[2] * a.q_row;
    yk_attention_grad g = { dq, dk, dk + s[0] * s[3] * a.k_row, add, add, add, delta };
    yk_k->attention(&a, y);
    yk_k->attention_grad(&a, &g, y, r->in[4]);
}
#define ATTENTIONS(name)                                                                                               \
    { #name, run_##name, { 2, 2, 5, 5, 3, 3, 0, 0 } }, { #name, run_##name, { 1, 2, 130, 70, 17, 33, 0, 0 } },         \
        { #name, run_##name, { 1, 3, 131, 131, 16, 16, 1, 0 } }, { #name, run_##name, { 2, 1, 3, 150, 64, 5, 1, 1 } }, \
        { #name, run_##name, { 2, 2, 66, 65, 8, 8, 0, 2 } }, { #name, run_##name, { 1, 1, 1, 1, 300, 1, 0, 0 } },      \
    {                                                                                                                  \
#name, run_##name,                                                                                             \
        {                                                                                                              \
            2, 1, 150, 3, 4, 4, 1, 1                                                                                   \
        }                                                                                                              \
    }

/* s: h w c, top bottom left right, mode, images */
static inline yk_margin margin_of(const int64_t *s)
{
    return (yk_margin){ .h = s[0],
                        .w = s[1],
                        .c = s[2],
                        .oh = s[0] + s[3] + s[4],
                        .ow = s[1] + s[5] + s[6],
                        .top = s[3],
                        .left = s[5],
                        .mode = (int)s[7],
                        .value = 0.5 };
}
static inline void run_pad2d(const int64_t *s, bool add, const rig *r)
{
    yk_margin g = margin_of(s);
    (void)add;
    yk_k->pad2d(&g, s[8], r->in[0], r->out);
}
static inline void run_pad2d_grad(const int64_t *s, bool add, const rig *r)
{
    yk_margin g = margin_of(s);
    yk_k->pad2d_grad(&g, s[8], r->in[0], r->out, add);
}

/* s: rows places groups size, leaf; a sample is one row */
static inline void run_groupnorm(const int64_t *s, bool add, const rig *r)
{
    int64_t n = s[0] * s[1] * s[2] * s[3], stats = s[0] * s[2];
    (void)add;
    yk_k->groupnorm(s[0], s[1], s[2], s[3], 1e-5F, r->in[0], r->in[1], r->in[2], r->out + n, r->out + n + stats,
                    r->out);
}
static inline void run_groupnorm_grad(const int64_t *s, bool add, const rig *r)
{
    yk_k->groupnorm_grad(s[0], s[1], s[2], s[3], r->in[0], r->in[1], r->in[2], r->in[3], r->in[4], r->out, add);
}
static inline void run_groupnorm_gamma(const int64_t *s, bool add, const rig *r)
{
    yk_k->groupnorm_gamma((yk_leaves){ s[0], s[4] }, 1, s[1], s[2], s[3], r->in[0], r->in[2], r->in[3], r->in[4],
                          r->out, s[2] * s[3] + 1, add);
}

/* s: rows n size */
static inline void run_response(const int64_t *s, bool add, const rig *r)
{
    yk_response g = { s[1], s[2], 0.7, 0.75, 1 };
    (void)add;
    yk_k->response(&g, s[0], r->in[0], r->out, r->out + s[0] * s[1]);
}
static inline void run_response_grad(const int64_t *s, bool add, const rig *r)
{
    yk_response g = { s[1], s[2], 0.7, 0.75, 1 };
    int64_t n = s[0] * s[1];
    yk_k->response(&g, s[0], r->in[0], r->out, r->out + n);
    yk_k->response_grad(&g, s[0], r->in[0], r->out, r->in[1], r->out + n, r->out + 2 * n, add);
}

/* s: samples leaf rows n, vocabulary, padding */
static inline void set_tokens(const int64_t *s, const rig *r)
{
    for (int64_t i = 0; i < s[0] * s[2]; i++)
        r->label[i] = (int32_t)(i * i * 7919 % s[4]);
}
static inline void run_embedding(const int64_t *s, bool add, const rig *r)
{
    (void)add;
    set_tokens(s, r);
    yk_k->embedding(s[0] * s[2], s[3], s[5], r->label, r->in[0], r->out);
}
static inline void run_embedding_grad(const int64_t *s, bool add, const rig *r)
{
    set_tokens(s, r);
    yk_k->embedding_grad(leaves_of(s), s[2], s[4], s[3], s[5], r->label, r->in[0], r->out, s[3] * s[4] + 3, add);
}

#define LENGTHS(name)                                                                                                  \
    { #name, run_##name, { 1 } }, { #name, run_##name, { 15 } }, { #name, run_##name, { 16 } },                        \
        { #name, run_##name, { 63 } }, { #name, run_##name, { 129 } },                                                 \
    {                                                                                                                  \
#name, run_##name,                                                                                             \
        {                                                                                                              \
            40009                                                                                                      \
        }                                                                                                              \
    }
#define FEW_LENGTHS(name)                                                                                              \
    { #name, run_##name, { 1 } }, { #name, run_##name, { 129 } },                                                      \
    {                                                                                                                  \
#name, run_##name,                                                                                             \
        {                                                                                                              \
            20009                                                                                                      \
        }                                                                                                              \
    }
#define ROWS_OF(kernel, name)                                                                                          \
    { #kernel, run_##name, { 1, 1 } }, { #kernel, run_##name, { 3, 10 } }, { #kernel, run_##name, { 128, 10 } },       \
        { #kernel, run_##name, { 7, 64 } }, { #kernel, run_##name, { 5, 1001 } },                                      \
    {                                                                                                                  \
#kernel, run_##name,                                                                                           \
        {                                                                                                              \
            700, 77                                                                                                    \
        }                                                                                                              \
    }
#define ROWS(name) ROWS_OF(name, name)
#define COLUMNS(name)                                                                                                  \
    { #name, run_##name, { 1, 1, 1, 1 } }, { #name, run_##name, { 7, 3, 1, 5 } },                                      \
        { #name, run_##name, { 64, 32, 49, 6 } }, { #name, run_##name, { 33, 8, 9, 64 } },                             \
    {                                                                                                                  \
#name, run_##name,                                                                                             \
        {                                                                                                              \
            16, 16, 25, 130                                                                                            \
        }                                                                                                              \
    }
/* wide ones, and some that have several pieces a leaf; all that may follow */
#define NORMALISATIONS(name)                                                                                           \
    { #name, run_##name, { 5, 2, 170, 20, 1 } }, { #name, run_##name, { 5, 2, 170, 20, 3 } },                          \
        { #name, run_##name, { 7, 3, 2, 1100, 1 } }, { #name, run_##name, { 7, 3, 2, 1100, 2 } },                      \
        { #name, run_##name, { 3, 3, 3, 2500, 3 } }, { #name, run_##name, { 5, 2, 170, 20, 5 } },                      \
    {                                                                                                                  \
#name, run_##name,                                                                                             \
        {                                                                                                              \
            7, 3, 2, 1100, 7                                                                                           \
        }                                                                                                              \
    }
/* c oc groups images leaf; in taps stride dilation before of width, height, depth */
#define CONVOLUTIONS(name)                                                                                             \
    { #name, run_##name, { 300, 300, 300, 2, 1, 5, 3, 2, 1, 1, 4, 3, 1, 1, 1 } },                                      \
        { #name, run_##name, { 17, 51, 17, 3, 2, 9, 3, 1, 2, 2, 8, 2, 3, 1, 0 } },                                     \
        { #name, run_##name, { 70, 140, 70, 3, 2, 9, 7, 1, 1, 3, 8, 7, 1, 1, 3 } },                                    \
        { #name, run_##name, { 2, 18, 2, 2, 1, 9, 3, 1, 1, 1, 8, 3, 1, 1, 1 } },                                       \
        { #name, run_##name, { 19, 19, 19, 2, 1, 6, 3, 2, 1, 1, 5, 2, 1, 1, 0, 4, 3, 1, 1, 1 } },                      \
        { #name, run_##name, { 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 1, 1, 1, 1, 0 } },                                        \
        { #name, run_##name, { 1, 6, 1, 9, 4, 28, 5, 1, 1, 2, 28, 5, 1, 1, 2 } },                                      \
        { #name, run_##name, { 6, 16, 1, 9, 4, 14, 5, 1, 1, 0, 14, 5, 1, 1, 0 } },                                     \
        { #name, run_##name, { 3, 33, 1, 3, 2, 7, 2, 1, 1, 0, 9, 3, 2, 1, 1 } },                                       \
        { #name, run_##name, { 4, 6, 2, 2, 2, 13, 3, 3, 2, 2, 11, 3, 2, 2, 3 } },                                      \
        { #name, run_##name, { 20, 20, 20, 2, 1, 8, 3, 1, 1, 1, 8, 3, 1, 1, 1 } },                                     \
        { #name, run_##name, { 33, 290, 1, 2, 2, 4, 3, 1, 1, 1, 5, 3, 1, 1, 1 } },                                     \
        { #name, run_##name, { 64, 17, 1, 4, 3, 12, 1, 1, 1, 0, 12, 1, 1, 1, 0 } },                                    \
        { #name, run_##name, { 5, 2, 1, 2, 2, 3, 2, 1, 1, 4, 3, 2, 1, 1, 4 } },                                        \
        { #name, run_##name, { 3, 8, 1, 2, 1, 30, 7, 2, 1, 3, 40, 7, 3, 1, 3 } },                                      \
        { #name, run_##name, { 5, 18, 1, 5, 2, 37, 4, 1, 1, 3 } },                                                     \
        { #name, run_##name, { 34, 6, 2, 3, 2, 29, 3, 2, 3, 2 } },                                                     \
        { #name, run_##name, { 3, 17, 1, 3, 2, 7, 3, 1, 1, 1, 6, 3, 1, 1, 1, 5, 3, 1, 1, 1 } },                        \
    {                                                                                                                  \
#name, run_##name,                                                                                             \
        {                                                                                                              \
            6, 4, 2, 2, 1, 8, 2, 2, 2, 1, 5, 3, 1, 2, 2, 9, 2, 3, 1, 0                                                 \
        }                                                                                                              \
    }
/* the same: whole tiles and parts of tiles, paddings that differ, one chunk and many, channels of all kinds */
#define WINOGRADS(name)                                                                                                \
    { #name, run_##name, { 32, 32, 1, 2, 1, 8, 3, 1, 1, 1, 8, 3, 1, 1, 1 } },                                          \
        { #name, run_##name, { 1, 1, 1, 1, 1, 3, 3, 1, 1, 0, 3, 3, 1, 1, 0 } },                                        \
        { #name, run_##name, { 37, 21, 1, 3, 2, 7, 3, 1, 1, 1, 5, 3, 1, 1, 1 } },                                      \
        { #name, run_##name, { 18, 50, 1, 3, 2, 9, 3, 1, 1, 2, 6, 3, 1, 1, 0 } },                                      \
        { #name, run_##name, { 5, 3, 1, 2, 2, 70, 3, 1, 1, 3, 62, 3, 1, 1, 4 } },                                      \
        { #name, run_##name, { 16, 40, 1, 5, 3, 28, 3, 1, 1, 1, 25, 3, 1, 1, 1 } },                                    \
        { #name, run_##name, { 290, 33, 1, 2, 1, 6, 3, 1, 1, 1, 4, 3, 1, 1, 0 } },                                     \
        { #name, run_##name, { 64, 100, 1, 2, 2, 14, 3, 1, 1, 1, 14, 3, 1, 1, 1 } },                                   \
        { #name, run_##name, { 130, 140, 1, 3, 3, 7, 3, 1, 1, 1, 7, 3, 1, 1, 1 } },                                    \
    {                                                                                                                  \
#name, run_##name,                                                                                             \
        {                                                                                                              \
            220, 8, 1, 14, 14, 5, 3, 1, 1, 1, 17, 3, 1, 1, 1                                                           \
        }                                                                                                              \
    }
#define POOLS(name)                                                                                                    \
    { #name, run_##name, { 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 1, 1, 1, 1, 0 } },                                            \
        { #name, run_##name, { 6, 6, 1, 9, 9, 28, 2, 2, 1, 0, 28, 2, 2, 1, 0 } },                                      \
        { #name, run_##name, { 17, 17, 1, 3, 3, 8, 3, 1, 1, 1, 9, 3, 2, 1, 1 } },                                      \
        { #name, run_##name, { 70, 70, 1, 2, 2, 10, 2, 2, 3, 1, 12, 3, 1, 2, 2 } },                                    \
        { #name, run_##name, { 19, 19, 1, 3, 3, 31, 3, 2, 1, 1 } },                                                    \
        { #name, run_##name, { 70, 70, 1, 2, 2, 9, 4, 0, 0, 0, 7, 1 } },                                               \
    {                                                                                                                  \
#name, run_##name,                                                                                             \
        {                                                                                                              \
            5, 5, 1, 2, 2, 7, 3, 2, 1, 1, 6, 2, 2, 1, 0, 8, 3, 1, 2, 2                                                 \
        }                                                                                                              \
    }

/* h w c, factors, bilinear, images */
#define UPSAMPLES(name)                                                                                                \
    { #name, run_##name, { 1, 1, 1, 1, 1, 0, 1 } }, { #name, run_##name, { 7, 9, 17, 2, 3, 0, 5 } },                   \
        { #name, run_##name, { 1, 1, 1, 3, 2, 1, 1 } }, { #name, run_##name, { 7, 9, 19, 2, 3, 1, 5 } },               \
    {                                                                                                                  \
#name, run_##name,                                                                                             \
        {                                                                                                              \
            3, 11, 33, 4, 1, 1, 3                                                                                      \
        }                                                                                                              \
    }

/* operation, inputs, four lengths, repetitions of each input */
#define MERGES(name)                                                                                                   \
    { #name, run_##name, { YK_MERGE_SUM, 1, 3, 260, 2, 5, 2 } },                                                       \
        { #name, run_##name, { YK_MERGE_SUM, 2, 1, 1, 1, 20011, 0, 0 } },                                              \
        { #name, run_##name, { YK_MERGE_DIFFERENCE, 2, 3, 5, 7, 70, 0, 6 } },                                          \
        { #name, run_##name, { YK_MERGE_PRODUCT, 2, 2, 20, 15, 33, 6, 8 } },                                           \
        { #name, run_##name, { YK_MERGE_PRODUCT, 3, 2, 9, 3, 65, 2, 4, 8 } },                                          \
        { #name, run_##name, { YK_MERGE_MAXIMUM, 3, 2, 3, 4, 19, 0, 0, 2 } },                                          \
        { #name, run_##name, { YK_MERGE_MAXIMUM, 2, 2, 3, 4, 150, 14, 0 } },                                           \
        { #name, run_##name, { YK_MERGE_MEAN, 3, 2, 3, 300, 3, 12, 2, 0 } },                                           \
    {                                                                                                                  \
#name, run_##name,                                                                                             \
        {                                                                                                              \
            YK_MERGE_MEAN, 2, 2, 1, 1, 9001, 0, 8                                                                      \
        }                                                                                                              \
    }
/* h w c, top bottom left right, mode, images */
#define MARGINS(name)                                                                                                  \
    { #name, run_##name, { 1, 1, 1, 1, 0, 0, 2, YK_MARGIN_CONSTANT, 1 } },                                             \
        { #name, run_##name, { 9, 7, 3, 2, 3, 1, 4, YK_MARGIN_REFLECT, 5 } },                                          \
        { #name, run_##name, { 5, 4, 33, 7, 1, 6, 2, YK_MARGIN_REPLICATE, 3 } },                                       \
    {                                                                                                                  \
#name, run_##name,                                                                                             \
        {                                                                                                              \
            28, 28, 1, 2, 2, 2, 2, YK_MARGIN_CONSTANT, 40                                                              \
        }                                                                                                              \
    }
/* rows places groups size leaf */
#define GROUPS(name)                                                                                                   \
    { #name, run_##name, { 1, 1, 1, 1, 1 } }, { #name, run_##name, { 5, 1, 1, 700, 2 } },                              \
        { #name, run_##name, { 3, 300, 4, 5, 2 } }, { #name, run_##name, { 2, 49, 2, 33, 1 } },                        \
    {                                                                                                                  \
#name, run_##name,                                                                                             \
        {                                                                                                              \
            7, 5, 19, 1, 3                                                                                             \
        }                                                                                                              \
    }
#define THREE(name, ...)                                                                                               \
    { #name, run_##name, { 1, 1, __VA_ARGS__ } }, { #name, run_##name, { 70, 33, __VA_ARGS__ } },                      \
    {                                                                                                                  \
#name, run_##name,                                                                                             \
        {                                                                                                              \
            300, 7, __VA_ARGS__                                                                                        \
        }                                                                                                              \
    }
/* samples leaf rows n, vocabulary, padding */
#define TOKENS(name)                                                                                                   \
    { #name, run_##name, { 1, 1, 1, 1, 1, -1 } }, { #name, run_##name, { 7, 3, 5, 70, 11, 4 } },                       \
    {                                                                                                                  \
#name, run_##name,                                                                                             \
        {                                                                                                              \
            33, 8, 20, 130, 97, -1                                                                                     \
        }                                                                                                              \
    }

#define RECURRENT(kernel, cell)                                                                                        \
    { #kernel, run_##kernel, { cell, 3, 4, 5, 0, 1, 1 } }, { #kernel, run_##kernel, { cell, 7, 3, 37, 1, 0, 0 } },     \
        { #kernel, run_##kernel, { cell, 26, 5, 16, 0, 2, 1 } },                                                       \
        { #kernel, run_##kernel, { cell, 50, 2, 70, 0, 0, 1 } },                                                       \
    {                                                                                                                  \
#kernel, run_##kernel,                                                                                         \
        {                                                                                                              \
            cell, 1, 1, 1, 0, 0, 1                                                                                     \
        }                                                                                                              \
    }
#define RECURRENTS(kernel)                                                                                             \
    RECURRENT(kernel, YK_CELL_TANH), RECURRENT(kernel, YK_CELL_RELU), RECURRENT(kernel, YK_CELL_GRU),                  \
        RECURRENT(kernel, YK_CELL_LSTM),                                                                               \
    {                                                                                                                  \
#kernel, run_##kernel,                                                                                         \
        {                                                                                                              \
            YK_CELL_TANH, 5, 2, 270, 0, 0, 0                                                                           \
        }                                                                                                              \
    }

static const kernel_case kernel_cases[] = {
    /* m n k, a transposed, b transposed, bias, count, k of the last, relu */
    { "matmul", run_matmul, { 1, 1, 1 } },
    { "matmul", run_matmul, { 1, 10, 784, 0, 0, 1 } },
    { "matmul", run_matmul, { 17, 33, 5, 0, 1, 1 } },
    { "matmul", run_matmul, { 128, 10, 500, 0, 0, 1 } },
    { "matmul", run_matmul, { 70, 130, 300, 0, 0, 1 } },
    { "matmul", run_matmul, { 100, 784, 77, 0, 1, 0 } },
    { "matmul", run_matmul, { 300, 65, 20, 1, 0, 0, 4, 7 } },
    { "matmul", run_matmul, { 29, 48, 600, 1, 1, 1, 2, 257 } },
    { "matmul", run_matmul, { 1030, 6, 25, 0, 0, 1 } },
    { "matmul", run_matmul, { 67, 70, 300, 0, 0, 1, 0, 0, 1 } },
    { "matmul", run_matmul, { 20, 40, 30, 1, 1, 0, 3, 0, 1 } },
    { "matmul", run_matmul, { 230, 290, 530, 1, 0, 1, 0, 0, 1 } },
    { "pack_weights", run_pack_weights, { 1, 1, 1 } },
    { "pack_weights", run_pack_weights, { 20, 260, 70, 0, 0, 1 } },
    { "pack_weights", run_pack_weights, { 20, 70, 520, 0, 1, 0, 0, 0, 1 } },
    { "pack_weights", run_pack_weights, { 130, 49, 300, 1, 1, 1, 2 } },
    { "pack_weights", run_pack_weights, { 150, 277, 600, 0, 0, 1 } },
    CONVOLUTIONS(conv),
    CONVOLUTIONS(conv_data),
    CONVOLUTIONS(conv_weights),
    WINOGRADS(winograd),
    WINOGRADS(winograd_data),
    WINOGRADS(winograd_weights),
    POOLS(maxpool),
    POOLS(maxpool_grad),
    POOLS(avgpool),
    POOLS(avgpool_grad),
    UPSAMPLES(upsample),
    UPSAMPLES(upsample_grad),
    LENGTHS(fill),
    LENGTHS(copy),
    LENGTHS(sum),
    LENGTHS(scale),
    LENGTHS(relu),
    LENGTHS(relu_grad),
    LENGTHS(sigmoid),
    LENGTHS(sigmoid_grad),
    LENGTHS(tanh),
    LENGTHS(tanh_grad),
    LENGTHS(exp),
    LENGTHS(log),
    ROWS(dropout),
    { "dropout", run_dropout, { 5, 130, 9 } },
    { "dropout", run_dropout, { 33, 3, 49 } },
    LENGTHS(total),
    LENGTHS(sum_of_squares),
    LENGTHS(sum_of_sizes),
    LENGTHS(find_nonfinite),
    COLUMNS(column_sums),
    { "column_sums", run_column_sums, { 5, 2, 170, 20 } },
    COLUMNS(relu_column_sums),
    { "relu_column_sums", run_relu_column_sums, { 7, 3, 2, 1100 } },
    { "column_sums", run_column_sums, { 7, 3, 2, 1100 } },
    { "column_sums", run_column_sums, { 3, 3, 3, 2500 } },
    { "batchnorm_statistics", run_batchnorm_statistics, { 5, 2, 170, 20 } },
    { "batchnorm_statistics", run_batchnorm_statistics, { 3, 3, 3, 2500 } },
    COLUMNS(leaf_sums),
    ROWS(softmax),
    ROWS(softmax_grad),
    ROWS(softmax_cross_entropy),
    ROWS(softmax_cross_entropy_grad),
    ROWS(binary_cross_entropy),
    ROWS(binary_cross_entropy_grad),
    ROWS(mean_squared_error),
    ROWS(mean_squared_error_grad),
    ROWS(mean_absolute_error),
    ROWS(mean_absolute_error_grad),
    ROWS(hinge),
    ROWS(hinge_grad),
    ROWS(cosine),
    ROWS(cosine_grad),
    ROWS(huber),
    ROWS(huber_grad),
    ROWS(poisson),
    ROWS(poisson_grad),
    ROWS(soft_cross_entropy),
    ROWS(soft_cross_entropy_grad),
    ROWS(kl_divergence),
    ROWS(categorical_hinge),
    ROWS(categorical_hinge_grad),
    ROWS(weigh),
    ROWS_OF(binary_cross_entropy, binary_weighted),
    ROWS_OF(binary_cross_entropy_grad, binary_weighted_grad),
    ROWS_OF(poisson, poisson_rate),
    ROWS_OF(poisson_grad, poisson_rate_grad),
    ROWS_OF(soft_cross_entropy, soft_targets),
    ROWS_OF(soft_cross_entropy_grad, soft_targets_grad),
    COLUMNS(batchnorm_statistics),
    COLUMNS(batchnorm),
    COLUMNS(batchnorm_grad),
    NORMALISATIONS(batchnorm),
    NORMALISATIONS(batchnorm_grad),
    FEW_LENGTHS(leaky_relu),
    FEW_LENGTHS(leaky_relu_grad),
    FEW_LENGTHS(elu),
    FEW_LENGTHS(elu_grad),
    FEW_LENGTHS(selu),
    FEW_LENGTHS(selu_grad),
    FEW_LENGTHS(gelu),
    FEW_LENGTHS(gelu_grad),
    FEW_LENGTHS(gelu_tanh),
    FEW_LENGTHS(gelu_tanh_grad),
    FEW_LENGTHS(swish),
    FEW_LENGTHS(swish_grad),
    FEW_LENGTHS(softplus),
    FEW_LENGTHS(softplus_grad),
    FEW_LENGTHS(hard_sigmoid),
    FEW_LENGTHS(hard_sigmoid_grad),
    FEW_LENGTHS(hard_swish),
    FEW_LENGTHS(hard_swish_grad),
    LENGTHS(erf),
    ROWS(prelu),
    ROWS(prelu_grad),
    COLUMNS(prelu_alpha),
    { "copy_strided", run_copy_strided, { 1, 1, 1 } },
    { "copy_strided", run_copy_strided, { 3, 70, 33 } },
    { "copy_strided", run_copy_strided, { 3, 33, 70, 75 } },
    { "copy_strided", run_copy_strided, { 1, 2, 9001, 9100 } },
    MERGES(merge),
    MERGES(merge_grad),
    MARGINS(pad2d),
    MARGINS(pad2d_grad),
    GROUPS(groupnorm),
    GROUPS(groupnorm_grad),
    GROUPS(groupnorm_gamma),
    THREE(response, 5),
    THREE(response, 40),
    THREE(response_grad, 4),
    THREE(response_grad, 21),
    ATTENTIONS(attention),
    ATTENTIONS(attention_grad),
    TOKENS(embedding),
    TOKENS(embedding_grad),
    RECURRENTS(recurrent),
    RECURRENTS(recurrent_grad),
    LENGTHS(sgd),
    { "sgd", run_sgd, { 1000, 1, 0 } },
    { "sgd", run_sgd, { 1000, 1, 1 } },
    LENGTHS(adam),
    { "adam", run_adam, { 1000, 1 } },
    LENGTHS(adagrad),
    LENGTHS(adadelta),
    LENGTHS(rmsprop),
    { "rmsprop", run_rmsprop, { 1000, 1 } },
    LENGTHS(adamax),
    LENGTHS(nadam),
    LENGTHS(blend),
    LENGTHS(penalty_grad),
    ROWS(bound_columns),
    ROWS(unit_columns),
};

#endif
