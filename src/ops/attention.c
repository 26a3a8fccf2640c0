/* SPDX-License-Identifier: Apache-2.0 */
/* attention: softmax(q k^T / sqrt(d)) v, head by head (scaled dot-product attention; with dense layers around it, it is
 * multi-head attention). One input holds queries, keys and values side by side (samples, T, 3 n); two are queries
 * (samples, T, n) and keys with values (samples, S, 2 n); three are queries (samples, T, n), keys (samples, S, n) and
 * values (samples, S, m). Head h has the h-th part of each. y (samples, T, n or m). With `causal` position i sees the
 * positions 0 .. i; with `mask` one input more, (samples, S), says by numbers above 0 which positions count; nobody
 * sees the others (padding). A position that sees nothing gives 0. Kernels and backward: kernels/attention.c. Source:
 * Vaswani et al., arXiv:1706.03762. */
#include "ops/op.h"

#include <inttypes.h>
#include <math.h>

typedef struct attention_attr {
    int64_t heads;
    bool causal, mask;
} attention_attr;

static const yk_option attrs[] = { { "heads", YK_OPT_INT, offsetof(attention_attr, heads), "1", 1, 1e6, NULL,
                                     "parts that attend each by itself" },
                                   { "causal", YK_OPT_BOOL, offsetof(attention_attr, causal), "false", 0, 0, NULL,
                                     "a position sees itself and those before it" },
                                   { "mask", YK_OPT_BOOL, offsetof(attention_attr, mask), "false", 0, 0, NULL,
                                     "the last input is a number a key: nobody sees the key unless it is above 0" },
                                   { 0 } };

enum { LOGSUM, DELTA }; /* saved */

static bool has_mask(const yk_op_args *a)
{
    return ((const attention_attr *)a->attr)->mask;
}

/* Where queries, keys and values are: the input, which of its `parts` parts, and the length of one. */
typedef struct place {
    int in;
    int64_t part, parts, n;
} place;

enum { QUERY, KEY, VALUE };

static place place_of(const yk_op_args *a, int what)
{
    static const place places[3][3] = { { { 0, 0, 3, 0 }, { 0, 1, 3, 0 }, { 0, 2, 3, 0 } },
                                        { { 0, 0, 1, 0 }, { 1, 0, 2, 0 }, { 1, 1, 2, 0 } },
                                        { { 0, 0, 1, 0 }, { 1, 0, 1, 0 }, { 2, 0, 1, 0 } } };
    place p = places[a->n_in - has_mask(a) - 1][what];
    p.n = a->in[p.in].shape.dim[2] / p.parts;
    return p;
}

static int64_t row_of(const place *p)
{
    return p->n * p->parts;
}

static int64_t length(const yk_op_args *a, int what)
{
    return a->in[place_of(a, what).in].shape.dim[1];
}

static yk_status infer_input(const yk_op_args *a, int i)
{
    char text[YK_SHAPE_TEXT];
    YK_TRY(yk_op_check_real(&a->in[i]));
    YK_CHECK(a->in[i].shape.ndim == 3, YK_ERR_SHAPE, "input %d has shape %s: attention needs (positions, features)",
             i + 1, yk_shape_text(&a->in[i].shape, 1, text));
    return YK_OK;
}

static yk_status infer_mask(const yk_op_args *a)
{
    const yk_shape *mask = &a->in[a->n_in - 1].shape;
    char text[YK_SHAPE_TEXT];
    YK_CHECK(mask->ndim == 2 && mask->dim[1] == length(a, KEY), YK_ERR_SHAPE,
             "the mask has shape %s: it needs a number for each of the %" PRId64 " keys", yk_shape_text(mask, 1, text),
             length(a, KEY));
    return YK_OK;
}

static yk_status infer(yk_op_args *a)
{
    const attention_attr *attr = a->attr;
    const int n = a->n_in - attr->mask;
    YK_CHECK(n >= 1 && n <= 3, YK_ERR_ARG,
             "attention takes 1, 2 or 3 inputs (queries, keys and values; queries, keys and values side by side; all "
             "side by side)%s and not %d",
             attr->mask ? ", and the mask," : "", a->n_in);
    for (int i = 0; i < n; i++)
        YK_TRY(infer_input(a, i));
    const place q = place_of(a, QUERY), k = place_of(a, KEY), v = place_of(a, VALUE);
    const int64_t last = a->in[k.in].shape.dim[2]; /* of one input, or of the second */
    YK_CHECK(row_of(&k) == last, YK_ERR_SHAPE,
             "input %d has %" PRId64 " features: %" PRId64 " parts of one length are needed", k.in + 1, last, k.parts);
    YK_CHECK(q.n == k.n && q.n % attr->heads == 0 && v.n % attr->heads == 0, YK_ERR_SHAPE,
             "queries have %" PRId64 " features, keys %" PRId64 ", values %" PRId64
             ": queries and keys need as many, and %" PRId64 " heads must divide all",
             q.n, k.n, v.n, attr->heads);
    YK_CHECK(length(a, KEY) == length(a, VALUE), YK_ERR_SHAPE, "there are %" PRId64 " keys and %" PRId64 " values",
             length(a, KEY), length(a, VALUE));
    if (attr->mask)
        YK_TRY(infer_mask(a));
    yk_tensor_like(&a->out, &a->in[0]);
    a->out.shape.dim[2] = v.n;
    a->saved[LOGSUM] = a->saved[DELTA] =
        (yk_tensor){ YK_F32, yk_shape_of(3, a->in[0].shape.dim[0], attr->heads, a->in[0].shape.dim[1]), NULL };
    return YK_OK;
}

static const real *data_of(const yk_op_args *a, const place *p)
{
    return (const real *)a->in[p->in].data + p->part * p->n;
}

static yk_attention describe(const yk_op_args *a)
{
    const attention_attr *attr = a->attr;
    const place q = place_of(a, QUERY), k = place_of(a, KEY), v = place_of(a, VALUE);
    const yk_tensor *mask = has_mask(a) ? &a->in[a->n_in - 1] : NULL;
    return (yk_attention){ .samples = a->rows.leaves.rows,
                           .heads = attr->heads,
                           .queries = length(a, QUERY),
                           .keys = length(a, KEY),
                           .size = q.n / attr->heads,
                           .value_size = v.n / attr->heads,
                           .causal = attr->causal,
                           .scale = (real)(1 / sqrt((double)(q.n / attr->heads))),
                           .q = data_of(a, &q),
                           .k = data_of(a, &k),
                           .v = data_of(a, &v),
                           .q_row = row_of(&q),
                           .k_row = row_of(&k),
                           .v_row = row_of(&v),
                           .mask = mask && mask->dtype != YK_I32 ? mask->data : NULL,
                           .token = mask && mask->dtype == YK_I32 ? mask->data : NULL,
                           .logsum = a->saved[LOGSUM].data };
}

static void forward(const yk_op_args *a)
{
    const yk_attention t = describe(a);
    yk_k->attention(&t, a->out.data);
}

static real *gradient_of(const yk_op_args *a, const place *p)
{
    real *d = a->din[p->in].data;
    return d ? d + p->part * p->n : NULL;
}

static void backward(const yk_op_args *a)
{
    const yk_attention t = describe(a);
    const place q = place_of(a, QUERY), k = place_of(a, KEY), v = place_of(a, VALUE);
    const yk_attention_grad g = { .dq = gradient_of(a, &q),
                                  .dk = gradient_of(a, &k),
                                  .dv = gradient_of(a, &v),
                                  .add_q = a->din_add[q.in],
                                  .add_k = a->din_add[k.in],
                                  .add_v = a->din_add[v.in],
                                  .delta = a->saved[DELTA].data };
    yk_k->attention_grad(&t, &g, a->out.data, a->dout.data);
    const int mask = a->n_in - 1;
    if (has_mask(a) && a->din[mask].data && !a->din_add[mask]) /* nothing depends on its size */
        yk_k->fill(yk_tensor_len(&a->din[mask]), 0, a->din[mask].data);
}

static double flops(const yk_op_args *a)
{
    const double queries = (double)length(a, QUERY), keys = (double)length(a, KEY), both = fmin(queries, keys);
    const bool causal = ((const attention_attr *)a->attr)->causal;
    const double seen = causal ? both * (both + 1) / 2 + (queries - both) * keys : queries * keys;
    return 2 * seen * (double)a->in[0].shape.dim[0] * (double)(place_of(a, QUERY).n + place_of(a, VALUE).n);
}

static const yk_op_sample samples[] = {
    { .attrs = "heads=2 causal=true", .in = { { 3, { 3, 5, 18 } } }, .leaf = 2 },
    { .attrs = "", .in = { { 3, { 2, 1, 3 } } } },
    { .attrs = "heads=3", .in = { { 3, { 2, 4, 6 } }, { 3, { 2, 7, 12 } } } },
    { .attrs = "heads=2 mask=true",
      .in = { { 3, { 2, 3, 6 } }, { 3, { 2, 5, 6 } }, { 3, { 2, 5, 4 } }, { 2, { 2, 5 } } } },
    { .attrs = "causal=true", .in = { { 3, { 2, 3, 2 } }, { 3, { 2, 6, 2 } }, { 3, { 2, 6, 2 } } } },
    { .attrs = "causal=true", .in = { { 3, { 1, 67, 6 } } } },
};

const yk_op YK_OP_SYMBOL(attention) = {
    .name = "attention",
    .doc =
        "y = softmax(q k^T / sqrt(d)) v, head by head; inputs: q, k and v, or q and (k, v), or (q, k, v) side by side.",
    .n_in = -1,
    .attr_size = sizeof(attention_attr),
    .attrs = attrs,
    .mask = true,
    .backward_reads_in = true,
    .backward_reads_out = true,
    .infer = infer,
    .forward = forward,
    .backward = backward,
    .flops = flops,
    .samples = samples,
    .n_sample = YK_LEN(samples),
};
