/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/signals.h"

#include <stddef.h>

/* Number of the signal that came. */
static volatile sig_atomic_t pending;

static void note_signal(int number)
{
    pending = number;
}

const volatile sig_atomic_t *yk_signals_catch(void)
{
    static const int numbers[] = { SIGINT, SIGTERM, SIGUSR1 };
    struct sigaction action = { .sa_handler = note_signal };
    action.sa_flags = (int)SA_RESETHAND | SA_RESTART;
    sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
        sigaction(numbers[i], &action, NULL);
    return &pending;
}

const char *yk_signal_name(int number)
{
    return number == SIGINT ? "SIGINT" : number == SIGTERM ? "SIGTERM" : number == SIGUSR1 ? "SIGUSR1" : "a signal";
}
