/* SPDX-License-Identifier: Apache-2.0 */
/* A program gives the bits of calling its ops one by one: forward, backward, with fewer rows than planned, in training
 * and not, in float and double, and whatever the planner shares and reuses. */
#include "nets.h"
#include "reference.h"

/* Runs the rig's program and the reference on so many rows and compares. */
static void check(const char *label, rig *r, int64_t rows, bool train)
{
    yk_rows call = rig_rows(r, rows, train);
    reference f;
    reference_run(&f, r, &call, 0.125);
    yk_program_forward(r->program, &call);
    if (r->opts.backward)
        yk_program_backward(r->program, &call, 0.125, NULL, NULL);
    reference_compare(label, &f, r, &call);
    reference_free(&f);
}

static void test_training(void)
{
    for (int i = 0; i < LEN(nets); i++) {
        for (int way = 0; way < 8; way++) {
            rig r;
            yk_program_opts opts = {
                .backward = true, .dtype = way & 1 ? YK_F64 : YK_F32, .rows = 7, .leaf = 3, .input_grad = way & 2
            };
            rig_create(&r, &nets[i], opts, way & 4, !(way & 4) || way & 1);
            check(nets[i].label, &r, 7, true);
            check(nets[i].label, &r, 4, true);
            check(nets[i].label, &r, 1, true);
            check(nets[i].label, &r, 7, true);
            rig_destroy(&r);
        }
    }
}

int main(void)
{
    static const yk_test tests[] = { { "training", test_training }, { 0 } };
    return yk_test_main("graph/program", tests);
}
