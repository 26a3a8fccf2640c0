/* SPDX-License-Identifier: Apache-2.0 */
/* The graph of a recipe: its layers, and what each parameter starts from. Its losses are in heads.c. */
#include "model/model.h"

#include <string.h>

#include "core/error.h"
#include "core/mem.h"
#include "model/freeze.h"
#include "model/heads.h"
#include "model/layers.h"
#include "model/node.h"

/* Adds the layers of the recipe; value[entry] is what an entry gives, made_by[node] the entry of a node; *last is what
 * the last layer gives. */
static yk_status add_layers(yk_model *m, const yk_recipe *r, int *value, int *made_by, int *last)
{
    const yk_specs *specs = r->layers;
    for (int i = 0; i < specs->n; i++) {
        const yk_spec *s = &specs->at[i];
        char where[YK_WHERE];
        value[i] = -1;
        if (!s->op) /* a name: resolved already */
            continue;
        yk_layer layer = { .name = s->name,
                           .where = yk_yaml_where(s->node, where, sizeof where),
                           .op = s->op,
                           .attr = s->attr,
                           .n_in = s->n_from,
                           .l1 = s->l1 >= 0 ? s->l1 : r->regularize.l1,
                           .l2 = s->l2 >= 0 ? s->l2 : r->regularize.l2,
                           .max_norm = s->max_norm,
                           .unit_norm = s->unit_norm,
                           .lr_factor = s->lr_factor,
                           .share = s->share_at ? specs->at[s->share].name : NULL };
        for (int k = 0; k < s->n_from; k++)
            layer.in[k] = s->from[k] == YK_MODEL_INPUT ? m->input : value[s->from[k]];
        YK_TRY(yk_graph_add(m->graph, &layer, &value[i]));
        made_by[yk_graph_value(m->graph, value[i])->node] = i;
        *last = value[i];
    }
    return YK_OK;
}

/* What the parameter starts from: its layer's choice for kernels and biases. */
static yk_status init_of(const yk_param *p, const yk_spec *spec, const yk_init **init, const void **opts)
{
    const yk_pick *pick = yk_role_is_kernel(p->role)     ? &spec->init
                          : p->role == YK_ROLE_BIAS      ? &spec->bias_init
                          : p->role == YK_ROLE_RECURRENT ? &spec->recurrent_init
                                                         : NULL;
    *opts = NULL;
    if (p->role == YK_ROLE_START) {
        *opts = &p->start; /* the value is constant's only option */
        return yk_init_find("constant", init);
    }
    if (pick && pick->entry) {
        *init = pick->entry;
        *opts = pick->opts;
        return YK_OK;
    }
    bool one = p->role == YK_ROLE_ONES || p->role == YK_ROLE_BUFFER_ONES;
    YK_TRY(yk_init_find(one ? "ones" : "zeros", init));
    return YK_OK;
}

static yk_status choose_inits(yk_model *m, const yk_specs *specs, const int *made_by)
{
    int n = yk_graph_params(m->graph);
    YK_TRY(yk_alloc(&m->init, n, sizeof *m->init));
    YK_TRY(yk_alloc(&m->init_opts, n, sizeof *m->init_opts));
    for (int i = 0; i < n; i++) {
        const yk_param *p = yk_graph_param(m->graph, i);
        const void *opts;
        YK_TRY(init_of(p, &specs->at[made_by[p->node]], &m->init[i], &opts));
        if (!opts)
            continue;
        YK_TRY(yk_alloc(&m->init_opts[i], (int64_t)m->init[i]->opts_size, 1));
        memcpy(m->init_opts[i], opts, m->init[i]->opts_size);
    }
    return YK_OK;
}

static yk_status build(yk_model *m, const yk_recipe *r, const yk_shape *x, int *value, int *made_by)
{
    YK_TRY(yk_graph_create(&m->graph, r->seed));
    int last;
    YK_TRY(yk_graph_input(m->graph, "x", r->input_dtype, x, &m->input));
    m->fed[m->n_fed++] = (yk_fed){ .field = "x", .value = m->input, .kind = YK_FED_INPUT };
    last = m->input;
    YK_TRY(add_layers(m, r, value, made_by, &last));
    for (int i = 0; i < r->n_losses; i++) {
        const yk_loss_spec *loss = &r->loss[i];
        YK_TRY(yk_model_add_head(m, r, loss, loss->from_last ? last : loss->from < 0 ? m->input : value[loss->from]));
    }
    YK_TRY(choose_inits(m, r->layers, made_by));
    YK_TRY(yk_freeze(m->graph, r));
    YK_TRY(yk_layout_create(&m->layout, m->graph));
    return YK_OK;
}

yk_status yk_model_create(yk_model **out, const yk_recipe *recipe, const yk_shape *x)
{
    yk_status status = YK_OK;
    yk_model *m = NULL;
    int *value = NULL, *made_by = NULL;
    *out = NULL;
    YK_TRY(yk_alloc(&m, 1, sizeof *m));
    m->seed = recipe->seed;
    m->unfused = !recipe->train_opts.fusion;
    YK_TRY_GOTO(yk_alloc(&value, recipe->layers->n, sizeof *value), done);
    YK_TRY_GOTO(yk_alloc(&made_by, recipe->layers->n, sizeof *made_by), done);
    YK_TRY_GOTO(build(m, recipe, x, value, made_by), done);
    *out = m;
    m = NULL;
done:
    yk_free(value);
    yk_free(made_by);
    yk_model_destroy(&m);
    return status;
}

void yk_model_destroy(yk_model **model)
{
    if (!model || !*model)
        return;
    yk_model *m = *model;
    for (int i = 0; m->init_opts && i < yk_graph_params(m->graph); i++)
        yk_free(m->init_opts[i]);
    yk_free(m->init);
    yk_free(m->init_opts);
    yk_layout_destroy(&m->layout);
    yk_graph_destroy(&m->graph);
    yk_free(m);
    *model = NULL;
}

yk_status yk_model_init(const yk_model *model, float *params)
{
    memset(params, 0, (size_t)model->layout->length * sizeof *params);
    for (int i = 0; i < yk_graph_params(model->graph); i++) {
        const yk_param *p = yk_graph_param(model->graph, i);
        yk_key key = yk_key_make(model->seed, YK_FOR_INIT, p->name);
        yk_status status = model->init[i]->fill(model->init_opts[i], &p->shape, key, params + p->offset);
        if (status != YK_OK)
            return yk_error_prefix(status, "%s: ", p->name);
    }
    return YK_OK;
}

int64_t yk_model_count(const yk_model *model, bool (*counts)(const yk_param *))
{
    int64_t n = 0;
    for (int p = 0; p < yk_graph_params(model->graph); p++) {
        const yk_param *param = yk_graph_param(model->graph, p);
        n += counts(param) ? yk_shape_len(&param->shape) : 0;
    }
    return n;
}

bool yk_param_counts(const yk_param *param)
{
    return !yk_role_is_buffer(param->role);
}

bool yk_param_rests(const yk_param *param)
{
    return param->frozen && !yk_role_is_buffer(param->role);
}
