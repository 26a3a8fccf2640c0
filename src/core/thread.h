/* SPDX-License-Identifier: Apache-2.0 */
#ifndef YK_CORE_THREAD_H
#define YK_CORE_THREAD_H

#include <pthread.h>

/** pthread_create() of a thread that gets no signals: they are those of the threads that the program began with.
 * Returns when it runs: a fork then finds no lock held that a thread's start needs. `how` may be NULL. 0, or the errno
 * for which there is no thread. */
int yk_thread_start(pthread_t *thread, const pthread_attr_t *how, void *(*run)(void *context), void *context);

#endif
