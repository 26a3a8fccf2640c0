/* SPDX-License-Identifier: Apache-2.0 */
/* Recurrent layers (recurrent.h): shapes, and what surrounds the way through the steps (kernels/recurrent.c). */
#include "ops/recurrent.h"

#include <inttypes.h>

enum { KERNEL, RECURRENT, BIAS, STATE }; /* parameters */
enum { KEPT, BEFORE, STATES };           /* saved: yk_recurrence's kept, before, state */

/* --- shapes */

static yk_status infer_states(const yk_op_args *a, int states)
{
    const yk_recurrent_attr *attr = a->attr;
    const int first = a->n_in - (attr->initial_state ? states : 0);
    const char *names[] = { "h", "c" };
    char text[2][YK_SHAPE_TEXT];
    YK_CHECK(first == 1 || first == 2, YK_ERR_SHAPE, "takes x, a mask if there is one, and %s; not %d inputs",
             !attr->initial_state ? "no states (initial_state: false)"
             : states == 2        ? "the states h and c"
                                  : "the state h",
             a->n_in);
    for (int i = first; i < a->n_in; i++) {
        const yk_shape want = yk_shape_of(2, a->in[0].shape.dim[0], attr->units);
        YK_TRY(yk_op_check_real(&a->in[i]));
        YK_CHECK(yk_shape_equal(&a->in[i].shape, &want), YK_ERR_SHAPE,
                 "state %s has shape %s: with %" PRId64 " units it is %s", names[i - first],
                 yk_shape_text(&a->in[i].shape, 1, text[0]), attr->units, yk_shape_text(&want, 1, text[1]));
    }
    if (first == 2) {
        const yk_shape want = yk_shape_of(2, a->in[0].shape.dim[0], a->in[0].shape.dim[1]);
        YK_CHECK(yk_shape_equal(&a->in[1].shape, &want), YK_ERR_SHAPE,
                 "the mask has shape %s: it has one number a step, %s", yk_shape_text(&a->in[1].shape, 1, text[0]),
                 yk_shape_text(&want, 1, text[1]));
    }
    return YK_OK;
}

static yk_tensor real_of(int64_t len)
{
    return (yk_tensor){ YK_F32, yk_shape_of(1, len), NULL };
}

yk_status YK_TYPED(yk_recurrent_infer)(yk_op_args *a, yk_cell cell)
{
    const yk_recurrent_attr *attr = a->attr;
    const yk_cell_parts parts = yk_cell_parts_of(cell);
    const yk_shape *x = &a->in[0].shape;
    char text[YK_SHAPE_TEXT];
    YK_TRY(yk_op_check_real(&a->in[0]));
    YK_CHECK(x->ndim == 3, YK_ERR_SHAPE, "input has shape %s: a sequence has two dimensions, steps and features",
             yk_shape_text(x, 1, text));
    YK_TRY(infer_states(a, (int)parts.states));
    YK_CHECK(!(attr->return_sequences && attr->return_state), YK_ERR_ARG,
             "return_sequences and return_state: one of them can be the output");
    YK_CHECK(attr->carry == 0 || !attr->initial_state, YK_ERR_ARG,
             "carry and initial_state: one of them says what is begun with");
    const int64_t n = x->dim[0], steps = x->dim[1], in = x->dim[2], units = attr->units, wide = parts.products * units;
    if (attr->return_sequences)
        a->out = (yk_tensor){ YK_F32, yk_shape_of(3, n, steps, units), NULL };
    else
        a->out = (yk_tensor){ YK_F32, yk_shape_of(2, n, units * (attr->return_state ? parts.states : 1)), NULL };
    a->param[KERNEL] = (yk_tensor){ YK_F32, yk_shape_of(2, in, wide), NULL };
    a->param[RECURRENT] = (yk_tensor){ YK_F32, yk_shape_of(2, units, wide), NULL };
    a->param[BIAS] = (yk_tensor){ attr->bias ? YK_F32 : YK_NO_DTYPE, yk_shape_of(1, wide), NULL };
    if (cell == YK_CELL_GRU)
        a->param[BIAS].shape = yk_shape_of(2, 2, wide);
    if (attr->carry > 0)
        a->param[STATE] = (yk_tensor){ YK_F32, yk_shape_of(2, attr->carry, parts.states * units), NULL };
    a->saved[KEPT] = real_of(n * steps * parts.kept * units);
    a->saved[BEFORE] = real_of(parts.states * n * steps * units);
    a->saved[STATES] = real_of(2 * parts.states * n * units);
    const int64_t panels = yk_recurrence_panels(cell, units);
    a->room[YK_FORWARD] = real_of(panels);
    a->room[YK_BACKWARD] = real_of(panels + n * steps * parts.slopes * units + 2 * n * wide + parts.states * n * units);
    return YK_OK;
}

/* --- the way through the steps */

static yk_recurrence recurrence_of(const yk_op_args *a, yk_cell cell, int pass)
{
    const yk_recurrent_attr *attr = a->attr;
    const yk_cell_parts parts = yk_cell_parts_of(cell);
    const int64_t n = a->rows.leaves.rows, units = attr->units;
    const bool masked = a->n_in - (attr->initial_state ? parts.states : 0) == 2;
    yk_recurrence r = { .cell = cell,
                        .n = n,
                        .steps = a->in[0].shape.dim[1],
                        .units = units,
                        .reverse = attr->reverse,
                        .kernel = a->param[RECURRENT].data,
                        .kept = a->saved[KEPT].data,
                        .before = a->saved[BEFORE].data,
                        .state = a->saved[STATES].data,
                        .panels = a->room[pass].data };
    if (masked && a->in[1].dtype == YK_I32)
        r.token = a->in[1].data;
    else if (masked)
        r.mask = a->in[1].data;
    if (cell == YK_CELL_GRU && attr->bias)
        r.bias = (const real *)a->param[BIAS].data + parts.products * units;
    if (pass == YK_BACKWARD) {
        r.slopes = r.panels + yk_recurrence_panels(cell, units);
        r.now = r.slopes + n * r.steps * parts.slopes * units;
        r.dstate = r.now + 2 * n * parts.products * units;
    }
    return r;
}

/* The row of the carried state that row i begins with, or -1 where it begins anew: at the start of the data, and while
 * not training. */
static int64_t carried(const yk_op_args *a, int64_t i)
{
    const yk_recurrent_attr *attr = a->attr;
    const int64_t sample = a->rows.sample[i];
    return a->rows.train && sample >= attr->carry ? sample % attr->carry : -1;
}

/* The state that is begun with. */
static void begin(const yk_op_args *a, const yk_recurrence *r)
{
    const yk_recurrent_attr *attr = a->attr;
    const int64_t states = yk_cell_parts_of(r->cell).states, n = r->n, units = r->units;
    for (int64_t s = 0; s < states; s++) {
        real *state = r->state + s * n * units;
        if (attr->initial_state)
            yk_k->copy(n * units, a->in[a->n_in - states + s].data, state, false);
        else
            yk_k->fill(n * units, 0, state);
        for (int64_t i = 0; attr->carry > 0 && i < n; i++)
            if (carried(a, i) >= 0)
                yk_k->copy(units, (const real *)a->param[STATE].data + (carried(a, i) * states + s) * units,
                           state + i * units, false);
    }
}

/* The state after the last step: `states` arrays of (n, units). */
static real *last_state(const yk_recurrence *r)
{
    return r->state + r->steps % 2 * yk_cell_parts_of(r->cell).states * r->n * r->units;
}

void YK_TYPED(yk_recurrent_forward)(const yk_op_args *a, yk_cell cell)
{
    const yk_recurrent_attr *attr = a->attr;
    const yk_cell_parts parts = yk_cell_parts_of(cell);
    yk_recurrence r = recurrence_of(a, cell, YK_FORWARD);
    const int64_t in = a->in[0].shape.dim[2], wide = parts.products * r.units;
    r.out = attr->return_sequences ? a->out.data : NULL;
    begin(a, &r);
    yk_k->matmul(&(yk_matmul){ .m = r.n * r.steps,
                               .n = wide,
                               .k = in, /* x kernel + bias */
                               .a = a->in[0].data,
                               .a_row = in,
                               .a_col = 1,
                               .b = a->param[KERNEL].data,
                               .b_row = wide,
                               .b_col = 1,
                               .bias = attr->bias ? a->param[BIAS].data : NULL,
                               .c = r.kept,
                               .c_row = parts.kept * r.units,
                               .count = 1,
                               .k_last = in });
    yk_k->recurrent(&r);
    if (attr->return_sequences)
        return;
    const int64_t outputs = attr->return_state ? parts.states : 1;
    for (int64_t s = 0; s < outputs; s++)
        for (int64_t i = 0; i < r.n; i++)
            yk_k->copy(r.units, last_state(&r) + (s * r.n + i) * r.units,
                       (real *)a->out.data + (i * outputs + s) * r.units, false);
}

/* --- backward */

/* The gradient of the last state: dout, where that is the output. */
static void end(const yk_op_args *a, const yk_recurrence *r)
{
    const yk_recurrent_attr *attr = a->attr;
    const int64_t states = yk_cell_parts_of(r->cell).states, outputs = attr->return_state ? states : 1;
    yk_k->fill(states * r->n * r->units, 0, r->dstate);
    for (int64_t s = 0; !attr->return_sequences && s < outputs; s++)
        for (int64_t i = 0; i < r->n; i++)
            yk_k->copy(r->units, (const real *)a->dout.data + (i * outputs + s) * r->units,
                       r->dstate + (s * r->n + i) * r->units, false);
}

/* dparam[p] = left^T times columns of slopes: left has k rows of m columns a sample, slopes n columns. */
static void weight_gradient(const yk_op_args *a, const yk_recurrence *r, int p, const real *left, int64_t m,
                            int64_t first)
{
    const yk_cell_parts parts = yk_cell_parts_of(r->cell);
    const yk_leaves leaves = a->rows.leaves;
    const int64_t count = yk_leaf_count(leaves), row = parts.slopes * r->units, wide = parts.products * r->units;
    yk_k->matmul(&(yk_matmul){ .m = m,
                               .n = wide,
                               .k = yk_leaf_rows(leaves, 0) * r->steps,
                               .a = left,
                               .a_row = 1,
                               .a_col = m,
                               .b = r->slopes + first,
                               .b_row = row,
                               .b_col = 1,
                               .c = a->dparam[p].data,
                               .c_row = wide,
                               .add = a->dparam_add[p],
                               .count = count,
                               .a_step = leaves.size * r->steps * m,
                               .b_step = leaves.size * r->steps * row,
                               .c_step = a->leaf_step,
                               .k_last = yk_leaf_rows(leaves, count - 1) * r->steps });
}

/* The carried state takes the place of the old one (YK_ROLE_BUFFER_CARRIED): each leaf gives its samples' rows. */
static void hand_on(const yk_op_args *a, const yk_recurrence *r)
{
    const yk_recurrent_attr *attr = a->attr;
    const int64_t states = yk_cell_parts_of(r->cell).states, len = attr->carry * states * r->units;
    for (int64_t g = 0; g < yk_leaf_count(a->rows.leaves); g++) {
        real *out = (real *)a->dparam[STATE].data + g * a->leaf_step;
        if (!a->dparam_add[STATE])
            yk_k->fill(len, 0, out);
        const int64_t first = g * a->rows.leaves.size;
        for (int64_t i = first; a->rows.train && i < first + yk_leaf_rows(a->rows.leaves, g); i++)
            for (int64_t s = 0; s < states; s++)
                yk_k->copy(r->units, last_state(r) + (s * r->n + i) * r->units,
                           out + (a->rows.sample[i] % attr->carry * states + s) * r->units, true);
    }
}

/* Gradients of the inputs behind x. */
static void input_gradients(const yk_op_args *a, const yk_recurrence *r)
{
    const int64_t states = ((const yk_recurrent_attr *)a->attr)->initial_state ? yk_cell_parts_of(r->cell).states : 0;
    for (int i = 1; i < a->n_in; i++) {
        const int64_t s = i - (a->n_in - states), len = yk_tensor_len(&a->din[i]);
        if (!a->din[i].data)
            continue;
        if (s >= 0)
            yk_k->copy(len, r->dstate + s * len, a->din[i].data, a->din_add[i]);
        else if (!a->din_add[i]) /* the mask */
            yk_k->fill(len, 0, a->din[i].data);
    }
}

void YK_TYPED(yk_recurrent_backward)(const yk_op_args *a, yk_cell cell)
{
    const yk_recurrent_attr *attr = a->attr;
    const yk_cell_parts parts = yk_cell_parts_of(cell);
    yk_recurrence r = recurrence_of(a, cell, YK_BACKWARD);
    const int64_t in = a->in[0].shape.dim[2], units = r.units, wide = parts.products * units;
    r.dout = attr->return_sequences ? a->dout.data : NULL;
    end(a, &r);
    yk_k->recurrent_grad(&r, attr->initial_state);
    if (a->din[0].data)
        yk_k->matmul(&(yk_matmul){ .m = r.n * r.steps,
                                   .n = in,
                                   .k = wide, /* dx = slopes kernel^T */
                                   .a = r.slopes,
                                   .a_row = parts.slopes * units,
                                   .a_col = 1,
                                   .b = a->param[KERNEL].data,
                                   .b_row = 1,
                                   .b_col = wide,
                                   .c = a->din[0].data,
                                   .c_row = in,
                                   .add = a->din_add[0],
                                   .count = 1,
                                   .k_last = wide });
    input_gradients(a, &r);
    weight_gradient(a, &r, KERNEL, a->in[0].data, in, 0);
    weight_gradient(a, &r, RECURRENT, r.before, units, (parts.slopes - parts.products) * units);
    if (attr->bias)
        yk_k->column_sums(a->rows.leaves, r.steps, parts.slopes * units, r.slopes, a->dparam[BIAS].data, a->leaf_step,
                          a->dparam_add[BIAS]);
    if (attr->carry > 0)
        hand_on(a, &r);
}

double YK_TYPED(yk_recurrent_flops)(const yk_op_args *a, yk_cell cell)
{
    const yk_recurrent_attr *attr = a->attr;
    const yk_shape *x = &a->in[0].shape;
    const double products = (double)(yk_cell_parts_of(cell).products * attr->units);
    return (double)(x->dim[0] * x->dim[1]) * products * (2.0 * (double)(x->dim[2] + attr->units) + 3);
}
