/* SPDX-License-Identifier: Apache-2.0 */
#include "core/fork.h"

#include <pthread.h>
#include <unistd.h>

static pthread_mutex_t working = PTHREAD_MUTEX_INITIALIZER;

void yk_background_begin(void)
{
    pthread_mutex_lock(&working);
}

void yk_background_end(void)
{
    pthread_mutex_unlock(&working);
}

pid_t yk_fork(void)
{
    yk_background_begin();
    const pid_t pid = fork();
    yk_background_end(); /* in the child, too: it is this thread that holds it */
    return pid;
}
