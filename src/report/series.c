/* SPDX-License-Identifier: Apache-2.0 */
#include "report/series.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "core/error.h"
#include "core/mem.h"
#include "core/num.h"

enum {
    FAINT_POINTS = 800, /* more rows than these are averaged: nobody sees them one by one */
    LOG_RATIO = 30,     /* of the largest to the smallest value, from which a logarithmic axis shows more */
    LOG_RATIO_SAMPLES = 5
};

#define LARGEST 1e100 /* that is drawn */

/* --- which measures */

static void add_panel(yk_figure *f, const yk_measure *m)
{
    memcpy(f->panel[f->n].title, m->name, YK_METRIC_NAME);
    f->panel[f->n++].rises = m->rises;
}

static yk_status choose(yk_figure *f, const yk_history *h, const char *list)
{
    if (!list) {
        for (int i = 0; i < h->n_measures && f->n < YK_PANELS_MAX; i++)
            add_panel(f, &h->measure[i]);
        return YK_OK;
    }
    for (const char *at = list; at; at = strchr(at, ',') ? strchr(at, ',') + 1 : NULL) {
        char name[YK_METRIC_NAME];
        int which;
        snprintf(name, sizeof name, "%.*s", (int)strcspn(at, ","), at);
        YK_TRY(yk_history_measure(h, name, &which));
        YK_CHECK(f->n < YK_PANELS_MAX, YK_ERR_ARG, "more than %d measures do not fit one picture", YK_PANELS_MAX);
        add_panel(f, &h->measure[which]);
    }
    return YK_OK;
}

/* A run's measure for a panel; -1: it has none. */
static int measure_of(const yk_history *h, const char *title)
{
    for (int i = 0; i < h->n_measures; i++)
        if (strcmp(h->measure[i].name, title) == 0)
            return i;
    return -1;
}

/* --- lines */

static yk_status new_series(yk_panel *p, int64_t most, const yk_series *like, yk_series **out)
{
    YK_TRY(yk_realloc(&p->series, p->n + 1, sizeof *p->series));
    *out = &p->series[p->n++];
    **out = *like;
    (*out)->n = 0;
    (*out)->x = (*out)->y = NULL;
    YK_TRY(yk_alloc(&(*out)->x, most, sizeof(double)));
    return yk_alloc(&(*out)->y, most, sizeof(double));
}

static void add_point(yk_series *s, double x, double y)
{
    if (!(fabs(y) < LARGEST)) /* nor NaN */
        return;
    s->x[s->n] = x;
    s->y[s->n++] = y;
}

/* Every row of train, several of them averaged to one point where there are many. */
static yk_status add_rows(yk_panel *p, const yk_history *h, int run, int m)
{
    yk_series *s = NULL;
    const int64_t group = yk_div_up(h->n_rows, FAINT_POINTS);
    YK_TRY(new_series(p, h->n_rows, &(yk_series){ .run = run, .faint = true }, &s));
    double x = 0, y = 0;
    int64_t n = 0;
    for (int64_t r = 0; r < h->n_rows; r++) {
        if (!h->row[r].dev && isfinite(h->row[r].value[m])) {
            x += (double)h->row[r].at;
            y += h->row[r].value[m];
            n++;
        }
        if (n > 0 && (n == group || r + 1 == h->n_rows)) {
            add_point(s, x / (double)n, y / (double)n);
            x = y = 0;
            n = 0;
        }
    }
    return YK_OK;
}

static yk_status add_points(yk_panel *p, const yk_point *point, int64_t n, int run, int m, bool dev)
{
    yk_series *s = NULL;
    YK_TRY(new_series(p, n, &(yk_series){ .run = run, .dev = dev }, &s));
    for (int64_t i = 0; i < n; i++)
        add_point(s, dev ? (double)point[i].at : point[i].middle, dev ? point[i].dev[m] : point[i].train[m]);
    return YK_OK;
}

/* --- axes */

static void range_of(const yk_panel *p, bool x, bool faint, double *low, double *high)
{
    for (int i = 0; i < p->n; i++) {
        const double *v = x ? p->series[i].x : p->series[i].y;
        for (int64_t k = 0; k < p->series[i].n && (faint || !p->series[i].faint); k++) {
            *low = fmin(*low, v[k]);
            *high = fmax(*high, v[k]);
        }
    }
}

/* The y axis holds the lines; rows of single steps may leave it a little, so that one of them does not flatten all. */
static void make_axes(yk_figure *f, yk_panel *p, bool linear)
{
    double low = INFINITY, high = -INFINITY, all_low = INFINITY, all_high = -INFINITY;
    double left = f->is_curve ? INFINITY : 0, right = -INFINITY;
    range_of(p, false, false, &low, &high);
    range_of(p, false, true, &all_low, &all_high);
    range_of(p, true, true, &left, &right);
    if (!(low <= high)) { /* nothing finite */
        low = left = 0;
        high = right = 1;
        all_low = low, all_high = high;
    }
    const double room = high - low;
    low = fmax(all_low, low - 0.5 * room);
    high = fmin(all_high, high + 0.5 * room);
    const bool log = !linear && !p->rises && low > 0 && high / low > LOG_RATIO;
    const double pad = 0.04 * (high - low);
    const double factor = log ? 1.15 : 1;
    yk_axis_make(&p->y, log ? low / factor : low - pad, log ? high * factor : high + pad, log, 5);
    const bool log_x = f->is_curve && !linear && left > 0 && right / left >= LOG_RATIO_SAMPLES;
    if (f->is_curve && log_x)
        yk_axis_make(&p->x, left / 1.1, right * 1.1, true, 6);
    else
        yk_axis_make(&p->x, f->is_curve ? left - 0.03 * (right - left) : 0, right + 0.015 * (right - left), false, 6);
}

static yk_status fill(yk_figure *f, int n, const yk_history *h)
{
    for (int pass = 0; pass < 2; pass++) /* faint lines lie behind all others */
        for (int i = 0; i < n; i++) {
            yk_point *point;
            int64_t n_points;
            yk_status status = yk_history_points(&h[i], &point, &n_points);
            for (int k = 0; k < f->n && status == YK_OK; k++) {
                const int m = measure_of(&h[i], f->panel[k].title);
                const bool rows = !h[i].is_curve && (n_points < 2 || h[i].n_rows > 2 * n_points);
                if (m < 0)
                    continue;
                if (pass == 0) {
                    if (rows)
                        status = add_rows(&f->panel[k], &h[i], i, m);
                    continue;
                }
                status = add_points(&f->panel[k], point, n_points, i, m, false);
                if (status == YK_OK && point[0].has_dev)
                    status = add_points(&f->panel[k], point, n_points, i, m, true);
                f->any_dev = f->any_dev || point[0].has_dev;
            }
            yk_free(point);
            YK_TRY(status);
        }
    return YK_OK;
}

static yk_status make(yk_figure *f, int n, const yk_history *h, const yk_plot_opts *opts)
{
    f->is_curve = h[0].is_curve;
    for (int i = 1; i < n; i++)
        YK_CHECK(h[i].is_curve == f->is_curve, YK_ERR_ARG,
                 "%s is %s and %s is %s: they have different axes; plot them apart", h[0].path,
                 f->is_curve ? "a learning curve" : "a run", h[i].path, f->is_curve ? "a run" : "a learning curve");
    YK_TRY(choose(f, &h[0], opts->measures));
    YK_TRY(fill(f, n, h));
    for (int k = 0; k < f->n; k++)
        make_axes(f, &f->panel[k], opts->linear);
    return YK_OK;
}

yk_status yk_figure_make(yk_figure *out, int n, const yk_history *history, const yk_plot_opts *opts)
{
    *out = (yk_figure){ .n = 0 };
    yk_status status = make(out, n, history, opts);
    if (status != YK_OK)
        yk_figure_free(out);
    return status;
}

void yk_figure_free(yk_figure *f)
{
    for (int k = 0; k < f->n; k++) {
        for (int i = 0; i < f->panel[k].n; i++) {
            yk_free(f->panel[k].series[i].x);
            yk_free(f->panel[k].series[i].y);
        }
        yk_free(f->panel[k].series);
    }
    *f = (yk_figure){ .n = 0 };
}
