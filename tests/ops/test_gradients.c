/* SPDX-License-Identifier: Apache-2.0 */
/* Gradient check of every op of the table, on every sample it names, in double: backward against central differences of
 * L = sum of out * dout, element by element. A new op is covered without an edit here. Backward's promises are checked
 * as well: that it stores or adds, that it reads only what the op says, that it can do without any input's gradient. */
#include "rig.h"

#include <math.h>

#define STEP 1e-4 /* of the differences; with Richardson's extrapolation the error is of order STEP^4 */
#define TOLERANCE 1e-6
#define KINKS_MAX 0.03 /* share of the elements that may be skipped as too near to a kink */

static double loss(const rig *r)
{
    double sum = 0;
    r->op->forward(&r->a);
    for (int64_t i = 0; i < yk_tensor_len(&r->a.out); i++)
        sum += rig_get(&r->a.out, i) * rig_get(&r->a.dout, i);
    return sum;
}

static double quotient(const rig *r, const yk_tensor *x, int64_t i, double h)
{
    double old = rig_get(x, i);
    rig_set(x, i, old + h);
    double up = loss(r);
    rig_set(x, i, old - h);
    double down = loss(r);
    rig_set(x, i, old);
    return (up - down) / (2 * h);
}

/* What backward said about element i: for a parameter, the sum over leaves. */
static double analytic(const rig *r, const yk_tensor *dx, int64_t i, bool is_param)
{
    if (!is_param)
        return rig_get(dx, i);
    double sum = 0;
    for (int64_t g = 0; g < yk_leaf_count(r->a.rows.leaves); g++)
        sum += rig_get(dx, i + g * r->a.leaf_step);
    return sum;
}

typedef struct tally {
    int64_t elements, kinks;
} tally;

static void compare(const rig *r, const yk_tensor *x, const yk_tensor *dx, bool is_param, const char *what, tally *t)
{
    int64_t n = yk_tensor_len(x);
    double largest = 0;
    for (int64_t i = 0; i < n; i++)
        largest = fmax(largest, fabs(analytic(r, dx, i, is_param)));
    for (int64_t i = 0; i < n; i++) {
        double coarse = quotient(r, x, i, STEP), fine = quotient(r, x, i, STEP / 2);
        double numeric = (4 * fine - coarse) / 3, got = analytic(r, dx, i, is_param);
        t->elements++;
        if (fabs(coarse - fine) > 1e-4 * fmax(largest, 1)) {
            t->kinks++;
            continue;
        }
        double error = fabs(numeric - got) / fmax(fmax(fabs(got), 1e-3 * largest), 1e-3);
        if (!(error < TOLERANCE))
            FAIL_CASE(r->op->name, "%s, element %lld: backward %.12g, differences %.12g, relative error %.1e\n", what,
                      (long long)i, got, numeric, error);
    }
}

static void check_differences(rig *r)
{
    tally t = { 0, 0 };
    char what[64];
    r->op->forward(&r->a);
    r->op->backward(&r->a);
    for (int i = 0; i < r->a.n_in; i++)
        if (rig_has_gradient(r, i)) {
            snprintf(what, sizeof what, "input %d", i);
            compare(r, &r->a.in[i], &r->a.din[i], false, what, &t);
        }
    for (int i = 0; i < YK_OP_MAX_PARAM; i++)
        if (r->a.param[i].data && !yk_role_is_buffer(r->op->param[i].role))
            compare(r, &r->a.param[i], &r->a.dparam[i], true, r->op->param[i].name, &t);
    CU_ASSERT(t.elements > 0);
    if ((double)t.kinks > KINKS_MAX * (double)t.elements)
        FAIL_CASE(r->op->name, "%lld of %lld elements skipped as kinks\n", (long long)t.kinks, (long long)t.elements);
}

/* Runs one check on every sample of every op. */
static void for_every_sample(void (*check)(rig *r))
{
    for (const yk_op *const *op = yk_op_table_double; *op; op++) {
        CU_ASSERT_FATAL((*op)->n_sample > 0);
        for (int i = 0; i < (*op)->n_sample; i++) {
            rig r;
            rig_make(&r, *op, &(*op)->samples[i]);
            rig_fill(&r);
            check(&r);
            rig_free(&r);
        }
    }
}

static void test_backward_is_the_derivative(void)
{
    for_every_sample(check_differences);
}

/* All gradients that backward wrote: inputs, then parameters. */
typedef struct result {
    yk_tensor din[YK_OP_MAX_IN], dparam;
} result;

static result take(const rig *r)
{
    result out;
    for (int i = 0; i < YK_OP_MAX_IN; i++)
        out.din[i] = rig_copy(&r->a.din[i]);
    yk_tensor all = rig_dparams(r);
    out.dparam = rig_copy(&all);
    return out;
}

static void drop(result *r)
{
    for (int i = 0; i < YK_OP_MAX_IN; i++)
        yk_free(r->din[i].data);
    yk_free(r->dparam.data);
}

static bool same(const result *a, const result *b)
{
    for (int i = 0; i < YK_OP_MAX_IN; i++)
        if (!rig_same_bits(&a->din[i], &b->din[i]))
            return false;
    return rig_same_bits(&a->dparam, &b->dparam);
}

static void set_gradients(const rig *r, double value)
{
    yk_tensor all = rig_dparams(r);
    rig_set_all(&all, value);
    for (int i = 0; i < YK_OP_MAX_IN; i++)
        rig_set_all(&r->a.din[i], value);
}

static void set_add(rig *r, bool add)
{
    for (int i = 0; i < YK_OP_MAX_IN; i++)
        r->a.din_add[i] = add;
    for (int i = 0; i < YK_OP_MAX_PARAM; i++)
        r->a.dparam_add[i] = add;
}

/* added must be stored + 1 */
static void expect_one_more(const char *name, const yk_tensor *stored, const yk_tensor *added)
{
    for (int64_t i = 0; stored->data && i < yk_tensor_len(stored); i++) {
        double want = rig_get(stored, i) + 1, got = rig_get(added, i);
        if (!(fabs(got - want) <= 1e-12 * (1 + fabs(want))))
            FAIL_CASE(name, "element %lld: added to 1 gives %.17g and not %.17g\n", (long long)i, got, want);
    }
}

static void check_store_and_add(rig *r)
{
    r->op->forward(&r->a);
    set_gradients(r, NAN); /* storing must not read */
    yk_tensor all = rig_dparams(r);
    for (int64_t g = 0; all.data && g < yk_leaf_count(r->a.rows.leaves); g++)
        for (int i = 1; i <= RIG_GAP; i++)
            rig_set(&all, (g + 1) * r->a.leaf_step - i, 0);
    r->op->backward(&r->a);
    for (int i = 0; i < YK_OP_MAX_IN; i++)
        for (int64_t k = 0; r->a.din[i].data && k < yk_tensor_len(&r->a.din[i]); k++)
            if (isnan(rig_get(&r->a.din[i], k)))
                FAIL_CASE(r->op->name, "din[%d], element %lld: not stored\n", i, (long long)k);
    result stored = take(r);
    set_gradients(r, 1);
    set_add(r, true);
    r->op->backward(&r->a);
    for (int i = 0; i < YK_OP_MAX_IN; i++)
        expect_one_more(r->op->name, &stored.din[i], &r->a.din[i]);
    expect_one_more(r->op->name, &stored.dparam, &all); /* the gaps too: 0 and 1 */
    drop(&stored);
}

static void test_backward_stores_or_adds(void)
{
    for_every_sample(check_store_and_add);
}

static void check_needless(rig *r)
{
    r->op->forward(&r->a);
    set_gradients(r, 0);
    r->op->backward(&r->a);
    result all = take(r);
    for (int i = 0; i < r->a.n_in; i++) {
        void *data = r->a.din[i].data;
        if (!data)
            continue;
        set_gradients(r, 0);
        memcpy(data, all.din[i].data, (size_t)yk_tensor_bytes(&r->a.din[i]));
        r->a.din[i].data = NULL;
        r->op->backward(&r->a);
        r->a.din[i].data = data;
        result without = take(r);
        if (!same(&all, &without))
            FAIL_CASE(r->op->name, "other gradients change when nobody needs that of input %d\n", i);
        drop(&without);
    }
    drop(&all);
}

static void test_backward_does_without_an_inputs_gradient(void)
{
    for_every_sample(check_needless);
}

/* Memory that the op does not claim for backward may hold anything by then. */
static void check_reads(rig *r)
{
    r->op->forward(&r->a);
    set_gradients(r, 0);
    r->op->backward(&r->a);
    result before = take(r);
    for (int i = 0; i < r->a.n_in && !r->op->backward_reads_in; i++)
        rig_set_all(&r->a.in[i], NAN);
    if (!r->op->backward_reads_out)
        rig_set_all(&r->a.out, NAN);
    set_gradients(r, 0);
    r->op->backward(&r->a);
    result after = take(r);
    if (!same(&before, &after))
        FAIL_CASE(r->op->name, "backward reads in or out, and the op's struct does not say so\n");
    drop(&before);
    drop(&after);
}

static void test_backward_reads_what_the_op_says(void)
{
    for_every_sample(check_reads);
}

/* Elementwise ops may write out over in[0] (which is kept where backward reads it) and din[0] over dout; a view's
 * caller may let them be one. */
static void check_in_place(rig *r)
{
    if ((!r->op->in_place && !r->op->view) || yk_tensor_bytes(&r->a.in[0]) != yk_tensor_bytes(&r->a.out))
        return;
    r->op->forward(&r->a);
    r->op->backward(&r->a);
    result apart = take(r);
    yk_tensor out = rig_copy(&r->a.out), in = rig_copy(&r->a.in[0]);
    yk_op_args a = r->a;
    a.out.data = a.in[0].data;
    r->op->forward(&a);
    bool good = memcmp(a.out.data, out.data, (size_t)yk_tensor_bytes(&out)) == 0;
    if (r->op->backward_reads_in) {
        memcpy(a.in[0].data, in.data, (size_t)yk_tensor_bytes(&in));
        a.out.data = r->a.out.data;
    }
    a.din[0].data = a.dout.data;
    r->op->backward(&a);
    good = good && memcmp(a.din[0].data, apart.din[0].data, (size_t)yk_tensor_bytes(&a.din[0])) == 0;
    if (!good)
        FAIL_CASE(r->op->name, "other values in place\n");
    yk_free(out.data);
    yk_free(in.data);
    drop(&apart);
}

static void test_in_place_gives_the_same_bits(void)
{
    for_every_sample(check_in_place);
}

int main(void)
{
    static const yk_test tests[] = {
        { "backward is the derivative", test_backward_is_the_derivative },
        { "backward stores or adds", test_backward_stores_or_adds },
        { "backward does without an input's gradient", test_backward_does_without_an_inputs_gradient },
        { "backward reads what the op says", test_backward_reads_what_the_op_says },
        { "in place gives the same bits", test_in_place_gives_the_same_bits },
        { NULL, NULL },
    };
    return yk_test_main("ops/gradients", tests);
}
