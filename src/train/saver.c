/* SPDX-License-Identifier: Apache-2.0 */
#include "train/saver.h"

#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "comm/stall.h"
#include "core/clock.h"
#include "core/error.h"
#include "core/mem.h"
#include "core/num.h"
#include "io/patience.h"
#include "train/snapshot_parts.h"

/* A tensor of the copy. */
typedef struct item {
    char name[YK_SNAPSHOT_NAME];
    yk_shape shape;
    int64_t at; /* in `room` */
} item;

struct yk_saver {
    yk_engine *engine;
    yk_io_thread *io;
    const yk_run *run;
    bool root, busy; /* busy: begun, and not ended; on all ranks */

    /* rank 0: the copy, and how far it is written */
    float *room;
    item *items;
    int64_t n, filled; /* tensors; elements in `room` */
    char path[YK_PATH_MAX];
    const char *recipe;
    yk_state state;
    char digest[YK_SHA256_HEX];
    yk_io_job job;
    yk_checkpoint_writer *writer;
    int64_t item, element; /* the next one to be written */
    double began, seconds;
    yk_patience wait;
    double next_try; /* clock */
    yk_status result;
    bool told;
    atomic_bool written; /* the thread is done: seconds, result and digest are there */
};

/* --- creation */

typedef struct sizes {
    int64_t tensors, elements;
} sizes;

static yk_status add_size(void *context, const yk_param *param, int slot)
{
    sizes *s = context;
    (void)slot;
    s->tensors++;
    s->elements += yk_shape_len(&param->shape);
    return YK_OK;
}

static sizes sizes_of(const yk_engine *engine)
{
    sizes s = { 0 };
    yk_status status = yk_snapshot_each(engine, add_size, &s);
    (void)status; /* counting does not fail */
    return s;
}

int64_t yk_saver_bytes(const yk_engine *engine)
{
    return sizes_of(engine).elements * (int64_t)sizeof(float);
}

yk_status yk_saver_create(yk_saver **out, yk_engine *engine, yk_io_thread *io, const yk_run *run)
{
    YK_TRY(yk_alloc(out, 1, sizeof **out));
    (*out)->engine = engine;
    (*out)->io = io;
    (*out)->run = run;
    (*out)->root = yk_comm_rank(engine->comm) == 0;
    return YK_OK;
}

void yk_saver_destroy(yk_saver **saver)
{
    if (!*saver)
        return;
    yk_checkpoint_discard(&(*saver)->writer);
    yk_free((*saver)->room);
    yk_free((*saver)->items);
    yk_free(*saver);
    *saver = NULL;
}

/* --- writing, on the I/O thread: a piece a turn */

static yk_status write_piece(yk_saver *s)
{
    const item *i = &s->items[s->item];
    const int64_t length = yk_shape_len(&i->shape), count = yk_min(YK_SNAPSHOT_PIECE, length - s->element);
    if (s->element == 0)
        YK_TRY(yk_checkpoint_tensor(s->writer, i->name, YK_F32, &i->shape));
    YK_TRY(yk_checkpoint_piece(s->writer, count, s->room + i->at + s->element));
    s->element += count;
    if (s->element == length) {
        s->item++;
        s->element = 0;
    }
    return YK_OK;
}

static yk_status still_ours(const yk_saver *s)
{
    return s->run ? yk_run_still_ours(s->run) : YK_OK;
}

static yk_status write_next(yk_saver *s)
{
    if (!s->writer) {
        YK_TRY(still_ours(s));
        return yk_checkpoint_create(&s->writer, s->path, s->recipe, &s->state);
    }
    if (s->item < s->n)
        return write_piece(s);
    YK_TRY(yk_checkpoint_seal(s->writer));
    YK_TRY(still_ours(s)); /* directly before it gets its name */
    return yk_checkpoint_commit(&s->writer, s->digest);
}

/* After a failure that may pass the whole file is written anew: what a failed fsync() had to write is lost, however the
 * next one ends. */
static bool writes_anew(yk_saver *s, yk_status status)
{
    if (!yk_patience_again(&s->wait, status, s->path))
        return false;
    yk_checkpoint_discard(&s->writer);
    s->item = s->element = 0;
    s->next_try = yk_clock() + s->wait.pause;
    return true;
}

/* Others' jobs come first while it waits: it must not keep them, nor spin. */
static bool is_early(const yk_saver *s)
{
    if (yk_clock() >= s->next_try)
        return false;
    nanosleep(&(struct timespec){ .tv_nsec = 5 * 1000 * 1000 }, NULL);
    return true;
}

static yk_status turn(void *context)
{
    yk_saver *s = context;
    s->job.again = true;
    if (is_early(s))
        return YK_OK;
    const bool last = s->writer && s->item == s->n;
    yk_patience_note(0);
    yk_status status = write_next(s);
    if ((status == YK_OK && !last) || writes_anew(s, status))
        return YK_OK;
    s->job.again = false;
    yk_checkpoint_discard(&s->writer);
    s->seconds = yk_clock() - s->began;
    s->result = status;
    atomic_store(&s->written, true);
    return status;
}

/* --- the copy */

static yk_status copy_tensor(void *context, const yk_param *param, int slot)
{
    yk_saver *s = context;
    const int64_t length = yk_shape_len(&param->shape);
    float *to = NULL;
    if (s->root) {
        item *i = &s->items[s->n];
        yk_snapshot_name(i->name, param, s->engine->optimizer, slot);
        i->shape = param->shape;
        i->at = s->filled;
        to = s->room + s->filled;
    }
    s->n++;
    s->filled += length;
    yk_stall_mark(s->engine->comm, s->root ? YK_AT_CHECKPOINT : YK_AT_SAVED);
    return yk_snapshot_collect(s->engine, param, slot, 0, length, to);
}

/* Room for a copy, at the first one. */
static yk_status reserve(yk_saver *s)
{
    const sizes size = sizes_of(s->engine);
    if (!s->root || s->room)
        return YK_OK;
    YK_TRY(yk_alloc(&s->items, size.tensors, sizeof *s->items));
    yk_status status = yk_alloc(&s->room, size.elements, sizeof *s->room);
    if (status != YK_OK) {
        yk_free(s->items);
        s->items = NULL;
    }
    return status;
}

static yk_status save_at_once(yk_saver *s)
{
    YK_TRY(yk_snapshot_save(s->engine, s->io, s->run, s->path, s->recipe, &s->state, s->digest));
    s->seconds = yk_clock() - s->began;
    s->result = s->job.status = YK_OK;
    s->job.done = true;
    atomic_store(&s->written, true);
    s->busy = true;
    return YK_OK;
}

yk_status yk_saver_begin(yk_saver *s, const char *path, const char *recipe, const yk_state *state)
{
    YK_TRY(yk_snapshot_check(s->engine));
    snprintf(s->path, sizeof s->path, "%s", path);
    s->recipe = recipe;
    s->state = *state;
    s->began = yk_clock();
    s->n = s->filled = s->item = s->element = 0;
    s->wait = (yk_patience){ 0 };
    s->next_try = 0;
    atomic_store(&s->written, false);
    s->told = false;
    int64_t no_room = reserve(s) != YK_OK;
    YK_TRY(yk_comm_max(s->engine->comm, 1, &no_room));
    if (no_room)
        return save_at_once(s);
    YK_TRY(yk_snapshot_each(s->engine, copy_tensor, s));
    s->busy = true;
    if (s->root) {
        s->job = (yk_io_job){ .run = turn, .context = s };
        yk_io_submit(s->io, &s->job);
    }
    return YK_OK;
}

static bool is_written(const yk_saver *s)
{
    return s->root && atomic_load(&s->written);
}

bool yk_saver_failed(const yk_saver *s)
{
    return is_written(s) && s->result != YK_OK;
}

bool yk_saver_news(yk_saver *s, char digest[YK_SHA256_HEX], double *seconds)
{
    if (!is_written(s) || s->told || s->result != YK_OK)
        return false;
    s->told = true;
    memcpy(digest, s->digest, sizeof s->digest);
    *seconds = s->seconds;
    return true;
}

yk_status yk_saver_end(yk_saver *s)
{
    yk_status mine = YK_OK;
    if (!s->busy)
        return YK_OK;
    yk_stall_mark(s->engine->comm, s->root ? YK_AT_CHECKPOINT : YK_AT_SAVED);
    if (s->root)
        mine = yk_io_wait(s->io, &s->job);
    s->busy = false;
    return yk_comm_agree(s->engine->comm, mine);
}
