/* SPDX-License-Identifier: Apache-2.0 */
/* Forking beside threads. What a thread holds at the moment of a fork, a lock of an allocator for instance, stays
 * locked in the child for ever. So threads in the background say when they work, and a fork waits until none does. */
#ifndef YK_CORE_FORK_H
#define YK_CORE_FORK_H

#include <sys/types.h>

/** Around all work of a thread that may go on while others fork; not nested. */
void yk_background_begin(void);
void yk_background_end(void);

/** fork(), while no thread works in the background. */
pid_t yk_fork(void);

#endif
