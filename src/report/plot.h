/* SPDX-License-Identifier: Apache-2.0 */
/* Curves of runs as a picture: a panel a measure, train and dev of every run in it. Only this room knows cairo. */
#ifndef YK_REPORT_PLOT_H
#define YK_REPORT_PLOT_H

#include "report/history.h"

typedef struct yk_plot_opts {
    const char *measures; /**< "loss,accuracy"; NULL: the first six of the first run */
    bool linear;          /**< no logarithmic axes */
} yk_plot_opts;

/** Draws n histories into FILE.svg or FILE.png. YK_ERR_ARG: another ending, a measure that no run has, runs and
 * learning curves mixed, or a build without cairo (the message says how to get it); YK_ERR_IO. */
YK_MUST_CHECK yk_status yk_plot(int n, const yk_history *history, const yk_plot_opts *opts, const char *file);

#endif
