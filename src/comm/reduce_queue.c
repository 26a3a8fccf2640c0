/* SPDX-License-Identifier: Apache-2.0 */
/* When buckets are done (reduce.h). They are given in the same order on all ranks, and done in that order, one at a
 * time: by the thread while the rank computes, by the rank itself once it waits, with all its threads. */
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "comm/reduce_parts.h"
#include "core/cpu.h"
#include "core/thread.h"

enum { STACK_BYTES = 4 << 20 };

unsigned yk_reduce_post(yk_reduce *reduce)
{
    return reduce->shared ? yk_shared_post(reduce->shared) : 0;
}

yk_status yk_reduce_await(yk_reduce *reduce, int rank, unsigned step)
{
    return reduce->shared ? yk_shared_await(reduce->shared, rank, step) : YK_OK;
}

yk_status yk_reduce_await_all(yk_reduce *reduce, unsigned step)
{
    return reduce->shared ? yk_shared_await_all(reduce->shared, step) : YK_OK;
}

/* --- one at a time; the mutex is held */

static bool any_left(const yk_reduce *reduce)
{
    return reduce->head < reduce->tail;
}

void yk_reduce_note_status(yk_reduce *reduce, yk_status status)
{
    if (reduce->status == YK_OK && status != YK_OK) {
        reduce->status = status;
        snprintf(reduce->message, sizeof reduce->message, "%s", yk_error_text());
    }
}

/* After an error the rest is passed over: messages that fail once do so again. */
static void do_next(yk_reduce *reduce)
{
    const yk_reduce_bucket_given bucket = reduce->queue[reduce->head % YK_REDUCE_QUEUE];
    yk_status status = reduce->status;
    reduce->busy = true;
    pthread_mutex_unlock(&reduce->mutex);
    if (status == YK_OK)
        status = yk_reduce_do(reduce, &bucket);
    pthread_mutex_lock(&reduce->mutex);
    yk_reduce_note_status(reduce, status);
    reduce->busy = false;
    reduce->head++;
    pthread_cond_broadcast(&reduce->changed);
}

static void do_gather(yk_reduce *reduce)
{
    pthread_mutex_unlock(&reduce->mutex);
    const yk_status status = yk_reduce_gather_all(reduce, reduce->gather_mine, reduce->gather_all);
    pthread_mutex_lock(&reduce->mutex);
    yk_reduce_note_status(reduce, status);
    reduce->gathering = false;
    atomic_store(&reduce->gathered, 0);
    pthread_cond_broadcast(&reduce->changed);
}

static void *serve_queue(void *context)
{
    yk_reduce *reduce = context;
    yk_threads_set(1); /* the others compute */
    pthread_mutex_lock(&reduce->mutex);
    while (!reduce->stop) {
        if (reduce->gathering)
            do_gather(reduce);
        else if (any_left(reduce) && !reduce->busy && !atomic_load(&reduce->waited))
            do_next(reduce);
        else
            pthread_cond_wait(&reduce->changed, &reduce->mutex);
    }
    pthread_mutex_unlock(&reduce->mutex);
    return NULL;
}

/* This rank does buckets itself until `left` are left at most. */
static void do_until(yk_reduce *reduce, int64_t left)
{
    atomic_store(&reduce->waited, true);
    pthread_mutex_lock(&reduce->mutex);
    while (reduce->busy || reduce->tail - reduce->head > left) {
        if (reduce->busy)
            pthread_cond_wait(&reduce->changed, &reduce->mutex);
        else
            do_next(reduce);
    }
    pthread_mutex_unlock(&reduce->mutex);
    atomic_store(&reduce->waited, false);
}

static bool is_full(yk_reduce *reduce)
{
    pthread_mutex_lock(&reduce->mutex);
    const bool full = reduce->tail - reduce->head == YK_REDUCE_QUEUE;
    pthread_mutex_unlock(&reduce->mutex);
    return full;
}

/* On one machine: what all have given by now. */
static void do_ready(yk_reduce *reduce)
{
    pthread_mutex_lock(&reduce->mutex);
    while (any_left(reduce) && yk_shared_all_done(reduce->shared, reduce->queue[reduce->head % YK_REDUCE_QUEUE].step))
        do_next(reduce);
    pthread_mutex_unlock(&reduce->mutex);
}

/* --- what the caller sees */

static yk_status result(yk_reduce *reduce)
{
    if (reduce->status != YK_OK)
        return yk_error_set(reduce->status, __FILE__, __LINE__, __func__, "%s", reduce->message);
    return YK_OK;
}

/* Where this rank's nodes are, for who shares its memory. */
static void tell_slots(yk_reduce *reduce)
{
    yk_reduce_piece *piece = (yk_reduce_piece *)(void *)reduce->piece[reduce->comm->rank];
    for (int i = 0; i < reduce->nodes.depth; i++)
        piece->slot[i] = reduce->nodes.open[i].slot;
    reduce->total = piece->total = reduce->nodes.depth > 0 ? piece->slot[0] : 0;
    reduce->told = true;
}

yk_status yk_reduce_bucket(yk_reduce *reduce, int64_t first, int64_t last)
{
    assert(reduce->next == reduce->last);
    if (reduce->comm->size == 1)
        return YK_OK;
    if (!reduce->told)
        tell_slots(reduce);
    if (is_full(reduce))
        do_until(reduce, YK_REDUCE_QUEUE / 2);
    const unsigned step = yk_reduce_post(reduce);
    pthread_mutex_lock(&reduce->mutex);
    reduce->queue[reduce->tail++ % YK_REDUCE_QUEUE] = (yk_reduce_bucket_given){ { first, last }, step };
    pthread_cond_broadcast(&reduce->changed);
    pthread_mutex_unlock(&reduce->mutex);
    if (reduce->machines == 1)
        do_ready(reduce);
    return YK_OK;
}

yk_status yk_reduce_wait(yk_reduce *reduce)
{
    if (reduce->comm->size == 1)
        return YK_OK;
    do_until(reduce, 0);
    reduce->fence = yk_reduce_post(reduce); /* the others' nodes are read */
    return result(reduce);
}

yk_status yk_reduce_gather(yk_reduce *reduce, const float *mine, float *all)
{
    atomic_store(&reduce->waited, true);
    const yk_status status = yk_reduce_gather_all(reduce, mine, all);
    atomic_store(&reduce->waited, false);
    return status;
}

yk_status yk_reduce_gather_begin(yk_reduce *reduce, const float *mine, float *all)
{
    if (!reduce->has_thread)
        return yk_reduce_gather(reduce, mine, all);
    pthread_mutex_lock(&reduce->mutex);
    assert(!reduce->gathering && !any_left(reduce));
    reduce->gather_mine = mine;
    reduce->gather_all = all;
    reduce->gathering = true;
    atomic_store(&reduce->gathered, reduce->length);
    pthread_cond_broadcast(&reduce->changed);
    pthread_mutex_unlock(&reduce->mutex);
    return YK_OK;
}

void yk_reduce_note_gathered(yk_reduce *reduce, int64_t first)
{
    if (!reduce->gathering || first == 0) /* nobody waits for it; that all is there is said at the end */
        return;
    pthread_mutex_lock(&reduce->mutex);
    atomic_store(&reduce->gathered, first);
    pthread_cond_broadcast(&reduce->changed);
    pthread_mutex_unlock(&reduce->mutex);
}

bool yk_reduce_gathered(const yk_reduce *reduce, int64_t first)
{
    return atomic_load(&reduce->gathered) <= first;
}

yk_status yk_reduce_gather_await(yk_reduce *reduce, int64_t first)
{
    if (yk_reduce_gathered(reduce, first))
        return YK_OK;
    atomic_store(&reduce->waited, true);
    pthread_mutex_lock(&reduce->mutex);
    while (!yk_reduce_gathered(reduce, first))
        pthread_cond_wait(&reduce->changed, &reduce->mutex);
    pthread_mutex_unlock(&reduce->mutex);
    atomic_store(&reduce->waited, false);
    return result(reduce);
}

/* --- the thread */

void yk_reduce_start_queue(yk_reduce *reduce)
{
    pthread_attr_t how;
    pthread_mutex_init(&reduce->mutex, NULL);
    pthread_cond_init(&reduce->changed, NULL);
    reduce->started = true;
    if (reduce->machines == 1 || !reduce->comm->concurrent || reduce->comm->ways.no_thread)
        return;
    pthread_attr_init(&how);
    pthread_attr_setstacksize(&how, STACK_BYTES);
    const int refused = yk_thread_start(&reduce->thread, &how, serve_queue, reduce);
    pthread_attr_destroy(&how);
    reduce->has_thread = !refused; /* without it messages travel later */
}

void yk_reduce_stop_queue(yk_reduce *reduce)
{
    if (!reduce->started)
        return;
    if (reduce->has_thread) {
        pthread_mutex_lock(&reduce->mutex);
        reduce->stop = true;
        pthread_cond_broadcast(&reduce->changed);
        pthread_mutex_unlock(&reduce->mutex);
        pthread_join(reduce->thread, NULL);
    }
    pthread_mutex_destroy(&reduce->mutex);
    pthread_cond_destroy(&reduce->changed);
}
