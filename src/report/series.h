/* SPDX-License-Identifier: Apache-2.0 */
/* What a plot shows, before anything is drawn: lines of points, sorted into panels with their axes. */
#ifndef YK_REPORT_SERIES_H
#define YK_REPORT_SERIES_H

#include "report/axis.h"
#include "report/plot.h"

#define YK_PANELS_MAX 6

/** A line of one run in one panel. Values that are not finite are not among its points. */
typedef struct yk_series {
    int run;
    bool dev;
    bool faint; /**< every row of the log, behind the line of the points */
    int64_t n;
    double *x, *y;
} yk_series;

typedef struct yk_panel {
    char title[YK_METRIC_NAME];
    bool rises;
    yk_axis x, y;
    int n;
    yk_series *series; /**< faint ones first */
} yk_panel;

typedef struct yk_figure {
    bool is_curve;
    bool any_dev;
    int n;
    yk_panel panel[YK_PANELS_MAX];
} yk_figure;

/** Chooses panels and axes. YK_ERR_ARG as yk_plot(). Release with yk_figure_free(). */
YK_MUST_CHECK yk_status yk_figure_make(yk_figure *out, int n, const yk_history *history, const yk_plot_opts *opts);
void yk_figure_free(yk_figure *figure);

#endif
