/* SPDX-License-Identifier: Apache-2.0 */
/* Every net is trained for some steps: all families that this CPU runs end with the same bits, by 1 and by 3 threads.
 * The digest is printed, so that those of other machines and compilers can be compared (tests/aarch64.sh). */
#include "core/cpu.h"
#include "core/sha256.h"
#include "kernels/kernels.h"
#include "nets.h"

enum { ROWS = 6, LEAF = 2, STEPS = 3 };

/* w -= 1/8 of the leaves' gradients, one after the other, for what is trained. */
static void update(const rig *r)
{
    float *params = (float *)(void *)r->params;
    const float *leaves = (const float *)(const void *)r->leaves;
    for (int i = 0; i < r->layout->n_param; i++) {
        const yk_param *param = yk_graph_param(r->graph, r->layout->order[i]);
        if (param->offset >= r->layout->tail)
            continue;
        for (int64_t at = param->offset; at < param->offset + yk_shape_len(&param->shape); at++)
            for (int64_t g = 0; g < r->n_leaves; g++)
                params[at] -= 0.125F * leaves[g * r->layout->length + at];
    }
}

static void train(const net *n, yk_sha256 *sha)
{
    rig r;
    rig_create(&r, n, (yk_program_opts){ .backward = true, .dtype = YK_F32, .rows = ROWS, .leaf = LEAF }, true, true);
    for (int step = 0; step < STEPS; step++) {
        yk_rows rows = rig_rows(&r, ROWS, true);
        rows.step = step;
        yk_program_forward(r.program, &rows, NULL, NULL);
        yk_program_backward(r.program, &rows, rig_seeds(&r, 1.0 / ROWS), NULL, NULL);
        update(&r);
    }
    for (int i = 0; i < r.layout->n_param; i++) {
        const yk_param *param = yk_graph_param(r.graph, r.layout->order[i]);
        yk_sha256_add(sha, r.params + param->offset * (int64_t)sizeof(float),
                      (size_t)yk_shape_len(&param->shape) * sizeof(float));
    }
    rig_destroy(&r);
}

static void test_families_train_the_same(void)
{
    char first[YK_SHA256_HEX] = "", hex[YK_SHA256_HEX];
    const char *family;
    for (int f = 0; (family = yk_kernels_usable(f)); f++) {
        if (!strcmp(family, "openblas"))
            continue;
        MUST(yk_kernels_choose(family));
        for (int threads = 1; threads <= 3; threads += 2) {
            yk_sha256 sha;
            yk_sha256_begin(&sha);
            yk_threads_set(threads);
            for (int i = 0; i < LEN(nets); i++)
                train(&nets[i], &sha);
            yk_sha256_end(&sha, hex);
            if (!*first)
                memcpy(first, hex, sizeof first);
            if (strcmp(hex, first) != 0)
                FAIL_CASE(family, "%d threads: other parameters than portable's", threads);
        }
    }
    printf("\n  digest of %d trained nets: %s\n", LEN(nets), first);
}

int main(void)
{
    static const yk_test tests[] = { { "families train the same", test_families_train_the_same }, { 0 } };
    return yk_test_main("graph/digest", tests);
}
