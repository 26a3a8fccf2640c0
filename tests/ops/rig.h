/* SPDX-License-Identifier: Apache-2.0 */
/* An op with all its tensors, in float or double, for the tests of this folder. Every array has a block of its own, so
 * that sanitizers see overruns; gradients of parameters lie leaf after leaf with a gap between. */
#ifndef YK_TESTS_OPS_RIG_H
#define YK_TESTS_OPS_RIG_H

#include "core/mem.h"
#include "ops/op.h"
#include "test.h"

#define RIG_GAP 3 /* elements behind a leaf's gradients that nobody may touch */

typedef struct rig {
    const yk_op *op;
    yk_op_args a; /* all rows of all leaves */
    yk_dtype real;
    int64_t *sample;
} rig;

static inline double rig_get(const yk_tensor *t, int64_t i)
{
    if (t->dtype == YK_I32)
        return ((const int32_t *)t->data)[i];
    return t->dtype == YK_F64 ? ((const double *)t->data)[i] : (double)((const float *)t->data)[i];
}

static inline void rig_set(const yk_tensor *t, int64_t i, double value)
{
    if (t->dtype == YK_I32)
        ((int32_t *)t->data)[i] = (int32_t)value;
    else if (t->dtype == YK_F64)
        ((double *)t->data)[i] = value;
    else
        ((float *)t->data)[i] = (float)value;
}

/* Gives a tensor its own block; a tensor without a type stays empty. */
static inline void rig_alloc(const rig *r, yk_tensor *t)
{
    t->data = NULL;
    if (t->dtype == YK_F32)
        t->dtype = r->real;
    if (t->dtype != YK_NO_DTYPE)
        MUST(yk_alloc(&t->data, yk_tensor_len(t), (size_t)yk_dtype_size(t->dtype)));
}

static inline int64_t rig_leaf_step(const rig *r)
{
    int64_t n = RIG_GAP;
    for (int i = 0; i < YK_OP_MAX_PARAM; i++)
        n += r->a.param[i].dtype ? yk_tensor_len(&r->a.param[i]) : 0;
    return n;
}

/* The place of a parameter's gradient in a block of all leaves' gradients. */
static inline void rig_place_dparam(yk_op_args *a, char *block)
{
    for (int i = 0; i < YK_OP_MAX_PARAM; i++) {
        a->dparam[i] = a->param[i];
        a->dparam[i].data = a->param[i].dtype ? block : NULL;
        block += a->param[i].dtype ? yk_tensor_bytes(&a->param[i]) : 0;
    }
}

static inline bool rig_has_gradient(const rig *r, int input)
{
    return input < r->a.n_in && !r->op->takes_tokens && !(!yk_op_is_layer(r->op) && input == 1);
}

/* Tensors, without values, for an op of yk_op_table (float) or yk_op_table_double. */
static inline void rig_make(rig *r, const yk_op *op, const yk_op_sample *s)
{
    memset(r, 0, sizeof *r);
    r->op = op;
    r->real = yk_op_double(op) == op ? YK_F64 : YK_F32;
    yk_op_args *a = &r->a;
    void *attr = NULL;
    MUST(yk_alloc(&attr, 1, op->attr_size + 1));
    MUST(yk_op_attrs_parse(op, s->attrs, attr));
    a->attr = attr;
    int64_t rows = s->in[0].dim[0];
    a->rows.leaves = (yk_leaves){ rows, s->leaf ? s->leaf : rows };
    a->rows.train = true;
    a->rows.step = 7;
    a->key = (yk_key){ { 0x9e3779b9u, 0x243f6a88u } };
    MUST(yk_alloc(&r->sample, rows, sizeof *r->sample));
    for (int64_t i = 0; i < rows; i++)
        r->sample[i] = 1000 + 7 * i * i;
    a->rows.sample = r->sample;
    for (; a->n_in < YK_OP_MAX_IN && s->in[a->n_in].ndim; a->n_in++) {
        bool label = op->takes_tokens || (a->n_in == 1 && op->target && op->target(attr).kind == YK_TARGET_LABEL);
        a->in[a->n_in] = (yk_tensor){ label ? YK_I32 : YK_F32, s->in[a->n_in], NULL };
    }
    MUST(op->infer(a));
    for (int i = 0; i < YK_OP_MAX_IN; i++) {
        rig_alloc(r, &a->in[i]);
        if (rig_has_gradient(r, i))
            a->din[i] = a->in[i];
        rig_alloc(r, &a->din[i]);
    }
    rig_alloc(r, &a->out);
    a->dout = a->out;
    rig_alloc(r, &a->dout);
    for (int i = 0; i < YK_OP_MAX_PARAM; i++)
        rig_alloc(r, &a->param[i]);
    for (int i = 0; i < YK_OP_MAX_SAVED; i++)
        rig_alloc(r, &a->saved[i]);
    for (int i = 0; i < YK_PASSES; i++)
        rig_alloc(r, &a->room[i]);
    for (int i = 0; i < YK_PASSES; i++) /* dirty, as in a program */
        if (a->room[i].data)
            memset(a->room[i].data, 0xff, (size_t)yk_tensor_bytes(&a->room[i]));
    a->leaf_step = rig_leaf_step(r);
    char *block = NULL;
    MUST(yk_alloc(&block, a->leaf_step * yk_leaf_count(a->rows.leaves), (size_t)yk_dtype_size(r->real)));
    rig_place_dparam(a, block);
    if (!a->dparam[0].data)
        yk_free(block);
}

static inline void rig_free(rig *r)
{
    yk_op_args *a = &r->a;
    for (int i = 0; i < YK_OP_MAX_IN; i++) {
        yk_free(a->in[i].data);
        yk_free(a->din[i].data);
    }
    for (int i = 0; i < YK_OP_MAX_PARAM; i++)
        yk_free(a->param[i].data);
    for (int i = 0; i < YK_OP_MAX_SAVED; i++)
        yk_free(a->saved[i].data);
    for (int i = 0; i < YK_PASSES; i++)
        yk_free(a->room[i].data);
    yk_free(a->out.data);
    yk_free(a->dout.data);
    yk_free(a->dparam[0].data);
    yk_free(r->sample);
    yk_free((void *)a->attr);
}

static inline void rig_randomize(const yk_tensor *t, int64_t number, double low, double high)
{
    yk_key key = yk_key_make(1, YK_FOR_CHECK, "ops");
    for (int64_t i = 0; t->data && i < yk_tensor_len(t); i++)
        rig_set(t, i, low + (high - low) * yk_random_uniform(key, 0, number, i));
}

/* Random inputs, parameters and dout. Tokens and class numbers are in their range, a loss's real target in [0, 1). */
static inline void rig_fill(rig *r)
{
    yk_op_args *a = &r->a;
    for (int i = 0; i < a->n_in; i++)
        rig_randomize(&a->in[i], i, -2, 2);
    if (r->op->takes_tokens)
        rig_randomize(&a->in[0], 0, 0, (double)a->tokens);
    if (r->op->target) {
        yk_target target = r->op->target(a->attr);
        bool label = target.kind == YK_TARGET_LABEL;
        double lowest = target.ignore.n > 0 ? -2 : 0; /* some labels are YK_IGNORED */
        rig_randomize(&a->in[1], 1, lowest, label ? (double)a->in[0].shape.dim[a->in[0].shape.ndim - 1] : 1);
    }
    for (int i = 0; i < YK_OP_MAX_PARAM; i++)
        rig_randomize(&a->param[i], 100 + i, i == 0 ? -1 : 0.25, i == 0 ? 1 : 2);
    rig_randomize(&a->dout, 200, -1, 1);
}

/* The gradients of parameters, all leaves: base and number of elements. */
static inline yk_tensor rig_dparams(const rig *r)
{
    int64_t n = r->a.dparam[0].data ? r->a.leaf_step * yk_leaf_count(r->a.rows.leaves) : 0;
    return (yk_tensor){ r->real, { 1, { n } }, r->a.dparam[0].data };
}

static inline void rig_set_all(const yk_tensor *t, double value)
{
    for (int64_t i = 0; t->data && i < yk_tensor_len(t); i++)
        rig_set(t, i, value);
}

/* A copy in a block of its own. */
static inline yk_tensor rig_copy(const yk_tensor *t)
{
    yk_tensor copy = *t;
    if (t->data) {
        MUST(yk_alloc(&copy.data, yk_tensor_len(t), (size_t)yk_dtype_size(t->dtype)));
        memcpy(copy.data, t->data, (size_t)yk_tensor_bytes(t));
    }
    return copy;
}

static inline bool rig_same_bits(const yk_tensor *a, const yk_tensor *b)
{
    return yk_tensor_bytes(a) == yk_tensor_bytes(b) &&
           (!a->data || memcmp(a->data, b->data, (size_t)yk_tensor_bytes(a)) == 0);
}

#endif
