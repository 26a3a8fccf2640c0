/* SPDX-License-Identifier: Apache-2.0 */
/* Values and gradients of every op against PyTorch's, in float and in double (tests/golden/make_ops.py). */
#include "rig.h"

#include <math.h>

typedef struct golden {
    const char *label, *op, *attrs;
    yk_shape in_shape[3], out_shape;
    int64_t leaf;
    bool train;
    const double *in[3], *param[YK_OP_MAX_PARAM], *out, *dout, *din[3], *dparam[YK_OP_MAX_PARAM];
} golden;

#include "../golden/ops.inc"

static const int64_t golden_samples[] = { ((int64_t)1 << 40) + 5, 3, 11, (int64_t)1 << 33, 8, 9, 10 };

static void load(const yk_tensor *t, const double *values)
{
    for (int64_t i = 0; values && i < yk_tensor_len(t); i++)
        rig_set(t, i, (double)(float)values[i]); /* they are float32 numbers, printed with nine digits */
}

/* Within `tolerance` of the largest value of the array; leaves of a parameter's gradient are summed. */
static void expect(const golden *c, const char *what, const rig *r, const yk_tensor *t, int64_t leaves,
                   const double *want)
{
    double tolerance = r->real == YK_F64 ? 6e-9 /* nine digits */ : 5e-6 /* Winograd */, largest = 1e-3;
    for (int64_t i = 0; want && i < yk_tensor_len(t); i++)
        largest = fmax(largest, fabs(want[i]));
    for (int64_t i = 0; want && i < yk_tensor_len(t); i++) {
        double got = 0;
        for (int64_t g = 0; g < leaves; g++)
            got += rig_get(t, i + g * r->a.leaf_step);
        if (!(fabs(got - want[i]) <= tolerance * largest)) {
            FAIL_CASE(c->label, "%s, %s, element %lld: %.9g and not %.9g\n", yk_dtype_name(r->real), what, (long long)i,
                      got, want[i]);
            return;
        }
    }
}

static void check(const golden *c, const yk_op *op)
{
    yk_op_sample s = { .attrs = c->attrs, .leaf = c->leaf };
    memcpy(s.in, c->in_shape, sizeof c->in_shape);
    rig r;
    rig_make(&r, op, &s);
    if (!yk_shape_equal(&r.a.out.shape, &c->out_shape)) {
        char text[YK_SHAPE_TEXT];
        FAIL_CASE(c->label, "output has shape %s\n", yk_shape_text(&r.a.out.shape, 0, text));
        rig_free(&r);
        return;
    }
    for (int64_t i = 0; i < yk_min(r.a.rows.leaves.rows, YK_LEN(golden_samples)); i++)
        r.sample[i] = golden_samples[i];
    r.a.rows.train = c->train;
    for (int i = 0; i < r.a.n_in; i++)
        load(&r.a.in[i], c->in[i]);
    for (int i = 0; i < YK_OP_MAX_PARAM; i++)
        load(&r.a.param[i], c->param[i]);
    load(&r.a.dout, c->dout);
    op->forward(&r.a);
    expect(c, "out", &r, &r.a.out, 1, c->out);
    if (c->train) {
        op->backward(&r.a);
        for (int i = 0; i < 3; i++)
            expect(c, "din", &r, &r.a.din[i], 1, c->din[i]);
        for (int i = 0; i < YK_OP_MAX_PARAM; i++)
            expect(c, op->param[i].name, &r, &r.a.dparam[i], yk_leaf_count(r.a.rows.leaves), c->dparam[i]);
    }
    rig_free(&r);
}

static void test_values_are_pytorchs(void)
{
    for (int i = 0; i < LEN(golden_cases); i++) {
        const golden *c = &golden_cases[i];
        const yk_op *op = NULL;
        for (const yk_op *const *o = yk_op_table; *o; o++)
            if (strcmp((*o)->name, c->op) == 0)
                op = *o;
        CU_ASSERT_FATAL(op != NULL);
        check(c, op);
        check(c, yk_op_double(op));
    }
}

static void test_every_op_has_a_case(void)
{
    for (const yk_op *const *op = yk_op_table; *op; op++) {
        bool found = false;
        for (int i = 0; i < LEN(golden_cases); i++)
            found = found || strcmp(golden_cases[i].op, (*op)->name) == 0;
        if (!found)
            FAIL_CASE((*op)->name, "no reference values: add a case to tests/golden/make_ops.py\n");
    }
}

int main(void)
{
    static const yk_test tests[] = {
        { "values are PyTorch's", test_values_are_pytorchs },
        { "every op has a case", test_every_op_has_a_case },
        { NULL, NULL },
    };
    if (yk_kernels_choose(NULL) != YK_OK)
        return 2;
    return yk_test_main("ops/values", tests);
}
