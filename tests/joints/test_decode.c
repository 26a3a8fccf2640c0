/* SPDX-License-Identifier: Apache-2.0 */
/* A sequence trained in one sweep and decoded one step at a time with carried state: causal convolutions over time, two
 * deep. The sweep sees all positions at once; the decoder one, and carries what the convolutions looked back on: the
 * last positions of the input and of the layer between. Both read one parameter vector, and give the same bits. The
 * same with recurrent layers, whose states are inputs and outputs of the decoder.
 *
 * The task needs the state: y(t) = x(t) x(t-3), of signs. */
/* Rooms: graph optim */
/* Ranks: 1 */
#include "core/num.h"
#include "half.h"
#include "optim/optim.h"

enum { N = 32, T = 16, C = 8, TAPS = 3, STEPS = 400 };

typedef struct net {
    yk_graph *graph;
    yk_layout *layout;
    yk_arena arena;
} net;

static const char *const causal = "filters=8 kernel=[3,1] padding=[2,0,0,0]"; /* in the sweep: zeros before the start */
static const char *const window = "filters=8 kernel=[3,1]";                   /* in the decoder: the window is full */

/* The sweep: x (T, 1, 1) to out (T, 1, 1), and the loss. */
static void build_sweep(net *s, int *x, int *y, int *out, int *loss)
{
    const yk_shape sequence = { 3, { T, 1, 1 } };
    MUST(yk_graph_create(&s->graph, 1));
    MUST(yk_graph_input(s->graph, "x", YK_F32, &sequence, x));
    MUST(yk_graph_input(s->graph, "y", YK_F32, &sequence, y));
    int v = add(s->graph, "first", "conv2d", causal, *x, -1);
    v = add(s->graph, "first/tanh", "tanh", "", v, -1);
    v = add(s->graph, "second", "conv2d", causal, v, -1);
    v = add(s->graph, "second/tanh", "tanh", "", v, -1);
    *out = add(s->graph, "out", "conv2d", "filters=1 kernel=1", v, -1);
    *loss = add(s->graph, "loss", "mean_squared_error", "", *out, *y);
    MUST(yk_layout_create(&s->layout, s->graph));
}

/* The decoder: two windows are inputs; what the first layer gives goes into the second one's window. */
static void build_decoder(net *d, int *x, int *h, int *first, int *out)
{
    const yk_shape inputs = { 3, { TAPS, 1, 1 } }, between = { 3, { TAPS, 1, C } };
    MUST(yk_graph_create(&d->graph, 1));
    MUST(yk_graph_input(d->graph, "x", YK_F32, &inputs, x));
    MUST(yk_graph_input(d->graph, "h", YK_F32, &between, h));
    int v = add(d->graph, "first", "conv2d", window, *x, -1);
    *first = add(d->graph, "first/tanh", "tanh", "", v, -1);
    v = add(d->graph, "second", "conv2d", window, *h, -1);
    v = add(d->graph, "second/tanh", "tanh", "", v, -1);
    *out = add(d->graph, "out", "conv2d", "filters=1 kernel=1", v, -1);
    MUST(yk_layout_create(&d->layout, d->graph));
}

static void destroy(net *n)
{
    yk_layout_destroy(&n->layout);
    yk_graph_destroy(&n->graph);
    yk_arena_destroy(&n->arena);
}

static void make(int64_t step, float x[N][T], float y[N][T])
{
    const yk_key key = yk_key_make(9, YK_FOR_MAKE, "signs");
    for (int i = 0; i < N; i++)
        for (int t = 0; t < T; t++) {
            x[i][t] = yk_random_bits(key, step, i, t) & 1 ? 1 : -1;
            y[i][t] = t < 3 ? 0 : x[i][t] * x[i][t - 3];
        }
}

static int64_t sample[N];

static double train(const net *s, yk_program *program, float *params, float *leaf, int x, int y, int loss)
{
    static float in[N][T], want[N][T];
    const yk_rows rows = { .leaves = { N, N }, .sample = sample, .train = true };
    const yk_optimizer *adam;
    float *slot[YK_MAX_SLOTS] = { NULL };
    void *opts;
    double mean = 0;
    MUST(yk_optimizer_find("adam", &adam));
    MUST(yk_alloc(&opts, 1, adam->opts_size));
    MUST(yk_option_defaults(adam->opts, opts));
    for (int i = 0; i < adam->slots(opts); i++)
        MUST(yk_alloc(&slot[i], s->layout->length, sizeof(float)));
    for (int64_t step = 0; step < STEPS; step++) {
        make(step, in, want);
        yk_program_feed(program, x, in);
        yk_program_feed(program, y, want);
        yk_program_forward(program, &rows, NULL, NULL);
        const float *losses = yk_program_value(program, loss)->data;
        mean = 0;
        for (int i = 0; i < N; i++)
            mean += (double)losses[i] / N;
        yk_program_backward(program, &rows, &(double){ 1.0 / N }, NULL, NULL);
        yk_update u = { .n = s->layout->tail, .g = leaf, .w = params, .lr = 0.01, .step = step + 1 };
        memcpy(u.slot, slot, sizeof u.slot);
        adam->update(opts, &u);
    }
    for (int i = 0; i < YK_MAX_SLOTS; i++)
        yk_free(slot[i]);
    yk_free(opts);
    return mean;
}

/* Moves each sample's window by one position and puts `now` at its end. */
static void push(float *state, int64_t width, const float *now)
{
    for (int i = 0; i < N; i++) {
        float *w = state + i * TAPS * width;
        memmove(w, w + width, (size_t)((TAPS - 1) * width) * sizeof *w);
        memcpy(w + (TAPS - 1) * width, now + i * width, (size_t)width * sizeof *w);
    }
}

static void decode(yk_program *lower, yk_program *upper, const int value[4], const float x[N][T], float out[N][T])
{
    static float inputs[N][TAPS], between[N][TAPS][C]; /* the state that is carried: zeros before the start */
    const yk_rows rows = { .leaves = { N, N }, .sample = sample };
    memset(inputs, 0, sizeof inputs);
    memset(between, 0, sizeof between);
    for (int t = 0; t < T; t++) {
        float now[N];
        for (int i = 0; i < N; i++)
            now[i] = x[i][t];
        push(&inputs[0][0], 1, now);
        yk_program_feed(lower, value[0], inputs);
        yk_program_forward(lower, &rows, NULL, NULL);
        push(&between[0][0][0], C, yk_program_value(lower, value[2])->data);
        yk_program_feed(upper, value[1], between);
        yk_program_forward(upper, &rows, NULL, NULL);
        const float *y = yk_program_value(upper, value[3])->data;
        for (int i = 0; i < N; i++)
            out[i][t] = y[i];
    }
}

static void test_decode(void)
{
    net s = { 0 }, d = { 0 };
    int x, y, out, loss, value[4];
    static float in[N][T], want[N][T], swept[N][T], stepped[N][T];
    float *params, *leaf;
    for (int i = 0; i < N; i++)
        sample[i] = i;
    build_sweep(&s, &x, &y, &out, &loss);
    build_decoder(&d, &value[0], &value[1], &value[2], &value[3]);
    CU_ASSERT_FATAL(same_places(s.graph, d.graph, ""));
    MUST(yk_alloc(&params, s.layout->length, sizeof *params));
    MUST(yk_alloc(&leaf, s.layout->length, sizeof *leaf));
    init(s.graph, 2, params);

    yk_program *sweep = plan(s.graph, s.layout, N, out, loss);
    yk_program *lower = plan(d.graph, d.layout, N, value[2], -1), *upper = plan(d.graph, d.layout, N, value[3], -1);
    const int64_t bytes = yk_max(bytes_of(sweep), yk_max(bytes_of(lower), bytes_of(upper)));
    MUST(yk_arena_create(&s.arena, bytes));
    void *memory = yk_arena_take(&s.arena, bytes);
    yk_program_bind(sweep, params, leaf, s.layout->length, memory);
    yk_program_bind(lower, params, NULL, 0, memory);
    yk_program_bind(upper, params, NULL, 0, memory);
    const double last = train(&s, sweep, params, leaf, x, y, loss);
    if (!(last < 0.02))
        FAIL_CASE("training", "loss %g, want less than 0.02", last);

    make(STEPS, in, want); /* sequences that it has not seen */
    const yk_rows rows = { .leaves = { N, N }, .sample = sample };
    yk_program_feed(sweep, x, in);
    yk_program_feed(sweep, y, want);
    yk_program_forward(sweep, &rows, NULL, NULL);
    memcpy(swept, yk_program_value(sweep, out)->data, sizeof swept);
    decode(lower, upper, value, in, stepped);
    CU_ASSERT(memcmp(swept, stepped, sizeof swept) == 0);
    int right = 0;
    for (int i = 0; i < N; i++)
        for (int t = 3; t < T; t++)
            right += (stepped[i][t] > 0) == (want[i][t] > 0);
    CU_ASSERT(right == N * (T - 3));

    yk_program_destroy(&sweep);
    yk_program_destroy(&lower);
    yk_program_destroy(&upper);
    yk_free(params);
    yk_free(leaf);
    destroy(&s);
    destroy(&d);
    CU_ASSERT(yk_mem_live() == 0);
}

/* --- recurrent: an lstm below, a gru above. A state is h, or h and c side by side. */

enum { BELOW = 11, ABOVE = 5 };

/* One sweep over T positions, or the step of one: `state` are the inputs that it begins with, `end` what it leaves. */
static void build_recurrent(net *s, int64_t steps, int *x, int state[3], int end[2], int *out)
{
    static const char *const swept = "return_sequences=true", *const stepped = "initial_state=true return_state=true";
    const yk_shape sequence = { 2, { steps, 1 } }, below = { 1, { BELOW } }, above = { 1, { ABOVE } };
    char options[2][96];
    const char *how = steps > 1 ? swept : stepped;
    snprintf(options[0], sizeof options[0], "units=%d %s", BELOW, how);
    snprintf(options[1], sizeof options[1], "units=%d %s", ABOVE, how);
    MUST(yk_graph_create(&s->graph, 1));
    MUST(yk_graph_input(s->graph, "x", YK_F32, &sequence, x));
    if (steps > 1) {
        const int h = add(s->graph, "below", "lstm", options[0], *x, -1);
        *out = add(s->graph, "above", "gru", options[1], h, -1);
    } else {
        MUST(yk_graph_input(s->graph, "below_h", YK_F32, &below, &state[0]));
        MUST(yk_graph_input(s->graph, "below_c", YK_F32, &below, &state[1]));
        MUST(yk_graph_input(s->graph, "above_h", YK_F32, &above, &state[2]));
        end[0] = add_of(s->graph, "below", "lstm", options[0], 3, (int[]){ *x, state[0], state[1] });
        int h = add(s->graph, "below/h", "slice", "begin=0 size=11", end[0], -1);
        h = add(s->graph, "below/step", "reshape", "shape=[1,11]", h, -1);
        *out = end[1] = add(s->graph, "above", "gru", options[1], h, state[2]);
    }
    MUST(yk_layout_create(&s->layout, s->graph));
}

static void test_recurrent(void)
{
    net s = { 0 }, d = { 0 };
    int x, out, step_x, step_out, state[3], end[2];
    static float in[N][T], want[N][T], stepped[N][T][ABOVE], h[N][BELOW], c[N][BELOW], g[N][ABOVE];
    float *params;
    build_recurrent(&s, T, &x, NULL, NULL, &out);
    build_recurrent(&d, 1, &step_x, state, end, &step_out);
    CU_ASSERT(same_places(s.graph, d.graph, ""));
    MUST(yk_alloc(&params, s.layout->length, sizeof *params));
    init(s.graph, 2, params);
    yk_program *sweep = plan(s.graph, s.layout, N, out, -1), *step = NULL;
    const yk_program_opts opts = {
        .dtype = YK_F32, .rows = N, .leaf = N, .n_out = 2, .out = (const int[2]){ end[0], end[1] }
    };
    MUST(yk_program_create(&step, d.graph, d.layout, &opts));
    const int64_t bytes = yk_max(bytes_of(sweep), bytes_of(step));
    MUST(yk_arena_create(&s.arena, bytes));
    void *memory = yk_arena_take(&s.arena, bytes);
    yk_program_bind(step, params, NULL, 0, memory);
    const yk_rows rows = { .leaves = { N, N }, .sample = sample };
    make(0, in, want);
    memset(h, 0, sizeof h);
    memset(c, 0, sizeof c);
    memset(g, 0, sizeof g);
    for (int t = 0; t < T; t++) {
        float now[N];
        for (int i = 0; i < N; i++)
            now[i] = in[i][t];
        yk_program_feed(step, step_x, now);
        yk_program_feed(step, state[0], h);
        yk_program_feed(step, state[1], c);
        yk_program_feed(step, state[2], g);
        yk_program_forward(step, &rows, NULL, NULL);
        const float *below = yk_program_value(step, end[0])->data, *above = yk_program_value(step, end[1])->data;
        for (int i = 0; i < N; i++) {
            memcpy(h[i], below + 2 * i * BELOW, sizeof h[i]);
            memcpy(c[i], below + (2 * i + 1) * BELOW, sizeof c[i]);
            memcpy(g[i], above + i * ABOVE, sizeof g[i]);
            memcpy(stepped[i][t], g[i], sizeof g[i]);
        }
    }
    yk_program_bind(sweep, params, NULL, 0, memory);
    yk_program_feed(sweep, x, in);
    yk_program_forward(sweep, &rows, NULL, NULL);
    CU_ASSERT(memcmp(yk_program_value(sweep, out)->data, stepped, sizeof stepped) == 0);
    yk_program_destroy(&sweep);
    yk_program_destroy(&step);
    yk_free(params);
    destroy(&s);
    destroy(&d);
    CU_ASSERT(yk_mem_live() == 0);
}

int main(void)
{
    static const yk_test tests[] = { { "swept and stepped", test_decode },
                                     { "recurrent layers, swept and stepped", test_recurrent },
                                     { 0 } };
    return yk_test_main("joints/decode", tests);
}
