/* SPDX-License-Identifier: Apache-2.0 */
#include "augment/pipeline.h"

#include <string.h>

#include "augment/steps.h"
#include "core/error.h"
#include "core/mem.h"
#include "core/num.h"

typedef struct stage {
    const yk_augment *augment;
    yk_turn turn; /* but epoch and sample */
    double probability;
} stage;

struct yk_pipeline {
    int n;
    stage stage[YK_MAX_AUGMENT];
    yk_shape shape; /* of the result */
    yk_image_kind kind;
    int64_t elements; /* of the largest image on the way */
    char *room[2];    /* images of 32-bit elements; the sample is put into the first */
    int64_t *at;      /* columns of the widest */
};

/* Height, width and channels of a sample. */
static yk_status image_of(const struct yk_augment_step *s, const char *field, const yk_shape *sample, yk_turn *t)
{
    char text[YK_SHAPE_TEXT];
    YK_CHECK(sample->ndim == 2 || sample->ndim == 3, YK_ERR_RECIPE,
             "%s: %s: a sample of %s has shape %s; it must be an image (height, width, channels) or (height, width)",
             s->where, s->augment->name, field, yk_shape_text(sample, 0, text));
    t->in_h = t->h = sample->dim[0];
    t->in_w = t->w = sample->dim[1];
    t->c = sample->ndim == 3 ? sample->dim[2] : 1;
    return YK_OK;
}

/* One step's sizes; *sample becomes the result's shape. */
static yk_status step_sizes(const struct yk_augment_step *s, const char *field, yk_shape *sample, yk_turn *t)
{
    YK_TRY(image_of(s, field, sample, t));
    if (s->augment->check) {
        yk_status status = s->augment->check(s->opts, t->c, &t->h, &t->w);
        if (status != YK_OK) {
            yk_error_prefix(status, "%s: %s: ", s->where, s->augment->name);
            return status == YK_ERR_ARG ? YK_ERR_RECIPE : status;
        }
    }
    sample->dim[0] = t->h;
    sample->dim[1] = t->w;
    return YK_OK;
}

yk_status yk_augmentation_shape(const yk_augmentation *a, const char *field, yk_shape *sample)
{
    yk_turn turn;
    for (int i = 0; i < a->n; i++)
        if (yk_step_concerns(&a->step[i], field) && !a->step[i].augment->mixes)
            YK_TRY(step_sizes(&a->step[i], field, sample, &turn));
    return YK_OK;
}

static yk_status add_stage(yk_pipeline *p, const yk_pipeline_opts *o, const struct yk_augment_step *s)
{
    stage *g = &p->stage[p->n];
    yk_turn *t = &g->turn;
    g->augment = s->augment;
    g->probability = ((const yk_augment_common *)s->opts)->probability;
    YK_TRY(step_sizes(s, o->field, &p->shape, t));
    YK_CHECK(s->augment->move || !(o->labels || o->nearest), YK_ERR_RECIPE,
             "%s: %s changes values, but %s holds class numbers; it can be done to numbers only", s->where,
             s->augment->name, o->field);
    YK_CHECK(o->axes || !s->augment->colours, YK_ERR_RECIPE, "%s: %s knows the colours of x, not of %s", s->where,
             s->augment->name, o->field);
    t->opts = s->opts;
    t->key = yk_key_make(o->seed, YK_FOR_AUGMENT, s->name);
    t->axes = o->axes;
    p->elements = yk_max(p->elements, yk_max(t->in_h * t->in_w, t->h * t->w) * t->c);
    p->n++;
    return YK_OK;
}

static yk_status create(yk_pipeline *p, const yk_pipeline_opts *o)
{
    int64_t width = 0;
    p->shape = o->sample;
    p->kind = o->labels ? YK_IMAGE_LABELS : o->nearest ? YK_IMAGE_LABELS_AS_FLOATS : YK_IMAGE_NUMBERS;
    for (int i = 0; i < o->augmentation->n; i++) {
        const struct yk_augment_step *s = &o->augmentation->step[i];
        if (yk_step_concerns(s, o->field) && !s->augment->mixes && (o->train || s->augment->resizes))
            YK_TRY(add_stage(p, o, s));
    }
    for (int i = 0; i < p->n; i++) {
        p->stage[i].turn.chance = o->train;
        width = yk_max(width, p->stage[i].turn.w);
    }
    for (int k = 0; k < 2 && p->n > 0; k++)
        YK_TRY(yk_alloc(&p->room[k], p->elements, 4));
    YK_TRY(yk_alloc(&p->at, width, sizeof *p->at));
    return YK_OK;
}

yk_status yk_pipeline_create(yk_pipeline **out, const yk_pipeline_opts *opts)
{
    YK_TRY(yk_alloc(out, 1, sizeof **out));
    yk_status status = create(*out, opts);
    if (status != YK_OK || (*out)->n == 0)
        yk_pipeline_destroy(out);
    return status;
}

void yk_pipeline_destroy(yk_pipeline **pipeline)
{
    yk_pipeline *p = *pipeline;
    if (!p)
        return;
    yk_free(p->room[0]);
    yk_free(p->room[1]);
    yk_free(p->at);
    yk_free(p);
    *pipeline = NULL;
}

int64_t yk_pipeline_bytes(const yk_pipeline *p)
{
    return p ? 8 * p->elements : 0;
}

const yk_shape *yk_pipeline_shape(const yk_pipeline *p)
{
    return &p->shape;
}

void *yk_pipeline_input(yk_pipeline *p)
{
    return p->room[0];
}

/* Number 0 of a turn decides whether it is taken; what changes sizes then takes its fixed form. */
static bool begin_turn(const stage *g, int64_t epoch, int64_t sample, yk_turn *t)
{
    *t = g->turn;
    t->epoch = epoch;
    t->sample = sample;
    if (t->chance && g->probability < 1 && !(yk_random_uniform(t->key, epoch, sample, 0) < g->probability))
        t->chance = false;
    return t->chance || g->augment->resizes;
}

void yk_pipeline_run(yk_pipeline *p, int64_t epoch, int64_t sample, void *out)
{
    int now = 0;
    for (int i = 0; i < p->n; i++) {
        const yk_augment *a = p->stage[i].augment;
        yk_turn turn;
        if (!begin_turn(&p->stage[i], epoch, sample, &turn))
            continue;
        if (a->move) {
            yk_motion motion = { .row = { 1, 0, 0 }, .column = { 0, 1, 0 } };
            a->move(&turn, &motion);
            yk_warp(&turn, &motion, p->kind, p->room[now], p->at, p->room[1 - now]);
            now = 1 - now;
        } else {
            a->paint(&turn, (float *)(void *)p->room[now]);
        }
    }
    memcpy(out, p->room[now], 4 * (size_t)yk_shape_len(&p->shape));
}
