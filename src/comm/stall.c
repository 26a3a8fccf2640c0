/* SPDX-License-Identifier: Apache-2.0 */
/* The watch's thread and its messages. Sends to a rank that does not take them stay pending, one for each rank: a beat
 * whose forerunner has not left is dropped. */
#include <math.h>
#include <string.h>
#include <time.h>

#include "comm/stall_parts.h"
#include "core/clock.h"
#include "core/fork.h"
#include "core/mem.h"
#include "core/thread.h"

#define BEAT_TAG 1
#define BEATS 10.0          /* in the limit: some may be late without harm */
#define BEAT_MAX 1.0        /* seconds between beats, where ranks are few */
#define BEAT_OF_RANK 0.5e-3 /* and at least so many a rank: a centre takes and sends 4000 messages a second at most */

void yk_stall_mark(yk_comm *comm, yk_place place)
{
    yk_stall *s = comm->stall;
    if (!s)
        return;
    const double now = yk_clock();
    const int64_t before = atomic_load_explicit(&s->mine[SAYS_PLACE], memory_order_relaxed);
    if (before == YK_AT_SAMPLES || before == YK_AT_COMPUTE)
        atomic_fetch_add_explicit(&s->mine[SAYS_BUSY], (int64_t)((now - s->since) * 1e9), memory_order_relaxed);
    s->since = now;
    atomic_store_explicit(&s->mine[SAYS_PLACE], place, memory_order_relaxed);
    atomic_fetch_add_explicit(&s->mine[SAYS_MARKS], 1, memory_order_relaxed);
}

void yk_stall_step(yk_comm *comm, int64_t step, int64_t leaves)
{
    yk_stall *s = comm->stall;
    if (!s)
        return;
    atomic_store_explicit(&s->mine[SAYS_STEP], step, memory_order_relaxed);
    atomic_fetch_add_explicit(&s->mine[SAYS_LEAVES], leaves, memory_order_relaxed);
}

/* --- messages */

static void note(yk_stall *s, int rank, const int64_t says[SAYS], double now)
{
    yk_stall_seen *seen = &s->seen[rank];
    if (says[SAYS_MARKS] != seen->says[SAYS_MARKS])
        seen->moved = now;
    seen->heard = now;
    memcpy(seen->says, says, sizeof seen->says);
}

static void note_mine(yk_stall *s, double now)
{
    int64_t says[SAYS];
    for (int i = 0; i < SAYS; i++)
        says[i] = atomic_load_explicit(&s->mine[i], memory_order_relaxed);
    note(s, s->comm->rank, says, now);
}

static void listen(yk_stall *s)
{
    for (int done = 1; done;) {
        MPI_Status from;
        if (s->receiving == MPI_REQUEST_NULL &&
            MPI_Irecv(s->in, SAYS, MPI_INT64_T, MPI_ANY_SOURCE, BEAT_TAG, s->mpi, &s->receiving) != MPI_SUCCESS)
            return;
        if (MPI_Test(&s->receiving, &done, &from) != MPI_SUCCESS)
            return;
        if (done)
            note(s, from.MPI_SOURCE, s->in, yk_clock());
    }
}

static void beat(yk_stall *s)
{
    for (int i = 0; i < s->n_to; i++) {
        int done = 1;
        if (s->sending[i] != MPI_REQUEST_NULL)
            MPI_Test(&s->sending[i], &done, MPI_STATUS_IGNORE);
        if (!done)
            continue;
        memcpy(s->out[i], s->seen[s->comm->rank].says, sizeof s->out[i]);
        if (MPI_Isend(s->out[i], SAYS, MPI_INT64_T, s->to[i], BEAT_TAG, s->mpi, &s->sending[i]) != MPI_SUCCESS)
            s->sending[i] = MPI_REQUEST_NULL;
    }
}

/* --- the thread */

static bool pause_until_beat(yk_stall *s)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    const double at = (double)until.tv_sec + (double)until.tv_nsec * 1e-9 + s->beat;
    until.tv_sec = (time_t)at;
    until.tv_nsec = (long)((at - floor(at)) * 1e9);
    pthread_mutex_lock(&s->mutex);
    if (!s->begun) {
        s->begun = true;
        pthread_cond_signal(&s->wake);
    }
    while (!s->stop && pthread_cond_timedwait(&s->wake, &s->mutex, &until) == 0) {
    }
    const bool on = !s->stop;
    pthread_mutex_unlock(&s->mutex);
    return on;
}

static void *watch(void *context)
{
    yk_stall *s = context;
    do {
        yk_background_begin();
        const double now = yk_clock();
        note_mine(s, now);
        if (s->mpi != MPI_COMM_NULL) {
            beat(s);
            listen(s);
        }
        if (now - s->woke > fmax(2 * s->beat, s->seconds / 4))
            yk_stall_forgive(s, now);
        s->woke = now;
        if (!s->ended)
            yk_stall_judge(s, yk_clock());
        yk_background_end();
    } while (pause_until_beat(s));
    return NULL;
}

/* Returns when the thread sleeps after its first round: what starts may hold locks, of
 * an allocator for instance, which a child that is forked now would find locked for ever. */
static yk_status start_thread(yk_stall *s)
{
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_mutex_init(&s->mutex, NULL);
    pthread_cond_init(&s->wake, &monotonic);
    pthread_condattr_destroy(&monotonic);
    const int refused = yk_thread_start(&s->thread, NULL, watch, s);
    YK_CHECK(refused == 0, YK_ERR_NOMEM, "no thread for the stall watch: %s; --stall 0 does without it",
             strerror(refused));
    s->running = true;
    pthread_mutex_lock(&s->mutex);
    while (!s->begun)
        pthread_cond_wait(&s->wake, &s->mutex);
    pthread_mutex_unlock(&s->mutex);
    return YK_OK;
}

/* --- start and end */

static void find_centres(yk_stall *s)
{
    const yk_comm *comm = s->comm;
    s->centre[0] = 0;
    s->centre[1] = comm->size > 1 ? 1 : -1;
    for (int r = 1; r < comm->size; r++)
        if (strcmp(comm->host[r], comm->host[0]) != 0) {
            s->centre[1] = r;
            return;
        }
}

static bool is_centre(const yk_stall *s, int rank)
{
    return rank == s->centre[0] || rank == s->centre[1];
}

static yk_status prepare(yk_stall *s)
{
    const int size = s->comm->size, rank = s->comm->rank;
    const double now = yk_clock();
    YK_TRY(yk_alloc(&s->seen, size, sizeof *s->seen));
    YK_TRY(yk_alloc(&s->pace, size, sizeof *s->pace));
    YK_TRY(yk_alloc(&s->choice, size, 1));
    YK_TRY(yk_alloc(&s->to, size, sizeof *s->to));
    YK_TRY(yk_alloc(&s->out, size, sizeof *s->out));
    YK_TRY(yk_alloc(&s->sending, size, sizeof *s->sending));
    find_centres(s);
    for (int r = 0; r < size; r++) {
        s->sending[r] = MPI_REQUEST_NULL;
        if (r != rank && (is_centre(s, rank) || is_centre(s, r)))
            s->to[s->n_to++] = r;
    }
    s->since = s->woke = s->window = now;
    yk_stall_forgive(s, now);
    return YK_OK;
}

static void destroy(yk_stall *s)
{
    yk_free(s->seen);
    yk_free(s->pace);
    yk_free(s->choice);
    yk_free(s->to);
    yk_free(s->out);
    yk_free(s->sending);
    yk_free(s);
}

yk_status yk_stall_start(yk_comm *comm, double seconds, yk_stall_call call, void *context)
{
    yk_stall *s;
    yk_status status = yk_alloc(&s, 1, sizeof *s);
    if (status == YK_OK) {
        *s = (yk_stall){ .comm = comm,
                         .seconds = seconds,
                         .beat = fmax(fmin(seconds / BEATS, BEAT_MAX), BEAT_OF_RANK * comm->size),
                         .call = call,
                         .context = context,
                         .mpi = MPI_COMM_NULL,
                         .receiving = MPI_REQUEST_NULL };
        status = prepare(s);
    }
    status = yk_comm_agree(comm, status);
    if (status == YK_OK && comm->concurrent && comm->size > 1) {
        const int code = MPI_Comm_dup(comm->mpi, &s->mpi);
        if (code != MPI_SUCCESS)
            status = yk_mpi_error(code, "MPI_Comm_dup", __FILE__, __LINE__, __func__);
        else
            MPI_Comm_set_errhandler(s->mpi, MPI_ERRORS_RETURN);
    }
    if (status == YK_OK)
        status = yk_comm_agree(comm, start_thread(s));
    if (status == YK_OK || (s && s->mpi != MPI_COMM_NULL) || (s && s->running))
        comm->stall = s;
    else if (s)
        destroy(s);
    if (status != YK_OK && status != YK_ERR_MPI)
        yk_stall_stop(comm); /* a rank whose thread did not start takes part */
    return status;
}

static void end_thread(yk_stall *s)
{
    if (!s->running)
        return;
    pthread_mutex_lock(&s->mutex);
    s->stop = true;
    pthread_cond_signal(&s->wake);
    pthread_mutex_unlock(&s->mutex);
    pthread_join(s->thread, NULL);
    pthread_mutex_destroy(&s->mutex);
    pthread_cond_destroy(&s->wake);
}

/* All watch until all have come here. Once no thread sends any more, what was sent is taken. */
void yk_stall_stop(yk_comm *comm)
{
    yk_stall *s = comm->stall;
    if (!s)
        return;
    yk_stall_mark(comm, YK_AT_END);
    if (s->mpi != MPI_COMM_NULL)
        MPI_Barrier(s->mpi);
    end_thread(s);
    if (s->mpi != MPI_COMM_NULL) {
        MPI_Barrier(s->mpi);
        listen(s);
        MPI_Waitall(s->n_to, s->sending, MPI_STATUSES_IGNORE);
        MPI_Barrier(s->mpi);
        listen(s);
        if (s->receiving != MPI_REQUEST_NULL) {
            MPI_Cancel(&s->receiving);
            MPI_Wait(&s->receiving, MPI_STATUS_IGNORE);
        }
        MPI_Comm_free(&s->mpi);
    }
    comm->stall = NULL;
    destroy(s);
}
