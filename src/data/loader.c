/* SPDX-License-Identifier: Apache-2.0 */
/* The ring of batches. A slot is filled by one job: sample numbers of the order, then field by field raw elements and
 * their conversion. Jobs run one after the other, so one block of raw elements serves all slots. */
#include "data/loader.h"

#include <inttypes.h>

#include "core/error.h"
#include "core/log.h"
#include "core/mem.h"
#include "core/num.h"

typedef struct slot {
    yk_io_job job;
    yk_loader *loader;
    bool pending; /* submitted and not waited for */
    bool filled;  /* holds the batch of `at.step` */
    yk_batch at;
    int64_t *sample; /* [rows] */
} slot;

struct yk_loader {
    yk_loader_opts o;
    int64_t rows; /* at most, of one batch */
    int64_t raw_bytes;
    void *raw;       /* elements of one field as in the file */
    float *mix_room; /* a micro-batch of the field with the longest samples that are mixed; NULL: none is */
    slot *ring;
    yk_io_job load; /* the dataset's reading into memory */
    int64_t *cut;   /* [size+1] where ranks' parts of a batch begin; NULL: all ranks have all samples */
};

int64_t yk_steps_per_epoch(int64_t samples, int64_t batch)
{
    return yk_div_up(samples, batch);
}

/* Samples of an epoch. Those that are spread over ranks can be replaced by another number of them, taken in their
 * order. */
static int64_t samples_of(const yk_loader_opts *o)
{
    const bool all = o->order.shuffle.mode == YK_SHUFFLE_NONE && !o->order.of;
    return all && yk_dataset_ranks(o->dataset) ? yk_dataset_samples(o->dataset) : o->order.n;
}

/* Fills in everything about the batch of `step` but its buffers. */
static void locate(const yk_loader_opts *o, int64_t step, yk_batch *b)
{
    const int64_t n = samples_of(o), steps = yk_steps_per_epoch(n, o->batch);
    const int64_t start = step % steps * o->batch;
    b->step = step;
    b->epoch = step / steps;
    b->count = yk_min(o->batch, n - start);
    b->leaves = yk_div_up(b->count, o->micro);
    yk_tree_range(b->leaves, o->rank, o->size, &b->first, &b->last);
    b->rows = yk_min(b->last * o->micro, b->count) - yk_min(b->first * o->micro, b->count);
}

/* Most rows of any batch: all are whole but the last of an epoch. With samples that are spread over ranks each may be
 * of another size. */
static int64_t most_rows(const yk_loader_opts *o)
{
    if (yk_dataset_ranks(o->dataset))
        return yk_min(o->batch, yk_div_up(yk_div_up(o->batch, o->micro), o->size) * o->micro);
    yk_batch first = { 0 }, last = { 0 };
    locate(o, 0, &first);
    locate(o, yk_steps_per_epoch(o->order.n, o->batch) - 1, &last);
    return yk_max(first.rows, last.rows);
}

static bool mixes(const yk_loader_opts *o, int i)
{
    return o->mix && yk_augmentation_mixes(o->mix, o->feed[i].field);
}

/* Elements of the longest sample that is mixed with others. */
static int64_t mixed_length(const yk_loader_opts *o)
{
    int64_t most = 0;
    for (int i = 0; i < o->n_feed; i++)
        if (mixes(o, i))
            most = yk_max(most, yk_shape_len(&o->feed[i].sample));
    return most;
}

/* Elements of one sample of feed i, as it is stored. */
static int64_t feed_length(const yk_loader_opts *o, int i, yk_dtype *dtype)
{
    yk_field field;
    yk_dataset_field(o->dataset, o->feed[i].index, &field);
    *dtype = field.dtype;
    return yk_shape_len_from(&field.shape, 1);
}

/* Reading ahead on the calling thread would only make it wait earlier. */
static int ring_depth(const yk_loader_opts *o)
{
    return o->io ? o->depth : 1;
}

int64_t yk_loader_bytes(const yk_loader_opts *o, int depth)
{
    int64_t raw = 0, scratch = 0, fixed = 0, sample = (int64_t)sizeof(int64_t), rows = most_rows(o);
    for (int i = 0; i < o->n_feed; i++) {
        yk_dtype dtype;
        int64_t length = feed_length(o, i, &dtype);
        raw = yk_max(raw, length * yk_dtype_size(dtype));
        scratch += yk_dataset_scratch(o->dataset, o->feed[i].index);
        sample += yk_shape_len(&o->feed[i].sample) * yk_dtype_size(o->feed[i].want);
        fixed += yk_pipeline_bytes(o->feed[i].augment);
    }
    fixed += o->micro * mixed_length(o) * (int64_t)sizeof(float);
    return fixed + rows * (raw + scratch + depth * sample);
}

/* Micro-batch by micro-batch, all fields of one in the same way. */
static void mix(const yk_loader *l, const slot *s)
{
    const yk_loader_opts *o = &l->o;
    for (int i = 0; i < o->n_feed; i++) {
        const int64_t length = yk_shape_len(&o->feed[i].sample);
        for (int64_t row = 0; mixes(o, i) && row < s->at.rows; row += o->micro)
            yk_augmentation_mix(o->mix, o->feed[i].field, o->seed, s->at.epoch, yk_min(o->micro, s->at.rows - row),
                                s->sample + row, length, (float *)s->at.data[i] + row * length, l->mix_room);
    }
}

/* The raw elements of field i into what the program is fed with. */
static yk_status prepare(slot *s, int i)
{
    const yk_loader *l = s->loader;
    const yk_loader_opts *o = &l->o;
    if (o->feed[i].augment)
        return yk_feed_augment(&o->feed[i], o->dataset, s->at.epoch, s->at.rows, s->sample, l->raw, s->at.data[i]);
    return yk_feed_convert(&o->feed[i], o->dataset, s->at.rows, s->sample, l->raw, s->at.data[i]);
}

/* Samples that are spread over ranks: every rank takes part in every field, whatever it finds in its own samples. */
static yk_status fill_spread(slot *s, int64_t start)
{
    const yk_loader *l = s->loader;
    const yk_loader_opts *o = &l->o;
    yk_spread *spread = yk_dataset_ranks(o->dataset);
    yk_status mine = YK_OK;
    for (int r = 0; r < o->size; r++) {
        int64_t first, last;
        yk_tree_range(s->at.leaves, r, o->size, &first, &last);
        l->cut[r] = yk_min(first * o->micro, s->at.count);
        l->cut[r + 1] = yk_min(last * o->micro, s->at.count);
    }
    yk_spread_draw(spread, &o->order, s->at.epoch, start, s->at.count, l->cut);
    for (int i = 0; i < o->n_feed; i++) {
        YK_TRY(yk_spread_fetch(spread, o->feed[i].index, l->raw));
        if (mine == YK_OK && s->at.rows > 0)
            mine = prepare(s, i);
    }
    if (mine == YK_OK && l->mix_room)
        mix(l, s);
    return mine;
}

static yk_status fill(void *context)
{
    slot *s = context;
    const yk_loader *l = s->loader;
    const yk_loader_opts *o = &l->o;
    const int64_t steps = yk_steps_per_epoch(samples_of(o), o->batch);
    const int64_t batch = s->at.step % steps * o->batch, start = batch + s->at.first * o->micro;
    for (int64_t i = 0; i < s->at.rows; i++)
        s->sample[i] = yk_order_at(&o->order, s->at.epoch, start + i);
    if (l->cut)
        return fill_spread(s, batch);
    if (s->at.rows == 0)
        return YK_OK;
    for (int i = 0; i < o->n_feed; i++) {
        YK_TRY(yk_dataset_fetch(o->dataset, o->feed[i].index, s->at.rows, s->sample, l->raw));
        YK_TRY(prepare(s, i));
    }
    if (l->mix_room)
        mix(l, s);
    return YK_OK;
}

static yk_status load(void *context)
{
    YK_TRY(yk_dataset_load(context));
    return YK_OK;
}

static yk_status allocate(yk_loader *l)
{
    const yk_loader_opts *o = &l->o;
    YK_TRY(yk_alloc(&l->ring, o->depth, sizeof *l->ring));
    for (int i = 0; i < o->n_feed; i++) {
        yk_dtype dtype;
        int64_t length = feed_length(o, i, &dtype);
        l->raw_bytes = yk_max(l->raw_bytes, length * yk_dtype_size(dtype));
    }
    YK_TRY(yk_alloc(&l->raw, l->rows, (size_t)l->raw_bytes));
    if (mixed_length(o) > 0)
        YK_TRY(yk_alloc(&l->mix_room, o->micro * mixed_length(o), sizeof *l->mix_room));
    if (yk_dataset_ranks(o->dataset)) {
        YK_TRY(yk_alloc(&l->cut, o->size + 1, sizeof *l->cut));
        YK_TRY(yk_spread_reserve(yk_dataset_ranks(o->dataset), o->batch, l->rows));
    }
    for (int k = 0; k < o->depth; k++) {
        slot *s = &l->ring[k];
        s->loader = l;
        s->job = (yk_io_job){ .run = fill, .context = s };
        YK_TRY(yk_alloc(&s->sample, l->rows, sizeof *s->sample));
        for (int i = 0; i < o->n_feed; i++) {
            const int64_t length = yk_shape_len(&o->feed[i].sample);
            YK_TRY(yk_alloc(&s->at.data[i], l->rows, (size_t)(length * yk_dtype_size(o->feed[i].want))));
        }
    }
    return YK_OK;
}

static yk_status check(const yk_loader_opts *o)
{
    YK_CHECK(o->n_feed >= 1 && o->n_feed <= YK_MAX_FIELDS, YK_ERR_ARG, "%d fields to load; 1 to %d are possible",
             o->n_feed, YK_MAX_FIELDS);
    YK_CHECK(o->batch >= 1 && o->micro >= 1 && o->depth >= 1, YK_ERR_ARG,
             "batch %" PRId64 ", micro-batch %" PRId64 " and depth %d must be 1 or more", o->batch, o->micro, o->depth);
    const int64_t of = o->order.of ? o->order.of : o->order.n;
    YK_CHECK(of == yk_dataset_samples(o->dataset), YK_ERR_ARG,
             "the order is of %" PRId64 " samples, but %s has %" PRId64, of, yk_dataset_name(o->dataset),
             yk_dataset_samples(o->dataset));
    YK_CHECK(!yk_dataset_ranks(o->dataset) || !o->io, YK_ERR_INTERNAL,
             "samples that are spread over ranks cannot be read by the I/O thread");
    for (int i = 0; i < o->n_feed; i++) {
        YK_TRY(yk_feed_check(&o->feed[i], o->dataset));
        YK_CHECK(
            !mixes(o, i) || o->feed[i].want == YK_F32, YK_ERR_RECIPE,
            "mixup: the loss takes class numbers of %s, which cannot be mixed; let it take distributions, as in `loss: "
            "{softmax_cross_entropy: {soft_labels: true}}`",
            o->feed[i].field);
        YK_CHECK(!mixes(o, i) || o->micro > 1, YK_ERR_RECIPE,
                 "mixup mixes samples of a micro-batch with each other, but a micro-batch has 1; give a larger "
                 "train.micro_batch");
    }
    return YK_OK;
}

yk_status yk_loader_create(yk_loader **out, const yk_loader_opts *opts)
{
    yk_status status = YK_OK;
    yk_loader *l;
    *out = NULL;
    YK_TRY(check(opts));
    YK_TRY(yk_alloc(&l, 1, sizeof *l));
    l->o = *opts;
    l->o.depth = ring_depth(opts);
    l->rows = most_rows(opts);
    YK_TRY_GOTO(allocate(l), fail);
    l->load = (yk_io_job){ .run = load, .context = opts->dataset };
    yk_io_submit(opts->io, &l->load);
    YK_TRY_GOTO(yk_io_wait(opts->io, &l->load), fail);
    *out = l;
    return YK_OK;
fail:
    yk_loader_destroy(&l);
    return status;
}

/* Waits for what is under way in a slot, and forgets how it went. */
static void drain(slot *s)
{
    if (s->pending && yk_io_wait(s->loader->o.io, &s->job) != YK_OK)
        yk_debug("step %" PRId64 " was read ahead in vain: %s", s->at.step, yk_error_text());
    s->pending = false;
}

static slot *slot_of(yk_loader *l, int64_t step)
{
    return &l->ring[step % l->o.depth];
}

/* Starts to read the batch of `step`, unless its slot has it or is about to. */
static void read_ahead(yk_loader *l, int64_t step)
{
    slot *s = slot_of(l, step);
    if (s->filled && s->at.step == step)
        return;
    drain(s);
    locate(&l->o, step, &s->at);
    s->filled = true;
    s->pending = true;
    yk_io_submit(l->o.io, &s->job);
}

yk_status yk_loader_next(yk_loader *l, int64_t step, yk_batch *batch)
{
    slot *s = slot_of(l, step);
    for (int i = 0; i < l->o.depth; i++)
        read_ahead(l, step + i);
    *batch = s->at;
    batch->sample = s->sample;
    s->filled = false; /* the caller may overwrite it: asked again, it is read again */
    s->pending = false;
    yk_status status = yk_io_wait(l->o.io, &s->job);
    if (status != YK_OK) {
        batch->rows = 0;
        return yk_error_trace(status, __FILE__, __LINE__, __func__);
    }
    return YK_OK;
}

void yk_loader_destroy(yk_loader **loader)
{
    yk_loader *l = *loader;
    if (!l)
        return;
    for (int k = 0; l->ring && k < l->o.depth; k++) {
        slot *s = &l->ring[k];
        drain(s);
        yk_free(s->sample);
        for (int i = 0; i < l->o.n_feed; i++)
            yk_free(s->at.data[i]);
    }
    yk_free(l->ring);
    yk_free(l->raw);
    yk_free(l->mix_room);
    yk_free(l->cut);
    yk_free(l);
    *loader = NULL;
}
