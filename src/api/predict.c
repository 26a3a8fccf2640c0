/* SPDX-License-Identifier: Apache-2.0 */
/* Prediction of a rank's own samples, and evaluation over those of all ranks. */
#include <inttypes.h>
#include <string.h>

#include "api/api.h"

enum { LEAF = 32, CHUNK = 4, ROWS = LEAF * CHUNK }; /* samples that go through the program at once */

/* What stays between calls. A prediction has no sum over samples, so each rank is alone with its own. */
struct yk_predictor {
    yk_comm *self;
    yk_program *program;
    yk_arena arena;
    int64_t sample[ROWS];
    yk_split split; /* over the caller's arrays */
    void *raw[YK_MAX_FIELDS], *fed[YK_MAX_FIELDS];
};

static void clear_split(yk_predictor *p)
{
    yk_split_close(&p->split);
    for (int i = 0; i < YK_MAX_FIELDS; i++) {
        yk_free(p->raw[i]);
        yk_free(p->fed[i]);
        p->raw[i] = p->fed[i] = NULL;
    }
}

void yk_predictor_destroy(yk_predictor **predictor)
{
    yk_predictor *p = *predictor;
    if (!p)
        return;
    clear_split(p);
    yk_program_destroy(&p->program);
    yk_arena_destroy(&p->arena);
    yk_comm_destroy(&p->self);
    yk_free(p);
    *predictor = NULL;
}

static yk_status plan(yk_predictor *p, const yk_net *net)
{
    yk_program_bytes bytes;
    const yk_program_opts opts = { .dtype = YK_F32,
                                   .rows = ROWS,
                                   .leaf = LEAF,
                                   .n_out = 1,
                                   .out = &net->model->head[0].prediction,
                                   .unfused = net->model->unfused };
    YK_TRY(yk_comm_create_self(&p->self));
    YK_TRY(yk_program_create(&p->program, net->model->graph, net->model->layout, &opts));
    yk_program_bytes_of(p->program, &bytes);
    YK_TRY(yk_arena_create(&p->arena, bytes.arena));
    yk_program_bind(p->program, (void *)(uintptr_t)yk_net_shown(net), NULL, 0, yk_arena_take(&p->arena, bytes.arena));
    return YK_OK;
}

/* Fields of other types than before, or the first ones. */
static yk_status open_split(yk_predictor *p, const yk_net *net, int n, const char *const *names,
                            const yk_tensor *arrays)
{
    clear_split(p);
    YK_TRY(yk_split_spread(&p->split, p->self, net->recipe, n, names, arrays, false));
    YK_TRY(yk_split_feed(&p->split, net->model, &net->normal));
    for (int i = 0; i < p->split.n_feed; i++) {
        const yk_feed *feed = &p->split.feed[i];
        yk_field field;
        yk_dataset_field(p->split.data, feed->index, &field);
        YK_TRY(yk_alloc(&p->raw[i], ROWS * yk_shape_len_from(&field.shape, 1), (size_t)yk_dtype_size(field.dtype)));
        YK_TRY(yk_alloc(&p->fed[i], ROWS * yk_shape_len(&feed->sample), (size_t)yk_dtype_size(feed->want)));
    }
    return YK_OK;
}

static yk_status run(yk_predictor *p, const yk_net *net, int64_t first, int64_t rows, int64_t cols, float *out)
{
    for (int64_t i = 0; i < rows; i++)
        p->sample[i] = first + i;
    for (int i = 0; i < p->split.n_feed; i++) {
        const yk_feed *feed = &p->split.feed[i];
        YK_TRY(yk_dataset_fetch(p->split.data, feed->index, rows, p->sample, p->raw[i]));
        YK_TRY(yk_feed_convert(feed, p->split.data, rows, p->sample, p->raw[i], p->fed[i]));
        yk_program_feed(p->program, net->model->fed[i].value, p->fed[i]);
    }
    const yk_rows r = { .leaves = { rows, LEAF }, .sample = p->sample };
    yk_program_forward(p->program, &r, NULL, NULL);
    memcpy(out, yk_program_value(p->program, net->model->head[0].prediction)->data,
           (size_t)(rows * cols) * sizeof *out);
    return YK_OK;
}

static yk_status predict(yk_net *net, int n, const yk_array *fields, int64_t out_length, float *out)
{
    const char *names[YK_MAX_FIELDS];
    yk_tensor arrays[YK_MAX_FIELDS];
    YK_CHECK(net->model, YK_ERR_ARG, "the network is not built: call yk_net_build() first");
    YK_TRY(yk_arrays_read(n, fields, names, arrays));
    const int64_t samples = fields[0].shape[0];
    const int64_t cols =
        yk_shape_len_from(&yk_graph_value(net->model->graph, net->model->head[0].prediction)->shape, 1);
    YK_CHECK(out_length == samples * cols, YK_ERR_ARG,
             "room for %" PRId64 " numbers is given, but %" PRId64 " samples have %" PRId64 " each", out_length,
             samples, cols);
    if (samples == 0)
        return YK_OK;
    if (!net->predictor) {
        YK_TRY(yk_alloc(&net->predictor, 1, sizeof *net->predictor));
        yk_status status = plan(net->predictor, net);
        if (status != YK_OK) {
            yk_predictor_destroy(&net->predictor);
            return status;
        }
    }
    yk_predictor *p = net->predictor;
    if (!p->fed[0] || yk_split_replace(&p->split, p->self, n, names, arrays) != YK_OK) {
        yk_status status = open_split(p, net, n, names, arrays);
        if (status != YK_OK)
            clear_split(p);
        YK_TRY(status);
    }
    for (int64_t at = 0; at < samples; at += ROWS)
        YK_TRY(run(p, net, at, yk_min(ROWS, samples - at), cols, out + at * cols));
    return YK_OK;
}

yk_status yk_net_predict(yk_net *net, int n, const yk_array *fields, int64_t out_length, float *out)
{
    yk_door_open(net->context);
    yk_status status = predict(net, n, fields, out_length, out);
    yk_door_close(net->context);
    return status;
}

/* --- evaluation */

static yk_status prepare(yk_evaluator **ev, const yk_net *net, yk_split *split)
{
    yk_comm *comm = net->context->comm;
    YK_TRY(yk_split_feed(split, net->model, &net->normal));
    YK_TRY(yk_split_check_targets(split, yk_comm_rank(comm), yk_comm_size(comm)));
    YK_TRY(yk_evaluator_create(ev, comm, NULL, net->recipe, net->model, split, false));
    return yk_evaluator_bind(*ev, yk_net_shown(net), NULL);
}

static yk_status evaluate(yk_net *net, const yk_data *data, yk_split *split, yk_evaluator **ev, yk_report *report)
{
    yk_comm *comm = net->context->comm;
    yk_shape x;
    yk_scores scores;
    YK_TRY(yk_arrays_input(comm, data->n, data->names, data->array, &x));
    YK_TRY(yk_net_finish(net, &x));
    YK_TRY(yk_split_spread(split, comm, net->recipe, data->n, data->names, data->array, true));
    YK_TRY(yk_comm_agree(comm, prepare(ev, net, split)));
    YK_TRY(yk_evaluate(*ev, &scores));
    *report = (yk_report){ .samples = scores.samples, .loss = scores.loss, .n_metrics = scores.n_metrics };
    if (net->training)
        report->step = yk_training_steps(net->training);
    for (int i = 0; i < scores.n_metrics; i++) {
        memcpy(report->metric[i], scores.metric[i], sizeof report->metric[i]);
        report->value[i] = scores.value[i];
    }
    return YK_OK;
}

yk_status yk_net_evaluate(yk_net *net, const yk_data *data, yk_report *report)
{
    yk_split split = { 0 };
    yk_evaluator *ev = NULL;
    yk_door_open(net->context);
    yk_status status = evaluate(net, data, &split, &ev, report);
    yk_evaluator_destroy(&ev);
    yk_split_close(&split);
    yk_door_close(net->context);
    return status;
}
