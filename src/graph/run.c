/* SPDX-License-Identifier: Apache-2.0 */
/* Running a program: its instructions one after the other, and the search for the first one that made a number that is
 * not finite. Allocates nothing. */
#include "core/clock.h"
#include "core/num.h"
#include "graph/guard.h"
#include "graph/plan.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

void yk_program_set_rows(yk_program *program, const yk_rows *rows)
{
    int64_t n = rows->leaves.rows;
    bool changed = n != program->rows;
    assert(n > 0 && n <= program->opts.rows && rows->leaves.size > 0);
    assert(yk_leaf_count(rows->leaves) <= yk_leaf_count((yk_leaves){ program->opts.rows, program->opts.leaf }));
    program->rows = n;
    for (int s = 0; changed && s < 2 * program->n_value; s++) /* values and gradients */
        program->slot[s].tensor.shape.dim[0] = n;
    for (int i = 0; i < program->n_forward; i++) {
        yk_step *step = &program->step[program->instruction[i].node];
        yk_op_args *a = &step->args;
        a->rows = *rows;
        a->rows.train = rows->train && !step->frozen;
        if (!changed)
            continue;
        for (int k = 0; k < a->n_in; k++)
            a->in[k].shape.dim[0] = a->din[k].shape.dim[0] = n;
        a->out.shape.dim[0] = a->dout.shape.dim[0] = n;
    }
}

static void run(const yk_program *program, int i)
{
    const yk_instruction *instruction = &program->instruction[i];
    const yk_step *step = &program->step[instruction->node];
    yk_guard_step(program, i);
    if (instruction->view)
        return;
    const double began = program->seconds ? yk_clock() : 0;
    if (instruction->backward)
        step->op->backward(&step->args);
    else
        step->op->forward(&step->args);
    if (program->seconds)
        program->seconds[i] += yk_clock() - began;
}

void yk_program_watch(yk_program *program, double *seconds)
{
    program->seconds = seconds;
}

/* The first element of the vector that an instruction reads; -1: it has no parameters. */
static int64_t first_read(const yk_program *program, int i)
{
    const yk_op_args *a = &program->step[program->instruction[i].node].args;
    int64_t first = -1;
    for (int k = 0; k < YK_OP_MAX_PARAM; k++) {
        if (a->param[k].dtype == YK_NO_DTYPE)
            continue;
        const int64_t at = ((const char *)a->param[k].data - (const char *)program->params) /
                           (int64_t)yk_dtype_size(program->opts.dtype);
        first = first < 0 ? at : yk_min(first, at);
    }
    return first;
}

void yk_program_forward(yk_program *program, const yk_rows *rows, yk_program_need need, void *context)
{
    yk_program_set_rows(program, rows);
    yk_guard_begin(program);
    for (int i = 0; i < program->n_forward; i++) {
        const int64_t first = need ? first_read(program, i) : -1;
        if (first >= 0)
            need(context, first);
        run(program, i);
    }
}

/* The gradient of a loss is its seed for every sample. */
static void put_seed(const yk_program *program, int loss, double seed)
{
    const yk_tensor *dloss = &program->slot[yk_slot_of_gradient(program, loss)].tensor;
    bool is_double = program->opts.dtype == YK_F64;
    for (int64_t i = 0; dloss->data && i < program->rows; i++) {
        if (is_double)
            ((double *)dloss->data)[i] = seed;
        else
            ((float *)dloss->data)[i] = (float)seed;
    }
}

/* Starts the gradients: those of the losses, and zero for a parameter which this program does not reach. */
static void begin_backward(yk_program *program, const yk_rows *rows, const double *seed)
{
    yk_guard_step(program, program->n_forward); /* all dloss are alive from here on */
    for (int l = 0; l < program->opts.n_loss; l++)
        put_seed(program, program->opts.loss[l], seed[l]);
    int64_t size = yk_dtype_size(program->opts.dtype), leaves = yk_leaf_count(rows->leaves);
    for (int p = 0; p < program->layout->n_param; p++) {
        const yk_param *param = yk_graph_param(program->graph, p);
        for (int64_t g = 0; !program->writers[p] && g < leaves; g++)
            memset((char *)program->leaves + (g * program->leaf_step + param->offset) * size, 0,
                   (size_t)(yk_shape_len(&param->shape) * size));
    }
}

void yk_program_backward(yk_program *program, const yk_rows *rows, const double *seed, yk_program_ready ready,
                         void *context)
{
    assert(program->opts.backward && program->leaves);
    yk_program_set_rows(program, rows);
    begin_backward(program, rows, seed);
    for (int i = program->n_forward; i < program->n_instruction; i++) {
        run(program, i);
        if (ready && program->instruction[i].final > 0)
            ready(context, program->instruction[i].final);
    }
    if (ready && (program->n_instruction == program->n_forward || program->layout->tail == 0))
        ready(context, program->layout->tail);
}

static bool is_finite(const yk_tensor *tensor)
{
    int64_t n = yk_tensor_len(tensor);
    const float *f = tensor->data;
    const double *d = tensor->data;
    for (int64_t i = 0; tensor->data && i < n; i++)
        if ((tensor->dtype == YK_F32 && !isfinite(f[i])) || (tensor->dtype == YK_F64 && !isfinite(d[i])))
            return false;
    return true;
}

/* Is what instruction i wrote finite? */
static bool is_result_finite(const yk_program *program, int i)
{
    const yk_op_args *a = &program->step[program->instruction[i].node].args;
    if (!program->instruction[i].backward)
        return is_finite(&a->out);
    for (int k = 0; k < a->n_in; k++)
        if (!is_finite(&a->din[k]))
            return false;
    for (int k = 0; k < YK_OP_MAX_PARAM; k++) {
        yk_tensor leaf = a->dparam[k];
        for (int64_t g = 0; leaf.data && g < yk_leaf_count(a->rows.leaves); g++) {
            leaf.data = (char *)a->dparam[k].data + g * a->leaf_step * yk_dtype_size(leaf.dtype);
            if (!is_finite(&leaf))
                return false;
        }
    }
    return true;
}

bool yk_program_blame(yk_program *program, const yk_rows *rows, const double *seed, char *text, size_t size)
{
    for (int p = 0; p < program->layout->n_param; p++) {
        const yk_param *param = yk_graph_param(program->graph, p);
        char *at = (char *)program->params + param->offset * yk_dtype_size(program->opts.dtype);
        if (is_finite(&(yk_tensor){ program->opts.dtype, param->shape, at }))
            continue;
        snprintf(text, size, "parameter %s", param->name);
        return true;
    }
    yk_program_set_rows(program, rows);
    for (int v = 0; v < program->n_value; v++) {
        if (!program->slot[v].fed || is_finite(&program->slot[v].tensor))
            continue;
        snprintf(text, size, "input %s", yk_graph_value(program->graph, v)->name);
        return true;
    }
    yk_guard_begin(program);
    for (int i = 0; i < program->n_instruction; i++) {
        if (i == program->n_forward)
            begin_backward(program, rows, seed);
        run(program, i);
        if (is_result_finite(program, i))
            continue;
        yk_node_info node;
        yk_plan_node(program, program->instruction[i].node, &node);
        snprintf(text, size, "%s (%s), %s", node.name, node.op->name,
                 program->instruction[i].backward ? "backward" : "forward");
        return true;
    }
    return false;
}
