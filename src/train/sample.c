/* SPDX-License-Identifier: Apache-2.0 */
/* Text that a model writes: the window of its last tokens goes through the model, and the next token is drawn from what
 * the model gives for the window's last place. Places behind the text so far hold token 0; a model that was trained to
 * tell the next token does not look at them. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/error.h"
#include "core/math.h"
#include "core/num.h"
#include "train/snapshot.h"
#include "train/text.h"
#include "train/train.h"

typedef struct writer {
    const yk_sample_request *request;
    yk_vocabulary vocabulary;
    yk_model *model;
    yk_program *program;
    yk_arena arena;
    float *params;
    int64_t length, used; /* tokens of a window; of the text in it */
    int32_t *window;
    double *p; /* [tokens] what they are drawn by */
    int32_t *order;
    yk_key key;
} writer;

static yk_status build_program(writer *w)
{
    yk_program_bytes bytes;
    const yk_program_opts opts = {
        .dtype = YK_F32, .rows = 1, .leaf = 1, .n_out = 1, .out = &w->model->head[0].output
    };
    YK_TRY(yk_program_create(&w->program, w->model->graph, w->model->layout, &opts));
    yk_program_bytes_of(w->program, &bytes);
    YK_TRY(yk_arena_create(&w->arena, bytes.arena));
    yk_program_bind(w->program, w->params, NULL, 0, yk_arena_take(&w->arena, bytes.arena));
    yk_program_feed(w->program, w->model->input, w->window);
    return YK_OK;
}

static yk_status build(writer *w, const yk_trained *trained, yk_comm *comm)
{
    const yk_recipe *r = trained->recipe;
    YK_TRY(yk_vocabulary_create(&w->vocabulary, r));
    const yk_shape x = { .ndim = 1, .dim = { r->text_length } };
    YK_TRY(yk_model_create(&w->model, r, &x));
    const yk_shape *y = &yk_graph_value(w->model->graph, w->model->head[0].output)->shape;
    YK_CHECK(w->model->head[0].classes > 0 && y->ndim == 3 && y->dim[1] == r->text_length &&
                 y->dim[2] == w->vocabulary.n,
             YK_ERR_DATA, "the model does not tell one of %" PRId64 " tokens at each of %" PRId64 " places",
             w->vocabulary.n, r->text_length);
    w->length = r->text_length;
    YK_TRY(yk_alloc(&w->params, w->model->layout->length, sizeof *w->params));
    YK_TRY(yk_alloc(&w->window, w->length, sizeof *w->window));
    YK_TRY(yk_alloc(&w->p, w->vocabulary.n, sizeof *w->p));
    YK_TRY(yk_alloc(&w->order, w->vocabulary.n, sizeof *w->order));
    memset(w->window, 0, (size_t)w->length * sizeof *w->window);
    YK_TRY(yk_snapshot_params(comm, w->model, trained->checkpoint, r->has_ema, w->params));
    return build_program(w);
}

static void close_writer(writer *w)
{
    yk_vocabulary_destroy(&w->vocabulary);
    yk_program_destroy(&w->program);
    yk_model_destroy(&w->model);
    yk_arena_destroy(&w->arena);
    yk_free(w->params);
    yk_free(w->window);
    yk_free(w->p);
    yk_free(w->order);
}

static void append(writer *w, int64_t token)
{
    if (w->used == w->length)
        memmove(w->window, w->window + 1, (size_t)--w->used * sizeof *w->window);
    w->window[w->used++] = (int32_t)token;
}

static yk_status read_prompt(writer *w)
{
    int bytes;
    YK_CHECK(*w->request->prompt, YK_ERR_ARG, "the prompt is empty: give at least one character to go on from");
    for (const char *c = w->request->prompt; *c; c += bytes) {
        const int64_t token = yk_vocabulary_find(&w->vocabulary, c, &bytes);
        YK_CHECK(token >= 0, YK_ERR_ARG,
                 "\"%.*s\" in the prompt is none of the %" PRId64 " characters that the model knows", bytes, c,
                 w->vocabulary.n);
        append(w, token);
    }
    return YK_OK;
}

/* Makes scores p / max p, of the `top` largest ones alone; of equal ones the first count. */
static void weigh(writer *w, const float *score)
{
    const int64_t n = w->vocabulary.n, top = w->request->top > 0 ? yk_min(w->request->top, n) : n;
    for (int64_t i = 0; i < n; i++) {
        w->p[i] = 0;
        w->order[i] = (int32_t)i;
    }
    for (int64_t k = 0; k < top; k++) { /* the k-th largest comes to place k */
        int64_t best = k;
        for (int64_t i = k + 1; i < n; i++)
            if (score[w->order[i]] > score[w->order[best]])
                best = i;
        const int32_t token = w->order[best];
        memmove(w->order + k + 1, w->order + k, (size_t)(best - k) * sizeof *w->order);
        w->order[k] = token;
        const double below = (double)score[token] - (double)score[w->order[0]];
        w->p[token] = w->request->temperature > 0 ? yk_exp(below / w->request->temperature) : k == 0;
    }
}

static int64_t draw(const writer *w, int64_t turn)
{
    double total = 0, sum = 0;
    int64_t last = 0;
    for (int64_t i = 0; i < w->vocabulary.n; i++)
        total += w->p[i];
    const double at = yk_random_uniform53(w->key, 0, 0, turn) * total;
    for (int64_t i = 0; i < w->vocabulary.n; i++) {
        sum += w->p[i];
        if (w->p[i] > 0)
            last = i;
        if (at < sum)
            return i;
    }
    return last;
}

static void write_text(writer *w)
{
    const int64_t sample = 0;
    const yk_rows rows = { .leaves = { 1, 1 }, .sample = &sample };
    for (int64_t i = 0; i < w->request->n; i++) {
        yk_program_forward(w->program, &rows, NULL, NULL);
        const float *out = yk_program_value(w->program, w->model->head[0].output)->data;
        weigh(w, out + (w->used - 1) * w->vocabulary.n);
        const int64_t token = draw(w, i);
        char room[1];
        size_t bytes;
        const char *text = yk_vocabulary_text(&w->vocabulary, token, room, &bytes);
        w->request->write(w->request->context, text, bytes);
        append(w, token);
    }
}

yk_status yk_trained_sample(const yk_trained *trained, yk_comm *comm, const yk_sample_request *request)
{
    writer w = { .request = request, .key = yk_key_make(request->seed, YK_FOR_MAKE, "text") };
    yk_status status = build(&w, trained, comm);
    if (status == YK_OK)
        status = read_prompt(&w);
    if (status == YK_OK)
        write_text(&w);
    close_writer(&w);
    return status;
}
