/* SPDX-License-Identifier: Apache-2.0 */
/* Signals that ask a training for a checkpoint and an end. */
#ifndef YK_CLI_SIGNALS_H
#define YK_CLI_SIGNALS_H

#include <signal.h>

/** From now on SIGINT, SIGTERM and SIGUSR1 are noted here (0: none came). SIGINT or SIGTERM once more, a second or two
 *  later, ends the process as usual. */
const volatile sig_atomic_t *yk_signals_catch(void);

const char *yk_signal_name(int number);

#endif
