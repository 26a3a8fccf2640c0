/* SPDX-License-Identifier: Apache-2.0 */
#include "model/heads.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/error.h"
#include "core/mem.h"

/* A loss while it is added. */
typedef struct adding {
    yk_model *m;
    const yk_recipe *recipe;
    const yk_loss_spec *spec;
    const yk_op *op;
    yk_target target;
    yk_head *head;
    char where[YK_WHERE];
} adding;

/* --- fields */

static bool same_shape(const yk_model *m, int value, const yk_shape *sample)
{
    yk_shape shape = yk_graph_value(m->graph, value)->shape;
    shape.ndim--;
    memmove(shape.dim, shape.dim + 1, (size_t)shape.ndim * sizeof shape.dim[0]);
    return yk_shape_equal(&shape, sample);
}

/* Is the field fed in this way already? Numbers that are an input, too, are fed once: an output can be made like it. */
static bool serves(const yk_model *m, const yk_fed *there, const yk_fed *fed, const yk_shape *sample)
{
    if (strcmp(there->field, fed->field) != 0 || there->classes != fed->classes)
        return false;
    if (there->kind == YK_FED_INPUT && fed->kind == YK_FED_TARGET)
        return true;
    return there->kind == fed->kind && there->not_negative == fed->not_negative &&
           memcmp(&there->ignore, &fed->ignore, sizeof fed->ignore) == 0 && same_shape(m, there->value, sample);
}

static bool is_taken(const yk_graph *graph, const char *name)
{
    for (int v = 0; v < yk_graph_values(graph); v++)
        if (strcmp(yk_graph_value(graph, v)->name, name) == 0)
            return true;
    return false;
}

/* The place in fed[] of a field that is fed like this; adds it where there is none. The graph's input has the field's
 * name, or, where a layer or another use of the field has it, one with a number. */
static yk_status want_fed(yk_model *m, const yk_fed *fed, yk_dtype dtype, const yk_shape *sample, int *place)
{
    char name[YK_NAME_BYTES + 16];
    for (*place = 0; *place < m->n_fed; ++*place)
        if (serves(m, &m->fed[*place], fed, sample))
            return YK_OK;
    YK_CHECK(m->n_fed < YK_MAX_FIELDS, YK_ERR_RECIPE, "the model is fed with more than %d fields", YK_MAX_FIELDS);
    snprintf(name, sizeof name, "%s", fed->field);
    for (int i = 2; is_taken(m->graph, name); i++)
        snprintf(name, sizeof name, "%s:%d", fed->field, i);
    m->fed[m->n_fed] = *fed;
    YK_TRY(yk_graph_input(m->graph, name, dtype, sample, &m->fed[m->n_fed].value));
    m->n_fed++;
    return YK_OK;
}

/* --- the target that the loss wants for the output */

/* `input:` says what the field is, where there are no data. */
static yk_status check_given(const adding *a, const yk_shape *sample)
{
    const yk_recipe *r = a->recipe;
    const yk_field_shape *given = NULL;
    char text[2][YK_SHAPE_TEXT];
    for (int i = 0; i < r->n_targets; i++)
        if (strcmp(r->target[i].field, a->spec->target) == 0)
            given = &r->target[i];
    if (!given) /* the input itself, or what the loss wants */
        return YK_OK;
    if (a->target.kind == YK_TARGET_LABEL) {
        YK_CHECK(given->classes > 0, YK_ERR_SHAPE, "%s needs classes, as in `input: {%s: {classes: 10}}`", a->op->name,
                 given->field);
        YK_CHECK(given->classes == a->head->classes, YK_ERR_SHAPE,
                 "the model's output has %" PRId64 " numbers for %" PRId64 " classes", a->head->classes,
                 given->classes);
        return YK_OK;
    }
    YK_CHECK(!given->classes, YK_ERR_SHAPE, "%s needs numbers and not classes, as in `input: {%s: [1]}`", a->op->name,
             given->field);
    YK_CHECK(yk_shape_len(sample) == yk_shape_len(&given->shape), YK_ERR_SHAPE,
             "the model's output has shape %s, %s %s; %s needs the same", yk_shape_text(sample, 0, text[0]),
             given->field, yk_shape_text(&given->shape, 0, text[1]), a->op->name);
    return YK_OK;
}

static yk_status add_target(adding *a)
{
    const yk_value *out = yk_graph_value(a->m->graph, a->head->output);
    const bool label = a->target.kind == YK_TARGET_LABEL;
    const bool softmax = a->op->predict_with && strcmp(a->op->predict_with, "softmax") == 0;
    yk_shape sample = { .ndim = out->shape.ndim - 1 };
    yk_fed fed = { .kind = YK_FED_TARGET, .ignore = a->target.ignore, .not_negative = a->target.not_negative };
    char text[YK_SHAPE_TEXT];
    memcpy(sample.dim, out->shape.dim + 1, (size_t)sample.ndim * sizeof sample.dim[0]);
    snprintf(fed.field, sizeof fed.field, "%s", a->spec->target);
    if (label || softmax) {
        YK_CHECK(sample.ndim > 0 && sample.dim[sample.ndim - 1] > 1, YK_ERR_SHAPE,
                 "%s needs an output of one number a class, 2 or more; the model's is %s", a->op->name,
                 yk_shape_text(&sample, 0, text));
        a->head->classes = sample.dim[sample.ndim - 1];
    }
    if (label) {
        sample.ndim--;
        a->head->label = true;
        fed.classes = a->head->classes;
    }
    if (a->recipe->has_input)
        YK_TRY(check_given(a, &sample));
    YK_TRY(want_fed(a->m, &fed, label ? YK_I32 : YK_F32, &sample, &a->head->target_fed));
    a->head->target = a->m->fed[a->head->target_fed].value;
    return YK_OK;
}

/* --- nodes */

/* "loss", and "loss/NAME" where there are several. */
static const char *node_name(const adding *a, const char *what, char text[YK_NAME_BYTES + 16])
{
    const bool several = a->recipe->n_losses > 1;
    snprintf(text, YK_NAME_BYTES + 16, "%s%s%s", what, several ? "/" : "", several ? a->spec->name : "");
    return text;
}

static yk_status add_node(const adding *a, const char *what, const yk_op *op, const void *attr, int n_in, const int *in,
                          int *value)
{
    char name[YK_NAME_BYTES + 16];
    yk_layer layer = { .name = node_name(a, what, name), .where = a->where, .op = op, .attr = attr, .n_in = n_in };
    memcpy(layer.in, in, (size_t)n_in * sizeof *in);
    YK_TRY(yk_graph_add(a->m->graph, &layer, value));
    return YK_OK;
}

/* The losses of samples times their weights. */
static yk_status add_weights(adding *a)
{
    yk_fed fed = { .kind = YK_FED_WEIGHT, .not_negative = true };
    const yk_shape one = { 0 };
    const yk_op *weigh = NULL;
    a->head->weight_fed = -1;
    if (!*a->spec->sample_weight)
        return YK_OK;
    snprintf(fed.field, sizeof fed.field, "%s", a->spec->sample_weight);
    YK_TRY(want_fed(a->m, &fed, YK_F32, &one, &a->head->weight_fed));
    YK_TRY(yk_op_find("weigh", YK_OP_INNER, &weigh));
    const int in[] = { a->head->loss, a->m->fed[a->head->weight_fed].value };
    YK_TRY(add_node(a, "weighted", weigh, NULL, 2, in, &a->head->loss));
    a->head->weighted = true;
    return YK_OK;
}

static yk_status add_prediction(adding *a)
{
    const yk_op *predict = NULL;
    void *attr = NULL;
    a->head->prediction = a->head->output;
    if (!a->op->predict_with)
        return YK_OK;
    YK_TRY(yk_op_find(a->op->predict_with, YK_OP_LAYER, &predict));
    YK_TRY(yk_alloc(&attr, (int64_t)predict->attr_size, 1));
    yk_status status = yk_option_defaults(predict->attrs, attr);
    if (status == YK_OK)
        status = add_node(a, "prediction", predict, attr, 1, &a->head->output, &a->head->prediction);
    yk_free(attr);
    YK_TRY(status);
    return YK_OK;
}

yk_status yk_model_add_head(yk_model *m, const yk_recipe *recipe, const yk_loss_spec *spec, int output)
{
    const yk_op *op = spec->pick.entry;
    yk_head *head = &m->head[m->n_heads];
    adding a = {
        .m = m, .recipe = recipe, .spec = spec, .op = op, .target = op->target(spec->pick.opts), .head = head
    };
    *head = (yk_head){ .op = op, .output = output, .weight = spec->weight, .weighted = a.target.weighted };
    snprintf(head->name, sizeof head->name, "%s", spec->name);
    yk_yaml_where(spec->node, a.where, sizeof a.where);
    YK_TRY(yk_yaml_at(spec->node, add_target(&a)));
    YK_TRY(add_node(&a, "loss", op, spec->pick.opts, 2, (int[]){ output, head->target }, &head->loss));
    YK_TRY(yk_yaml_at(spec->node, add_weights(&a)));
    YK_TRY(add_prediction(&a));
    m->loss[m->n_heads++] = head->loss;
    return YK_OK;
}

/* --- denominators */

/* The node of the head's loss itself, below its samples' weights. */
static void loss_node(const yk_model *m, const yk_head *head, yk_node_info *node)
{
    yk_graph_node(m->graph, yk_graph_value(m->graph, head->loss)->node, node);
    if (node->op->kind == YK_OP_INNER)
        yk_graph_node(m->graph, yk_graph_value(m->graph, node->in[0])->node, node);
}

void yk_head_denominators(const yk_model *m, const yk_head *head, int64_t rows, const void *target, const void *weight,
                          yk_dtype dtype, void *out)
{
    const bool is_double = dtype == YK_F64;
    yk_node_info node;
    loss_node(m, head, &node);
    yk_op_args a = { .attr = node.attr, .n_in = node.n_in, .rows = { .leaves = { rows, rows } } };
    for (int i = 0; i < node.n_in; i++) {
        const yk_value *v = yk_graph_value(m->graph, node.in[i]);
        a.in[i] = (yk_tensor){ v->dtype == YK_F32 ? dtype : v->dtype, v->shape, NULL };
        a.in[i].shape.dim[0] = rows;
    }
    a.in[1].data = (void *)(uintptr_t)target; /* ops never write their inputs */
    a.out = (yk_tensor){ dtype, yk_shape_of(1, rows), out };
    const bool own = node.op->target(node.attr).weighted;
    if (own)
        (is_double ? yk_op_double(node.op) : node.op)->denominators(&a);
    for (int64_t i = 0; i < rows; i++) {
        if (is_double)
            ((double *)out)[i] = (own ? ((double *)out)[i] : 1) * (weight ? ((const double *)weight)[i] : 1);
        else
            ((float *)out)[i] = (own ? ((float *)out)[i] : 1) * (weight ? ((const float *)weight)[i] : 1);
    }
}
