/* SPDX-License-Identifier: Apache-2.0 */
/* The memory plan: what is alive at the same time never overlaps, reuse pays, and writes in place happen where they are
 * safe and only there; on the table of nets and on many random ones. */
#include "nets.h"
#include "reference.h"

/* First and last instruction that use a slot by itself, from the instructions alone. */
static void find_life(const yk_program *program, int slot, int *first, int *last)
{
    *first = program->n_instruction;
    *last = program->slot[slot].kept ? program->n_instruction : -1;
    for (int i = 0; i < program->n_instruction; i++) {
        for (int u = 0; u < program->instruction[i].n_use; u++) {
            if (program->instruction[i].use[u].slot != slot)
                continue;
            *first = *first < i ? *first : i;
            *last = *last > i ? *last : i;
        }
    }
}

/* Slots that are alive together lie apart, unless they share a home; and all lie inside the arena, aligned. */
static void check_plan(const char *label, const yk_program *program)
{
    for (int a = 0; a < program->n_slot; a++) {
        const yk_slot *x = &program->slot[a], *at = &program->slot[x->home];
        int x_first, x_last;
        find_life(program, a, &x_first, &x_last);
        if (x_first > x_last || at->fed)
            continue;
        if (at->offset % YK_ALIGN != 0 || at->offset + x->bytes > program->bytes.arena)
            FAIL_CASE(label, "slot %d lies at %lld\n", a, (long long)at->offset);
        for (int b = 0; b < a; b++) {
            const yk_slot *y = &program->slot[b], *by = &program->slot[y->home];
            int y_first, y_last;
            find_life(program, b, &y_first, &y_last);
            bool together = x_first <= y_last && y_first <= x_last;
            bool overlap = at->offset < by->offset + y->bytes && by->offset < at->offset + x->bytes;
            if (together && overlap && !by->fed && x->home != y->home)
                FAIL_CASE(label, "slots %d and %d overlap\n", a, b);
        }
    }
}

static void test_plans(void)
{
    for (int i = 0; i < LEN(nets); i++) {
        for (int way = 0; way < 8; way++) {
            rig r;
            yk_program_bytes bytes;
            rig_create(
                &r, &nets[i],
                (yk_program_opts){ .backward = way & 1, .dtype = YK_F32, .rows = 40, .leaf = 8, .input_grad = way & 1 },
                way & 2, way & 4);
            check_plan(nets[i].label, r.program);
            yk_program_bytes_of(r.program, &bytes);
            if (bytes.arena > bytes.activations || (!(way & 6) && bytes.arena != bytes.activations))
                FAIL_CASE(nets[i].label, "arena %lld, sum %lld\n", (long long)bytes.arena,
                          (long long)bytes.activations);
            rig_destroy(&r);
        }
    }
}

/* A deep chain needs memory for two values when it predicts; a residual net reuses too; training holds values for
 * backward and yet takes less than the sum. */
static void test_reuse_pays(void)
{
    static const struct {
        int net;
        bool backward;
        double most; /* share of the sum */
    } cases[] = { { 0, false, 0.7 }, { 4, false, 0.3 }, { 9, false, 0.62 }, { 10, false, 0.4 },
                  { 9, true, 0.6 },  { 10, true, 0.6 }, { 4, true, 0.6 } };
    for (int i = 0; i < LEN(cases); i++) {
        rig r;
        yk_program_bytes bytes;
        rig_create(&r, &nets[cases[i].net],
                   (yk_program_opts){
                       .backward = cases[i].backward, .dtype = YK_F32, .rows = 64, .leaf = 32, .unfused = true },
                   true, true);
        yk_program_bytes_of(r.program, &bytes);
        double share = (double)bytes.arena / (double)bytes.activations;
        if (share > cases[i].most)
            FAIL_CASE(nets[cases[i].net].label, "arena is %.2f of the sum\n", share);
        rig_destroy(&r);
    }
}

/* Each pass of a node has the room that its op asks for, while it runs; all lie in the same memory where values do not
 * keep them apart, and a program that only predicts has none for backward. */
static void test_room(void)
{
    static const struct {
        const char *layer;
        int64_t forward, backward; /* elements */
    } cases[] = { { "a", 0, 8 * 20 * 3 }, { "b", 0, 8 * 20 * 6 }, { "d", 0, 8 * 20 * 4 }, { "loss", 8 * 20, 8 * 20 } };
    for (int training = 0; training < 2; training++) {
        rig r;
        yk_program_bytes bytes;
        const net *n = &nets[LEN(nets) - 1];
        rig_create(&r, n, (yk_program_opts){ .backward = training, .dtype = YK_F32, .rows = 8, .leaf = 4 }, true, true);
        for (int i = 0; i < LEN(cases); i++)
            for (int node = 0; node < yk_graph_nodes(r.graph); node++) {
                yk_node_info info;
                yk_graph_node(r.graph, node, &info);
                if (strcmp(info.name, cases[i].layer) != 0)
                    continue;
                const yk_slot *forward = &r.program->slot[yk_slot_of_room(r.program, node, YK_FORWARD)];
                const yk_slot *backward = &r.program->slot[yk_slot_of_room(r.program, node, YK_BACKWARD)];
                if (forward->bytes != cases[i].forward * 4 || backward->bytes != cases[i].backward * 4 ||
                    (cases[i].forward && (forward->first != node || forward->last != node)) ||
                    (backward->first == backward->last) != (training && cases[i].backward > 0))
                    FAIL_CASE(cases[i].layer, "room of %lld and %lld bytes\n", (long long)forward->bytes,
                              (long long)backward->bytes);
            }
        yk_program_bytes_of(r.program, &bytes);
        CU_ASSERT_EQUAL(bytes.workspace, training ? 8 * 20 * 6 * 4 : 8 * 20 * 4);
        rig_destroy(&r);
    }
}

static void test_in_place(void)
{
    static const struct {
        const char *net, *layer;
        bool training, backward, in_place, view;
    } cases[] = {
        { "chain", "r", true, false, true, false },
        { "chain", "r", true, true, true, false },
        { "chain", "r", false, false, true, false },
        { "chain", "a", false, false, false, false },
        { "residual, two consumers", "s", true, false, true, false },
        { "residual, two consumers", "s", true, true, true, false },
        { "residual, two consumers", "t", true, false, true, false },
        { "residual, two consumers", "r", true, true, true, false },
        { "sum of the input and itself", "s", true, false, false, false }, /* over the input */
        { "sum of the input and itself", "t", true, false, false, false }, /* over another of its own inputs */
        { "sum of the input and itself", "t", true, true, false, false },
        { "elementwise chain", "e", true, false, true, false },
        { "elementwise chain", "s", true, false, true, false },
        { "elementwise chain", "f", true, false, false, false }, /* sigmoid's backward reads its output */
        { "elementwise chain", "f", true, true, true, false },
        { "elementwise chain", "f", false, false, true, false },
        { "value that is read again after an elementwise op", "d", true, false, false, false },
        { "value that is read again after an elementwise op", "u", true, false, false, false },
        { "value that is read again after an elementwise op", "s", true, false, true, false },
        { "value that is read again after an elementwise op", "u", true, true, false, false }, /* d gets one more */
        { "value that is read again after an elementwise op", "d", true, true, false, false }, /* it adds */
        { "wanted values on the way", "r", false, false, false, false },
        { "wanted values on the way", "d", false, false, false, false },
        { "view of the input", "f", true, false, false, true },
        { "view of the input", "r", true, false, false, false }, /* would write over the caller's x */
        { "views beside their source", "f", true, false, false, true },
        { "views beside their source", "g", true, false, false, true },
        { "views beside their source", "d", true, false, false, false }, /* f is read by s */
        { "views beside their source", "r", true, false, false, false }, /* c is wanted as g */
        { "views beside their source", "h", true, true, false, true },
        { "views beside their source", "r", true, true, true, false },
        { "views beside their source", "g", true, true, false, false }, /* adds to what r stored */
        { "views beside their source", "f", true, true, false, false }, /* adds to it */
        { "nothing trained before the loss", "r", false, false, false, false },
        { "convolutions", "r", true, false, true, false }, /* batchnorm reads its input only */
        { "convolutions", "f", true, true, false, true },
    };
    for (int i = 0; i < LEN(cases); i++) {
        int k = 0, found = 0;
        while (strcmp(nets[k].label, cases[i].net) != 0)
            k++;
        rig r;
        rig_create(
            &r, &nets[k],
            (yk_program_opts){ .backward = cases[i].training, .dtype = YK_F32, .rows = 4, .leaf = 2, .unfused = true },
            true, true);
        for (int j = 0; j < yk_program_instructions(r.program); j++) {
            yk_instruction_info info;
            yk_program_instruction(r.program, j, &info);
            if (strcmp(info.layer, cases[i].layer) != 0 || info.backward != cases[i].backward)
                continue;
            found++;
            if (info.in_place != cases[i].in_place || info.view != cases[i].view)
                FAIL_CASE(cases[i].net, "%s (%s): in place %d, view %d\n", info.layer,
                          info.backward ? "backward" : "forward", info.in_place, info.view);
        }
        CU_ASSERT_EQUAL(found, 1);
        rig_destroy(&r);
    }
}

/* --- random nets: any number of elementwise ops, sums, products and views over any earlier value */

static int draw(int seed, int *at, int n)
{
    return (int)(yk_random_uniform(yk_key_make((uint64_t)seed, YK_FOR_CHECK, "net"), 0, 0, (*at)++) * n);
}

/* Text of the net's strings lies in `text`. */
static void make_net(net *n, int seed, char (*text)[3][32])
{
    static const struct {
        const char *op, *attrs;
        int inputs;
    } kinds[] = { { "dense", "units=6", 1 },      { "relu", "", 1 },    { "sigmoid", "", 1 }, { "tanh", "", 1 },
                  { "dropout", "rate=0.25", 1 },  { "flatten", "", 1 }, { "add", "", 2 },     { "add", "", 3 },
                  { "batchnorm", "", 1 },         { "softmax", "", 1 }, { "flatten", "", 1 }, { "relu", "", 1 },
                  { "dropout", "rate=0.125", 1 }, { "add", "", 2 } };
    int at = 0, layers = 3 + draw(seed, &at, MAX_LAYERS - 4), reach = 1 + draw(seed, &at, 5);
    *n = (net){ .label = "random", .x = { 1, { 6 } }, .y_dtype = YK_I32 };
    for (int i = 0; i < layers; i++) {
        int kind = draw(seed, &at, LEN(kinds));
        char *name = text[i][0], *from = text[i][1];
        snprintf(name, 32, "v%d", i);
        from[0] = '\0';
        for (int k = 0; k < kinds[kind].inputs; k++) {
            int back = 1 + draw(seed, &at, reach), to = i - back; /* mostly near, so that chains are long */
            size_t length = strlen(from);
            if (to < 0)
                snprintf(from + length, 32 - length, "%sx", k ? " " : "");
            else
                snprintf(from + length, 32 - length, "%sv%d", k ? " " : "", to);
        }
        n->layer[i] = (net_layer){ name, kinds[kind].op, kinds[kind].attrs, from };
    }
    snprintf(text[layers][1], 32, "v%d y", layers - 1);
    n->layer[layers] = (net_layer){ "loss", "softmax_cross_entropy", "", text[layers][1] };
    snprintf(text[layers][2], 32, "v%d v%d", draw(seed, &at, layers), draw(seed, &at, layers));
    n->out = draw(seed, &at, 2) ? text[layers][2] : "";
}

static void test_random_nets(void)
{
    int in_place = 0, views = 0;
    for (int seed = 0; seed < 600; seed++) {
        char text[MAX_LAYERS][3][32], label[32];
        net n;
        rig r;
        reference f;
        make_net(&n, seed, text);
        snprintf(label, sizeof label, "random net %d", seed);
        rig_create(&r, &n,
                   (yk_program_opts){
                       .backward = seed % 3 > 0, .dtype = YK_F32, .rows = 5, .leaf = 2, .input_grad = seed % 3 > 1 },
                   true, true);
        check_plan(label, r.program);
        for (int i = 0; i < r.program->n_instruction; i++) {
            in_place += r.program->instruction[i].in_place;
            views += r.program->instruction[i].view;
        }
        yk_rows rows = rig_rows(&r, 5, r.opts.backward);
        reference_run(&f, &r, &rows, 0.5);
        yk_program_forward(r.program, &rows, NULL, NULL);
        if (r.opts.backward)
            yk_program_backward(r.program, &rows, rig_seeds(&r, 0.5), NULL, NULL);
        reference_compare(label, &f, &r, &rows);
        reference_free(&f);
        rig_destroy(&r);
    }
    CU_ASSERT(in_place > 1000 && views > 500); /* else the nets test little */
}

int main(void)
{
    static const yk_test tests[] = { { "nothing alive overlaps", test_plans },
                                     { "reuse pays", test_reuse_pays },
                                     { "room lasts for one instruction", test_room },
                                     { "in place where safe", test_in_place },
                                     { "random nets", test_random_nets },
                                     { 0 } };
    return yk_test_main("graph/memory", tests);
}
