/* SPDX-License-Identifier: Apache-2.0 */
/* How a training looks: a bar on a terminal, a line an epoch in a file. */
#ifndef YK_CLI_PROGRESS_H
#define YK_CLI_PROGRESS_H

#include "train/train.h"

typedef struct yk_progress_view {
    bool terminal;
    double drawn; /**< clock of the last drawing of the bar */
    int width;    /**< of what was drawn, to wipe it */
} yk_progress_view;

/** An observer that prints to stdout. */
yk_observer yk_progress_observer(yk_progress_view *view);

/** Wipes a bar that is still there. */
void yk_progress_end(yk_progress_view *view);

#endif
