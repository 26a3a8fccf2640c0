/* SPDX-License-Identifier: Apache-2.0 */
#include "data/reader.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "comm/shared.h"
#include "core/clock.h"
#include "core/error.h"
#include "core/mem.h"
#include "core/num.h"
#include "core/thread.h"

enum {
    NUMBERS = 4096,       /* samples that are asked for at once, */
    BYTES_LEAST = 1 << 20 /* if they fit this, or a single one where it is larger */
};
#define LISTEN 0.5   /* seconds; who rings wakes */
#define FAREWELL 10. /* seconds without a question, after which the others are thought to be gone */

/* What a rank asks, and what it is told; the samples follow. */
typedef struct desk {
    _Alignas(128) atomic_uint asked; /* how often; written by the rank that the desk is of */
    atomic_bool left;
    int field;
    int64_t count, sample[NUMBERS];
    _Alignas(128) atomic_uint answered;
    yk_status status;
    char message[1024];
} desk;

struct yk_reader {
    yk_shared *shared;
    int rank, first; /* who reads */
    int n, *other;   /* ranks that it reads for */
    int64_t room;    /* bytes of samples at a desk */
    yk_reader_call *read;
    void *context;
    pthread_mutex_t mutex; /* of the first rank's reading; of the others' desk */
    pthread_t thread;
    bool has_mutex, has_thread;
    atomic_bool stop;
};

static desk *desk_of(const yk_reader *r, int rank)
{
    return yk_shared_piece(r->shared, rank);
}

static char *samples_at(desk *d)
{
    return (char *)d + yk_arena_round(sizeof *d);
}

/* --- the rank that reads */

static yk_status read_one(yk_reader *r, int i, int64_t count, const int64_t *sample, void *out)
{
    pthread_mutex_lock(&r->mutex);
    const yk_status status = r->read(r->context, i, count, sample, out);
    pthread_mutex_unlock(&r->mutex);
    return status;
}

static bool asks(desk *d)
{
    return atomic_load(&d->asked) != atomic_load(&d->answered);
}

/* Answers whoever asks; false: nobody did. */
static bool answer(yk_reader *r)
{
    bool any = false;
    for (int k = 0; k < r->n; k++) {
        desk *d = desk_of(r, r->other[k]);
        if (!asks(d))
            continue;
        any = true;
        d->status = read_one(r, d->field, d->count, d->sample, samples_at(d));
        if (d->status != YK_OK)
            snprintf(d->message, sizeof d->message, "%s", yk_error_text());
        atomic_fetch_add(&d->answered, 1);
        yk_shared_ring(r->shared, r->other[k]);
    }
    return any;
}

static bool all_left(const yk_reader *r)
{
    for (int k = 0; k < r->n; k++)
        if (!atomic_load(&desk_of(r, r->other[k])->left))
            return false;
    return true;
}

static void *serve(void *context)
{
    yk_reader *r = context;
    double last = 0; /* when somebody asked, once this rank wants to end */
    for (;;) {
        const unsigned heard = yk_shared_rings(r->shared);
        const bool stop = atomic_load(&r->stop);
        if (answer(r) || (stop && last <= 0))
            last = yk_clock();
        else if (stop && (all_left(r) || yk_clock() - last > FAREWELL))
            return NULL;
        else
            yk_shared_listen(r->shared, heard, LISTEN);
    }
}

/* --- those that ask */

static yk_status ask(yk_reader *r, int i, int64_t count, const int64_t *sample, int64_t bytes, char *out)
{
    desk *d = desk_of(r, r->rank);
    d->field = i;
    d->count = count;
    memcpy(d->sample, sample, (size_t)count * sizeof *sample);
    atomic_fetch_add(&d->asked, 1);
    yk_shared_ring(r->shared, r->first);
    for (;;) {
        const unsigned heard = yk_shared_rings(r->shared);
        if (!asks(d))
            break;
        yk_shared_listen(r->shared, heard, LISTEN);
    }
    if (d->status != YK_OK)
        YK_FAIL(d->status, "%s", d->message);
    memcpy(out, samples_at(d), (size_t)(count * bytes));
    return YK_OK;
}

/* As much at once as a desk takes. */
static yk_status ask_all(yk_reader *r, int i, int64_t count, const int64_t *sample, int64_t bytes, char *out)
{
    const int64_t most = yk_min(NUMBERS, r->room / yk_max(bytes, 1));
    for (int64_t at = 0; at < count; at += most)
        YK_TRY(ask(r, i, yk_min(most, count - at), sample + at, bytes, out + at * bytes));
    return YK_OK;
}

yk_status yk_reader_fetch(yk_reader *r, int i, int64_t count, const int64_t *sample, int64_t sample_bytes, void *out)
{
    if (r->rank == r->first)
        return read_one(r, i, count, sample, out);
    pthread_mutex_lock(&r->mutex);
    const yk_status status = ask_all(r, i, count, sample, sample_bytes, out);
    pthread_mutex_unlock(&r->mutex);
    return status;
}

/* --- creation */

/* The memory, and whom this rank reads for; r->shared stays NULL where there is none. */
static yk_status open_desks(yk_reader *r, yk_comm *comm)
{
    const int size = yk_comm_size(comm);
    int *first = NULL;
    yk_status status = yk_alloc(&first, size, sizeof *first);
    if (status == YK_OK)
        status = yk_alloc(&r->other, size, sizeof *r->other);
    status = yk_comm_agree(comm, status);
    for (int k = 0; status == YK_OK && k < size; k++)
        first[k] = yk_comm_leader(comm, k);
    if (status == YK_OK)
        status = yk_shared_create(&r->shared, comm, first,
                                  first[r->rank] == r->rank ? 0 : yk_arena_round(sizeof(desk)) + r->room);
    for (int k = 0; status == YK_OK && r->shared && k < size; k++)
        if (first[k] == first[r->rank] && k != first[k])
            r->other[r->n++] = k;
    if (status == YK_OK)
        r->first = first[r->rank];
    yk_free(first);
    return status;
}

static yk_status start(yk_reader *r)
{
    pthread_mutex_init(&r->mutex, NULL);
    r->has_mutex = true;
    if (r->rank != r->first)
        return YK_OK;
    const int refused = yk_thread_start(&r->thread, NULL, serve, r);
    YK_CHECK(!refused, YK_ERR_INTERNAL, "no thread for reading: %s; see ulimit -u", strerror(refused));
    r->has_thread = true;
    return YK_OK;
}

yk_status yk_reader_create(yk_reader **out, yk_comm *comm, int64_t sample_bytes, yk_reader_call *read, void *context)
{
    *out = NULL;
    yk_status status = yk_comm_agree(comm, yk_alloc(out, 1, sizeof **out));
    if (status == YK_OK) {
        **out = (yk_reader){
            .rank = yk_comm_rank(comm), .room = yk_max(BYTES_LEAST, sample_bytes), .read = read, .context = context
        };
        status = open_desks(*out, comm);
    }
    if (status == YK_OK)
        status = yk_comm_agree(comm, (*out)->shared ? start(*out) : YK_OK);
    if (status != YK_OK || !(*out)->shared)
        yk_reader_destroy(out);
    return status;
}

void yk_reader_destroy(yk_reader **reader)
{
    yk_reader *r = *reader;
    if (!r)
        return;
    if (r->has_thread) {
        atomic_store(&r->stop, true);
        yk_shared_ring(r->shared, r->rank);
        pthread_join(r->thread, NULL);
    } else if (r->shared) {
        atomic_store(&desk_of(r, r->rank)->left, true);
        yk_shared_ring(r->shared, r->first);
    }
    if (r->has_mutex)
        pthread_mutex_destroy(&r->mutex);
    yk_shared_destroy(&r->shared);
    yk_free(r->other);
    yk_free(r);
    *reader = NULL;
}
