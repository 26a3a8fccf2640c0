/* SPDX-License-Identifier: Apache-2.0 */
/* Fusion: which chains become one instruction, and that nothing else changes by it: outputs, gradients of parameters
 * and of inputs have the bits of the program that computes every node by itself. */
#include "nets.h"

/* What fuses, and what must not; `want` lists the fused instructions of a training program, forward, in order. */
static const struct {
    net net;
    const char *want;
} cases[] = {
    { { "a chain, with a frozen layer",
        { 3, { 5, 4, 3 } },
        YK_I32,
        { 0 },
        { { "c", "conv2d", "filters=7 kernel=3 padding=same", "x" },
          { "n", "batchnorm", "", "c" },
          { "r", "relu", "", "n" },
          { "m", "!batchnorm", "", "r" },
          { "s", "relu", "", "m" },
          { "f", "flatten", "", "s" },
          { "d", "dense", "units=3", "f" },
          { "loss", "softmax_cross_entropy", "", "d y" } },
        "d" },
      "n m" },
    { { "a block with a projection, and one without",
        { 3, { 5, 4, 3 } },
        YK_I32,
        { 0 },
        { { "c", "conv2d", "filters=6 kernel=3 padding=same", "x" },
          { "n", "batchnorm", "", "c" },
          { "p", "conv2d", "filters=6 kernel=1", "x" },
          { "q", "batchnorm", "", "p" },
          { "a", "add", "", "n q" },
          { "r", "relu", "", "a" },
          { "d", "conv2d", "filters=6 kernel=3 padding=same", "r" },
          { "o", "batchnorm", "", "d" },
          { "b", "add", "", "r o" },
          { "s", "relu", "", "b" },
          { "f", "flatten", "", "s" },
          { "e", "dense", "units=3", "f" },
          { "loss", "softmax_cross_entropy", "", "e y" } },
        "" },
      "n o" },
    { { "values that others read or want",
        { 2, { 9, 4 } },
        YK_I32,
        { 0 },
        { { "n", "batchnorm", "", "x" },
          { "r", "relu", "", "n" },
          { "a", "add", "", "r n" }, /* n has two readers */
          { "m", "batchnorm", "", "a" },
          { "s", "relu", "", "m" }, /* m is wanted */
          { "o", "batchnorm", "", "s" },
          { "t", "add", "", "o a r" }, /* three */
          { "u", "relu", "", "t" },
          { "p", "batchnorm", "", "u" },
          { "v", "add", "", "a p" },
          { "w", "relu", "", "v" },
          { "f", "flatten", "", "w" },
          { "d", "dense", "units=2", "f" },
          { "loss", "softmax_cross_entropy", "", "d y" } },
        "m" },
      "p" },
    { { "a residual that is the chain's own input, or has another shape",
        { 2, { 9, 4 } },
        YK_I32,
        { 0 },
        { { "d", "dense", "units=4", "x" },
          { "n", "batchnorm", "", "d" },
          { "a", "add", "", "n d" },
          { "r", "relu", "", "a" },
          { "e", "dense", "units=1", "r" },
          { "m", "batchnorm", "", "r" },
          { "b", "add", "", "m e" },
          { "s", "relu", "", "b" },
          { "o", "batchnorm", "", "s" },
          { "t", "add", "", "o o" },
          { "u", "relu", "", "t" },
          { "f", "flatten", "", "u" },
          { "g", "dense", "units=2", "f" },
          { "loss", "softmax_cross_entropy", "", "g y" } },
        "" },
      "" },
    { { "sums of three gradients, whose order would change",
        { 2, { 9, 4 } },
        YK_I32,
        { 0 },
        { { "d", "dense", "units=4", "x" },
          { "n", "batchnorm", "", "d" },
          { "e", "dense", "units=4", "d" },
          { "h", "dense", "units=4", "d" },
          { "m", "multiply", "", "e h" },
          { "a", "add", "", "n m" },
          { "r", "relu", "", "a" },
          { "f", "flatten", "", "r" },
          { "g", "dense", "units=2", "f" },
          { "loss", "softmax_cross_entropy", "", "g y" } },
        "" },
      "" },
    { { "shared parameters, one of the layers between",
        { 2, { 9, 4 } },
        YK_I32,
        { 0 },
        { { "n", "batchnorm", "", "x" },
          { "r", "relu", "", "n" },
          { "m", "batchnorm n", "", "r" },
          { "s", "relu", "", "m" },
          { "o", "batchnorm n", "", "s" },
          { "t", "batchnorm n", "", "r" },
          { "a", "add", "", "o t" }, /* its first input would wait for t */
          { "u", "relu", "", "a" },
          { "f", "flatten", "", "u" },
          { "d", "dense", "units=2", "f" },
          { "loss", "softmax_cross_entropy", "", "d y" } },
        "" },
      "n m" },
};

/* The fused instructions: names of their layers. */
static void fused_layers(const rig *r, char *text, size_t size)
{
    text[0] = '\0';
    for (int i = 0; i < yk_program_instructions(r->program); i++) {
        yk_instruction_info info;
        yk_program_instruction(r->program, i, &info);
        if (!info.backward && strchr(info.op, '+'))
            snprintf(text + strlen(text), size - strlen(text), "%s%s", text[0] ? " " : "", info.layer);
    }
}

static void test_patterns(void)
{
    for (int i = 0; i < LEN(cases); i++) {
        for (int way = 0; way < 4; way++) {
            rig r;
            char text[256];
            rig_create(
                &r, &cases[i].net,
                (yk_program_opts){ .backward = way & 1, .dtype = YK_F32, .rows = 6, .leaf = 3, .unfused = way & 2 },
                true, true);
            fused_layers(&r, text, sizeof text);
            if (strcmp(text, way & 2 ? "" : cases[i].want) != 0)
                FAIL_CASE(cases[i].net.label, "fused: %s\n", text);
            rig_destroy(&r);
        }
    }
}

static void run(rig *r, const yk_rows *rows)
{
    yk_program_forward(r->program, rows, NULL, NULL);
    if (r->opts.backward)
        yk_program_backward(r->program, rows, rig_seeds(r, 0.7), NULL, NULL);
}

static bool same(const yk_tensor *a, const yk_tensor *b)
{
    return a->dtype == b->dtype &&
           (a->dtype == YK_NO_DTYPE || memcmp(a->data, b->data, (size_t)yk_tensor_bytes(a)) == 0);
}

static void compare(const net *n, yk_program_opts opts, bool train)
{
    rig on, off;
    rig_create(&on, n, opts, true, true);
    opts.unfused = true;
    rig_create(&off, n, opts, true, true);
    for (int64_t count = opts.rows; count > 0; count -= 2) { /* short calls, too */
        yk_rows rows = rig_rows(&on, count, train);
        run(&on, &rows);
        run(&off, &rows);
        for (int i = 0; i < on.opts.n_out; i++)
            if (!same(yk_program_value(on.program, on.out[i]), yk_program_value(off.program, off.out[i])))
                FAIL_CASE(n->label, "output %d differs, train %d, %d rows\n", i, train, (int)count);
        if (opts.input_grad && !same(yk_program_input_grad(on.program, 0), yk_program_input_grad(off.program, 0)))
            FAIL_CASE(n->label, "the gradient of x differs, %d rows\n", (int)count);
        size_t size = (size_t)(on.n_leaves * on.layout->length) * sizeof(float);
        if (opts.backward && memcmp(on.leaves, off.leaves, size) != 0)
            FAIL_CASE(n->label, "gradients of parameters differ, %d rows\n", (int)count);
    }
    rig_destroy(&on);
    rig_destroy(&off);
}

static void compare_all(const net *n)
{
    for (int grad = 0; grad < 2; grad++)
        compare(n, (yk_program_opts){ .backward = true, .dtype = YK_F32, .rows = 8, .leaf = 3, .input_grad = grad },
                true);
    compare(n, (yk_program_opts){ .dtype = YK_F32, .rows = 8, .leaf = 3 }, false);
}

static void test_bits(void)
{
    for (int i = 0; i < LEN(cases); i++)
        compare_all(&cases[i].net);
    for (int i = 0; i < LEN(nets); i++)
        compare_all(&nets[i]);
}

/* Values on the way have no memory. */
static void test_memory(void)
{
    rig on, off;
    yk_program_opts opts = { .backward = true, .dtype = YK_F32, .rows = 64, .leaf = 32 };
    rig_create(&on, &cases[1].net, opts, true, true);
    opts.unfused = true;
    rig_create(&off, &cases[1].net, opts, true, true);
    CU_ASSERT(on.program->bytes.activations < off.program->bytes.activations);
    CU_ASSERT_EQUAL(yk_program_value(on.program, net_value(on.graph, "n", 1))->dtype, YK_NO_DTYPE);
    rig_destroy(&on);
    rig_destroy(&off);
}

int main(void)
{
    static const yk_test tests[] = {
        { "patterns", test_patterns }, { "bits", test_bits }, { "memory", test_memory }, { 0 }
    };
    return yk_test_main("graph/fusion", tests);
}
