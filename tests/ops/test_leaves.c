/* SPDX-License-Identifier: Apache-2.0 */
/* Contract R for every op: a sample's values do not depend on how many rows a call has, a leaf's sums not on the other
 * leaves of the call, and nothing on kernel family or threads. All are compared bit by bit. */
#include "core/cpu.h"
#include "rig.h"

/* Sizes that are not small beside the samples that the ops name: several vectors, blocks and leaves, with tails. */
static const struct {
    const char *op;
    yk_op_sample sample;
} larger[] = {
    { "dense", { "units=33", { { 2, { 37, 65 } } }, 8 } },
    { "dense", { "units=300 bias=false", { { 3, { 9, 5, 19 } } }, 2 } },
    { "conv2d", { "filters=33 kernel=3 padding=same", { { 4, { 7, 9, 8, 5 } } }, 3 } },
    { "conv2d", { "filters=16 kernel=5 stride=2", { { 4, { 5, 28, 28, 1 } } }, 2 } },
    { "conv2d", { "filters=6 kernel=[3,2] dilation=2 groups=2 stride=[2,1]", { { 4, { 6, 11, 9, 34 } } }, 4 } },
    { "maxpool2d", { "size=3 stride=2 padding=same", { { 4, { 5, 13, 12, 19 } } }, 2 } },
    { "avgpool2d", { "size=3 stride=2 padding=1", { { 4, { 5, 13, 12, 19 } } }, 2 } },
    { "conv1d", { "filters=33 kernel=3 padding=causal dilation=2", { { 3, { 7, 70, 5 } } }, 3 } },
    { "conv3d", { "filters=18 kernel=3 stride=[1,2,1] padding=same", { { 5, { 5, 5, 7, 9, 3 } } }, 2 } },
    { "depthwise_conv2d", { "kernel=3 padding=same", { { 4, { 7, 9, 8, 37 } } }, 3 } },
    { "depthwise_conv2d", { "kernel=[5,3] stride=2 multiplier=3 bias=false", { { 4, { 5, 19, 18, 5 } } }, 2 } },
    { "separable_conv2d", { "filters=33 kernel=3 padding=same multiplier=2", { { 4, { 7, 9, 8, 5 } } }, 3 } },
    { "conv2d_transpose", { "filters=19 kernel=3 stride=2 padding=same", { { 4, { 7, 9, 8, 5 } } }, 3 } },
    { "upsample2d", { "size=[2,3]", { { 4, { 5, 13, 12, 19 } } }, 2 } },
    { "upsample2d", { "size=[2,3] mode=bilinear", { { 4, { 5, 13, 12, 19 } } }, 2 } },
    { "maxpool1d", { "size=3 stride=2", { { 3, { 9, 70, 19 } } }, 2 } },
    { "avgpool3d", { "size=2 stride=1 padding=same", { { 5, { 5, 4, 7, 9, 19 } } }, 2 } },
    { "global_avgpool2d", { "", { { 4, { 9, 13, 12, 70 } } }, 2 } },
    { "global_maxpool2d", { "", { { 4, { 9, 13, 12, 70 } } }, 2 } },
    { "adaptive_avgpool2d", { "size=[5,7]", { { 4, { 5, 13, 12, 19 } } }, 2 } },
    { "batchnorm", { "", { { 4, { 9, 7, 5, 37 } } }, 4 } },
    { "batchnorm", { "", { { 2, { 33, 100 } } }, 8 } },
    { "dropout", { "rate=0.3", { { 2, { 33, 75 } } }, 8 } },
    { "relu", { "", { { 4, { 9, 13, 11, 5 } } }, 4 } },
    { "sigmoid", { "", { { 2, { 33, 75 } } }, 8 } },
    { "tanh", { "", { { 2, { 33, 75 } } }, 8 } },
    { "softmax", { "", { { 3, { 9, 5, 130 } } }, 4 } },
    { "add", { "", { { 2, { 33, 75 } }, { 2, { 33, 75 } }, { 2, { 33, 75 } } }, 8 } },
    { "gelu", { "", { { 2, { 33, 75 } } }, 8 } },
    { "elu", { "", { { 4, { 9, 13, 11, 5 } } }, 4 } },
    { "prelu", { "", { { 4, { 9, 13, 31, 5 } } }, 4 } },
    { "prelu", { "", { { 2, { 9, 1300 } } }, 4 } },
    { "multiply", { "", { { 4, { 5, 19, 17, 21 } }, { 4, { 5, 1, 1, 21 } } }, 2 } },
    { "multiply", { "", { { 4, { 5, 9, 7, 70 } }, { 4, { 5, 9, 7, 1 } }, { 4, { 5, 1, 7, 1 } } }, 2 } },
    { "maximum", { "", { { 2, { 9, 130 } }, { 2, { 9, 130 } }, { 2, { 9, 1 } } }, 4 } },
    { "average", { "", { { 3, { 9, 300, 1 } }, { 3, { 9, 1, 20 } } }, 4 } },
    { "permute", { "order=[3,1,2]", { { 4, { 5, 9, 17, 33 } } }, 2 } },
    { "concat", { "axis=2", { { 4, { 5, 9, 17, 33 } }, { 4, { 5, 9, 3, 33 } } }, 2 } },
    { "slice", { "begin=[2,1] size=[-1,9]", { { 4, { 5, 9, 17, 33 } } }, 2 } },
    { "tile", { "times=[2,300]", { { 3, { 3, 3, 7 } } }, 2 } },
    { "pad2d", { "sides=3 mode=reflect", { { 4, { 5, 14, 15, 3 } } }, 2 } },
    { "layernorm", { "", { { 3, { 5, 10, 130 } } }, 2 } },
    { "layernorm", { "axes=3", { { 4, { 9, 13, 11, 5 } } }, 4 } },
    { "groupnorm", { "groups=4", { { 4, { 5, 23, 17, 12 } } }, 2 } },
    { "local_response_norm", { "size=5 alpha=1", { { 4, { 5, 3, 5, 96 } } }, 2 } },
    { "dropout2d", { "rate=0.3", { { 4, { 9, 5, 7, 75 } } }, 4 } },
    { "attention", { "heads=2 causal=true", { { 3, { 5, 70, 204 } } }, 2 } },
    { "attention",
      { "heads=3 mask=true",
        { { 3, { 5, 7, 51 } }, { 3, { 5, 70, 51 } }, { 3, { 5, 70, 6 } }, { 2, { 5, 70 } } },
        2 } },
    { "position_embedding", { "", { { 3, { 9, 13, 31 } } }, 4 } },
    { "position_encoding", { "", { { 3, { 9, 13, 31 } } }, 4 } },
    { "embedding", { "vocabulary=100 units=130", { { 2, { 17, 20 } } }, 4 } },
    { "lstm", { "units=37 return_sequences=true", { { 3, { 9, 5, 19 } } }, 4 } },
    { "lstm", { "units=70 reverse=true", { { 3, { 30, 3, 5 } }, { 2, { 30, 3 } } }, 8 } },
    { "lstm",
      { "units=19 return_state=true initial_state=true",
        { { 3, { 7, 4, 5 } }, { 2, { 7, 4 } }, { 2, { 7, 19 } }, { 2, { 7, 19 } } },
        3 } },
    { "lstm", { "units=33 return_sequences=true carry=50", { { 3, { 9, 3, 5 } } }, 4 } },
    { "gru", { "units=37 return_sequences=true reverse=true", { { 3, { 9, 5, 19 } } }, 4 } },
    { "gru", { "units=70", { { 3, { 30, 3, 5 } }, { 2, { 30, 3 } } }, 8 } },
    { "gru", { "units=33 carry=50", { { 3, { 9, 3, 5 } } }, 4 } },
    { "rnn", { "units=130 return_sequences=true", { { 3, { 9, 5, 19 } }, { 2, { 9, 5 } } }, 4 } },
    { "rnn", { "units=33 nonlinearity=relu", { { 3, { 33, 4, 20 } } }, 8 } },
    { "softmax_cross_entropy", { "", { { 2, { 33, 130 } }, { 1, { 33 } } }, 8 } },
    { "softmax_cross_entropy", { "", { { 3, { 9, 70, 11 } }, { 2, { 9, 70 } } }, 4 } },
    { "binary_cross_entropy", { "", { { 2, { 33, 75 } }, { 2, { 33, 75 } } }, 8 } },
    { "mean_squared_error", { "", { { 3, { 9, 70, 11 } }, { 3, { 9, 70, 11 } } }, 4 } },
    { "softmax_cross_entropy", { "ignore=-1", { { 2, { 33, 130 } }, { 1, { 33 } } }, 8 } },
    { "softmax_cross_entropy",
      { "label_smoothing=0.1 ignore=-1 class_weights=[1,0.5,2,0,1,3,1,1,1,1,0.1]",
        { { 3, { 9, 70, 11 } }, { 2, { 9, 70 } } },
        4 } },
    { "softmax_cross_entropy",
      { "soft_labels=true label_smoothing=0.1", { { 3, { 9, 7, 130 } }, { 3, { 9, 7, 130 } } }, 4 } },
    { "binary_cross_entropy", { "pos_weight=3", { { 2, { 33, 75 } }, { 2, { 33, 75 } } }, 8 } },
    { "mean_absolute_error", { "", { { 2, { 33, 75 } }, { 2, { 33, 75 } } }, 8 } },
    { "huber", { "delta=0.6", { { 2, { 33, 75 } }, { 2, { 33, 75 } } }, 8 } },
    { "hinge", { "", { { 2, { 33, 75 } }, { 2, { 33, 75 } } }, 8 } },
    { "poisson", { "", { { 2, { 33, 75 } }, { 2, { 33, 75 } } }, 8 } },
    { "poisson", { "log_input=false", { { 2, { 33, 75 } }, { 2, { 33, 75 } } }, 8 } },
    { "categorical_hinge", { "", { { 3, { 9, 70, 11 } }, { 2, { 9, 70 } } }, 4 } },
    { "kl_divergence", { "", { { 3, { 9, 7, 130 } }, { 3, { 9, 7, 130 } } }, 4 } },
    { "cosine_similarity", { "", { { 3, { 9, 7, 130 } }, { 3, { 9, 7, 130 } } }, 4 } },
    { "weigh", { "", { { 1, { 33 } }, { 1, { 33 } } }, 8 } },
};

typedef void check_function(rig *r);

static void run(const yk_op *op, const yk_op_sample *s, check_function *check)
{
    rig r;
    rig_make(&r, op, s);
    rig_fill(&r);
    op->forward(&r.a);
    op->backward(&r.a);
    check(&r);
    rig_free(&r);
}

static void for_every_sample(check_function *check)
{
    for (const yk_op *const *op = yk_op_table; *op; op++)
        for (int i = 0; i < (*op)->n_sample; i++)
            run(*op, &(*op)->samples[i], check);
    for (int i = 0; i < LEN(larger); i++) {
        const yk_op *op = NULL;
        for (const yk_op *const *o = yk_op_table; *o; o++)
            if (strcmp((*o)->name, larger[i].op) == 0)
                op = *o;
        CU_ASSERT_FATAL(op != NULL);
        run(op, &larger[i].sample, check);
    }
}

/* `count` rows of t from `first`, as a view. */
static yk_tensor rows_of(const yk_tensor *t, int64_t first, int64_t count)
{
    yk_tensor part = *t;
    part.shape.dim[0] = count;
    if (t->data)
        part.data = (char *)t->data + first * yk_shape_len_from(&t->shape, 1) * yk_dtype_size(t->dtype);
    return part;
}

static bool same_rows(const yk_tensor *all, int64_t first, const yk_tensor *part)
{
    yk_tensor want = rows_of(all, first, part->shape.dim[0]);
    return !part->data || rig_same_bits(&want, part);
}

/* The tensors of a call on some rows of r, written to memory of its own: out, din, saved and dparam. */
typedef struct part {
    yk_op_args a;
    yk_tensor dparams;
} part;

static void part_make(part *p, const rig *r, int64_t first, int64_t count)
{
    yk_op_args *a = &p->a;
    *a = r->a;
    a->rows.leaves.rows = count;
    a->rows.sample += first;
    for (int i = 0; i < a->n_in; i++) {
        a->in[i] = rows_of(&r->a.in[i], first, count);
        a->din[i] = rows_of(&r->a.din[i], first, count);
        a->din[i] = rig_copy(&a->din[i]);
        rig_set_all(&a->din[i], 0);
    }
    a->out = rows_of(&r->a.out, first, count);
    a->out = rig_copy(&a->out);
    rig_set_all(&a->out, 0);
    a->dout = rows_of(&r->a.dout, first, count);
    for (int i = 0; i < YK_OP_MAX_SAVED; i++)
        a->saved[i] = rig_copy(&r->a.saved[i]);
    p->dparams = rig_dparams(r);
    p->dparams = rig_copy(&p->dparams);
    rig_set_all(&p->dparams, 0);
    if (p->dparams.data)
        rig_place_dparam(a, p->dparams.data);
}

static void part_free(part *p)
{
    for (int i = 0; i < p->a.n_in; i++)
        yk_free(p->a.din[i].data);
    for (int i = 0; i < YK_OP_MAX_SAVED; i++)
        yk_free(p->a.saved[i].data);
    yk_free(p->a.out.data);
    yk_free(p->dparams.data);
}

static bool same_activations(const rig *r, const part *p, int64_t first)
{
    bool good = same_rows(&r->a.out, first, &p->a.out);
    for (int i = 0; i < r->a.n_in; i++)
        good = good && same_rows(&r->a.din[i], first, &p->a.din[i]);
    return good;
}

static void check_leaves(rig *r)
{
    yk_leaves leaves = r->a.rows.leaves;
    for (int64_t g = 0; g < yk_leaf_count(leaves); g++) {
        int64_t first = g * leaves.size;
        part p;
        part_make(&p, r, first, yk_leaf_rows(leaves, g));
        r->op->forward(&p.a);
        r->op->backward(&p.a);
        if (!same_activations(r, &p, first))
            FAIL_CASE(r->op->name, "leaf %lld alone gives other values\n", (long long)g);
        yk_tensor all = rig_dparams(r);
        size_t bytes = (size_t)(r->a.leaf_step * yk_dtype_size(r->real));
        if (all.data && memcmp((char *)all.data + (size_t)g * bytes, p.dparams.data, bytes) != 0)
            FAIL_CASE(r->op->name, "leaf %lld alone gives other parameter gradients\n", (long long)g);
        part_free(&p);
    }
}

static void test_a_leaf_alone_gives_the_same_bits(void)
{
    for_every_sample(check_leaves);
}

/* Carried states apart, which are each sample's own. */
static bool has_statistics(const yk_op *op)
{
    for (int i = 0; i < YK_OP_MAX_PARAM; i++)
        if (yk_role_is_buffer(op->param[i].role) && op->param[i].role != YK_ROLE_BUFFER_CARRIED)
            return true;
    return false;
}

/* Ops with statistics see the other samples of their leaf while they are trained. */
static void check_rows(rig *r)
{
    r->a.rows.train = !has_statistics(r->op);
    r->op->forward(&r->a);
    for (int64_t i = 0; i < r->a.rows.leaves.rows; i++) {
        part p;
        part_make(&p, r, i, 1);
        r->op->forward(&p.a);
        if (r->a.rows.train)
            r->op->backward(&p.a);
        else
            for (int k = 0; k < r->a.n_in; k++)
                memcpy(p.a.din[k].data, rows_of(&r->a.din[k], i, 1).data, (size_t)yk_tensor_bytes(&p.a.din[k]));
        if (!same_activations(r, &p, i))
            FAIL_CASE(r->op->name, "row %lld alone gives other values\n", (long long)i);
        part_free(&p);
    }
}

static void test_a_row_alone_gives_the_same_bits(void)
{
    for_every_sample(check_rows);
}

/* Everything in r came from the portable family on one thread; each family and number of threads must repeat it. */
static void check_families(rig *r)
{
    int64_t rows = r->a.rows.leaves.rows;
    const char *family;
    for (int f = 0; (family = yk_kernels_usable(f)) != NULL; f++) {
        if (strcmp(family, "openblas") == 0) /* numerics of its own */
            continue;
        for (int threads = 1; threads <= 3; threads++) {
            MUST(yk_kernels_choose(family));
            yk_threads_set(threads);
            part p;
            part_make(&p, r, 0, rows);
            r->op->forward(&p.a);
            r->op->backward(&p.a);
            yk_tensor all = rig_dparams(r);
            if (!same_activations(r, &p, 0) || !rig_same_bits(&all, &p.dparams))
                FAIL_CASE(r->op->name, "family %s on %d threads gives other bits than portable on one\n", family,
                          threads);
            part_free(&p);
        }
    }
    MUST(yk_kernels_choose("portable"));
    yk_threads_set(1);
}

static void test_families_and_threads_give_the_same_bits(void)
{
    for_every_sample(check_families);
}

int main(void)
{
    static const yk_test tests[] = {
        { "a leaf alone gives the same bits", test_a_leaf_alone_gives_the_same_bits },
        { "a row alone gives the same bits", test_a_row_alone_gives_the_same_bits },
        { "families and threads give the same bits", test_families_and_threads_give_the_same_bits },
        { NULL, NULL },
    };
    if (yk_kernels_choose("portable") != YK_OK)
        return 2;
    yk_threads_set(1);
    return yk_test_main("ops/leaves", tests);
}
