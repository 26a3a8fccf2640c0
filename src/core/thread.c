/* SPDX-License-Identifier: Apache-2.0 */
#include "core/thread.h"

#include <semaphore.h>
#include <signal.h>

typedef struct start {
    void *(*run)(void *context);
    void *context;
    sem_t runs;
} start;

static void *begin(void *context)
{
    start *s = context;
    void *(*run)(void *) = s->run;
    void *for_it = s->context;
    sem_post(&s->runs);
    return run(for_it);
}

/* The new thread inherits the mask that its maker has at that moment. */
int yk_thread_start(pthread_t *thread, const pthread_attr_t *how, void *(*run)(void *context), void *context)
{
    start s = { .run = run, .context = context };
    sigset_t all, before;
    sem_init(&s.runs, 0, 0);
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    const int refused = pthread_create(thread, how, begin, &s);
    while (!refused && sem_wait(&s.runs) != 0) {
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    sem_destroy(&s.runs);
    return refused;
}
