/* SPDX-License-Identifier: Apache-2.0 */
/* recurrent: the state of n sequences through their steps. Step t adds the product of the state h (n, units) and the
 * state's kernel to the input's products, which all steps have already (one matmul), and makes a cell's step of the
 * sums (cell.h). The chain of a sum goes on from the input's product; the bias is added after it; GRU's product for h
 * is a sum of its own.
 *
 * recurrent_grad: from the last step to the first, dh = what the step's output gets + what the step after hands down +
 * a chain over the columns of the state's kernel of their gradients in the step after. The gradients of the sums are
 * left in `slopes`: the kernels' and the input's gradients are products of all steps at once. With `start`, dstate ends
 * as the gradient of the state that was begun with.
 *
 * A job is a strip of units of some sequences in one step: products and cell at once, so a step is one wait for the
 * threads. The kernel is packed into panels beforehand, by strips; a thread meets its own strips again in every step.
 * Sums are made in a small array of the job's own: the rows of the large ones lie whole sequences apart, often at a
 * power of two, where caches hold few of them at once. */
#include "kernels/cell.h"
#include "kernels/panel.h"

_Static_assert(PANEL <= 64, "yk_recurrence_panels()");

enum { MIN_ROWS = 4 * TILE_ROWS, MAX_ROWS = 64, ENOUGH_JOBS = 32 };

_Static_assert(MIN_ROWS <= MAX_ROWS, "the sums of a job");

/* One step of the way, as jobs see it. */
typedef struct step {
    const yk_recurrence *r;
    yk_cell_parts parts;
    int64_t t, i;          /* place of the step, and its number on the way */
    int64_t strips, chunk; /* jobs: strips of units, chunks of sequences */
    bool product_only;     /* no step is left: for the gradient of the first state */
} step;

static step step_of(const yk_recurrence *r)
{
    step s = { .r = r, .parts = yk_cell_parts_of(r->cell), .strips = yk_div_up(r->units, PANEL) };
    s.chunk = yk_min(MAX_ROWS, yk_max(MIN_ROWS, yk_div_up(r->n, yk_max(1, ENOUGH_JOBS / s.strips))));
    return s;
}

static int64_t place(const yk_recurrence *r, int64_t i)
{
    return r->reverse ? r->steps - 1 - i : i;
}

/* Does step `at` of all sequences' steps count? */
static inline bool counts(const yk_recurrence *r, int64_t at)
{
    return r->mask ? r->mask[at] > 0 : r->token ? r->token[at] > 0 : true;
}

/* --- the kernel in panels: of strip s, `products` (k = units) or one (k = products units) */

static real *panel_of(const step *s, int64_t strip)
{
    return s->r->panels + strip * PANEL * s->parts.products * s->r->units;
}

static void pack_strip(const void *context, int64_t strip)
{
    const step *s = context;
    const int64_t units = s->r->units, wide = s->parts.products * units, n = yk_min(PANEL, units - strip * PANEL);
    for (int64_t q = 0; q < s->parts.products; q++)
        ISA(pack_panels)
    (units, n, s->r->kernel + q * units + strip * PANEL, wide, 1, panel_of(s, strip) + q * units * PANEL, units);
}

static void pack_strip_transposed(const void *context, int64_t strip)
{
    const step *s = context;
    const int64_t units = s->r->units, wide = s->parts.products * units, n = yk_min(PANEL, units - strip * PANEL);
    ISA(pack_panels)(wide, n, s->r->kernel + strip * PANEL * wide, 1, wide, panel_of(s, strip), wide);
}

/* c = or += a times a panel that holds all of k, K_BLOCK rows of it at a time. */
static void multiply_strip(panel_product p, int64_t k)
{
    const real *bias = p.bias;
    for (int64_t first = 0; first < k; first += K_BLOCK) {
        p.k = yk_min(K_BLOCK, k - first);
        p.bias = first + p.k == k ? bias : NULL;
        ISA(multiply_panel)(&p);
        p.go_on = true;
        p.a += p.k * p.a_col;
        p.panel += p.k * panel_width(p.n);
    }
}

/* The sums of a job: of gate q and sequence `row` at (4 row + q) PANEL. */
typedef struct job_sums {
    real at[MAX_ROWS * 4 * PANEL] __attribute__((aligned(64)));
} job_sums;

static inline real *sum_of(job_sums *sums, int64_t q, int64_t row)
{
    return sums->at + (4 * row + q) * PANEL;
}

/* f for the cell of a job. */
#define BY_CELL(f)                                                                                                     \
    switch (r->cell) {                                                                                                 \
    case YK_CELL_TANH:                                                                                                 \
        f(s, &sums, first, last, col, YK_CELL_TANH);                                                                   \
        break;                                                                                                         \
    case YK_CELL_RELU:                                                                                                 \
        f(s, &sums, first, last, col, YK_CELL_RELU);                                                                   \
        break;                                                                                                         \
    case YK_CELL_GRU:                                                                                                  \
        f(s, &sums, first, last, col, YK_CELL_GRU);                                                                    \
        break;                                                                                                         \
    case YK_CELL_LSTM:                                                                                                 \
        f(s, &sums, first, last, col, YK_CELL_LSTM);                                                                   \
        break;                                                                                                         \
    }

/* --- forward */

/* The cell on the sums of a strip, units col .. end - 1; `cell` is a constant at each call. */
INLINED void step_rows(const step *s, job_sums *sums, int64_t first, int64_t last, int64_t col, const yk_cell cell)
{
    const yk_recurrence *r = s->r;
    const yk_cell_parts parts = yk_cell_parts_of(cell);
    const int64_t units = r->units, plane = r->n * units, end = yk_min(col + PANEL, units);
    const real *old = r->state + s->i % 2 * parts.states * plane;
    real *new = r->state + (s->i + 1) % 2 * parts.states *plane;
    for (int64_t row = first; row < last; row++) {
        const int64_t at = row * r->steps + s->t;
        const bool on = counts(r, at);
        FOR_VEC (j, lanes, col, end) {
            real *kept = r->kept + at * parts.kept * units + j;
            vec k[4], was = vload_n(old + row * units + j, lanes), h = was;
            for (int q = 0; q < parts.kept; q++)
                k[q] = vload_n(sum_of(sums, q, row - first) + j - col, lanes);
            vstore_n(r->before + at * units + j, was, lanes);
            if (cell == YK_CELL_LSTM) {
                vec was_c = vload_n(old + plane + row * units + j, lanes), c = was_c;
                vstore_n(r->before + plane * r->steps + at * units + j, was_c, lanes);
                h = cell_lstm(k, &c);
                vstore_n(new + plane + row *units + j, on ? c : was_c, lanes);
            } else if (cell == YK_CELL_GRU) {
                h = cell_gru(k, was);
            } else {
                h = cell == YK_CELL_TANH ? cell_tanh(k) : cell_relu(k);
            }
            for (int q = 0; q < parts.kept; q++)
                vstore_n(kept + q * units, k[q], lanes);
            h = on ? h : was;
            vstore_n(new + row *units + j, h, lanes);
            if (r->out)
                vstore_n(r->out + at * units + j, h, lanes);
        }
    }
}

static void forward_job(const void *context, int64_t job)
{
    const step *s = context;
    const yk_recurrence *r = s->r;
    const int64_t units = r->units, strip = job % s->strips, col = strip * PANEL, wide = s->parts.kept * units;
    const int64_t first = job / s->strips * s->chunk, last = yk_min(first + s->chunk, r->n);
    job_sums sums;
    for (int64_t row = first; row < last; row++)
        for (int64_t q = 0; q < s->parts.products; q++)
            FOR_VEC (j, lanes, col, yk_min(col + PANEL, units))
                vstore(sum_of(&sums, q, row - first) + j - col,
                       vload_n(r->kept + (row * r->steps + s->t) * wide + q * units + j, lanes));
    for (int64_t q = 0; q < s->parts.products; q++) {
        const bool apart = r->cell == YK_CELL_GRU && q == 2; /* GRU: the product for h is kept by itself */
        multiply_strip((panel_product){ .m = last - first,
                                        .n = yk_min(PANEL, units - col),
                                        .a = r->state + s->i % 2 * s->parts.states * r->n * units + first * units,
                                        .a_row = units,
                                        .a_col = 1,
                                        .panel = panel_of(s, strip) + q * units * PANEL,
                                        .bias = r->bias ? r->bias + q * units + col : NULL,
                                        .c = sum_of(&sums, apart ? 3 : q, 0),
                                        .c_row = 4 * PANEL,
                                        .go_on = !apart },
                       units);
    }
    BY_CELL(step_rows)
}

void ISA(recurrent)(const yk_recurrence *r)
{
    step s = step_of(r);
    const int64_t size = s.parts.products * r->units * r->units;
    yk_parallel(s.strips, size, pack_strip, &s);
    for (s.i = 0; s.i < r->steps; s.i++) {
        s.t = place(r, s.i);
        yk_parallel(s.strips * yk_div_up(r->n, s.chunk), r->n * size, forward_job, &s);
    }
}

/* --- backward */

INLINED void step_rows_grad(const step *s, job_sums *sums, int64_t first, int64_t last, int64_t col, const yk_cell cell)
{
    const yk_recurrence *r = s->r;
    const yk_cell_parts parts = yk_cell_parts_of(cell);
    const int64_t units = r->units, plane = r->n * units, end = yk_min(col + PANEL, units);
    const vec zero = vset(0);
    for (int64_t row = first; row < last; row++) {
        const int64_t at = row * r->steps + s->t;
        const bool on = counts(r, at);
        FOR_VEC (j, lanes, col, end) {
            const real *kept = r->kept + at * parts.kept * units + j;
            real *slopes = r->slopes + at * parts.slopes * units + j, *dstate = r->dstate + row * units + j;
            real *now = r->now + (s->i % 2 * r->n + row) * parts.products * units + j;
            vec k[4], d[6], dh = vload_n(sum_of(sums, 0, row - first) + j - col, lanes), handed = zero;
            for (int q = 0; q < parts.kept; q++)
                k[q] = vload_n(kept + q * units, lanes);
            if (r->dout)
                dh = vadd(dh, vload_n(r->dout + at * units + j, lanes));
            if (cell == YK_CELL_LSTM) {
                vec was = vload_n(dstate + plane, lanes), dc = was;
                cell_lstm_grad(k, vload_n(r->before + plane * r->steps + at * units + j, lanes), dh, &dc, d);
                vstore_n(dstate + plane, on ? dc : was, lanes);
            } else if (cell == YK_CELL_GRU) {
                handed = cell_gru_grad(k, vload_n(r->before + at * units + j, lanes), dh, d);
            } else {
                d[0] = cell == YK_CELL_TANH ? behind_tanh(k[0], dh) : vselect(vlt(zero, k[0]), dh, zero);
            }
            vstore_n(dstate, on ? handed : dh, lanes);
            for (int q = 0; q < parts.slopes; q++)
                vstore_n(slopes + q * units, on ? d[q] : zero, lanes);
            for (int q = 0; q < parts.products; q++)
                vstore_n(now + q * units, on ? d[parts.slopes - parts.products + q] : zero, lanes);
        }
    }
}

static void backward_job(const void *context, int64_t job)
{
    const step *s = context;
    const yk_recurrence *r = s->r;
    const int64_t units = r->units, wide = s->parts.products * units, strip = job % s->strips, col = strip * PANEL;
    const int64_t first = job / s->strips * s->chunk, last = yk_min(first + s->chunk, r->n);
    job_sums sums;
    for (int64_t row = first; row < last; row++)
        FOR_VEC (j, lanes, col, yk_min(col + PANEL, units))
            vstore(sum_of(&sums, 0, row - first) + j - col, vload_n(r->dstate + row * units + j, lanes));
    if (s->i < r->steps - 1)
        multiply_strip((panel_product){ .m = last - first,
                                        .n = yk_min(PANEL, units - col),
                                        .a = r->now + ((s->i + 1) % 2 * r->n + first) * wide,
                                        .a_row = wide,
                                        .a_col = 1,
                                        .panel = panel_of(s, strip),
                                        .c = sum_of(&sums, 0, 0),
                                        .c_row = 4 * PANEL,
                                        .go_on = true },
                       wide);
    if (!s->product_only) {
        BY_CELL(step_rows_grad)
        return;
    }
    for (int64_t row = first; row < last; row++)
        FOR_VEC (j, lanes, col, yk_min(col + PANEL, units))
            vstore_n(r->dstate + row * units + j, vload_n(sum_of(&sums, 0, row - first) + j - col, lanes), lanes);
}

void ISA(recurrent_grad)(const yk_recurrence *r, bool start)
{
    step s = step_of(r);
    const int64_t size = s.parts.products * r->units * r->units, jobs = s.strips * yk_div_up(r->n, s.chunk);
    yk_parallel(s.strips, size, pack_strip_transposed, &s);
    for (s.i = r->steps - 1; s.i >= 0; s.i--) {
        s.t = place(r, s.i);
        yk_parallel(jobs, r->n * size, backward_job, &s);
    }
    s.product_only = true;
    if (start)
        yk_parallel(jobs, r->n * size, backward_job, &s);
}
