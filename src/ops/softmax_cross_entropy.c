/* SPDX-License-Identifier: Apache-2.0 */
/* softmax_cross_entropy: loss = -sum_j q_j log softmax(x)_j on logits x, where q_j = w_j (s / classes + (1 - s) t_j): t
 * is 1 at the label and else 0, or, with soft_labels, the target itself; s label_smoothing, w class_weights. Without
 * options it is log(sum_j exp(x_j)) - x_label.
 * x (samples, classes), labels (samples); or x (samples, positions..., classes), labels (samples, positions...), where
 * a sample's loss is the mean over its positions; soft labels have the shape of x; out (samples).
 * Backward: dx_j = dloss / positions ((sum q) softmax(x)_j - q_j).
 *
 * The denominator of the mean is that of PyTorch: a position of label k counts w_k, one whose label is ignored 0; with
 * soft labels each counts 1. */
#include <inttypes.h>

#include "ops/row_loss.h"

typedef struct cross_entropy_attr {
    double label_smoothing;
    bool soft_labels;
    yk_reals class_weights;
    yk_ints ignore;
} cross_entropy_attr;

static const yk_option attrs[] = {
    { "label_smoothing", YK_OPT_REAL, offsetof(cross_entropy_attr, label_smoothing), "0", 0, YK_BELOW_1, NULL,
      "share of the target that is spread evenly over all classes" },
    { "soft_labels", YK_OPT_BOOL, offsetof(cross_entropy_attr, soft_labels), "false", 0, 0, NULL,
      "the target is a distribution over the classes, of the output's shape, and not a class number" },
    { "class_weights", YK_OPT_REALS, offsetof(cross_entropy_attr, class_weights), "none", 0, -1, NULL,
      "one weight a class, as a list" },
    { "ignore", YK_OPT_INTS, offsetof(cross_entropy_attr, ignore), "none", 0, 0, NULL,
      "labels that do not count: one, or a list; they need not be a class" },
    { 0 }
};

static yk_target target(const void *attr)
{
    const cross_entropy_attr *o = attr;
    if (o->soft_labels)
        return (yk_target){ .kind = YK_TARGET_REAL, .not_negative = true };
    return (yk_target){ .kind = YK_TARGET_LABEL,
                        .weighted = o->class_weights.n > 0 || o->ignore.n > 0,
                        .ignore = o->ignore };
}

enum { WEIGHTS, TOP }; /* saved: of the classes; what the kernel keeps of every row */

static int64_t classes(const yk_op_args *a)
{
    return a->in[0].shape.dim[a->in[0].shape.ndim - 1];
}

static yk_status infer(yk_op_args *a)
{
    const cross_entropy_attr *o = a->attr;
    if (o->soft_labels)
        YK_TRY(yk_op_check_rows(a, "softmax_cross_entropy with soft_labels"));
    else
        YK_TRY(yk_op_check_labels(a, "softmax_cross_entropy"));
    YK_CHECK(o->class_weights.n == 0 || o->class_weights.n == classes(a), YK_ERR_ARG,
             "class_weights: %d numbers for %" PRId64 " classes", o->class_weights.n, classes(a));
    YK_CHECK(!o->soft_labels || o->ignore.n == 0, YK_ERR_ARG, "ignore is of class numbers, and soft_labels has none");
    row_loss_infer(a);
    a->saved[TOP] = (yk_tensor){ YK_F32, yk_shape_of(2, yk_tensor_len(&a->in[0]) / classes(a), (int64_t)2), NULL };
    a->saved[WEIGHTS] = (yk_tensor){ o->class_weights.n > 0 ? YK_F32 : YK_NO_DTYPE, yk_shape_of(1, classes(a)), NULL };
    return YK_OK;
}

/* Is it more than log(sum exp(x)) - x[label]? Then *q says what the softmax should
 * be. */
static bool distribution(const yk_op_args *a, YK_TYPED(yk_distribution) * q)
{
    const cross_entropy_attr *o = a->attr;
    *q = (YK_TYPED(yk_distribution)){ .smoothing = (real)o->label_smoothing, .weight = a->saved[WEIGHTS].data };
    if (o->soft_labels)
        q->target = a->in[1].data;
    else
        q->label = a->in[1].data;
    return o->label_smoothing > 0 || o->soft_labels || o->class_weights.n > 0;
}

static void forward(const yk_op_args *a)
{
    const cross_entropy_attr *o = a->attr;
    const row_loss r = row_loss_forward(a);
    real *weight = a->saved[WEIGHTS].data;
    YK_TYPED(yk_distribution) q;
    for (int i = 0; i < o->class_weights.n; i++)
        weight[i] = (real)o->class_weights.at[i];
    if (distribution(a, &q))
        yk_k->soft_cross_entropy(r.rows, r.cols, &q, a->in[0].data, r.each);
    else
        yk_k->softmax_cross_entropy(r.rows, r.cols, a->in[0].data, a->in[1].data, a->saved[TOP].data, r.each);
    row_loss_mean(a, &r);
}

static void backward(const yk_op_args *a)
{
    if (!a->din[0].data)
        return;
    const row_loss r = row_loss_backward(a);
    YK_TYPED(yk_distribution) q;
    if (distribution(a, &q))
        yk_k->soft_cross_entropy_grad(r.rows, r.cols, &q, a->in[0].data, r.each, a->din[0].data, a->din_add[0]);
    else
        yk_k->softmax_cross_entropy_grad(r.rows, r.cols, a->in[0].data, a->in[1].data, a->saved[TOP].data, r.each,
                                         a->din[0].data, a->din_add[0]);
}

/* The labels are counted first: the sum is exact however many positions there are. */
static void denominators(const yk_op_args *a)
{
    const cross_entropy_attr *o = a->attr;
    const int64_t p = yk_shape_len_from(&a->in[1].shape, 1);
    real *out = a->out.data;
    for (int64_t i = 0; i < a->rows.leaves.rows; i++) {
        const int32_t *label = (const int32_t *)a->in[1].data + i * p;
        int64_t count[YK_REALS_MAX] = { 0 }, all = 0;
        for (int64_t k = 0; k < p; k++) {
            all += label[k] >= 0;
            if (label[k] >= 0 && o->class_weights.n > 0)
                count[label[k]]++;
        }
        double sum = o->class_weights.n > 0 ? 0 : (double)all;
        for (int c = 0; c < o->class_weights.n; c++)
            sum += (double)count[c] * o->class_weights.at[c];
        out[i] = (real)(sum / (double)p);
    }
}

static double flops(const yk_op_args *a)
{
    return 4.0 * (double)yk_tensor_len(&a->in[0]); /* largest, difference, exp, sum */
}

static const yk_op_sample samples[] = {
    { .in = { { 2, { 7, 5 } }, { 1, { 7 } } }, .leaf = 3 },
    { .in = { { 4, { 3, 2, 3, 4 } }, { 3, { 3, 2, 3 } } } },
    { .attrs = "ignore=-1", .in = { { 2, { 9, 5 } }, { 1, { 9 } } }, .leaf = 4 },
    { .attrs = "label_smoothing=0.2 class_weights=[1,0.5,0,2] ignore=[9,-1]",
      .in = { { 3, { 3, 5, 4 } }, { 2, { 3, 5 } } } },
    { .attrs = "soft_labels=true", .in = { { 2, { 5, 3 } }, { 2, { 5, 3 } } } },
    { .attrs = "soft_labels=true label_smoothing=0.1 class_weights=[1,0.5,3]",
      .in = { { 3, { 3, 2, 3 } }, { 3, { 3, 2, 3 } } } },
};

const yk_op YK_OP_SYMBOL(softmax_cross_entropy) = {
    .name = "softmax_cross_entropy",
    .doc = "loss = log(sum exp(x)) - x[label]: logits x (samples, ..., classes), labels (samples, ...), mean over a "
           "sample's positions.",
    .kind = YK_OP_LOSS,
    .n_in = 2,
    .attr_size = sizeof(cross_entropy_attr),
    .attrs = attrs,
    .backward_reads_in = true,
    .target = target,
    .denominators = denominators,
    .predict_with = "softmax",
    .infer = infer,
    .forward = forward,
    .backward = backward,
    .flops = flops,
    .samples = samples,
    .n_sample = YK_LEN(samples),
};
