/* SPDX-License-Identifier: Apache-2.0 */
#include "io/io_thread.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "core/error.h"
#include "core/mem.h"
#include "core/thread.h"

struct yk_io_thread {
    pthread_t thread;
    pthread_mutex_t mutex;
    pthread_cond_t work; /* a job came, or the end */
    pthread_cond_t done; /* a job is done */
    yk_io_job *first, *last;
    bool ending;
};

static void run_job(yk_io_job *job)
{
    job->again = false;
    job->status = job->run(job->context);
    snprintf(job->message, sizeof job->message, "%s", job->status == YK_OK ? "" : yk_error_text());
}

static void append(yk_io_thread *t, yk_io_job *job)
{
    job->next = NULL;
    if (t->first)
        t->last->next = job;
    else
        t->first = job;
    t->last = job;
}

static void *serve(void *argument)
{
    yk_io_thread *t = argument;
    pthread_mutex_lock(&t->mutex);
    for (;;) {
        while (!t->first && !t->ending)
            pthread_cond_wait(&t->work, &t->mutex);
        yk_io_job *job = t->first;
        if (!job)
            break;
        t->first = job->next;
        pthread_mutex_unlock(&t->mutex);
        run_job(job);
        pthread_mutex_lock(&t->mutex);
        if (job->again) {
            append(t, job);
            continue;
        }
        job->done = true; /* from here on the job is its owner's again */
        pthread_cond_broadcast(&t->done);
    }
    pthread_mutex_unlock(&t->mutex);
    return NULL;
}

yk_status yk_io_thread_create(yk_io_thread **out)
{
    yk_io_thread *t;
    *out = NULL;
    YK_TRY(yk_alloc(&t, 1, sizeof *t));
    pthread_mutex_init(&t->mutex, NULL);
    pthread_cond_init(&t->work, NULL);
    pthread_cond_init(&t->done, NULL);
    const int refused = yk_thread_start(&t->thread, NULL, serve, t);
    if (refused) {
        yk_free(t);
        YK_FAIL(YK_ERR_INTERNAL, "no thread for reading and writing: %s; see ulimit -u", strerror(refused));
    }
    *out = t;
    return YK_OK;
}

void yk_io_thread_destroy(yk_io_thread **thread)
{
    yk_io_thread *t = *thread;
    if (!t)
        return;
    pthread_mutex_lock(&t->mutex);
    t->ending = true;
    pthread_cond_signal(&t->work);
    pthread_mutex_unlock(&t->mutex);
    pthread_join(t->thread, NULL);
    pthread_cond_destroy(&t->done);
    pthread_cond_destroy(&t->work);
    pthread_mutex_destroy(&t->mutex);
    yk_free(t);
    *thread = NULL;
}

void yk_io_submit(yk_io_thread *t, yk_io_job *job)
{
    job->done = false;
    if (!t) {
        do
            run_job(job);
        while (job->again);
        job->done = true;
        return;
    }
    pthread_mutex_lock(&t->mutex);
    append(t, job);
    pthread_cond_signal(&t->work);
    pthread_mutex_unlock(&t->mutex);
}

yk_status yk_io_wait(yk_io_thread *t, yk_io_job *job)
{
    if (t) {
        pthread_mutex_lock(&t->mutex);
        while (!job->done)
            pthread_cond_wait(&t->done, &t->mutex);
        pthread_mutex_unlock(&t->mutex);
    }
    if (job->status != YK_OK)
        YK_FAIL(job->status, "%s", job->message);
    return YK_OK;
}
