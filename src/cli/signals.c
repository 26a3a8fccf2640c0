/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/signals.h"

#include <stddef.h>
#include <time.h>

/* Number of the signal that came, and the second of its kind's first. */
static volatile sig_atomic_t pending, came[SIGTERM > SIGUSR1 ? SIGTERM + 1 : SIGUSR1 + 1];

/* Launchers and `timeout` may send one request twice at the same time: to a process and to its group. Somebody who asks
 * again a while later has lost patience. */
static void note_signal(int number)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    const sig_atomic_t second = (sig_atomic_t)now.tv_sec;
    if (pending == 0 || came[number] == 0) {
        pending = number;
        came[number] = second;
    } else if (number != SIGUSR1 && second - came[number] > 1) {
        signal(number, SIG_DFL);
        raise(number); /* comes when this handler returns */
    }
}

const volatile sig_atomic_t *yk_signals_catch(void)
{
    static const int numbers[] = { SIGINT, SIGTERM, SIGUSR1 };
    struct sigaction action = { .sa_handler = note_signal };
    action.sa_flags = SA_RESTART;
    sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
        sigaction(numbers[i], &action, NULL);
    return &pending;
}

const char *yk_signal_name(int number)
{
    return number == SIGINT ? "SIGINT" : number == SIGTERM ? "SIGTERM" : number == SIGUSR1 ? "SIGUSR1" : "a signal";
}
