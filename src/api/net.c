/* SPDX-License-Identifier: Apache-2.0 */
/* Networks: built from their description, loaded, looked into. */
#include <inttypes.h>
#include <string.h>

#include "api/api.h"
#include "core/log.h"
#include "train/snapshot.h"
#include "train/transfer.h"

static void take_down(yk_net *net)
{
    yk_predictor_destroy(&net->predictor);
    yk_model_destroy(&net->model);
    yk_recipe_destroy(&net->recipe);
    yk_free(net->text);
    yk_free(net->params);
    yk_free(net->average);
    yk_free(net->normal.mean);
    yk_free(net->normal.std);
    net->text = NULL;
    net->params = net->average = NULL;
    net->normal = (yk_normal){ 0 };
}

void yk_net_destroy(yk_net **net)
{
    if (!net || !*net)
        return;
    take_down(*net);
    yk_trained_close(&(*net)->trained);
    yk_yaml_destroy(&(*net)->draft);
    yk_free(*net);
    *net = NULL;
}

static yk_status input_shape(const yk_net *net, const yk_shape *x, yk_shape *out)
{
    *out = net->x.ndim ? net->x : net->recipe->input;
    if (!out->ndim && x)
        *out = *x;
    YK_CHECK(out->ndim, YK_ERR_ARG,
             "the shape of x is not known: say it with yk_net_input(), or `input:` in the recipe");
    return YK_OK;
}

/* Rank-local. */
static yk_status build(yk_net *net, const yk_shape *x)
{
    yk_yaml *root;
    yk_shape shape;
    if (x && x->ndim && !net->x.ndim && !yk_yaml_get(net->draft, "input"))
        YK_TRY(yk_net_input(net, "x", x->ndim, x->dim));
    YK_TRY(yk_yaml_copy(&root, net->draft));
    YK_TRY(yk_recipe_from_tree(&net->recipe, &root, 0, NULL));
    YK_CHECK(net->recipe->normalize != YK_NORMALIZE_TRAIN, YK_ERR_RECIPE,
             "data: normalize: true asks for a data file; inside a program give {mean: [...], std: [...]}");
    YK_TRY(input_shape(net, x, &shape));
    YK_TRY(yk_model_create(&net->model, net->recipe, &shape));
    YK_TRY(yk_normal_given(&net->normal, net->recipe));
    YK_TRY(yk_recipe_text(net->recipe, &net->text));
    YK_TRY(yk_alloc(&net->params, net->model->layout->length, sizeof *net->params));
    if (net->recipe->has_ema)
        YK_TRY(yk_alloc(&net->average, net->model->layout->length, sizeof *net->average));
    return yk_model_init(net->model, net->params);
}

/* Parameters and their average: of the checkpoint, or from the start, which may be another run's (`init_from`).
 * Collective. */
static yk_status begin(yk_net *net)
{
    yk_comm *comm = net->context->comm;
    char what[YK_TRANSFER_TEXT];
    if (net->trained.recipe) {
        YK_TRY(yk_snapshot_params(comm, net->model, net->trained.checkpoint, false, net->params));
        if (net->average)
            YK_TRY(yk_snapshot_params(comm, net->model, net->trained.checkpoint, true, net->average));
        return YK_OK;
    }
    if (net->recipe->has_init_from) {
        YK_TRY(yk_transfer(comm, net->recipe, net->model, net->params, what));
        yk_info("%s", what);
    }
    if (net->average)
        memcpy(net->average, net->params, (size_t)net->model->layout->length * sizeof *net->average);
    yk_free(net->text); /* init_from got the other run's digest */
    net->text = NULL;
    return yk_comm_agree(comm, yk_recipe_text(net->recipe, &net->text));
}

const float *yk_net_shown(const yk_net *net)
{
    return net->average ? net->average : net->params;
}

yk_status yk_net_finish(yk_net *net, const yk_shape *x)
{
    yk_comm *comm = net->context->comm;
    if (net->model)
        return YK_OK;
    yk_status status = yk_comm_agree(comm, build(net, x));
    if (status == YK_OK)
        status = begin(net);
    if (status != YK_OK)
        take_down(net);
    else
        yk_trained_close(&net->trained);
    return status;
}

yk_status yk_net_build(yk_net *net)
{
    yk_door_open(net->context);
    yk_status status = yk_net_finish(net, NULL);
    yk_door_close(net->context);
    return status;
}

static yk_status load(yk_net *net, const char *name)
{
    YK_CHECK(name, YK_ERR_ARG, "the checkpoint has no name");
    YK_TRY(yk_trained_open(&net->trained, net->context->comm, name));
    YK_TRY(yk_comm_agree(net->context->comm, yk_yaml_copy(&net->draft, net->trained.recipe->root)));
    return net->trained.recipe->has_input ? yk_net_finish(net, NULL) : YK_OK;
}

yk_status yk_net_load(yk_net **out, yk_context *context, const char *name)
{
    yk_status status = yk_alloc(out, 1, sizeof **out);
    YK_TRY(yk_comm_agree(context->comm, status));
    (*out)->context = context;
    yk_door_open(context);
    status = load(*out, name);
    yk_door_close(context);
    if (status != YK_OK)
        yk_net_destroy(out);
    return status;
}

const char *yk_net_recipe(const yk_net *net)
{
    return net->text;
}

/* --- parameters */

static yk_status check_built(const yk_net *net)
{
    YK_CHECK(net->model, YK_ERR_ARG, "the network is not built: call yk_net_build() first");
    return YK_OK;
}

int yk_net_parameters(const yk_net *net)
{
    return net->model ? yk_graph_params(net->model->graph) : 0;
}

yk_status yk_net_parameter(const yk_net *net, int i, yk_parameter *out)
{
    YK_TRY(check_built(net));
    YK_CHECK(i >= 0 && i < yk_net_parameters(net), YK_ERR_ARG, "there is no parameter %d; there are %d", i,
             yk_net_parameters(net));
    const yk_param *p = yk_graph_param(net->model->graph, i);
    *out = (yk_parameter){ .name = p->name,
                           .ndim = p->shape.ndim,
                           .length = yk_shape_len(&p->shape),
                           .trained = !yk_role_is_buffer(p->role),
                           .data = net->params + p->offset };
    memcpy(out->shape, p->shape.dim, (size_t)p->shape.ndim * sizeof out->shape[0]);
    return YK_OK;
}

/* The parameter of that name; the message of the error has the nearest. */
static yk_status find_parameter(const yk_net *net, const char *name, const yk_param **out)
{
    const char **names;
    const int n = yk_net_parameters(net);
    YK_TRY(yk_alloc(&names, n, sizeof *names));
    *out = NULL;
    for (int i = 0; i < n; i++) {
        const yk_param *p = yk_graph_param(net->model->graph, i);
        names[i] = p->name;
        if (strcmp(p->name, name) == 0)
            *out = p;
    }
    const char *near = yk_nearest(name, names, n);
    yk_free(names);
    YK_CHECK(*out, YK_ERR_ARG, "no parameter is called \"%.80s\"%s%s", name, near ? "; did you mean " : "",
             near ? near : "");
    return YK_OK;
}

yk_status yk_net_set_parameter(yk_net *net, const char *name, int64_t length, const float *data)
{
    const yk_param *p;
    YK_TRY(check_built(net));
    YK_CHECK(name && data, YK_ERR_ARG, "a parameter's name and its values are needed");
    YK_TRY(find_parameter(net, name, &p));
    YK_CHECK(length == yk_shape_len(&p->shape), YK_ERR_ARG, "parameter %s has %" PRId64 " elements, and not %" PRId64,
             name, yk_shape_len(&p->shape), length);
    memcpy(net->params + p->offset, data, (size_t)length * sizeof *data);
    return YK_OK;
}

_Static_assert(YK_SHA256_HEX == 65, "the size that yoke/net.h says");

yk_status yk_net_digest(const yk_net *net, char hex[65])
{
    YK_TRY(check_built(net));
    return yk_params_digest(net->model, net->params, hex);
}

yk_status yk_net_output(const yk_net *net, int *ndim, int64_t shape[YK_ARRAY_DIMS])
{
    YK_TRY(check_built(net));
    const yk_value *v = yk_graph_value(net->model->graph, net->model->head[0].prediction);
    *ndim = v->shape.ndim - 1;
    memcpy(shape, v->shape.dim + 1, (size_t)*ndim * sizeof *shape);
    return YK_OK;
}
